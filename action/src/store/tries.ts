import type { TooMuch } from './errors.ts';

/** A failed read counts when it has failed so often. */
export const triesOfRead = 2;

/**
 * How often the same is asked for: once where it would be as large again, or where there is less to ask for.
 *
 * @param tooMuch what the failed read was too much of, if anything
 * @param maySplit whether less of the same can be asked for
 */
export const triesFor = (tooMuch: TooMuch | undefined, maySplit: boolean): number =>
  tooMuch === 'bytes' || (tooMuch === 'time' && maySplit) ? 1 : triesOfRead;
