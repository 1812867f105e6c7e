import { randomBytes } from 'node:crypto';
import type { Caller, Database } from './database.ts';
import { BadData, inOrder, isBranch, nodesIn, parseJson, pathOf, textOf, within, type Branch, type Range, type Tree } from './tree.ts';

/** The REST API of one database: takes a raw request, and answers as the service does. */

export type RestRequest = { readonly method: string; readonly pathname: string; readonly query: URLSearchParams; readonly body: string };
export type RestAnswer = { readonly status: number; readonly body: string };

export type Limits = {
  /** Limit for one answer; 256 MB on the hosted service. */
  readonly answerBytes: number;
  /** Limit for the values below the requested path, however many of them are returned; 75 million on the hosted service. */
  readonly nodes: number;
};

/** An error in the format of the service. */
export const failure = (status: number, error: string, more: Readonly<Record<string, string>> = {}): RestAnswer => ({
  status,
  body: `{\n${Object.entries({ error, ...more })
    .map(([name, value]) => `  ${JSON.stringify(name)} : ${JSON.stringify(value)}`)
    .join(',\n')}\n}\n`,
});

export function answer(database: Database, { method, pathname, query, body }: RestRequest, caller: Caller | 'unauthorized', limits: Limits): RestAnswer {
  if (!pathname.endsWith('.json')) return failure(404, '404 Not Found');
  if (caller === 'unauthorized') return failure(401, 'Unauthorized request.');
  try {
    const path = pathOf(decodeURIComponent(pathname.slice(0, -'.json'.length)));
    const print = query.get('print');
    if (method === 'GET') {
      if (!database.mayRead(path, caller)) return failure(401, 'Permission denied');
      return printed(read(database.read(path), path, query, limits), print);
    }
    if (method !== 'PUT' && method !== 'PATCH' && method !== 'POST' && method !== 'DELETE') return failure(405, 'Method Not Allowed');
    const json = method === 'DELETE' ? null : parseJson(body);
    const name = method === 'POST' ? pushId() : undefined;
    const place = name === undefined ? path : [...path, name];
    const isMerge = method === 'PATCH';
    if (!database.mayWrite(place, json, { isMerge }, caller)) return failure(401, 'Permission denied');
    database.write(place, json, { isMerge });
    if (print === 'silent') return { status: 204, body: '' };
    return { status: 200, body: name !== undefined ? JSON.stringify({ name }) : method === 'DELETE' ? 'null' : body };
  } catch (error) {
    if (error instanceof BadData || error instanceof URIError) return failure(400, error.message);
    throw error;
  }
}

function printed(result: RestAnswer, print: string | null): RestAnswer {
  if (result.status !== 200) return result;
  if (print === 'silent') return { status: 204, body: '' };
  return print === 'pretty' ? { status: 200, body: `${JSON.stringify(JSON.parse(result.body), null, 2)}\n` } : result;
}

const filters = ['orderBy', 'startAt', 'startAfter', 'endAt', 'endBefore', 'equalTo', 'limitToFirst', 'limitToLast'] as const;

function read(tree: Tree | null, path: readonly string[], query: URLSearchParams, { answerBytes, nodes }: Limits): RestAnswer {
  const given = filters.filter((name) => query.has(name));
  if (nodesIn(tree) > nodes && query.get('shallow') !== 'true')
    return failure(400, 'Data requested exceeds the maximum size that can be accessed with a single request.');
  if (query.get('shallow') === 'true') {
    if (given.length > 0) return failure(400, "Mixing 'shallow' with query parameters is not supported");
    return whole(
      isBranch(tree)
        ? `{${inOrder(tree)
            .map(([name]) => `${JSON.stringify(name)}:true`)
            .join(',')}}`
        : textOf(tree),
      answerBytes,
    );
  }
  if (given.length === 0) return whole(textOf(tree), answerBytes);
  if (!query.has('orderBy')) return failure(400, 'orderBy must be defined when other query parameters are defined');
  const orderBy = valueOf(query, 'orderBy');
  if (typeof orderBy !== 'string') return failure(400, 'orderBy must be a valid JSON encoded path');
  if (orderBy !== '$key')
    return failure(400, `Index not defined, add ".indexOn": "${orderBy === '$value' ? '.value' : orderBy}", for path "/${path.join('/')}", to the rules`);
  const range = rangeOf(query);
  // Filtered results are unordered: here, the order always differs from that of the names.
  return 'status' in range ? range : whole(textOf(within(tree, range), disordered), answerBytes);
}

const disordered = (branch: Branch): Iterable<[string, Tree]> => inOrder(branch).toReversed();

const whole = (body: string, answerBytes: number): RestAnswer =>
  Buffer.byteLength(body) > answerBytes ? failure(413, 'Payload is too large') : { status: 200, body };

const valueOf = (query: URLSearchParams, name: string): unknown => {
  try {
    return JSON.parse(query.get(name) ?? '');
  } catch {
    return undefined;
  }
};

function rangeOf(query: URLSearchParams): Range | RestAnswer {
  const names = new Map<string, string>();
  for (const bound of ['startAt', 'startAfter', 'endAt', 'endBefore', 'equalTo']) {
    if (!query.has(bound)) continue;
    const name = valueOf(query, bound);
    if (typeof name !== 'string') return failure(400, `${bound} must be a string when ordering by key`);
    names.set(bound, name);
  }
  const bound = (included: string, excluded: string) => {
    const name = names.get(included) ?? names.get('equalTo') ?? names.get(excluded);
    return name === undefined ? undefined : { name, isIncluded: !names.has(excluded) };
  };
  const [start, end] = [bound('startAt', 'startAfter'), bound('endAt', 'endBefore')];
  const [limitName] = ['limitToFirst', 'limitToLast'].filter((name) => query.has(name));
  const count = limitName === undefined ? 0 : Number(query.get(limitName));
  if (limitName !== undefined && !(Number.isInteger(count) && count > 0)) return failure(400, `${limitName} must be an integer greater than 0`);
  return { ...(start && { start }), ...(end && { end }), ...(limitName !== undefined && { limit: { count, isFromEnd: limitName === 'limitToLast' } }) };
}

const alphabet = '-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz';

/** 48 bits of milliseconds, then random bits. */
function pushId(): string {
  const time = Array.from({ length: 8 }, (_, index) => alphabet.charAt(Math.floor(Date.now() / 64 ** (7 - index)) % 64));
  return time.join('') + [...randomBytes(12)].map((byte) => alphabet.charAt(byte % 64)).join('');
}
