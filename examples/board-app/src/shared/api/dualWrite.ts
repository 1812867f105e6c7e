import { captureException } from '@sentry/core';
import type { SupabaseClient } from '@supabase/supabase-js';
import { environment } from './environment.ts';
import { getSupabase } from './supabaseClient.ts';

/**
 * Hands Supabase what Firestore has taken. Firestore is primary: whatever happens here, the user's write has succeeded. So nothing here
 * throws or takes longer than `timeoutMs`, and what Supabase did not take is reported, and recorded in `write_ops` where that can be reached.
 */

export type DualWriteOperation = 'create' | 'update' | 'delete';

type SupabaseWrite = (supabase: SupabaseClient) => Promise<unknown>;

export type DualWrite = (write: { entityType: string; operationType: DualWriteOperation; entityId: string; supabaseWrite: SupabaseWrite }) => Promise<void>;

/** One operation each; one that fails stops no other, and `timeoutMs` is for all of them. */
export type DualWriteBatch = (batch: {
  entityType: string;
  operationType: DualWriteOperation;
  writes: { entityId: string; supabaseWrite: SupabaseWrite }[];
}) => Promise<void>;

export type DualWriteReport = (
  error: Error,
  context: { tags: { 'dual_write.entity_type': string; 'dual_write.operation_type': string }; extra: Record<string, unknown> },
) => void;

export type DualWriteOptions = {
  supabase: SupabaseClient | (() => SupabaseClient);
  enabled: () => boolean;
  /** Called once for every write that is not done. */
  report: DualWriteReport;
  timeoutMs?: number;
  /** Ends after so many milliseconds, or when the signal is aborted. */
  sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
};

const mostAttempts = 4;
const firstPauseMs = 200;

/** Why a write is not done. `final`: another attempt would go the same way. */
type Problem = { error: Error; final: boolean };

type Operation = { entityType: string; operationType: DualWriteOperation; entityId: string; supabaseWrite: SupabaseWrite };

/** How far one operation is. */
type Progress = { opId: string; lock: 'not-asked' | 'perhaps-held' | 'held'; attempts: number; written: boolean; problem: Problem | undefined };

export function createDualWrite({ supabase, enabled, report, timeoutMs: given = 5000, sleep = pause }: DualWriteOptions): {
  dualWrite: DualWrite;
  dualWriteBatch: DualWriteBatch;
} {
  // Timers take whole milliseconds; what is longer than they can be would end at once.
  const timeoutMs = Math.min(Math.max(Math.ceil(given), 0) || 0, 2 ** 31 - 1);
  const isOn = (): boolean => {
    try {
      return enabled();
    } catch {
      return false;
    }
  };

  async function dualWriteBatch({ entityType, operationType, writes }: Parameters<DualWriteBatch>[0]): Promise<void> {
    if (!isOn()) return;
    const over = new AbortController();
    const deadline = new AbortController();
    void sleep(timeoutMs, over.signal).then(
      () => deadline.abort(),
      () => deadline.abort(),
    );
    await Promise.all(writes.map((write) => settle({ entityType, operationType, ...write }, deadline.signal)));
    over.abort();
  }

  /** Never rejects. */
  async function settle(operation: Operation, deadline: AbortSignal): Promise<void> {
    const progress: Progress = { opId: '', lock: 'not-asked', attempts: 0, written: false, problem: undefined };
    try {
      progress.opId = opIdOf(operation);
      const client = typeof supabase === 'function' ? supabase() : supabase;
      await Promise.race([attempt(operation, progress, client, deadline), aborted(deadline)]);
      if (progress.written) return;
      tell(operation, progress, progress.problem?.error ?? new Error(`There was no answer within ${timeoutMs} ms`));
      // Where there was no time left to record it, that is done behind the user's back.
      if (deadline.aborted && progress.lock !== 'not-asked') void complete(client, progress, 'failed', AbortSignal.timeout(timeoutMs));
    } catch (error) {
      tell(operation, progress, errorOf(error));
    }
  }

  async function attempt(operation: Operation, progress: Progress, client: SupabaseClient, deadline: AbortSignal): Promise<void> {
    for (;;) {
      progress.attempts += 1;
      const problem = await attemptOnce(operation, progress, client, deadline);
      if (!problem) {
        progress.written = true;
        await complete(client, progress, 'done', deadline);
        return;
      }
      // What is broken off because the time is over says nothing about why it took so long.
      if (!deadline.aborted) progress.problem = problem;
      if (problem.final || progress.attempts === mostAttempts || deadline.aborted) break;
      await sleep(firstPauseMs * 2 ** (progress.attempts - 1) * (0.5 + Math.random()), deadline);
      if (deadline.aborted) break;
    }
    // Once the time is over, `settle` does that.
    if (progress.lock !== 'not-asked' && !deadline.aborted) await complete(client, progress, 'failed', deadline);
  }

  async function attemptOnce(
    { supabaseWrite, ...operation }: Operation,
    progress: Progress,
    client: SupabaseClient,
    deadline: AbortSignal,
  ): Promise<Problem | undefined> {
    try {
      if (progress.lock !== 'held') {
        const problem = await lock(operation, progress, client, deadline);
        if (problem) return problem;
      }
      const failed = failedOf(await supabaseWrite(throwing(client, deadline)));
      return failed && problemOf(failure(failed));
    } catch (error) {
      return problemOf(error);
    }
  }

  async function lock(
    { entityType, operationType, entityId }: Omit<Operation, 'supabaseWrite'>,
    progress: Progress,
    client: SupabaseClient,
    deadline: AbortSignal,
  ): Promise<Problem | undefined> {
    const before = progress.lock;
    // From here on the lock may be taken, whether or not its answer comes before the time is over.
    progress.lock = 'perhaps-held';
    try {
      const mine: unknown = await throwing(client, deadline)
        .rpc('try_acquire_write_lock', { p_op_id: progress.opId, p_entity_type: entityType, p_operation_type: operationType, p_entity_id: storable(entityId) })
        .then(({ data }) => data);
      // A gateway's empty answer is not the function's.
      if (typeof mine !== 'boolean') throw new Error('There was no answer to the lock');
      // Where an earlier answer was lost, a lock that is taken is most likely this call's own, and the write is safe to repeat.
      if (!mine && before !== 'perhaps-held') {
        progress.lock = before;
        return { error: new Error('The lock was refused'), final: true };
      }
      progress.lock = 'held';
      return undefined;
    } catch (error) {
      const problem = problemOf(error);
      if (problem.final) progress.lock = before;
      return problem;
    }
  }

  async function complete(client: SupabaseClient, { opId, problem }: Progress, status: 'done' | 'failed', signal: AbortSignal): Promise<void> {
    try {
      await throwing(client, signal).rpc('complete_write', {
        p_op_id: opId,
        p_status: status,
        p_error: status === 'failed' ? storable(problem?.error.message ?? 'There was no answer in time') : null,
      });
    } catch {
      // The row is there or the failure is reported; only the record is missing.
    }
  }

  function tell({ entityType, operationType, entityId }: Operation, { opId, attempts }: Progress, error: Error): void {
    const message = `Supabase did not take the ${operationType} of this ${entityType}, Firestore did: ${error.message}. Driftwatch finds what is missing, and \`driftwatch repair\` brings it.`;
    try {
      const told: unknown = report(new Error(message, { cause: error }), {
        tags: { 'dual_write.entity_type': entityType, 'dual_write.operation_type': operationType },
        extra: { entityId, opId, attempts },
      });
      Promise.resolve(told).catch(() => undefined);
    } catch {
      // Nobody is left to report it to.
    }
  }

  return { dualWrite: ({ entityType, operationType, ...write }) => dualWriteBatch({ entityType, operationType, writes: [write] }), dualWriteBatch };
}

/** Postgres has no room for a NUL, which Firestore takes in ids and texts. */
const storable = (text: string): string => text.replaceAll('\0', '');

/** The same for all attempts of one call, and for no other call. */
const opIdOf = ({ entityType, operationType, entityId }: Operation): string => storable(`${entityType}:${operationType}:${entityId}:${crypto.randomUUID()}`);

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    const stop = (): void => {
      clearTimeout(timer);
      resolve();
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}

/** An answer of supabase-js that says what went wrong, or one of fetch that is no success. */
type Failed = { error: object | string; status?: unknown };

function failedOf(answer: unknown): Failed | undefined {
  if (typeof answer !== 'object' || answer === null) return undefined;
  if (answer instanceof Response) return refusalOf(answer);
  return 'error' in answer && answer.error !== null && answer.error !== undefined && answer.error !== false ? (answer as Failed) : undefined;
}

/** Of any fetch, which need not answer with the `Response` of this page. */
const refusalOf = ({ ok, status }: Response): Failed | undefined => (ok ? undefined : { error: `The answer was ${status}`, status });

/** The error of an answer as one to throw, with its status. */
function failure({ error, status }: Failed): Error {
  const cause = errorOf(error);
  const known = typeof error === 'object' ? error : {};
  return Object.assign(new Error(cause.message, { cause }), known, { message: cause.message, status });
}

function errorOf(error: unknown): Error {
  if (error instanceof Error) return error;
  const message = typeof error === 'object' && error !== null && 'message' in error ? error.message : error;
  return new Error(String(message) || 'No reason was given', { cause: error });
}

/** An answer that says it is the request's own fault will say so again; too many requests, a time-out and everything else may not. */
function problemOf(thrown: unknown): Problem {
  const error = errorOf(thrown);
  const status = 'status' in error ? error.status : undefined;
  return { error, final: typeof status === 'number' && status >= 400 && status < 500 && status !== 408 && status !== 429 };
}

/**
 * The same client, but for whoever awaits a request that fails, it throws instead of answering with `error`, and breaks off requests when the
 * signal says so. A forgotten look at `error` is then no lost write, neither of a table nor of a file or a function.
 */
function throwing<Part extends object>(part: Part, signal: AbortSignal): Part {
  const open = (found: unknown): unknown => {
    if (typeof found !== 'object' || found === null) return found;
    if ('then' in found) return throwingRequest(found as PromiseLike<unknown>, signal);
    // What a part of the client leads to may be one as well. Data is none.
    const isPlain = Object.getPrototypeOf(found) === Object.prototype && !Object.values(found).some((member) => typeof member === 'function');
    return isPlain || Array.isArray(found) ? found : throwing(found, signal);
  };
  return new Proxy(part, {
    get(object, name) {
      const member: unknown = Reflect.get(object, name);
      return typeof member === 'function' ? (...given: unknown[]): unknown => open(Reflect.apply(member, object, given)) : open(member);
    },
  });
}

/** Filters change a request and give the same one back, so what is set on it here is there when it is sent. */
function throwingRequest(
  request: PromiseLike<unknown> & { abortSignal?: (signal: AbortSignal) => unknown; fetch?: typeof fetch },
  signal: AbortSignal,
): unknown {
  request.abortSignal?.(signal);
  const { fetch: ask } = request;
  // The library takes a 404 that gives no reason for an empty answer; but where there is nothing, nothing was written.
  let response: Response | undefined;
  if (ask) request.fetch = async (...given) => (response = await ask(...given));
  const send = request.then.bind(request);
  const checked = (): PromiseLike<unknown> =>
    send((answer) => {
      const failed = failedOf(answer) ?? (response && refusalOf(response));
      if (failed) throw failure(failed);
      return answer;
    });
  // A promise of somebody else's client is awaited without a look at its own `then`.
  if (request instanceof Promise) return checked();
  // oxlint-disable-next-line unicorn/no-thenable -- it is one, and goes on being one
  return Object.assign(request, { then: (...handlers: Parameters<PromiseLike<unknown>['then']>) => checked().then(...handlers) });
}

const own = createDualWrite({
  supabase: getSupabase,
  enabled: () => environment('VITE_DUAL_WRITE_ENABLED') === 'true',
  report: captureException,
});

/** The app's own: on only where VITE_DUAL_WRITE_ENABLED is `true`, and what fails goes to Sentry. */
export const { dualWrite, dualWriteBatch } = own;
