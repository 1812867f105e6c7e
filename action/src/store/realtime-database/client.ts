import { againAfterRead, readError, tooMuchOf, type Asked, type FailedRead } from './read-error.ts';
import { childrenOf, compareNames, isName, type Path } from './names.ts';
import { BudgetError, ReadError } from '../errors.ts';
import { parseExactJson } from '../exact-json.ts';
import { emulatorToken, mayHoldToken, type TokenSource } from '../google-auth.ts';
import { triesFor } from '../tries.ts';
import { retried } from '../../http/retry.ts';
import { ask } from '../../http/send.ts';
import type { Value } from '../value.ts';

/** Asks a Realtime Database by REST, counts what that costs, and says why when there is no answer. */
export type Client = {
  /**
   * The node, `null` where there is none.
   * @param maySplit whether its children can be asked for instead where it is too much
   * @throws {ReadError | BudgetError}
   */
  readonly node: (path: Path, maySplit: boolean) => Promise<Answered>;
  /** Its children from one name to another one, both included. */
  readonly part: (path: Path, first: string, last: string) => Promise<Answered>;
  /** The names of its children, in order. */
  readonly names: (path: Path) => Promise<readonly string[]>;
  /**
   * The children in what it answered.
   *
   * @throws {ReadError} where no Realtime Database has a node of that name: asked for by it, something else or nothing would be found
   */
  readonly children: (value: Value) => ReturnType<typeof childrenOf>;
};

export type Answered = { readonly value: Value; readonly bytes: number };

export type ClientOptions = Pick<Asked, 'store' | 'isEmulator' | 'isReadyToken'> & {
  /** With the name of the database where that is not in the host. */
  readonly url: string;
  /** An emulator needs none. */
  readonly tokens: TokenSource | undefined;
  readonly stop: AbortSignal;
  readonly remainingMs: () => number;
  /** Of one answer. */
  readonly maxBytes?: number | undefined;
  /** The path as the file writes it, for sentences. */
  readonly written: string;
  readonly onBytes: (bytes: number) => void;
};

/** As long as the largest answers take. */
const requestTimeoutMs = 30_000;
const retryMs = 500;

/** In memory it becomes several times as much. */
const maxAnswerBytes = 32 * 2 ** 20;

/** Names alone are a list that cannot be had in parts: a million of them. */
const namesFactor = 4;

export function createClient(options: ClientOptions): Client {
  const { url: base, tokens, stop, remainingMs, maxBytes = maxAnswerBytes, written, onBytes } = options;
  const who: Asked = { store: options.store, isEmulator: options.isEmulator, isReadyToken: options.isReadyToken, timeoutMs: requestTimeoutMs, maxBytes };

  /** A token that was not accepted: it may have been revoked while it should still be good. */
  let rejected: string | undefined;

  async function attempt(path: Path, query: Readonly<Record<string, string>>): Promise<Answered | FailedRead> {
    if (!URL.canParse(base))
      throw new ReadError(
        'The variable FIREBASE_DATABASE_EMULATOR_HOST does not hold a host and a port, such as 127.0.0.1:9000. Correct it, or remove it to read the real Realtime Database.',
      );
    const url = new URL(base);
    url.pathname = `/${path.map(encodeURIComponent).join('/')}.json`;
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const token = tokens ? await tokens.token(rejected) : emulatorToken;
    if (tokens && !mayHoldToken(url)) throw new TypeError('a token was to go to another host');
    const limit = 'shallow' in query ? maxBytes * namesFactor : maxBytes;
    try {
      const signal = AbortSignal.any([stop, AbortSignal.timeout(requestTimeoutMs)]);
      const answer = await ask(url, { headers: { authorization: `Bearer ${token}` }, signal }, limit);
      const bytes = Buffer.byteLength(answer.body);
      onBytes(bytes);
      if (answer.status === 401) rejected = token;
      if (answer.isTooLarge) return { path: written, defect: 'too-large' };
      if (answer.status !== 200) return { path: written, answer };
      const value = parseExactJson(answer.body);
      return value === undefined ? { path: written, answer, defect: 'not-json' } : { value, bytes };
    } catch (error) {
      return { path: written, thrown: error };
    }
  }

  /**
   * A failed read is tried again before it counts.
   *
   * @param maySplit whether less of the same can be asked for
   */
  async function get(path: Path, query: Readonly<Record<string, string>>, maySplit: boolean): Promise<Answered> {
    if (stop.aborted) throw new BudgetError();
    const result = await retried(
      () => attempt(path, query),
      (outcome) => {
        if (!('path' in outcome) || stop.aborted) return undefined;
        return againAfterRead(outcome, triesFor(tooMuchOf(outcome), maySplit));
      },
      { firstMs: retryMs, mayWait: (ms) => ms <= remainingMs(), stop },
    );
    if (!('path' in result)) return result;
    if (stop.aborted) throw new BudgetError();
    throw readError(result, who);
  }

  function children(value: Value): ReturnType<typeof childrenOf> {
    const all = childrenOf(value);
    if (all.every(([name]) => isName(name))) return all;
    throw readError({ path: written, defect: 'not-json' }, who);
  }

  return {
    children,
    node: (path, maySplit) => get(path, {}, maySplit),
    part: (path, first, last) => get(path, { orderBy: '"$key"', startAt: JSON.stringify(first), endAt: JSON.stringify(last) }, true),
    async names(path) {
      const { value } = await get(path, { shallow: 'true' }, false);
      return children(value)
        .map(([name]) => name)
        .toSorted(compareNames);
    },
  };
}
