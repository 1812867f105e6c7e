import { count, number, percent, percentAtMost, percentSet, ratePercent } from '../report/numbers.ts';
import { compareSeverity, pathOf, type AcceptedRule, type Finding, type Report, type Severity } from '../report/report.ts';
import { capitalized, coverageSentence, documents } from '../report/words.ts';

/**
 * The report in plain words, for channels that do not use Markdown. Nothing here contains text from a database: only numbers and fixed
 * words.
 */

/** A value as text that is not inert yet. Values of rows are texts already; what is a number is how many there are. */
export const valueText = (value: string | number): string => (typeof value === 'number' ? number(value) : value);

/** The value of a side as text that is not inert yet; `nothing` if there is none. */
export const sideText = (value: Finding['legacy']): string => (value === null ? 'nothing' : valueText(value));

/** Whether chance decided which documents were compared: a sample may have all of them. */
export const isDrawn = ({ mode, drift }: Pick<Report, 'mode' | 'drift'>): boolean => mode === 'sample' && drift.compared < drift.population;

/** `18 of 18 weeks compared` */
export function coverage(report: Report): string {
  const { drift, mode, words } = report;
  const how = mode === 'recent' ? 'with recent writes compared' : isDrawn(report) ? 'sampled' : 'compared';
  return `${number(drift.compared)} of ${documents(words, drift.population)} ${how}`;
}

/** As many as fit, in their order: those that differ take precedence over those that do not. */
export function roomFor<T>(most: number, all: readonly T[], differs: (one: T) => boolean): readonly T[] {
  if (all.length <= most) return all;
  const chosen = new Set([...all.filter(differs), ...all.filter((one) => !differs(one))].slice(0, most));
  return all.filter((one) => chosen.has(one));
}

export const countDiffers = ({ difference }: Report['counts'][number]): boolean => difference !== 0;
export const entityDiffers = ({ differing, rate }: NonNullable<Report['entities']>[number]): boolean => differing > 0 || rate > 0;

/** How many differences rules accept. */
export const acceptedTotal = ({ accepted = [] }: Report): number =>
  accepted.filter(({ state }) => state === 'active').reduce((sum, { findings }) => sum + findings, 0);

/** Whether a run compared one of several parts, and the others are not yet known to be in sync. */
const isOnePart = ({ standing }: Report): boolean => standing?.isConclusive === false;

/** Whether this part and those before it are all rows: then nothing is left that this part alone would say nothing about. */
export const isCovered = ({ standing }: Report): boolean => standing?.isExact === true;

/** `Part 2 of 28 was compared.`, and how far the parts before it got; empty unless parts are compared in turn. */
export const rotationSentence = (report: Pick<Report, 'part' | 'coverage' | 'finishedAt'>): string =>
  report.part && report.coverage ? `${capitalized(partName(report))} was compared; ${coverageSentence(report.coverage, report.finishedAt)}` : '';

/** `part 2 of 28` */
export const partName = ({ part }: Pick<Report, 'part'>): string => (part ? `part ${number(part.index)} of ${number(part.of)}` : '');

/** The verdict in a few words. */
export function headline(report: Report): string {
  const which = report.part && report.evidence ? `Part ${report.part.index}/${report.part.of}: ` : '';
  return `${which}${headlineOfAll(report)}`;
}

function headlineOfAll(report: Report): string {
  if (report.verdict === 'unknown') return 'Unknown: the comparison could not be finished';
  const recent = report.mode === 'recent' ? ' in recent writes' : '';
  if (report.verdict === 'drift') return `Drift${recent}, ${report.severity}`;
  const accepted = acceptedTotal(report);
  const inSync = report.mode === 'recent' ? 'Recent writes in sync' : isOnePart(report) ? `${capitalized(partName(report))} in sync` : 'In sync';
  return accepted === 0 ? inSync : `${inSync}, except for ${count(accepted, 'accepted difference')}`;
}

/** What differs although no compared document does: the counts, or rows without a document, such as one whose key cannot be read. */
export function besideCompared({ findings, findingsTotal, words: { document } }: Report): string {
  if (findings.some(({ kind }) => kind === 'count')) return `the counts differ, but the compared ${document.many} do not`;
  return `${count(findingsTotal, 'finding')} outside the compared ${document.many}, which agree`;
}

type TypeTotal = { readonly type: string; readonly total: number; readonly severity: Severity };

/** The types of the findings, also of those that are not kept: most severe first, then most frequent. */
export const typesOf = ({ findingsByType, severityByType }: Pick<Report, 'findingsByType' | 'severityByType'>): TypeTotal[] =>
  Object.entries(findingsByType)
    .map(([type, total]): TypeTotal => ({ type, total, severity: severityByType[type] ?? 'none' }))
    .toSorted((a, b) => compareSeverity(b.severity, a.severity) || b.total - a.total);

/**
 * The most severe types with their counts, and how many findings are of other types.
 *
 * @param code how a channel shows a type
 */
export function topTypes(report: Pick<Report, 'findingsByType' | 'severityByType' | 'findingsTotal'>, code: (type: string) => string): string {
  const types = typesOf(report).slice(0, 3);
  const left = report.findingsTotal - types.reduce((sum, { total }) => sum + total, 0);
  return `${types.map(({ type, total }) => `${number(total)} × ${code(type)}`).join(', ')}${left > 0 ? ` and ${number(left)} more` : ''}`;
}

/** What a verdict of `in-sync` says about the rest. */
export const nothingDiffers = (report: Report): string => (acceptedTotal(report) === 0 ? 'nothing differs' : 'nothing else differs');

/** What happened to an acceptance rule. */
export const ruleStates: Readonly<Record<AcceptedRule['state'], string>> = {
  active: 'accepted',
  expired: 'expired: counts again',
  unmatched: 'no longer matches anything',
};

/** Rules that need attention first. */
export const rulesByState = ({ accepted = [] }: Report): AcceptedRule[] =>
  (['expired', 'unmatched', 'active'] as const).flatMap((state) => accepted.filter((rule) => rule.state === state));

/** What is accepted, and which rules have expired; empty without any. */
export function acceptedNotes(report: Report): string[] {
  const total = acceptedTotal(report);
  const expired = (report.accepted ?? []).filter(({ state }) => state === 'expired');
  const again = expired.reduce((sum, { findings }) => sum + findings, 0);
  const idle = (report.accepted ?? []).filter(({ state }) => state === 'unmatched').length;
  return [
    ...(total === 0 ? [] : [`${count(total, 'difference is', 'differences are')} accepted, and ${total === 1 ? 'does' : 'do'} not count.`]),
    ...(expired.length === 0
      ? []
      : [
          `${count(expired.length, 'acceptance rule has', 'acceptance rules have')} expired: ${again === 0 ? 'no covered difference is left' : `${count(again, 'covered difference counts', 'covered differences count')} again`}.`,
        ]),
    ...(idle === 0 ? [] : [`${count(idle, 'acceptance rule no longer matches', 'acceptance rules no longer match')} anything, and can be removed.`]),
  ];
}

/** The numbers and their certainty: one to three sentences. */
export function statistics(report: Report): string {
  const { drift, verdict, mode, confidence, words } = report;
  const { one, many } = words.document;
  if (drift.compared === 0 && report.findingsTotal === 0) {
    const why = mode === 'recent' && verdict === 'in-sync' ? `No ${one} was written recently, so none was compared.` : `No ${one} was compared.`;
    return `${why}${verdict === 'unknown' ? ' Whether both sides agree is unknown.' : ''}`;
  }
  const which = {
    full: report.coverage ? `, those of ${partName(report)},` : '',
    sample: isDrawn(report) ? ', drawn at random,' : '',
    recent: ' with recent writes',
  }[mode];
  const compared = `${number(drift.compared)} of ${documents(words, drift.population)}${which}`;
  const were = drift.compared === 1 ? 'was' : 'were';
  const differ =
    drift.differing === 0
      ? `${compared} ${were} compared, and ${drift.compared === 1 ? 'it does not differ' : 'none of them differs'}${acceptedTotal(report) === 0 ? '' : ' beyond what is accepted'}.`
      : `${compared} ${were} compared, and ${number(drift.differing)} ${drift.differing === 1 ? 'differs' : 'differ'}.`;
  const sure =
    (isDrawn(report) || report.coverage) && !isCovered(report) && drift.compared > 0
      ? ` With ${percent(confidence)} confidence, at most ${percentAtMost(drift.upperBound)} of all ${many} differ.`
      : '';
  const rate =
    report.findingsTotal > 0
      ? ` The drift rate is ${ratePercent(report)}: above ${percentSet(report.thresholds.high)} is high, above ${percentSet(report.thresholds.critical)} is critical.`
      : '';
  const partial = verdict === 'unknown' ? ' This is only what was seen before the comparison stopped.' : '';
  return `${differ}${sure}${rate}${partial}${mode === 'recent' ? ` ${onlyRecent(report)}` : ''}`;
}

/** What a run of recent writes does not check. */
export const onlyRecent = ({ words }: Report): string => `Older ${words.document.many} were not compared, and may differ.`;

/** The statistics, if a line with the verdict and the rate does not contain all of them; otherwise empty. */
export const finePrint = (report: Report): string =>
  report.verdict === 'unknown' || (report.verdict === 'drift' && (isDrawn(report) || report.coverage !== undefined)) ? statistics(report) : '';

/** How many documents were left out, and why that is expected; empty without any. */
export const skippedDocuments = ({ skipped, words }: Report): string[] =>
  skipped
    .filter((left) => left.count > 0)
    .map(
      ({ reason, count: howMany }) =>
        `${count(howMany, `legacy ${words.document.one}`, `legacy ${words.document.many}`)} skipped as expected: ${words.skips[reason] ?? 'left out on purpose'}.`,
    );

/** How much was read from both sides: rows, documents, and what else a store bills as a read, such as a count. */
export const readsSentence = ({ reads }: Report): string =>
  `Reads: ${number(reads.legacy)} from the legacy side and ${number(reads.normalized)} from the normalized side.`;

/** For each entity, the fields that are not compared, in the order of the file; the texts are not inert yet. */
export const notComparedOf = ({ notCompared = {} }: Report): { entity: string; legacy: readonly string[]; normalized: readonly string[] }[] =>
  Object.entries(notCompared)
    .filter(([, { legacy, normalized }]) => legacy.length + normalized.length > 0)
    .map(([entity, sides]) => ({ entity, ...sides }));

/** What a maintainer has to know about fields that are not compared. */
export const aboutNotCompared =
  'These fields and columns were seen but are not compared. Add them to `fields` in the file, or to `ignored` if that is on purpose.';

/** What the health checks are about, as a heading. */
export const healthHeading = ({ words }: Report): string => capitalized(words.health ?? 'remarks');

/** What resolved itself, and that drift was found although not everything was compared; empty without either. */
export const settled = (report: Report): string[] => [
  ...(report.verdict === 'drift' && report.interruption !== undefined ? [report.interruption] : []),
  ...(report.transient === 0
    ? []
    : [
        `${count(report.transient, 'difference')} resolved ${report.transient === 1 ? 'itself' : 'themselves'} during the run, and ${report.transient === 1 ? 'is' : 'are'} not counted.`,
      ]),
];

/**
 * The subject of a finding, one text for each column: the parts of its key, or its entity and its whole key. The texts are not inert yet.
 */
export function subjectOf({ key, level }: Pick<Finding, 'key' | 'level'>, { words }: Pick<Report, 'words'>): (string | null)[] {
  return words.key ? words.key.map((part) => key?.[part] ?? null) : [level, key && keyText(key)];
}

/** The headings of these columns. */
export const subjectHeads = ({ words }: Pick<Report, 'words'>): string[] => words.key?.map(capitalized) ?? ['Entity', 'Key'];

/** `id=7`, `post_id=p1, user_id=u1` */
const keyText = (key: NonNullable<Finding['key']>): string =>
  Object.entries(key)
    .map(([part, value]) => `${part}=${value ?? 'null'}`)
    .join(', ');

/** Where in its subject a finding is; a finding about a whole level, or about a row of an entity, needs no place. */
export const whereOf = (finding: Pick<Finding, 'place' | 'level'>, { words }: Pick<Report, 'words'>): string | null =>
  pathOf(finding) ?? (words.key ? finding.level : null);
