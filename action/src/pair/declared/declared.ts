import { keyId, type Document, type Key } from '../../document/document.ts';
import type { KeyPart, Shape } from '../../document/shape.ts';
import { ReadError } from '../../store/errors.ts';
import { isTable, matchPath, type FieldSource, type Source, type Template } from '../../store/source.ts';
import type { Store, TableDescription } from '../../store/store.ts';
import type { Digester, Entity, Placement, Reading, Row as PairRow, Side, Sight } from '../pair.ts';
import { compileEntity, type CompiledEntity, type Described } from './compiled.ts';
import type { PairDeclaration } from './declaration.ts';
import { compareRows, createDocuments } from './documents.ts';
import type { EntityDeclaration, Sides } from './entity.ts';
import { isReadable, isReadableKey, looksMachineMade } from './readable.ts';
import { createRemarks } from './remarks.ts';
import type { Row } from './row.ts';
import { createSide, type EntitySide, type ReadRow } from './side.ts';

/** What a file declares, as entities that can be compared. */

type SideName = keyof Sides<unknown>;
const sideNames = ['legacy', 'normalized'] as const;

/** An entity that can say what it has read. */
export type DeclaredEntity = Entity & {
  readonly declaration: EntityDeclaration;
  /** With what the stores say of its columns. @throws {ReadError} */
  readonly compiled: () => Promise<CompiledEntity>;
  /** Every row of the keys as it is now, in scope or not, by `keyId`. */
  readonly rows: (keys: readonly Key[]) => Promise<ReadonlyMap<string, RowsOfKey>>;
  /** Declared fields that no row had, in sentences. */
  readonly remarks: () => string[];
  /** Fields and columns that were seen and nobody compares. */
  readonly notCompared: () => Sides<string[]>;
  /** Rows or documents that were read of each side. */
  readonly reads: () => Sides<number>;
};

export type RowsOfKey = Sides<readonly Row[]>;

export type DeclaredEntities = {
  /** In the order of the file. */
  readonly entities: readonly DeclaredEntity[];
  /** By entity; without those of which everything is compared. */
  readonly notCompared: () => Record<string, Sides<string[]>>;
  readonly remarks: () => string[];
  readonly reads: () => Sides<number>;
};

export type DeclaredOptions = Record<never, never>;

/** As many keys as are asked for together. */
const maxKeysPerRead = 100;

export function createDeclaredEntities(pair: PairDeclaration, stores: Sides<Store>, _options: DeclaredOptions = {}): DeclaredEntities {
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
      Object.fromEntries(entities.flatMap((entity): [string, Sides<string[]>][] => {
        const names = entity.notCompared();
        return names.legacy.length + names.normalized.length > 0 ? [[entity.name, names]] : [];
      })),
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

type Ready = { readonly compiled: CompiledEntity; readonly sides: Sides<EntitySide>; readonly documents: ReturnType<typeof createDocuments> };

function createDeclaredEntity(declaration: EntityDeclaration, stores: Sides<Store>, describe: () => Promise<Described>): DeclaredEntity {
  const { name } = declaration;
  const remarks = createRemarks(declaration);
  let ready: Ready | undefined;
  let preparing: Promise<Ready> | undefined;

  async function build(): Promise<Ready> {
    const described = await describe();
    const compiled = compileEntity(declaration, described);
    if (!('declaration' in compiled)) throw new ReadError(problemsSentence(compiled));
    remarks.start(compiled, described);
    const sideOf = (side: SideName): EntitySide => createSide({ name: side, entity: compiled, store: stores[side], tables: described[side], onRow: (row) => remarks.add(side, row) });
    ready = { compiled, sides: { legacy: sideOf('legacy'), normalized: sideOf('normalized') }, documents: createDocuments(compiled) };
    return ready;
  }

  const prepared = (): Promise<Ready> =>
    (preparing ??= build().catch((error: unknown) => {
      preparing = undefined;
      throw error;
    }));

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
      const counted = await sides[side].count();
      if (counted !== undefined) return counted;
      let rows = 0;
      for await (const page of sides[side].scanKeys()) rows += page.length;
      return rows;
    },
    size: async () => (await prepared()).sides[side].stored(),
    async *keys() {
      const all = await prepared();
      for await (const page of all.sides[side].scanKeys()) yield page.map((one) => (one.row.key === undefined ? entryOf(side, one, all).entry : { kind: 'claim', key: one.row.key }));
    },
    async *documents() {
      const all = await prepared();
      for await (const page of all.sides[side].scan()) yield each(page, (one) => entryOf(side, one, all));
    },
  });

  type Found = { readonly [side in SideName]: ReadonlyMap<string, readonly ReadRow[]> };

  async function findRows(keys: readonly Key[]): Promise<Found> {
    const all = await prepared();
    const wanted = new Map(keys.map((key) => [keyId(key), key]));
    const found = { legacy: new Map<string, ReadRow[]>(), normalized: new Map<string, ReadRow[]>() };
    const take = (side: SideName, rows: readonly ReadRow[], ofThese: (id: string) => boolean): void => {
      for (const one of rows) {
        const id = one.row.key === undefined ? '' : keyId(one.row.key);
        if (!wanted.has(id) || !ofThese(id)) continue;
        found[side].set(id, [...(found[side].get(id) ?? []), one]);
      }
    };
    const [legacy, normalized] = await Promise.all(sideNames.map((side) => all.sides[side].find(keys)));
    take('legacy', legacy ?? [], () => true);
    take('normalized', normalized ?? [], () => true);
    for (const side of sideNames) {
      const other = side === 'legacy' ? 'normalized' : 'legacy';
      // What the other side says of where it is may lead to what its key alone did not.
      const lost = keys.filter((key) => !found[side].has(keyId(key)) && found[other].has(keyId(key)));
      if (lost.length === 0 || !hasPaths(declaration, side)) continue;
      // One document may hold rows of several keys, and those that were found must not come twice.
      const ids = new Set(lost.map(keyId));
      take(side, await all.sides[side].find(lost, new Map(lost.map((key) => [keyId(key), (found[other].get(keyId(key)) ?? []).map(({ row }) => row)]))), (id) => ids.has(id));
    }
    return found;
  }

  async function readKeys(keys: readonly Key[], readings: Map<string, Reading>): Promise<void> {
    const all = await prepared();
    const found = await findRows(keys);
    for (const key of keys) {
      const id = keyId(key);
      readings.set(id, readingOf(key, found.legacy.get(id) ?? [], found.normalized.get(id) ?? [], all));
    }
  }

  async function rowsOf(keys: readonly Key[]): Promise<ReadonlyMap<string, RowsOfKey>> {
    const result = new Map<string, RowsOfKey>();
    for (const some of chunks(keys, maxKeysPerRead)) {
      const found = await findRows(some);
      for (const id of some.map(keyId)) result.set(id, { legacy: (found.legacy.get(id) ?? []).map(({ row }) => row), normalized: (found.normalized.get(id) ?? []).map(({ row }) => row) });
    }
    return result;
  }

  /** Only one side may say when its rows were written: then it is the one that is asked. */
  async function* written(since: string): AsyncGenerator<readonly Placement[]> {
    const all = await prepared();
    for (const side of sideNames) {
      for await (const page of all.sides[side].written?.(since) ?? []) {
        yield page.filter(({ row }) => row.isInScope).map((one) => (one.row.key === undefined ? entryOf(side, one, all).entry : { kind: 'claim', key: one.row.key }));
      }
    }
  }

  function readingOf(key: Key, legacy: readonly ReadRow[], normalized: readonly ReadRow[], { documents }: Ready): Reading {
    const inScope = (rows: readonly ReadRow[]): Row[] => rows.map(({ row }) => row).filter((row) => row.isInScope).sort(compareRows);
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
          actual: side === 'legacy' ? [] : rows.slice(0, 1).map((row) => documents.documentOf(side, row, key)),
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

  return {
    name,
    declaration,
    shape: shapeOf(declaration, () => ready?.compiled),
    expected: sideOf('legacy'),
    actual: sideOf('normalized'),
    prepare: async () => void (await prepared()),
    compiled: async () => (await prepared()).compiled,
    rows: rowsOf,
    ...(stores.legacy.isBilled && !stores.normalized.isBilled && { drawFrom: 'actual' as const }),
    ...(declaration.changed.legacy !== undefined || declaration.changed.normalized !== undefined ? { written } : {}),
    get scanName() {
      return ready?.sides.legacy.scanName;
    },
    sight: createSight(declaration, stores),
    groups: () => [],
    holdings: { total: async () => [0], loose: async () => ({ rows: [0], counted: [0] }), cut: () => new ReadError('') },
    digester: streamingOnly(name, read),
    read,
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
    renderRowId: (table, id, hide) => shownRowId(declaration, table === 'legacy' ? 'legacy' : 'normalized', id, ready?.compiled, hide),
    remarks: remarks.sentences,
    notCompared: remarks.notCompared,
    reads: () => ({ legacy: ready?.sides.legacy.reads() ?? 0, normalized: ready?.sides.normalized.reads() ?? 0 }),
  };
}

/** For a key that row-level security applies to, not seeing a row does not mean that it is not there. */
function createSight({ name, legacy, normalized }: EntityDeclaration, stores: Sides<Store>): Sight {
  const isLimited = (side: SideName): boolean => stores[side].kind === 'supabase' && stores[side].secret === undefined;
  const hidden = (side: SideName, sources: readonly Source[]): string =>
    `Entity ${name}: ${sources.flatMap((source) => (isTable(source) ? [source.table] : [])).join(' and ')} shows no row while the ${side === 'legacy' ? 'normalized' : 'legacy'} side has some, and the key of that store is not a secret or service_role key, so the rows may be there without being seen. Use a secret key (sb_secret_…) or the service_role key.`;
  return {
    troubleWithEmpty(legacyRows, normalizedRows) {
      if (legacyRows === 0 && normalizedRows > 0 && isLimited('legacy')) return hidden('legacy', legacy);
      return normalizedRows === 0 && legacyRows > 0 && isLimited('normalized') ? hidden('normalized', [normalized]) : undefined;
    },
    troubleWithSeen: () => undefined,
  };
}

const hasPaths = (declaration: EntityDeclaration, side: SideName): boolean => (side === 'legacy' ? declaration.legacy : [declaration.normalized]).some((source) => !isTable(source));

function* each<T, U>(items: readonly T[], make: (item: T) => U): Generator<U> {
  for (const item of items) yield make(item);
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size));
}

function shapeOf(declaration: EntityDeclaration, compiled: () => CompiledEntity | undefined): Shape {
  return {
    key: declaration.key.map(
      (name, place): KeyPart => ({
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
      }),
    ),
    group: 0,
    levels: [{ name: declaration.name, one: 'row', many: 'rows' }],
    hasDuplicates: true,
  };
}

/** Paths by their segments, and keys by their parts: what a machine made is shown. */
function shownRowId(declaration: EntityDeclaration, side: SideName, id: string, compiled: CompiledEntity | undefined, hide: (name: string) => string): string {
  const sources = side === 'legacy' ? declaration.legacy : [declaration.normalized];
  const template = sources.find((source): source is Template => !isTable(source) && matchPath(source, id) !== undefined);
  const sourceOf = (field: CompiledEntity['key'][number]): FieldSource => (side === 'legacy' ? field.from : field.to);
  const isShown = (place: number, name: string | undefined, part: string): boolean => {
    const field = name === undefined ? compiled?.key[place] : compiled?.key.find((one) => sourceOf(one).kind === 'segment' && (sourceOf(one) as { name: string }).name === name);
    return field === undefined ? looksMachineMade(part) : isReadableKey(field.type, field.readable, part);
  };
  const parts = id.split('/');
  const show = (part: string, place: number): string => {
    const segment = template?.segments[place];
    if (segment !== undefined && 'fixed' in segment) return part;
    const isKey = template === undefined && parts.length === declaration.key.length;
    const shown = segment !== undefined ? isShown(place, segment.bound, part) : isKey ? isShown(place, undefined, part) : looksMachineMade(part);
    return part === '' || shown ? part : hide(part);
  };
  return parts.map(show).join('/');
}

const maxProblems = 5;

function problemsSentence(problems: readonly string[]): string {
  const more = problems.length - maxProblems;
  return [...problems.slice(0, maxProblems).map((problem) => `Entity ${problem}.`), ...(more > 0 ? [`And ${more} more.`] : [])].join(' ');
}

/** Where the database does not compare by itself. */
function streamingOnly(name: string, read: Entity['read']): Digester {
  const sentence = `Entity ${name}: rows are read to be compared.`;
  return {
    probe: async () => ({ ready: false, sentence }),
    plan: async () => {
      throw new ReadError(sentence);
    },
    read,
  };
}
