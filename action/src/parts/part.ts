import { hashText } from './hash.ts';

/** One of several parts that a comparison is done in, on as many machines or in as many runs. */
export type Part = { readonly index: number; readonly of: number };

export const mostParts = 1000;

/** `2/8` as a part; `undefined` for anything that is none. */
export function readPart(text: string): Part | undefined {
  const [, index, of] = /^([1-9]\d{0,3})\/([1-9]\d{0,3})$/.exec(text) ?? [];
  const part = { index: Number(index), of: Number(of) };
  return part.of <= mostParts && part.index <= part.of ? part : undefined;
}

export const partText = ({ index, of }: Part): string => `${index}/${of}`;

/**
 * Which of `of` parts something belongs to, from 1 on: the same on every machine, whatever else there is. Postgres has the same hash, and tells
 * by itself what is in a part (`driftwatch_rows_part` in 021_create_row_functions.sql). 31 of its bits: an `int` there has a sign.
 */
export const partOf = (text: string, of: number): number => ((hashText(text) & 0x7fffffff) % of) + 1;
