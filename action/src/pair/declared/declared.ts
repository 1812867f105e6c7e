import { keyId, type Document, type Key } from '../../document/document.ts';
import type { KeyPart, Shape } from '../../document/shape.ts';
import { ReadError } from '../../store/errors.ts';
import { isTable, matchPath, type FieldSource, type Source, type Template } from '../../store/source.ts';
import type { Store, StoredSource, TableDescription } from '../../store/store.ts';
import type { Entity, Placement, Reading, Row as PairRow, Side, Sight } from '../pair.ts';
import { canonical } from './canonical.ts';
import { compileEntity, type CompiledEntity, type Described } from './compiled.ts';
import type { PairDeclaration } from './declaration.ts';
import { compareRows, createDocuments, readRowId } from './documents.ts';
import { createDigester } from './digester.ts';
import { sideNames, sourcesOf, type EntityDeclaration, type SideName, type Sides } from './entity.ts';
import { isReadable, isReadableKey, looksMachineMade } from './readable.ts';
import { createLookup } from './lookup.ts';
import { createRemarks } from './remarks.ts';
import type { Row, RowId } from './row.ts';
import { createSide, type EntitySide, type ReadRow } from './side.ts';
import { isUnreadable } from './types.ts';

/** What a file declares, as entities that can be compared. */

/** Rows of one key, in scope or not, in the order of no one. */
export type RowsOfKey = Sides<readonly Row[]>;

/** An entity that can say what it has read. */
export type DeclaredEntity = Entity & {
  readonly declaration: EntityDeclaration;
  readonly compiled: () => Promise<CompiledEntity>;
  /** Both sides of whole keys as they are now, by `keyId`. */
  readonly rows: (keys: readonly Key[]) => Promise<ReadonlyMap<string, RowsOfKey>>;
  /** Declared fields that no row had, in sentences. */
  readonly remarks: () => string[];
  /** Fields and columns that were seen and nobody compares. */
  readonly notCompared: () => Sides<string[]>;
  /** Rows or documents that were read of each side. */
  readonly reads: () => Sides<number>;
};

export type DeclaredEntities = {
  /** In the order of the file. */
  readonly entities: readonly DeclaredEntity[];
  /** By entity; without those of which everything is compared. */
  readonly notCompared: () => Record<string, Sides<string[]>>;
  readonly remarks: () => string[];
  readonly reads: () => Sides<number>;
};

/** As many keys as are asked for together. */
const maxKeysPerRead = 100;

/** Rows of a side that are looked through for keys that nobody finds: for more of them, it costs more than a run is worth. */
const mostSought = 100_000;

export function createDeclaredEntities(pair: PairDeclaration, stores: Sides<Store>): DeclaredEntities {
  const declarations = [...pair.entities.values()];
  let described: Promise<Described> | undefined;
  /** Of all entities at once. Asked for again where it failed. */
  const describe = (): Promise<Described> =>
    (described ??= describeTables(declarations, stores).catch((error: unknown) => {
      described = undefined;
      throw error;
    }));
  const entities = declarations.map((declaration) => createDeclaredEntity(declaration, stores, describe));
  const isShared = stores.legacy === stores.normalized;
  const readsOf = (side: SideName): number =>
    // What a store bills is more than the rows that came of it; two sides of one store are told apart by their rows.
    stores[side].isBilled && !isShared ? stores[side].reads() : entities.reduce((sum, entity) => sum + entity.reads()[side], 0);
  return {
    entities,
    notCompared: () =>
      Object.fromEntries(
        entities.flatMap((entity): [string, Sides<string[]>][] => {
          const names = entity.notCompared();
          return names.legacy.length + names.normalized.length > 0 ? [[entity.name, names]] : [];
        }),
      ),
    remarks: () => entities.flatMap((entity) => entity.remarks()),
    reads: () => ({ legacy: readsOf('legacy'), normalized: readsOf('normalized') }),
  };
}

async function describeTables(declarations: readonly EntityDeclaration[], stores: Sides<Store>): Promise<Described> {
  const tablesOf = (sources: readonly Source[]): string[] => [...new Set(sources.flatMap((source) => (isTable(source) ? [source.table] : [])))];
  const none: ReadonlyMap<string, TableDescription> = new Map();
  const describe = async (store: Store, tables: readonly string[]) => (tables.length === 0 ? none : store.describe(tables));
  const [legacy, normalized] = await Promise.all([
    describe(stores.legacy, tablesOf(declarations.flatMap((declaration) => declaration.legacy))),
    describe(stores.normalized, tablesOf(declarations.map((declaration) => declaration.normalized))),
  ]);
  return { legacy, normalized, isSparse: [stores.legacy, stores.normalized].some(({ kind }) => kind === 'realtime-database') };
}

type Ready = {
  readonly compiled: CompiledEntity;
  readonly described: Described;
  readonly sides: Sides<EntitySide>;
  readonly documents: ReturnType<typeof createDocuments>;
  readonly searches: Sides<Search>;
};

function createDeclaredEntity(declaration: EntityDeclaration, stores: Sides<Store>, describe: () => Promise<Described>): DeclaredEntity {
  const { name } = declaration;
  const remarks = createRemarks(declaration);
  const openedDocuments = { legacy: openDocuments(declaration.legacy, stores.legacy), normalized: openDocuments([declaration.normalized], stores.normalized) };
  const digestReads = { legacy: 0, normalized: 0 };
  let ready: Ready | undefined;
  let preparing: Promise<Ready> | undefined;

  async function build(): Promise<Ready> {
    const described = await describe();
    const compiled = compileEntity(declaration, described);
    if (!('declaration' in compiled)) throw new ReadError(problemsSentence(compiled));
    remarks.start(compiled, described);
    const sideOf = (side: SideName): EntitySide =>
      createSide({
        name: side,
        entity: compiled,
        store: stores[side],
        documents: openedDocuments[side],
        tables: described[side],
        onRow: (row) => remarks.add(side, row),
      });
    const sides = { legacy: sideOf('legacy'), normalized: sideOf('normalized') };
    const searches = { legacy: createSearch(sides.legacy.search), normalized: createSearch(sides.normalized.search) };
    ready = { compiled, described, sides, documents: createDocuments(compiled), searches };
    return ready;
  }

  const prepared = (): Promise<Ready> =>
    (preparing ??= build().catch((error: unknown) => {
      preparing = undefined;
      throw error;
    }));

  /** A sample costs what it draws: nothing is searched for. */
  let isDrawn = false;
  const drawFrom = stores.legacy.isBilled && !stores.normalized.isBilled ? 'actual' : 'expected';

  const locatorKey = (side: SideName, locator: string): Key => [...declaration.key.map(() => null), `${side} ${locator}`];

  /** What a row is to whoever compares. */
  function entryOf(side: SideName, { stored, row }: ReadRow, { sides, documents }: Ready): PairRow {
    if (row.key !== undefined) return { entry: { kind: 'claim', key: row.key, document: documents.documentOf(side, row, row.key) }, raw: [1] };
    const key = locatorKey(side, sides[side].locatorOf(stored));
    // On the normalized side it is a row too many, whatever it was meant to be.
    if (side === 'normalized') return { entry: { kind: 'claim', key, document: documents.documentOf(side, row, key) }, raw: [1] };
    // Where several parts cannot be read, reading it again tells of all of them.
    const [difference] = documents.unclaimed(row, row.parts);
    if (difference === undefined) throw new Error('a row without a key says why');
    return { entry: { kind: 'unclaimed', key, difference }, raw: [1] };
  }

  const sideOf = (side: SideName): Side => ({
    async count() {
      const { sides } = await prepared();
      return (await sides[side].count()) ?? readToCount(sides[side]);
    },
    async numbers() {
      const { sides } = await prepared();
      const counted = await sides[side].count();
      // What a store counts by itself is taken for distinct: to know would cost what a count is there to spare.
      return counted === undefined ? readToNumber(sides[side]) : { rows: counted, keys: counted };
    },
    async size() {
      const { sides } = await prepared();
      return (await sides[side].size()) ?? readToCount(sides[side]);
    },
    async *keys() {
      const all = await prepared();
      for await (const page of scanned(all.sides[side].scanKeys(), all))
        yield [...each(page, (one): Placement => (one.row.key === undefined ? entryOf(side, one, all).entry : { kind: 'claim', key: one.row.key }))];
    },
    async *documents() {
      const all = await prepared();
      for await (const page of scanned(all.sides[side].scan(), all)) yield each(page, (one) => entryOf(side, one, all));
      if (side === 'legacy') remarks.end();
    },
  });

  const [expected, actual] = [sideOf('legacy'), sideOf('normalized')];

  async function* draw(): AsyncGenerator<readonly Placement[]> {
    const lookup = createLookup((await prepared()).compiled);
    if ('problem' in lookup) throw new ReadError(`${lookup.problem}.`);
    isDrawn = true;
    yield* actual.keys();
  }

  /** What was seen now may be newer than what was searched through before. */
  async function* scanned<T>(pages: AsyncIterable<T> | Iterable<T>, { searches }: Ready): AsyncGenerator<T> {
    try {
      yield* pages;
    } finally {
      for (const side of sideNames) searches[side].expire();
    }
  }

  /**
   * Rows of both sides by what their keys mean, in scope or not.
   *
   * @param isAlone whether somebody asks for these keys who has seen them on neither side
   */
  async function findRows(keys: readonly Key[], isAlone: boolean): Promise<Sides<ReadonlyMap<string, readonly ReadRow[]>>> {
    const all = await prepared();
    const wanted = new Map(keys.map((key) => [keyId(key), key]));
    const found = { legacy: new Map<string, ReadRow[]>(), normalized: new Map<string, ReadRow[]>() };
    const take = (side: SideName, rows: readonly ReadRow[], asked: Pick<ReadonlySet<string>, 'has'> = wanted): void => {
      for (const one of rows) {
        const id = one.row.key === undefined ? '' : keyId(one.row.key);
        if (!asked.has(id)) continue;
        found[side].set(id, [...(found[side].get(id) ?? []), one]);
      }
    };
    const [legacy, normalized] = await Promise.all(sideNames.map((side) => all.sides[side].find(keys)));
    take('legacy', legacy ?? []);
    take('normalized', normalized ?? []);
    for (const side of sideNames) {
      const other = side === 'legacy' ? 'normalized' : 'legacy';
      const { isLost, isLoose } = all.sides[side];
      if (!isLost && !keys.some(isLoose)) continue;
      const besideOf = (key: Key): readonly Row[] => (found[other].get(keyId(key)) ?? []).map(({ row }) => row);
      const isThere = (key: Key): boolean => found[side].has(keyId(key));
      // What the other side says of where it is may lead to what its key alone did not.
      const lost = isLost ? keys.filter((key) => !isThere(key) && found[other].has(keyId(key))) : [];
      if (lost.length > 0) {
        const beside = new Map(lost.map((key) => [keyId(key), besideOf(key)]));
        take(side, await all.sides[side].find(lost, beside), beside);
      }
      // Where nobody says where it is, or how it is written, it can be anywhere; and one that is there may be there twice.
      const mayBeMore = stores[side].kind === 'supabase';
      const isSought = (key: Key): boolean =>
        isThere(key) ? mayBeMore && isLoose(key) : isAlone || ((!isDrawn || isLoose(key)) && found[other].has(keyId(key)));
      const sought = keys.filter((key) => isSought(key) && !all.sides[side].isLookedFor(key, besideOf(key)));
      if (sought.length === 0) continue;
      await all.searches[side].for(sought);
      for (const key of sought) found[side].delete(keyId(key));
      take(side, await all.sides[side].find(sought), new Set(sought.map(keyId)));
    }
    return found;
  }

  async function readKeys(keys: readonly Key[], readings: Map<string, Reading>): Promise<void> {
    const all = await prepared();
    const found = await rowsOfKeys(keys, false);
    for (const key of keys) readings.set(keyId(key), readingOf(key, found.get(keyId(key)) ?? { legacy: [], normalized: [] }, all));
  }

  async function rowsOfKeys(keys: readonly Key[], isAlone: boolean): Promise<ReadonlyMap<string, RowsOfKey>> {
    const result = new Map<string, RowsOfKey>();
    for (const some of chunks(keys, maxKeysPerRead)) {
      const found = await findRows(some, isAlone);
      const of = (side: SideName, id: string): Row[] => (found[side].get(id) ?? []).map(({ row }) => row);
      for (const id of some.map(keyId)) result.set(id, { legacy: of('legacy', id), normalized: of('normalized', id) });
    }
    return result;
  }

  async function* written(since: string): AsyncGenerator<readonly Placement[]> {
    const all = await prepared();
    for (const side of sideNames) {
      for await (const page of scanned(all.sides[side].changedSince?.(since) ?? [], all)) {
        yield [...page].flatMap((one): Placement[] =>
          one.row.key === undefined ? (one.row.isInScope ? [entryOf(side, one, all).entry] : []) : [{ kind: 'claim', key: one.row.key }],
        );
      }
    }
  }

  function readingOf(key: Key, { legacy, normalized }: RowsOfKey, { documents }: Ready): Reading {
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
  async function readLocators(keys: readonly Key[], readings: Map<string, Reading>): Promise<void> {
    const { sides, documents } = await prepared();
    for (const side of sideNames) {
      const own = keys.flatMap((key): (readonly [Key, string])[] => {
        const text = key.at(-1) ?? '';
        return text.startsWith(`${side} `) ? [[key, text.slice(side.length + 1)]] : [];
      });
      if (own.length === 0) continue;
      const located = await sides[side].locate(own.map(([, locator]) => locator));
      for (const [key, locator] of own) {
        const rows = (located.get(locator) ?? []).map(({ row }) => row).filter((row) => row.isInScope && row.key === undefined);
        readings.set(keyId(key), {
          expected: [],
          actual: side === 'legacy' ? [] : rows.map((row) => documents.documentOf(side, row, key)),
          unclaimed: side === 'legacy' ? rows.flatMap((row) => documents.unclaimed(row, row.parts)) : [],
          groupExists: true,
        });
      }
    }
  }

  const read: Entity['read'] = async (keys) => {
    const readings = new Map<string, Reading>();
    const length = declaration.key.length;
    const [whole, located] = [keys.filter((key) => key.length === length), keys.filter((key) => key.length > length)];
    for (const some of chunks(whole, maxKeysPerRead)) await readKeys(some, readings);
    if (located.length > 0) await readLocators(located, readings);
    return readings;
  };

  /** In tables: a document is asked for by its path, which leaves nothing to spell. */
  const seek: Entity['seek'] = async (keys) => {
    const { sides } = await prepared();
    const wanted = new Set(keys.map(keyId));
    const seen = new Map<string, Key>();
    for (const side of sideNames) {
      if (stores[side].kind !== 'supabase') continue;
      let rows = 0;
      for await (const page of sides[side].scanKeys()) {
        for (const { row, stored } of page) {
          rows += 1;
          const key = row.key ?? locatorKey(side, sides[side].locatorOf(stored));
          if (wanted.has(keyId(key))) seen.set(keyId(key), key);
        }
        if (rows >= mostSought) break;
      }
    }
    return [...seen.values()];
  };

  return {
    name,
    declaration,
    shape: shapeOf(declaration, () => ready?.compiled),
    expected,
    actual,
    prepare: async () => void (await prepared()),
    groups: () => [],
    get scanName() {
      return [...openedDocuments.legacy.values(), ...openedDocuments.normalized.values()].find(({ scanName }) => scanName !== undefined)?.scanName;
    },
    drawFrom,
    ...(drawFrom === 'actual' && { draw }),
    canLookUp: async () => drawFrom === 'actual' && !('problem' in createLookup((await prepared()).compiled)),
    ...((declaration.changed.legacy ?? declaration.changed.normalized) && { written }),
    compiled: async () => (await prepared()).compiled,
    rows: (keys) => rowsOfKeys(keys, true),
    sight: sightOf(name, stores),
    holdings: { total: async () => [0], loose: async () => ({ rows: [0], counted: [0] }), cut: () => new ReadError('') },
    digester: createDigester(async () => {
      const all = await prepared();
      return {
        compiled: all.compiled,
        described: all.described,
        stores,
        locatorKey: (side, stored) => locatorKey(side, all.sides[side].locatorOf(stored)),
        readingOf: (key, rows) => readingOf(key, rows, all),
        read,
        onReads: (side, rows) => void (digestReads[side] += rows),
        onRow: remarks.add,
      };
    }),
    read,
    seek,
    findingType({ kind }) {
      switch (kind) {
        case 'missing':
          return { type: 'MISSING_ROW', severity: 'critical' };
        case 'orphan':
          return { type: 'ORPHAN_ROW', severity: 'high' };
        case 'duplicate':
          return { type: 'DUPLICATE_ROW', severity: 'high' };
        case 'count':
          return { type: 'COUNT_MISMATCH', severity: 'high' };
        case 'malformed':
          return { type: 'MALFORMED_LEGACY', severity: 'medium' };
        default:
          return { type: 'DATA_MISMATCH', severity: 'medium' };
      }
    },
    // Columns, as the file names them.
    renderPath: (path) => path,
    renderRowId: (table, id, hide) => shownRowId(declaration, table === 'legacy' ? 'legacy' : 'normalized', readRowId(id), ready?.compiled, hide),
    remarks: remarks.sentences,
    notCompared: remarks.notCompared,
    reads: () => ({
      legacy: digestReads.legacy + (ready?.sides.legacy.reads() ?? 0),
      normalized: digestReads.normalized + (ready?.sides.normalized.reads() ?? 0),
    }),
  };
}

/** Before anything is prepared: what else a store is to read tells it what one scan serves. */
const openDocuments = (sources: readonly Source[], store: Store): ReadonlyMap<Source, StoredSource> =>
  new Map(
    sources.flatMap((source): [Source, StoredSource][] =>
      isTable(source) ? [] : [[source, store.open(source, { columns: 'all', described: undefined, key: [] })]],
    ),
  );

type Search = {
  /** Returns when the keys were searched for. */
  readonly for: (keys: readonly Key[]) => Promise<void>;
  readonly expire: () => void;
};

/** To search costs as much as a scan: one search serves every key that is looked for the first time since it began. */
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

/** For a key that row-level security applies to, not seeing a row does not mean that it is not there. */
function sightOf(name: string, stores: Sides<Store>): Sight {
  const isBlind = (side: SideName): boolean => stores[side].kind === 'supabase' && stores[side].secret === undefined;
  return {
    troubleWithEmpty(legacyRows, normalizedRows) {
      const side = legacyRows === 0 && normalizedRows > 0 ? 'legacy' : normalizedRows === 0 && legacyRows > 0 ? 'normalized' : undefined;
      return side !== undefined && isBlind(side) ? emptySentence(name, side) : undefined;
    },
    troubleWithSeen: () => undefined,
  };
}

const emptySentence = (name: string, side: SideName): string =>
  `Entity ${name}: the ${side} side shows no row while the other side has some, and its key is not a secret or service_role key, so the rows may be there without being seen. Row-level security may hide them: use a secret key (sb_secret_…) or the service_role key.`;

const readToCount = async (side: EntitySide): Promise<number> => (await readToNumber(side)).rows;

async function readToNumber(side: EntitySide): Promise<{ rows: number; keys: number }> {
  const keys = new Set<string>();
  let [rows, unreadable] = [0, 0];
  for await (const page of side.scanKeys()) {
    for (const { row } of page) {
      rows += 1;
      if (row.key === undefined) unreadable += 1;
      else keys.add(keyId(row.key));
    }
  }
  return { rows, keys: keys.size + unreadable };
}

function* each<T, U>(items: Iterable<T>, make: (item: T) => U): Generator<U> {
  for (const item of items) yield make(item);
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size));
}

function shapeOf(declaration: EntityDeclaration, compiled: () => CompiledEntity | undefined): Shape {
  return {
    key: declaration.key.map((name, place): KeyPart => ({
      name,
      kind: 'text',
      shown(part) {
        const field = compiled()?.key[place];
        if (field !== undefined && isReadableKey(field.type, field.readable, part)) return 'plain';
        // What everybody may read of the type, unless the file forbids it.
        return field !== undefined && field.readable === false && isReadable(field.type, undefined) ? 'value' : 'key';
      },
      get isOptional() {
        return compiled()?.key[place]?.mayBeNull ?? false;
      },
    })),
    group: 0,
    levels: [{ name: declaration.name, one: 'row', many: 'rows' }],
    hasDuplicates: true,
  };
}

/** Paths by their segments, and keys by their parts: what a machine made is shown. */
function shownRowId(declaration: EntityDeclaration, side: SideName, id: RowId, compiled: CompiledEntity | undefined, hide: (name: string) => string): string {
  const fields = compiled === undefined ? [] : [...compiled.key, ...compiled.fields];
  const show = (part: string, field: ComparedField | undefined): string => (part === '' || isReadablePart(part, field) ? part : hide(part));
  /** What is read from there says how it is shown. */
  const fieldFrom = (isIt: (source: FieldSource) => boolean): ComparedField | undefined => fields.find(({ from, to }) => isIt(side === 'legacy' ? from : to));
  if ('key' in id) return id.key.map((part, place) => show(part ?? '', compiled?.key[place])).join('/');
  // An id is one text, whatever it looks like.
  if ('id' in id)
    return show(
      id.id,
      fieldFrom((source) => source.kind === 'field' && source.path.length === 1 && source.path[0] === 'id'),
    );
  const template = sourcesOf(declaration, side).find((source): source is Template => !isTable(source) && matchPath(source, id.path) !== undefined);
  return id.path
    .split('/')
    .map((part, place) => {
      const segment = template?.segments[place];
      if (segment !== undefined && 'fixed' in segment) return part;
      return show(part, segment && fieldFrom((source) => source.kind === 'segment' && source.name === segment.bound));
    })
    .join('/');
}

type ComparedField = CompiledEntity['fields'][number];

/** Whether a text that a row is found by is shown. What is not of its type may be anything, so the type says nothing of it. */
function isReadablePart(part: string, field: ComparedField | undefined): boolean {
  if (field === undefined) return looksMachineMade(part);
  return isUnreadable(canonical(field.type, part)) ? (field.readable ?? looksMachineMade(part)) : isReadableKey(field.type, field.readable, part);
}

const maxProblems = 5;

function problemsSentence(problems: readonly string[]): string {
  const more = problems.length - maxProblems;
  return [...problems.slice(0, maxProblems).map((problem) => `Entity ${problem}.`), ...(more > 0 ? [`And ${more} more.`] : [])].join(' ');
}
