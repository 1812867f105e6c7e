import { createClient, type Client, type Page } from './client.ts';
import type { StoredDocument } from './decode.ts';
import { collectionOf, isAtRoot, ownCollection, pathsOf, type Collection } from './paths.ts';
import { filterOfConditions, filtersOfKeys, isAtLeast, type Query, type QueryValue } from './query.ts';
import { missingIndex } from './read-error.ts';
import { createStrays } from './strays.ts';
import { createTee } from './tee.ts';
import { emulatorOrigin } from '../emulator.ts';
import { ReadError } from '../errors.ts';
import { createTokenSource, type DeclaredCredentials, type TokenOptions } from '../google-auth.ts';
import { isPathOf, isTable, matchPath, writeFieldSource, type Template } from '../source.ts';
import type { ChangedField, RawRow, Store, StoredSource, WantedKey } from '../store.ts';
import { mapped, type List } from '../list.ts';
import { fieldsIn, isScalar, mayBeSince, type Maybe } from '../value.ts';

export type FirestoreDeclaration = DeclaredCredentials & { readonly project: string; readonly database: string };

export type FirestoreStore = Store & {
  readonly kind: 'firestore';
  /** What is there, for those who do not know it yet. */
  readonly browse: Pick<Client, 'collections' | 'parents'> & {
    /** The first documents of the id, wherever they are; or of those right below the database. */
    readonly documents: (collection: Collection, limit: number) => Promise<readonly RawRow[]>;
  };
};

export const isFirestore = (store: Store): store is FirestoreStore => store.kind === 'firestore' && 'browse' in store;

export type FirestoreLimits = {
  /** Of one answer, decoded. */
  readonly maxBytes?: number;
  /** Scheme, host and port of whoever speaks for Firestore. */
  readonly origin?: string;
};

/** What one answer holds at most. */
const pageSize = 1000;
/** Whoever wants to see a few documents only does not pay for a thousand. */
const firstPageSize = 100;
/** Of documents by path: an answer may hold as many of a megabyte each. */
const pathsAtOnce = 100;

const scopes = ['https://www.googleapis.com/auth/cloud-platform', 'https://www.googleapis.com/auth/datastore'];

/** Something to read that has no document: whether there is an answer at all is what counts. */
const probePath = 'driftwatch/probe';

/**
 * Documents of Firestore. What is read in pages comes in the order of the names, which needs no index and leaves no document
 * out, whatever fields it has and whether or not there is one above it.
 *
 * @param name of the store in the file
 */
export function createFirestoreStore(
  name: string,
  declaration: FirestoreDeclaration,
  surroundings: Omit<TokenOptions, 'scopes'>,
  limits: FirestoreLimits = {},
): FirestoreStore {
  const { project, database, accessToken } = declaration;
  const { environment, stop, remainingMs } = surroundings;
  const emulator = environment['FIRESTORE_EMULATOR_HOST'];
  const isEmulator = emulator !== undefined && emulator !== '';
  const tokens = isEmulator ? undefined : createTokenSource(name, declaration, { ...surroundings, scopes });
  const origin = isEmulator ? emulatorOrigin(emulator) : (limits.origin ?? 'https://firestore.googleapis.com');
  const client = createClient({
    store: name,
    project,
    database,
    origin,
    isReadyToken: accessToken !== undefined,
    tokens,
    stop,
    remainingMs,
    maxBytes: limits.maxBytes,
  });

  const opened: Template[] = [];
  const strays = createStrays(client, opened);
  const tee = createTee((scanName) => scanPages(collectionNamed(scanName)), stop);
  let snapshot: Promise<string> | undefined;

  /** One scan serves everybody who reads a collection of the id: so one at the root is scanned alone only where no other one is read. */
  function scanNameOf(template: Template): string {
    const id = collectionOf(template);
    return nameOf({ id, isGroup: opened.some((other) => collectionOf(other) === id && !isAtRoot(other)) });
  }

  /** All scans of a run see one moment, which is that of the first answer. */
  async function atSnapshot(read: (readTime?: string) => Promise<Page>): Promise<Page> {
    if (snapshot) return read(await snapshot);
    const page = read();
    const taken = page.then(({ readTime }) => readTime);
    snapshot = taken;
    taken.catch(() => {
      if (snapshot === taken) snapshot = undefined;
    });
    return page;
  }

  /** Fewer documents at once where they are too large, or take too long. */
  async function* pagesOf(
    query: Query,
    cursorOf: (document: StoredDocument) => readonly QueryValue[],
    read: (query: Query) => Promise<Page>,
  ): AsyncGenerator<Page & { readonly isShort: boolean }> {
    let limit = firstPageSize;
    let isHard = false;
    let after: readonly QueryValue[] | undefined;
    let last: string | undefined;
    for (;;) {
      const asked = limit;
      try {
        const page = await read({ ...query, limit, ...(after && { after }) });
        const end = page.documents.at(-1);
        if (end === undefined) return;
        if (page.documents.some(({ path }) => path === last)) throw client.fail({ what: `collection ${query.collection.id}`, defect: 'not-advancing' });
        last = end.path;
        after = cursorOf(end);
        if (page.isSmall) limit = isHard ? Math.min(pageSize, asked * 2) : pageSize;
        yield { ...page, isShort: page.documents.length < asked };
      } catch (error) {
        if (!(error instanceof ReadError) || error.tooMuch === undefined || asked === 1) throw error;
        limit = Math.ceil(asked / 2);
        isHard = true;
      }
    }
  }

  const byName = ({ path }: StoredDocument): readonly QueryValue[] => [{ referenceValue: client.prefix + path }];

  /** Every document of the collection, and no fewer and no more than Firestore counts at the same moment. */
  async function* scanPages(collection: Collection): AsyncGenerator<readonly StoredDocument[]> {
    let total = 0;
    let counted: number | undefined;
    const count = async (): Promise<number> => (counted ??= (await client.count({ collection }, await snapshot)) ?? total);
    for await (const page of pagesOf({ collection }, byName, (query) => atSnapshot((moment) => client.query(query, moment)))) {
      total += page.documents.length;
      yield page.documents;
      // A short page may be the end. An empty one after it, which alone is surely the end, would cost as much as to ask.
      if (page.isShort && (await count()) <= total) break;
    }
    if ((await count()) !== total) throw client.fail({ what: `collection ${collection.id}`, defect: 'truncated' });
  }

  const rowsOf = (template: Template, documents: readonly StoredDocument[]): List<RawRow> =>
    mapped(
      documents.filter(({ path }) => isPathOf(template, path)),
      client.decode,
    );

  async function* scan(template: Template): AsyncGenerator<List<RawRow>> {
    const scanned = tee(scanNameOf(template));
    let isAlone = true;
    for await (const documents of scanned) {
      const rows = rowsOf(template, documents);
      isAlone &&= rows.length === documents.length;
      if (rows.length > 0) yield rows;
    }
    strays.seen(template, !isAlone);
  }

  async function* scanNow(template: Template): AsyncGenerator<List<RawRow>> {
    for await (const { documents } of pagesOf({ collection: ownCollection(template) }, byName, (query) => client.query(query)))
      yield rowsOf(template, documents);
  }

  async function* changedSince(template: Template, { path, unit }: ChangedField, since: string): AsyncGenerator<readonly RawRow[]> {
    const collection = ownCollection(template);
    for (const bound of boundsOf(since, unit)) {
      const cursorOf = (document: StoredDocument): readonly QueryValue[] => [rawAt(document, path), ...byName(document)];
      const read = (query: Query) =>
        atSnapshot(async (moment) => {
          const page = await client.queryByIndex(query, moment);
          if (page === undefined) throw missingIndex(collection.id, writeFieldSource({ kind: 'field', path }));
          return page;
        });
      for await (const { documents } of pagesOf({ collection, where: isAtLeast(path, bound), orderBy: path }, cursorOf, read)) {
        const rows = [...rowsOf(template, documents)].filter(({ value }) => isSince(fieldAt(value, path), since));
        if (rows.length > 0) yield rows;
      }
    }
  }

  async function find(template: Template, keys: readonly WantedKey[]): Promise<RawRow[]> {
    const found = new Map<string, StoredDocument>();
    const add = (documents: readonly StoredDocument[]): void => {
      for (const document of documents) found.set(document.path, document);
    };
    const located = keys.map((key) => ({ key, paths: pathsOf(template, key) }));
    const paths = [...new Set(located.flatMap((one) => one.paths ?? []))];
    for (let at = 0; at < paths.length; at += pathsAtOnce) add(await get(paths.slice(at, at + pathsAtOnce)));
    const others = located.filter((one) => one.paths === undefined).map(({ key }) => key);
    if (others.length > 0) await searchFor(template, others, add);
    return [...rowsOf(template, [...found.values()])];
  }

  async function get(paths: readonly string[]): Promise<readonly StoredDocument[]> {
    try {
      return await client.get(paths);
    } catch (error) {
      if (!(error instanceof ReadError) || error.tooMuch === undefined || paths.length === 1) throw error;
      const half = Math.ceil(paths.length / 2);
      return [...(await get(paths.slice(0, half))), ...(await get(paths.slice(half)))];
    }
  }

  /** Documents whose path is not known: by their fields where there is an index, and otherwise among all there are. */
  async function searchFor(template: Template, keys: readonly WantedKey[], add: (documents: readonly StoredDocument[]) => void): Promise<void> {
    const collection = ownCollection(template);
    const filters = filtersOfKeys(keys, client.prefix);
    for (const where of filters ?? []) {
      const page = await client.queryByIndex({ collection, where });
      if (page === undefined) return searchThrough();
      add(page.documents);
    }
    if (filters === undefined) await searchThrough();

    async function searchThrough(): Promise<void> {
      for await (const { documents } of pagesOf({ collection }, byName, (query) => client.query(query))) {
        // Only what may be wanted is kept: a collection may be larger than memory.
        for (const document of documents)
          if (isPathOf(template, document.path) && keys.some((key) => mayHave(template, client.decode(document), key))) add([document]);
      }
    }
  }

  return {
    kind: 'firestore',
    isBilled: true,
    secret: tokens?.secret,
    async probe() {
      await client.get([probePath]);
    },
    describe: async () => new Map(),
    open(source): StoredSource {
      if (isTable(source)) throw new TypeError('a source of Firestore is a path');
      opened.push(source);
      return {
        async count(only, isRough = false) {
          const filter = filterOfConditions(only);
          if (filter === undefined) return undefined;
          const collection = ownCollection(source);
          const rows = await client.count({ collection, ...filter });
          if (rows === undefined) return undefined;
          return { rows, ...(!isRough && collection.isGroup && rows > 0 && (await strays.has(source)) && { isAtMost: true }) };
        },
        scan: () => scan(source),
        scanNow: () => scanNow(source),
        changedSince: (field, since) => changedSince(source, field, since),
        find: (keys) => find(source, keys),
        get scanName() {
          return scanNameOf(source);
        },
      };
    },
    reads: client.reads,
    browse: {
      collections: client.collections,
      parents: client.parents,
      documents: async (collection, limit) => (await client.query({ collection, limit })).documents.map(client.decode),
    },
  };
}

const nameOf = ({ id, isGroup }: Collection): string => `${isGroup ? 'group' : 'collection'} ${id}`;

function collectionNamed(scanName: string): Collection {
  const [kind = '', ...id] = scanName.split(' ');
  return { id: id.join(' '), isGroup: kind === 'group' };
}

/** Whether the segments and fields that are known of a key are those of a row, as far as that can be seen without types. */
function mayHave(template: Template, { path = '', value }: RawRow, { segments, fields }: WantedKey): boolean {
  const bound = matchPath(template, path);
  if (bound === undefined) return false;
  const hasSegments = [...segments].every(([name, spellings]) => !bound.has(name) || spellings.includes(bound.get(name) ?? ''));
  return hasSegments && fields.every((field) => field.anyOf.some((wanted) => maySame(fieldAt(value, field.path), wanted)));
}

function maySame(value: Maybe, wanted: Maybe): boolean {
  if (!isScalar(value) || !isScalar(wanted)) return isScalar(value) === isScalar(wanted) && (typeof value !== 'string' || value === wanted);
  if (value.kind === 'number' && wanted.kind === 'number') return Number(value.text) === Number(wanted.text);
  return value.kind === wanted.kind;
}

const fieldAt = (value: Maybe, path: readonly string[]): Maybe => path.reduce<Maybe>((inner, name) => fieldsIn(inner)?.get(name), value);

/** The value as it came, to go on behind it. */
function rawAt({ fields }: StoredDocument, path: readonly string[]): QueryValue {
  let value: QueryValue = { mapValue: { fields } };
  for (const name of path) value = (value as { mapValue?: { fields?: Record<string, QueryValue> } }).mapValue?.fields?.[name] ?? {};
  return value;
}

/** Offsets of a local time reach so far. */
const widestOffsetMs = 14 * 3_600_000;

/** A range takes values of one kind only, so each kind in which a time may be written is asked for, numbers where the file says what they count. Text may have any offset, so a day more of it is asked for. */
function boundsOf(since: string, unit: ChangedField['unit']): QueryValue[] {
  const ms = Math.floor(Date.parse(since));
  const numbers = unit === undefined ? [] : [{ integerValue: String(unit === 's' ? Math.floor(ms / 1000) : ms) }];
  return [...numbers, { timestampValue: since }, { stringValue: new Date(ms - widestOffsetMs).toISOString().slice(0, 10) }];
}

/** What is no time in text says nothing of when it was written. Times and numbers were asked for exactly. */
function isSince(value: Maybe, since: string): boolean {
  if (typeof value !== 'string') return isScalar(value);
  const text = value.trim().replace(' ', 'T');
  return mayBeSince(/(?:Z|[+-]\d\d(?::?\d\d)?)$/i.test(text) ? text : `${text}Z`, Date.parse(since));
}
