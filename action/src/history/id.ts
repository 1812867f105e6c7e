import { createHash } from 'node:crypto';
import type { PastCheck } from '../parts/rotation.ts';
import { extents, type Report } from '../report/report.ts';

/**
 * The id of a recorded run. Its digits encode the declaration of the run and how much was looked at, so that a rotation knows what it may
 * build on; the last digits distinguish runs.
 */

/** The prefix of such ids. */
const mark = 'd21f7';
const form = new RegExp(`^${mark}([0-2])([0-9a-f]{10})[0-9a-f]{16}$`);

const hashed = (text: string, digits: number): string => createHash('sha256').update(text).digest('hex').slice(0, digits);

/** A digest of the declaration, in as many digits as an id has for it. */
export const declarationDigest = (declaration: unknown): string =>
  hashed(
    JSON.stringify(declaration, (_key, value: unknown) => (value instanceof Map ? [...(value as Map<unknown, unknown>)] : value)),
    10,
  );

export function idOf(report: Pick<Report, 'pair' | 'seed' | 'startedAt' | 'verdict' | 'record'>): string {
  const { declaration, extent, sources } = report.record ?? {};
  // Two runs with one seed are still two runs, so the start is included. Merging the same parts again is the same comparison, unless its
  // result differs.
  const own = JSON.stringify(sources === undefined ? [report.pair, report.seed, report.startedAt] : [report.pair, sources, report.verdict]);
  return declaration === undefined || extent === undefined ? hashed(own, 32) : `${mark}${extents.indexOf(extent)}${declaration}${hashed(own, 16)}`;
}

/** What an id encodes; ids of earlier versions encode nothing. */
export function saidById(id: string): Pick<PastCheck, 'declaration' | 'extent'> {
  const [, extent, declaration] = form.exec(id) ?? [];
  return { declaration, extent: declaration === undefined ? 'all' : (extents[Number(extent)] ?? 'nothing') };
}
