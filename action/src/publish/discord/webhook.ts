import { REST, type DefaultRestOptions, type ResponseLike, type RouteLike } from 'discord.js';
import { ToldError } from '../../defect.ts';
import { againAfter, causeOfAnswer, causeOfError, isPassing, type Cause } from '../../http/cause.ts';
import { retried } from '../../http/retry.ts';
import { ask } from '../../http/send.ts';
import { asked, sentenceFor, type Host } from '../../http/sentence.ts';
import type { Message } from './message.ts';

/**
 * Its message says what happened, the likely cause and what to do. It deliberately has no `cause`: the errors of discord.js contain the
 * webhook's URL, which is a secret, and the message, which may contain revealed values.
 */
export class DiscordError extends ToldError {
  override name = 'DiscordError';
}

export type Patience = {
  /** Longest wait for one answer, in milliseconds. */
  answerMs: number;
  /** Longest time for everything, waits included, in milliseconds. */
  totalMs: number;
  /** Wait before the second try if there was no answer, or an error that is not the message's fault, in milliseconds; it doubles. */
  retryMs: number;
  /** The same if Discord limits requests without saying for how long. */
  limitedMs?: number;
};

const patience: Patience = { answerMs: 10_000, totalMs: 60_000, retryMs: 500 };

/** How often to try if Discord does not say how long to wait. */
const tries = 4;

/** Thrown by `judge`, so that it passes through discord.js unchanged. */
class Refusal extends Error {
  reason: Cause;
  constructor(reason: Cause) {
    super('refused');
    this.reason = reason;
  }
}

/**
 * Posts to exactly the given address, whatever comes before `/webhooks` and in its query.
 *
 * @throws {DiscordError}
 */
export async function postMessage(url: URL, message: Message, { answerMs, totalMs, retryMs, limitedMs }: Patience = patience): Promise<void> {
  const split = url.pathname.lastIndexOf('/webhooks/');
  const route: RouteLike = `/${url.pathname.slice(split + 1)}`;
  const query = new URLSearchParams(url.search);
  query.set('wait', 'true');
  const rest = new REST({
    api: `${url.origin}${url.pathname.slice(0, split)}`,
    timeout: answerMs,
    // Retried below instead: discord.js retries at once, waits for as long as it is asked to, overlooks a `retry_after` that is only in the
    // body, and takes a redirect for success.
    retries: 0,
    makeRequest: judge,
    hashSweepInterval: 0,
    handlerSweepInterval: 0,
  });

  async function post(): Promise<Cause | undefined> {
    try {
      await rest.queueRequest({ method: 'POST' as never, fullRoute: route, query, body: message, auth: false, versioned: false });
      return undefined;
    } catch (error) {
      return error instanceof Refusal ? error.reason : causeOfError(error);
    }
  }

  const end = performance.now() + totalMs;
  const failure = await retried(post, (cause) => cause && againAfter(cause, isPassing(cause) ? tries : 1), {
    firstMs: retryMs,
    limitedMs,
    mayWait: (ms) => performance.now() + ms <= end,
  });
  if (failure) throw new DiscordError(explainFailure(failure, answerMs));
}

/** Sends one request; every answer but success becomes a `Refusal`. */
async function judge(url: string, init: Parameters<typeof DefaultRestOptions.makeRequest>[1]): Promise<ResponseLike> {
  // Once accepted, the message is posted, whatever the rest of the answer looks like.
  const answer = await ask(url, init as RequestInit, 0).catch((error: unknown) => {
    throw new Refusal(causeOfError(error));
  });
  if (answer.status >= 200 && answer.status < 300) return new Response(null, { status: answer.status }) as ResponseLike;
  throw new Refusal(causeOfAnswer(answer));
}

const newWebhook = 'Create one under Channel settings > Integrations > Webhooks, and store its URL as the secret that discord-webhook-url reads.';

const discord: Host = {
  who: 'Discord',
  address: 'discord-webhook-url',
  whenGone: 'this runner cannot look names up: copy the URL again from Channel settings > Integrations > Webhooks',
  whenDown: 'look at https://discordstatus.com; the next message will be tried again',
};

/** What happened, the likely cause and what to do. */
export function explainFailure(cause: Cause, answerMs: number): string {
  const { kind, status, code } = cause;
  if (kind === 'limited') {
    return `Discord limits this webhook's messages (429)${asked(cause)}, longer than a run waits. Too much is posted to it: give Driftwatch its own webhook.`;
  }
  if (status >= 500) {
    return `Discord failed several times (${status}). It probably has an outage (https://discordstatus.com); the next message will be tried again.`;
  }
  const sentence = (kind === 'said' ? saidByDiscord(cause) : undefined) ?? sentenceFor(cause, discord, answerMs);
  if (sentence !== undefined) return sentence;
  if (kind === 'refusal') {
    return `The message was rejected at discord-webhook-url (${status}), but not by Discord. The address leads to something else, or something in between refused it: copy the webhook's URL again, and check whether this runner may connect to Discord.`;
  }
  return `Discord rejected the message (${/^[1-9]\d{0,8}$/.test(code) ? `${status}, code ${code}` : status}). This is probably a bug in Driftwatch; please open an issue that names its version.`;
}

/** By Discord's own error code; each of them comes with more than one status. */
function saidByDiscord({ status, code }: Cause): string | undefined {
  switch (code) {
    case '0':
      if (status === 401) return wrongToken(status);
      return status === 404 ? `Discord has nothing at this address (404). It is incomplete or mistyped. ${newWebhook}` : undefined;
    case '50027':
      return wrongToken(status);
    case '10015':
      return `Discord does not know this webhook (${status}). It was deleted, or its URL is incomplete. ${newWebhook}`;
    case '10003':
      return `Discord does not find the channel or the thread (${status}, code ${code}). The webhook's channel was deleted, or the thread that ?thread_id= names: take thread_id out of discord-webhook-url or name another thread, or use a webhook of another channel.`;
    case '50083':
      return `The thread in Discord is archived (${status}, code ${code}). Open it again, or take ?thread_id= out of discord-webhook-url or name another thread.`;
    case '160005':
      return `The thread in Discord is locked (${status}, code ${code}). Unlock it, or take ?thread_id= out of discord-webhook-url or name another thread.`;
    case '50001':
    case '50013':
      return `Discord does not let the webhook post there (${status}, code ${code}). It may not see the channel or the thread, or not write in it: look at the permissions of the channel, or use a webhook of another one.`;
    case '40333':
      return `Discord has blocked this runner (${status}, code ${code}). Too many failed requests came from its address, mostly other people's on a shared runner: run again later.`;
    case '220001':
    case '220002':
      return `Discord needs a thread (${status}, code ${code}): the webhook belongs to a forum channel. Add ?thread_id=<id> to discord-webhook-url, or use a webhook of a text channel.`;
    case '220003':
      return `Discord creates no threads for a webhook of this channel (${status}, code ${code}). It is not a forum: take thread_name out of discord-webhook-url.`;
    default:
      return undefined;
  }
}

const wrongToken = (status: number): string =>
  `Discord refuses the webhook's token (${status}). Its URL was cut short or mistyped. Copy it again, or use a new webhook. ${newWebhook}`;
