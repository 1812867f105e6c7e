import { createHash } from 'node:crypto';
import { daysSinceMonday, isCalendarDate, weekdays } from '../../document/calendar.ts';
import type { RunContext } from '../../context.ts';
import { compareSeverity, type LevelCount, type Report, type Severity } from '../../report/report.ts';
import { count, number, ratePercent, signed } from '../../report/numbers.ts';
import { capitalized, type Unit } from '../../report/words.ts';
import {
  acceptedNotes,
  acceptedTotal,
  besideCompared,
  headline,
  nothingDiffers,
  partName,
  rotationSentence,
  ruleStates,
  rulesByState,
  settled,
  skippedDocuments,
  statistics,
} from '../words.ts';
import { packFindings, shownText, type Frame, type Mark, type PageData } from './data.ts';
import { pageScript } from './script.ts';
import { style } from './style.ts';
import { tones, trendSection } from './trend.ts';
import { escapeHtml, findingsHtml, gridHtml, isRoomy, layOut, symbolOf, type Grid, type Shown } from './view.ts';
import { isPlainName, wordsOf, type PageWords } from './words.ts';

/** A year of weeks fits on a screen. */
const mostColumns = 53;
/** A picture of so few weeks leaves room for the counts beside it. */
const fewColumns = 8;
/** Cells of the picture, and findings, that stand in the page itself; the script draws the others when asked to. */
const drawnCells = 1_500;
const drawnFindings = 200;
const drawnBytes = 120_000;
const usualBytes = 90_000;
const pageBytes = 990_000;
const shownRows = 50;

const script = pageScript(mostColumns);
const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
const policy = ["default-src 'none'", `style-src ${hash(style)}`, `script-src ${hash(script)}`, "base-uri 'none'", "form-action 'none'"].join('; ');

/**
 * The report as one page that needs nothing else: it sends no request, and a policy forbids any, together with every
 * style and script but its own two. Without scripts all of it can be read; with them it can be filtered and searched.
 *
 * @returns an HTML document of less than 1 MB
 */
export function renderHtml(report: Report, context: Pick<RunContext, 'runUrl'>): string {
  const words = wordsOf(report);
  const { document } = words;
  const others = [
    notComparedSection(report),
    trendSection(report.trend, document),
    cutoverSection(report),
    acceptedSection(report, document),
    healthSection(report),
    aboutSection(report, context, document),
    sourcesSection(report, document),
  ];
  const page = (findings: string, json: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${shortHeadline(report)} · Driftwatch</title>
<style>${style}</style>
</head>
<body>
${headerSection(report, document)}
<main>
${[findings, ...others].filter(Boolean).join('\n')}
</main>
${json === '' ? '' : `<script type="application/json" id="data">${json}</script>\n<script>${script}</script>`}
</body>
</html>
`;
  const around = Buffer.byteLength(page('', ''));
  if (report.findings.length === 0) return page(countsSection(report, words, false), '');
  const room = pageBytes - around - Buffer.byteLength(script);
  /** @param reserved bytes for what is drawn of the findings in the page itself */
  const build = (reserved: number): { html: string; drawn: number } => {
    const pack = packFindings(report.findings, room - reserved, words.frame, report.picture);
    const grid = layOut(pack.data, 'findings', mostColumns);
    const isDrawn = worthDrawing(grid, words.frame);
    const narrow = isDrawn && grid.columns.length <= fewColumns && report.counts.length > 0;
    const sections = [
      isDrawn ? pictureSection(report, pack.data, grid, words, narrow) : '',
      countsSection(report, words, narrow),
      patternsSection(report, pack.data),
      findingsSection(report, pack, words),
    ]
      .filter(Boolean)
      .join('\n');
    return { html: page(sections, pack.json), drawn: Buffer.byteLength(sections) };
  };
  const { html, drawn } = build(usualBytes);
  if (Buffer.byteLength(html) <= pageBytes) return html;
  // How much is drawn depends on the texts that were packed, a little.
  const again = build(drawn + drawnBytes / 4).html;
  return Buffer.byteLength(again) <= pageBytes ? again : build(4 * drawnBytes).html;
}

const shown = (text: string, longest = 200): string => escapeHtml(shownText(text, longest));
const code = (text: string, longest?: number): string => `<code>${shown(text, longest)}</code>`;

function shortHeadline({ verdict, severity, mode }: Report): string {
  if (verdict === 'unknown') return 'Unknown';
  if (verdict === 'drift') return `Drift${mode === 'recent' ? ' in recent writes' : ''}, ${severity}`;
  return mode === 'recent' ? 'Recent writes in sync' : 'In sync';
}

/** What a sentence quotes is code, as in Markdown. */
const quotesAsHtml = (sentence: string): string => shown(sentence, 1_000).replaceAll(/“([^“”]*)”/g, '<code>$1</code>');

/** A moment as ISO 8601 UTC, in words and for machines. */
const moment = (iso: string): string => `<time datetime="${shown(iso, 40)}">${shown(iso.replace('T', ' ').replace(/(\.\d+)?Z$/, ' UTC'), 40)}</time>`;

/** A tick, an exclamation mark or a question mark: the verdict without its colour. */
const emblems: Readonly<Record<Report['verdict'], string>> = {
  'in-sync': '<path d="M14 25l7 7 14-15" fill="none" stroke-width="4" stroke-linecap="round" stroke-linejoin="round"/>',
  drift: '<path d="M24 13v15M24 34.5v.5" fill="none" stroke-width="5" stroke-linecap="round"/>',
  unknown: '<path d="M18 19c0-8 12-8 12 0 0 5-6 5-6 10M24 35v.5" fill="none" stroke-width="4.5" stroke-linecap="round"/>',
};

function headerSection(report: Report, document: Unit): string {
  const { verdict, drift, findingsTotal, skipped } = report;
  const tone = verdict === 'unknown' ? 'unknown' : tones[report.severity];
  const sentence =
    verdict === 'unknown'
      ? shown(report.shortReason ?? report.reason ?? 'The comparison could not be finished.', 2_000)
      : verdict === 'in-sync'
        ? allClear(report, document)
        : drift.differing === 0
          ? `${capitalized(besideCompared(report))}: ${topTypes(report)}.`
          : `${count(findingsTotal, 'finding')} in ${number(drift.differing)} of ${documents(drift.compared, document, 'compared ')}: ${topTypes(report)}.`;
  // Where nothing was looked at, "0 differ" would read like good news.
  const seen = drift.compared > 0 || findingsTotal > 0;
  const skippedTotal = skipped.reduce((sum, { count: weeks }) => sum + weeks, 0);
  const figures = [
    [`${capitalized(document.many)} that differ`, number(drift.differing)],
    [`${capitalized(document.many)} compared`, `${number(drift.compared)} <small>of ${number(drift.population)}</small>`],
    ['Findings', number(findingsTotal)],
    ['Drift rate', ratePercent(report)],
    report.entities
      ? [
          'Entities that differ',
          `${number(report.entities.filter(({ differing }) => differing > 0).length)} <small>of ${number(report.entities.length)}</small>`,
        ]
      : ['Skipped as expected', number(skippedTotal)],
  ];
  const origin = (report.origin ?? []).slice(0, 10).map((line) => `<li>${quotesAsHtml(line)}</li>`);
  return `<header>
<p class="eyebrow"><span><b>Driftwatch</b> · ${shown(report.pair)}</span> ${moment(report.finishedAt)}</p>
<div class="verdict ${tone}">
<svg viewBox="0 0 48 48" aria-hidden="true" stroke="currentColor"><circle cx="24" cy="24" r="21.5" fill="none" stroke-width="3"/>${emblems[verdict]}</svg>
<h1>${verdict === 'unknown' ? 'Unknown' : escapeHtml(headline(report))}</h1>
<p class="said">${sentence}${report.coverage ? ` ${rotationSentence(report)}` : ''}</p>
${verdict === 'unknown' ? '<p>In a terminal, this looks for the cause: <code>npx driftwatch doctor' + (report.words.hasTables ? '' : ` --pair ${shown(report.pair)}`) + '</code></p>' : ''}
${origin.length === 0 ? '' : `<div class="why"><h2>Where it comes from</h2><ul>${origin.join('')}</ul></div>`}
${shareBar(report, document)}
</div>
${seen ? `<dl class="figures">\n${figures.map(([name, value]) => `<div><dt>${name}</dt><dd>${value}</dd></div>`).join('\n')}\n</dl>` : ''}
</header>`;
}

const documents = (total: number, { one, many }: Unit, which = ''): string => count(total, `${which}${one}`, `${which}${many}`);

function allClear(report: Report, document: Unit): string {
  const { mode, drift } = report;
  const compared =
    mode === 'recent'
      ? drift.compared === 0
        ? `No ${document.one} was written within the span`
        : `${documents(drift.compared, document)} written within the span ${drift.compared === 1 ? 'was' : 'were'} compared`
      : drift.compared < drift.population
        ? `${documents(drift.compared, document)} ${mode === 'full' && report.coverage ? `of ${partName(report)}` : 'drawn at random'} were compared`
        : `All ${documents(drift.population, document)} were compared`;
  return `${compared}, and ${nothingDiffers(report)}.`;
}

/** How much of what there is differs, is the same, or was not looked at. */
function shareBar(report: Report, document: Unit): string {
  const { differing, compared, population } = report.drift;
  const parts = [
    { name: 'off', weeks: differing, says: differing === 1 ? 'differs' : 'differ' },
    { name: 'same', weeks: Math.max(0, compared - differing), says: acceptedTotal(report) > 0 ? 'the same, or accepted' : 'the same' },
    { name: 'unseen', weeks: Math.max(0, population - compared), says: 'not compared' },
  ].filter(({ weeks }) => weeks > 0);
  const total = parts.reduce((sum, { weeks }) => sum + weeks, 0);
  if (compared === 0 || total === 0) return '';
  let at = 0;
  const bars = parts.map(({ name, weeks }) => {
    const from = at;
    at += (weeks / total) * 1000;
    return `<rect class="${name}" x="${from.toFixed(1)}" width="${Math.max(4, at - from).toFixed(1)}" height="10"/>`;
  });
  const names = parts.map(
    ({ name, weeks, says }) =>
      `<li><svg class="swatch ${name}" viewBox="0 0 1 1" aria-hidden="true"><rect width="1" height="1"/></svg>${documents(weeks, document)} ${says}</li>`,
  );
  return `<div><svg class="share" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">${bars.join('')}</svg>\n<ul class="legend">${names.join('')}</ul></div>`;
}

/** Most severe first, as in the issue. */
function topTypes({ findingsByType, severityByType, findingsTotal }: Report): string {
  const severityOf = (type: string): Severity => severityByType[type] ?? 'none';
  const types = Object.entries(findingsByType).toSorted(([a, inA], [b, inB]) => compareSeverity(severityOf(b), severityOf(a)) || inB - inA);
  const first = types.slice(0, 3);
  const left = findingsTotal - first.reduce((sum, [, findings]) => sum + findings, 0);
  return first.map(([type, findings]) => `${number(findings)} × ${code(type, 60)}`).join(', ') + (left > 0 ? ` and ${number(left)} more` : '');
}

/** One column without a date tells no more than the counts do, unless it shows several rows. */
const worthDrawing = ({ rows, columns }: Grid, { isWritten }: Frame): boolean =>
  rows.length > 0 && (!isWritten || rows.length > 1 || columns.some(({ from }) => from !== null));

function pictureSection(report: Report, data: PageData, grid: Grid, { picture, frame }: PageWords, narrow: boolean): string {
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

function blankCell({ mode }: Report, { document }: Frame): string {
  return mode === 'sample' ? `Empty cells have no findings, or their ${document.many} were not drawn.` : 'Empty cells have no findings.';
}

function countsSection(report: Report, { level: head, expected }: PageWords, narrow: boolean): string {
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
  return `<section${narrow ? ' class="half"' : ''} aria-labelledby="counts">
<h2 id="counts">Counts</h2>
<div class="scroll" role="group" aria-labelledby="counts" tabindex="0"><table>
<thead><tr><th scope="col">${head}</th><th scope="col" class="n">Legacy</th><th scope="col" class="n">Expected</th><th scope="col" class="n">Normalized</th><th scope="col" class="n">Off by</th>${report.entities ? '<th scope="col" class="n">Differ</th>' : ''}<th scope="col" class="wide"><span class="hidden">As a bar</span></th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table></div>
<p class="muted small">${expected} In the bars, green is there, red is missing and blue is extra.</p>
</section>`;
}

/** How many of the compared documents of an entity differ. */
const differOf = (entity: NonNullable<Report['entities']>[number] | undefined): string =>
  `<td class="n">${entity ? `${number(entity.differing)} <small class="muted">of ${number(entity.compared)}</small>` : '–'}</td>`;

function levelBar({ expected, normalized }: LevelCount): string {
  const top = Math.max(expected, normalized, 1);
  const [both, more] = [(Math.min(expected, normalized) / top) * 100, (Math.abs(expected - normalized) / top) * 100];
  // One of a million is still to be seen.
  const rest = more === 0 ? 0 : Math.max(1, more);
  const same = Math.min(both, 100 - rest);
  return (
    `<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect class="track" width="100" height="10"/>` +
    `<rect class="full" width="${same.toFixed(2)}" height="10"/><rect class="${normalized < expected ? 'lack' : 'part'}" x="${same.toFixed(2)}" width="${rest.toFixed(2)}" height="10"/></svg>`
  );
}

type Tally = { name: string; findings: number; tone?: string; note?: string };

/** What the findings have in common, apart from when and whose: what they are, what they are about, on which day. */
function patternsSection(report: Report, data: PageData): string {
  const types = Object.entries(report.findingsByType).map(([type, findings]): Tally => {
    const severity = report.severityByType[type];
    return { name: code(type, 60), findings, tone: severity ?? 'unknown', ...(severity && { note: severity }) };
  });
  const days = new Map<string, number>();
  const parts = new Map<number, number>();
  const levels = new Map<number, number>();
  const columns = new Map<string, number>();
  for (const [, , , , cells] of data.groups) {
    for (let at = 0; at < cells.length; at += 5) {
      const level = data.kinds[cells[at] ?? -1]?.[2] ?? -1;
      const tail = cells[at + 2] ?? -1;
      levels.set(level, (levels.get(level) ?? 0) + 1);
      const column = `${data.texts[level] ?? ''}.${data.texts[tail] ?? ''}`;
      if (tail >= 0) columns.set(column, (columns.get(column) ?? 0) + 1);
      const day = dayName(data.texts[cells[at + 2] ?? -1] ?? '');
      if (day !== undefined) days.set(day, (days.get(day) ?? 0) + 1);
      const head = cells[at + 1] ?? -1;
      if (head >= 0 && day !== undefined) parts.set(head, (parts.get(head) ?? 0) + 1);
    }
  }
  const byWeekday = weekdays.map((name): Tally => ({ name, findings: days.get(name) ?? 0 }));
  const heads = [...parts].map(([head, findings]): Tally => ({ name: `<code>${escapeHtml((data.texts[head] ?? '').replace(/\/$/, ''))}</code>`, findings }));
  const named = [...levels].map(([level, findings]): Tally => ({ name: `<code>${escapeHtml(data.texts[level] ?? '')}</code>`, findings }));
  const inColumns = [...columns].map(([column, findings]): Tally => ({ name: `<code>${escapeHtml(column)}</code>`, findings }));
  const { isWritten } = data.frame;
  const tables = [
    tallyTable('Findings by type', byFindings(types)),
    isWritten && named.length > 1 ? tallyTable('By entity', byFindings(named)) : '',
    isWritten && inColumns.length > 0 ? tallyTable('By column', byFindings(inColumns).slice(0, 8), inColumns.length) : '',
    heads.length > 1 && heads.some(({ findings }) => findings > 1) ? tallyTable('By place', byFindings(heads).slice(0, 8), heads.length) : '',
    days.size > 0 ? tallyTable('By day of the week', byWeekday) : '',
  ];
  return `<section aria-labelledby="types">
<h2 id="types">What differs</h2>
<div class="three">${tables.filter(Boolean).join('\n')}</div>
</section>`;
}

const byFindings = (tallies: readonly Tally[]): Tally[] => tallies.toSorted((a, b) => b.findings - a.findings);

/** Of a calendar date; `undefined` for anything else. */
const dayName = (text: string): string | undefined => (isCalendarDate(text) ? weekdays[daysSinceMonday(text)] : undefined);

function tallyTable(title: string, tallies: readonly Tally[], all = tallies.length): string {
  const top = Math.max(1, ...tallies.map(({ findings }) => findings));
  const rows = tallies
    .slice(0, shownRows)
    .map(
      ({ name, findings, tone, note }) =>
        `<tr><th scope="row">${tone ? `<span class="dot ${tone}">${name}</span>` : name}${note ? ` <span class="muted small">${note}</span>` : ''}</th><td class="n">${number(findings)}</td>` +
        `<td class="wide"><svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect class="count ${tone ?? ''}" width="${((findings / top) * 100).toFixed(2)}" height="10"/></svg></td></tr>`,
    );
  const more = all > rows.length ? `<p class="muted small">… and ${number(all - rows.length)} more.</p>` : '';
  return `<div><table>
<thead><tr><th scope="col">${title}</th><th scope="col" class="n">Findings</th><th scope="col"><span class="hidden">As a bar</span></th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>${more}</div>`;
}

/** The first findings that fit, by their places. */
function firstFindings({ groups }: PageData): Shown {
  let left = drawnFindings;
  return groups.flatMap(([, , , , cells], index) => {
    const findings = Array.from({ length: Math.min(left, cells.length / 5) }, (_, finding) => finding);
    left -= findings.length;
    return findings.length === 0 ? [] : [[index, findings] as const];
  });
}

function findingsSection(report: Report, { data, packed, shortened }: ReturnType<typeof packFindings>, { filters, frame }: PageWords): string {
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

/** The commands that propose what repairs each entity. */
function repairCommands({ pair, findings, counts }: Report): string {
  const levels = new Set(findings.map(({ level }) => level));
  const order = counts.map(({ level }) => level);
  const entities = [...levels].filter((level) => isPlainName(level)).toSorted((a, b) => order.indexOf(a) - order.indexOf(b));
  const words = 'The commands run in a terminal, at the root of the repository that declares this pair';
  if (!isPlainName(pair) || entities.length === 0) return `<p class="muted small">${words}.</p>`;
  const commands = entities
    .slice(0, shownRows)
    .map((entity) => `<li><span class="command"><code>${escapeHtml(`npx driftwatch repair --pair ${pair} --entity ${entity}`)}</code></span></li>`);
  const list = `<ul class="commands small">${commands.join('')}</ul>`;
  return `<p class="muted small">${words}. To see what would repair the findings, run:</p>\n${commands.length <= 3 ? list : `<details><summary>One command for each of ${count(commands.length, 'entity', 'entities')}</summary>${list}</details>`}`;
}

/** Fields and columns that nobody compares: what an app release added yesterday must not be lost in silence. */
function notComparedSection({ notCompared = {} }: Report): string {
  const names = (all: readonly string[]): string => {
    if (all.length === 0) return '<span class="muted">–</span>';
    const some = all
      .slice(0, shownRows)
      .map((name) => code(name, 80))
      .join(', ');
    return all.length > shownRows ? `${some} and ${number(all.length - shownRows)} more` : some;
  };
  const entities = Object.entries(notCompared);
  if (entities.length === 0) return '';
  const rows = entities
    .slice(0, shownRows)
    .map(([entity, { legacy, normalized }]) => `<tr><th scope="row">${shown(entity, 80)}</th><td>${names(legacy)}</td><td>${names(normalized)}</td></tr>`);
  const more = entities.length > rows.length ? `<p class="muted small">… and ${number(entities.length - rows.length)} more.</p>` : '';
  return `<section aria-labelledby="notcompared">
<h2 id="notcompared">Not compared</h2>
<p class="muted small">Seen on either side, but not declared. Add what should agree to <code>fields</code>, and the rest to <code>ignored</code>.</p>
<div class="scroll" role="group" aria-labelledby="notcompared" tabindex="0"><table>
<thead><tr><th scope="col">Entity</th><th scope="col">Legacy</th><th scope="col">Normalized</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table></div>${more}
</section>`;
}

function cutoverSection({ cutover }: Report): string {
  if (!cutover) return '';
  const reasons = cutover.reasons.slice(0, shownRows).map((reason) => `<li>${shown(reason, 400)}</li>`);
  return `<section aria-labelledby="cutover">
<h2 id="cutover">Cut-over</h2>
<p><span class="dot ${cutover.ready ? 'good' : 'high'}"><strong>${cutover.ready ? 'Ready' : 'Not ready yet'}</strong></span>${reasons.length === 0 ? '' : cutover.ready ? '' : '. Still missing:'}</p>
${reasons.length === 0 ? '' : `<ul>${reasons.join('')}</ul>`}
</section>`;
}

const stateTones = { active: 'good', expired: 'critical', unmatched: 'high' } as const;

function acceptedSection(report: Report, document: Unit): string {
  const accepted = rulesByState(report);
  if (accepted.length === 0) return '';
  const rows = accepted
    .slice(0, shownRows)
    .map(
      (rule) =>
        `<tr><th scope="row">${shown(rule.what)}<span class="ids">${shown(rule.reason, 400)}</span></th><td>${shown(rule.by, 100)}</td><td class="date">${shown(rule.until, 40)}</td>` +
        `<td><span class="dot ${stateTones[rule.state]}">${ruleStates[rule.state]}</span></td><td class="n">${number(rule.findings)}</td><td class="n">${number(rule.weeks)}</td></tr>`,
    );
  const more = accepted.length > rows.length ? `<p class="muted small">… and ${number(accepted.length - rows.length)} more.</p>` : '';
  return `<section aria-labelledby="accepted">
<h2 id="accepted">Accepted differences</h2>
<div class="scroll" role="group" aria-labelledby="accepted" tabindex="0"><table>
<thead><tr><th scope="col">What, and why</th><th scope="col">By</th><th scope="col">Until</th><th scope="col">State</th><th scope="col" class="n">Findings</th><th scope="col" class="n">${capitalized(document.many)}</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table></div>${more}
</section>`;
}

const healthTones = { ok: 'good', warning: 'high', failing: 'critical' } as const;

/** What somebody should look at beside the findings. */
function healthSection(report: Report): string {
  const remarks = (report.remarks ?? []).slice(0, shownRows).map((sentence) => `<li>${shown(sentence, 400)}</li>`);
  if (report.health.length === 0 && remarks.length === 0) return '';
  const rows = report.health
    .slice(0, shownRows)
    .map(
      ({ check, status, detail }) =>
        `<tr><th scope="row"><span class="dot ${healthTones[status]}">${shown(check)}</span></th><td>${status}</td><td>${shown(detail, 300)}</td></tr>`,
    );
  return `<section aria-labelledby="health">
<h2 id="health">${report.words.health === undefined ? 'Remarks' : 'Health'}</h2>
${remarks.length === 0 ? '' : `<ul>${remarks.join('')}</ul>`}
${rows.length === 0 ? '' : healthTable(rows)}
</section>`;
}

const healthTable = (rows: readonly string[]): string => `<div class="scroll" role="group" aria-labelledby="health" tabindex="0"><table>
<thead><tr><th scope="col">Check</th><th scope="col">Status</th><th scope="col">Detail</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table></div>`;

const modes = { full: 'every ', sample: 'a sample', recent: 'recent writes' } as const;

function aboutSection(report: Report, { runUrl }: Pick<RunContext, 'runUrl'>, document: Unit): string {
  const notes = [...skippedDocuments(report), ...settled(report), ...acceptedNotes(report)];
  const url = runUrl !== undefined && URL.canParse(runUrl) ? new URL(runUrl) : undefined;
  const facts = [
    [
      'Comparison',
      `${modes[report.mode]}${report.mode === 'full' ? document.one : ''}, ${report.engine === 'digest' ? 'narrowed down by the database' : 'read through the API'}`,
    ],
    ...(report.reads ? [['Read', `${number(report.reads.legacy)} from the legacy side, ${number(report.reads.normalized)} from the normalized side`]] : []),
    ['Took', `${(report.durationMs / 1000).toFixed(1)} s`],
    ['Seed', code(report.seed)],
    ['Run', url && /^https?:$/.test(url.protocol) ? `<a href="${escapeHtml(url.href.slice(0, 2_000))}">The run's page</a>` : 'not on GitHub'],
  ];
  return `<section${Object.keys(report.sourceVersions).length === 0 ? '' : ' class="half"'} aria-labelledby="about">
<h2 id="about">About this run</h2>
<p>${statistics(report)}</p>
${notes.length > 0 ? `<ul>${notes.map((note) => `<li>${escapeHtml(note)}</li>`).join('')}</ul>` : ''}
<dl class="facts small">${facts.map(([name, value]) => `<dt>${name}</dt><dd>${value}</dd>`).join('')}</dl>
</section>`;
}

function sourcesSection(report: Report, document: Unit): string {
  const entries = Object.entries(report.sourceVersions);
  if (entries.length === 0) return '';
  const tallies = entries.toSorted(([, a], [, b]) => b - a).map(([version, weeks]): Tally => ({ name: code(version), findings: weeks }));
  return `<section class="half" aria-labelledby="sources">
<h2 id="sources">Where the ${document.many} come from</h2>
<div class="three">${tallyTable('Source version', tallies).replace('>Findings<', `>${capitalized(document.many)}<`)}</div>
</section>`;
}
