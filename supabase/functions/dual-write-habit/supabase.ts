import { isRecord, parseExactly } from './json.ts';

/**
 * The two things that are asked of Supabase: whose a token is, and one operation.
 *
 * Every request has a time-out and follows no redirect, because it carries the service key. Every answer must look as it
 * should; any other one is as good as none.
 */

/** Something that this function needs cannot be had right now: try again later. */
export class Unavailable extends Error {}

export interface Supabase {
  url: string;
  /** Every key that counts as the service's own; the first is used. */
  keys: [string, ...string[]];
}

export type Answer = {
  status: number;
  body: unknown;
  replayed: boolean;
  /** Seconds. */
  retry_after?: number;
};

const authTimeoutMs = 5_000;
const operationTimeoutMs = 15_000;
const logTimeoutMs = 2_000;

export function supabaseFromEnvironment(read: (name: string) => string | undefined): Supabase {
  const url = read('SUPABASE_URL')?.trim();
  const [key, ...others] = ['SUPABASE_SERVICE_ROLE_KEY', 'SUPABASE_SECRET_KEY'].flatMap((name) => read(name)?.trim() || []);
  const missing = [...(url ? [] : ['SUPABASE_URL']), ...(key ? [] : ['SUPABASE_SERVICE_ROLE_KEY (or SUPABASE_SECRET_KEY)'])];
  if (!url || !key) throw new Unavailable(`The function's configuration is incomplete: set ${missing.join(' and ')}.`);
  return { url: url.replace(/\/+$/, ''), keys: [key, ...others] };
}

export async function isServiceKey(supabase: Supabase, token: string): Promise<boolean> {
  // Digests have one length and say nothing by how long they take to compare.
  const digest = async (text: string) => new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
  const given = await digest(token);
  const matches = await Promise.all(
    supabase.keys.map(async (key) => (await digest(key)).reduce((sum, byte, index) => sum | (byte ^ (given[index] ?? 0)), 0) === 0),
  );
  return matches.includes(true);
}

/** @returns the user's id, or `null` when the token is nobody's */
export async function userOf(supabase: Supabase, token: string): Promise<string | null> {
  const { status, text } = await request(supabase, '/auth/v1/user', { headers: { authorization: `Bearer ${token}` } }, authTimeoutMs);
  const answer = parse(text);
  if (isRecord(answer)) {
    const { id, message } = answer;
    if (status === 200 && typeof id === 'string' && uuid.test(id)) return id;
    // What the gateway says of the function's own key is not about the token.
    const isAboutKey = typeof message === 'string' && /api key/i.test(message);
    if ([400, 401, 403].includes(status) && !isAboutKey) return null;
  }
  throw new Unavailable('The Auth API cannot verify tokens right now.', { cause: `Auth API: ${status} ${text}` });
}

const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

export async function perform(supabase: Supabase, operation: Record<string, unknown>): Promise<Answer> {
  const { status, text } = await callFunction(supabase, 'dual_write_operation', operation, operationTimeoutMs);
  const parsed = parse(text);
  // Not every server hands JSON back as JSON.
  const answer = typeof parsed === 'string' ? parse(parsed) : parsed;
  if (status === 200 && isAnswer(answer)) return answer;
  throw new Unavailable(whyNoAnswer(status, answer), { cause: `dual_write_operation: ${status} ${text}` });
}

function whyNoAnswer(status: number, answer: unknown): string {
  const code = isRecord(answer) ? answer['code'] : undefined;
  if (code === 'PGRST202') return 'The database has no dual_write_operation: apply the migrations.';
  return (status === 401 || status === 403) && isRecord(answer) ? "The database refuses the function's key." : 'The database cannot be reached right now.';
}

/** Every status that an operation may have. */
const answered = new Set([200, 201, 400, 403, 404, 409, 422, 429, 500, 501, 503]);

function isAnswer(value: unknown): value is Answer {
  if (!isRecord(value)) return false;
  const { status, body, replayed, retry_after: wait } = value;
  return (
    typeof status === 'number' && answered.has(status) && isRecord(body) && typeof replayed === 'boolean' && (wait === undefined || typeof wait === 'number')
  );
}

function parse(text: string): unknown {
  try {
    return parseExactly(text);
  } catch {
    return undefined;
  }
}

/** Notes an answer that no operation gave. Best effort: the answer does not wait for it to succeed. */
export async function logRequest(supabase: Supabase, entry: Record<string, unknown>): Promise<void> {
  try {
    await callFunction(supabase, 'dual_write_log_request', entry, logTimeoutMs);
  } catch (error) {
    console.error('The request could not be noted.', error);
  }
}

/** As text: not every server hands a JSON argument over as JSON. */
function callFunction(supabase: Supabase, name: string, argument: Record<string, unknown>, timeoutMs: number): Promise<Reply> {
  return request(
    supabase,
    `/rest/v1/rpc/${name}`,
    {
      method: 'POST',
      headers: { authorization: `Bearer ${supabase.keys[0]}`, 'content-type': 'application/json' },
      body: JSON.stringify({ p_request: JSON.stringify(argument) }),
    },
    timeoutMs,
  );
}

type Reply = { status: number; text: string };

async function request(
  supabase: Supabase,
  path: string,
  init: { method?: string; headers: Record<string, string>; body?: string },
  timeoutMs: number,
): Promise<Reply> {
  try {
    const response = await fetch(supabase.url + path, {
      ...init,
      headers: { ...init.headers, apikey: supabase.keys[0] },
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    return { status: response.status, text: await response.text() };
  } catch (cause) {
    throw new Unavailable('Supabase cannot be reached right now.', { cause });
  }
}
