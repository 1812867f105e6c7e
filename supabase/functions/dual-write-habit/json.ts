/**
 * JSON without loss. `JSON.parse` makes a double of every number, so that 9007199254740993 becomes another one and 1e400
 * becomes none; here a number that is not a plain small integer stays as it is written, and is written as it came.
 */

declare global {
  interface RawJSON {
    readonly rawJSON: string;
  }
  /** Not in TypeScript's library yet. */
  interface JSON {
    rawJSON: (text: string) => RawJSON;
    isRawJSON: (value: unknown) => value is RawJSON;
  }
}

/** @throws {SyntaxError} for what is no JSON, {RangeError} for what is nested too deep */
export const parseExactly = (text: string): unknown =>
  JSON.parse(text, (_key, value: unknown, context?: { source?: string }) =>
    typeof value === 'number' && !(Number.isSafeInteger(value) && String(value) === context?.source) ? JSON.rawJSON(context?.source ?? String(value)) : value,
  );

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !JSON.isRawJSON(value);
