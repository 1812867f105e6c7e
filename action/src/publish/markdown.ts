import type { RunContext } from '../context.ts';
import { isCalendarDate } from '../document/calendar.ts';
import { quotesAsCode } from '../privacy/quoted.ts';
import { inert, inertCode } from '../privacy/inert.ts';
import { isPseudonym } from '../privacy/pseudonyms.ts';
import { compareSeverity, pathOf, type Finding, type RepairStep, type Report, type Severity } from '../report/report.ts';
import { count, number, percent, percentAtMost, signed } from '../report/numbers.ts';
import { acceptedNotes, coverage, headline, nothingDiffers, ruleStates, rulesByState, settled, skippedWeeks } from './words.ts';

/**
 * The report's sections as GitHub-flavoured Markdown, for the issue and the job summary. Every text of the report
 * stands inside a code span, so nothing in it can act; all else is numbers and fixed words.
 */

/** A table; a section without rows is `''`. Cells must hold neither line breaks nor bars. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  // A trailing colon aligns numbers to the right, where they can be compared.
  const rule = head.map((name) => (name.endsWith('#') ? '---:' : '---'));
  const names = head.map((name) => name.replace(/#$/, ''));
  return [names, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** No pair has as many levels, types or checks; a report that does must not break a channel's limits. */
const mostRows = 40;

/** Sections one under another; empty ones leave nothing behind. */
export const paragraphs = (...parts: readonly string[]): string => parts.filter((part) => part !== '').join('\n\n');

/** @param body Markdown that is folded away; `''` stays `''` */
export const details = (summary: string, body: string): string =>
  body === '' ? '' : `<details><summary>${summary}</summary>\n\n${body}\n\n</details>`;

/** `2025-10-14 06:17 UTC` */
export function time(iso: string): string {
  const [, date, minute] = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)/.exec(iso) ?? [];
  return date && minute ? `${date} ${minute} UTC` : inertCode(iso, 40);
}

const icons: Readonly<Record<Severity, string>> = { none: '🟢', low: '🟡', medium: '🟡', high: '🟠', critical: '🔴' };

/** What a maintainer needs in the first ten seconds, on one line. */
export function verdictLine(report: Report): string {
  const { verdict, severity, drift, mode, confidence } = report;
  if (verdict === 'unknown') {
    return `⚪ **${headline(report)}.** ${inertCode(report.reason ?? 'No reason was given.', 1000)}`;
  }
  if (verdict === 'in-sync') {
    const sampled = drift.compared < drift.population;
    const weeks = sampled ? `${coverage(report)}, and` : `all ${count(drift.population, 'week')} compared,`;
    const sure = sampled ? ` With ${percent(confidence)} confidence, at most ${percentAtMost(drift.upperBound)} of all weeks differ.` : '';
    return `${icons.none} **${headline(report)}: ${weeks} ${nothingDiffers(report)}.**${sure}`;
  }
  const weeks = count(drift.compared, `${mode === 'sample' ? 'sampled' : 'compared'} week`);
  const what =
    drift.differing === 0
      ? 'the counts differ, the compared weeks do not'
      : `${number(drift.differing)} of ${weeks} ${drift.differing === 1 ? 'differs' : 'differ'}`;
  return `${icons[severity]} **${headline(report)}: ${what}** (drift rate ${percent(drift.rate)}): ${topTypes(report)}.`;
}

/** Where the drift comes from, where that is known: a list of sentences. */
export function originList({ origin = [] }: Report): string {
  // With the sign of a list that follows, the two would be one.
  const sentences = origin.map((sentence) => `* ${quotesAsCode(sentence)}`);
  return sentences.length === 0 ? '' : ['**Where it comes from:**', ...sentences].join('\n');
}

/** The most frequent types with their numbers. */
function topTypes(report: Report): string {
  const types = typesOf(report);
  const shown = types.slice(0, 3).map(({ type, total }) => `${number(total)} × ${inertCode(type, 40)}`);
  return types.length > shown.length ? `${shown.join(', ')} and others` : shown.join(', ');
}

/** What each level holds, and what was left out on purpose. */
export function countsTable(report: Report): string {
  const rows = report.counts.slice(0, mostRows).map(({ level, legacy, expected, normalized, difference }) => [
    inertCode(level, 40),
    number(legacy),
    number(expected),
    number(normalized),
    difference === 0 ? '0' : `**${signed(difference)}**`,
  ]);
  return paragraphs(
    table(['Level', 'Legacy#', 'Expected#', 'Normalized#', 'Difference#'], rows),
    [...skippedWeeks(report), ...settled(report), ...acceptedNotes(report)].join(' '),
  );
}

type TypeTotal = { type: string; total: number; severity: Severity; findings: Finding[] };

/** Most severe first, then most frequent. */
function typesOf(report: Report): TypeTotal[] {
  const kept = Map.groupBy(report.findings, (finding) => finding.type);
  return Object.entries(report.findingsByType)
    .map(([type, total]): TypeTotal => {
      const findings = kept.get(type) ?? [];
      return { type, total, severity: report.severityByType[type] ?? 'none', findings };
    })
    .sort((a, b) => compareSeverity(b.severity, a.severity) || b.total - a.total);
}

const weekOf = ({ child, weekStart }: Finding): string => JSON.stringify([child, weekStart]);

/** How many findings of each type, in how many weeks of how many children. */
export function typesTable(report: Report): string {
  const atLeast = report.findingsTruncated ? '≥ ' : '';
  const distinct = (values: readonly string[]): string =>
    values.length === 0 ? '–' : `${atLeast}${number(new Set(values).size)}`;
  const types = typesOf(report);
  const rows = types.slice(0, mostRows).map(({ type, total, severity, findings }) => [
    inertCode(type, 40),
    severity === 'none' ? '–' : severity,
    number(total),
    distinct(findings.filter((finding) => finding.weekStart !== null).map(weekOf)),
    distinct(findings.flatMap((finding) => finding.child ?? [])),
  ]);
  return paragraphs(table(['Type', 'Severity', 'Findings#', 'Weeks#', 'Children#'], rows), more(rows.length, types.length));
}

const orDash = (text: string | number | null, maxLength: number): string =>
  text === null ? '–' : inertCode(String(text), maxLength);

/** Nothing was shown on purpose, or everything was: nothing to say. */
const more = (shown: number, total: number): string =>
  shown === 0 || shown === total ? '' : `…and ${number(total - shown)} more; \`report.json\` has what is not shown here.`;

type Place = { type: string; child: string | null; weekStart: string | null; where: string; findings: number };

/**
 * Findings that differ in the last part of their path only, as one each: 165 missing records become the few habits that
 * they are missing from. Empty where that condenses nothing.
 */
export function placesOf(report: Report): Place[] {
  const place = (finding: Finding): string => JSON.stringify([finding.type, finding.child, finding.weekStart, memberOf(finding)]);
  const places = [...Map.groupBy(report.findings, place).values()];
  if (places.length === report.findings.length) return [];
  return places.flatMap((findings) => {
    const [first] = findings;
    if (!first) return [];
    const { type, child, weekStart, level } = first;
    const where = pathOf(findings.length === 1 ? first : { place: memberOf(first) });
    return [{ type, child, weekStart, where: where ?? level, findings: findings.length }];
  });
}

/** The places as a table; `''` where they condense nothing. */
export function placesTable(report: Report, limit: number): string {
  const places = placesOf(report);
  const rows = places
    .slice(0, limit)
    .map(({ type, child, weekStart, where, findings }) => [inertCode(type, 40), orDash(child, 60), orDash(weekStart, 40), orDash(where, 100), number(findings)]);
  return paragraphs(table(['Type', 'Child', 'Week', 'Where', 'Findings#'], rows), more(rows.length, places.length));
}

/** The place that a finding stands in, `habits/a` for a record of it; one of a single part stands for itself. */
export const memberOf = ({ place }: Pick<Finding, 'place'>): Finding['place'] => (place && place.length > 1 ? place.slice(0, -1) : place);

/** @param limit most findings to show, the most severe ones first */
export function findingsTable(report: Report, limit: number): string {
  const rows = report.findings.slice(0, limit).map((finding) => [
    finding.severity,
    inertCode(finding.type, 40),
    orDash(finding.child, 60),
    orDash(finding.weekStart, 40),
    orDash(pathOf(finding) ?? finding.level, 120),
    orDash(finding.legacy, 80),
    orDash(finding.normalized, 80),
    Object.entries(finding.rowIds)
      .map(([name, ids]) => inertCode(`${name} ${ids.join(', ')}`, 120))
      .join(' ') || '–',
  ]);
  return paragraphs(
    table(['Severity', 'Type', 'Child', 'Week', 'Where', 'Legacy', 'Normalized', 'Rows'], rows),
    more(rows.length, report.findingsTotal),
  );
}

/** What the health checks say, unless all is well. */
export function healthTable(report: Report): string {
  const rows = report.health
    .filter(({ status }) => status !== 'ok')
    .slice(0, mostRows)
    .map(({ check, status, severity, detail }) => [inertCode(check, 80), status, severity, inertCode(detail, 300)]);
  return table(['Check', 'Status', 'Severity', 'Detail'], rows);
}

/** As many rules as are shown: the file has them all. */
const mostRules = 20;

/** What is put up with, why, by whom and until when; those rules first that somebody has to look after. */
export function acceptedTable(report: Report): string {
  const rules = rulesByState(report);
  const rows = rules.slice(0, mostRules).map(({ state, what, reason, by, until, findings, weeks }) => [
    state === 'active' ? ruleStates[state] : `**${ruleStates[state]}**`,
    inertCode(what, 160),
    inertCode(reason, 160),
    inertCode(by, 60),
    inertCode(until, 20),
    number(findings),
    number(weeks),
  ]);
  return paragraphs(table(['State', 'What', 'Reason', 'By', 'Until', 'Differences#', 'Weeks#'], rows), more(rows.length, rules.length));
}

/** What to do about this report, as a numbered list; nothing to do is `''`. */
export function nextSteps(report: Report, context: RunContext): string {
  if (report.verdict === 'in-sync') return '';
  const steps = [
    report.verdict === 'unknown' ? 'Remove what kept this run from finishing, as the reason above says.' : '',
    lookAt(report),
    ...(report.repair ?? []).map(repairStep),
    again(report, context),
  ];
  return steps
    .filter((step) => step !== '')
    .map((step, index) => `${index + 1}. ${step}`)
    .join('\n');
}

/** Two spaces more would make the text of a list's item code. */
const indent = (lines: readonly string[]): string => lines.map((line) => (line === '' ? '' : `   ${line}`)).join('\n');

const sqlBlock = (statements: readonly string[]): string => indent(['```sql', ...statements, '```']);

const warning = '⚠️ **Cannot be undone.**';

function repairStep({ text, commands }: RepairStep): string {
  const blocks = commands.flatMap(({ note, sql, destroys }) => {
    const words = [destroys ? warning : '', note ?? ''].filter((part) => part !== '').join(' ');
    return [words === '' ? '' : indent([words]), sql.length === 0 ? '' : sqlBlock(sql)];
  });
  return paragraphs(text, ...blocks);
}

/** Both sides of the first finding that names rows: on the command line, or in SQL. */
function lookAt(report: Report): string {
  const finding = report.findings.find(({ rowIds }) => Object.values(rowIds).some((ids) => ids.length > 0));
  if (!finding) return '';
  const statements = Object.entries(finding.rowIds)
    .filter(([name, ids]) => ids.length > 0 && /^\w+$/.test(name))
    .map(([name, ids]) => {
      const values = ids.slice(0, 5).map((id) => `'${inert(id, 100).replaceAll("'", "''")}'`);
      return `select * from ${name} where id in (${values.join(', ')});`;
    });
  const { child, weekStart } = finding;
  const explained = isPseudonym(child ?? '') && isCalendarDate(weekStart) ? `${child} ${weekStart}` : undefined;
  return paragraphs(
    `**Look at the first difference**${explained ? `: \`npx driftwatch explain ${explained}\` in a checkout, or` : ''} in the SQL editor:`,
    statements.length === 0 ? '' : sqlBlock(statements),
  );
}

function again({ mode, seed }: Report, { runUrl, runName, repository }: RunContext): string {
  const runId = /^\d+(?=-\d+$)/.exec(runName)?.[0];
  const how =
    runUrl && runId && repository
      ? `Check again: **Re-run all jobs** on [the run's page](${runUrl}), or \`gh run rerun ${runId} --repo ${repository.owner}/${repository.repo}\`.`
      : 'Check again by starting the workflow once more.';
  return mode === 'sample' ? `${how} To draw the same sample, set \`seed\` to ${inertCode(seed, 120)}.` : how;
}
