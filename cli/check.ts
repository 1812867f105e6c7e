import { relative } from 'node:path';
import { check } from '../action/src/check.ts';
import { rulesOf } from '../action/src/pair/config.ts';
import { connect } from '../action/src/pair/pairs.ts';
import { checkReportDirectory } from '../action/src/publish/directory.ts';
import { fileOf, writeReports } from '../action/src/publish/files.ts';
import { explainCommand, memberOf } from '../action/src/publish/markdown.ts';
import { renderHtml } from '../action/src/publish/html/html.ts';
import { reaches } from '../action/src/publish/announce.ts';
import { count, number, signed } from '../action/src/report/numbers.ts';
import {
  acceptedNotes,
  headline,
  notComparedOf,
  ruleStates,
  rulesByState,
  settled,
  sideText,
  skippedDocuments,
  statistics,
  subjectHeads,
  subjectOf,
  typesOf,
  whereOf,
} from '../action/src/publish/words.ts';
import type { Finding, Report } from '../action/src/report/report.ts';
import { commandTarget } from '../action/src/report/words.ts';
import { inert } from '../action/src/privacy/inert.ts';
import { passingPseudonyms } from '../action/src/privacy/pseudonyms.ts';
import type { Settings } from '../action/src/inputs.ts';
import { exit, inOwnWords, isOtherProject, otherTables, plainly, settingsFrom, UsageError, type Flags } from './settings.ts';
import { cell, createProgress, paint, paintSeverity, print, printJson, table } from './terminal.ts';

/** Everything that the action does up to the report; nothing is published. */
export async function checkCommand(flags: Flags, { json, findings }: { json: boolean; findings: string }): Promise<number> {
  if (!/^\d{1,5}$/.test(findings))
    throw new UsageError(`--findings is ${JSON.stringify(inert(findings, 60))}; accepted: a number of findings to show, such as 20.`);
  const { settings, context, config } = await settingsFrom(flags);
  await checkReportDirectory(context.workspace, settings.reportDirectory);
  const progress = createProgress(json);
  const connection = await connect(settings, config, process.env);
  if (!settings.revealValues && connection.pseudonymKey === undefined) progress.phase(inOwnWords(passingPseudonyms));
  const report = await check({
    settings,
    connection,
    rules: rulesOf(config, connection.pair.name),
    now: () => new Date(),
    watch: { onProgress: progress.advance, onPhase: progress.phase },
  }).finally(progress.end);
  if (json) printJson(fileOf(report));
  else print('', ...describe(report, Number(findings)));
  // The findings are printed whether or not the files can be written.
  const paths = await writeReports(report, { workspace: context.workspace, directory: settings.reportDirectory }, renderHtml(report, context));
  if (!json) print('', `The report is in ${[paths.html, paths.json].map((path) => inert(relative(process.cwd(), path), 200)).join(' and ')}.`);
  return exitCode(report, settings);
}

/** Fails when the action's job would, with a separate code for unknown. */
function exitCode(report: Report, { failOn }: Settings): number {
  if (report.verdict === 'unknown') return exit.unknown;
  return reaches(report.severity, failOn) ? exit.drift : exit.well;
}

function describe(report: Report, limit: number): string[] {
  const style = report.verdict === 'unknown' ? paint('bold', headline(report)) : paintSeverity(report.severity, headline(report));
  const counts = report.counts.map(({ level, legacy, expected, normalized, difference }) => [
    cell(level),
    number(legacy),
    number(expected),
    number(normalized),
    difference === 0 ? '0' : paint('bold', signed(difference)),
  ]);
  const health = report.health.filter(({ status }) => status !== 'ok');
  const sections = [
    [
      style,
      ...(report.reason === undefined ? [] : [plainly(report.reason)]),
      statistics(report),
      ...skippedDocuments(report),
      ...settled(report),
      ...acceptedNotes(report),
    ],
    (report.origin ?? []).map((sentence) => inert(sentence, 1000)),
    counts.length === 0 ? [] : table([report.words.key ? 'Level' : 'Entity', 'Legacy#', 'Expected#', 'Normalized#', 'Difference#'], counts),
    describeTypes(report),
    describePlaces(report, limit),
    describeAccepted(report),
    health.length === 0
      ? []
      : table(
          ['Health', 'Severity', 'Detail'],
          health.map(({ check: name, severity, detail }) => [cell(name), paintSeverity(severity), cell(detail, 300)]),
        ),
    describeAside(report),
    nextCommands(report),
  ];
  return sections.filter((lines) => lines.length > 0).flatMap((lines, index) => (index === 0 ? lines : ['', ...lines]));
}

/** What somebody should look at although the comparison does not show it. */
const describeAside = (report: Report): string[] => [
  ...(report.remarks ?? []).map(plainly),
  ...notComparedOf(report).flatMap(({ entity, legacy, normalized }) =>
    Object.entries({ legacy, normalized }).flatMap(([side, names]) =>
      names.length === 0 ? [] : [`Not compared of ${cell(entity)}, ${side}: ${cell(names.join(', ').replaceAll('`', "'"), 300)}`],
    ),
  ),
];

function describeAccepted(report: Report): string[] {
  const rows = rulesByState(report).map(({ state, what, reason, by, until, findings }) => [
    ruleStates[state],
    cell(what, 70),
    cell(reason, 70),
    cell(by),
    cell(until),
    number(findings),
  ]);
  return rows.length === 0 ? [] : table(['Accepted', 'What', 'Reason', 'By', 'Until', 'Differences#'], rows);
}

function describeTypes(report: Report): string[] {
  const rows = typesOf(report).map(({ type, severity, total }) => [cell(type), paintSeverity(severity), number(total)]);
  return rows.length === 0 ? [] : table(['Type', 'Severity', 'Findings#'], rows);
}

/** Findings that differ only in the last part of their path share a line, such as seven days of one habit. */
function describePlaces(report: Report, limit: number): string[] {
  const places = [...Map.groupBy(report.findings, (finding) => JSON.stringify([finding.type, subjectOf(finding, report), memberOf(finding)])).values()];
  const rows = places.slice(0, limit).flatMap((same) => {
    const [first] = same;
    if (!first) return [];
    const where = whereOf(same.length === 1 ? first : { level: first.level, place: memberOf(first) }, report);
    return [[cell(first.type), ...subjectOf(first, report).map((text) => cell(text)), cell(where, 70), number(same.length), ...sides(same)]];
  });
  if (rows.length === 0) return [];
  const hidden = places.length - rows.length;
  return [
    ...table(['Type', ...subjectHeads(report), 'Where', 'Findings#', 'Legacy', 'Normalized'], rows),
    ...(hidden > 0 ? [`… and ${count(hidden, 'more line')}: --findings ${places.length} shows them, and report.json has every finding.`] : []),
  ];
}

/** The values of both sides, if the line is a single finding. */
function sides(same: readonly Finding[]): [string, string] {
  const [first, ...others] = same;
  if (!first || others.length > 0) return ['', ''];
  return [cell(sideText(first.legacy), 40), cell(sideText(first.normalized), 40)];
}

function nextCommands(report: Report): string[] {
  const target = commandTarget(report);
  if (report.verdict === 'unknown') return [`To find the cause: npx driftwatch doctor${target}`, ...(isOtherProject(report.reason ?? '') ? [otherTables] : [])];
  const finding = report.findings.find(({ key }) => key !== null && Object.values(key).every((part) => part !== null));
  if (!finding) return [];
  const { document } = report.words;
  const look = `To look at both sides of a ${document.one}:`;
  const explain = report.pseudonymKeyId === undefined ? undefined : explainCommand(finding, report);
  return [
    `${look} ${explain ?? `npx driftwatch explain ${rowOf(finding, report)}${target}`}`,
    `${'To see what would repair it:'.padEnd(look.length)} npx driftwatch repair${target}`,
  ];
}

/**
 * The id of the row, because a revealed name is not safe to paste into a shell, and a pseudonym of this run only means nothing in the next
 * one.
 */
function rowOf({ level, rowIds }: Finding, { words }: Report): string {
  if (!words.hasTables) return `${cell(level)} <key>`;
  const id = (rowIds['habit_tracker'] ?? rowIds['weeks'])?.[0] ?? '';
  return /^[\w-]+$/.test(id) ? id : '<row id>';
}
