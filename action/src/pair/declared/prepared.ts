import { keyId, type Document, type Key } from '../../document/document.ts';
import { ReadError } from '../../store/errors.ts';
import type { Store } from '../../store/store.ts';
import type { Entity, Placement, Reading, Row as PairRow, RowComparison } from '../pair.ts';
import { compareClaims, RowClaim } from './claim.ts';
import type { CompiledEntity } from './compiled.ts';
import { compareRows, createDocuments } from './documents.ts';
import { sideNames, type SideName, type Sides } from './entity.ts';
import { createFinder, type RowsOfKey } from './find.ts';
import { createLookup } from './lookup.ts';
import type { Row, StoredRow } from './row.ts';
import type { EntitySide, ReadRow } from './side.ts';

/** An entity whose tables are known, as whoever compares reads it: by scan and by key. */
export type PreparedEntity = {
  readonly keys: (side: SideName, isNow?: boolean) => AsyncIterable<readonly Placement[]>;
  readonly documents: (side: SideName) => AsyncIterable<Iterable<PairRow>>;
  readonly draw: NonNullable<Entity['draw']>;
  readonly written: (since: string) => AsyncIterable<readonly Placement[]>;
  readonly comparison: Omit<RowComparison, 'inOrder' | 'inTurns'>;
  readonly read: Entity['read'];
  readonly seek: NonNullable<Entity['seek']>;
  /** One side alone. */
  readonly readOn: (side: SideName, keys: readonly Key[]) => Promise<ReadonlyMap<string, Reading>>;
  /** Both sides of keys that nobody has seen before, by `keyId`: thoroughly, also if every row has to be read for it. */
  readonly rows: (keys: readonly Key[], isThorough?: boolean) => Promise<ReadonlyMap<string, RowsOfKey>>;
  readonly readingOf: (key: Key, rows: RowsOfKey) => Reading;
  /** The key under which a row without one is found again. */
  readonly locatorKey: (side: SideName, stored: StoredRow) => Key;
};

/** Rows of a side that are looked through for keys that nobody finds: for more of them, it costs more than a run is worth. */
const mostSought = 100_000;

/** What a row counts for. */
const itself = [1] as const;

export function prepareEntity(entity: CompiledEntity, sides: Sides<EntitySide>, stores: Sides<Store>): PreparedEntity {
  const documents = createDocuments(entity);
  const finder = createFinder(sides, stores);

  const locatorKey = (side: SideName, stored: StoredRow): Key => [...entity.key.map(() => null), `${side} ${sides[side].locatorOf(stored)}`];

  const locatorIn = (side: SideName, key: Key): string | undefined => {
    const text = key.at(-1) ?? '';
    return text.startsWith(`${side} `) ? text.slice(side.length + 1) : undefined;
  };

  /** What a row is to whoever compares. */
  function entryOf(side: SideName, { stored, row }: ReadRow): PairRow {
    if (row.key !== undefined) return { entry: new RowClaim(documents, side, row, row.key), raw: itself };
    const key = locatorKey(side, stored);
    // On the normalized side it is a row too many, whatever it was meant to be.
    if (side === 'normalized') return { entry: new RowClaim(documents, side, row, key), raw: itself };
    // Where several parts cannot be read, reading it again tells of all of them.
    const [difference] = documents.unclaimed(row, row.parts);
    if (difference === undefined) throw new Error('a row without a key says why');
    return { entry: { kind: 'unclaimed', key, difference }, raw: itself };
  }

  const placementOf = (side: SideName, one: ReadRow): Placement => (one.row.key === undefined ? entryOf(side, one).entry : { kind: 'claim', key: one.row.key });

  /** Documents are made one at a time, as they are asked for. */
  function* entriesOf(side: SideName, page: Iterable<ReadRow>): Generator<PairRow> {
    for (const one of page) yield entryOf(side, one);
  }

  async function* scanned<T, U>(pages: AsyncIterable<T> | Iterable<T>, make: (page: T) => U): AsyncGenerator<U> {
    try {
      for await (const page of pages) yield make(page);
    } finally {
      finder.expire();
    }
  }

  const keys = (side: SideName, isNow = false) => scanned(sides[side].scanKeys(isNow), (page) => Array.from(page, (one) => placementOf(side, one)));

  async function* written(since: string): AsyncGenerator<readonly Placement[]> {
    for (const side of sideNames)
      yield* scanned(sides[side].changedSince?.(since) ?? [], (page) =>
        [...page].filter(({ row }) => row.isInScope || row.key !== undefined).map((one) => placementOf(side, one)),
      );
  }

  function readingOf(key: Key, { legacy, normalized }: RowsOfKey): Reading {
    const inScope = (rows: readonly Row[]): Row[] => rows.filter((row) => row.isInScope).sort(compareRows);
    const [ours, theirs] = [inScope(legacy), inScope(normalized)];
    return {
      get expected(): Document[] {
        return ours.map((row) => documents.documentOf('legacy', row, key));
      },
      get actual(): Document[] {
        return theirs.map((row) => documents.documentOf('normalized', row, key));
      },
      unclaimed: [],
      groupExists: true,
      outOfScope: { legacy: legacy.length > ours.length, normalized: normalized.length > theirs.length },
    };
  }

  /** Rows without a key, by where they are. */
  async function readLocators(side: SideName, located: readonly Key[], readings: Map<string, Reading>): Promise<void> {
    const own = located.flatMap((key) => {
      const locator = locatorIn(side, key);
      return locator === undefined ? [] : [{ key, locator }];
    });
    if (own.length === 0) return;
    const found = await sides[side].locate(own.map(({ locator }) => locator));
    for (const { key, locator } of own) {
      const rows = (found.get(locator) ?? []).map(({ row }) => row).filter((row) => row.isInScope && row.key === undefined);
      readings.set(keyId(key), {
        expected: [],
        actual: side === 'legacy' ? [] : rows.map((row) => documents.documentOf(side, row, key)),
        unclaimed: side === 'legacy' ? rows.flatMap((row) => documents.unclaimed(row, row.parts)) : [],
        groupExists: true,
      });
    }
  }

  /** Keys of a side as its rows show them when all are read. */
  async function seekIn(side: SideName, wanted: ReadonlySet<string>, seen: Map<string, Key>): Promise<void> {
    let rows = 0;
    for await (const page of sides[side].scanKeys()) {
      for (const { row, stored } of page) {
        rows += 1;
        const key = row.key ?? locatorKey(side, stored);
        if (wanted.has(keyId(key))) seen.set(keyId(key), key);
      }
      if (rows >= mostSought) return;
    }
  }

  return {
    keys,
    documents: (side) => scanned(sides[side].scan(), (page) => entriesOf(side, page)),
    async *draw() {
      const lookup = createLookup(entity);
      if ('problem' in lookup) throw new ReadError(`${lookup.problem}.`);
      finder.drawn();
      yield* keys('normalized');
    },
    written,
    comparison: compareClaims(entity),
    async read(asked) {
      const readings = new Map<string, Reading>();
      const [whole, located] = [asked.filter(({ length }) => length === entity.key.length), asked.filter(({ length }) => length > entity.key.length)];
      const found = await finder.find(whole, false);
      for (const key of whole) readings.set(keyId(key), readingOf(key, found.get(keyId(key)) ?? { legacy: [], normalized: [] }));
      for (const side of sideNames) await readLocators(side, located, readings);
      return readings;
    },
    async seek(asked) {
      const wanted = new Set(asked.map(keyId));
      const seen = new Map<string, Key>();
      // In tables: a document is asked for by its path, which leaves nothing to spell.
      for (const side of sideNames) if (stores[side].kind === 'supabase') await seekIn(side, wanted, seen);
      return [...seen.values()];
    },
    async readOn(side, asked) {
      const own = asked.filter((key) => key.length === entity.key.length && !sides[side].isLoose(key));
      const rows = Map.groupBy(await sides[side].find(own), ({ row: { key } }) => (key === undefined ? '' : keyId(key)));
      const rowsOf = (key: Key): Row[] => (rows.get(keyId(key)) ?? []).map(({ row }) => row);
      return new Map(own.map((key) => [keyId(key), readingOf(key, { legacy: [], normalized: [], [side]: rowsOf(key) })]));
    },
    rows: (asked, isThorough) => finder.find(asked, true, isThorough),
    readingOf,
    locatorKey,
  };
}
