import type { Report } from '../../report/report.ts';
import { count, number } from '../../report/numbers.ts';
import type { Frame, Mark, PageData } from './data.ts';
import { documents } from './parts.ts';
import { escapeHtml, gridHtml, isRoomy, symbolOf, type Grid } from './view.ts';
import { isDrawn } from '../words.ts';
import type { PageWords } from './words.ts';

/** A chart of where and when documents differ. */

/** Cells drawn in the page itself; the script draws the others on demand. */
const drawnCells = 1_500;

/** One column without a date says no more than the counts do, unless it shows several rows. */
export const worthDrawing = ({ rows, columns }: Grid, { isWritten }: Frame): boolean =>
  rows.length > 0 && (!isWritten || rows.length > 1 || columns.some(({ from }) => from !== null));

export function pictureSection(report: Report, data: PageData, grid: Grid, { picture, frame }: PageWords, narrow: boolean): string {
  const rows = Math.min(25, Math.max(5, Math.floor(drawnCells / grid.columns.length)));
  const cells = grid.rows.flatMap((row) => [...row.cells.values()]);
  const item = (classes: string, symbol: string, says: string): string => `<li><i class="${classes}" aria-hidden="true">${symbol}</i>${says}</li>`;
  const key = (Object.keys(frame.marks) as Mark[]).flatMap((mark) => {
    const own = cells.filter((cell) => cell.mark === mark);
    return [
      own.some(({ whole }) => whole) ? item(mark, symbolOf(mark), frame.marks[mark][0]) : '',
      own.some(({ whole }) => !whole) ? item(`tint ${mark}`, symbolOf(mark), frame.marks[mark][1]) : '',
    ];
  });
  const mixed = cells.some((cell) => cell.mixed) ? item('mixed', '', 'plus something else') : '';
  const gone = grid.rows.some((row) => row.gone >= 0) ? item('gone', '', picture.gone) : '';
  const left = grid.rows.length - rows;
  const { one, many } = frame.row;
  const others = `other ${one}`;
  const beside = report.picture?.beside ?? 0;
  const notes = [
    frame.isWritten && isRoomy(grid) ? 'Each number counts the rows that differ.' : '',
    blankCell(report, frame),
    grid.columns.some(({ from, to }) => from !== to) && (!frame.isWritten || frame.days === 1)
      ? `Each column covers several ${frame.isWritten ? 'days' : frame.document.many}.`
      : '',
    report.findingsTruncated && !frame.isWritten ? `It shows the first ${number(report.findings.length)} of ${count(report.findingsTotal, 'finding')}.` : '',
    beside > 0 ? `${documents(beside, frame.document, 'more ')} that ${beside === 1 ? 'differs is' : 'differ are'} not drawn.` : '',
  ].filter(Boolean);
  const orders = [
    ['findings', picture.orders[0]],
    ['first', picture.orders[1]],
    ['name', 'By name'],
  ].map(([value, name]) => `<option value="${value}">${name}</option>`);
  const click = frame.isWritten
    ? `Click a cell, a row or a day to see its findings.`
    : `Click a cell, a ${one} or a ${frame.document.one} to see its findings.`;
  return `<section${narrow ? ' class="half"' : ''} aria-labelledby="picture">
<h2 id="picture">Where it differs</h2>
<p class="muted small">${escapeHtml(picture.axes)} ${notes.join(' ')}<span class="scripted" hidden> ${click}</span></p>
<ul class="key">${key.join('')}${gone}${mixed}</ul>
<div class="tools scripted" hidden><label class="narrow">Order${frame.isWritten ? '' : ` of ${many}`}<select id="order">${orders.join('')}</select></label></div>
<div class="scroll picture" role="group" aria-labelledby="picture" tabindex="0"><table class="grid" id="grid" aria-labelledby="picture">${gridHtml(data, grid, rows)}</table></div>
<p class="told muted scripted" id="where" hidden></p>
${left > 0 ? `<p class="muted" id="rest">… and ${escapeHtml(count(left, others, `other ${many}`))}.</p>` : '<p id="rest" hidden></p>'}
<button type="button" id="children" class="scripted" hidden>More ${escapeHtml(many)}</button>
</section>`;
}

function blankCell(report: Report, { document }: Frame): string {
  return isDrawn(report) ? `Empty cells have no findings, or their ${document.many} were not drawn.` : 'Empty cells have no findings.';
}
