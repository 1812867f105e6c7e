import type { Difference, Group } from '../document/document.ts';
import { documentLevel, type Level } from '../document/shape.ts';
import type { Entity } from '../pair/pair.ts';
import { number, percent } from '../report/numbers.ts';
import type { LevelCount, Report } from '../report/report.ts';
import { documents, type Unit } from '../report/words.ts';
import type { Budget } from '../store/budget.ts';
import { BudgetError, ReadError } from '../store/errors.ts';
import type { Explanation } from './explain.ts';
import type { Settled } from './settle.ts';
import type { Tally } from './tally.ts';

/** What a comparison has found so far. */
export type Comparison = {
  mode: Report['mode'];
  engine: Report['engine'];
  differing: number;
  compared: number;
  /** Weeks that differed and whose time to settle was cut short. */
  unsettled: number;
  /** Weeks that kept changing on both sides for as long as they were watched. */
  restless: number;
  /** Whether there was no time to look for rows below weeks that have no parent. */
  isLooseUnknown: boolean;
  population: number;
  /** Whether one part of the pair was compared completely. */
  isPart?: boolean;
  /** Rows of the legacy side: counted, or seen where all were read. */
  legacyRows: number;
  /** Weeks to compare: all of them, or the sample. */
  planned: number;
  /** Levels that were counted completely. */
  counts: LevelCount[];
  /** The same counts as if every accepted difference were fixed. The verdict uses these. */
  judged: LevelCount[];
  /** Every level, within the weeks that were compared. */
  seen: LevelCount[];
  skipped: number;
  transient: number;
  sourceVersions: Record<string, number>;
  trouble: string | undefined;
  /** Whether the time budget ended the comparison; `interruption` then says how far it got. */
  ranOut: boolean;
  interruption: string | undefined;
  /** Whether to discard the findings because the key cannot see enough. */
  isBlind?: boolean;
  /** Whether rows exist outside this part: if so, an empty part does not mean an empty pair. */
  hasOtherParts?: boolean;
};

export type ComparisonOptions = {
  entity: Entity;
  budget: Budget;
  settleMs: number;
  /** Rows of the legacy table, and weeks of the normalized side, when the run began. */
  legacyRows: number;
  normalizedRows: number;
  /** Whether these are not counted: those of a part, and those that only reading can count. */
  isEstimate?: boolean;
  onDifference: (difference: Difference) => void;
  /** Whether a difference is accepted, if there are acceptance rules. */
  accepts?: ((difference: Difference, again?: boolean) => boolean) | undefined;
  /** Receives every week that was read again, or drawn, with both of its sides. */
  onExplained?: (explanation: Explanation) => void;
  /** Receives the existing groups, also in the form of keys of their documents, before any document is explained. */
  onGroups?: (groups: Iterable<Group>) => void;
  onProgress: (done: number, total: number) => void;
  /** Receives a sentence that says what is being done now. */
  onPhase: (sentence: string) => void;
  /** Called once both sides were read, or could not be: only small queries follow, so others may begin to read. */
  onScanned?: () => void;
};

export const documentWords = ({ shape }: Pick<Entity, 'shape'>): Level => shape.levels[documentLevel(shape)] ?? { name: '', one: 'row', many: 'rows' };

export const settlingSentence = (howMany: number, document: Unit, settleMs: number): string =>
  `Reading ${documents({ document }, howMany)} again${settleMs > 0 ? ` for ${settleMs / 1000} s` : ''}, to tell drift from writes in flight.`;

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

/** Keeps what was known before the trouble. */
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
  // Rows that were saved again meanwhile are read twice, but must not make more weeks compared than there are.
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
    interruption: result.ranOut ? howFar(compared, Math.max(result.planned, compared), result.mode, budget, documentWords(entity)) : undefined,
  };
}

export function howFar(compared: number, planned: number, mode: Comparison['mode'], { seconds }: Pick<Budget, 'seconds'>, document: Unit): string {
  const share = percent(planned === 0 ? 0 : compared / planned);
  return `Within the time budget of ${seconds} s only ${number(compared)} of ${documents({ document }, planned)} (${share}) could be compared. Raise time-budget-seconds${mode === 'full' ? ', or compare a sample (mode: sample)' : ''}.`;
}
