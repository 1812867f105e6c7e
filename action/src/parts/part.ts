import { hashText } from './hash.ts';

/** One of several parts that a comparison is divided into, for as many machines or runs. */
export type Part = { readonly index: number; readonly of: number };

export const mostParts = 1000;

/** `2/8` as a part; `undefined` for any other text. */
export function readPart(text: string): Part | undefined {
  const [, index, of] = /^([1-9]\d{0,3})\/([1-9]\d{0,3})$/.exec(text) ?? [];
  const part = { index: Number(index), of: Number(of) };
  return part.of <= mostParts && part.index <= part.of ? part : undefined;
}

export const partText = ({ index, of }: Part): string => `${index}/${of}`;

/**
 * Which of `of` parts a text belongs to, from 1 on: the same on every machine, whatever other texts there are. Postgres has the same hash,
 * so it can select the rows of a part by itself (`driftwatch_rows_part` in 021_create_row_functions.sql). Only 31 bits, because an `int` is
 * signed there.
 */
export const partOf = (text: string, of: number): number => ((hashText(text) & 0x7fffffff) % of) + 1;
