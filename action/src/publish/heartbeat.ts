import { setTimeout as sleep } from 'node:timers/promises';
import { ToldError } from '../defect.ts';
import type { Settings } from '../inputs.ts';
import type { Report } from '../report/report.ts';
import { isConclusive } from '../verdict/verdict.ts';

/** It has no `cause` on purpose: errors of the network may name the address, which is a secret. */
export class HeartbeatError extends ToldError {
  override name = 'HeartbeatError';
}

export type Patience = {
  /** Longest wait for one answer, in milliseconds. */
  answerMs: number;
  /** Wait before the one more try, in milliseconds. */
  retryMs: number;
};

const patience: Patience = { answerMs: 10_000, retryMs: 1_000 };

/**
 * Tells a service that waits for it that a run came to an end that says something: in sync for sure, or drift after
 * everything was compared. A service that hears nothing for too long is what notices that runs have stopped.
 *
 * @returns a sentence for the log, where none was sent although there is an address
 * @throws {HeartbeatError} when the service did not take it, after one more try
 */
export async function sendHeartbeat(
  report: Report,
  { heartbeatUrl: url, dryRun }: Pick<Settings, 'heartbeatUrl' | 'dryRun'>,
  waits: Patience = patience,
): Promise<string | undefined> {
  if (!url) return undefined;
  if (!isConclusive(report)) return 'No heartbeat is sent: this run could not tell whether both sides agree.';
  if (dryRun) return 'Dry run: the heartbeat would have been sent.';
  let failure = await request(url, waits);
  if (failure?.passing) {
    await sleep(waits.retryMs);
    failure = await request(url, waits);
  }
  if (failure) throw new HeartbeatError(`The heartbeat was not taken: ${failure.sentence}`);
  return undefined;
}

/** `passing`: another try may go better. */
type Failure = { passing: boolean; sentence: string };

async function request(url: URL, { answerMs }: Patience): Promise<Failure | undefined> {
  try {
    // Whoever is redirected to would be handed a request that the owner of the secret never chose to send there.
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(answerMs), headers: { 'user-agent': 'driftwatch' } });
    // Not waited for: the status says all there is to know, and a body may never end.
    response.body?.cancel().catch(() => undefined);
    return response.ok ? undefined : refusal(response.status);
  } catch (error) {
    const cause = error instanceof Error && error.name === 'TimeoutError' ? `nobody answered within ${answerMs / 1000} s` : `the server could not be reached (${codeOf(error)})`;
    return { passing: true, sentence: `${cause}, also on a second try. The service may have an outage, or the runner may not connect to it; the next run tries again.` };
  }
}

function refusal(status: number): Failure {
  if (status >= 500 || status === 429) {
    return { passing: true, sentence: `the server answered ${status}, also on a second try. The service may have an outage; the next run tries again.` };
  }
  if (status >= 300 && status < 400) {
    return { passing: false, sentence: `the address redirects to another one (${status}), which is not followed. Set heartbeat-url to the final address.` };
  }
  return { passing: false, sentence: `the server refused it (${status}). The address is probably mistyped, or the check was deleted. Copy it again into the secret that heartbeat-url reads.` };
}

/** A name such as `ECONNREFUSED`; nothing else of the error is fit to be seen. */
function codeOf(error: unknown): string {
  const cause: unknown = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' && /^\w{1,60}$/.test(code) ? code : 'UNKNOWN';
}
