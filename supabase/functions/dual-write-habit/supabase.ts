/** The two things that are asked of Supabase: whose a token is, and one operation. */

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
  const response = await request(supabase, '/auth/v1/user', { headers: { authorization: `Bearer ${token}` } }, authTimeoutMs);
  if (response.status === 429 || response.status >= 500) {
    throw new Unavailable('The Auth API cannot verify tokens right now.', { cause: `Auth API: ${response.status}` });
  }
  const user: unknown = response.ok ? JSON.parse(response.text) : null;
  return typeof user === 'object' && user !== null && 'id' in user && typeof user.id === 'string' ? user.id : null;
}

export async function perform(supabase: Supabase, operation: Record<string, unknown>): Promise<Answer> {
  const { ok, status, text } = await callFunction(supabase, 'dual_write_operation', operation, operationTimeoutMs);
  if (ok) {
    const answer = JSON.parse(text);
    // Not every server hands JSON back as JSON.
    return typeof answer === 'string' ? JSON.parse(answer) : answer;
  }
  const cause = `dual_write_operation: ${status} ${text}`;
  if (status === 404) throw new Error('The database has no dual_write_operation: apply the migrations.', { cause });
  if (status === 401 || status === 403) throw new Unavailable("The database refuses the function's key.", { cause });
  if (status >= 500 || status === 408 || status === 429) throw new Unavailable('The database cannot be reached right now.', { cause });
  throw new Error('The database refused the operation.', { cause });
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

type Reply = { ok: boolean; status: number; text: string };

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
      signal: AbortSignal.timeout(timeoutMs),
    });
    return { ok: response.ok, status: response.status, text: await response.text() };
  } catch (cause) {
    throw new Unavailable('Supabase cannot be reached right now.', { cause });
  }
}
