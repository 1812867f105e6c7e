import type { RecordedRun, Report } from '../report/report.ts';
import type { Words } from '../report/words.ts';

export type CutoverEvidence = {
  words: Pick<Words, 'document' | 'hasTables'>;
  /** Of the run that asks. */
  mode: Report['mode'];
  /** Where it compares one part at a time: how far it came, in a sentence. */
  coverage?: string | undefined;
  /** The one that asks. */
  thisRun: RecordedRun;
  /** Runs before it, in any order; a sentence that says why nobody knows them. */
  earlier: readonly RecordedRun[] | string;
  /** Conclusive in-sync runs in a row that it takes. */
  readyAfter: number;
  /** What speaks against it beside the comparison, a sentence each. */
  obstacles: readonly string[];
};

export type Cutover = { ready: boolean; reasons: string[] };

const hourMs = 3_600_000;
/** What the runs in a row have to span, from the end of the first to the end of the last. */
const spanHours = 72;
/** So long without a run that could tell, nobody knows what happened meanwhile. */
const longestGapHours = 7 * 24;

/**
 * Whether reading may move to the normalized side: enough conclusive in-sync runs in a row, up to this one, over enough
 * time, one of them of every document, and nothing else in the way.
 *
 * A run that could not tell does not count, and does not end the row: it saw no drift. Drift ends it, and so does more
 * than seven days without a run that could tell. Nothing is ready because of something that is not known.
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
      ? `Not every ${words.document.one} was verified: the runs of the streak were samples, of at most ${Math.max(...row.map(({ compared }) => compared))} ${words.document.many}. Set mode: full${words.hasTables ? ', or install the drift functions' : ''}.`
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
  if (verdict === 'drift') return `This run found drift: ${differing} of ${compared} compared ${words.document.many} differ.`;
  if (mode === 'recent') return `This run compared recent writes only: older ${words.document.many} may differ.`;
  if (coverage !== undefined && !conclusive) return coverage;
  return conclusive ? '' : `This run found nothing that differs, and compared too few ${words.document.many} to tell.`;
}

/** Conclusive in-sync runs without one of drift between them, the last one first. */
function rowUpTo(thisRun: RecordedRun, earlier: readonly RecordedRun[]): RecordedRun[] {
  // Parts that were put together late say nothing about drift that was found since.
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

/** The last runs of a row that are enough, where they are: what was verified before them may be long ago. */
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
