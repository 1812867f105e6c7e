import { createHash } from 'node:crypto';
import type { RunContext } from '../context.ts';
import { inertHtml } from '../privacy/inert.ts';
import type { Finding, Report, Severity } from '../report/report.ts';
import { count, number, percent, settled, sideText, signed, skippedWeeks, statistics } from './words.ts';

const style = `
:root {
  color-scheme: light dark;
  --page: #f4f5f7; --card: #ffffff; --text: #1b1f24; --muted: #57606a; --line: #d8dee4; --link: #0550ae;
  --critical: #b42318; --high: #b54708; --medium: #7a5b00; --good: #067647; --unknown: #475467;
  --critical-tint: #fef1ef; --high-tint: #fff5e8; --medium-tint: #fdf8dc; --good-tint: #e9fbf1; --unknown-tint: #eceff3;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0e1217; --card: #161b22; --text: #e6e9ee; --muted: #9ba6b3; --line: #2c343f; --link: #7cb7ff;
    --critical: #ff9d94; --high: #fdb45c; --medium: #f1d55c; --good: #6fe0a2; --unknown: #c4cdd8;
    --critical-tint: #351614; --high-tint: #33200c; --medium-tint: #2c260c; --good-tint: #0d2a1c; --unknown-tint: #222932;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
header, main, footer { max-width: 72rem; margin: 0 auto; padding: 1rem; }
header { padding-top: 2rem; padding-bottom: 0; }
footer { color: var(--muted); font-size: .875rem; padding-bottom: 3rem; }
a { color: var(--link); }
h1, h2, p, dl, dd, ul { margin: 0; }
h2 { font-size: 1.125rem; margin-bottom: .5rem; }
code { font: .875em/1.4 ui-monospace, monospace; overflow-wrap: anywhere; }
.muted { color: var(--muted); }
.critical { --tone: var(--critical); --tint: var(--critical-tint); }
.high { --tone: var(--high); --tint: var(--high-tint); }
.medium { --tone: var(--medium); --tint: var(--medium-tint); }
.good { --tone: var(--good); --tint: var(--good-tint); }
.unknown { --tone: var(--unknown); --tint: var(--unknown-tint); }
.verdict { background: var(--tint); border-left: .5rem solid var(--tone); border-radius: .5rem; padding: 1.25rem 1.5rem; }
.verdict h1 { color: var(--tone); font-size: 2rem; line-height: 1.2; }
.verdict p { margin-top: .5rem; max-width: 46rem; overflow-wrap: anywhere; }
.eyebrow { color: var(--muted); font-size: .875rem; margin-bottom: .75rem; overflow-wrap: anywhere; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .75rem; margin-top: 1rem; }
.figures div { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .75rem 1rem; }
.figures dt { color: var(--muted); font-size: .875rem; }
.figures dd { font-size: 1.25rem; font-weight: 600; font-variant-numeric: tabular-nums; }
section { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; margin-top: 1rem; padding: 1rem 1.25rem; }
section > * + p, section ul { margin-top: .5rem; }
ul { padding-left: 1.25rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: .4rem .75rem .4rem 0; border-top: 1px solid var(--line); }
thead th { border-top: 0; color: var(--muted); font-size: .875rem; font-weight: 500; white-space: nowrap; }
tbody th { font-weight: 500; overflow-wrap: break-word; max-width: 40rem; }
.date { white-space: nowrap; }
th.n, td.n { text-align: right; }
th:last-child, td:last-child { padding-right: 0; }
tr.off td, tr.off th { font-weight: 600; }
tr.off td:last-child { color: var(--critical); }
.narrow table { width: auto; min-width: min(20rem, 100%); }
.type code { overflow-wrap: break-word; }
.type::before { content: ""; display: inline-block; width: .6rem; height: .6rem; border-radius: 50%; margin-right: .5rem; background: var(--tone); }
.findings tbody + tbody::before { content: ""; display: block; height: .75rem; }
.findings th[scope=rowgroup] { background: var(--page); border-radius: .375rem; border: 0; padding: .5rem .75rem; }
.findings td { font-size: .9375rem; }
.findings td:first-child { padding-left: .75rem; }
.findings td:nth-child(n + 3) { min-width: 6.5rem; }
.ids { display: block; color: var(--muted); font-size: .8125rem; font-weight: 400; }
.ids code { font-size: .75rem; }
@media (max-width: 40rem) {
  header { padding-top: 1rem; }
  section { padding: 1rem; }
  .verdict { padding: 1rem; }
  .verdict h1 { font-size: 1.625rem; }
  .figures { grid-template-columns: 1fr 1fr; }
  .figures div:last-child:nth-child(odd) { grid-column: 1 / -1; }
  th, td { padding-right: .35rem; font-size: .875rem; }
  thead th { font-size: .75rem; }
  .findings thead { position: absolute; clip-path: inset(50%); }
  .findings table, .findings tbody, .findings tr, .findings th { display: block; }
  .findings tr + tr { display: grid; grid-template-columns: 1fr 1fr; column-gap: 1rem; padding: .4rem 0; border-top: 1px solid var(--line); }
  .findings tr:nth-child(2) { border-top: 0; }
  .findings td, .findings td:first-child { border: 0; padding: 0; }
  .findings td:nth-child(-n + 2) { grid-column: 1 / -1; }
  .findings td:nth-child(n + 3)::before { color: var(--muted); font-size: .8125rem; margin-right: .4rem; }
  .findings td:nth-child(3)::before { content: "Legacy"; }
  .findings td:nth-child(4)::before { content: "Normalized"; }
}
@media print {
  body { background: none; font-size: 10pt; }
  header, main, footer { max-width: none; padding-left: 0; padding-right: 0; }
  section { border: 0; padding: 0; margin-top: 1.25rem; }
  .verdict, .type::before { print-color-adjust: exact; }
  .scroll { overflow: visible; }
  tr, .figures div { break-inside: avoid; }
  thead { display: table-header-group; }
}
`;

const policy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** The findings' rows stop here, so that a page with 10,000 of them still opens on a phone. */
const findingsBytes = 600_000;
const shownRows = 50;

/**
 * The report as one page that needs nothing else: no script, no request, and a policy that forbids both.
 *
 * @returns an HTML document of less than 1 MB
 */
export function renderHtml(report: Report, context: Pick<RunContext, 'runUrl'>): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${title(report)} · Driftwatch</title>
<style>${style}</style>
</head>
<body>
${headerSection(report)}
<main>
${[aboutSection, countsSection, typesSection, findingsSection, sourcesSection, healthSection].map((section) => section(report)).filter(Boolean).join('\n')}
</main>
${footerSection(report, context)}
</body>
</html>
`;
}

/** Text of any origin; one that nobody could see is shown in quotes. */
const shown = (text: string, longest = 200): string => (text.trim() === '' ? `&quot;${inertHtml(text, longest)}&quot;` : inertHtml(text, longest));
const code = (text: string, longest?: number): string => `<code>${shown(text, longest)}</code>`;
const nothing = '<span class="muted">nothing</span>';

const tones: Readonly<Record<Severity, string>> = {
  none: 'good',
  low: 'medium',
  medium: 'medium',
  high: 'high',
  critical: 'critical',
};

function title({ verdict, severity }: Report): string {
  if (verdict === 'unknown') return 'Unknown';
  return verdict === 'in-sync' ? 'In sync' : `Drift: ${severity}`;
}

/** A moment as ISO 8601 UTC, in words and for machines. */
const moment = (iso: string): string =>
  `<time datetime="${inertHtml(iso, 40)}">${inertHtml(iso.replace('T', ' ').replace(/(\.\d+)?Z$/, ' UTC'), 40)}</time>`;

function headerSection(report: Report): string {
  const { verdict, drift, findingsTotal, skipped } = report;
  const tone = verdict === 'unknown' ? 'unknown' : tones[report.severity];
  const sentence =
    verdict === 'unknown'
      ? inertHtml(report.reason ?? 'The comparison could not be finished.', 2_000)
      : verdict === 'in-sync'
        ? `${drift.compared < drift.population ? `${count(drift.compared, 'week')} drawn at random were compared` : `All ${count(drift.population, 'week')} were compared`}, and nothing differs.`
        : `${count(findingsTotal, 'finding')} in ${number(drift.differing)} of ${count(drift.compared, 'compared week')}: ${topTypes(report)}.`;
  // Where nothing was looked at, "0 differ" would read like good news.
  const seen = drift.compared > 0 || findingsTotal > 0;
  const skippedTotal = skipped.reduce((sum, { count: weeks }) => sum + weeks, 0);
  const figures = [
    ['Weeks that differ', number(drift.differing)],
    ['Weeks compared', `${number(drift.compared)} of ${number(drift.population)}`],
    ['Findings', number(findingsTotal)],
    ['Drift rate', percent(drift.rate)],
    ['Skipped as expected', number(skippedTotal)],
  ];
  return `<header>
<p class="eyebrow">${shown(report.pair)} · ${moment(report.finishedAt)}</p>
<div class="verdict ${tone}">
<h1>${title(report)}</h1>
<p>${sentence}</p>
</div>
${seen ? `<dl class="figures">\n${figures.map(([name, value]) => `<div><dt>${name}</dt><dd>${value}</dd></div>`).join('\n')}\n</dl>` : ''}
</header>`;
}

function topTypes({ findingsByType }: Report): string {
  const types = Object.entries(findingsByType).toSorted(([, a], [, b]) => b - a);
  const first = types.slice(0, 3).map(([type, findings]) => `${number(findings)} × ${code(type, 60)}`);
  return first.join(', ') + (types.length > first.length ? ' and others' : '');
}

function aboutSection(report: Report): string {
  const notes = [...skippedWeeks(report), ...settled(report)];
  return `<section aria-labelledby="about">
<h2 id="about">What this says</h2>
<p>${statistics(report)}</p>
${notes.length > 0 ? `<ul>${notes.map((note) => `<li>${note}</li>`).join('')}</ul>` : ''}
</section>`;
}

function countsSection(report: Report): string {
  if (report.counts.length === 0) return '';
  const rows = report.counts.slice(0, shownRows).map(
    (level) =>
      `<tr${level.difference === 0 ? '' : ' class="off"'}><th scope="row">${shown(level.level)}</th>` +
      `<td class="n">${number(level.legacy)}</td><td class="n">${number(level.expected)}</td>` +
      `<td class="n">${number(level.normalized)}</td><td class="n">${signed(level.difference)}</td></tr>`,
  );
  return `<section aria-labelledby="counts">
<h2 id="counts">Counts</h2>
<div class="scroll" role="region" aria-labelledby="counts" tabindex="0"><table>
<thead><tr><th scope="col">Level</th><th scope="col" class="n">Legacy</th><th scope="col" class="n">Expected</th><th scope="col" class="n">Normalized</th><th scope="col" class="n">Off by</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table></div>
<p class="muted">Expected is what the legacy side implies for the normalized side, without skipped and duplicate weeks.</p>
</section>`;
}

function typesSection(report: Report): string {
  const entries = Object.entries(report.findingsByType);
  if (entries.length === 0) return '';
  const rows = entries.slice(0, shownRows).map(([type, findings]) => {
    const severity = report.severityByType[type];
    return `<tr><th scope="row"><span class="type ${severity ?? 'unknown'}">${code(type)}</span></th><td>${severity ?? ''}</td><td class="n">${number(findings)}</td></tr>`;
  });
  return `<section class="narrow" aria-labelledby="types">
<h2 id="types">Findings by type</h2>
<div class="scroll" role="region" aria-labelledby="types" tabindex="0"><table>
<thead><tr><th scope="col">Type</th><th scope="col">Severity</th><th scope="col" class="n">Findings</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table></div>
</section>`;
}

/** The findings of one week, or of a child or level as a whole, in the order of the report. */
function findingGroups(findings: readonly Finding[]): Finding[][] {
  const place = ({ severity, child, weekStart }: Finding): string => JSON.stringify([severity, child, weekStart]);
  return [...Map.groupBy(findings, place).values()];
}

function groupRow(group: readonly Finding[], { child, weekStart }: Finding): string {
  const ids = new Map<string, Set<string>>();
  for (const { rowIds } of group) {
    for (const [table, rows] of Object.entries(rowIds)) {
      const all = ids.get(table) ?? new Set();
      for (const row of rows) all.add(row);
      ids.set(table, all);
    }
  }
  const shownIds = [...ids].slice(0, 4).map(([table, rows]) => {
    const first = [...rows].slice(0, 3).map((row) => code(row, 60));
    return `${shown(table, 60)} ${first.join(' ')}${rows.size > first.length ? ' …' : ''}`;
  });
  const where = [child === null ? 'All children' : code(child, 100), weekStart === null ? '' : `<span class="date">week of ${shown(weekStart, 40)}</span>`];
  return (
    `<tr><th scope="rowgroup" colspan="4">${where.filter(Boolean).join(', ')} <span class="ids">` +
    `${[count(group.length, 'finding'), ...shownIds].join(' · ')}</span></th></tr>`
  );
}

/** Kept short: thousands of rows must fit. */
function findingRow({ type, severity, level, path, legacy, normalized }: Finding): string {
  const side = (value: Finding['legacy']): string => (value === null ? nothing : code(sideText(value)));
  return (
    `<tr><td><span class="type ${severity}">${code(type, 60)}</span></td><td>${code(path ?? level)}</td>` +
    `<td>${side(legacy)}</td><td>${side(normalized)}</td></tr>`
  );
}

function findingsSection(report: Report): string {
  const bodies: string[] = [];
  let left = findingsBytes;
  let rows = 0;
  for (const group of findingGroups(report.findings)) {
    const [first] = group;
    if (!first) continue;
    const body = [groupRow(group, first)];
    left -= Buffer.byteLength(body.join(''));
    for (const finding of group) {
      const row = findingRow(finding);
      left -= Buffer.byteLength(row);
      if (left < 0) break;
      body.push(row);
    }
    if (body.length > 1) bodies.push(`<tbody>\n${body.join('\n')}\n</tbody>`);
    rows += body.length - 1;
    if (left < 0) break;
  }
  if (rows === 0) return '';
  const more =
    rows === report.findingsTotal
      ? ''
      : `<p class="muted">The first ${number(rows)} of ${count(report.findingsTotal, 'finding')} are shown here. <code>report.json</code> holds ${
          report.findingsTruncated ? `the first ${number(report.findings.length)}` : 'all of them'
        }.</p>`;
  return `<section class="findings" aria-labelledby="findings">
<h2 id="findings">Findings</h2>
${more}
<div class="scroll" role="region" aria-labelledby="findings" tabindex="0"><table>
<thead><tr><th scope="col">Type</th><th scope="col">Where</th><th scope="col">Legacy</th><th scope="col">Normalized</th></tr></thead>
${bodies.join('\n')}
</table></div>
</section>`;
}

function sourcesSection(report: Report): string {
  const entries = Object.entries(report.sourceVersions);
  if (entries.length === 0) return '';
  const rows = entries
    .slice(0, shownRows)
    .map(([version, weeks]) => `<tr><th scope="row">${code(version)}</th><td class="n">${number(weeks)}</td></tr>`);
  return `<section class="narrow" aria-labelledby="sources">
<h2 id="sources">Where the weeks come from</h2>
<div class="scroll" role="region" aria-labelledby="sources" tabindex="0"><table>
<thead><tr><th scope="col">Source version</th><th scope="col" class="n">Weeks</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table></div>
</section>`;
}

const healthTones = { ok: 'good', warning: 'high', failing: 'critical' };

function healthSection(report: Report): string {
  if (report.health.length === 0) return '';
  const rows = report.health
    .slice(0, shownRows)
    .map(
      ({ check, status, detail }) =>
        `<tr><th scope="row"><span class="type ${healthTones[status]}">${shown(check)}</span></th><td>${status}</td><td>${shown(detail, 300)}</td></tr>`,
    );
  return `<section aria-labelledby="health">
<h2 id="health">Health</h2>
<div class="scroll" role="region" aria-labelledby="health" tabindex="0"><table>
<thead><tr><th scope="col">Check</th><th scope="col">Status</th><th scope="col">Detail</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table></div>
</section>`;
}

function footerSection(report: Report, { runUrl }: Pick<RunContext, 'runUrl'>): string {
  const url = runUrl !== undefined && URL.canParse(runUrl) ? new URL(runUrl) : undefined;
  const run = url && /^https?:$/.test(url.protocol) ? ` · <a href="${inertHtml(url.href, 2_000)}">The run</a>` : '';
  return `<footer>
<p>${report.mode} comparison (${report.engine}) in ${(report.durationMs / 1000).toFixed(1)} s · seed ${code(report.seed)}${run}</p>
</footer>`;
}
