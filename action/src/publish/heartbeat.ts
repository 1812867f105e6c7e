import { ToldError } from '../defect.ts';
import { againAfter, causeOfAnswer, causeOfError, isPassing, type Cause } from '../http/cause.ts';
import { retried } from '../http/retry.ts';
import { ask } from '../http/send.ts';
import { asked, sentenceFor, type Host } from '../http/sentence.ts';
import type { Settings } from '../inputs.ts';
import type { Report } from '../report/report.ts';
import { isConclusive } from '../verdict/verdict.ts';

/** It deliberately has no `cause`: network errors may contain the address, which is a secret. */
export class HeartbeatError extends ToldError {
  override name = 'HeartbeatError';
}

export type Patience = {
  /** Longest wait for one answer, in milliseconds. */
  answerMs: number;
  /** Wait before the second try, in milliseconds. */
  retryMs: number;
  /** The same if the service limits requests without saying for how long. */
  limitedMs?: number;
};

const patience: Patience = { answerMs: 10_000, retryMs: 1_000 };

/** Nothing else is left to do in the run. */
const longestWaitMs = 60_000;

/** How often to try if the service does not ask to wait. */
const tries = 2;

const service: Host = {
  who: 'the service',
  address: 'heartbeat-url',
  whenGone: 'the service is gone: copy the address again into the secret that heartbeat-url reads',
  whenDown: 'the next run tries again',
};

/**
 * Sends a heartbeat to a monitoring service after a conclusive run: certainly in sync, or drift after everything was compared. If the
 * service hears nothing for too long, it reports that runs have stopped.
 *
 * @returns a sentence for the log if none was sent although there is an address
 * @throws {HeartbeatError} if the service did not accept it, even after trying again
 */
export async function sendHeartbeat(
  report: Report,
  { heartbeatUrl: url, dryRun }: Pick<Settings, 'heartbeatUrl' | 'dryRun'>,
  { answerMs, retryMs, limitedMs }: Patience = patience,
): Promise<string | undefined> {
  if (!url) return undefined;
  if (!isConclusive(report)) return 'No heartbeat is sent: this run was inconclusive.';
  if (dryRun) return 'Dry run: the heartbeat would have been sent.';
  const end = performance.now() + longestWaitMs;
  const failure = await retried(
    () => request(url, answerMs),
    (cause) => cause && againAfter(cause, isPassing(cause) ? tries : 1),
    {
      firstMs: retryMs,
      limitedMs,
      mayWait: (ms) => performance.now() + ms <= end,
    },
  );
  if (failure) throw new HeartbeatError(`The heartbeat request failed${isPassing(failure) ? ', even after trying again' : ''}. ${explain(failure, answerMs)}`);
  return undefined;
}

async function request(url: URL, answerMs: number): Promise<Cause | undefined> {
  try {
    // The status is all that matters, and a body may never end.
    const answer = await ask(url, { signal: AbortSignal.timeout(answerMs), headers: { 'user-agent': 'driftwatch' } }, 0);
    return answer.status >= 200 && answer.status < 300 ? undefined : causeOfAnswer(answer);
  } catch (error) {
    return causeOfError(error);
  }
}

function explain(cause: Cause, answerMs: number): string {
  if (cause.kind === 'limited') return `The service accepts no more requests for now (429)${asked(cause)}. The next run tries again.`;
  return (
    sentenceFor(cause, service, answerMs) ??
    `The service refused it (${cause.status}). The address is probably mistyped, or the check was deleted. Copy it again into the secret that heartbeat-url reads.`
  );
}
