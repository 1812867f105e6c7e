import { number } from '../report/numbers.ts';
import type { RecordedRun, Report } from '../report/report.ts';
import { documents, type Words } from '../report/words.ts';

export type CutoverEvidence = {
  words: Pick<Words, 'document' | 'hasTables'>;
  /** The mode of this run. */
  mode: Report['mode'];
  /** How far a run that compares one part at a time got, in a sentence. */
  coverage?: string | undefined;
  /** The run that is judged. */
  thisRun: RecordedRun;
  /** Runs before it, in any order; or a sentence that says why they are unknown. */
  earlier: readonly RecordedRun[] | string;
  /** How many consecutive conclusive in-sync runs are required. */
  readyAfter: number;
  /** Obstacles besides the comparison, as sentences. */
  obstacles: readonly string[];
};

export type Cutover = { ready: boolean; reasons: string[] };

const hourMs = 3_600_000;
/** How much time the streak must span, from the end of its first run to the end of its last. */
const spanHours = 72;
/** After this long without a conclusive run, nobody knows what happened in between. */
const longestGapHours = 7 * 24;

/**
 * Whether reading may move to the normalized side: there must be enough consecutive conclusive in-sync runs up to this one, over enough
 * time, one of them of every document, and no other obstacle.
 *
 * An inconclusive run neither counts nor resets the streak: it saw no drift. Drift resets it, and so do more than seven days without a
 * conclusive run. Missing information never makes a pair ready.
 */
export function judgeCutover({ words, mode, coverage, thisRun, earlier, readyAfter, obstacles }: CutoverEvidence): Cutover {
  const known = typeof earlier === 'string' ? [] : earlier;
  const row = shortest(rowUpTo(thisRun, known), readyAfter);
  const hours = hoursOf(row);
  const reasons = [
    aboutThisRun(thisRun, mode, words, coverage),
    typeof earlier === 'string' ? earlier : '',
    row.length < readyAfter ? `${row.length} of ${readyAfter} consecutive conclusive runs in sync.` : '',
    hours < spanHours ? `The streak covers ${Math.floor(hours)} of ${spanHours} h.` : '',
    row.length > 0 && !row.some(isWhole)
      ? `Not every ${words.document.one} was verified: the runs of the streak were samples, of at most ${documents(words, Math.max(...row.map(({ compared }) => compared)))}. Set mode: full${words.hasTables ? ', or install the drift functions' : ''}.`
      : '',
    ...obstacles,
  ].filter((reason) => reason !== '');
  return { ready: reasons.length === 0, reasons };
}

function aboutThisRun(
  { verdict, conclusive, differing, compared }: RecordedRun,
  mode: Report['mode'],
  words: CutoverEvidence['words'],
  coverage: string | undefined,
): string {
  if (verdict === 'unknown') return 'This run was inconclusive: whether both sides agree is unknown.';
  if (verdict === 'drift' && differing === 0) return `This run found drift, although the compared ${words.document.many} agree.`;
  if (verdict === 'drift') {
    const many = documents({ document: { one: `compared ${words.document.one}`, many: `compared ${words.document.many}` } }, compared);
    return `This run found drift: ${number(differing)} of ${many} ${differing === 1 ? 'differs' : 'differ'}.`;
  }
  if (mode === 'recent') return `This run compared recent writes only: older ${words.document.many} may differ.`;
  if (coverage !== undefined && !conclusive) return coverage;
  return conclusive ? '' : `This run found nothing that differs, and compared too few ${words.document.many} to tell.`;
}

/** Conclusive in-sync runs without drift between them, the last one first. */
function rowUpTo(thisRun: RecordedRun, earlier: readonly RecordedRun[]): RecordedRun[] {
  // Parts that were merged late say nothing about drift that was found since.
  if (earlier.some(({ at, verdict }) => verdict === 'drift' && at > thisRun.at)) return [];
  const before = earlier.filter(({ at }) => at < thisRun.at).sort((a, b) => (a.at < b.at ? 1 : -1));
  const row: RecordedRun[] = [];
  for (const run of [thisRun, ...before]) {
    if (run.verdict === 'drift') break;
    if (run.verdict === 'unknown' || !run.conclusive) continue;
    if (hoursOf([row.at(-1) ?? thisRun, run]) > longestGapHours) break;
    row.push(run);
  }
  return row;
}

/** The shortest end of the streak that is enough, if there is one: what was verified before it may be too old. */
function shortest(row: readonly RecordedRun[], readyAfter: number): readonly RecordedRun[] {
  const enough = row.findIndex((_, index) => index + 1 >= readyAfter && hoursOf(row.slice(0, index + 1)) >= spanHours);
  return enough === -1 ? row : row.slice(0, enough + 1);
}

/** @param runs the last one first */
function hoursOf(runs: readonly RecordedRun[]): number {
  const [last, first] = [runs.at(0), runs.at(-1)];
  return last && first ? (Date.parse(last.at) - Date.parse(first.at)) / hourMs : 0;
}

const isWhole = ({ compared, population, isExact = false }: RecordedRun): boolean => isExact || (population > 0 && compared >= population);
