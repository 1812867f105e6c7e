import { keyId, type DifferenceKind, type Key } from '../../document/document.ts';
import { ReadError } from '../../store/errors.ts';
import { isTable, type Source } from '../../store/source.ts';
import type { Store, StoredSource, TableDescription } from '../../store/store.ts';
import type { BilledScan, Entity, EntityRemarks, Placement, Reading, Side, Sight } from '../pair.ts';
import { compileEntity, type CompiledEntity, type Described } from './compiled.ts';
import type { PairDeclaration } from './declaration.ts';
import { createDigester } from './digester.ts';
import { readRowId } from './documents.ts';
import { sideNames, sourcesOf, type EntityDeclaration, type SideName, type Sides } from './entity.ts';
import type { RowsOfKey } from './find.ts';
import { createLookup } from './lookup.ts';
import { prepareEntity, type PreparedEntity } from './prepared.ts';
import { createRemarks } from './remarks.ts';
import { shapeOf, shownRowId } from './shown.ts';
import { createSide, type EntitySide } from './side.ts';

/** Turns the declarations of a file into entities that can be compared. */

/** An entity that also records what it has read. */
export type DeclaredEntity = Entity & {
  readonly declaration: EntityDeclaration;
  readonly compiled: () => Promise<CompiledEntity>;
  /** The current rows of both sides for complete keys, by `keyId`: thoroughly, also those that it takes to read every row to find. */
  readonly rows: (keys: readonly Key[], isThorough?: boolean) => Promise<ReadonlyMap<string, RowsOfKey>>;
  readonly readingOf: (key: Key, rows: RowsOfKey) => Promise<Reading>;
  readonly remarks: () => EntityRemarks;
  /** Fields and columns that exist but are not compared. */
  readonly notCompared: () => Sides<string[]>;
  /** Rows or documents that were read from each side. */
  readonly reads: () => Sides<number>;
};

export type DeclaredEntities = {
  /** In the order of the file. */
  readonly entities: readonly DeclaredEntity[];
  /** By entity, without entities whose fields are all compared. */
  readonly notCompared: () => Record<string, Sides<string[]>>;
  readonly remarks: () => string[];
  readonly reads: () => Sides<number>;
};

export function createDeclaredEntities(pair: PairDeclaration, stores: Sides<Store>): DeclaredEntities {
  const declarations = [...pair.entities.values()];
  /** Describes the tables of all entities at once. */
  const describe = onceItWorks(() => describeTables(declarations, stores));
  const entities = declarations.map((declaration) => createDeclaredEntity(declaration, stores, describe));
  const rowsOf = (side: SideName): number => entities.reduce((sum, entity) => sum + entity.reads()[side], 0);
  function reads(): Sides<number> {
    const billed = { legacy: stores.legacy.reads(), normalized: stores.normalized.reads() };
    const rows = { legacy: rowsOf('legacy'), normalized: rowsOf('normalized') };
    // A store bills more than the rows that the entities received. Two sides of one store are distinguished by their rows; the rest counts for the legacy side.
    if (stores.legacy === stores.normalized && stores.legacy.isBilled) {
      const normalized = Math.min(rows.normalized, billed.legacy);
      return { legacy: billed.legacy - normalized, normalized };
    }
    const of = (side: SideName): number => (stores[side].isBilled ? billed : rows)[side];
    return { legacy: of('legacy'), normalized: of('normalized') };
  }
  return {
    entities,
    notCompared: () =>
      Object.fromEntries(
        entities.flatMap((entity): [string, Sides<string[]>][] => {
          const names = entity.notCompared();
          return names.legacy.length + names.normalized.length > 0 ? [[entity.name, names]] : [];
        }),
      ),
    remarks: () => entities.map((entity) => entity.remarks()).flatMap(({ ofSome, ofEach = [] }) => [...ofSome, ...ofEach]),
    reads,
  };
}

/** Shares one answer among all callers; asks again if it failed. */
function onceItWorks<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () =>
    (answer ??= ask().catch((error: unknown) => {
      answer = undefined;
      throw error;
    }));
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
  readonly rows: PreparedEntity;
};

function createDeclaredEntity(declaration: EntityDeclaration, stores: Sides<Store>, describe: () => Promise<Described>): DeclaredEntity {
  const { name } = declaration;
  const remarks = createRemarks(declaration);
  const documentsOf = (side: SideName) => openDocuments(sourcesOf(declaration, side), stores[side]);
  const openedDocuments = { legacy: documentsOf('legacy'), normalized: documentsOf('normalized') };
  const digestReads = { legacy: 0, normalized: 0 };
  let ready: Ready | undefined;

  const prepared = onceItWorks(async () => {
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
    ready = { compiled, described, sides, rows: prepareEntity(compiled, sides, stores) };
    return ready;
  });

  const sideOf = (side: SideName): Side => ({
    async count() {
      const { sides } = await prepared();
      return (await sides[side].count()) ?? readToCount(sides[side]);
    },
    counted: async () => (await prepared()).sides[side].count(),
    async numbers(isNow) {
      const { sides } = await prepared();
      const counted = await sides[side].count();
      // Rows that the store counts by itself are assumed to have distinct keys: finding out would cost what counting is meant to save.
      return counted === undefined ? readToNumber(sides[side], isNow) : { rows: counted, keys: counted };
    },
    async size(enough) {
      const { sides } = await prepared();
      return (await sides[side].size()) ?? readToCount(sides[side], enough);
    },
    async *keys(isNow) {
      yield* (await prepared()).rows.keys(side, isNow);
    },
    async *documents() {
      yield* (await prepared()).rows.documents(side);
      if (side === 'legacy') remarks.end();
    },
  });

  const drawFrom = stores.legacy.isBilled && !stores.normalized.isBilled ? 'actual' : 'expected';

  const billed = sideNames.filter((side) => stores[side].isBilled);
  const free = billed.length === 1 ? sideNames.find((side) => stores[side].kind === 'supabase') : undefined;
  const scans: Entity['scans'] = async (sizes) => {
    const { sides } = await prepared();
    const of = async (side: SideName): Promise<BilledScan[]> =>
      (await sides[side].scans(sizes[side])).map(({ name: scan, rows }, place) => ({
        isLegacy: side === 'legacy',
        name: scan === undefined ? `${name} ${side} ${place}` : `${stores.legacy === stores.normalized ? 'both' : side} ${scan}`,
        rows,
      }));
    return (await Promise.all(billed.map(of))).flat();
  };

  async function* draw(): AsyncGenerator<readonly Placement[]> {
    yield* (await prepared()).rows.draw();
  }

  async function* written(since: string): AsyncGenerator<readonly Placement[]> {
    yield* (await prepared()).rows.written(since);
  }

  return {
    name,
    declaration,
    comparison: {
      inOrder: stores.legacy.kind === 'supabase' && stores.normalized.kind === 'supabase',
      inTurns: stores.legacy !== stores.normalized || stores.legacy.kind === 'supabase',
      // Rows are read only after `prepare`.
      agrees: (expected, actual) => ready?.rows.comparison.agrees(expected, actual) ?? false,
      textOf: (claim) => ready?.rows.comparison.textOf(claim),
    },
    shape: shapeOf(declaration, () => ready?.compiled),
    expected: sideOf('legacy'),
    actual: sideOf('normalized'),
    prepare: async () => void (await prepared()),
    groups: () => [],
    get scanName() {
      return [...openedDocuments.legacy.values(), ...openedDocuments.normalized.values()].find(({ scanName }) => scanName !== undefined)?.scanName;
    },
    drawFrom,
    ...(drawFrom === 'actual' && { draw }),
    ...(billed.length > 0 && {
      scans,
      readsOfLookUp: async () => {
        const { sides } = await prepared();
        return billed.reduce((reads, side) => reads + sides[side].places, 0);
      },
    }),
    canLookUp: async () => drawFrom === 'actual' && !('problem' in createLookup((await prepared()).compiled)),
    ...((declaration.changed.legacy ?? declaration.changed.normalized) && { written }),
    compiled: async () => (await prepared()).compiled,
    rows: async (keys, isThorough) => (await prepared()).rows.rows(keys, isThorough),
    readingOf: async (key, rows) => (await prepared()).rows.readingOf(key, rows),
    sight: sightOf(name, stores),
    holdings: { total: async () => [0], loose: async () => ({ rows: [0], counted: [0] }), cut: () => new ReadError('') },
    digester: createDigester(async () => {
      const { compiled, described, rows } = await prepared();
      return { compiled, described, stores, rows, onReads: (side, amount) => void (digestReads[side] += amount), onRow: remarks.add };
    }),
    read: async (keys) => (await prepared()).rows.read(keys),
    ...(free && { watch: { side: free === 'legacy' ? 'expected' : 'actual', read: async (keys) => (await prepared()).rows.readOn(free, keys) } }),
    seek: async (keys) => (await prepared()).rows.seek(keys),
    findingType: ({ kind }) => findingTypes[kind] ?? { type: 'DATA_MISMATCH', severity: 'medium' },
    // Columns, as named in the file.
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

const findingTypes: Partial<Record<DifferenceKind, ReturnType<Entity['findingType']>>> = {
  missing: { type: 'MISSING_ROW', severity: 'critical' },
  orphan: { type: 'ORPHAN_ROW', severity: 'high' },
  duplicate: { type: 'DUPLICATE_ROW', severity: 'high' },
  count: { type: 'COUNT_MISMATCH', severity: 'high' },
  malformed: { type: 'MALFORMED_LEGACY', severity: 'medium' },
};

/** Called before anything is prepared, so that the store knows which sources one scan can serve. */
const openDocuments = (sources: readonly Source[], store: Store): ReadonlyMap<Source, StoredSource> =>
  new Map(
    sources.flatMap((source): [Source, StoredSource][] =>
      isTable(source) ? [] : [[source, store.open(source, { columns: 'all', described: undefined, key: [] })]],
    ),
  );

/** A key that row-level security applies to may not see rows that exist. */
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
  `Entity ${name}: the ${side} side shows no row while the other side has some, and its key is not a secret or service_role key, so there may be rows that it cannot see. Row-level security may hide them: use a secret key (sb_secret_…) or the service_role key.`;

/** @returns infinity where there are `enough` rows: then no more are read */
async function readToCount(side: EntitySide, enough = Number.POSITIVE_INFINITY): Promise<number> {
  if (enough === 0) return Number.POSITIVE_INFINITY;
  let rows = 0;
  for await (const page of side.scanKeys()) {
    for (const _ of page) rows += 1;
    if (rows >= enough) return Number.POSITIVE_INFINITY;
  }
  return rows;
}

async function readToNumber(side: EntitySide, isNow = false): Promise<{ rows: number; keys: number }> {
  const keys = new Set<string>();
  let [rows, unreadable] = [0, 0];
  for await (const page of side.scanKeys(isNow)) {
    for (const { row } of page) {
      rows += 1;
      if (row.key === undefined) unreadable += 1;
      else keys.add(keyId(row.key));
    }
  }
  return { rows, keys: keys.size + unreadable };
}

const maxProblems = 5;

function problemsSentence(problems: readonly string[]): string {
  const more = problems.length - maxProblems;
  return [...problems.slice(0, maxProblems).map((problem) => `Entity ${problem}.`), ...(more > 0 ? [`And ${more} more.`] : [])].join(' ');
}
