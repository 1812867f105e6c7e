import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import process from 'node:process';
import { buffer } from 'node:stream/consumers';
import { migrationFiles, startWorld as startEmbedded, type World, type WorldOptions } from '../../demo/world.ts';
import { copyDatabase } from './databases.ts';

export type { World } from '../../demo/world.ts';

/** A world whose database is on the server that `POSTGRES_URL` names, as it does when all tests run; without it in this process. */
export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const server = process.env['POSTGRES_URL'];
  if (server === undefined) return startEmbedded(options);
  const statements = migrationFiles(options.migrations ?? []).map((file) => readFileSync(file, 'utf8'));
  const database = await copyDatabase(server, options.statements ?? statements);
  const world = await startEmbedded({ statements: [], postgres: database.url });
  return {
    ...world,
    async close() {
      await world.close();
      await database.drop();
    },
  };
}

/**
 * Waits until no transaction of the server, which other tests use as well, is older than the rows of this table. Until then, the row
 * functions have to take them for rows that are being written.
 */
export async function untilOld({ sql }: Pick<World, 'sql'>, table: string): Promise<void> {
  const isOld = async (): Promise<boolean> => {
    const [row] = await sql<{ old: boolean }>(
      `select bool_and(age(xmin) > age((pg_snapshot_xmin(pg_current_snapshot())::text::numeric % 4294967296)::text::xid)) as old from "${table}"`,
    );
    return row?.old === true;
  };
  while (!(await isOld()));
}

export type ProxyRequest = {
  method: string;
  /** Path and query, as sent. */
  path: string;
  headers: IncomingMessage['headers'];
  body: Buffer;
  /** How many requests came before this one, this proxy's life long. */
  index: number;
};

export type ProxyAnswer = { status: number; headers: Record<string, string>; body: Buffer };

/** What can be done about one request. A fault that neither replies nor cuts leaves the client waiting. */
export type Exchange = {
  request: ProxyRequest;
  /** Asks the server behind the proxy. */
  forward: () => Promise<ProxyAnswer>;
  reply: (answer: ProxyAnswer) => void;
  /** Announces the whole answer, sends the first half of its body, and closes the connection. */
  cut: (answer: ProxyAnswer) => void;
};

export type Fault = (exchange: Exchange) => void | Promise<void>;

/** Decides for each request what happens to it; nothing for one that goes through untouched. */
export type Behaviour = (request: ProxyRequest) => Fault | undefined;

export type Proxy = { url: string; requests: ProxyRequest[]; close: () => Promise<void> };

/** Answers once this has come about. */
export const heldUntil =
  (event: Promise<unknown>): Fault =>
  async ({ forward, reply }) => {
    const answer = await forward();
    await event;
    reply(answer);
  };

/** The connection ends in the middle of the body. */
export const cutShort: Fault = async ({ forward, cut }) => cut(await forward());

/** Never answers. */
export const hanging: Fault = () => {};

/** The server is not asked; `body` comes back in its place. */
export const answering =
  (status: number, body: string, contentType = 'application/json'): Fault =>
  ({ reply }) =>
    reply({ status, headers: { 'content-type': contentType }, body: Buffer.from(body) });

/** What a gateway says when the project behind it is down. */
export const htmlError = (status: number): Fault => answering(status, `<!DOCTYPE html><html><body><h1>${status}</h1></body></html>`, 'text/html');

/** A whole answer with status 200 whose JSON ends too early. */
export const malformed: Fault = async ({ forward, reply }) => {
  const answer = await forward();
  reply({ ...answer, body: answer.body.subarray(0, Math.floor(answer.body.length / 2)) });
};

/**
 * Rows of a JSON array are changed or dropped on the way; anything else goes through.
 *
 * @param mendRange whether `Content-Range` is made to fit the rows that are left, or still tells of the others
 */
export const rewritten =
  (change: (rows: unknown[]) => unknown[], { mendRange }: { mendRange: boolean }): Fault =>
  async ({ forward, reply }) => {
    const answer = await forward();
    const rows: unknown = answer.body.length > 0 ? JSON.parse(answer.body.toString()) : undefined;
    if (!Array.isArray(rows)) return reply(answer);
    const kept = change(rows);
    const headers = { ...answer.headers };
    const [, first, total] = /^(\d+)-\d+\/(.*)$/.exec(headers['content-range'] ?? '') ?? [];
    if (mendRange && first !== undefined) {
      headers['content-range'] = kept.length === 0 ? `*/${total}` : `${first}-${Number(first) + kept.length - 1}/${total}`;
    }
    reply({ ...answer, headers, body: Buffer.from(JSON.stringify(kept)) });
  };

/** Only the first rows of an array arrive. */
export const truncated = (rows: number, { mendRange }: { mendRange: boolean }): Fault => rewritten((all) => all.slice(0, rows), { mendRange });

/** The fault for requests that match; counted from 1, only the `nth` of them where that is given. */
export function on(matches: (request: ProxyRequest) => boolean, fault: Fault, nth?: number): Behaviour {
  let seen = 0;
  return (request) => {
    if (!matches(request)) return undefined;
    seen += 1;
    return nth === undefined || seen === nth ? fault : undefined;
  };
}

/** The first of these behaviours that has something to do does it. Each of them sees every request. */
export const firstOf =
  (...behaviours: readonly Behaviour[]): Behaviour =>
  (request) =>
    behaviours.map((behaviour) => behaviour(request)).find((fault) => fault !== undefined);

/** Requests of one table or, as `rpc/<name>`, of one function. */
export const toTable =
  (table: string) =>
  (request: ProxyRequest): boolean =>
    new URL(request.path, 'http://localhost').pathname === `/rest/v1/${table}`;

/** A server on a free local port that stands before another one and misbehaves on purpose. */
export async function startProxy(targetUrl: string, behaviour: Behaviour): Promise<Proxy> {
  const requests: ProxyRequest[] = [];

  async function handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await buffer(incoming);
    const { method = 'GET', url: path = '/', headers } = incoming;
    const request = { method, path, headers, body, index: requests.length };
    requests.push(request);

    const reply = (answer: ProxyAnswer) => {
      outgoing.writeHead(answer.status, { ...answer.headers, 'content-length': answer.body.length }).end(answer.body);
    };
    await (behaviour(request) ?? passedOn)({
      request,
      forward: () => ask(targetUrl, request),
      reply,
      cut: (answer) => {
        outgoing.writeHead(answer.status, { ...answer.headers, 'content-length': answer.body.length });
        outgoing.write(answer.body.subarray(0, Math.floor(answer.body.length / 2)), () => outgoing.destroy());
      },
    });
  }

  const server = createServer((incoming, outgoing) => {
    // The client sees a cut connection, which is what a broken proxy looks like.
    handle(incoming, outgoing).catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const passedOn: Fault = async ({ forward, reply }) => reply(await forward());

/** Of one connection, not of the message: they end at the proxy. */
const hopByHop = new Set(['connection', 'content-encoding', 'content-length', 'expect', 'host', 'keep-alive', 'transfer-encoding']);

async function ask(targetUrl: string, { method, path, headers, body }: ProxyRequest): Promise<ProxyAnswer> {
  const kept = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined || hopByHop.has(name) ? [] : [[name, [value].flat().join(', ')] as [string, string]],
  );
  const response = await fetch(`${targetUrl}${path}`, {
    method,
    headers: kept,
    ...(method === 'GET' || method === 'HEAD' ? {} : { body: new Uint8Array(body) }),
  });
  return {
    status: response.status,
    headers: Object.fromEntries([...response.headers].filter(([name]) => !hopByHop.has(name))),
    body: Buffer.from(await response.arrayBuffer()),
  };
}
