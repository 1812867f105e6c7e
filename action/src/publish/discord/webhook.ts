import { setTimeout as sleep } from 'node:timers/promises';
import { DefaultRestOptions, REST, type ResponseLike, type RouteLike } from 'discord.js';
import { ToldError } from '../../defect.ts';
import type { Message } from './message.ts';

/**
 * Its message says what happened, the likely cause and what to do. It has no `cause` on purpose: the errors of
 * discord.js hold the webhook's URL, which is a secret, and the message, which may hold revealed values.
 */
export class DiscordError extends ToldError {
  override name = 'DiscordError';
}

export type Patience = {
  /** Longest wait for one answer, in milliseconds. */
  answerMs: number;
  /** Longest time for everything, waits included, in milliseconds. */
  totalMs: number;
  /** Waits before trying again after an answer that is no fault of the message, or none, in milliseconds. */
  retryMs: readonly number[];
};

const patience: Patience = { answerMs: 10_000, totalMs: 60_000, retryMs: [500, 1_000, 2_000] };

/** An answer that does not accept the message, or none. */
type Failure = {
  /** HTTP status; absent when no answer came. */
  status?: number;
  /** Discord's own error code, or the network's. */
  code?: string;
  /** How long to wait before the next try, as the answer says, in milliseconds. */
  retryAfterMs?: number;
};

/** What `judge` throws, so that it passes through discord.js unchanged. */
class Refusal extends Error {
  failure: Failure;
  constructor(failure: Failure) {
    super('refused');
    this.failure = failure;
  }
}

/**
 * Posts to exactly the address that was given, whatever stands before `/webhooks` and in its query.
 *
 * @throws {DiscordError}
 */
export async function postMessage(url: URL, message: Message, { answerMs, totalMs, retryMs }: Patience = patience): Promise<void> {
  const split = url.pathname.lastIndexOf('/webhooks/');
  const route: RouteLike = `/${url.pathname.slice(split + 1)}`;
  const query = new URLSearchParams(url.search);
  query.set('wait', 'true');
  const rest = new REST({
    api: `${url.origin}${url.pathname.slice(0, split)}`,
    timeout: answerMs,
    // Repeated below: discord.js repeats at once, waits for as long as it is told to, overlooks a `retry_after` that
    // is in the body only, and takes a redirection for an acceptance.
    retries: 0,
    makeRequest: judge,
    hashSweepInterval: 0,
    handlerSweepInterval: 0,
  });

  const start = performance.now();
  const waits = [...retryMs];
  for (;;) {
    const failure = await post();
    if (!failure) return;
    const wait = failure.status === 429 ? (failure.retryAfterMs ?? 1_000) : isPassing(failure) ? waits.shift() : undefined;
    if (wait === undefined || performance.now() - start + wait > totalMs) throw new DiscordError(explainFailure(failure, answerMs));
    await sleep(wait);
  }

  async function post(): Promise<Failure | undefined> {
    try {
      await rest.queueRequest({ method: 'POST' as never, fullRoute: route, query, body: message, auth: false, versioned: false });
      return undefined;
    } catch (error) {
      return error instanceof Refusal ? error.failure : { code: codeOf(error) };
    }
  }
}

const isPassing = ({ status }: Failure): boolean => status === undefined || status >= 500;

/** One request, with every answer but an acceptance as a `Refusal`. */
async function judge(url: string, init: Parameters<typeof DefaultRestOptions.makeRequest>[1]): Promise<ResponseLike> {
  const response = await DefaultRestOptions.makeRequest(url, init);
  // Read in any case, or the socket stays open. Once accepted, the message is posted, whatever becomes of the rest.
  const body = await response.text().catch(() => '');
  if (response.ok) return response;
  const { retry_after: retryAfter, code } = jsonObject(body);
  const seconds = [Number(retryAfter ?? Number.NaN), Number(response.headers.get('retry-after') ?? Number.NaN)];
  const known = seconds.filter((value) => value >= 0);
  throw new Refusal({
    status: response.status,
    ...(Number.isInteger(code) && { code: String(code) }),
    // A moment more, as clocks differ, and so that a 0 is no busy loop.
    ...(known.length > 0 && { retryAfterMs: Math.max(...known) * 1_000 + 100 }),
  });
}

function jsonObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

/** A name such as `ECONNREFUSED`; nothing else of the error is fit to be seen. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'UNKNOWN';
  if (error.name === 'AbortError') return 'TIMEOUT';
  const code = 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^\w{1,60}$/.test(code) ? code : 'UNKNOWN';
}

const newWebhook = 'Create one under Channel settings > Integrations > Webhooks, and store its URL as the secret that discord-webhook-url reads.';

/** What happened, the likely cause and what to do. */
export function explainFailure({ status, code, retryAfterMs }: Failure, answerMs: number): string {
  if (status === undefined) {
    return code === 'TIMEOUT'
      ? `Discord did not answer within ${answerMs / 1_000} s, several times. It may have an outage (https://discordstatus.com), or the runner may not connect to it; the next message will be tried again.`
      : `Discord could not be reached (${code}). Check the address in discord-webhook-url, and that the runner may connect to it.`;
  }
  if (status === 429) {
    const asked = retryAfterMs === undefined ? '' : ` and asks to wait ${Math.ceil(retryAfterMs / 1_000)} s`;
    return `Discord limits this webhook's messages (429)${asked}, longer than a run waits. Too much is posted to it: give Driftwatch a webhook of its own.`;
  }
  if (status >= 500) {
    return `Discord failed several times (${status}). It probably has an outage (https://discordstatus.com); the next message will be tried again.`;
  }
  if (status < 400) {
    return `The webhook's address redirects to another one (${status}), where a secret is not sent. Set discord-webhook-url to the final address.`;
  }
  if (status === 404) return `Discord knows no such webhook (404). It was deleted, or its URL is incomplete. ${newWebhook}`;
  if (status === 401 || status === 403) {
    return `Discord refuses the webhook's token (${status}). Its URL was cut short or mistyped. Copy it again, or use a new webhook. ${newWebhook}`;
  }
  if (code === '220001' || code === '220002') {
    return `Discord wants to know the thread (${status}, code ${code}): the webhook belongs to a forum channel. Add ?thread_id=<id> to discord-webhook-url, or use a webhook of a text channel.`;
  }
  const numbered = code === undefined ? status : `${status}, code ${code}`;
  return `Discord rejected the message (${numbered}). This is probably a fault of Driftwatch; please open an issue that names its version.`;
}
