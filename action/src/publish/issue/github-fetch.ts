import { againAfter, causeOfAnswer, causeOfError, isPassing, type Cause } from '../../http/cause.ts';
import { retried, type Again } from '../../http/retry.ts';
import { ask, type Answer } from '../../http/send.ts';
import { sentenceFor, type Host } from '../../http/sentence.ts';

/** The longest list has a hundred issues of 64 KiB, a third of them in escapes. */
const maxBytes = 32 * 2 ** 20;

/** In all, where GitHub does not ask to wait. */
const tries = 4;

export const hostOf = (apiUrl: string): Host => ({
  who: `GitHub's API at ${new URL(apiUrl).host}`,
  address: 'GITHUB_API_URL',
  whenGone: "this runner cannot look names up: check the runner's network; the next run catches up",
  whenDown: "look at githubstatus.com and at the runner's network and proxy; the next run catches up",
});

export type FetchOptions = {
  apiUrl: string;
  /** For one attempt of one request, in milliseconds. */
  timeoutMs: number;
  /** What one second of waiting takes, in milliseconds. */
  secondMs: number;
  /** Whether there is time for so many seconds more. */
  mayWait: (seconds: number) => boolean;
};

/**
 * What the GitHub client asks with. It tries again by the rule for every host, except where GitHub limits in the way that
 * the throttling plugin knows; and it throws, in a sentence, where no answer of GitHub's came.
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
    // A list names its next page itself, and the token goes along: to nobody else.
    if (new URL(url).origin !== new URL(apiUrl).origin) throw new Error(foreign);
    const mayRepeat = isRepeatable(url, init.method);
    const { answer, cause } = await retried(
      () => attempt(url, init),
      (result) => scaled(againOf(result, mayRepeat), secondMs),
      { firstMs: secondMs, limitedMs: secondMs, mayWait: (ms) => mayWait(ms / secondMs) },
    );
    // An error is for the client, which knows what GitHub says in it.
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
  // The client would take what broke off for an empty answer, and an empty list for no issues.
  return cause.kind === 'web-page' ? cause : { ...cause, kind: 'cut' };
}

function againOf({ answer, cause }: Attempt, mayRepeat: boolean): Again | undefined {
  if (!cause || (answer && isKnownLimit(answer))) return undefined;
  // What was refused was not done; of what failed in any other way, nobody knows.
  const isRefused = cause.status >= 400 && cause.status < 500;
  if (!isRefused && !mayRepeat) return undefined;
  return againAfter(cause, isPassing(cause) ? tries : 1);
}

const scaled = (again: Again | undefined, secondMs: number): Again | undefined =>
  again && { ...again, waitMs: again.waitMs === undefined ? undefined : (again.waitMs * secondMs) / 1000 };

/** The throttling plugin waits for these, and keeps other requests back meanwhile. */
const isKnownLimit = ({ status, headers, body }: Answer): boolean =>
  (status === 403 || status === 429) && (headers.get('x-ratelimit-remaining') === '0' || /\bsecondary rate\b/i.test(body));

/** A second label of a name is refused. A second issue or comment is not: the tracker looks first whether it is there. */
const isRepeatable = (url: string, method = 'GET'): boolean => method !== 'POST' || new URL(url).pathname.endsWith('/labels');

const hasNoBody = (status: number): boolean => status === 204 || status === 205 || status === 304;

function isJson(text: string): boolean {
  try {
    return typeof JSON.parse(text) === 'object';
  } catch {
    return false;
  }
}

/** What GitHub says of an error is shown, and may repeat what it was sent. */
function withoutToken(answer: Answer, { headers }: RequestInit): Answer {
  const [, token = ''] = /^\w+ (.+)$/.exec(new Headers(headers).get('authorization') ?? '') ?? [];
  return token === '' ? answer : { ...answer, body: answer.body.replaceAll(token, '***') };
}

/** The body is unpacked already. */
function withoutEncoding(headers: Headers): Headers {
  const kept = new Headers(headers);
  for (const name of ['content-encoding', 'content-length', 'transfer-encoding']) kept.delete(name);
  return kept;
}
