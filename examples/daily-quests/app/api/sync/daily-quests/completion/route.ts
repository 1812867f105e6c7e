import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import { readCompletion, type Completion } from '../../../../../src/server/completion.ts';
import { publishedKeys, userOf } from '../../../../../src/server/idToken.ts';

/** `POST /api/sync/daily-quests/completion`: a completion that the Realtime Database has taken, for Postgres. */

const maxBytes = 16 * 1024;
const databaseTimeoutMs = 5000;

type Code = 'invalid_body' | 'invalid_field' | 'unauthenticated' | 'forbidden' | 'too_large' | 'unsupported_media_type' | 'unavailable';

function refuse(status: number, code: Code, message: string, fields?: readonly string[]): Response {
  const headers = { 'cache-control': 'no-store', ...(status === 401 && { 'www-authenticate': 'Bearer' }) };
  return Response.json({ status: 'error', error: { code, message, ...(fields && { fields }) } }, { status, headers });
}

const done = (status: number, word: 'recorded' | 'already_recorded' | 'disabled'): Response =>
  Response.json({ status: word }, { status, headers: { 'cache-control': 'no-store' } });

/** What is wrong stands in the log; nobody outside needs to know which part it is. */
function unavailable(why: string): Response {
  console.error(`daily-quests: ${why}`);
  return refuse(503, 'unavailable', 'The completion cannot be recorded right now. Send it again later.');
}

export async function POST(request: Request): Promise<Response> {
  const body = await readBody(request);
  if (body === undefined) return refuse(413, 'too_large', `The body is larger than ${maxBytes} bytes.`);
  if (!/^application\/(?:[\w.!#$&^-]+\+)?json\s*(?:;|$)/i.test(request.headers.get('content-type') ?? '')) {
    return refuse(415, 'unsupported_media_type', 'The body must be JSON, with the content type application/json.');
  }
  if (process.env['ENABLE_SUPABASE_DUAL_WRITE'] === 'false') return done(200, 'disabled');
  const settings = readSettings();
  if ('problem' in settings) return unavailable(settings.problem);

  const [, token] = /^Bearer +(\S+)$/i.exec(request.headers.get('authorization') ?? '') ?? [];
  if (token === undefined) return refuse(401, 'unauthenticated', 'Send a Firebase ID token as a bearer token.');
  let user: string | undefined;
  try {
    user = await userOf(token, settings.projectId, settings.keysUrl);
  } catch (error) {
    return unavailable(`the keys at FIREBASE_JWKS_URL cannot be read: ${String(error instanceof Error ? error.cause : error)}`);
  }
  if (user === undefined) return refuse(401, 'unauthenticated', 'The token is not a valid Firebase ID token of this project. Get a new one and send it again.');

  const parsed = parseObject(body);
  if (parsed === undefined) return refuse(400, 'invalid_body', 'The body is not a JSON object.');
  const completion = readCompletion(parsed, Date.now());
  if ('wrong' in completion) return refuse(400, 'invalid_field', `These fields are missing or wrong: ${completion.wrong.join(', ')}.`, completion.wrong);
  if (completion.user_id !== user) return refuse(403, 'forbidden', 'user_id is not the user of the token.');
  return record(completion, settings);
}

/** @returns nothing where it breaks off or is not UTF-8, and `undefined` where it is too large; no more than that is read */
async function readBody(request: Request): Promise<string | undefined> {
  if (Number(request.headers.get('content-length')) > maxBytes) return undefined;
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  const reader = request.body?.getReader();
  try {
    for (let piece = await reader?.read(); piece?.value !== undefined; piece = await reader?.read()) {
      bytes += piece.value.length;
      if (bytes > maxBytes) {
        // Whatever comes of that, it is too large.
        reader?.cancel().catch(() => undefined);
        return undefined;
      }
      pieces.push(piece.value);
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(pieces));
  } catch {
    // With other characters in place of those that cannot be read an id would be another one.
    return '';
  }
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? (parsed as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

type Settings = { readonly projectId: string; readonly keysUrl: string; readonly supabaseUrl: string; readonly supabaseKey: string };

/** At each request, so that what is changed takes effect at once. Nothing but white space is nothing, as where a value was lost on its way. */
function readSettings(): Settings | { readonly problem: string } {
  const setting = (name: string): string => process.env[name]?.trim() ?? '';
  const projectId = setting('FIREBASE_PROJECT_ID');
  const keysUrl = setting('FIREBASE_JWKS_URL') || publishedKeys;
  const supabaseUrl = setting('SUPABASE_URL');
  const supabaseKey = setting('SUPABASE_SERVICE_ROLE_KEY') || setting('SUPABASE_SECRET_KEY');
  if (projectId === '') return { problem: 'FIREBASE_PROJECT_ID is not set' };
  if (!isAddress(keysUrl)) return { problem: 'FIREBASE_JWKS_URL is not an address that starts with https:// or http://' };
  if (!isAddress(supabaseUrl)) return { problem: 'SUPABASE_URL is not set, or is not an address that starts with https:// or http://' };
  if (supabaseKey === '') return { problem: 'neither SUPABASE_SERVICE_ROLE_KEY nor SUPABASE_SECRET_KEY is set' };
  return { projectId, keysUrl, supabaseUrl, supabaseKey };
}

const isAddress = (text: string): boolean => /^https?:\/\//i.test(text) && URL.canParse(text);

let opened: { readonly url: string; readonly key: string; readonly client: SupabaseClient } | undefined;

/** One for all requests, as long as its settings are the same. */
function clientOf(url: string, key: string): SupabaseClient {
  if (opened?.url === url && opened.key === key) return opened.client;
  const client = createClient(url, key, {
    // Nobody signs in at Supabase: the key is all there is.
    accessToken: async () => null,
    // Whoever a redirect leads to would be handed the key.
    global: { fetch: (address, init) => fetch(address, { ...init, redirect: 'error', signal: AbortSignal.timeout(databaseTimeoutMs) }) },
  });
  opened = { url, key, client };
  return client;
}

async function record(completion: Completion, { supabaseUrl, supabaseKey }: Settings): Promise<Response> {
  try {
    const { data, error, status } = await clientOf(supabaseUrl, supabaseKey).rpc('record_quest_completion', {
      p_couple_id: completion.couple_id,
      p_date: completion.date,
      p_quest_id: completion.quest_id,
      p_user_id: completion.user_id,
      p_partner_id: completion.partner_id,
      p_completed_at: completion.timestamp,
    });
    if (data === 'recorded') return done(201, 'recorded');
    if (data === 'already_recorded') return done(200, 'already_recorded');
    return unavailable(`the database did not record a completion: ${error === null ? 'it gave an unexpected answer' : reasonIn(error)} (HTTP ${status})`);
  } catch (error) {
    return unavailable(`the database did not record a completion: ${String(error)}`);
  }
}

/** In one line of a sensible length: what stands between us and the database may answer with a whole page. */
const reasonIn = ({ code, message }: { code: string; message: string }): string =>
  [code, message]
    .filter(Boolean)
    .join(' ')
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .slice(0, 200) || 'it gave no reason';
