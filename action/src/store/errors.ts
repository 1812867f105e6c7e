import { ToldError } from '../defect.ts';

/**
 * A read that failed, in words for the person who has to mend it: what happened, the likely cause, what to do.
 * Nothing in it comes from the database or repeats a secret.
 */
export class ReadError extends ToldError {
  override name = 'ReadError';
  /** What it was too much of, where less of the same may well be had: half the rows, or half the keys. */
  tooMuch: TooMuch | undefined;
  /** Whether a value was asked for that the column cannot hold, so that no row has it. */
  isImpossible: boolean | undefined;
}

export type TooMuch = 'bytes' | 'time';

/** The time budget ran out: not a failure, but the end of comparing. What that means says who was comparing. */
export class BudgetError extends Error {
  override name = 'BudgetError';

  constructor(options?: ErrorOptions) {
    super(undefined, options);
  }
}

/** The database, or the run, had no time for it: a smaller question may well be answered. */
export const isOutOfTime = (error: unknown): boolean => error instanceof BudgetError || (error instanceof ReadError && error.tooMuch === 'time');
