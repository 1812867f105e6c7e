import * as core from '@actions/core';
import { quotesInert } from '../privacy/quoted.ts';
import { inert, oneLine } from '../privacy/inert.ts';
import { longestRemark, pathOf, type AcceptedRule, type Finding, type Report } from '../report/report.ts';
import { cutoverLines } from './cutover.ts';
import { trendBars, trendLine } from './trend.ts';
import { boundBeside, count, number, percent, signed } from '../report/numbers.ts';
import {
  aboutNotCompared,
  acceptedNotes,
  headline,
  healthHeading,
  notComparedOf,
  readsSentence,
  countDiffers,
  entityDiffers,
  roomFor,
  rotationSentence,
  ruleStates,
  rulesByState,
  settled,
  sideText,
  skippedDocuments,
  statistics,
  subjectOf,
} from './words.ts';

/** A text of any origin, short enough to share a line with others, and visible even if empty. */
const shown = (text: string, longest = 80): string => inert(text, longest) || '""';

/** Rows with aligned columns: the first one to the left, numbers to the right. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  '));
}

const shownRows = 30;
const shownRules = 10;
const shownFindings = 20;

const rest = (shownOnes: readonly unknown[], all: readonly unknown[]): string[] =>
  shownOnes.length < all.length ? [`… and ${number(all.length - shownOnes.length)} more`] : [];

function countLines({ counts }: Report): string[] {
  if (counts.length === 0) return [];
  const rows = roomFor(shownRows, counts, countDiffers).map((level) => [
    shown(level.level, 40),
    number(level.legacy),
    number(level.expected),
    number(level.normalized),
    signed(level.difference),
  ]);
  return ['', ...aligned([['Counts', 'legacy', 'expected', 'normalized', 'difference'], ...rows]), ...rest(rows, counts)];
}

function entityLines({ entities = [] }: Report): string[] {
  if (entities.length === 0) return [];
  const rows = roomFor(shownRows, entities, entityDiffers).map(({ name, compared, population, differing, rate, upperBound }) => [
    shown(name, 63),
    number(compared),
    number(population),
    number(differing),
    percent(rate),
    boundBeside({ rate, upperBound }),
  ]);
  return ['', ...aligned([['Entities', 'compared', 'of', 'differing', 'drift rate', 'at most'], ...rows]), ...rest(rows, entities)];
}

function notComparedLines(report: Report): string[] {
  const entities = notComparedOf(report).slice(0, shownRows);
  const side = (name: string, names: readonly string[]): string[] =>
    names.length === 0
      ? []
      : [
          `${name} ${names
            .slice(0, shownRows)
            .map((field) => shown(field))
            .join(', ')}${names.length > shownRows ? ` and ${number(names.length - shownRows)} more` : ''}`,
        ];
  const lines = entities.map(
    ({ entity, legacy, normalized }) => `${shown(entity, 63)}: ${[...side('legacy', legacy), ...side('normalized', normalized)].join('; ')}`,
  );
  return lines.length === 0 ? [] : ['', `Not compared. ${aboutNotCompared.replaceAll('`', '')}`, ...lines];
}

function typeLines({ findingsByType, findingsTotal }: Report): string[] {
  if (findingsTotal === 0) return [];
  const types = Object.entries(findingsByType);
  const rows = types.slice(0, shownRows).map(([type, findings]) => [shown(type, 60), number(findings)]);
  const more = types.length > shownRows ? [`… and ${count(types.length - shownRows, 'more type')}`] : [];
  return ['', ...aligned([['Findings', number(findingsTotal)], ...rows]), ...more];
}

const describeRule = ({ what, reason, by, until }: AcceptedRule): string =>
  `${shown(what, 160)}, until ${shown(until, 20)}, by ${shown(by, 60)}: ${shown(reason, 160)}`;

function acceptedLines(report: Report): string[] {
  const rules = rulesByState(report);
  if (rules.length === 0) return [];
  const lines = rules.slice(0, shownRules).map((rule) => `${number(rule.findings)} (${ruleStates[rule.state]}) ${describeRule(rule)}`);
  const more = rules.length > lines.length ? [`… and ${count(rules.length - lines.length, 'more rule')}`] : [];
  return ['', 'Accepted differences', ...lines, ...more];
}

function healthLines(report: Report): string[] {
  const unwell = report.health.filter(({ status }) => status !== 'ok').slice(0, shownRows);
  const lines = [
    ...unwell.map(({ check, severity, detail }) => `${shown(check)}, ${severity}: ${shown(detail, longestRemark)}`),
    ...(report.remarks ?? []).slice(0, shownRows).map((sentence) => shown(sentence, longestRemark)),
  ];
  return lines.length === 0 ? [] : ['', healthHeading(report), ...lines];
}

const trendLines = ({ trend }: Report): string[] => (trendLine(trend) === '' ? [] : ['', `${trendLine(trend)}  ${trendBars(trend)}`]);

/** Where a finding is and the values of both sides, on one line. */
function describe(finding: Finding, report: Report): string {
  const { key: parts, document } = report.words;
  const { level, legacy, normalized } = finding;
  const subject = subjectOf(finding, report).map((text, index) => (text !== null && parts?.[index] === document.one ? `${document.one} ${text}` : text));
  const place = [...subject, pathOf(finding)].filter((part) => part !== null);
  const where = (place.length > 0 ? place : [level]).map((part) => shown(part, 120)).join(', ');
  return `${where}: legacy ${shown(sideText(legacy))}, normalized ${shown(sideText(normalized))}`;
}

/** The end of the log, for a person who opens the run. */
export function logVerdict(report: Report): void {
  const lines = [
    '',
    `Driftwatch: ${headline(report)}`,
    ...(report.reason === undefined ? [] : [oneLine(report.shortReason ?? report.reason, 2_000)]),
    statistics(report),
    ...[rotationSentence(report)].filter((sentence) => sentence !== ''),
    ...(report.origin ?? []).map((sentence) => oneLine(quotesInert(sentence), 1_000)),
    ...skippedDocuments(report),
    ...settled(report),
    ...acceptedNotes(report),
    ...countLines(report),
    ...entityLines(report),
    ...notComparedLines(report),
    ...typeLines(report),
    ...acceptedLines(report),
    ...healthLines(report),
    ...trendLines(report),
    ...cutoverLines(report),
    '',
    `Pair ${shown(report.pair)}, ${report.mode} comparison in ${(report.durationMs / 1000).toFixed(1)} s, seed ${shown(report.seed)}`,
    readsSentence(report),
  ];
  for (const line of lines) core.info(line);
  if (report.findings.length === 0) return;
  const first = report.findings.slice(0, shownFindings);
  core.startGroup(`${first.length < report.findingsTotal ? `First ${number(first.length)} of ` : ''}${count(report.findingsTotal, 'finding')}`);
  for (const finding of first) core.info(`${shown(finding.type, 60)} ${describe(finding, report)}`);
  core.endGroup();
}

/** GitHub keeps ten errors and ten warnings of a step; some are reserved for other messages. */
const keptAnnotations = 7;

/**
 * An error for every type of critical findings and a warning for every type of high ones, each with its count and its first finding, or one
 * for the run if it is as severe without such findings; a warning if the verdict is unknown, which would be silent with `fail-on: never`; and
 * one for expired acceptance rules.
 */
export function annotate(report: Report): void {
  const firsts = new Map<string, Finding>();
  for (const finding of report.findings) if (!firsts.has(finding.type)) firsts.set(finding.type, finding);

  const send = (severity: Finding['severity'], annotation: typeof core.error) => {
    const ofSeverity = Object.keys(report.severityByType).filter((type) => report.severityByType[type] === severity);
    // By its rate or the dual-write's health alone, which no finding shows.
    if (ofSeverity.length === 0 && report.severity === severity && report.verdict !== 'unknown') {
      const unwell = report.health
        .filter((check) => check.severity === severity)
        .map(({ check, detail }) => `${shown(check)}: ${shown(detail, longestRemark)}`);
      annotation([...(report.verdict === 'drift' ? [statistics(report)] : []), ...unwell].join(' '), { title: `Driftwatch: ${headline(report)}` });
    }
    for (const type of ofSeverity.slice(0, keptAnnotations)) {
      const first = firsts.get(type);
      const findings = report.findingsByType[type] ?? 1;
      const example = first ? `${findings === 1 ? '' : ', the first'}: ${describe(first, report)}` : ', less severe than those that the report keeps';
      annotation(`${count(findings, 'finding')} of this type${example}`, {
        title: `Driftwatch: ${shown(type, 60)}`,
      });
    }
  };
  send('critical', core.error);
  if (report.verdict === 'unknown') {
    core.warning(oneLine(report.shortReason ?? report.reason ?? statistics(report), 2_000), { title: `Driftwatch: ${headline(report)}` });
  }
  send('high', core.warning);
  const expired = (report.accepted ?? []).filter(({ state }) => state === 'expired');
  const [first] = expired;
  if (!first) return;
  const others = expired.length > 1 ? `, and ${count(expired.length - 1, 'other')}` : '';
  core.warning(`Accept the difference until a later day, or remove the rule: ${describeRule(first)}${others}`, {
    title: `Driftwatch: ${count(expired.length, 'acceptance rule has', 'acceptance rules have')} expired`,
  });
}
