import { setImmediate as nextTurn } from 'node:timers/promises';
import { toNfc, toNfd } from '../../document/canonical.ts';
import { keyId, type Key } from '../../document/document.ts';
import { formatInstant, parseInstant } from './instant.ts';
import { describeColumn, isOpaque } from '../../store/column.ts';
import { isTable, type FieldSource, type Source } from '../../store/source.ts';
import type { Needed, RawRow, Store, StoredSource, TableDescription, WantedKey } from '../../store/store.ts';
import type { List } from '../../store/list.ts';
import type { CompiledEntity } from './compiled.ts';
import { sourcesOf, type SideName } from './entity.ts';
import { sourceOn, type Field } from './field.ts';
import { isLocated, readLocator, wantedRow, writeLocator } from './locator.ts';
import { readLegacyRow, readNormalizedRow, type Row, type StoredRow } from './row.ts';
import { together } from './together.ts';
import { createWhereabouts } from './whereabouts.ts';

/** One side of an entity: its rows as they are compared, by scan and by what their keys mean. */

export type ReadRow = { readonly stored: StoredRow; readonly row: Row };

export type EntitySide = {
  /** Rows in scope, without reading them; `undefined` where only reading can tell. */
  readonly count: () => Promise<number | undefined>;
  /** About how many rows there are, at most: in scope, or else that a scan reads; `undefined` where only reading can tell. */
  readonly size: () => Promise<number | undefined>;
  /**
   * How many rows its scans read, in scope or not, each with the name of those that are one.
   *
   * @param size if it is known already
   */
  readonly scans: (size: number) => Promise<readonly { readonly name: string | undefined; readonly rows: number }[]>;
  /** In how many sources one row is looked for, at most. */
  readonly places: number;
  /** Rows in scope. */
  readonly scan: () => AsyncIterable<Iterable<ReadRow>>;
  /** Likewise, with nothing but what their keys and scope are made of. */
  readonly scanKeys: (isNow?: boolean) => AsyncIterable<Iterable<ReadRow>>;
  /** Rows in scope or not that say that they were written at this time (ISO 8601, UTC) or later; absent where nothing says so. */
  readonly changedSince?: (since: string) => AsyncIterable<Iterable<ReadRow>>;
  /** Rows that have one of the keys, in scope or not, as they are now; others may be among them. */
  readonly find: (keys: readonly Key[], beside?: ReadonlyMap<string, readonly Row[]>) => Promise<readonly ReadRow[]>;
  /** Whether a key does not say by itself where its document is, so that what the other side says of it helps. */
  readonly isLost: boolean;
  /** Whether the key may be written in more ways than `find` asks for: a number or a UUID that stands in text, such as `007`, or text that is composed in part. */
  readonly isLoose: (key: Key) => boolean;
  /** Whether `find` knows by now in which ways keys are written. */
  readonly knowsSpellings: () => boolean;
  /**
   * Whether `find` looked wherever a row of the key may be, and not only where one was before.
   *
   * @param knew whether it knew the spellings when it began: others may have learned them since
   */
  readonly isLookedFor: (key: Key, beside: readonly Row[], knew: boolean) => boolean;
  /** Whether the key alone leads `find` to every row that has it. */
  readonly leadsToAll: (key: Key) => boolean;
  /** Goes through every row as it is now, after which `find` knows where each of them is; or through as many as tell that they are where `find` looks. */
  readonly search: () => Promise<void>;
  /** The row that a locator means, as it is now. */
  readonly locate: (locators: readonly string[]) => Promise<ReadonlyMap<string, readonly ReadRow[]>>;
  readonly locatorOf: (stored: StoredRow) => string;
  readonly reads: () => number;
};

/** Rows that are worked on before whatever came of the next page meanwhile is taken in: a store is to answer while its last page is compared. */
const rowsOfTurn = 100;

export type OpenedSide = {
  readonly name: SideName;
  readonly entity: CompiledEntity;
  readonly store: Store;
  /** Of what no table describes. */
  readonly documents: ReadonlyMap<Source, StoredSource>;
  readonly tables: ReadonlyMap<string, TableDescription>;
  /** Hears of every row that was read. */
  readonly onRow: (row: Row) => void;
};

export function createSide({ name, entity, store, documents, tables, onRow }: OpenedSide): EntitySide {
  const { declaration } = entity;
  const sources = sourcesOf(declaration, name);
  const only = declaration.only[name];
  const sourceOf = (field: Pick<Field, 'from' | 'to'>): FieldSource => sourceOn(name, field);
  const whereabouts = createWhereabouts(entity, name);
  const opened = sources.map((source) => documents.get(source) ?? store.open(source, neededOf(source, false)));
  const openedKeys = sources.map((source) => documents.get(source) ?? store.open(source, neededOf(source, true)));
  /** Whether a filter can ask for a key: none holds a list or a map. */
  const isFindable =
    entity.key.some((field) => ['field', 'segment'].includes(sourceOf(field).kind)) &&
    !entity.key.some(({ type }) => ['json', 'list', 'set'].includes(type.name));
  /** Whether a key can stand there in more ways than can be asked for: until every row was seen, not finding one proves nothing. */
  const isFreelySpelled = entity.key.some(
    ({ type }) =>
      (type.name === 'text' && (type.trim || type.ignoreCase)) || (type.name === 'timestamp' && (type.precision !== 'us' || !sources.every(isTable))),
  );
  const isInText = entity.key.some(
    ({ type, ...field }) => ['integer', 'number', 'uuid', 'bytes'].includes(type.name) && sources.some((source) => mayBeText(source, sourceOf(field))),
  );
  const isText = entity.key.map(({ type }) => sources.every(isTable) && ['text', 'undescribed'].includes(type.name));
  const isLoose = (key: Key): boolean => isInText || key.some((part, place) => isText[place] === true && part !== null && hasMixedForms(part));
  let isSeen = false;
  let isSearched = false;
  let reads = 0;

  function mayBeText(source: Source, from: FieldSource): boolean {
    // An element is found with the row around it, however it is written.
    if (from.kind !== 'field') return from.kind === 'segment';
    const [column = '', ...inside] = from.path;
    const format = isTable(source) && inside.length === 0 ? tables.get(source.table)?.get(column) : undefined;
    return format === undefined || ['text', 'char'].includes(describeColumn(format).kind);
  }

  function neededOf(source: Source, keysOnly: boolean): Needed {
    const described = isTable(source) ? tables.get(source.table) : undefined;
    const whole = [...entity.key, ...(keysOnly ? [] : entity.fields)].map(sourceOf);
    const changed = declaration.changed[name]?.from;
    const others = [
      ...only.map((condition) => condition.source),
      ...(changed === undefined ? [] : [changed]),
      ...(name === 'legacy' && declaration.each !== undefined ? [declaration.each] : []),
    ];
    const roots = new Set([...whole, ...others].flatMap((each) => (each.kind === 'field' ? each.path.slice(0, 1) : [])));
    if (described?.has('id')) roots.add('id');
    const key = entity.key.map(sourceOf);
    const plain = key.flatMap((each) => (each.kind === 'field' && each.path.length === 1 ? each.path : []));
    return { columns: described === undefined ? 'all' : roots, described, key: plain.length === key.length ? plain : [] };
  }

  const rowsOf = (stored: StoredRow): readonly Row[] => {
    if (name === 'legacy') return readLegacyRow(entity, stored);
    const row = readNormalizedRow(entity, stored);
    return row === undefined ? [] : [row];
  };

  function read(stored: StoredRow, isWhole = true): readonly ReadRow[] {
    return rowsOf(stored).map((row) => {
      if (isWhole) onRow(row);
      whereabouts.remember(stored, row);
      return { stored, row };
    });
  }

  /** Which columns say by a text what they hold; of what is not described, all. */
  const canBeLookedFor =
    (source: Source | undefined) =>
    (column: string): boolean => {
      const format = source && isTable(source) ? tables.get(source.table)?.get(column) : undefined;
      return format === undefined || !(isOpaque(format) || describeColumn(format).kind === 'json');
    };

  const pages = (from: readonly StoredSource[], wanted: (row: Row) => boolean, isWhole = true) =>
    rowsIn(
      from.map((each) => each.scan()),
      wanted,
      isWhole,
    );

  async function* rowsIn(scans: readonly AsyncIterable<List<RawRow>>[], wanted: (row: Row) => boolean, isWhole: boolean): AsyncGenerator<Iterable<ReadRow>> {
    for await (const [source, page] of together(scans)) {
      reads += page.length;
      for (let start = 0; start < page.length; start += rowsOfTurn) {
        yield readPage(page.slice(start, start + rowsOfTurn), source, wanted, isWhole);
        await nextTurn();
      }
    }
  }

  function* readPage(page: List<RawRow>, source: number, wanted: (row: Row) => boolean, isWhole: boolean): Generator<ReadRow> {
    for (const raw of page) for (const one of read({ ...raw, source }, isWhole)) if (wanted(one.row)) yield one;
  }

  /** Every row, after which all spellings are known. */
  async function* everyRow(
    from: readonly StoredSource[],
    wanted: (row: Row) => boolean,
    { isWhole = true, isNow = false } = {},
  ): AsyncGenerator<Iterable<ReadRow>> {
    yield* isNow ? rowsIn(from.map(now), wanted, isWhole) : pages(from, wanted, isWhole);
    isSeen = true;
  }

  const { [name]: changed } = declaration.changed;

  function changedSince(since: string): AsyncIterable<Iterable<ReadRow>> {
    const instant = parseInstant(since);
    const bound = instant === undefined ? since : formatInstant(instant, 'us');
    const from = changed?.from;
    // What stands in an element, no store looks for.
    const scans =
      from?.kind === 'field'
        ? opened.map((source) => source.changedSince({ path: from.path, ...(changed?.unit && { unit: changed.unit }) }, since))
        : opened.map((source) => source.scan());
    return rowsIn(scans, (row) => row.changed !== undefined && row.changed >= bound, true);
  }

  /** Where nothing of the key stands in the row itself but in what `each` makes rows of, or nobody knows how it is spelled. */
  async function findByScan(keys: readonly Key[]): Promise<readonly ReadRow[]> {
    const wanted = new Set(keys.map(keyId));
    const found: ReadRow[] = [];
    // As it is now: a difference that is gone by now is none.
    for await (const page of rowsIn(opened.map(now), () => true, true))
      for (const one of page) if (one.row.key !== undefined && wanted.has(keyId(one.row.key))) found.push(one);
    isSeen = true;
    return found;
  }

  async function findIn(source: StoredSource, index: number, wanted: readonly WantedKey[]): Promise<readonly ReadRow[]> {
    if (wanted.length === 0) return [];
    const found = await source.find(wanted);
    reads += found.length;
    // A document may answer to several spellings.
    const seen = new Set<string>();
    const isFirst = (path: string | undefined): boolean => path === undefined || (!seen.has(path) && seen.add(path).size > 0);
    return found.filter(({ path }) => isFirst(path)).flatMap((raw) => read({ ...raw, source: index }));
  }

  /** Zeros before a number come first in the order of names, and mostly all are written alike. */
  async function isFirstOdd(): Promise<boolean> {
    for (const [place, source] of openedKeys.entries())
      for await (const page of now(source)) {
        reads += page.length;
        for (const raw of page) read({ ...raw, source: place }, false);
        break;
      }
    return whereabouts.hasOdd();
  }

  /** Rows that nothing in words finds: the whole table is read for them. */
  async function withoutWords(locator: string): Promise<readonly ReadRow[]> {
    const rows: ReadRow[] = [];
    for await (const page of pages(opened, ({ key }) => key === undefined)) for (const one of page) if (locatorOf(one.stored) === locator) rows.push(one);
    return rows;
  }

  const locatorOf = (stored: StoredRow): string => writeLocator(stored, canBeLookedFor(sources[stored.source]));

  const isOfElements = name === 'legacy' && declaration.each !== undefined;
  /** Of all sources together; `undefined` where one of them cannot say. */
  async function countOf(conditions: typeof only, isRough: boolean): Promise<number | undefined> {
    const counts = await Promise.all(opened.map((source) => source.count(conditions, isRough)));
    const isUnknown = counts.some((count) => count === undefined || (count.isAtMost && !isRough));
    return isUnknown ? undefined : counts.reduce((sum, count) => sum + (count?.rows ?? 0), 0);
  }

  return {
    count: async () => (isOfElements ? undefined : countOf(only, false)),
    size: async () => (isOfElements ? undefined : await countOf(only, true)) ?? (isOfElements || only.length > 0 ? countOf([], true) : undefined),
    scans: (size) =>
      Promise.all(
        opened.map(async (source) => ({
          name: source.scanName,
          rows: opened.length === 1 && only.length === 0 ? size : ((await source.count([], true))?.rows ?? size),
        })),
      ),
    places: whereabouts.places,
    isLost: whereabouts.isLost,
    isLoose,
    knowsSpellings: () => isSeen || isSearched,
    isLookedFor: (key, beside, knew) => !isFindable || (isFreelySpelled && !isSeen) || (whereabouts.isLookedFor(key, beside) && (!isLoose(key) || knew)),
    leadsToAll: whereabouts.leadsToAll,
    async search() {
      // No more is paid for where the first names show that they are written as they were asked for.
      if (whereabouts.isLost || !store.isBilled || (await isFirstOdd()))
        for await (const page of rowsIn(openedKeys.map(now), () => true, false)) for (const _ of page);
      isSearched = true;
    },
    scan: () => everyRow(opened, (row) => row.isInScope),
    scanKeys: (isNow = false) => everyRow(openedKeys, (row) => row.isInScope, { isWhole: false, isNow }),
    ...(changed && { changedSince }),
    async find(keys, beside) {
      if (!isFindable || (isFreelySpelled && !isSeen)) return findByScan(keys);
      const found = await Promise.all(
        sources.map((source, index) =>
          findIn(
            opened[index] as StoredSource,
            index,
            keys.flatMap((key) => whereabouts.wantedOf(source, key, beside?.get(keyId(key)) ?? [])),
          ),
        ),
      );
      return found.flat();
    },
    locatorOf,
    async locate(locators) {
      const bySource = Map.groupBy(locators, (locator) => readLocator(locator).source);
      const result = new Map<string, readonly ReadRow[]>();
      for (const [index, some] of bySource) {
        const source = sources[index];
        const from = opened[index];
        if (source === undefined || from === undefined) continue;
        const found = await findIn(
          from,
          index,
          some.flatMap((locator) => wantedRow(source, readLocator(locator)) ?? []),
        );
        for (const locator of some) {
          const wanted = readLocator(locator);
          const isThere = ({ stored }: ReadRow): boolean => isLocated(stored, wanted);
          result.set(locator, wanted.columns?.length === 0 ? await withoutWords(locator) : found.filter(isThere));
        }
      }
      return result;
    },
    reads: () => reads,
  };
}

const now = (source: StoredSource): AsyncIterable<List<RawRow>> => (source.scanNow ?? source.scan)();

/** Whether a text can be composed in part, so that there is more than its composed and its decomposed form. */
const hasMixedForms = (text: string): boolean => [...toNfd(text)].length > [...toNfc(text)].length + 1;
