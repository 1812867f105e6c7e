import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Write, commit } from './commit.ts';
import { type StoredDocument, makeDocuments } from './documents.ts';
import { masked } from './field-path.ts';
import { type Aggregation, type StructuredQuery, aggregate, known, runQuery, selected } from './query.ts';
import { type Fields, comparePaths, compareText, invalid, microsOf, normalizeFields, refusalOf, refuse, timestampOf } from './value.ts';

export { type Fields, type Plain, type Value, toFields, toValue } from './value.ts';

/**
 * A Firestore on this machine that speaks REST v1: the subset that Firebase's light client and the action use. It keeps an hour of history
 * for reads at an earlier time, bills as Firestore does, rejects queries that hosted Firestore has no index for, and fails on demand.
 */
export type Firestore = {
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  /** `127.0.0.1:<port>`, for FIRESTORE_EMULATOR_HOST. */
  readonly host: string;
  readonly port: number;
  readonly project: string;
  readonly database: string;
  /** Every request so far, oldest first. Set `length = 0` to start again. */
  readonly requests: FirestoreRequest[];
  /** Number of documents that were billed so far. */
  reads: () => number;
  /**
   * Passes every request to `hook` first. Its answer is sent instead of the real one; `undefined` leaves the request alone, and a pending
   * promise keeps the client waiting. Pass `undefined` to remove the hook.
   */
  fault: (hook: Fault | undefined) => void;
  /** Writes one complete document. @returns its update time */
  set: (path: string, fields: Fields) => string;
  delete: (path: string) => void;
  /** Fields of one document, if it exists. */
  get: (path: string) => Fields | undefined;
  /** Paths of all documents, in Firestore's order. */
  paths: () => string[];
  stop: () => Promise<void>;
};

export type FirestoreRequest = {
  readonly method: string;
  /** The path after the host, as sent. */
  readonly path: string;
  /** `runQuery`, `commit`, `batchGet`, …; `get` and `list` for documents by path. */
  readonly rpc: string;
  readonly headers: IncomingMessage['headers'];
  /** The JSON that was sent. */
  readonly body: unknown;
};

export type FirestoreReply = {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text is sent unchanged, anything else as JSON. */
  readonly body: unknown;
  /** Closes the connection after this many bytes of the body. */
  readonly cutAfter?: number;
};

/** @param answer handles the request, and returns what would be answered */
export type Fault = (request: FirestoreRequest, answer: () => FirestoreReply) => FirestoreReply | undefined | Promise<FirestoreReply | undefined>;

export type FirestoreOptions = {
  project?: string;
  database?: string;
  /** `0` chooses a free port. */
  port?: number;
  /** Indexes in addition to Firestore's default ones, as `posts.updatedAt`; `all` to reject nothing. */
  indexes?: 'all' | readonly string[];
  /** How far back a read may look. */
  historyMs?: number;
  /** Milliseconds since 1970, with fractions. */
  now?: () => number;
};

const statuses = {
  INVALID_ARGUMENT: 400,
  FAILED_PRECONDITION: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  ABORTED: 409,
  RESOURCE_EXHAUSTED: 429,
  INTERNAL: 500,
  UNIMPLEMENTED: 501,
  UNAVAILABLE: 503,
  DEADLINE_EXCEEDED: 504,
} as const;

/** An error in Firestore's format; streaming methods return it within a list. */
export function failure(code: keyof typeof statuses, message: string, { streaming = false }: { streaming?: boolean } = {}): FirestoreReply {
  const body = { error: { code: statuses[code], message, status: code } };
  return { status: statuses[code], body: streaming ? [body] : body };
}

const streams = ['runQuery', 'batchGet', 'runAggregationQuery'];

export async function startFirestore({
  project = 'demo-board',
  database = '(default)',
  port: wanted = 0,
  indexes = [],
  historyMs = 3_600_000,
  now = () => performance.timeOrigin + performance.now(),
}: FirestoreOptions = {}): Promise<Firestore> {
  const root = `projects/${project}/databases/${database}/documents`;
  const documents = makeDocuments(historyMs * 1000);
  const requests: FirestoreRequest[] = [];
  let last = 0;
  let billed = 0;
  let fault: Fault | undefined;

  /** Strictly increasing, so that a read is after every write that was answered before. */
  function tick(): number {
    last = Math.max(Math.floor(now() * 1000), last + 1);
    return last;
  }

  function bill(count: number): void {
    billed += count;
  }

  const nameOf = (path: string): string => `${root}/${path}`;

  function pathOf(name: unknown): string {
    if (typeof name !== 'string' || !name.startsWith(`${root}/`)) throw invalid(`Document name "${String(name).slice(0, 200)}" is not of this database.`);
    return documentPath(name.slice(root.length + 1));
  }

  function readTimeOf(readTime: string | null | undefined): number {
    const present = tick();
    if (typeof readTime !== 'string') return present;
    const asked = microsOf(readTime);
    if (asked > present) throw invalid("The requested 'read_time' cannot be in the future.");
    if (asked < present - historyMs * 1000) throw refuse('FAILED_PRECONDITION', "The requested 'read_time' is too old.");
    return asked;
  }

  function shown(document: StoredDocument, fields: Fields): object {
    return {
      name: nameOf(document.path),
      ...(Object.keys(fields).length > 0 ? { fields } : {}),
      createTime: timestampOf(document.createTime),
      updateTime: timestampOf(document.updateTime),
    };
  }

  function answerCommit(payload: { writes?: Write[] }): object {
    known(payload, 'database', 'writes');
    const time = tick();
    const writeResults = commit(payload.writes ?? [], { documents, time, pathOf });
    return { ...(writeResults.length > 0 ? { writeResults } : {}), commitTime: timestampOf(time) };
  }

  function answerBatchGet(payload: { documents?: string[]; mask?: { fieldPaths?: string[] }; readTime?: string }): object[] {
    known(payload, 'database', 'documents', 'mask', 'readTime');
    const time = readTimeOf(payload.readTime);
    const readTime = timestampOf(time);
    const names = [...new Set(payload.documents)];
    const found = names.map((name) => documents.get(pathOf(name), time));
    bill(names.length);
    return names.map((name, at) => {
      const document = found[at];
      if (!document) return { missing: name, readTime };
      return { found: shown(document, payload.mask ? masked(document.fields, payload.mask.fieldPaths ?? []) : document.fields), readTime };
    });
  }

  function answerQuery(parent: string, payload: { structuredQuery?: StructuredQuery; readTime?: string; explainOptions?: { analyze?: boolean } }): object[] {
    known(payload, 'parent', 'structuredQuery', 'readTime', 'explainOptions');
    const query = payload.structuredQuery;
    if (!query) throw invalid('only structured queries are supported');
    const time = readTimeOf(payload.readTime);
    const readTime = timestampOf(time);
    const { documents: found, skipped } = runQuery(query, { documents, parent, time, indexes, nameOf });
    const readOperations = Math.max(1, found.length + skipped);
    bill(readOperations);
    const results: object[] = found.map((document) => ({ document: shown(document, selected(document.fields, query)), readTime }));
    if (results.length === 0) results.push({ readTime });
    if (payload.explainOptions?.analyze) {
      results.push({
        readTime,
        explainMetrics: {
          planSummary: {},
          executionStats: { resultsReturned: String(found.length), executionDuration: '0s', readOperations: String(readOperations) },
        },
      });
    }
    return results;
  }

  function answerAggregation(
    parent: string,
    payload: { structuredAggregationQuery?: { structuredQuery?: StructuredQuery; aggregations?: Aggregation[] }; readTime?: string },
  ): object[] {
    known(payload, 'parent', 'structuredAggregationQuery', 'readTime', 'explainOptions');
    const { structuredQuery: query, aggregations = [] } = payload.structuredAggregationQuery ?? {};
    if (!query) throw invalid('only structured queries are supported');
    const time = readTimeOf(payload.readTime);
    const { documents: found } = runQuery(query, { documents, parent, time, indexes, nameOf });
    bill(Math.max(1, Math.ceil(found.length / 1000)));
    return [{ result: { aggregateFields: aggregate(aggregations, found) }, readTime: timestampOf(time) }];
  }

  function answerCollectionIds(parent: string, payload: { pageSize?: number; pageToken?: string; readTime?: string }): object {
    known(payload, 'parent', 'pageSize', 'pageToken', 'readTime');
    const time = readTimeOf(payload.readTime);
    const below = parent === '' ? '' : `${parent}/`;
    const ids = new Set<string>();
    for (const path of documents.paths(time)) {
      if (path.startsWith(below)) ids.add(path.slice(below.length).split('/', 1)[0] ?? '');
    }
    bill(1);
    const { page, nextPageToken } = paged([...ids].toSorted(compareText), payload.pageSize ?? 100, payload.pageToken);
    return { ...(page.length > 0 ? { collectionIds: page } : {}), ...nextPageToken };
  }

  function answerGet(path: string, question: URLSearchParams): object {
    const time = readTimeOf(question.get('readTime'));
    const document = documents.get(path, time);
    bill(1);
    if (!document) throw refuse('NOT_FOUND', `Document "${nameOf(path)}" not found.`);
    const mask = question.getAll('mask.fieldPaths');
    return shown(document, mask.length > 0 ? masked(document.fields, mask) : document.fields);
  }

  function answerList(collection: string, question: URLSearchParams): object {
    const time = readTimeOf(question.get('readTime'));
    const depth = collection.split('/').length + 1;
    const paths = new Set<string>();
    for (const path of documents.paths(time)) {
      const segments = path.split('/');
      if (path.startsWith(`${collection}/`) && (segments.length === depth || question.get('showMissing') === 'true'))
        paths.add(segments.slice(0, depth).join('/'));
    }
    const { page, nextPageToken } = paged([...paths].toSorted(comparePaths), Number(question.get('pageSize') ?? 100), question.get('pageToken') ?? undefined);
    bill(Math.max(1, page.length));
    const mask = question.getAll('mask.fieldPaths');
    const listed = page.map((path) => {
      const document = documents.get(path, time);
      return document ? shown(document, mask.length > 0 ? masked(document.fields, mask) : document.fields) : { name: nameOf(path) };
    });
    return { ...(listed.length > 0 ? { documents: listed } : {}), ...nextPageToken };
  }

  /** @throws the error of `refuse`, if the request is invalid */
  function answer(request: FirestoreRequest, parent: string, question: URLSearchParams): unknown {
    const payload = typeof request.body === 'object' && request.body !== null ? request.body : {};
    switch (request.rpc) {
      case 'commit':
        return answerCommit(payload);
      case 'batchGet':
        return answerBatchGet(payload);
      case 'runQuery':
        return answerQuery(parent, payload);
      case 'runAggregationQuery':
        return answerAggregation(parent, payload);
      case 'listCollectionIds':
        return answerCollectionIds(parent, payload);
      case 'list':
        return answerList(parent, question);
      default:
        return answerGet(parent, question);
    }
  }

  /** What is requested, of which database and below which document; `undefined` for a path that Firestore does not have. */
  function addressOf(method: string, url: URL): { rpc: string; database: string; parent: string } | undefined {
    const [, asked = '', below = '', rpc] =
      /^\/v1\/(projects\/[^/]+\/databases\/[^/]+)\/documents((?:\/.+?)?)(?::([a-zA-Z]+))?$/.exec(decodeURIComponent(url.pathname)) ?? [];
    if (asked === '') return undefined;
    const parent = below.slice(1);
    const document = parent.split('/').length % 2 === 0;
    if (method === 'GET' && rpc === undefined && parent !== '') return { rpc: document ? 'get' : 'list', database: asked, parent };
    if (method !== 'POST' || rpc === undefined || (parent !== '' && !document)) return undefined;
    const names = parent === '' ? ['commit', 'batchGet', ...streams, 'listCollectionIds'] : ['runQuery', 'runAggregationQuery', 'listCollectionIds'];
    return names.includes(rpc) ? { rpc, database: asked, parent } : undefined;
  }

  function replyTo(request: FirestoreRequest, address: { database: string; parent: string }, question: URLSearchParams): FirestoreReply {
    const streaming = streams.includes(request.rpc);
    if (`${address.database}/documents` !== root) {
      const [, named, , id] = address.database.split('/');
      return failure('NOT_FOUND', `The database ${id} does not exist for project ${named}.`, { streaming });
    }
    try {
      return { status: 200, body: answer(request, address.parent, question) };
    } catch (error) {
      const refusal = refusalOf(error);
      if (!refusal) throw error;
      return failure(refusal.code, refusal.message, { streaming });
    }
  }

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const method = incoming.method ?? 'GET';
    const url = new URL(incoming.url ?? '/', 'http://127.0.0.1');
    const address = addressOf(method, url);
    if (!address) {
      send(outgoing, { status: 404, headers: { 'content-type': 'text/plain' }, body: 'Not Found' });
      return;
    }
    let body: unknown;
    if (chunks.length > 0) {
      try {
        body = JSON.parse(Buffer.concat(chunks).toString('utf8'));
      } catch {
        send(outgoing, failure('INVALID_ARGUMENT', 'Invalid JSON payload received.', { streaming: streams.includes(address.rpc) }));
        return;
      }
    }
    const request: FirestoreRequest = { method, path: incoming.url ?? '/', rpc: address.rpc, headers: incoming.headers, body };
    requests.push(request);
    const real = (): FirestoreReply => replyTo(request, address, url.searchParams);
    send(outgoing, (await fault?.(request, real)) ?? real());
  }

  const server = createServer((incoming, outgoing) => {
    serve(incoming, outgoing).catch((error: unknown) => {
      if (outgoing.headersSent) outgoing.destroy();
      else send(outgoing, failure('INTERNAL', String(error)));
    });
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(wanted, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}`,
    host: `127.0.0.1:${port}`,
    port,
    project,
    database,
    requests,
    reads: () => billed,
    fault(hook) {
      fault = hook;
    },
    set(path, fields) {
      const time = tick();
      commit([{ update: { name: nameOf(path), fields: normalizeFields(fields) } }], { documents, time, pathOf });
      return timestampOf(documents.get(path, time)?.updateTime ?? time);
    },
    delete(path) {
      commit([{ delete: nameOf(path) }], { documents, time: tick(), pathOf });
    },
    get: (path) => documents.get(path, last)?.fields,
    paths: () => [...documents.paths(last)].toSorted(comparePaths),
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Collections and documents alternate, and the ids are valid in Firestore. */
function documentPath(path: string): string {
  const segments = path.split('/');
  if (segments.length % 2 !== 0) throw invalid(`Document name "${path.slice(0, 200)}" lacks "/" at its end.`);
  for (const segment of segments) {
    if (segment === '' || segment === '.' || segment === '..' || Buffer.byteLength(segment) > 1500)
      throw invalid(`Resource id "${segment.slice(0, 50)}" is invalid.`);
    if (/^__(?!id\d+__$).*__$/s.test(segment)) throw invalid(`Resource id "${segment.slice(0, 50)}" is invalid because it is reserved.`);
  }
  return path;
}

/** A page token is the last item of the previous page. */
function paged(all: readonly string[], size: number, token: string | undefined): { page: string[]; nextPageToken: { nextPageToken?: string } } {
  const start = token === undefined ? 0 : all.indexOf(Buffer.from(token, 'base64url').toString('utf8')) + 1;
  const page = all.slice(start, start + (size > 0 ? size : 100));
  const final = page.at(-1);
  const more = final !== undefined && start + page.length < all.length;
  return { page, nextPageToken: more ? { nextPageToken: Buffer.from(final).toString('base64url') } : {} };
}

function send(outgoing: ServerResponse, { status, headers = {}, body, cutAfter }: FirestoreReply): void {
  const content = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  outgoing.writeHead(status, { 'content-type': 'application/json; charset=UTF-8', 'content-length': String(content.length), ...headers });
  if (cutAfter === undefined || cutAfter >= content.length) {
    outgoing.end(content);
    return;
  }
  outgoing.write(content.subarray(0, cutAfter), () => outgoing.destroy());
}
