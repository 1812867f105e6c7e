import { decodeFields, isRaw, readDocument, type Raw, type StoredDocument } from './decode.ts';
import { writeQuery, type Query } from './query.ts';
import { againAfterRead, lacksIndex, readError, tooMuchOf, type Asked, type FailedRead } from './read-error.ts';
import { BudgetError, ReadError } from '../errors.ts';
import { emulatorToken, mayHoldToken, type TokenSource } from '../google-auth.ts';
import { triesFor } from '../tries.ts';
import { retried } from '../../http/retry.ts';
import { parseJson } from '../../document/json.ts';
import { ask } from '../../http/send.ts';
import type { RawRow } from '../store.ts';

/** Asks Firestore by REST v1, counts what that costs, and says why when there is no answer. */
export type Client = {
  /** What the full name of a document begins with. */
  readonly prefix: string;
  /**
   * @param readTime the moment to read at; without one, now
   * @throws {ReadError | BudgetError}
   */
  readonly query: (query: Query, readTime?: string) => Promise<Page>;
  /** @returns `undefined` where an index is missing */
  readonly queryByIndex: (query: Query, readTime?: string) => Promise<Page | undefined>;
  /** @returns `undefined` where an index is missing */
  readonly count: (query: Query, readTime?: string) => Promise<number | undefined>;
  /** Those of the documents that are there, as they are now. */
  readonly get: (paths: readonly string[]) => Promise<readonly StoredDocument[]>;
  /** The ids of the collections right below a document, or right below the database (`''`). */
  readonly collections: (below: string) => Promise<readonly string[]>;
  /** Paths of some documents of a collection; also of those that are not there, and have collections below them all the same. */
  readonly parents: (collection: string, limit: number) => Promise<readonly string[]>;
  readonly decode: (document: StoredDocument) => RawRow;
  readonly fail: (failed: FailedRead) => ReadError;
  /** What was billed so far, in documents. */
  readonly reads: () => number;
};

export type Page = {
  readonly documents: readonly StoredDocument[];
  readonly readTime: string;
  /** It took little, so that more may be asked for. */
  readonly isSmall: boolean;
};

export type ClientOptions = {
  /** Name of the store in the file. */
  readonly store: string;
  readonly project: string;
  readonly database: string;
  /** Scheme, host and port. */
  readonly origin: string;
  /** The token came as it is, so that nobody can renew it. */
  readonly isReadyToken: boolean;
  /** An emulator needs none. */
  readonly tokens: TokenSource | undefined;
  readonly stop: AbortSignal;
  readonly remainingMs: () => number;
  /** Of one answer. */
  readonly maxBytes?: number | undefined;
};

/** Firestore itself gives a query up after a minute. */
const requestTimeoutMs = 30_000;
const retryMs = 500;

/** A page of ordinary documents has a tenth of it. */
const maxAnswerBytes = 32 * 2 ** 20;

/** Names of collections that are asked for at once. */
const mostListed = 300;
/** Of a list that comes in pages: nobody looks at more. */
const mostPages = 20;

/** An aggregation costs a read for every so many entries of an index. */
const entriesARead = 1000;

/** An answer is a stream of elements. */
type Streamed = { readonly elements: readonly Raw[]; readonly isSmall: boolean };

/** Whatever was asked for, less than one is not billed. */
const atLeastOne = (reads: number): number => Math.max(1, reads);

export function createClient(options: ClientOptions): Client {
  const { project, database, origin, tokens, stop, remainingMs, maxBytes = maxAnswerBytes } = options;
  const isEmulator = tokens === undefined;
  const root = `projects/${project}/databases/${database}/documents`;
  const prefix = `${root}/`;
  const who: Asked = {
    store: options.store,
    address: isEmulator ? 'FIRESTORE_EMULATOR_HOST' : origin.replace(/^https?:\/\//, ''),
    isEmulator,
    isReadyToken: options.isReadyToken,
    timeoutMs: requestTimeoutMs,
    maxBytes,
  };
  const fail = (failed: FailedRead): ReadError => readError(failed, who);
  let billed = 0;
  /** A token that was not accepted: it may have been revoked while it should still be good. */
  let rejected: string | undefined;

  /** @param body without one, the address itself is asked */
  async function attempt(address: string, body: string | undefined, what: string): Promise<Streamed | FailedRead> {
    const started = performance.now();
    if (!URL.canParse(origin))
      throw new ReadError(
        'The variable FIRESTORE_EMULATOR_HOST does not hold a host and a port, such as 127.0.0.1:8080. Correct it, or remove it to read the real Firestore.',
      );
    const url = new URL(`${origin}/v1/${address}`);
    // Google pads its answers otherwise; what stands in for it need not know the parameter.
    if (!isEmulator) url.search += `${url.search === '' ? '?' : '&'}$prettyPrint=false`;
    const token = tokens ? await tokens.token(rejected) : emulatorToken;
    if (tokens && !mayHoldToken(url)) throw new TypeError('a token was to go to another host');
    // Google compresses for those whose name says that they understand it.
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'user-agent': 'driftwatch (gzip)' };
    const signal = AbortSignal.any([stop, AbortSignal.timeout(requestTimeoutMs)]);
    try {
      const answer = await ask(url, body === undefined ? { headers, signal } : { method: 'POST', headers, body, signal }, maxBytes);
      if (answer.status === 401) rejected = token;
      if (answer.status < 200 || answer.status >= 300) return { what, answer };
      if (answer.isTooLarge) {
        billed += answer.body.match(/"readTime":\s*"/g)?.length ?? 0;
        return { what, defect: 'too-large' };
      }
      const elements = parseElements(answer.body);
      if (elements === 'not-json') return { what, answer, defect: 'not-json' };
      if (elements === undefined) return { what, defect: 'unexpected' };
      const { error } = elements.at(-1) ?? {};
      if (!isRaw(error)) return { elements, isSmall: answer.body.length < maxBytes / 4 && performance.now() - started < requestTimeoutMs / 4 };
      billed += elements.filter(isDocument).length;
      const status = typeof error['code'] === 'number' ? error['code'] : 500;
      if (status === 401) rejected = token;
      return { what, answer: { status, headers: answer.headers, body: JSON.stringify({ error }) }, isCut: true };
    } catch (error) {
      if (error instanceof BudgetError) throw error;
      return { what, thrown: error };
    }
  }

  /**
   * A failed read is tried again before it counts.
   *
   * @param maySplit whether less of the same can be asked for
   * @returns what was read, or how it failed where `stands` says that this is an answer as well
   */
  async function post<T>(
    method: string,
    body: object,
    what: string,
    read: (streamed: Streamed) => T | undefined,
    { below = '', ...how }: { maySplit?: boolean; stands?: (failed: FailedRead) => boolean; below?: string | undefined } = {},
  ): Promise<T | undefined> {
    return request(`${addressOf(below)}:${method}`, JSON.stringify(body), what, read, how);
  }

  const addressOf = (below: string): string => [...root.split('/'), ...below.split('/').filter((part) => part !== '')].map(encodeURIComponent).join('/');

  async function request<T>(
    address: string,
    body: string | undefined,
    what: string,
    read: (streamed: Streamed) => T | undefined,
    { maySplit = false, stands = () => false }: { maySplit?: boolean; stands?: (failed: FailedRead) => boolean } = {},
  ): Promise<T | undefined> {
    if (stop.aborted) throw new BudgetError();
    const result = await retried(
      async () => {
        const outcome = await attempt(address, body, what);
        if ('what' in outcome) return outcome;
        const value = read(outcome);
        return value === undefined ? { what, defect: 'unexpected' as const } : { value };
      },
      (outcome) => {
        if (!('what' in outcome) || stop.aborted || stands(outcome)) return undefined;
        return againAfterRead(outcome, triesFor(tooMuchOf(outcome), maySplit));
      },
      { firstMs: retryMs, mayWait: (ms) => ms <= remainingMs(), stop },
    );
    if (!('what' in result)) return result.value;
    if (stands(result)) return undefined;
    if (stop.aborted) throw new BudgetError();
    throw fail(result);
  }

  /** What comes in pages, which may be shorter than they were asked for, until it is enough. */
  async function listed(
    pageAt: (pageToken?: string) => { readonly address: string; readonly body?: string },
    what: string,
    itemsIn: (page: Raw) => readonly string[] | undefined,
    enough = Number.POSITIVE_INFINITY,
  ): Promise<readonly string[]> {
    const all: string[] = [];
    let pageToken: string | undefined;
    for (let pages = 0; pages < mostPages && all.length < enough; pages += 1) {
      const { address, body } = pageAt(pageToken);
      const page = await request(address, body, what, ({ elements: [first] }) => {
        const items = first && itemsIn(first);
        return items && { items, next: first['nextPageToken'] };
      });
      all.push(...(page?.items ?? []));
      if (typeof page?.next !== 'string' || page.next === '') break;
      pageToken = page.next;
    }
    return all.slice(0, enough);
  }

  const nameOf = ({ collection }: Query): string => `collection ${collection.id}`;

  function readPage({ elements, isSmall }: Streamed): Page | undefined {
    const documents = documentsIn(elements.filter(isDocument).map(({ document }) => document));
    const readTime = elements.find((element) => typeof element['readTime'] === 'string')?.['readTime'];
    if (!documents || typeof readTime !== 'string') return undefined;
    billed += atLeastOne(documents.length);
    return { documents, readTime, isSmall };
  }

  function documentsIn(raw: readonly unknown[]): StoredDocument[] | undefined {
    const documents = raw.flatMap((document) => readDocument(document) ?? []);
    return documents.length === raw.length ? documents : undefined;
  }

  const queryBody = (query: Query, readTime: string | undefined) => ({ structuredQuery: writeQuery(query), ...(readTime !== undefined && { readTime }) });

  const run = (query: Query, readTime: string | undefined, stands: (failed: FailedRead) => boolean) =>
    post('runQuery', queryBody(query, readTime), nameOf(query), readPage, { maySplit: (query.limit ?? 1) > 1, stands });

  return {
    prefix,
    queryByIndex: (query, readTime) => run(query, readTime, lacksIndex),
    async query(query, readTime) {
      const page = await run(query, readTime, () => false);
      if (page === undefined) throw fail({ what: nameOf(query), defect: 'unexpected' });
      return page;
    },
    count: (query, readTime) =>
      post(
        'runAggregationQuery',
        {
          structuredAggregationQuery: { structuredQuery: writeQuery(query), aggregations: [{ alias: 'n', count: {} }] },
          ...(readTime !== undefined && { readTime }),
        },
        `the count of ${nameOf(query)}`,
        ({ elements }) => {
          const count = countIn(elements);
          if (count !== undefined) billed += atLeastOne(Math.ceil(count / entriesARead));
          return count;
        },
        { stands: lacksIndex, below: query.collection.below },
      ),
    async get(paths) {
      const what = 'documents by path';
      const found = await post(
        'batchGet',
        { documents: paths.map((path) => prefix + path) },
        what,
        ({ elements }) => {
          const answered = elements.filter(({ found: document, missing }) => document !== undefined || missing !== undefined);
          const documents = documentsIn(answered.flatMap(({ found: document }) => document ?? []));
          if (answered.length < new Set(paths).size) return undefined;
          billed += answered.length;
          return documents;
        },
        { maySplit: paths.length > 1 },
      );
      return found ?? [];
    },
    collections: (below) =>
      listed(
        (pageToken) => ({ address: `${addressOf(below)}:listCollectionIds`, body: JSON.stringify({ pageSize: mostListed, pageToken }) }),
        'the list of collections',
        ({ collectionIds: ids = [] }) => {
          if (!Array.isArray(ids) || !ids.every((id) => typeof id === 'string')) return undefined;
          billed += 1;
          return ids;
        },
      ),
    parents(collection, limit) {
      const address = `${addressOf(collection)}?pageSize=${limit}&showMissing=true&mask.fieldPaths=__name__`;
      return listed(
        (pageToken) => ({ address: pageToken === undefined ? address : `${address}&pageToken=${encodeURIComponent(pageToken)}` }),
        `collection ${collection.split('/').at(-1) ?? ''}`,
        ({ documents: raw = [] }) => {
          const documents = Array.isArray(raw) ? documentsIn(raw) : undefined;
          if (documents !== undefined) billed += atLeastOne(documents.length);
          return documents?.map(({ path }) => path);
        },
        limit,
      );
    },
    decode(document) {
      const value = decodeFields(document.fields);
      if (value === undefined) throw fail({ what: collectionAt(document.path), defect: 'unknown-value' });
      return { path: document.path, value, ...(document.updateTime !== undefined && { updateTime: document.updateTime }) };
    },
    fail,
    reads: () => billed,
  };
}

/** Collections have names of the team's; what they hold is not for a sentence. */
const collectionAt = (path: string): string => `collection ${path.split('/').at(-2) ?? ''}`;

const isDocument = (element: Raw): element is Raw & { readonly document: unknown } => element['document'] !== undefined;

function parseElements(body: string): readonly Raw[] | 'not-json' | undefined {
  try {
    const parsed: unknown = parseJson(body);
    // A list is a stream of them; what is not streamed is one alone.
    const elements: unknown[] = Array.isArray(parsed) ? parsed : [parsed];
    return elements.every(isRaw) ? elements : undefined;
  } catch {
    return 'not-json';
  }
}

/** `{ result: { aggregateFields: { n: { integerValue: '7' } } } }` */
function countIn(elements: readonly Raw[]): number | undefined {
  const { result } = elements.find((element) => isRaw(element['result'])) ?? {};
  const { aggregateFields } = isRaw(result) ? result : {};
  const { n } = isRaw(aggregateFields) ? aggregateFields : {};
  const { integerValue } = isRaw(n) ? n : {};
  return typeof integerValue === 'string' && /^\d{1,15}$/.test(integerValue) ? Number(integerValue) : undefined;
}
