import type { RunContext } from '../../context.ts';
import { inertCode } from '../../privacy/inert.ts';
import type { Report } from '../../report/report.ts';
import { isConclusive } from '../../verdict/verdict.ts';
import {
  acceptedTable,
  attention,
  attentionHeading,
  countsTable,
  details,
  entitiesTable,
  findingsTable,
  nextSteps,
  originList,
  paragraphs,
  placesTable,
  time,
  typesTable,
  verdictLine,
} from '../markdown.ts';
import { trendSection } from '../trend.ts';
import { count, percentAtMost, percentSet } from '../../report/numbers.ts';
import { statistics } from '../words.ts';
import { isLate, readState, trendOf, writeState, type Facts, type IssueState } from './state.ts';
import { withoutList } from './weeks.ts';

/**
 * The issue's body. Everything between its marker and its end marker is Driftwatch's; what a person wrote before or after stays unchanged.
 * The status comes first and is new with every run; the findings are those of the last conclusive run.
 */

/** GitHub's limit. */
export const limit = 65_536;
/** The rest is reserved for what a person adds. */
export const maxLength = 60_000;

/** Identifies the issue, together with its label. If it is quoted or shown as code, somebody is only writing about it. */
export const marker = (pair: string): string => `<!-- driftwatch:v1 pair=${encodeURIComponent(pair.toWellFormed())} -->`;
const anyMarker = /<!-- driftwatch:v1 pair=([\w%.!~*'()-]{1,200}) -->/;

/** Whether a line only shows a marker. */
const isQuoted = (line: string): boolean => /^\s*>|`/.test(line);

/** The pair that a body is about, if it is Driftwatch's. */
export function pairOf(body: string): string | undefined {
  const [pair] = plain(body)
    .split('\n')
    .flatMap((line) => (isQuoted(line) ? [] : (anyMarker.exec(line)?.[1] ?? [])));
  try {
    return pair && decodeURIComponent(pair);
  } catch {
    return undefined;
  }
}

const findingsMarker = '<!-- driftwatch:findings -->';
const endMarker = '<!-- driftwatch:end -->';

const keptBelow = '<sub>Driftwatch rewrites everything above this line. What you write below it stays.</sub>';

export type BodyParts = {
  before: string;
  /** `undefined` if it is unclear where they are. */
  findings: string | undefined;
  state: IssueState | undefined;
  after: string;
};

/** Editing in the browser leaves CRLF line ends, and removes white space at the end. */
export const sameBody = (a: string, b: string): boolean => plain(a) === plain(b);
const plain = (body: string): string => body.replaceAll('\r\n', '\n').trimEnd();

/** @returns `undefined` if the body is not Driftwatch's for this pair */
export function splitBody(body: string, pair: string, facts: Facts): BodyParts | undefined {
  const lines = plain(body).split('\n');
  const start = lines.findIndex((line) => line.includes(marker(pair)) && !isQuoted(line));
  if (start === -1) return undefined;
  const [textBefore = ''] = (lines[start] ?? '').split(marker(pair));
  const end = lines.findIndex((line, index) => index > start && line.trimStart().startsWith(endMarker));
  // Text at the very end of the description is after the marker.
  const behind = (lines[end] ?? '').replace(endMarker, '').trim();
  const own = lines.slice(start + 1, end === -1 ? undefined : end);
  const from = own.indexOf(findingsMarker);
  const to = own.findLastIndex((line) => line.includes('<!-- driftwatch-state '));
  return {
    before: [...lines.slice(0, start), textBefore.trimEnd()].join('\n').replace(/\n$/, ''),
    findings:
      from === -1 || to < from
        ? undefined
        : own
            .slice(from + 1, to)
            .join('\n')
            .trim(),
    state: readState(own.slice(Math.max(to, 0)).join('\n'), facts),
    after: end === -1 ? '' : [...(behind === '' ? [] : [behind]), ...lines.slice(end + 1)].join('\n'),
  };
}

/**
 * From all to none: findings in full, and rows that group them. The counts are always there. More than a thousand findings never fit, so
 * larger sizes are not tried.
 */
const sizes: readonly (readonly [findings: number, places: number])[] = [
  [1000, 100],
  [500, 60],
  [250, 60],
  [150, 60],
  [100, 40],
  [50, 25],
  [25, 25],
  [10, 10],
  [0, 10],
  [0, 0],
];

/**
 * @param previous what the body contained before; a person's text in it is kept
 * @param keepFindings whether `previous` has better findings than the report
 * @returns at most `maxLength` characters, provided that a person's own text leaves room for the counts; `undefined` if it leaves none for
 * anything
 */
export function renderBody({
  report,
  context,
  state,
  previous,
  keepFindings,
}: {
  report: Report;
  context: RunContext;
  state: IssueState;
  previous: BodyParts | undefined;
  keepFindings: boolean;
}): string | undefined {
  const around = (...own: readonly string[]): string =>
    // Not through `paragraphs`: a person's text keeps its blank lines.
    [previous?.before, [marker(report.pair), ...own, endMarker].join('\n'), previous?.after].filter(Boolean).join('\n');
  const compose = (findings: string, travelling: IssueState, trend = report.trend ?? trendOf(state)): string =>
    around(paragraphs(status(report, context, state), trendSection(trend), findingsMarker, findings, writeState(travelling), '---', keptBelow));

  const kept = keepFindings ? keptFindings(report, previous, state) : undefined;
  if (kept) {
    const body = compose(kept.text, { ...state, names: kept.names });
    if (body.length <= maxLength) return body;
  }
  for (const [findings, places] of sizes) {
    const body = compose(findingSections(report, context, findings, places), state);
    if (body.length <= maxLength) return body;
  }
  // The commands and the trend are dropped before the counts, and the counts before the verdict.
  const bare = { ...state, weeks: state.weeks && withoutList(state.weeks), trend: [] };
  const body = compose(findingSections({ ...report, repair: [] }, context, 0, 0), bare, []);
  const least = around(paragraphs(verdictLine(report), crowded, writeState(bare)));
  return [body, least].find((text) => text.length <= maxLength) ?? [least].find((text) => text.length <= limit);
}

/**
 * The findings of the previous body, as far as this run may repeat them: names that an earlier run revealed, or wrote under another key,
 * are not repeated. This is the only place that reuses text of an earlier run.
 */
function keptFindings(report: Report, previous: BodyParts | undefined, { names }: IssueState): (Pick<IssueState, 'names'> & { text: string }) | undefined {
  if (!previous?.findings) return undefined;
  const before = previous.state?.names;
  if (before !== undefined && (before === names || names === revealed)) return { text: previous.findings, names: before };
  // An older version did not record what it wrote, and somebody may have damaged the state.
  if (before === undefined) return undefined;
  const end = previous.findings.indexOf(`\n\n### ${nextTitle}\n`);
  if (end === -1) return undefined;
  return { text: paragraphs(previous.findings.slice(0, end), notRepeated, heading(nextTitle, aboutTheIssue(report))), names };
}

/** Used instead of the id of a pseudonym key if the findings contain the names themselves. */
export const revealed = 'revealed';

const nextTitle = 'What to do next';
const notRepeated =
  'The findings were written with names that this run must not show (`reveal-values` or the key has changed). The next run that finds drift lists them again.';
const crowded = 'What people wrote around this part leaves no room for more: shorten it, and the next run brings counts and findings back.';

/** The verdict, how recent it is, and how long the drift has existed. */
function status(report: Report, context: RunContext, state: IssueState): string {
  const run = context.runUrl ? ` by [this run](${context.runUrl}), which has the [report](${context.runUrl}#artifacts)` : '';
  const late = isLate(report, state) ? `; the result above is that of ${time(report.finishedAt)}` : '';
  const conclusive = state.conclusive
    ? `- **Last conclusive check:** ${time(state.conclusive.at)}${state.conclusive.url ? ` ([run](${state.conclusive.url}))` : ''}`
    : '- **Last conclusive check:** none yet';
  const seen = `- **Drift first seen:** ${time(state.firstSeen)}, in ${count(state.runs, 'run')} so far`;
  return paragraphs(
    verdictLine(report),
    originList(report),
    inconclusive(report, state),
    [`- **Last checked:** ${time(state.checkedAt)}${late}${run}`, conclusive, seen].join('\n'),
  );
}

const notSince = 'This issue was checked again after that, so this result does not close it. The next run that finds everything in sync does.';

/** Why a run leaves the issue open although it found nothing new. */
function inconclusive(report: Report, state: IssueState): string {
  if (report.verdict === 'unknown') {
    const partial = report.findingsTotal > 0 ? ` ${statistics(report)}` : '';
    return `This check says nothing about the drift below, so this issue stays as it was.${partial}`;
  }
  if (report.verdict === 'drift') return '';
  if (isConclusive(report)) return isLate(report, state) ? notSince : '';
  const { drift, thresholds, mode, words, coverage } = report;
  if (coverage) return 'That is not enough to close this issue: it closes once every part has been verified in sync since drift was last seen.';
  if (mode === 'recent') return 'This issue stays open: a run without `changed-within` can close it.';
  return `That is not enough to close this issue: up to ${percentAtMost(drift.upperBound)} of all ${words.document.many} may differ, and the limit is ${percentSet(thresholds.high)}. A larger \`sample-size\` or \`mode: full\` would settle it.`;
}

const aboutTheIssue = ({ words, coverage, pseudonymKeyId, config = '.github/driftwatch.yml' }: Report): string =>
  [
    '- **Silence it:** add the label `drift-ignore` to this issue. Comments and Discord messages stop; the checks continue, and this issue stays up to date.',
    // Without a lasting key, no run recognizes what an earlier one has seen.
    `- **Accept it:** ${pseudonymKeyId === undefined ? 'set `pseudonym-key`, and after the next run ' : ''}close this issue as *not planned*. It is not filed again while the same ${words.document.many} differ.`,
    `- **Accept part of it for now:** add a rule with a reason and an end date to ${inertCode(config, 200)}. Until then, what it covers is shown as accepted and does not count as drift.`,
    `- **Fixed?** Nothing to do: ${coverage ? `this issue closes once each of the ${count(coverage.parts, 'part')} has been verified in sync again, or a whole run finds everything in sync` : 'the next run that finds everything in sync closes this issue'}.`,
  ].join('\n');

function findingSections(report: Report, context: RunContext, findings: number, places: number): string {
  const shown = Math.min(findings, report.findings.length);
  const full = findingsTable(report, findings);
  return paragraphs(
    heading(`Counts at ${time(report.finishedAt)}`, countsTable(report)),
    heading('Entities', entitiesTable(report)),
    heading('Findings by type', typesTable(report)),
    // Before the long lists, because readers come for this.
    heading(nextTitle, paragraphs(nextSteps(report, context), aboutTheIssue(report))),
    heading('Where', placesTable(report, places)),
    // A short list is read in full; a long one is for looking things up.
    shown <= 10 ? heading('Findings in full', full) : details(`${count(shown, 'finding')} in full`, full),
    heading('Accepted differences', acceptedTable(report)),
    heading(attentionHeading(report), attention(report)),
  );
}

const heading = (title: string, body: string): string => (body === '' ? '' : `### ${title}\n\n${body}`);
