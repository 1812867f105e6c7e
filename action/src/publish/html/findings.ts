import type { Report } from '../../report/report.ts';
import { count, number } from '../../report/numbers.ts';
import { commandTarget, isPlainName } from '../../report/words.ts';
import type { packFindings, PageData } from './data.ts';
import { shownRows } from './parts.ts';
import { escapeHtml, findingsHtml, type Shown } from './view.ts';
import type { PageWords } from './words.ts';

/** The findings, as many as are in the page itself; the script draws the others on demand. */

const drawnFindings = 200;
export const drawnBytes = 120_000;

/** The first findings that fit, by index. */
function firstFindings({ groups }: PageData): Shown {
  let left = drawnFindings;
  return groups.flatMap(([, , , , cells], index) => {
    const findings = Array.from({ length: Math.min(left, cells.length / 5) }, (_, finding) => finding);
    left -= findings.length;
    return findings.length === 0 ? [] : [[index, findings] as const];
  });
}

export function findingsSection(report: Report, { data, packed, shortened }: ReturnType<typeof packFindings>, { filters, frame }: PageWords): string {
  let first = firstFindings(data);
  let drawn = findingsHtml(data, first);
  while (Buffer.byteLength(drawn) > drawnBytes) {
    first = first.slice(0, Math.ceil(first.length / 2));
    drawn = findingsHtml(data, first);
    if (first.length === 1) break;
  }
  const rows = first.reduce((sum, [, findings]) => sum + findings.length, 0);
  const status = rows < packed ? `The first ${number(rows)} of ${count(report.findingsTotal, 'finding')} are shown.` : `${count(rows, 'finding')}.`;
  const notes = [
    packed < report.findingsTotal ? `This page holds the first ${number(packed)} of ${count(report.findingsTotal, 'finding')}.` : '',
    shortened ? 'To keep it small, row ids are left out and long texts are shortened.' : '',
    packed < report.findings.length || shortened || report.findingsTruncated
      ? `<code>report.json</code> has ${report.findingsTruncated ? `the first ${number(report.findings.length)}` : 'all of them'}${shortened ? ' in full' : ''}.`
      : '',
  ].filter(Boolean);
  const severities = [...new Set(data.kinds.map(([, severity]) => severity))];
  return `<section class="findings" aria-labelledby="findings">
<h2 id="findings">Findings</h2>
${frame.isWritten ? repairCommands(report) : '<p class="muted small">The commands run in a terminal. <code>npx driftwatch repair</code> shows how to repair the findings.</p>'}
${notes.length === 0 ? '' : `<p class="muted small">${notes.join(' ')}</p>`}
<form class="tools scripted" role="search" hidden>
<label>Type<select id="type"><option value="">All</option></select></label>
<label>Severity<select id="severity"><option value="">All</option>${severities.map((severity) => `<option>${severity}</option>`).join('')}</select></label>
<label>${escapeHtml(filters.row)}<select id="child"><option value="">All</option></select></label>
<label>${filters.column}<select id="week"><option value="">All</option></select></label>
<label>Search<input type="search" id="search" autocomplete="off" placeholder="${filters.search}"></label>
<button type="button" id="clear">Clear</button>
</form>
<p class="small" id="status" role="status">${status}</p>
<div class="scroll" role="group" aria-labelledby="findings" tabindex="0"><table id="list">
<thead><tr><th scope="col">Type</th><th scope="col">Where</th><th scope="col">Legacy</th><th scope="col">Normalized</th></tr></thead>
${drawn}
</table></div>
<button type="button" id="more"${rows < packed ? ' class="scripted"' : ''} hidden>Show more</button>
</section>`;
}

/** The commands that propose repairs for each entity. */
function repairCommands(report: Report): string {
  const { pair, findings, counts } = report;
  const levels = new Set(findings.map(({ level }) => level));
  const order = counts.map(({ level }) => level);
  const entities = [...levels].filter((level) => isPlainName(level)).toSorted((a, b) => order.indexOf(a) - order.indexOf(b));
  const words = 'The commands run in a terminal, at the root of the repository that declares this pair';
  if (!isPlainName(pair) || entities.length === 0) return `<p class="muted small">${words}.</p>`;
  const commands = entities
    .slice(0, shownRows)
    .map((entity) => `<li><span class="command"><code>${escapeHtml(`npx driftwatch repair${commandTarget(report)} --entity ${entity}`)}</code></span></li>`);
  const list = `<ul class="commands small">${commands.join('')}</ul>`;
  return `<p class="muted small">${words}. To see what would repair the findings, run:</p>\n${commands.length <= 3 ? list : `<details><summary>One command for each of ${count(commands.length, 'entity', 'entities')}</summary>${list}</details>`}`;
}
