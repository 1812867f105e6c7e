import type { PageData } from './data.ts';
import * as view from './view.ts';
import { columnName, findingsHtml, gridHtml, layOut, plural, stepOf, type Order, type Shown } from './view.ts';

/**
 * What the page can do besides being read: filter, search, sort, copy. It runs in the browser, as its own source text after that of
 * `view.ts`, and can use nothing else.
 *
 * @param columns the maximum number of columns in the chart
 */
function enhance(columns: number): void {
  const find = <Kind extends Element>(selector: string, type: new () => Kind): Kind => {
    const element = document.querySelector(selector);
    if (element instanceof type) return element;
    throw new Error(`${selector} is not on this page.`);
  };
  const data = JSON.parse(find('#data', HTMLScriptElement).text) as PageData;
  const list = find('#list', HTMLTableElement);
  const status = find('#status', HTMLElement);
  const more = find('#more', HTMLButtonElement);
  const type = find('#type', HTMLSelectElement);
  const severity = find('#severity', HTMLSelectElement);
  const child = find('#child', HTMLSelectElement);
  const week = find('#week', HTMLSelectElement);
  const search = find('#search', HTMLInputElement);
  const step = 200;
  let most = step;
  /** Dates of a column that covers several. */
  let between: readonly [from: string, to: string] | undefined;

  const lower = data.texts.map((text) => text.toLowerCase());
  const total = data.groups.reduce((sum, group) => sum + group[4].length / 5, 0);

  function matches(): Shown {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    return data.groups.flatMap((group, index) => {
      const [who, when, , rows, cells, key = []] = group;
      if (child.value !== '' && Number(child.value) !== who) return [];
      if (week.value !== '' && Number(week.value) !== when) return [];
      const date = data.texts[when] ?? '';
      if (between && (date < between[0] || date > between[1] || stepOf(date, 1) === undefined)) return [];
      const around = `${[who, when, ...key].map((text) => lower[text] ?? '').join(' ')} ${rows.toLowerCase()}`;
      const hits: number[] = [];
      for (let finding = 0; finding < cells.length / 5; finding += 1) {
        const kind = data.kinds[cells[finding * 5] ?? 0];
        if (!kind || (type.value !== '' && Number(type.value) !== kind[0])) continue;
        if (severity.value !== '' && severity.value !== kind[1]) continue;
        const [head = -1, tail = -1, legacy = -1, normalized = -1] = cells.slice(finding * 5 + 1, finding * 5 + 5);
        const says = (word: string): boolean =>
          around.includes(word) ||
          [kind[0], kind[2], legacy, normalized].some((text) => lower[text]?.includes(word)) ||
          ((lower[head] ?? '') + (lower[tail] ?? '')).includes(word);
        if (words.every(says)) hits.push(finding);
      }
      return hits.length === 0 ? [] : [[index, hits] as const];
    });
  }

  /** The first `most` findings. */
  function cut(shown: Shown): Shown {
    let left = most;
    return shown.flatMap(([group, findings]) => {
      const some = findings.slice(0, Math.max(0, left));
      left -= some.length;
      return some.length === 0 ? [] : [[group, some] as const];
    });
  }

  function show(): void {
    const shown = matches();
    const matching = shown.reduce((sum, [, findings]) => sum + findings.length, 0);
    while (list.tBodies[0]) list.tBodies[0].remove();
    list.insertAdjacentHTML('beforeend', findingsHtml(data, cut(shown)));
    addCopies();
    const part = Math.min(most, matching);
    const span = between && columnName(data.frame, { from: between[0], to: between[1], gap: false });
    const picked = span === undefined ? '' : data.frame.isWritten ? ` last written ${span}` : ` in the ${span}`;
    status.textContent =
      matching === 0
        ? `No finding${picked} matches.`
        : `${matching === total ? plural(matching, 'finding') : `${matching.toLocaleString('en-US')} of ${plural(total, 'finding')}`}${picked}${part < matching ? `, the first ${part.toLocaleString('en-US')} shown` : ''}.`;
    more.hidden = part >= matching;
  }

  function addCopies(): void {
    for (const command of document.querySelectorAll('.command:not(:has(button))')) {
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = 'Copy';
      command.append(button);
    }
  }

  async function copy(button: HTMLButtonElement): Promise<void> {
    const command = button.parentElement?.querySelector('code');
    if (!command) return;
    try {
      await navigator.clipboard.writeText(command.textContent ?? '');
      button.textContent = 'Copied';
    } catch {
      // If the browser does not let a page write to the clipboard, the text is at least selected.
      getSelection()?.selectAllChildren(command);
    }
  }

  function fill(select: HTMLSelectElement, indexes: Iterable<number>): void {
    const options = [...new Set(indexes)].filter((index) => index >= 0);
    options.sort((a, b) => ((data.texts[a] ?? '') < (data.texts[b] ?? '') ? -1 : 1));
    for (const index of options) select.add(new Option(data.texts[index], String(index)));
  }

  function anew(): void {
    most = step;
    show();
  }

  fill(
    type,
    data.kinds.map(([name]) => name),
  );
  fill(
    child,
    data.groups.map(([who]) => who),
  );
  fill(
    week,
    data.groups.map(([, when]) => when),
  );
  for (const select of [type, severity, child]) select.addEventListener('change', anew);
  week.addEventListener('change', () => {
    between = undefined;
    anew();
  });
  let typing: ReturnType<typeof setTimeout> | undefined;
  search.addEventListener('input', () => {
    clearTimeout(typing);
    typing = setTimeout(anew, 120);
  });
  more.addEventListener('click', () => {
    most += step;
    show();
  });
  find('#clear', HTMLButtonElement).addEventListener('click', () => {
    for (const field of [type, severity, child, week, search]) field.value = '';
    between = undefined;
    anew();
  });
  find('main', HTMLElement).addEventListener('click', ({ target }) => {
    if (target instanceof HTMLButtonElement && target.closest('.command')) void copy(target);
  });
  for (const part of document.querySelectorAll<HTMLElement>('.scripted')) part.hidden = false;
  addCopies();

  const grid = document.querySelector('#grid');
  if (!(grid instanceof HTMLTableElement)) return;
  const where = find('#where', HTMLElement);
  const order = find('#order', HTMLSelectElement);
  const children = find('#children', HTMLButtonElement);
  let layout = layOut(data, 'findings', columns);
  let rows = grid.rows.length - 2;

  /** A single tab stop; the arrow keys move within the table. */
  function makeWalkable(table: HTMLTableElement): void {
    table.setAttribute('role', 'grid');
    for (const cell of table.querySelectorAll('th, td')) cell.setAttribute('tabindex', '-1');
    table.rows[2]?.cells[0]?.setAttribute('tabindex', '0');
    children.hidden = rows >= layout.rows.length;
    const left = layout.rows.length - rows;
    const { one, many } = data.frame.row;
    children.textContent =
      left <= 100
        ? `Show ${left === 1 ? `the other ${one}` : `the other ${left} ${many}`}`
        : `Show 100 more of ${plural(left, `other ${one}`, `other ${many}`)}`;
    find('#rest', HTMLElement).hidden = true;
  }
  makeWalkable(grid);

  function redraw(table: HTMLTableElement): void {
    table.innerHTML = gridHtml(data, layout, rows);
    makeWalkable(table);
  }

  order.addEventListener('change', () => {
    layout = layOut(data, order.value as Order, columns);
    redraw(grid);
  });
  children.addEventListener('click', () => {
    rows += 100;
    redraw(grid);
  });

  const cellOf = (target: EventTarget | null): HTMLTableCellElement | undefined => {
    const cell = target instanceof Element ? target.closest('th, td') : null;
    return cell instanceof HTMLTableCellElement ? cell : undefined;
  };
  function tell(cell: HTMLTableCellElement | undefined): void {
    if (!cell) return;
    const name = layout.rows[(cell.parentElement as HTMLTableRowElement).rowIndex - 2];
    where.textContent =
      [name ? data.texts[name.name] : '', cell.title === '' || cell.tagName === 'TH' ? '' : cell.title].filter(Boolean).join(', ') || '\u00a0';
  }
  grid.addEventListener('focusin', ({ target }) => tell(cellOf(target)));
  grid.addEventListener('mouseover', ({ target }) => tell(cellOf(target)));

  function pick(cell: HTMLTableCellElement): void {
    const row = layout.rows[(cell.parentElement as HTMLTableRowElement).rowIndex - 2];
    const column = layout.columns[cell.cellIndex - 1];
    child.value = row ? String(row.name) : '';
    week.value = '';
    between = undefined;
    if (column?.from && column.to) {
      const { from, to } = column;
      const index = [...week.options].find(({ text }) => text === from)?.value;
      if (from === to && index !== undefined) week.value = index;
      else between = [from, to];
    }
    anew();
    find('#findings', HTMLElement).scrollIntoView({ behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth' });
  }
  grid.addEventListener('click', ({ target }) => {
    const cell = cellOf(target);
    if (cell) pick(cell);
  });
  grid.addEventListener('keydown', (event) => {
    const cell = cellOf(event.target);
    if (!cell) return;
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      pick(cell);
      return;
    }
    const move = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0], Home: [0, -1e6], End: [0, 1e6] }[event.key];
    if (!move) return;
    event.preventDefault();
    const at = (cell.parentElement as HTMLTableRowElement).rowIndex + (move[0] ?? 0);
    const row = grid.rows[Math.min(grid.rows.length - 1, Math.max(0, at))];
    const next = row?.cells[Math.min(row.cells.length - 1, Math.max(0, cell.cellIndex + (move[1] ?? 0)))];
    if (!next) return;
    cell.setAttribute('tabindex', '-1');
    next.setAttribute('tabindex', '0');
    next.focus();
  });
}

/** The page's script: the same in every page of a version, so that its hash can allow it and nothing else. */
export const pageScript = (columns: number): string =>
  `'use strict';\n${[...Object.values(view), enhance].map(String).join('\n')}\n${enhance.name}(${columns});\n`;
