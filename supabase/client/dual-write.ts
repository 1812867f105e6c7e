/** Calls the Edge Function `dual-write-habit` from the app, and again where trying again can help. */

export type Operation = 'create_week' | 'update_habit_record' | 'delete_week' | 'verify_consistency';

export interface DualWriteOptions {
  /** Of the function: `https://<project>/functions/v1/dual-write-habit`. */
  url: string;
  /** The signed-in user's access token. */
  token: string;
  apiKey?: string;
  /** One is made for each call otherwise. It stays the same across the call's retries. */
  idempotencyKey?: string;
  /** After the first attempt. */
  maxRetries?: number;
  /** Before the first retry; twice as long before each further one, and never longer than a minute. */
  baseDelayMs?: number;
  /** For each attempt, its answer's body included. */
  timeoutMs?: number;
  fetch?: typeof fetch;
  signal?: AbortSignal;
}

export class DualWriteError extends Error {
  override readonly name = 'DualWriteError';
  /** The answer's own code, or `network_error`, `timeout`, `aborted`, `invalid_answer`, `http_<status>`. */
  readonly code: string;
  /** HTTP status of the last answer; `null` where there was none. */
  readonly status: number | null;
  readonly attempts: number;

  constructor(message: string, { code, status, attempts, cause }: { code: string; status: number | null; attempts: number; cause?: unknown }) {
    super(message, { cause });
    this.code = code;
    this.status = status;
    this.attempts = attempts;
  }
}

type Outcome =
  | { done: true; data: unknown }
  | { done: false; again: boolean; code: string; message: string; status: number | null; afterMs: number; cause?: unknown };

/** What somebody who looks at a screen may be kept waiting for, whatever `Retry-After` says. */
const longestWaitMs = 60_000;
/** A timer that is set to more fires at once. */
const longestTimerMs = 2 ** 31 - 1;

/** From nothing to the most; what is no number is nothing. */
const within = (ms: number, most: number): number => (ms > 0 ? Math.min(ms, most) : 0);

/**
 * Network errors, timeouts, 409 `in_progress`, 429 and 5xx other than 501 are tried again, with exponential backoff and
 * jitter and not before `Retry-After`, but after a minute at the latest; the idempotency key makes that safe.
 *
 * @returns the answer's `data`
 * @throws {DualWriteError} when the answer is final or `maxRetries` are used up
 */
export async function callDualWrite<Data = unknown>(
  operation: Operation,
  data: Record<string, unknown>,
  { maxRetries = 3, baseDelayMs = 1000, idempotencyKey = crypto.randomUUID(), ...options }: DualWriteOptions,
): Promise<Data> {
  const body = JSON.stringify({ operation, data });
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await attemptOnce(body, idempotencyKey, options);
    if (outcome.done) return outcome.data as Data;
    const { again, code, message, status, afterMs, cause } = outcome;
    // What is no number is not endless.
    if (!again || !(attempt <= maxRetries)) throw new DualWriteError(message, { code, status, attempts: attempt, cause });
    // Half of it random, so that clients that failed together do not come back together.
    const backoffMs = baseDelayMs * 2 ** (attempt - 1) * (0.5 + Math.random() / 2);
    if (!(await pause(Math.max(within(backoffMs, longestWaitMs), within(afterMs, longestWaitMs)), options.signal))) {
      throw new DualWriteError('The call was aborted.', { code: 'aborted', status, attempts: attempt, cause: options.signal?.reason });
    }
  }
}

async function attemptOnce(
  body: string,
  key: string,
  { url, token, apiKey, timeoutMs = 10_000, fetch: send = fetch, signal }: Omit<DualWriteOptions, 'maxRetries' | 'baseDelayMs' | 'idempotencyKey'>,
): Promise<Outcome> {
  const timeout = AbortSignal.timeout(Math.round(within(timeoutMs, longestTimerMs)));
  try {
    const response = await send(url, {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${token}`,
        'Content-Type': 'application/json',
        'X-Idempotency-Key': key,
        ...(apiKey === undefined ? {} : { apikey: apiKey }),
      },
      body,
      // Neither the user's token nor a child's name goes to where an answer points.
      redirect: 'manual',
      signal: signal ? AbortSignal.any([timeout, signal]) : timeout,
    });
    return outcomeOf(response, await response.text());
  } catch (cause) {
    const failed = { done: false, again: true, status: null, afterMs: 0, cause } as const;
    if (signal?.aborted) return { ...failed, again: false, code: 'aborted', message: 'The call was aborted.', cause: signal.reason };
    if (timeout.aborted) return { ...failed, code: 'timeout', message: `There was no answer within ${timeoutMs} ms.` };
    return { ...failed, code: 'network_error', message: 'The function could not be reached.' };
  }
}

function outcomeOf({ ok, status, headers }: Response, text: string): Outcome {
  const body = parse(text);
  if (ok && isRecord(body) && body['status'] === 'success') return { done: true, data: body['data'] };
  const error = isRecord(body) && isRecord(body['error']) ? body['error'] : {};
  const fallback = ok ? 'invalid_answer' : status === 501 ? 'not_implemented' : `http_${status}`;
  const code = typeof error['code'] === 'string' ? error['code'] : fallback;
  return {
    done: false,
    // A 2xx that is not the function's comes from something between: the key makes asking again safe.
    again: ok || status === 429 || (status >= 500 && status !== 501) || (status === 409 && code === 'in_progress'),
    code,
    message: typeof error['message'] === 'string' ? error['message'] : `The function answered ${status}.`,
    status,
    afterMs: retryAfterMs(headers.get('retry-after')),
    cause: body ?? text,
  };
}

/** Seconds or a date, as HTTP has it; not a number where it is neither. */
function retryAfterMs(value: string | null): number {
  const seconds = Number(value);
  return Number.isNaN(seconds) ? Date.parse(value ?? '') - Date.now() : seconds * 1000;
}

/** @returns whether it waited until the end */
function pause(ms: number, signal: AbortSignal | undefined): Promise<boolean> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve(false);
    const stop = () => {
      clearTimeout(timer);
      resolve(false);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve(true);
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
