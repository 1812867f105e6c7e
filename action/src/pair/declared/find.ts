import { chunksOf } from '../../document/chunks.ts';
import { keyId, type Key } from '../../document/document.ts';
import { addTo } from '../../document/groups.ts';
import type { Store } from '../../store/store.ts';
import { sideNames, type SideName, type Sides } from './entity.ts';
import type { Row } from './row.ts';
import type { EntitySide, ReadRow } from './side.ts';

/**
 * Finds the rows of both sides by the meaning of their keys, since one side alone may not know where a row is or how its key is spelled.
 */

/** Rows of one key, in scope or not, in no particular order. */
export type RowsOfKey = Sides<readonly Row[]>;

export type Finder = {
  /**
   * Rows of every key, by `keyId`.
   *
   * @param isAlone whether the caller has seen the keys on neither side
   * @param isThorough whether to look for more rows of a key than the first that were found, even if every row has to be read for it
   */
  readonly find: (keys: readonly Key[], isAlone: boolean, isThorough?: boolean) => Promise<ReadonlyMap<string, RowsOfKey>>;
  /**
   * Called when a sample is drawn, whose cost must depend on its size: from now on, only keys that may be spelled in several ways are
   * searched for.
   */
  readonly drawn: () => void;
  /** Forgets earlier searches: what was seen since may be newer than they are. */
  readonly expire: () => void;
};

/** How many keys are requested together. */
const maxKeysPerRead = 100;

type Found = Map<string, Row[]>;
type Asked = { readonly keys: readonly Key[]; readonly knew: boolean; readonly isAlone: boolean; readonly isThorough: boolean };

export function createFinder(sides: Sides<EntitySide>, stores: Sides<Store>): Finder {
  const searches = { legacy: createSearch(sides.legacy.search), normalized: createSearch(sides.normalized.search) };
  let isDrawn = false;

  async function findSome(keys: readonly Key[], isAlone: boolean, isThorough: boolean): Promise<Sides<Found>> {
    const found = { legacy: new Map<string, Row[]>(), normalized: new Map<string, Row[]>() };
    const knew = { legacy: sides.legacy.knowsSpellings(), normalized: sides.normalized.knowsSpellings() };
    const [legacy, normalized] = await Promise.all([sides.legacy.find(keys), sides.normalized.find(keys)]);
    take(found.legacy, legacy, keys);
    take(found.normalized, normalized, keys);
    for (const side of sideNames) {
      const other = found[side === 'legacy' ? 'normalized' : 'legacy'];
      if (sides[side].isLost) await findBeside(side, keys, found[side], other);
      if (sides[side].isLost || keys.some(sides[side].isLoose)) await search(side, { keys, knew: knew[side], isAlone, isThorough }, found[side], other);
    }
    return found;
  }

  /** Rows of the other side may say where a row is when its key alone did not. */
  async function findBeside(side: SideName, keys: readonly Key[], found: Found, other: Found): Promise<void> {
    const lost = keys.filter((key) => !found.has(keyId(key)) && other.has(keyId(key)));
    if (lost.length > 0) take(found, await sides[side].find(lost, other), lost);
  }

  /** If nothing says where a row is, or how its key is spelled, it can be anywhere, and one that was found may exist twice. */
  async function search(side: SideName, { keys, knew, isAlone, isThorough }: Asked, found: Found, other: Found): Promise<void> {
    const { isLoose, isLookedFor, leadsToAll, knowsSpellings, find } = sides[side];
    const mayBeMore = stores[side].kind === 'supabase';
    const isInScope = (rows: Found, key: Key): boolean => rows.get(keyId(key))?.some((row) => row.isInScope) ?? false;
    // To the other side's row in scope, one out of scope is none: another may be in scope elsewhere.
    const isFound = (key: Key): boolean => isInScope(found, key) || (found.has(keyId(key)) && !isInScope(other, key));
    const isSought = (key: Key): boolean => (isFound(key) ? mayBeMore && isLoose(key) : (!isDrawn || isLoose(key)) && other.has(keyId(key)));
    // What the other side says leads to one row, and the usual spelling to those that have it. Whoever compares has seen the others.
    const mayBeElsewhere = (key: Key): boolean => (isFound(key) ? isThorough : isAlone) && !knowsSpellings() && (isLoose(key) || !leadsToAll(key));
    const sought = keys.filter((key) => mayBeElsewhere(key) || (isSought(key) && !isLookedFor(key, other.get(keyId(key)) ?? [], knew)));
    if (sought.length === 0) return;
    await searches[side].for(sought);
    for (const key of sought) found.delete(keyId(key));
    take(found, await find(sought), sought);
  }

  return {
    async find(keys, isAlone, isThorough = false) {
      const rows = new Map<string, RowsOfKey>();
      for (const some of chunksOf(keys, maxKeysPerRead)) {
        const { legacy, normalized } = await findSome(some, isAlone, isThorough);
        for (const id of some.map(keyId)) rows.set(id, { legacy: legacy.get(id) ?? [], normalized: normalized.get(id) ?? [] });
      }
      return rows;
    },
    drawn: () => void (isDrawn = true),
    expire() {
      for (const side of sideNames) searches[side].expire();
    },
  };
}

/** The rows that were read may include rows of other keys. */
function take(found: Found, read: readonly ReadRow[], keys: readonly Key[]): void {
  const asked = new Set(keys.map(keyId));
  for (const { row } of read) {
    const id = row.key === undefined ? '' : keyId(row.key);
    if (asked.has(id)) addTo(found, id, row);
  }
}

type Search = {
  /** Resolves once the keys were searched for. */
  readonly for: (keys: readonly Key[]) => Promise<void>;
  readonly expire: () => void;
};

/** A search costs as much as a scan, so one search serves every key that is first looked for after it began. */
function createSearch(search: () => Promise<void>): Search {
  let latest: { readonly done: Promise<void>; readonly served: Set<string> } | undefined;
  const expire = (): void => {
    latest = undefined;
  };
  return {
    async for(keys) {
      const ids = keys.map(keyId);
      const current = latest && !ids.some((id) => latest?.served.has(id)) ? latest : { done: search(), served: new Set<string>() };
      latest = current;
      for (const id of ids) current.served.add(id);
      try {
        await current.done;
      } catch (error) {
        if (latest === current) expire();
        throw error;
      }
    },
    expire,
  };
}
