import { againAfter, causeOfAnswer, causeOfError, isPassing, type Cause } from '../../http/cause.ts';
import { retried, type Again } from '../../http/retry.ts';
import { ask, type Answer } from '../../http/send.ts';
import { sentenceFor, type Host } from '../../http/sentence.ts';

/** The longest list has a hundred issues of 64 KiB, a third of them JSON escapes. */
const maxBytes = 32 * 2 ** 20;

/** Attempts in total, if GitHub does not ask to wait. */
const tries = 4;

export const hostOf = (apiUrl: string): Host => ({
  who: `GitHub's API at ${new URL(apiUrl).host}`,
  address: 'GITHUB_API_URL',
  whenGone: "this runner cannot look names up: check the runner's network; the next run catches up",
  whenDown: "look at githubstatus.com and at the runner's network and proxy; the next run catches up",
});

export type FetchOptions = {
  apiUrl: string;
  /** For one attempt at one request, in milliseconds. */
  timeoutMs: number;
  /** How long one second of waiting takes, in milliseconds. */
  secondMs: number;
  /** Whether there is time for this many more seconds. */
  mayWait: (seconds: number) => boolean;
};

/**
 * The `fetch` of the GitHub client. It retries by the same rule as for every host, except when GitHub limits requests in a way that the
 * throttling plugin knows; and it throws a sentence if GitHub did not answer.
 */
export function createFetch({ apiUrl, timeoutMs, secondMs, mayWait }: FetchOptions) {
  const host = hostOf(apiUrl);
  const foreign = `What answers at ${host.address} is not GitHub. Check the runner's network and proxy; the next run catches up.`;
  const unanswered = (cause: Cause): Error => new Error(sentenceFor(cause, host, timeoutMs) ?? foreign);

  async function attempt(url: string, init: RequestInit): Promise<Attempt> {
    try {
      const answer = await ask(url, { ...init, signal: AbortSignal.timeout(timeoutMs) }, maxBytes);
      const cause = causeOf(answer);
      return cause ? { answer: withoutToken(answer, init), cause } : { answer };
    } catch (error) {
      return { cause: causeOfError(error) };
    }
  }

  return async (url: string, init: RequestInit): Promise<Response> => {
    // A list contains the address of its next page, and the token is sent along, so the address is checked.
    if (new URL(url).origin !== new URL(apiUrl).origin) throw new Error(foreign);
    const mayRepeat = isRepeatable(url, init.method);
    const { answer, cause } = await retried(
      () => attempt(url, init),
      (result) => scaled(againOf(result, mayRepeat), secondMs),
      { firstMs: secondMs, limitedMs: secondMs, mayWait: (ms) => mayWait(ms / secondMs) },
    );
    // Errors are passed to the client, which understands GitHub's messages.
    if (answer && (!cause || answer.status >= 300))
      return new Response(hasNoBody(answer.status) ? null : answer.body, { status: answer.status, headers: withoutEncoding(answer.headers) });
    throw unanswered(cause ?? causeOfError(undefined));
  };
}

type Attempt = { answer?: Answer; cause?: Cause };

function causeOf(answer: Answer): Cause | undefined {
  if (answer.status >= 300) return causeOfAnswer(answer);
  if (hasNoBody(answer.status)) return undefined;
  if (!answer.isTooLarge && isJson(answer.body)) return undefined;
  const cause = causeOfAnswer(answer);
  // The client would take a truncated answer for an empty one, and an empty list for no issues.
  return cause.kind === 'web-page' ? cause : { ...cause, kind: 'cut' };
}

function againOf({ answer, cause }: Attempt, mayRepeat: boolean): Again | undefined {
  if (!cause || (answer && isKnownLimit(answer))) return undefined;
  // A rejected request had no effect; after any other failure, the effect is unknown.
  const isRefused = cause.status >= 400 && cause.status < 500;
  if (!isRefused && !mayRepeat) return undefined;
  return againAfter(cause, isPassing(cause) ? tries : 1);
}

const scaled = (again: Again | undefined, secondMs: number): Again | undefined =>
  again && { ...again, waitMs: again.waitMs === undefined ? undefined : (again.waitMs * secondMs) / 1000 };

/** The throttling plugin waits for these, and delays other requests meanwhile. */
const isKnownLimit = ({ status, headers, body }: Answer): boolean =>
  (status === 403 || status === 429) && (headers.get('x-ratelimit-remaining') === '0' || /\bsecondary rate\b/i.test(body));

/** GitHub rejects a second label with the same name, but not a second issue or comment: the tracker first checks whether it exists. */
const isRepeatable = (url: string, method = 'GET'): boolean => method !== 'POST' || new URL(url).pathname.endsWith('/labels');

const hasNoBody = (status: number): boolean => status === 204 || status === 205 || status === 304;

function isJson(text: string): boolean {
  try {
    return typeof JSON.parse(text) === 'object';
  } catch {
    return false;
  }
}

/** GitHub's error message is shown, and may repeat what was sent. */
function withoutToken(answer: Answer, { headers }: RequestInit): Answer {
  const [, token = ''] = /^\w+ (.+)$/.exec(new Headers(headers).get('authorization') ?? '') ?? [];
  return token === '' ? answer : { ...answer, body: answer.body.replaceAll(token, '***') };
}

/** The body is already decompressed. */
function withoutEncoding(headers: Headers): Headers {
  const kept = new Headers(headers);
  for (const name of ['content-encoding', 'content-length', 'transfer-encoding']) kept.delete(name);
  return kept;
}
