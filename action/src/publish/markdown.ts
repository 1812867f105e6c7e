import type { RunContext } from '../context.ts';
import { isCalendarDate } from '../document/calendar.ts';
import { quotesAsCode } from '../privacy/quoted.ts';
import { inert, inertCode } from '../privacy/inert.ts';
import { isPseudonym } from '../privacy/pseudonyms.ts';
import { longestReason, longestRemark, type Finding, type RepairStep, type Report, type Severity } from '../report/report.ts';
import { boundBeside, number, percent, percentAtMost, ratePercent, signed, worstEntity } from '../report/numbers.ts';
import { allDocuments, capitalized, commandTarget, documents } from '../report/words.ts';
import {
  aboutNotCompared,
  acceptedNotes,
  besideCompared,
  coverage,
  headline,
  isDrawn,
  isCovered,
  notComparedOf,
  nothingDiffers,
  onlyRecent,
  countDiffers,
  entityDiffers,
  roomFor,
  rotationSentence,
  ruleStates,
  rulesByState,
  settled,
  skippedDocuments,
  subjectHeads,
  subjectOf,
  topTypes,
  typesOf,
  valueText,
  whereOf,
} from './words.ts';

/**
 * The report's sections as GitHub-flavoured Markdown, for the issue and the job summary. Every text of the report is inside a code span, so
 * nothing in it can act; everything else is numbers and fixed words.
 */

/** A table; a section without rows is `''`. Cells must not contain line breaks or bars. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  // A trailing colon aligns numbers to the right, where they are easy to compare.
  const rule = head.map((name) => (name.endsWith('#') ? '---:' : '---'));
  const names = head.map((name) => name.replace(/#$/, ''));
  return [names, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** A file may declare any number of entities, but they must not exceed a channel's limits. */
const mostRows = 40;

/** Sections separated by blank lines; empty ones are left out. */
export const paragraphs = (...parts: readonly string[]): string => parts.filter((part) => part !== '').join('\n\n');

/** @param body Markdown that is collapsed; `''` stays `''` */
export const details = (summary: string, body: string): string => (body === '' ? '' : `<details><summary>${summary}</summary>\n\n${body}\n\n</details>`);

/** `2025-10-14 06:17 UTC` */
export function time(iso: string): string {
  const [, date, minute] = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)/.exec(iso) ?? [];
  return date && minute ? `${date} ${minute} UTC` : inertCode(iso, 40);
}

const icons: Readonly<Record<Severity, string>> = { none: '🟢', low: '🟡', medium: '🟡', high: '🟠', critical: '🔴' };

/** What a maintainer needs in the first ten seconds, on one line. */
export function verdictLine(report: Report): string {
  const rotation = rotationSentence(report);
  return `${verdictSentence(report)}${rotation === '' ? '' : ` ${rotation}`}`;
}

function verdictSentence(report: Report): string {
  const { verdict, severity, drift, words } = report;
  if (verdict === 'unknown') {
    return `⚪ **${headline(report)}.** ${inertCode(report.shortReason ?? report.reason ?? 'No reason was given.', longestReason)}`;
  }
  if (verdict === 'in-sync') return inSyncLine(report);
  const compared = `${number(drift.compared)} ${isDrawn(report) ? 'sampled' : 'compared'} ${drift.compared === 1 ? words.document.one : words.document.many}`;
  const what = drift.differing === 0 ? besideCompared(report) : `${number(drift.differing)} of ${compared} ${drift.differing === 1 ? 'differs' : 'differ'}`;
  return `${icons[severity]} **${headline(report)}: ${what}** (drift rate ${rateOf(report)}): ${topTypes(report, (type) => inertCode(type, 40))}.`;
}

function rateOf(report: Report): string {
  const entity = worstEntity(report);
  return `${ratePercent(report)}${entity === undefined ? '' : ` in ${inertCode(entity, 63)}`}`;
}

function inSyncLine(report: Report): string {
  const { drift, mode, confidence, words } = report;
  const isWhole = drift.compared >= drift.population;
  // A part may be empty.
  if (mode !== 'recent' && drift.population === 0) return `${icons.none} **${headline(report)}: there are no ${words.document.many} to compare.**`;
  if (mode === 'recent') {
    const seen =
      drift.population === 0
        ? 'nothing was written.'
        : `${isWhole ? allDocuments(words, drift.population) : `${number(drift.compared)} of ${documents(words, drift.population)}`} compared, ${nothingDiffers(report)}.`;
    return `${icons.none} **${headline(report)}: ${seen}** ${onlyRecent(report)}`;
  }
  const seen = isWhole ? `${allDocuments(words, drift.population)} compared,` : `${coverage(report)}, and`;
  const sure =
    isWhole || isCovered(report)
      ? ''
      : ` With ${percent(confidence)} confidence, at most ${percentAtMost(drift.upperBound)} of all ${words.document.many} differ.`;
  return `${icons.none} **${headline(report)}: ${seen} ${nothingDiffers(report)}.**${sure}`;
}

/** A list of sentences about where the drift comes from, if known. */
export function originList({ origin = [] }: Report): string {
  // With the same bullet as a list that follows, the two would become one.
  const sentences = origin.map((sentence) => `* ${quotesAsCode(sentence)}`);
  return sentences.length === 0 ? '' : ['**Where it comes from:**', ...sentences].join('\n');
}

/** The counts of each level, and what was skipped on purpose. */
export function countsTable(report: Report): string {
  const rows = roomFor(mostRows, report.counts, countDiffers).map(({ level, legacy, expected, normalized, difference }) => [
    inertCode(level, 40),
    number(legacy),
    number(expected),
    number(normalized),
    difference === 0 ? '0' : `**${signed(difference)}**`,
  ]);
  return paragraphs(
    table([report.words.key ? 'Level' : 'Entity', 'Legacy#', 'Expected#', 'Normalized#', 'Difference#'], rows),
    more(rows.length, report.counts.length),
    [...skippedDocuments(report), ...settled(report), ...acceptedNotes(report)].join(' '),
  );
}

/** The results of each entity; `''` if there are none. */
export function entitiesTable({ entities = [] }: Report): string {
  const rows = roomFor(mostRows, entities, entityDiffers).map(({ name, compared, population, differing, rate, upperBound }) => [
    inertCode(name, 63),
    number(compared),
    number(population),
    differing === 0 ? '0' : `**${number(differing)}**`,
    percent(rate),
    boundBeside({ rate, upperBound }),
  ]);
  return paragraphs(table(['Entity', 'Compared#', 'Of#', 'Differing#', 'Drift rate#', 'At most#'], rows), more(rows.length, entities.length));
}

/** Fields that are not compared, so that a new field is not overlooked; `''` if there are none. */
export function notComparedTable(report: Report): string {
  const entities = notComparedOf(report);
  const rows = entities.slice(0, mostRows).map(({ entity, legacy, normalized }) => [inertCode(entity, 63), nameList(legacy), nameList(normalized)]);
  return rows.length === 0 ? '' : paragraphs(aboutNotCompared, table(['Entity', 'Legacy', 'Normalized'], rows), more(rows.length, entities.length));
}

const mostNames = 30;

function nameList(names: readonly string[]): string {
  const shown = names.slice(0, mostNames).map((name) => inertCode(name, 80));
  return shown.length === 0 ? '–' : `${shown.join(', ')}${names.length > shown.length ? ` and ${number(names.length - shown.length)} more` : ''}`;
}

/** How many findings there are of each type, in how many documents, and in how many groups or in which entities. */
export function typesTable(report: Report): string {
  const { document, group, key } = report.words;
  const atLeast = report.findingsTruncated ? '≥ ' : '';
  const distinct = (values: readonly string[]): string => (values.length === 0 ? '–' : `${atLeast}${number(new Set(values).size)}`);
  // If a key is only partly known, its last part is missing.
  const isWhole = (finding: Finding): boolean => finding.key !== null && finding.key[key?.at(-1) ?? ''] !== null;
  // A missing group is one finding for all of its documents, and names only the first of them.
  const isOfDocument = ({ kind, level }: Finding): boolean => kind !== 'missing' || level !== group?.many;
  const types = typesOf(report);
  const kept = Map.groupBy(report.findings, ({ type }) => type);
  const rows = types.slice(0, mostRows).map(({ type, total, severity }) => {
    const findings = kept.get(type) ?? [];
    const ofDocuments = findings.filter((finding) => isWhole(finding) && isOfDocument(finding));
    return [
      inertCode(type, 40),
      severity === 'none' ? '–' : severity,
      number(total),
      distinct(ofDocuments.map((finding) => JSON.stringify(key ? finding.key : [finding.level, finding.key]))),
      group ? distinct(findings.flatMap((finding) => finding.key?.[group.part] ?? [])) : nameList([...new Set(findings.map(({ level }) => level))]),
    ];
  });
  const of = group ? `${capitalized(group.many)}#` : key ? 'Level' : 'Entities';
  return paragraphs(table(['Type', 'Severity', 'Findings#', `${capitalized(document.many)}#`, of], rows), more(rows.length, types.length));
}

const orDash = (text: string | number | null, maxLength: number): string => (text === null ? '–' : inertCode(valueText(text), maxLength));

/** If nothing was shown on purpose, or everything was, there is nothing to say. */
const more = (shown: number, total: number): string => (shown === 0 || shown === total ? '' : `…and ${number(total - shown)} more; see \`report.json\`.`);

/** @param subject one text for each of the `placeHeads` but the last */
type Place = { type: string; subject: readonly (string | null)[]; where: string | null; findings: number };

/**
 * Groups findings that have something in common: 165 missing records become the few habits that they are missing from, and rows of an
 * entity that differ in one column become that column. Empty if this makes nothing shorter.
 */
export function placesOf(report: Report): Place[] {
  const subject = (finding: Finding): readonly (string | null)[] => (report.words.key ? subjectOf(finding, report) : [finding.level]);
  const place = (finding: Finding): string => JSON.stringify([finding.type, subject(finding), memberOf(finding)]);
  const places = [...Map.groupBy(report.findings, place).values()];
  if (places.length === report.findings.length) return [];
  return places.flatMap((findings) => {
    const [first] = findings;
    if (!first) return [];
    const where = whereOf(findings.length === 1 ? first : { level: first.level, place: memberOf(first) }, report);
    return [{ type: first.type, subject: subject(first), where, findings: findings.length }];
  });
}

const placeHeads = (report: Report): string[] => (report.words.key ? subjectHeads(report) : ['Entity']);

/** The places as a table; `''` if they make nothing shorter. */
export function placesTable(report: Report, limit: number): string {
  const places = placesOf(report);
  const rows = places
    .slice(0, limit)
    .map(({ type, subject, where, findings }) => [inertCode(type, 40), ...subject.map((text) => orDash(text, 60)), orDash(where, 100), number(findings)]);
  return paragraphs(table(['Type', ...placeHeads(report), 'Where', 'Findings#'], rows), more(rows.length, places.length));
}

/** The member that a finding is in, `habits/a` for one of its records; a place with a single part is its own member. */
export const memberOf = ({ place }: Pick<Finding, 'place'>): Finding['place'] => (place && place.length > 1 ? place.slice(0, -1) : place);

/** @param limit how many findings to show at most, the most severe ones first */
export function findingsTable(report: Report, limit: number): string {
  const rows = report.findings.slice(0, limit).map((finding) => [
    finding.severity,
    inertCode(finding.type, 40),
    ...subjectOf(finding, report).map((text) => orDash(text, 100)),
    orDash(whereOf(finding, report), 120),
    orDash(finding.legacy, 80),
    orDash(finding.normalized, 80),
    Object.entries(finding.rowIds)
      .map(([name, ids]) => inertCode(`${name} ${ids.join(', ')}`, 120))
      .join(' ') || '–',
  ]);
  return paragraphs(
    table(['Severity', 'Type', ...subjectHeads(report), 'Where', 'Legacy', 'Normalized', 'Rows'], rows),
    more(rows.length, report.findingsTotal),
  );
}

/** What somebody should look at besides the findings: failed health checks, and remarks. */
export const attention = (report: Report): string => paragraphs(healthTable(report), remarkList(report));

/** The heading of that section. */
export const attentionHeading = ({ words }: Report): string => (words.health === undefined ? 'Remarks' : 'Health');

const mostRemarks = 20;

function remarkList({ remarks = [] }: Report): string {
  const shown = remarks.slice(0, mostRemarks).map((sentence) => `- ${inertCode(sentence, longestRemark)}`);
  return paragraphs(shown.join('\n'), more(shown.length, remarks.length));
}

/** The results of the health checks, unless all pass. */
export function healthTable(report: Report): string {
  const rows = report.health
    .filter(({ status }) => status !== 'ok')
    .slice(0, mostRows)
    .map(({ check, status, severity, detail }) => [inertCode(check, 80), status, severity, inertCode(detail, longestRemark)]);
  return table(['Check', 'Status', 'Severity', 'Detail'], rows);
}

/** How many rules are shown: the file has all of them. */
const mostRules = 20;

/** What is accepted, why, by whom and until when, starting with the rules that need attention. */
export function acceptedTable(report: Report): string {
  const rules = rulesByState(report);
  const rows = rules
    .slice(0, mostRules)
    .map(({ state, what, reason, by, until, findings, weeks: affected }) => [
      state === 'active' ? ruleStates[state] : `**${ruleStates[state]}**`,
      inertCode(what, 160),
      inertCode(reason, 160),
      inertCode(by, 60),
      inertCode(until, 20),
      number(findings),
      number(affected),
    ]);
  return paragraphs(
    table(['State', 'What', 'Reason', 'By', 'Until', 'Differences#', `${capitalized(report.words.document.many)}#`], rows),
    more(rows.length, rules.length),
  );
}

/** What to do about this report, as a numbered list; `''` if there is nothing to do. */
export function nextSteps(report: Report, context: RunContext): string {
  if (report.verdict === 'in-sync') return '';
  const steps = [
    report.verdict === 'unknown' ? 'Fix what kept this run from finishing: see the reason above.' : '',
    lookAt(report),
    ...(report.repair ?? []).map(repairStep),
    again(report, context),
  ];
  return steps
    .filter((step) => step !== '')
    .map((step, index) => `${index + 1}. ${step}`)
    .join('\n');
}

/** With two more spaces, the text of a list item would become code. */
const indent = (lines: readonly string[]): string => lines.map((line) => (line === '' ? '' : `   ${line}`)).join('\n');

const codeBlock = (language: 'sql' | 'sh', lines: readonly string[]): string => (lines.length === 0 ? '' : indent([`\`\`\`${language}`, ...lines, '```']));

const warning = '⚠️ **Cannot be undone.**';

function repairStep({ text, commands }: RepairStep): string {
  const blocks = commands.flatMap(({ note, sql, shell = [], destroys }) => {
    const words = [destroys ? warning : '', note ?? ''].filter((part) => part !== '').join(' ');
    return [words === '' ? '' : indent([words]), codeBlock('sh', shell), codeBlock('sql', sql)];
  });
  return paragraphs(text, ...blocks);
}

/** How to see both sides of the first finding with row ids: on the command line, or in SQL. */
function lookAt(report: Report): string {
  const finding = report.findings.find(({ rowIds }) => Object.values(rowIds).some((ids) => ids.length > 0));
  if (!finding) return '';
  const command = explainCommand(finding, report);
  if (!report.words.hasTables)
    return command === undefined ? '' : `**Look at the first difference**, in a terminal at the root of this repository: \`${command}\``;
  const statements = Object.entries(finding.rowIds)
    .filter(([name, ids]) => ids.length > 0 && /^\w+$/.test(name))
    .map(([name, ids]) => {
      const values = ids.slice(0, 5).map((id) => `'${inert(id, 100).replaceAll("'", "''")}'`);
      return `select * from ${name} where id in (${values.join(', ')});`;
    });
  return paragraphs(
    `**Look at the first difference**${command === undefined ? '' : `: \`${command}\` in a terminal, or`} in the SQL editor:`,
    codeBlock('sql', statements),
  );
}

/** Whether a text needs no quotes in a shell. */
const isPlainWord = (text: string | null): text is string => text !== null && /^[\w.:+@-]{1,100}$/.test(text);

/** The command that shows both sides of a finding; `undefined` if the report does not show enough to identify its key. */
export function explainCommand({ key, level }: Finding, report: Report): string | undefined {
  const { words, pseudonymKeyId } = report;
  const values = Object.values(key ?? {});
  if (words.group) {
    const [group, document] = [key?.[words.group.part] ?? '', values.at(-1) ?? null];
    return isPseudonym(group, words.group.part) && isCalendarDate(document) ? `npx driftwatch explain ${group} ${document}` : undefined;
  }
  // A pseudonym of this run only means nothing in the next one.
  if (
    !isPlainWord(level) ||
    values.length === 0 ||
    !values.every(isPlainWord) ||
    (pseudonymKeyId === undefined && values.some((value) => isPseudonym(value, 'key')))
  )
    return undefined;
  const target = commandTarget(report);
  // An id may begin like an option.
  return values.some((value) => value.startsWith('-'))
    ? `npx driftwatch explain ${level}${target} -- ${values.join(' ')}`
    : `npx driftwatch explain ${level} ${values.join(' ')}${target}`;
}

function again(report: Report, { runUrl, runName, repository }: RunContext): string {
  const runId = /^\d+(?=-\d+$)/.exec(runName)?.[0];
  const how =
    runUrl && runId && repository
      ? `Check again: **Re-run all jobs** on [the run's page](${runUrl}), or \`gh run rerun ${runId} --repo ${repository.owner}/${repository.repo}\`.`
      : 'Check again by starting the workflow once more.';
  if (report.coverage) return `${how} It compares the part whose turn it is; a run without \`rotate\` compares everything.`;
  return isDrawn(report) ? `${how} To draw the same sample, set \`seed\` to ${inertCode(report.seed, 120)}.` : how;
}
