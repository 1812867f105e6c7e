import { createHash } from 'node:crypto';
import type { PastCheck } from '../parts/rotation.ts';
import { extents, type Report } from '../report/report.ts';

/**
 * The id of a run on record. Its digits say by which declaration the run went and how much of it was looked at, so that a
 * rotation knows what it may build upon; the last of them tell runs apart.
 */

/** What ids of such a form begin with. */
const mark = 'd21f7';
const form = new RegExp(`^${mark}([0-2])([0-9a-f]{10})[0-9a-f]{16}$`);

const hashed = (text: string, digits: number): string => createHash('sha256').update(text).digest('hex').slice(0, digits);

/** A declaration in as many digits as an id has for it. */
export const declarationDigest = (declaration: unknown): string =>
  hashed(
    JSON.stringify(declaration, (_key, value: unknown) => (value instanceof Map ? [...(value as Map<unknown, unknown>)] : value)),
    10,
  );

export function idOf(report: Pick<Report, 'pair' | 'seed' | 'startedAt' | 'verdict' | 'record'>): string {
  const { declaration, extent, sources } = report.record ?? {};
  // Two runs of one seed are two runs: it is the start that tells them apart. The same parts are one comparison, however
  // often they are put together, unless it comes to something else.
  const own = JSON.stringify(sources === undefined ? [report.pair, report.seed, report.startedAt] : [report.pair, sources, report.verdict]);
  return declaration === undefined || extent === undefined ? hashed(own, 32) : `${mark}${extents.indexOf(extent)}${declaration}${hashed(own, 16)}`;
}

/** What an id says; earlier versions made ids that say nothing. */
export function saidById(id: string): Pick<PastCheck, 'declaration' | 'extent'> {
  const [, extent, declaration] = form.exec(id) ?? [];
  return { declaration, extent: declaration === undefined ? 'all' : (extents[Number(extent)] ?? 'nothing') };
}
