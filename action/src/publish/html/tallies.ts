import { daysSinceMonday, isCalendarDate, weekdays } from '../../document/calendar.ts';
import type { LevelCount, Report } from '../../report/report.ts';
import { number, signed } from '../../report/numbers.ts';
import { capitalized, type Unit } from '../../report/words.ts';
import type { PageData } from './data.ts';
import { code, columnHead, moreThan, shown, shownRows, wideTable } from './parts.ts';
import { escapeHtml } from './view.ts';
import type { PageWords } from './words.ts';

/** Counts: rows, findings, and the writers of documents. */

const asBar = '<span class="hidden">As a bar</span>';

export function countsSection(report: Report, { level: head, expected }: PageWords, narrow: boolean): string {
  if (report.counts.length === 0) return '';
  const entities = new Map(report.entities?.map((entity) => [entity.name, entity]));
  const rows = report.counts
    .slice(0, shownRows)
    .map(
      (level) =>
        `<tr${level.difference === 0 ? '' : ' class="off"'}><th scope="row">${shown(level.level)}</th>` +
        `<td class="n">${number(level.legacy)}</td><td class="n">${number(level.expected)}</td>` +
        `<td class="n">${number(level.normalized)}</td><td class="n by">${signed(level.difference)}</td>${report.entities ? differOf(entities.get(level.level)) : ''}<td class="wide">${levelBar(level)}</td></tr>`,
    );
  const columns = [
    columnHead(head),
    columnHead('Legacy', 'n'),
    columnHead('Expected', 'n'),
    columnHead('Normalized', 'n'),
    columnHead('Off by', 'n'),
    ...(report.entities ? [columnHead('Differ', 'n')] : []),
    columnHead(asBar, 'wide'),
  ];
  return `<section${narrow ? ' class="half"' : ''} aria-labelledby="counts">
<h2 id="counts">Counts</h2>
${wideTable('counts', columns, rows)}
<p class="muted small">${expected}<span class="wide"> In the bars, green is there, red is missing and blue is extra.</span></p>
</section>`;
}

/** How many of the compared documents of an entity differ. */
const differOf = (entity: NonNullable<Report['entities']>[number] | undefined): string =>
  `<td class="n">${entity ? `${number(entity.differing)} <small class="muted">of ${number(entity.compared)}</small>` : '–'}</td>`;

function levelBar({ expected, normalized }: LevelCount): string {
  const top = Math.max(expected, normalized, 1);
  const [both, more] = [(Math.min(expected, normalized) / top) * 100, (Math.abs(expected - normalized) / top) * 100];
  // One of a million must still be visible.
  const rest = more === 0 ? 0 : Math.max(1, more);
  const same = Math.min(both, 100 - rest);
  return (
    `<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect class="track" width="100" height="10"/>` +
    `<rect class="full" width="${same.toFixed(2)}" height="10"/><rect class="${normalized < expected ? 'lack' : 'part'}" x="${same.toFixed(2)}" width="${rest.toFixed(2)}" height="10"/></svg>`
  );
}

type Tally = { name: string; findings: number; tone?: string; note?: string };

/** What the findings have in common apart from time and owner: their type, what they are about, and the day. */
export function patternsSection(report: Report, data: PageData): string {
  const types = Object.entries(report.findingsByType).map(([type, findings]): Tally => {
    const severity = report.severityByType[type];
    return { name: code(type, 60), findings, tone: severity ?? 'unknown', ...(severity && { note: severity }) };
  });
  const days = new Map<string, number>();
  const heads = new Map<number, number>();
  const levels = new Map<number, number>();
  const columns = new Map<string, number>();
  for (const [, , , , cells] of data.groups) {
    for (let at = 0; at < cells.length; at += 5) {
      const [level, head, tail] = [data.kinds[cells[at] ?? -1]?.[2] ?? -1, cells[at + 1] ?? -1, cells[at + 2] ?? -1];
      addOne(levels, level);
      if (tail >= 0) addOne(columns, `${data.texts[level] ?? ''}.${data.texts[tail] ?? ''}`);
      const day = dayName(data.texts[tail] ?? '');
      if (day === undefined) continue;
      addOne(days, day);
      if (head >= 0) addOne(heads, head);
    }
  }
  const tallied = (name: string, findings: number): Tally => ({ name: `<code>${escapeHtml(name)}</code>`, findings });
  const byWeekday = weekdays.map((name): Tally => ({ name, findings: days.get(name) ?? 0 }));
  const byHead = [...heads].map(([head, findings]) => tallied((data.texts[head] ?? '').replace(/\/$/, ''), findings));
  const byLevel = [...levels].map(([level, findings]) => tallied(data.texts[level] ?? '', findings));
  const byColumn = [...columns].map(([column, findings]) => tallied(column, findings));
  const { isWritten } = data.frame;
  const tables = [
    tallyTable('Findings by type', byFindings(types)),
    isWritten && byLevel.length > 1 ? tallyTable('By entity', byFindings(byLevel)) : '',
    isWritten && byColumn.length > 0 ? tallyTable('By column', byFindings(byColumn).slice(0, 8), byColumn.length) : '',
    byHead.length > 1 && byHead.some(({ findings }) => findings > 1) ? tallyTable('By place', byFindings(byHead).slice(0, 8), byHead.length) : '',
    days.size > 0 ? tallyTable('By day of the week', byWeekday) : '',
  ];
  return `<section aria-labelledby="types">
<h2 id="types">What differs</h2>
<div class="three">${tables.filter(Boolean).join('\n')}</div>
</section>`;
}

const addOne = <T>(counts: Map<T, number>, what: T): void => void counts.set(what, (counts.get(what) ?? 0) + 1);

const byFindings = (tallies: readonly Tally[]): Tally[] => tallies.toSorted((a, b) => b.findings - a.findings);

/** The weekday of a calendar date; `undefined` for anything else. */
const dayName = (text: string): string | undefined => (isCalendarDate(text) ? weekdays[daysSinceMonday(text)] : undefined);

function tallyTable(title: string, tallies: readonly Tally[], all = tallies.length, counted = 'Findings'): string {
  const top = Math.max(1, ...tallies.map(({ findings }) => findings));
  const rows = tallies
    .slice(0, shownRows)
    .map(
      ({ name, findings, tone, note }) =>
        `<tr><th scope="row">${tone ? `<span class="dot ${tone}">${name}</span>` : name}${note ? ` <span class="muted small">${note}</span>` : ''}</th><td class="n">${number(findings)}</td>` +
        `<td class="wide"><svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect class="count ${tone ?? ''}" width="${((findings / top) * 100).toFixed(2)}" height="10"/></svg></td></tr>`,
    );
  return `<div><table>
<thead><tr>${columnHead(title)}${columnHead(counted, 'n')}${columnHead(asBar)}</tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>${moreThan(rows.length, all)}</div>`;
}

export function sourcesSection(report: Report, document: Unit): string {
  const entries = Object.entries(report.sourceVersions);
  if (entries.length === 0) return '';
  const tallies = entries.toSorted(([, a], [, b]) => b - a).map(([version, weeks]): Tally => ({ name: code(version), findings: weeks }));
  return `<section class="half" aria-labelledby="sources">
<h2 id="sources">Where the ${document.many} come from</h2>
<div class="three">${tallyTable('Source version', tallies, tallies.length, capitalized(document.many))}</div>
</section>`;
}
