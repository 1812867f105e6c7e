import { chunksOf } from '../../document/chunks.ts';
import { keyId, type Key } from '../../document/document.ts';
import { addTo } from '../../document/groups.ts';
import { ReadError } from '../../store/errors.ts';
import { isPostgrest } from '../../store/postgrest/store.ts';
import { isProblem } from '../../store/source.ts';
import type { Store } from '../../store/store.ts';
import type { Digest, Digester, DigestPlan, NarrowedPart, Reading } from '../pair.ts';
import type { PreparedEntity } from './prepared.ts';
import type { CompiledEntity, Described } from './compiled.ts';
import { sideNames, type SideName, type Sides } from './entity.ts';
import { postgresInstant } from './instant.ts';
import { createRowDigests, createRowFunctions, readsRows, type RawKey, type RowDigest, type RowFunctions } from './row-functions.ts';
import { createRowSpec } from './row-spec.ts';
import { readLegacyRow, readNormalizedRow, type Row, type StoredRow } from './row.ts';

/** Where both sides are tables of Supabase that have the row functions, the database says which rows are worth reading. */

export type Digesting = {
  readonly compiled: CompiledEntity;
  readonly described: Described;
  readonly stores: Sides<Store>;
  readonly rows: Pick<PreparedEntity, 'locatorKey' | 'readingOf' | 'read'>;
  readonly onReads: (side: SideName, rows: number) => void;
  /** Hears of every row that was read. */
  readonly onRow: (side: SideName, row: Row) => void;
};

/** As many keys as are asked for together. */
const maxKeysPerRead = 100;

/** @param prepared what is known once the tables are described */
export function createDigester(prepared: () => Promise<Digesting>): Digester {
  type Ready = Digesting & { readonly functions: RowFunctions };
  /** How the keys of this run are spelled, by what they mean. */
  const spellings = new Map<string, Map<string, RawKey>>();
  let found: Promise<Ready | string> | undefined;

  /** The functions, or why there are none, as a sentence. */
  const find = (): Promise<Ready | string> =>
    (found ??= prepared().then((digesting) => {
      const functions = functionsOf(digesting);
      return typeof functions === 'string' ? functions : { ...digesting, functions };
    }));

  async function ready(): Promise<Ready> {
    const functions = await find();
    if (typeof functions === 'string') throw new ReadError(functions);
    return functions;
  }

  /** @returns whether the key was not met before */
  function remember(key: Key, raw: RawKey): boolean {
    const id = keyId(key);
    const known = spellings.get(id);
    if (known === undefined) spellings.set(id, new Map([[JSON.stringify(raw), raw]]));
    else known.set(JSON.stringify(raw), raw);
    return known === undefined;
  }

  /** @param part of which the keys are, where it is not all of them */
  async function plan(part?: NarrowedPart): Promise<DigestPlan> {
    const all = await ready();
    const { functions } = all;
    const { locatorKey } = all.rows;
    const has = part?.has ?? (() => true);
    const unreadable = new Map<string, RawKey>();
    const met = new Set<string>();
    let normalizedRows = 0;
    const compared = await (part ? functions.planPart(part, isIn) : functions.plan());
    const portions = compared.rows.length;
    /** Whether a key may be counted as equal in one spelling and handed over in another. */
    let isInexact = false;

    function isIn(raw: RawKey): boolean {
      const key = functions.meaningOf(raw);
      if (key !== undefined) return has(key);
      // Which part it is in, its row will tell.
      unreadable.set(JSON.stringify(raw), raw);
      return false;
    }

    /** Keys that were not handed over before. */
    function take(raws: readonly RawKey[]): Key[] {
      return raws.flatMap((raw) => {
        const key = functions.meaningOf(raw);
        if (key === undefined) unreadable.set(JSON.stringify(raw), raw);
        else if (!has(key)) return [];
        else if (key.some((text, place) => text !== raw[place])) isInexact = true;
        return key !== undefined && remember(key, raw) ? [key] : [];
      });
    }

    async function keyless(): Promise<Digest> {
      const without = await functions.keyless();
      const keysOf = (which: SideName): Key[] => without[which].found.map((stored) => locatorKey(which, stored)).filter(has);
      // What is beyond the first thousands counts all the same, in the first part.
      const beyondOf = (which: SideName): number => (part === undefined || part.index === 1 ? without[which].rows - without[which].found.length : 0);
      const [legacy, normalized] = [keysOf('legacy'), keysOf('normalized')];
      normalizedRows += normalized.length;
      return { ...noDigest, legacy: [legacy.length + beyondOf('legacy')], differing: distinct([...legacy, ...normalized]), loose: [beyondOf('normalized')] };
    }

    /** Rows of this part whose keys cannot be read, each once. */
    async function strangeRows(): Promise<Digest> {
      const asked = new Map(unreadable);
      const rowsFound = await readRaw(all, [...asked.values()]);
      for (const id of asked.keys()) unreadable.delete(id);
      const keysOf = (which: SideName): Key[] =>
        rowsFound[which]
          .filter(({ row }) => row.key === undefined && row.isInScope)
          .map(({ stored }) => locatorKey(which, stored))
          .filter((key) => has(key) && !met.has(keyId(key)));
      const [legacy, normalized] = [keysOf('legacy'), keysOf('normalized')];
      for (const key of [...legacy, ...normalized]) met.add(keyId(key));
      normalizedRows += normalized.length;
      return { ...noDigest, legacy: [legacy.length], differing: distinct([...legacy, ...normalized]) };
    }

    function digestOf(digest: RowDigest): Digest {
      normalizedRows += digest.normalized;
      // The database says of a row that it is plainly equal, or nothing: whether there is a difference is seen when it is read.
      return { ...noDigest, legacy: [digest.legacy], claimed: digest.legacy, equal: { ...noDigest.equal, counts: [digest.equal] }, odd: take(digest.suspects) };
    }

    return {
      groups: [],
      beside: async () => ({ more: [0], loose: [0] }),
      // One more for rows without a key.
      rows: [...compared.rows, 1],
      async digest(start, end, tries) {
        const digest = start < portions ? await compared.digest(start, Math.min(end, portions), tries) : undefined;
        const without = end > portions ? await keyless() : undefined;
        const strange = part && digest ? await strangeRows() : noDigest;
        const known = digest && added(digestOf(digest), strange);
        return known && without ? added(known, without) : (known ?? without ?? noDigest);
      },
      async after() {
        const written = await compared.written();
        const keys = take(written);
        isInexact ||= written.length > 0;
        const strange = await readRaw(all, [...unreadable.values()]);
        for (const side of sideNames)
          for (const { stored, row } of strange[side]) if (row.key === undefined && row.isInScope) keys.push(locatorKey(side, stored));
        return { keys: distinct(keys), rows: isInexact ? normalizedRows : undefined };
      },
    };
  }

  async function readWhole(keys: readonly Key[], into: Map<string, Reading>): Promise<void> {
    const all = await ready();
    const spelled = (key: Key): RawKey =>
      key.map((part, place) => (part !== null && all.compiled.key[place]?.type.name === 'timestamp' ? postgresInstant(part) : (part ?? '')));
    const raws = keys.flatMap((key) => [...(spellings.get(keyId(key))?.values() ?? []), spelled(key)]);
    try {
      const rows = await readRaw(all, raws);
      const byKey = { legacy: grouped(rows.legacy), normalized: grouped(rows.normalized) };
      for (const key of keys)
        into.set(keyId(key), all.rows.readingOf(key, { legacy: byKey.legacy.get(keyId(key)) ?? [], normalized: byKey.normalized.get(keyId(key)) ?? [] }));
    } catch (error) {
      if (!(error instanceof ReadError) || error.tooMuch === undefined) throw error;
      if (keys.length === 1) {
        if (error.tooMuch !== 'bytes') throw error;
        // A row that is too large for one answer is read column by column.
        for (const [id, reading] of await all.rows.read(keys)) into.set(id, reading);
        return;
      }
      const middle = Math.ceil(keys.length / 2);
      for (const half of [keys.slice(0, middle), keys.slice(middle)]) await readWhole(half, into);
    }
  }

  return {
    async probe(part) {
      const functions = await find();
      return typeof functions === 'string' ? { ready: false, sentence: functions } : functions.functions.probe(part);
    },
    plan: async () => plan(),
    planPart: plan,
    async read(keys) {
      const { compiled, rows } = await ready();
      const [whole, located] = [keys.filter((key) => key.length === compiled.key.length), keys.filter((key) => key.length > compiled.key.length)];
      // The functions read no rows without a key.
      const readings = new Map(located.length > 0 ? await rows.read(located) : []);
      for (const some of chunksOf(whole, maxKeysPerRead)) await readWhole(some, readings);
      return readings;
    },
  };
}

function functionsOf({ compiled, described, stores }: Digesting): RowFunctions | string {
  const { legacy, normalized } = stores;
  // The same for all entities of the pair, so it names none.
  if (!isPostgrest(legacy) || !isPostgrest(normalized)) return 'Only two Supabase tables can be compared inside a database, so both sides are read.';
  const spec = createRowSpec(compiled, described, { legacy: legacy.schema, normalized: normalized.schema });
  if (isProblem(spec)) return readsRows(spec.problem);
  return legacy.url === normalized.url
    ? createRowFunctions(normalized.reader, compiled, spec)
    : createRowDigests({ legacy: legacy.reader, normalized: normalized.reader }, compiled, spec);
}

type Found = { readonly stored: StoredRow; readonly row: Row };

async function readRaw(
  { functions, compiled, onReads, onRow }: Digesting & { readonly functions: RowFunctions },
  raws: readonly RawKey[],
): Promise<Sides<readonly Found[]>> {
  if (raws.length === 0) return { legacy: [], normalized: [] };
  const { legacy, normalized } = await functions.read(raws);
  onReads('legacy', legacy.length);
  onReads('normalized', normalized.length);
  const found = {
    legacy: legacy.flatMap((stored) => readLegacyRow(compiled, stored).map((row) => ({ stored, row }))),
    normalized: normalized.flatMap((stored) => {
      const row = readNormalizedRow(compiled, stored);
      return row === undefined ? [] : [{ stored, row }];
    }),
  };
  for (const side of sideNames) for (const { row } of found[side]) onRow(side, row);
  return found;
}

function grouped(found: readonly Found[]): ReadonlyMap<string, Row[]> {
  const rows = new Map<string, Row[]>();
  for (const { row } of found) {
    if (row.key === undefined) continue;
    const id = keyId(row.key);
    addTo(rows, id, row);
  }
  return rows;
}

const distinct = (keys: readonly Key[]): Key[] => [...new Map(keys.map((key) => [keyId(key), key])).values()];

const noDigest: Digest = {
  legacy: [0],
  skipped: 0,
  claimed: 0,
  equal: { counts: [0], sourceVersions: {}, groups: [] },
  legacyGroups: [],
  differing: [],
  odd: [],
  loose: [0],
  stray: [],
};

const added = (a: Digest, b: Digest): Digest => ({
  ...a,
  legacy: [(a.legacy[0] ?? 0) + (b.legacy[0] ?? 0)],
  differing: [...a.differing, ...b.differing],
  odd: [...a.odd, ...b.odd],
  loose: [(a.loose[0] ?? 0) + (b.loose[0] ?? 0)],
});
