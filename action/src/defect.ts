import { oneLine } from './privacy/inert.ts';

/**
 * An error whose message was written for the person who reads it, and holds nothing that must not be read. What is
 * foreign in it is inert already.
 */
export class ToldError extends Error {
  override name = 'ToldError';
}

/** What a person is told of an error. */
export const sentenceOf = (error: unknown): string => (error instanceof ToldError ? oneLine(error.message) : describeDefect(error));

/**
 * An error that nobody foresaw, as one sentence. Its message may hold anything, a child's name too: only its kind and
 * the function it came from are told.
 */
export function describeDefect(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const [, place] = /^ {4}at (?:async )?([\w.]{1,80}) /m.exec(stack) ?? [];
  const kind = error instanceof Error ? error.constructor.name : typeof error;
  return `Driftwatch failed unexpectedly (${kind}${place ? ` in ${place}` : ''}), so whether both sides agree is unknown. This is a bug: please report it with this sentence and the version of the action.`;
}
