import { inert, oneLine } from '../privacy/inert.ts';
import { mostParts, partText, type Part } from '../parts/part.ts';
import { longestReason } from '../report/report.ts';
import type { PartFile, PartReport } from './files.ts';

/** Decides which files make up one run, and what prevents that. */

const hourMs = 3_600_000;
const mostHoursApart = 6;
const mostHoursAgo = 24;
/** How far apart the clocks of two runners may be. */
const clockSkewMs = 5 * 60_000;

/** The part of a report that is kept until it is known which reports count. */
export type Head = {
  readonly file: string;
  readonly part: Part;
  readonly pair: string;
  readonly measure: string;
  readonly startedAt: number;
  readonly verdict: PartReport['verdict'];
  /** Why it is unknown. */
  readonly reason: string | undefined;
  readonly mode: PartReport['mode'];
  readonly isInterrupted: boolean;
};

export type Looked = {
  readonly parts: readonly Head[];
  readonly others: readonly string[];
  readonly damaged: readonly Extract<PartFile, { kind: 'damaged' }>[];
  /** Files in the directory that this run writes to. */
  readonly own: readonly string[];
};

export type Gathered = {
  /** The reports to merge, by part. */
  readonly chosen: readonly Head[];
  /** Why they are not one complete run, in sentences; `undefined` if they are. */
  readonly trouble: string | undefined;
  /** The same with fewer names, if it is too long for channels. */
  readonly short?: string | undefined;
  readonly remarks: readonly string[];
};

export const headOf = ({ file, report: { part, pair, evidence, startedAt, verdict, reason, mode } }: Extract<PartFile, { kind: 'part' }>): Head => ({
  file,
  part,
  pair,
  measure: evidence.measure,
  startedAt: Date.parse(startedAt),
  verdict,
  reason,
  mode,
  isInterrupted: evidence.interruption !== undefined,
});

export function gather(
  { parts, others, damaged, own }: Looked,
  {
    pair,
    measure,
    pattern,
    reportDirectory,
    now,
  }: { readonly pair: string; readonly measure: string; readonly pattern: string; readonly reportDirectory: string; readonly now: Date },
): Gathered {
  const remarks =
    others.length === 0
      ? []
      : [
          `These files match merge but are not reports of parts, so they were left out: ${listed(others.map(shown))}. Make the pattern match the reports of parts only.`,
        ];
  if (parts.length + others.length + damaged.length === 0 && own.length > 0) {
    return {
      chosen: [],
      remarks,
      trouble: `All files that match merge (${inert(pattern, 200)}) are in report-directory (${inert(reportDirectory, 200)}), where this run writes its own report, so none of them was read. Download the reports of the parts to another directory, or set another report-directory.`,
    };
  }
  if (parts.length + others.length + damaged.length === 0) {
    return {
      chosen: [],
      remarks,
      trouble: `No file in the workspace matches merge (${inert(pattern, 200)}), so there is nothing to merge. The jobs of the parts may all have failed, or their reports were not downloaded: look at those jobs, and at the path that the artifacts are downloaded to.`,
    };
  }
  const alike = parts.filter((head) => head.pair === pair && head.measure === measure);
  const of = mostFrequent(alike.map((head) => head.part.of));
  const fitting = alike.filter((head) => head.part.of === of);
  const foreign = parts.filter((head) => !fitting.includes(head));
  const byIndex = Map.groupBy(fitting, (head) => head.part.index);
  // If a part was run again, the report that began last counts.
  const chosen = [...byIndex]
    .toSorted(([a], [b]) => a - b)
    .flatMap(([, heads]) => heads.toSorted((a, b) => b.startedAt - a.startedAt || (a.file < b.file ? -1 : 1)).slice(0, 1));
  const doubled = [...byIndex.values()].filter((heads) => heads.length > 1).flat();
  const newest = Math.max(...chosen.map((head) => head.startedAt));
  const isOld = (head: Head): boolean => now.getTime() - head.startedAt > mostHoursAgo * hourMs;
  const old = chosen.filter(isOld);
  const apart = chosen.filter((head) => !isOld(head) && newest - head.startedAt > mostHoursApart * hourMs);
  const unknown = chosen.filter((head) => head.verdict === 'unknown');
  const unfinished = chosen.filter((head) => head.verdict !== 'unknown' && head.isInterrupted);
  const ahead = chosen.filter((head) => head.startedAt > now.getTime() + clockSkewMs);
  const known = chosen.filter((head) => head.verdict !== 'unknown');
  const mode = mostFrequent(known.map((head) => (head.mode === 'full' ? 1 : 0)));
  const otherwise = known.filter((head) => (head.mode === 'full' ? 1 : 0) !== mode);
  const missing = Array.from({ length: of ?? 0 }, (_, place) => ({ index: place + 1, of: of ?? 0 })).filter(({ index }) => !byIndex.has(index));

  const obstacles: readonly Obstacle[] = [
    { what: 'missing', of: missing.map((part) => ({ part })) },
    { what: 'found more than once', of: doubled },
    { what: 'of another pair, declaration, commit, number of parts or other inputs', of: foreign },
    { what: `begun more than ${mostHoursAgo} hours ago`, of: old },
    { what: `begun more than ${mostHoursApart} hours before the last one`, of: apart },
    { what: 'begun later than this run by its clock', of: ahead },
    { what: 'compared in a different mode than most', of: otherwise },
    { what: 'ended unknown', of: unknown },
    { what: 'not compared to the end within the time budget', of: unfinished },
    { what: 'in report-directory, which this run writes to and never reads', of: missing.length > 0 ? own.map((file) => ({ file })) : [] },
    { what: 'damaged or not a report', of: damaged },
  ];
  const met = obstacles.filter((obstacle) => obstacle.of.length > 0);
  if (met.length === 0) return { chosen, remarks, trouble: chosen.length > 0 ? undefined : noParts };
  // What all parts met is what a whole run would have met, such as that there is no row at all.
  const [reason, ...otherReasons] = new Set(unknown.map((head) => head.reason));
  const isShared = met.length === 1 && unknown.length === chosen.length && otherReasons.length === 0;
  const sentence = (names: (of: readonly Named[]) => string): string =>
    isShared && reason !== undefined
      ? `${oneLine(reason, longestReason / 2)} All parts ended unknown for this reason: ${names(unknown)}.`
      : troubleOf(met, names);
  const trouble = sentence(inFull);
  const short = [trouble, ...[withoutFiles(20), withoutFiles(5), counted].map(sentence)].find((text) => inert(text, Infinity).length <= longestReason);
  return { chosen, remarks, trouble, ...(short !== trouble && { short }) };
}

/** What prevents the parts from being one run, and which parts. */
type Obstacle = { readonly what: string; readonly of: readonly Named[] };
type Named = { readonly part?: Part; readonly file?: string };

const troubleOf = (met: readonly Obstacle[], names: (of: readonly Named[]) => string): string =>
  `The parts do not make one whole run. ${met.map(({ what, of }) => `${capitalized(what)}: ${names(of)}`).join('. ')}. Look at the jobs of these parts, run them again with the same inputs on the same commit, and merge the files of one run only.`;

const inFull = (of: readonly Named[]): string =>
  listed(
    of.map((one) => (one.part && one.file !== undefined ? `${partText(one.part)} (${shown(one.file)})` : nameOf(one))),
    mostParts,
  );
const nameOf = ({ part, file = '' }: Named): string => (part ? partText(part) : shown(file));

/** Consecutive parts as a range if there are many: `2/40 to 17/40`. */
const withoutFiles =
  (most: number) =>
  (of: readonly Named[]): string => {
    const ranges = of.length <= most ? of.map((one) => [one]) : rangesOf(of);
    const names = ranges.slice(0, most).map((range) => [...new Set([range.at(0), range.at(-1)])].map((one) => nameOf(one ?? {})).join(' to '));
    const others = ranges.slice(most).flat().length;
    return [...names, ...(others > 0 ? [`and ${others} more`] : [])].join(', ');
  };

const counted = (of: readonly Named[]): string => String(of.length);

function rangesOf(of: readonly Named[]): Named[][] {
  const ranges: Named[][] = [];
  const places = of.toSorted((a, b) => (a.part?.of ?? 0) - (b.part?.of ?? 0) || (a.part?.index ?? 0) - (b.part?.index ?? 0));
  for (const one of places) {
    const last = ranges.at(-1);
    const before = last?.at(-1)?.part;
    if (last && before && one.part?.of === before.of && one.part.index === before.index + 1) last.push(one);
    else ranges.push([one]);
  }
  return ranges;
}

const noParts =
  'None of the files that merge matches is the report of a part, so there is nothing to merge. Make the pattern match the reports of runs with the input part.';

const shown = (file: string): string => inert(file, 200);
const capitalized = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

const listed = (names: readonly string[], most = 5): string =>
  [...names.slice(0, most), ...(names.length > most ? [`and ${names.length - most} more`] : [])].join(', ');

/** The largest of equally frequent numbers. */
function mostFrequent(numbers: readonly number[]): number | undefined {
  const counts = [...Map.groupBy(numbers, (each) => each)].toSorted(([a, some], [b, others]) => others.length - some.length || b - a);
  return counts[0]?.[0];
}
