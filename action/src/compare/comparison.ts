import type { Difference, Group } from '../document/document.ts';
import { documentLevel, type Level } from '../document/shape.ts';
import type { Entity } from '../pair/pair.ts';
import type { LevelCount, Report } from '../report/report.ts';
import type { Budget } from '../store/budget.ts';
import { BudgetError, ReadError } from '../store/errors.ts';
import type { Explanation } from './explain.ts';
import type { Settled } from './settle.ts';
import type { Tally } from './tally.ts';

/** What a comparison found, as far as it got. */
export type Comparison = {
  mode: Report['mode'];
  engine: Report['engine'];
  differing: number;
  compared: number;
  /** Weeks that were seen to differ and whose time to settle was cut short. */
  unsettled: number;
  /** Weeks that both sides kept changing for as long as they were watched. */
  restless: number;
  /** Whether there was no time to look for rows below the weeks that hang on nothing. */
  isLooseUnknown: boolean;
  population: number;
  /** Whether one part of it was compared to its end. */
  isPart?: boolean;
  /** Rows of the legacy side, as they were counted or, where all were read, seen. */
  legacyRows: number;
  /** Weeks that were to be compared: all of them, or the sample. */
  planned: number;
  /** Levels that were counted completely. */
  counts: LevelCount[];
  /** The same as if what is accepted were mended: what the verdict goes by. */
  judged: LevelCount[];
  /** Every level, in the weeks that were compared. */
  seen: LevelCount[];
  skipped: number;
  transient: number;
  sourceVersions: Record<string, number>;
  trouble: string | undefined;
  /** Whether the time budget ended it; `interruption` then says how far it came. */
  ranOut: boolean;
  interruption: string | undefined;
  /** Whether what was found is to be forgotten, since the key cannot see enough. */
  isBlind?: boolean;
  /** Whether there are rows beside this part, so that one without any is no pair without any. */
  hasOtherParts?: boolean;
};

export type ComparisonOptions = {
  entity: Entity;
  budget: Budget;
  settleMs: number;
  /** Rows of the legacy table, and weeks of the normalized side, when the run began; of a part about as many as it has. */
  legacyRows: number;
  normalizedRows: number;
  onDifference: (difference: Difference) => void;
  /** Whether a difference is put up with, where there are rules about that. */
  accepts?: ((difference: Difference, again?: boolean) => boolean) | undefined;
  /** Receives every week that was read again, or drawn, with both of its sides. */
  onExplained?: (explanation: Explanation) => void;
  /** Receives the groups that are there, also as keys of their documents, before any document is explained. */
  onGroups?: (groups: Iterable<Group>) => void;
  onProgress: (done: number, total: number) => void;
  /** Tells, in a sentence, what is being done now. */
  onPhase: (sentence: string) => void;
  /** Called once both sides were read, or could not be: what follows are small questions, and others may begin to read. */
  onScanned?: () => void;
};

export const documentWords = ({ shape }: Pick<Entity, 'shape'>): Level => shape.levels[documentLevel(shape)] ?? { name: '', one: 'row', many: 'rows' };

export const settlingSentence = (documents: number, { one, many }: Level, settleMs: number): string =>
  `Reading ${documents} ${documents === 1 ? one : many} again${settleMs > 0 ? ` for ${settleMs / 1000} s` : ''}, to tell drift from writes in flight.`;

export function emptyComparison(mode: Report['mode'], legacyRows: number): Comparison {
  return {
    mode,
    engine: 'stream',
    differing: 0,
    compared: 0,
    unsettled: 0,
    restless: 0,
    isLooseUnknown: false,
    population: legacyRows,
    legacyRows,
    planned: legacyRows,
    counts: [],
    judged: [],
    seen: [],
    skipped: 0,
    transient: 0,
    sourceVersions: {},
    trouble: undefined,
    ranOut: false,
    interruption: undefined,
  };
}

export const countDifference = ({ level, expected, normalized }: LevelCount): Difference => ({
  kind: 'count',
  level,
  key: null,
  path: null,
  legacy: expected,
  normalized,
  rowIds: {},
});

/** What is known before the trouble is kept. */
export async function catchTrouble(result: Comparison, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof BudgetError) result.ranOut = true;
    else if (error instanceof ReadError) result.trouble = error.message;
    else throw error;
  }
}

export function finish(result: Comparison, tally: Tally, settled: Settled, { budget, entity }: ComparisonOptions): Comparison {
  const compared = tally.compared();
  // Rows read twice because they were saved anew meanwhile must not make more weeks compared than there are.
  const population = Math.max(result.population, compared);
  return {
    ...result,
    population,
    compared,
    differing: tally.differing(),
    seen: tally.counts([]),
    unsettled: settled.unsettled,
    restless: settled.restless,
    transient: settled.transient,
    sourceVersions: tally.sourceVersions(),
    interruption: result.ranOut ? howFar(compared, Math.max(result.planned, compared), result.mode, budget, documentWords(entity).many) : undefined,
  };
}

export function howFar(compared: number, planned: number, mode: Comparison['mode'], { seconds }: Budget, many: string): string {
  const share = planned === 0 ? 0 : Math.floor((1000 * compared) / planned) / 10;
  return `Within the time budget of ${seconds} s only ${compared} of ${planned} ${many} (${share} %) could be compared. Raise time-budget-seconds${mode === 'full' ? ', or compare a sample (mode: sample)' : ''}.`;
}
