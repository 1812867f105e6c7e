import type { CompiledEntity } from './compiled.ts';
import type { Row } from './row.ts';
import { equal, isExact, isUnreadable } from './types.ts';

/**
 * What has to be remembered of a row to tell later whether the other side has the same: `exact` may be replaced by its
 * digest, `loose` must stay. Values within a tolerance of each other have no text in common that a digest could be
 * made of, so they are kept as they are, and a row does not have to be read again only because two clocks differ.
 */
export type Fingerprint = { readonly exact: string; readonly loose: readonly (string | null)[] };

/** @returns `undefined` where something cannot be read: only the rows themselves can be compared then */
export function fingerprint(entity: CompiledEntity, row: Row): Fingerprint | undefined {
  const exact: (string | null)[] = [];
  const loose: (string | null)[] = [];
  for (const { column, type } of entity.fields) {
    const value = row.fields.get(column) ?? null;
    if (isUnreadable(value)) return undefined;
    (isExact(type) ? exact : loose).push(value);
  }
  return { exact: JSON.stringify(exact), loose };
}

/** Whether rows with these fingerprints are the same; `exact` may be a digest on both sides. */
export function isSameFingerprint(entity: CompiledEntity, a: Fingerprint, b: Fingerprint): boolean {
  if (a.exact !== b.exact) return false;
  const types = entity.fields.flatMap(({ type }) => (isExact(type) ? [] : [type]));
  return types.every((type, index) => equal(type, a.loose[index] ?? null, b.loose[index] ?? null));
}
