import { setImmediate as nextTurn } from 'node:timers/promises';
import { keyId, type Key } from '../../document/document.ts';
import { formatInstant, parseInstant, postgresInstant } from './instant.ts';
import { describeColumn, isOpaque } from '../../store/column.ts';
import { buildPath, isTable, matchPath, segmentNames, type FieldSource, type Source } from '../../store/source.ts';
import type { Needed, RawRow, Store, StoredSource, TableDescription, WantedKey } from '../../store/store.ts';
import { isFields, isScalar, type Value } from '../../store/value.ts';
import type { List } from '../../store/list.ts';
import { shownText } from './canonical.ts';
import { canonicalDecimal } from './decimal.ts';
import { timestampText } from './json.ts';
import type { CompiledEntity } from './compiled.ts';
import { sourcesOf, type SideName } from './entity.ts';
import { readLegacyRow, readNormalizedRow, type Row, type StoredRow } from './row.ts';
import { isSpelled, spellingsOf } from './spelling.ts';

/** One side of an entity: its rows as they are compared, by scan and by what their keys mean. */

export type ReadRow = { readonly stored: StoredRow; readonly row: Row };

export type EntitySide = {
  readonly name: SideName;
  /** Rows in scope, without reading them; `undefined` where only reading can tell. */
  readonly count: () => Promise<number | undefined>;
  /** About how many rows there are, at most: in scope, or else that a scan reads; `undefined` where only reading can tell. */
  readonly size: () => Promise<number | undefined>;
  /** Rows in scope. */
  readonly scan: () => AsyncIterable<Iterable<ReadRow>>;
  /** Likewise, with nothing but what their keys and scope are made of. */
  readonly scanKeys: () => AsyncIterable<Iterable<ReadRow>>;
  /** Rows in scope or not that say that they were written at this time (ISO 8601, UTC) or later; absent where nothing says so. */
  readonly changedSince?: (since: string) => AsyncIterable<Iterable<ReadRow>>;
  /** Rows that have one of the keys, in scope or not, as they are now; others may be among them. */
  readonly find: (keys: readonly Key[], beside?: ReadonlyMap<string, readonly Row[]>) => Promise<readonly ReadRow[]>;
  /** Whether a key does not say by itself where its document is, so that what the other side says of it helps. */
  readonly isLost: boolean;
  /** Whether the key may be written in more ways than `find` asks for: a number or a UUID that stands in text, such as `007`, or text that is composed in part. */
  readonly isLoose: (key: Key) => boolean;
  /** Whether `find` looked wherever a row of the key may be, and not only where one was before. */
  readonly isLookedFor: (key: Key, beside: readonly Row[]) => boolean;
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
  const sourceOf = (field: Pick<CompiledEntity['key'][number], 'from' | 'to'>): FieldSource => (name === 'legacy' ? field.from : field.to);
  const opened = sources.map((source) => documents.get(source) ?? store.open(source, neededOf(source, false)));
  const openedKeys = sources.map((source) => documents.get(source) ?? store.open(source, neededOf(source, true)));
  const segmentsOfKey = new Set(entity.key.map(sourceOf).flatMap((source) => (source.kind === 'segment' ? [source.name] : [])));
  /** Paths of documents that the key alone does not tell. */
  const paths = new Map<string, string | Set<string>>();
  const isPathOfKey = sources.map((source) => isTable(source) || segmentNames(source).every((segment) => segmentsOfKey.has(segment)));
  /** Parts of keys that are spelled in a way that they do not tell by themselves. */
  const spelled = new Map<string, Value[][]>();
  /** Whether a filter can ask for a key: none holds a list or a map. */
  const isFindable =
    entity.key.some((field) => ['field', 'segment'].includes(sourceOf(field).kind)) &&
    !entity.key.some(({ type }) => ['json', 'list', 'set'].includes(type.name));
  /** Whether a key can stand there in more ways than can be asked for: until every row was seen, not finding one proves nothing. */
  const isFreelySpelled = entity.key.some(
    ({ type }) =>
      (type.name === 'text' && (type.trim || type.ignoreCase)) || (type.name === 'timestamp' && (type.precision !== 'us' || !sources.every(isTable))),
  );
  const isLost = isPathOfKey.includes(false);
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
      remember(stored, row);
      return { stored, row };
    });
  }

  /** What it takes to find the row again. */
  function remember(stored: StoredRow, { key, value }: Row): void {
    if (key === undefined) return;
    if (stored.path !== undefined && !isPathOfKey[stored.source]) {
      const id = keyId(key);
      const known = paths.get(id);
      // Mostly one, which takes a fraction of the memory of a set of one.
      if (known === undefined) paths.set(id, stored.path);
      else if (typeof known === 'object') known.add(stored.path);
      else if (known !== stored.path) paths.set(id, new Set([known, stored.path]));
    }
    const stands = (field: CompiledEntity['key'][number]): Value => value(sourceOf(field)) ?? null;
    const isTold = ({ kind }: FieldSource): boolean => kind !== 'item' && kind !== 'index';
    const isOdd = entity.key.some((field, place) => isTold(sourceOf(field)) && !isUsual(field, place, key[place] ?? null, stands(field)));
    if (!isOdd) return;
    const raw = entity.key.map((field) => (isTold(sourceOf(field)) ? stands(field) : null));
    const id = keyId(key);
    const known = spelled.get(id) ?? [];
    if (!known.some((one) => JSON.stringify(one) === JSON.stringify(raw))) spelled.set(id, [...known, raw]);
  }

  /** Which columns say by a text what they hold; of what is not described, all. */
  const canBeLookedFor =
    (source: Source | undefined) =>
    (column: string): boolean => {
      const format = source && isTable(source) ? tables.get(source.table)?.get(column) : undefined;
      return format === undefined || !(isOpaque(format) || describeColumn(format).kind === 'json');
    };

  /** Mostly a key is spelled as it is compared, which is quickly seen. */
  function isUsual(field: CompiledEntity['key'][number], place: number, part: string | null, value: Value): boolean {
    const from = sourceOf(field);
    // Numbers are found by what they are, but inside JSON as text.
    const isNumber = isScalar(value) && value.kind === 'number' && !(from.kind === 'field' && from.path.length > 1);
    if (value === part || (isNumber && field.type.name !== 'timestamp')) return true;
    return isSpelled(spellings(place, part), value);
  }

  const spellings = (place: number, part: string | null): readonly Value[] => {
    const field = entity.key[place];
    return field === undefined ? [] : spellingsOf(field, declaration.fields.get(field.column), name, part);
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
  async function* everyRow(from: readonly StoredSource[], wanted: (row: Row) => boolean, isWhole = true): AsyncGenerator<Iterable<ReadRow>> {
    yield* pages(from, wanted, isWhole);
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

  /** The ways in which a key may be asked for of a source, and whether it can be asked for at all. */
  function wantedOf(source: Source, key: Key, beside: readonly Row[]): readonly WantedKey[] {
    if (!isTable(source) && isElsewhere(source, key)) return [];
    const id = keyId(key);
    const texts = (place: number): readonly Value[] => spellings(place, key[place] ?? null);
    const fieldsOf = (valuesOf: (place: number) => readonly Value[]): WantedKey['fields'] =>
      entity.key.flatMap((field, place) => {
        const from = sourceOf(field);
        return from.kind === 'field' ? [{ path: from.path, anyOf: valuesOf(place) }] : [];
      });
    const segmentsOf = (valuesOf: (place: number) => readonly Value[]): Map<string, readonly string[]> =>
      new Map(
        entity.key.flatMap((field, place): [string, readonly string[]][] => {
          const from = sourceOf(field);
          return from.kind === 'segment' ? [[from.name, valuesOf(place).flatMap((value) => textOf(value) ?? [])]] : [];
        }),
      );
    const odd = (spelled.get(id) ?? []).map((raw) => (place: number): readonly Value[] => [raw[place] ?? null]);
    const all = [texts, ...odd];
    // As one, so that no row answers twice.
    if (isTable(source)) return [{ segments: new Map(), fields: fieldsOf((place) => all.flatMap((valuesOf) => valuesOf(place))) }];
    const wanted: WantedKey[] = [];
    const stored = paths.get(id) ?? [];
    for (const path of typeof stored === 'string' ? [stored] : stored) {
      const segments = matchPath(source, path);
      if (segments !== undefined) wanted.push({ segments: new Map([...segments].map(([segment, text]) => [segment, [text]])), fields: [] });
    }
    for (const valuesOf of all) {
      const segments = segmentsOf(valuesOf);
      // What another column says of the path on the other side.
      for (const [place, field] of entity.fields.entries()) {
        const from = name === 'legacy' ? field.from : field.to;
        if (from.kind !== 'segment' || segments.has(from.name)) continue;
        const known = beside.flatMap(({ fields }) => fields[place] ?? []).filter((value) => typeof value === 'string');
        if (known.length > 0)
          segments.set(
            from.name,
            known.flatMap((text) => [text, text.normalize('NFD')]),
          );
      }
      const isKnown = segmentNames(source).every((segment) => (segments.get(segment)?.length ?? 0) > 0);
      const fields = fieldsOf(valuesOf);
      if (isKnown || (fields.length > 0 && wanted.length === 0)) wanted.push({ segments, fields: isKnown ? [] : fields });
    }
    return wanted;
  }

  function isLookedFor(key: Key, beside: readonly Row[]): boolean {
    const before = paths.get(keyId(key)) ?? [];
    const known = typeof before === 'string' ? [before] : [...before];
    return sources.every((source) => {
      if (isTable(source) || isElsewhere(source, key)) return true;
      return wantedOf(source, key, beside).length > known.filter((path) => matchPath(source, path) !== undefined).length;
    });
  }

  /** Whether the key says that the document is one of another source: of several, each binds other segments. */
  function isElsewhere(source: Exclude<Source, { table: string }>, key: Key): boolean {
    const bound = segmentNames(source);
    return entity.key.some((field, place) => {
      const from = sourceOf(field);
      return from.kind === 'segment' && bound.includes(from.name) === (key[place] === null);
    });
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
    return spelled.size > 0;
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
    name,
    count: async () => (isOfElements ? undefined : countOf(only, false)),
    size: async () => (isOfElements ? undefined : await countOf(only, true)) ?? (isOfElements || only.length > 0 ? countOf([], true) : undefined),
    isLost,
    isLoose,
    isLookedFor: (key, beside) => !isFindable || (isFreelySpelled && !isSeen) || (isLookedFor(key, beside) && (!isLoose(key) || isSeen || isSearched)),
    async search() {
      // No more is paid for where the first names show that they are written as they were asked for.
      if (isLost || !store.isBilled || (await isFirstOdd())) for await (const page of rowsIn(openedKeys.map(now), () => true, false)) for (const _ of page);
      isSearched = true;
    },
    scan: () => everyRow(opened, (row) => row.isInScope),
    scanKeys: () => everyRow(openedKeys, (row) => row.isInScope, false),
    ...(changed && { changedSince }),
    async find(keys, beside) {
      if (!isFindable || (isFreelySpelled && !isSeen)) return findByScan(keys);
      const found = await Promise.all(
        sources.map((source, index) =>
          findIn(
            opened[index] as StoredSource,
            index,
            keys.flatMap((key) => wantedOf(source, key, beside?.get(keyId(key)) ?? [])),
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
const hasMixedForms = (text: string): boolean => [...text.normalize('NFD')].length > [...text.normalize('NFC')].length + 1;

type Locator = { readonly source: number; readonly path?: string; readonly columns?: readonly (readonly [string, string | null])[] };

const readLocator = (text: string): Locator => JSON.parse(text) as Locator;

/** Longer texts are left out of a URL where there are others: they do not tell rows apart better. */
const longestText = 100;

/** What finds a row again whose key cannot be read: its path or id, or of a table without one all that it says in few words. */
function writeLocator({ source, path, value }: StoredRow, canBe: (column: string) => boolean): string {
  if (path !== undefined) return JSON.stringify({ source, path } satisfies Locator);
  const fields = isFields(value) ? value : new Map<string, Value>();
  const id = plainOf(fields.get('id') ?? null);
  // Bytes are not looked for either: not every server takes them in a filter.
  const all = [...fields].flatMap(([name, part]): [string, string | null][] => {
    const text = part === null ? null : plainOf(part);
    return text === undefined || text?.startsWith('\\x') || !canBe(name) ? [] : [[name, text]];
  });
  const short = all.filter(([, text]) => text === null || text.length <= longestText);
  const columns = id === undefined ? (short.some(([, text]) => text !== null) ? short : all) : [['id', id] as const];
  return JSON.stringify({ source, columns } satisfies Locator);
}

function isLocated({ path, value }: StoredRow, locator: Locator): boolean {
  if (path !== undefined) return path === locator.path;
  return (
    isFields(value) && (locator.columns ?? []).every(([name, text]) => (text === null ? value.get(name) === null : plainOf(value.get(name) ?? null) === text))
  );
}

function wantedRow(source: Source, { path, columns = [] }: Locator): WantedKey | undefined {
  if (isTable(source)) return { segments: new Map(), fields: columns.map(([name, text]) => ({ path: [name], anyOf: [text] })) };
  const segments = path === undefined ? undefined : matchPath(source, path);
  return segments && buildPath(source, (segment) => segments.get(segment)) !== undefined
    ? { segments: new Map([...segments].map(([segment, text]) => [segment, [text]])), fields: [] }
    : undefined;
}

/** Scalars in one spelling, whichever way a row was read. */
function plainOf(value: Value): string | undefined {
  if (isScalar(value) && value.kind === 'number') return canonicalDecimal(value.text) ?? value.text;
  return isScalar(value) && value.kind === 'timestamp' ? postgresInstant(timestampText(value.text)) : textOf(value);
}

/** Scalars as the store spells them. */
function textOf(value: Value): string | undefined {
  if (isScalar(value) && (value.kind === 'number' || value.kind === 'timestamp')) return value.text;
  return typeof value === 'string' || typeof value === 'boolean' || isScalar(value) ? shownText(value) : undefined;
}

/** Pages of all of them, each with the place of where it came from; all are under way together, since some may share a scan. */
export async function* together<T>(all: readonly AsyncIterable<T>[]): AsyncGenerator<readonly [number, T]> {
  const iterators = all.map((each) => each[Symbol.asyncIterator]());
  const next = (place: number) => {
    const page = (iterators[place]?.next() ?? Promise.resolve({ done: true as const, value: undefined })).then((result) => ({ place, result }));
    // It may fail while nobody waits for it, and says so to whoever asks for the next one.
    page.catch(() => undefined);
    return page;
  };
  const waiting = new Map(iterators.map((_, place) => [place, next(place)]));
  try {
    while (waiting.size > 0) {
      const { place, result } = await Promise.race(waiting.values());
      if (result.done) {
        waiting.delete(place);
        continue;
      }
      waiting.set(place, next(place));
      yield [place, result.value];
    }
  } finally {
    await Promise.all(iterators.map((iterator) => iterator.return?.()).map((ending) => ending?.catch(() => undefined)));
  }
}
