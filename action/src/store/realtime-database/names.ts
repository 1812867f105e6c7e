import { fieldsIn, isList, type Value } from '../value.ts';

/** What a Realtime Database calls its nodes, and in which order. */

/** The segments of a node's path. */
export type Path = readonly string[];

const longestName = 768;

/** Whether there can be a node of this name: of control characters, those of ASCII alone are none. */
export const isName = (text: string): boolean =>
  text !== '' && text.isWellFormed() && Buffer.byteLength(text) <= longestName && !/[.$#\[\]\/[\p{Cc}--[\x80-\x9f]]]/v.test(text);

/** Integers of 32 bits come first, by their value, and everything else by UTF-16. */
export function compareNames(a: string, b: string): number {
  const [first, second] = [integerIn(a), integerIn(b)];
  if (first !== undefined && second !== undefined) return first - second || a.length - b.length;
  if (first !== undefined || second !== undefined) return first === undefined ? 1 : -1;
  return a === b ? 0 : a < b ? -1 : 1;
}

function integerIn(name: string): number | undefined {
  if (!/^-?0*\d{1,10}$/.test(name)) return undefined;
  const value = Number(name);
  return value >= -(2 ** 31) && value < 2 ** 31 ? value : undefined;
}

/**
 * The children of a node by name. Where names are mostly the integers from 0 on, the service answers with a list whose
 * gaps are null.
 */
export const childrenOf = (value: Value): readonly (readonly [string, Value])[] => [...(fieldsIn(value, true) ?? [])];

/** An object with its children as fields, also where they came as a list; anything else as it is. */
export const nodeOf = (value: Value): Value => (isList(value) ? (fieldsIn(value, true) ?? value) : value);
