import type { WebSocket } from 'ws';
import { seenFrom, type Caller, type Change, type Database } from './database.ts';
import { BadData, hashOf, pathOf, textOf, within, type Path, type Range, type Tree } from './tree.ts';

/** The part of the official client's protocol that it needs to listen and write. */

type Listener = { readonly path: Path; readonly range: Range | undefined; readonly tag: unknown };

type Body = Readonly<Record<string, unknown>>;
type Reply = { readonly status: string; readonly data?: unknown };

const ok: Reply = { status: 'ok', data: {} };

export type Serving = {
  readonly database: Database;
  readonly callerOf: (token: string) => Caller | 'unauthorized';
  /** Host and port for reconnecting clients. */
  readonly host: string;
};

export function serve(socket: WebSocket, { database, callerOf, host }: Serving): void {
  const listeners: Listener[] = [];
  let caller: Caller;
  const send = (text: string): void => socket.send(text);
  const push = (path: Path, value: Tree | null, tag: unknown): void =>
    send(`{"t":"d","d":{"a":"d","b":{"p":${JSON.stringify(path.join('/'))},"d":${textOf(value)}${tag === undefined ? '' : `,"t":${JSON.stringify(tag)}`}}}}`);

  function tell({ path, range, tag }: Listener, change: Change): void {
    const seen = seenFrom(path, change, database);
    if (seen === undefined) return;
    if (range === undefined) push(seen.path, seen.value, undefined);
    else push(path, within(database.read(path), range), tag);
  }

  function act(action: string, body: Body): Reply {
    if (action === 's' || action === 'appcheck') return ok;
    if (action === 'unauth') {
      caller = undefined;
      return ok;
    }
    if (action === 'auth' || action === 'gauth') {
      const authenticated = callerOf(String(body['cred']));
      if (authenticated === 'unauthorized') return { status: 'invalid_token', data: 'Invalid auth token' };
      caller = authenticated;
      return { status: 'ok', data: { auth: typeof caller === 'object' ? caller : null } };
    }
    const path = pathOf(String(body['p'] ?? '/'));
    const isRead = action === 'q' || action === 'g';
    if (isRead && !database.mayRead(path, caller)) return { status: 'permission_denied', data: 'Permission denied' };
    const range = rangeOf(body['q'] ?? {});
    switch (action) {
      case 'g':
        return { status: 'ok', data: JSON.parse(textOf(range === undefined ? database.read(path) : within(database.read(path), range))) as unknown };
      case 'q':
        listeners.push({ path, range, tag: body['t'] });
        push(path, range === undefined ? database.read(path) : within(database.read(path), range), body['t']);
        return ok;
      case 'n': {
        const index = listeners.findIndex((listener) => listener.path.join('/') === path.join('/') && listener.tag === body['t']);
        if (index !== -1) listeners.splice(index, 1);
        return ok;
      }
      case 'p':
      case 'm': {
        const isMerge = action === 'm';
        if (!database.mayWrite(path, body['d'], { isMerge }, caller)) return { status: 'permission_denied', data: 'Permission denied' };
        if (body['h'] !== undefined && body['h'] !== hashOf(database.read(path))) return { status: 'datastale', data: 'Transaction hash does not match' };
        // Listeners are notified before the write is acknowledged, because the client then drops its own guess.
        database.write(path, body['d'], { isMerge });
        return ok;
      }
      default:
        return { status: 'error', data: `This server does not know the action ${action}` };
    }
  }

  function receive(text: string): void {
    const { t: layer, d: data } = JSON.parse(text) as { t: string; d: { t?: string; r?: number; a?: string; b?: Body } };
    if (layer === 'c') {
      if (data.t === 'p') send('{"t":"c","d":{"t":"o","d":null}}');
      return;
    }
    const reply = ((): Reply => {
      try {
        return act(data.a ?? '', data.b ?? {});
      } catch (error) {
        if (error instanceof BadData) return { status: 'error', data: error.message };
        throw error;
      }
    })();
    send(JSON.stringify({ t: 'd', d: { r: data.r, b: { s: reply.status, d: reply.data === undefined ? '' : reply.data } } }));
  }

  database.onChange((changes) => {
    if (socket.readyState !== socket.OPEN) return;
    for (const change of changes) for (const listener of listeners) tell(listener, change);
  });

  // A long message is sent in pieces, after a frame with their number.
  const pieces: string[] = [];
  let awaited = 0;
  socket.on('message', (raw) => {
    const text = String(raw);
    if (awaited > 0) {
      pieces.push(text);
      if (pieces.length < awaited) return;
      awaited = 0;
      receive(pieces.splice(0).join(''));
    } else if (/^\d{1,6}$/.test(text)) {
      // 0 keeps the connection alive.
      awaited = Number(text);
    } else {
      receive(text);
    }
  });
  send(JSON.stringify({ t: 'c', d: { t: 'h', d: { ts: Date.now(), v: '5', h: host, s: crypto.randomUUID() } } }));
}

/** A query by key, as the client writes it; others would need an index, and an empty one requests everything. */
function rangeOf(query: unknown): Range | undefined {
  const { sp, sin, ep, ein, l, vf, i } = query as Record<string, unknown>;
  if (Object.keys(query as object).length === 0) return undefined;
  if (i !== undefined && i !== '.key') throw new BadData('Index not defined');
  return {
    ...(typeof sp === 'string' && { start: { name: sp, isIncluded: sin !== false } }),
    ...(typeof ep === 'string' && { end: { name: ep, isIncluded: ein !== false } }),
    ...(typeof l === 'number' && { limit: { count: l, isFromEnd: vf === 'r' } }),
  };
}
