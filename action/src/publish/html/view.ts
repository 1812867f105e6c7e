import type { Frame, Group, Kind, Mark, PageData } from './data.ts';

/**
 * What both the page and its script draw. The script receives these functions as their own source text, so each is a declaration that uses
 * nothing but its arguments, the language, and the other functions of this file.
 */

/** Groups with the findings to show, by their index in the group. */
export type Shown = readonly (readonly [group: number, findings: readonly number[]])[];

/** Most differences first, earliest first difference first, or by name. */
export type Order = 'findings' | 'first' | 'name';

type Column = {
  /** Calendar dates of the first and the last document or day; `null` without a date. */
  from: string | null;
  to: string | null;
  /** Whether there is a period without findings between this column and the one before. */
  gap: boolean;
};

/** `count` counts findings, or documents if those are drawn. */
type Cell = { mark: Mark; whole: boolean; mixed: boolean; count: number; says: Record<string, number> };

type Row = { name: number; count: number; cells: Map<number, Cell>; gone: number };

export type Grid = { columns: Column[]; rows: Row[] };

/** Something to draw; `date` is an index of a text. */
type Item = { row: number; date: number; mark: Mark; whole: boolean; count: number; says: string; isGone: boolean };

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

export function plural(count: number, singular: string, many: string = `${singular}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? singular : many}`;
}

/** The number of a column of this many days, counted from a Monday long ago; `undefined` if the text is not a calendar date. */
export function stepOf(date: string, days: number): number | undefined {
  const time = /^\d{4}-\d\d-\d\d$/.test(date) ? Date.parse(`${date}T00:00:00Z`) : Number.NaN;
  // 1970-01-05 was a Monday.
  return Number.isNaN(time) ? undefined : Math.floor((time / 86_400_000 - 4) / days);
}

/** The calendar date of a day in a column: the first one unless `day` is given. */
export function stepDate(step: number, days: number, day: number = 0): string {
  return new Date((step * days + 4 + day) * 86_400_000).toISOString().slice(0, 10);
}

export function symbolOf(mark: Mark): string {
  return { missing: '−', orphan: '+', differs: '≠', double: '2', unreadable: '!', unclear: '?', exposed: '⇄', other: '•' }[mark];
}

export function kindOf(data: PageData, [, , , , cells]: Group, finding: number): Kind {
  return data.kinds[cells[finding * 5] ?? 0] ?? [0, 'medium', 0, 'other'];
}

/** The items of the chart: its own cells, or the findings of groups that have a place in it. */
export function itemsOf(data: PageData): Item[] {
  const { texts, cells: drawn, frame } = data;
  const marks = Object.keys(frame.marks) as Mark[];
  const items: Item[] = [];
  for (let at = 0; at < drawn.length; at += 4) {
    const [row = -1, date = -1, place = 0, count = 0] = drawn.slice(at, at + 4);
    const mark = marks[place] ?? 'other';
    const whole = mark !== 'differs' && mark !== 'unreadable';
    items.push({ row, date, mark, whole, count, says: frame.marks[mark][whole ? 0 : 1], isGone: false });
  }
  if (frame.isWritten) return items;
  for (const group of data.groups) {
    const [row, date, , , cells] = group;
    if (row < 0) continue;
    for (let finding = 0; finding < cells.length / 5; finding += 1) {
      const [type, , level, mark] = kindOf(data, group, finding);
      const isGone = mark === 'missing' && texts[level] === frame.row.many;
      items.push({ row, date, mark, whole: (cells[finding * 5 + 2] ?? -1) < 0, count: 1, says: texts[type] ?? '', isGone });
    }
  }
  return items;
}

/**
 * Lays out the chart: a row for each unit, and a column for each step in time, or for several steps if there are many.
 *
 * @param most the maximum number of columns
 */
export function layOut(data: PageData, order: Order, most: number): Grid {
  const { texts, frame } = data;
  const items = itemsOf(data);
  const dates = new Map<number, string>();
  for (const { date } of items) {
    const step = stepOf(texts[date] ?? '', frame.days);
    if (step !== undefined) dates.set(step, texts[date] ?? '');
  }
  let steps = [...dates.keys()].sort((a, b) => a - b);
  const [first = 0, last = -1] = [steps[0], steps.at(-1)];
  // Periods without findings are shown while there is room for them.
  if (last - first < most) steps = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  const span = Math.max(1, Math.ceil(steps.length / most));
  const columnOf = new Map<number, number>();
  const columns: Column[] = [];
  for (const [index, step] of steps.entries()) {
    const from = dates.get(step) ?? stepDate(step, frame.days);
    // For a week, the start date is all that is known; a write may have happened on the last day of a column.
    const to = frame.isWritten ? stepDate(step, frame.days, frame.days - 1) : from;
    const column = Math.floor(index / span);
    columnOf.set(step, column);
    const known = columns[column];
    if (known) known.to = to;
    else columns.push({ from, to, gap: index > 0 && step - (steps[index - 1] ?? 0) > 1 });
  }

  const rows = new Map<number, Row>();
  for (const { row: name, date, mark, whole, count, says, isGone } of items) {
    let column = columnOf.get(stepOf(texts[date] ?? '', frame.days) ?? Number.NaN);
    if (column === undefined) {
      if (columns.at(-1)?.from !== null) columns.push({ from: null, to: null, gap: columns.length > 0 });
      column = columns.length - 1;
    }
    const row = rows.get(name) ?? { name, count: 0, cells: new Map<number, Cell>(), gone: -1 };
    rows.set(name, row);
    const cell = row.cells.get(column) ?? { mark, whole, mixed: false, count: 0, says: {} };
    row.cells.set(column, cell);
    cell.mixed ||= cell.mark !== mark;
    cell.whole ||= whole && cell.mark === mark;
    cell.count += count;
    row.count += count;
    cell.says[says] = (cell.says[says] ?? 0) + count;
    if (isGone) row.gone = column;
  }

  const name = (row: Row): string => texts[row.name] ?? '';
  const start = ({ cells }: Row): number => Math.min(...cells.keys());
  const byMost = (a: Row, b: Row): number => (frame.isWritten ? 0 : b.cells.size - a.cells.size) || b.count - a.count;
  const compare = {
    findings: (a: Row, b: Row) => byMost(a, b) || start(a) - start(b) || a.name - b.name,
    first: (a: Row, b: Row) => start(a) - start(b) || b.cells.size - a.cells.size || a.name - b.name,
    name: (a: Row, b: Row) => (name(a) < name(b) ? -1 : 1),
  };
  return { columns, rows: [...rows.values()].sort(compare[order]) };
}

export function columnName({ column }: Frame, { from, to }: Column): string {
  if (from === null) return column.none;
  return from === to ? `${column.one}${from}` : `${column.many}${from} to ${to}`;
}

/** `1,234` as `1.2k`: a cell has room for only four characters. */
export function short(count: number): string {
  if (count < 1_000) return `${count}`;
  const [unit, by] = count < 1_000_000 ? ['k', 1_000] : ['M', 1_000_000];
  return `${count < 10 * by ? Math.floor(count / (by / 10)) / 10 : Math.floor(count / by)}${unit}`;
}

/** @param roomy whether a number fits next to the symbol */
export function cellHtml(cell: Cell, where: string, gap: boolean, roomy: boolean): string {
  const parts = Object.entries(cell.says).map(([says, count]) => `${count.toLocaleString('en-US')} × ${says}`);
  const shown = parts.slice(0, 4).join(', ') + (parts.length > 4 ? ' and others' : '');
  const classes = [cell.mark, cell.whole ? 'whole' : '', cell.mixed ? 'mixed' : '', gap ? 'gap' : ''].filter(Boolean).join(' ');
  return `<td class="${classes}" title="${escapeHtml(`${where}: ${shown}`)}">${symbolOf(cell.mark)}${roomy && cell.count > 1 ? short(cell.count) : ''}</td>`;
}

/** @param most the maximum number of rows to draw */
export function gridHtml(data: PageData, grid: Grid, most: number): string {
  const { frame } = data;
  const { columns, rows } = grid;
  const roomy = isRoomy(grid);
  const shown = rows.slice(0, most);
  const heads = columns.map((column) => {
    const name = columnName(frame, column);
    return `<th scope="col"${column.gap ? ' class="gap"' : ''} title="${escapeHtml(name)}"><span>${escapeHtml(column.from ?? frame.column.none)}</span></th>`;
  });
  // For weeks, the number of children with a differing week; for rows, the number that differ.
  const heights = columns.map((_, index) =>
    rows.reduce((sum, { cells }) => sum + (frame.isWritten ? (cells.get(index)?.count ?? 0) : cells.has(index) ? 1 : 0), 0),
  );
  const top = frame.isWritten ? Math.max(1, ...heights) : rows.length;
  const counted = frame.isWritten ? frame.document : frame.row;
  const bars = columns.map((column, index) => {
    const count = heights[index] ?? 0;
    const height = count === 0 ? 0 : Math.max(2, Math.round((count / top) * 32));
    const what = `${columnName(frame, column)}: ${plural(count, counted.one, counted.many)}`;
    return `<td${column.gap ? ' class="gap"' : ''} title="${escapeHtml(what)}"><svg viewBox="0 0 10 32" preserveAspectRatio="none" aria-hidden="true"><rect x="1" width="8" y="${32 - height}" height="${height}"/></svg><span class="hidden">${count}</span></td>`;
  });
  const lines = shown.map((row) => {
    const name = escapeHtml(data.texts[row.name] ?? '');
    const cells = columns.map((column, index) => {
      const cell = row.cells.get(index);
      if (cell) return cellHtml(cell, columnName(frame, column), column.gap, roomy);
      const classes = [row.gone >= 0 && index > row.gone ? 'gone' : '', column.gap ? 'gap' : ''].filter(Boolean).join(' ');
      return classes === '' ? '<td></td>' : `<td class="${classes}"></td>`;
    });
    return `<tr><th scope="row" title="${name}">${name}</th>${cells.join('')}<td class="n">${row.count.toLocaleString('en-US')}</td></tr>`;
  });
  const total = rows.reduce((sum, row) => sum + row.count, 0);
  const { one, many } = frame.row;
  return (
    `<thead><tr><th scope="col">${escapeHtml(frame.row.head)}</th>${heads.join('')}<th scope="col" class="n">${escapeHtml(frame.counted)}</th></tr></thead>` +
    `<tbody><tr class="all"><th scope="row">${escapeHtml(rows.length === 1 ? `The only ${one}` : `All ${plural(rows.length, one, many)}`)}</th>${bars.join('')}<td class="n">${total.toLocaleString('en-US')}</td></tr>` +
    `${lines.join('')}</tbody>`
  );
}

/** Whether a number fits next to the symbol of a cell. */
export function isRoomy({ columns }: Grid): boolean {
  return columns.length <= 26;
}

/** The command that shows both sides of the group's document; `''` if there is none, or if a shell would misread it. */
export function commandOf({ texts, frame }: PageData, [, date, target, , , key]: Group): string {
  if (target < 0) return '';
  const name = texts[target] ?? '';
  if (!frame.isWritten) {
    const day = texts[date] ?? '';
    return `npx driftwatch explain ${name}${name.startsWith(`${frame.row.one}-`) && stepOf(day, 1) !== undefined ? ` ${day}` : ''}`;
  }
  // The pseudonym of a value contains parentheses, so it is quoted for the shell.
  const parts = (key ?? []).map((part) => (texts[part] ?? '').replace(/^value\([0-9a-f]{8,32}\)$/, "'$&'"));
  const isPlain = [name, ...parts].every((word) => /^(?:[\w.:@+-]+|'value\([0-9a-f]+\)')$/.test(word));
  const isPassing = !frame.isLasting && parts.some((part) => /^(?:key-|'value)/.test(part));
  if (parts.length === 0 || !isPlain || isPassing) return '';
  // A part that starts with a hyphen must not be taken for an option.
  const isLikeOption = parts.some((part) => part.startsWith('-'));
  return `npx driftwatch explain ${name}${isLikeOption ? `${frame.target} -- ${parts.join(' ')}` : ` ${parts.join(' ')}${frame.target}`}`;
}

/** The group's document in words for people. */
export function placeHtml({ texts, frame, keys }: PageData, [row, date, target, , , key]: Group): string {
  const code = (index: number): string => `<code>${escapeHtml(texts[index] ?? '')}</code>`;
  if (!key) {
    const where = [
      row < 0 ? `All ${frame.row.many}` : code(row),
      date < 0 ? '' : `<span class="date">${escapeHtml(frame.column.one + (texts[date] ?? ''))}</span>`,
    ];
    return where.filter(Boolean).join(', ');
  }
  if (key.length === 0) return `All ${frame.document.many} of ${code(target)}`;
  const names = keys[target] ?? [];
  const parts = key.map((part, index) => `${escapeHtml(texts[names[index] ?? -1] ?? '')} ${part < 0 ? '<span class="muted">nothing</span>' : code(part)}`);
  return `${code(target)} ${parts.join(', ')}`;
}

export function findingHtml(data: PageData, group: Group, finding: number): string {
  const [type, severity, level, mark] = kindOf(data, group, finding);
  const [head = -1, tail = -1, legacy = -1, normalized = -1] = group[4].slice(finding * 5 + 1, finding * 5 + 5);
  const text = (index: number): string => escapeHtml(data.texts[index] ?? '');
  const side = (index: number): string => (index < 0 ? '<span class="muted">nothing</span>' : `<code>${text(index)}</code>`);
  return (
    `<tr><td><span class="type ${severity}"><i class="${mark}">${symbolOf(mark)}</i><code>${text(type)}</code></span></td>` +
    `<td><code>${tail < 0 ? text(level) : text(head) + text(tail)}</code></td><td>${side(legacy)}</td><td>${side(normalized)}</td></tr>`
  );
}

export function findingsHtml(data: PageData, shown: Shown): string {
  return shown
    .map(([index, findings]) => {
      const group = data.groups[index];
      if (!group || findings.length === 0) return '';
      const [, date, , rows, cells] = group;
      const command = commandOf(data, group);
      const total = cells.length / 5;
      const count = findings.length === total ? plural(total, 'finding') : `${findings.length} of ${plural(total, 'finding')}`;
      const written = data.frame.isWritten && date >= 0 ? `last written ${escapeHtml(data.texts[date] ?? '')}` : '';
      const notes = [count, written, escapeHtml(rows)].filter(Boolean).join(' · ');
      const explain = command === '' ? '' : `<span class="command"><code>${escapeHtml(command)}</code></span>`;
      return (
        `<tbody><tr><th scope="rowgroup" colspan="4"><span class="place">${placeHtml(data, group)}</span>${explain}` +
        `<span class="ids">${notes}</span></th></tr>${findings.map((finding) => findingHtml(data, group, finding)).join('')}</tbody>`
      );
    })
    .join('');
}
