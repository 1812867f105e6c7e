import type { Group, Kind, Mark, PageData } from './data.ts';

/**
 * What the page and its script both draw. The script gets these functions as their own source text, so each of them is
 * a declaration that uses nothing but its arguments, the language, and the others of this file.
 */

/** Groups of which some findings are to be shown, by their place among the group's. */
export type Shown = readonly (readonly [group: number, findings: readonly number[]])[];

/** Most weeks with findings first, the earliest week with findings first, or by name. */
export type Order = 'findings' | 'first' | 'name';

type Column = {
  /** Calendar dates of the first and the last week; `null` for findings without a date. */
  from: string | null;
  to: string | null;
  /** Whether weeks in which nothing was found lie between it and the one before. */
  gap: boolean;
};

type Cell = { mark: Mark; whole: boolean; mixed: boolean; findings: number; types: Record<string, number> };

type Row = { child: number; findings: number; cells: Map<number, Cell>; gone: number };

export type Grid = { columns: Column[]; rows: Row[] };

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

export function plural(count: number, singular: string, many: string = `${singular}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? singular : many}`;
}

/** Weeks since a Monday long ago; `undefined` for what is no calendar date. */
export function weekNumber(date: string): number | undefined {
  const time = /^\d{4}-\d\d-\d\d$/.test(date) ? Date.parse(`${date}T00:00:00Z`) : Number.NaN;
  // 1970-01-05 was a Monday.
  return Number.isNaN(time) ? undefined : Math.floor((time / 86_400_000 - 4) / 7);
}

export function symbolOf(mark: Mark): string {
  return { missing: '−', orphan: '+', differs: '≠', double: '2', unreadable: '!', unclear: '?', exposed: '⇄', other: '•' }[mark];
}

export function kindOf(data: PageData, [, , , , cells]: Group, finding: number): Kind {
  return data.kinds[cells[finding * 5] ?? 0] ?? [0, 'medium', 0, 'other'];
}

/**
 * The picture: a row for each child with findings, a column for each week, or for several where there are many.
 *
 * @param most columns there may be
 */
export function layOut(data: PageData, order: Order, most: number): Grid {
  const { texts } = data;
  const weeks = new Map<number, string>();
  for (const [child, week] of data.groups) {
    const date = child < 0 ? '' : (texts[week] ?? '');
    const number = weekNumber(date);
    if (number !== undefined) weeks.set(number, date);
  }
  let numbers = [...weeks.keys()].sort((a, b) => a - b);
  const [first = 0, last = -1] = [numbers[0], numbers.at(-1)];
  // Weeks in which nothing was found show as such while there is room for them.
  if (last - first < most) numbers = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  const span = Math.max(1, Math.ceil(numbers.length / most));
  const columnOf = new Map<number, number>();
  const columns: Column[] = [];
  for (const [index, number] of numbers.entries()) {
    const date = weeks.get(number) ?? new Date((number * 7 + 4) * 86_400_000).toISOString().slice(0, 10);
    const column = Math.floor(index / span);
    columnOf.set(number, column);
    const known = columns[column];
    if (known) known.to = date;
    else columns.push({ from: date, to: date, gap: index > 0 && number - (numbers[index - 1] ?? 0) > 1 });
  }

  const rows = new Map<number, Row>();
  for (const group of data.groups) {
    const [child, week, , , cells] = group;
    if (child < 0) continue;
    let column = columnOf.get(weekNumber(texts[week] ?? '') ?? Number.NaN);
    if (column === undefined) {
      if (columns.at(-1)?.from !== null) columns.push({ from: null, to: null, gap: true });
      column = columns.length - 1;
    }
    const row = rows.get(child) ?? { child, findings: 0, cells: new Map<number, Cell>(), gone: -1 };
    rows.set(child, row);
    for (let finding = 0; finding < cells.length / 5; finding += 1) {
      const [type, , , mark] = kindOf(data, group, finding);
      const whole = (cells[finding * 5 + 2] ?? -1) < 0;
      const cell = row.cells.get(column) ?? { mark, whole, mixed: false, findings: 0, types: {} };
      row.cells.set(column, cell);
      cell.mixed ||= cell.mark !== mark;
      cell.whole ||= whole && cell.mark === mark;
      cell.findings += 1;
      row.findings += 1;
      const name = texts[type] ?? '';
      cell.types[name] = (cell.types[name] ?? 0) + 1;
      if (name === 'MISSING_CHILD') row.gone = column;
    }
  }

  const name = ({ child }: Row): string => texts[child] ?? '';
  const start = ({ cells }: Row): number => Math.min(...cells.keys());
  const compare = {
    findings: (a: Row, b: Row) => b.cells.size - a.cells.size || b.findings - a.findings || start(a) - start(b) || a.child - b.child,
    first: (a: Row, b: Row) => start(a) - start(b) || b.cells.size - a.cells.size || a.child - b.child,
    name: (a: Row, b: Row) => (name(a) < name(b) ? -1 : 1),
  };
  return { columns, rows: [...rows.values()].sort(compare[order]) };
}

export function columnName({ from, to }: Column): string {
  if (from === null) return 'no date';
  return from === to ? `week of ${from}` : `weeks of ${from} to ${to}`;
}

/** @param roomy whether a number fits beside the symbol */
export function cellHtml(cell: Cell, where: string, gap: boolean, roomy: boolean): string {
  const types = Object.entries(cell.types).map(([type, count]) => `${count.toLocaleString('en-US')} × ${type}`);
  const shown = types.slice(0, 4).join(', ') + (types.length > 4 ? ' and others' : '');
  const classes = [cell.mark, cell.whole ? 'whole' : '', cell.mixed ? 'mixed' : '', gap ? 'gap' : ''].filter(Boolean).join(' ');
  return `<td class="${classes}" title="${escapeHtml(`${where}: ${shown}`)}">${symbolOf(cell.mark)}${roomy && cell.findings > 1 ? cell.findings : ''}</td>`;
}

/** @param most rows to draw */
export function gridHtml(data: PageData, { columns, rows }: Grid, most: number): string {
  const shown = rows.slice(0, most);
  const heads = columns.map(
    (column) => `<th scope="col"${column.gap ? ' class="gap"' : ''} title="${escapeHtml(columnName(column))}"><span>${escapeHtml(column.from ?? 'no date')}</span></th>`,
  );
  const hit = columns.map((_, index) => rows.filter(({ cells }) => cells.has(index)).length);
  const bars = columns.map((column, index) => {
    const count = hit[index] ?? 0;
    const height = count === 0 ? 0 : Math.max(2, Math.round((count / rows.length) * 32));
    const what = `${columnName(column)}: ${plural(count, 'child', 'children')}`;
    return `<td${column.gap ? ' class="gap"' : ''} title="${escapeHtml(what)}"><svg viewBox="0 0 10 32" preserveAspectRatio="none" aria-hidden="true"><rect x="1" width="8" y="${32 - height}" height="${height}"/></svg><span class="hidden">${count}</span></td>`;
  });
  const lines = shown.map((row) => {
    const name = escapeHtml(data.texts[row.child] ?? '');
    const cells = columns.map((column, index) => {
      const cell = row.cells.get(index);
      if (cell) return cellHtml(cell, columnName(column), column.gap, columns.length <= 26);
      const classes = [row.gone >= 0 && index > row.gone ? 'gone' : '', column.gap ? 'gap' : ''].filter(Boolean).join(' ');
      return classes === '' ? '<td></td>' : `<td class="${classes}"></td>`;
    });
    return `<tr><th scope="row" title="${name}">${name}</th>${cells.join('')}<td class="n">${row.findings.toLocaleString('en-US')}</td></tr>`;
  });
  const total = rows.reduce((sum, row) => sum + row.findings, 0);
  return (
    `<thead><tr><th scope="col">Child</th>${heads.join('')}<th scope="col" class="n">Findings</th></tr></thead>` +
    `<tbody><tr class="all"><th scope="row">${rows.length === 1 ? 'The only child' : `All ${plural(rows.length, 'child', 'children')}`}</th>${bars.join('')}<td class="n">${total.toLocaleString('en-US')}</td></tr>` +
    `${lines.join('')}</tbody>`
  );
}

/** The command that shows both sides of the week, `''` without a child. */
export function commandOf({ texts }: PageData, [, week, target]: Group): string {
  if (target < 0) return '';
  const date = texts[week] ?? '';
  const name = texts[target] ?? '';
  return `npx driftwatch explain ${name}${name.startsWith('child-') && weekNumber(date) !== undefined ? ` ${date}` : ''}`;
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
      const [child, week, , rows, cells] = group;
      const command = commandOf(data, group);
      const where = [
        child < 0 ? 'All children' : `<code>${escapeHtml(data.texts[child] ?? '')}</code>`,
        week < 0 ? '' : `<span class="date">week of ${escapeHtml(data.texts[week] ?? '')}</span>`,
      ];
      const total = cells.length / 5;
      const count = findings.length === total ? plural(total, 'finding') : `${findings.length} of ${plural(total, 'finding')}`;
      const notes = [count, escapeHtml(rows)].filter(Boolean).join(' · ');
      const explain = command === '' ? '' : `<span class="command"><code>${escapeHtml(command)}</code></span>`;
      return (
        `<tbody><tr><th scope="rowgroup" colspan="4"><span class="place">${where.filter(Boolean).join(', ')}</span>${explain}` +
        `<span class="ids">${notes}</span></th></tr>${findings.map((finding) => findingHtml(data, group, finding)).join('')}</tbody>`
      );
    })
    .join('');
}
