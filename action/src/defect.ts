import { oneLine } from './privacy/inert.ts';

/** An error whose message was written for users, and contains nothing secret. Foreign text in it is already inert. */
export class ToldError extends Error {
  override name = 'ToldError';
}

/** The sentence that reports an error to a user. */
export const sentenceOf = (error: unknown): string => (error instanceof ToldError ? oneLine(error.message) : describeDefect(error));

/**
 * An unexpected error, as one sentence. Its message may contain anything, even a child's name, so only its type and the function it came
 * from are reported.
 */
export function describeDefect(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const [, place] = /^ {4}at (?:async )?([\w.]{1,80}) /m.exec(stack) ?? [];
  const kind = error instanceof Error ? error.constructor.name : typeof error;
  return `Driftwatch failed unexpectedly (${kind}${place ? ` in ${place}` : ''}), so whether both sides agree is unknown. This is a bug: please report it with this sentence and the version of the action.`;
}
