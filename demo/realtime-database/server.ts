import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { WebSocketServer } from 'ws';
import { createDatabase, type Caller, type Rules } from './database.ts';
import { answer, failure, type Limits, type RestAnswer } from './rest.ts';
import { serve } from './socket.ts';
import { at, isBranch, pathOf, textOf } from './tree.ts';

export type { Caller, Rules } from './database.ts';
export { failure } from './rest.ts';

/** A request that was answered. */
export type SeenRequest = {
  readonly method: string;
  /** Path and query, as sent. */
  readonly path: string;
  /** The header as sent. */
  readonly authorization: string | undefined;
  readonly status: number;
  /** Size of the answer's body, which the service bills. */
  readonly bytes: number;
};

/** What happens to a request instead of its answer: another answer, or half of it and then a broken connection. */
export type Fault = { readonly status: number; readonly body: string; readonly headers?: Readonly<Record<string, string>> } | 'cut';

export type RealtimeDatabaseOptions = {
  /** Name of the database. Requests with another `ns` find no database. */
  readonly name?: string;
  /** Tokens of service accounts, to which rules do not apply. */
  readonly accessTokens?: readonly string[];
  /** Without rules, everybody may do everything, as in an emulator. */
  readonly rules?: Rules;
  readonly limits?: Partial<Limits>;
  /** Called before a REST request is answered; may be slow. */
  readonly fault?: (request: { method: string; path: string; index: number }) => Fault | undefined | Promise<Fault | undefined>;
};

/** A Realtime Database on this machine. */
export type RealtimeDatabase = {
  /** The `url` of a store and the argument of `getDatabase`, with the name of the database. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** As JSON, by the rules of the service. */
  readonly get: (path: string) => unknown;
  readonly set: (path: string, json: unknown) => void;
  readonly update: (path: string, json: unknown) => void;
  /** The number of children. */
  readonly size: (path: string) => number;
  /** Every REST request so far, oldest first. */
  readonly requests: SeenRequest[];
  /** While it is unreachable, nothing is answered and every connection is cut, as without a network. */
  readonly setOnline: (isOnline: boolean) => void;
  readonly close: () => Promise<void>;
};

const hosted: Limits = { answerBytes: 256 * 2 ** 20, nodes: 75_000_000 };

export async function startRealtimeDatabase({
  name = 'demo-default-rtdb',
  accessTokens = ['owner'],
  rules = {},
  limits = {},
  fault,
}: RealtimeDatabaseOptions = {}): Promise<RealtimeDatabase> {
  const database = createDatabase(rules);
  const requests: SeenRequest[] = [];
  let isOnline = true;
  let index = 0;

  const callerOf = (token: string): Caller | 'unauthorized' => (accessTokens.includes(token) ? 'admin' : (userOf(token) ?? 'unauthorized'));

  function authenticated(incoming: IncomingMessage, query: URLSearchParams): Caller | 'unauthorized' {
    const [, bearer] = /^Bearer (.+)$/.exec(incoming.headers.authorization ?? '') ?? [];
    const token = bearer ?? query.get('access_token') ?? query.get('auth') ?? undefined;
    return token === undefined ? undefined : callerOf(token);
  }

  async function respond(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    if (!isOnline) return void incoming.socket.destroy();
    const path = incoming.url ?? '/';
    const method = String(incoming.headers['x-http-method-override'] ?? incoming.method ?? 'GET').toUpperCase();
    const body = await text(incoming);
    const { pathname, searchParams: query } = new URL(path, 'http://localhost');
    const asked = (): RestAnswer => {
      if ((query.get('ns') ?? name) !== name)
        return failure(404, 'Firebase error. Please ensure that you have the URL of your Firebase Realtime Database instance configured correctly.');
      return answer(database, { method, pathname, query, body }, authenticated(incoming, query), { ...hosted, ...limits });
    };
    const injected = await fault?.({ method, path, index: index++ });
    const given = injected === undefined || injected === 'cut' ? asked() : injected;
    requests.push({ method, path, authorization: incoming.headers.authorization, status: given.status, bytes: Buffer.byteLength(given.body) });
    const headers = {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(given.body),
      ...(injected !== 'cut' && injected?.headers),
    };
    outgoing.writeHead(given.status, given.status === 204 ? {} : headers);
    if (injected !== 'cut') return void outgoing.end(given.body);
    outgoing.write(given.body.slice(0, given.body.length / 2), () => outgoing.destroy());
  }

  const server = createServer((incoming, outgoing) => {
    respond(incoming, outgoing).catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const host = `127.0.0.1:${port}`;

  const sockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (incoming, socket, head) => {
    if (!isOnline) return void socket.destroy();
    sockets.handleUpgrade(incoming, socket, head, (opened) => serve(opened, { database, callerOf, host }));
  });

  function cutOff(): void {
    for (const socket of sockets.clients) socket.terminate();
    server.closeAllConnections();
  }

  return {
    url: `http://${host}/?ns=${name}`,
    host: '127.0.0.1',
    port,
    get: (path) => JSON.parse(textOf(database.read(pathOf(path)))) as unknown,
    set: (path, json) => database.write(pathOf(path), json),
    update: (path, json) => database.write(pathOf(path), json, { isMerge: true }),
    size(path) {
      const node = at(database.read([]), pathOf(path));
      return isBranch(node) ? node.size : 0;
    },
    requests,
    setOnline(online) {
      isOnline = online;
      if (!online) cutOff();
    },
    async close() {
      cutOff();
      sockets.close();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The user of an ID token. As in an emulator, the signature is not verified. */
function userOf(token: string): { uid: string } | undefined {
  try {
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { sub?: unknown; user_id?: unknown };
    const uid = claims.sub ?? claims.user_id;
    return typeof uid === 'string' ? { uid } : undefined;
  } catch {
    return undefined;
  }
}
