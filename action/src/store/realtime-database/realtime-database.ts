import { createClient, type Client } from './client.ts';
import { compareNames, isName, nodeOf, type Path } from './names.ts';
import { emulatorOrigin } from '../emulator.ts';
import { ReadError } from '../errors.ts';
import { isLoopback } from '../../http/proxy.ts';
import { createTokenSource, type DeclaredCredentials, type TokenOptions } from '../google-auth.ts';
import { isTable, matchPath, valueAt, type Segment, type Template } from '../source.ts';
import type { ChangedField, Count, RawRow, Store, StoredSource, WantedKey } from '../store.ts';
import { isScalar, mayBeSince, rowFields, type Maybe, type Value } from '../value.ts';

/** As it is declared: the URL of the database, and who may read it. */
export type RealtimeDatabaseDeclaration = DeclaredCredentials & { readonly url: string };

export type RealtimeDatabaseLimits = {
  /** Of one answer. */
  readonly maxBytes?: number;
};

export type RealtimeDatabaseStore = Store & {
  readonly kind: 'realtime-database';
  /** What was downloaded so far, which is what the service bills. */
  readonly bytes: () => number;
  /** What is there, for those who do not know it yet. */
  readonly browse: Pick<Client, 'names' | 'node'>;
};

export const isRealtimeDatabase = (store: Store): store is RealtimeDatabaseStore => store.kind === 'realtime-database' && 'browse' in store;

/** To both of them a service account needs access, or it counts as nobody. */
const scopes = ['https://www.googleapis.com/auth/firebase.database', 'https://www.googleapis.com/auth/userinfo.email'];

/** Rows that are handed over together, and asked for where nobody knows yet how large they are. */
const pageRows = 1000;
/** The same for nodes that hold rows. */
const firstBranches = 16;
/** Of one answer: a part is sized so that it comes to about this. */
const wantedBytes = 2 * 2 ** 20;
/** Requests at a time. */
const atOnce = 8;
/** To count rows without reading them takes a request for each node that holds some; for more than this, they are read. */
const countedNodes = 200;

/**
 * Nodes of a Realtime Database. Names are asked for first, values then by one request for all that lies below a node; where
 * that is too much, for some of its children at a time, and where one of them is too much, for its own children.
 *
 * @param name of the store in the file
 */
export function createRealtimeDatabaseStore(
  name: string,
  declaration: RealtimeDatabaseDeclaration,
  surroundings: Omit<TokenOptions, 'scopes'>,
  limits: RealtimeDatabaseLimits = {},
): RealtimeDatabaseStore {
  const { environment, stop, remainingMs } = surroundings;
  const { accessToken, credentials } = declaration;
  const emulator = environment['FIREBASE_DATABASE_EMULATOR_HOST'] ?? '';
  // Where nobody says who asks, a database on this machine is an emulator.
  const isOpen =
    accessToken === undefined && credentials === undefined && !environment['GOOGLE_APPLICATION_CREDENTIALS'] && isLoopback(new URL(declaration.url));
  const tokens = emulator !== '' || isOpen ? undefined : createTokenSource(name, declaration, { ...surroundings, scopes });
  const url = emulator === '' ? declaration.url : emulatorUrl(emulator, declaration.url);
  let bytes = 0;
  let rowsRead = 0;

  const clientFor = (written: string): Client =>
    createClient({
      store: name,
      isEmulator: emulator !== '',
      isReadyToken: accessToken !== undefined,
      url,
      tokens,
      stop,
      remainingMs,
      maxBytes: limits.maxBytes,
      // The root has no name.
      written: written === '' ? '/' : written,
      onBytes: (more) => void (bytes += more),
    });

  function read(rows: readonly RawRow[]): readonly RawRow[] {
    rowsRead += rows.length;
    return rows;
  }

  return {
    kind: 'realtime-database',
    isBilled: false,
    secret: tokens?.secret,
    // A node that nobody has: whether there is an answer at all is what counts.
    probe: async () => void (await clientFor('driftwatch').names(['driftwatch'])),
    describe: async () => new Map(),
    open(source) {
      if (isTable(source)) throw new TypeError('a table is nothing that a Realtime Database has');
      return openTemplate(source, clientFor(source.text), read);
    },
    reads: () => rowsRead,
    bytes: () => bytes,
    browse: { names: (path) => clientFor(path.join('/')).names(path), node: (path, maySplit) => clientFor(path.slice(0, 1).join('/')).node(path, maySplit) },
  };
}

/** With the name of the database as a parameter. */
function emulatorUrl(emulator: string, declared: string): string {
  const { hostname, searchParams } = new URL(declared);
  const database = searchParams.get('ns') ?? hostname.split('.')[0] ?? '';
  const origin = emulatorOrigin(emulator);
  return origin === '' ? '' : `${origin}/?ns=${encodeURIComponent(database)}`;
}

/** A path of the file: down to the last fixed segment nodes hold other things as well, below it everything is a row. */
type Layout = { readonly head: readonly Segment[]; readonly depth: number };

function layoutOf({ segments }: Template): Layout {
  const headLength = segments.findLastIndex((segment) => 'fixed' in segment) + 1;
  return { head: segments.slice(0, headLength), depth: segments.length - headLength };
}

function openTemplate(template: Template, client: Client, read: (rows: readonly RawRow[]) => readonly RawRow[]): StoredSource {
  const layout = layoutOf(template);

  async function* scan(): AsyncGenerator<readonly RawRow[]> {
    const rows: RawRow[] = [];
    for await (const more of rowsBelow(client, layout)) {
      // In pages of one size, whatever came together.
      for (const row of more) {
        rows.push(row);
        if (rows.length === pageRows) yield read(rows.splice(0));
      }
    }
    if (rows.length > 0) yield read(rows);
  }

  async function* matching(fits: (row: RawRow) => boolean): AsyncGenerator<readonly RawRow[]> {
    for await (const page of scan()) {
      const some = page.filter(fits);
      if (some.length > 0) yield some;
    }
  }

  return {
    scan,
    count: async (only) => (only.length > 0 ? undefined : countRows(client, template)),
    // To ask for them would need an index.
    changedSince: (field, since) => matching(({ value }) => isAtLeast(value, field, Date.parse(since))),
    async find(keys) {
      const paths = keys.map((key) => pathsOf(template, key));
      const known = [...new Map(paths.flatMap((some) => some ?? []).map((path) => [path.join('/'), path])).values()];
      const found = read((await inTurns(known, (path) => rowAt(client, path))).flat());
      const lost = keys.filter((_, index) => paths[index] === undefined);
      if (lost.length === 0) return found;
      // What does not say where it is can be anywhere.
      const others: RawRow[] = [];
      for await (const page of matching((row) => lost.some((key) => isMeant(template, row, key)))) others.push(...page);
      return [...found, ...others];
    },
  };
}

/** Some at a time. */
async function inTurns<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let at = 0; at < items.length; at += atOnce) results.push(...(await Promise.all(items.slice(at, at + atOnce).map(work))));
  return results;
}

/** Every path that fits the segments: the names of those that are bound are asked for. */
async function pathsFor(client: Client, segments: readonly Segment[], enough = Number.POSITIVE_INFINITY): Promise<Path[] | undefined> {
  let paths: Path[] = [[]];
  for (const segment of segments) {
    if (paths.length > enough) return undefined;
    paths =
      'fixed' in segment
        ? paths.map((path) => [...path, segment.fixed])
        : (await inTurns(paths, async (path) => (await client.names(path)).map((name): Path => [...path, name]))).flat();
  }
  return paths.length > enough ? undefined : paths;
}

async function* rowsBelow(client: Client, { head, depth }: Layout): AsyncGenerator<readonly RawRow[]> {
  const paths = (await pathsFor(client, head)) ?? [];
  for (let at = 0; at < paths.length; at += atOnce) {
    const some = paths.slice(at, at + atOnce);
    const small = await Promise.all(some.map((path) => readAtOnce(client, path, depth)));
    for (const [index, rows] of small.entries()) {
      if (rows !== undefined) yield rows;
      else yield* inParts(client, some[index] ?? [], depth);
    }
  }
}

/** Whether fewer children at once may go better. */
const isTooMuch = (error: unknown): boolean => error instanceof ReadError && error.tooMuch !== undefined;

/** @returns `undefined` where it has to be read in parts */
async function readAtOnce(client: Client, path: Path, depth: number): Promise<readonly RawRow[] | undefined> {
  if (depth === 0) return rowAt(client, path);
  const names = await client.names(path);
  if (names.length === 0) return [];
  if (names.length > (depth === 1 ? pageRows : firstBranches)) return undefined;
  try {
    return await rowsOf(client, path, names, client.children((await client.node(path, true)).value), depth);
  } catch (error) {
    if (isTooMuch(error)) return undefined;
    throw error;
  }
}

async function rowAt(client: Client, path: Path): Promise<readonly RawRow[]> {
  return rowsIn(client, path, (await client.node(path, false)).value, 0);
}

/** The rows in a value that was read at a path. */
function rowsIn(client: Client, path: Path, value: Value, depth: number): RawRow[] {
  if (value === null) return [];
  if (depth === 0) return [{ path: path.join('/'), value: nodeOf(value) }];
  return client.children(value).flatMap(([name, child]) => rowsIn(client, [...path, name], child, depth - 1));
}

/** Some children at a time, as many as make an answer of a good size. */
async function* inParts(client: Client, path: Path, depth: number): AsyncGenerator<readonly RawRow[]> {
  const names = await client.names(path);
  let size = depth === 1 ? pageRows : firstBranches;
  /** What was too much once is not tried again. */
  let largest = depth === 1 ? pageRows : Number.POSITIVE_INFINITY;
  for (let at = 0; at < names.length;) {
    const part = names.slice(at, at + size);
    try {
      const { rows, bytes } = await readPart(client, path, part, depth);
      yield rows;
      at += part.length;
      size = Math.max(1, Math.min(largest, part.length * 4, Math.floor((wantedBytes / Math.max(1, bytes)) * part.length)));
    } catch (error) {
      if (!isTooMuch(error) || (part.length === 1 && depth === 1)) throw error;
      if (part.length === 1) {
        yield* inParts(client, [...path, part[0] ?? ''], depth - 1);
        at += 1;
      } else {
        size = Math.ceil(part.length / 2);
        largest = size;
      }
    }
  }
}

async function readPart(client: Client, path: Path, names: readonly string[], depth: number): Promise<{ rows: readonly RawRow[]; bytes: number }> {
  const [first = '', last = first] = [names[0], names.at(-1)];
  if (names.length === 1) {
    const { value, bytes } = await client.node([...path, first], depth > 1);
    return { rows: rowsIn(client, [...path, first], value, depth - 1), bytes };
  }
  const { value, bytes } = await client.part(path, first, last);
  // Whatever order the service has, nothing comes twice.
  const children = client.children(value).filter(([name]) => compareNames(name, first) >= 0 && compareNames(name, last) <= 0);
  return { rows: await rowsOf(client, path, names, children, depth), bytes };
}

/** The rows in the children that came of a node. Those of the names that did not come were deleted meanwhile, or got lost: each is asked for once more. */
async function rowsOf(client: Client, path: Path, names: readonly string[], children: ReturnType<Client['children']>, depth: number): Promise<RawRow[]> {
  const seen = new Set(children.map(([name]) => name));
  const missed = await inTurns(
    names.filter((name) => !seen.has(name)),
    async (name) => [name, (await client.node([...path, name], false)).value] as const,
  );
  return [...children, ...missed].flatMap(([name, child]) => rowsIn(client, [...path, name], child, depth - 1));
}

/** By names alone, where that takes few enough requests. */
async function countRows(client: Client, { segments }: Template): Promise<Count | undefined> {
  const last = segments.at(-1);
  const holders = await pathsFor(client, segments.slice(0, -1), countedNodes);
  if (holders === undefined || last === undefined) return undefined;
  const names = await inTurns(holders, client.names);
  return { rows: names.reduce((sum, some) => sum + ('fixed' in last ? Number(some.includes(last.fixed)) : some.length), 0) };
}

/** @returns every way to write the path of a key; `undefined` where a segment is not known */
function pathsOf({ segments }: Template, key: WantedKey): Path[] | undefined {
  let paths: Path[] = [[]];
  for (const segment of segments) {
    const spellings = 'fixed' in segment ? [segment.fixed] : key.segments.get(segment.bound);
    if (spellings === undefined) return undefined;
    paths = paths.flatMap((path) => spellings.filter(isName).map((name) => [...path, name]));
  }
  return paths;
}

function isMeant(template: Template, { path = '', value }: RawRow, { segments, fields }: WantedKey): boolean {
  const bound = matchPath(template, path) ?? new Map<string, string>();
  const around = { segments: bound, fields: rowFields(value), isSparse: true };
  return (
    [...segments].every(([name, spellings]) => !bound.has(name) || spellings.includes(bound.get(name) ?? '')) &&
    fields.every(({ path: field, anyOf }) => anyOf.some((wanted) => textIn(wanted) === textIn(valueAt({ kind: 'field', path: field }, around))))
  );
}

/** Text, numbers and booleans alike: a key is found by what it says. */
const textIn = (value: Maybe): string | undefined => {
  if (value === null || value === undefined) return undefined;
  if (isScalar(value)) return 'text' in value ? value.text : undefined;
  return typeof value === 'object' ? undefined : String(value);
};

/** Milliseconds or seconds, or ISO 8601. What is no time was written at no known time. */
function isAtLeast(value: Value, { path, unit }: ChangedField, since: number): boolean {
  const written = valueAt({ kind: 'field', path }, { segments: new Map(), fields: rowFields(value), isSparse: true });
  if (typeof written === 'string') return mayBeSince(written, since);
  if (unit === undefined || !isScalar(written) || written.kind !== 'number') return false;
  return Number(written.text) * (unit === 's' ? 1000 : 1) >= since;
}
