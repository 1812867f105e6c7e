import { inert } from '../privacy/inert.ts';
import { partText, type Part } from '../parts/part.ts';
import type { PartFile, PartReport } from './files.ts';

/** Which files make up one run, and what keeps them from doing so. */

const hourMs = 3_600_000;
const mostHoursApart = 6;
const mostHoursAgo = 24;
/** Clocks of two runners may be so far apart. */
const clockSkewMs = 5 * 60_000;

/** What is kept of a report until it is known which ones count. */
export type Head = { readonly file: string; readonly part: Part; readonly pair: string; readonly measure: string; readonly startedAt: number; readonly verdict: PartReport['verdict']; readonly mode: PartReport['mode']; readonly isInterrupted: boolean };

export type Looked = {
  readonly parts: readonly Head[];
  readonly others: readonly string[];
  readonly damaged: readonly Extract<PartFile, { kind: 'damaged' }>[];
  /** In the directory that this run writes to. */
  readonly own: readonly string[];
};

export type Gathered = {
  /** Those to be put together, by their places. */
  readonly chosen: readonly Head[];
  /** Why they are not one whole run, in sentences; `undefined` where they are. */
  readonly trouble: string | undefined;
  readonly remarks: readonly string[];
};

export const headOf = ({ file, report: { part, pair, evidence, startedAt, verdict, mode } }: Extract<PartFile, { kind: 'part' }>): Head => ({
  file,
  part,
  pair,
  measure: evidence.measure,
  startedAt: Date.parse(startedAt),
  verdict,
  mode,
  isInterrupted: evidence.interruption !== undefined,
});

export function gather({ parts, others, damaged, own }: Looked, { pair, measure, pattern, reportDirectory, now }: { readonly pair: string; readonly measure: string; readonly pattern: string; readonly reportDirectory: string; readonly now: Date }): Gathered {
  const remarks = others.length === 0 ? [] : [`These files match merge and are reports of no part, so they were left out: ${listed(others.map(shown))}. Make the pattern match the reports of parts only.`];
  if (parts.length + others.length + damaged.length === 0 && own.length > 0) {
    return { chosen: [], remarks, trouble: `All files that match merge (${inert(pattern, 200)}) are in report-directory (${inert(reportDirectory, 200)}), where this run writes its own report, so none of them was read. Download the reports of the parts to another directory, or set another report-directory.` };
  }
  if (parts.length + others.length + damaged.length === 0) {
    return { chosen: [], remarks, trouble: `No file in the workspace matches merge (${inert(pattern, 200)}), so there is nothing to put together. The jobs of the parts may all have failed, or their reports were not downloaded: look at those jobs, and at the path that the artifacts are downloaded to.` };
  }
  const alike = parts.filter((head) => head.pair === pair && head.measure === measure);
  const of = mostFrequent(alike.map((head) => head.part.of));
  const fitting = alike.filter((head) => head.part.of === of);
  const foreign = parts.filter((head) => !fitting.includes(head));
  const byIndex = Map.groupBy(fitting, (head) => head.part.index);
  // The one that began last is the one that was run again.
  const chosen = [...byIndex].toSorted(([a], [b]) => a - b).flatMap(([, heads]) => heads.toSorted((a, b) => b.startedAt - a.startedAt || (a.file < b.file ? -1 : 1)).slice(0, 1));
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

  const groups: readonly (readonly [string, readonly string[]])[] = [
    ['missing', missing.map(partText)],
    ['there more than once', doubled.map(named)],
    ['of another pair, declaration, commit, number of parts or other inputs', foreign.map(named)],
    [`begun more than ${mostHoursAgo} hours ago`, old.map(named)],
    [`begun more than ${mostHoursApart} hours before the last one`, apart.map(named)],
    ['begun later than this run by its clock', ahead.map(named)],
    ['compared in another mode than most', otherwise.map(named)],
    ['ended unknown', unknown.map(named)],
    ['not compared to the end within the time budget', unfinished.map(named)],
    ['in report-directory, which this run writes to and never reads', missing.length > 0 ? own.map(shown) : []],
    ['damaged or no report', damaged.map(({ part, file }) => (part ? named({ part, file }) : shown(file)))],
  ];
  const said = groups.filter(([, names]) => names.length > 0).map(([what, names]) => `${what}: ${names.join(', ')}`);
  if (said.length === 0 && chosen.length > 0) return { chosen, remarks, trouble: undefined };
  if (said.length === 0) return { chosen, remarks, trouble: noParts };
  return { chosen, remarks, trouble: `The parts do not make one whole run. ${said.map(capitalized).join('. ')}. Look at the jobs of these parts, run them again with the same inputs on the same commit, and merge the files of one run only.` };
}

const noParts = 'None of the files that merge matches is the report of a part, so there is nothing to put together. Make the pattern match the reports of runs with the input part.';

const shown = (file: string): string => inert(file, 200);
const named = ({ part, file }: Pick<Head, 'part' | 'file'>): string => `${partText(part)} (${shown(file)})`;
const capitalized = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

const mostListed = 5;
const listed = (names: readonly string[]): string => [...names.slice(0, mostListed), ...(names.length > mostListed ? [`and ${names.length - mostListed} more`] : [])].join(', ');

/** Of equally frequent ones the largest. */
function mostFrequent(numbers: readonly number[]): number | undefined {
  const counts = [...Map.groupBy(numbers, (each) => each)].toSorted(([a, some], [b, others]) => others.length - some.length || b - a);
  return counts[0]?.[0];
}
