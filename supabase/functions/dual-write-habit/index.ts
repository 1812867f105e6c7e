import { readRequest } from './request.ts';
import { isServiceKey, logRequest, perform, supabaseFromEnvironment, Unavailable, userOf, type Answer, type Supabase } from './supabase.ts';

/**
 * The dual-write's door: checks who asks for what, and hands it to the database, where one call is one transaction
 * over both schemas (`dual_write_operation`).
 */

const maximumBytes = 256 * 1024;

const corsHeaders = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Allow-Headers': 'authorization, x-client-info, apikey, content-type, x-idempotency-key',
  'Access-Control-Allow-Methods': 'POST, OPTIONS',
  'Access-Control-Expose-Headers': 'idempotency-replayed, retry-after',
};

Deno.serve(async (request) => {
  if (request.method === 'OPTIONS') return new Response('ok', { headers: corsHeaders });
  const answer = await answerTo(request).catch(answerToError);
  return Response.json(answer.body, {
    status: answer.status,
    headers: {
      ...corsHeaders,
      ...(answer.status === 405 ? { Allow: 'POST, OPTIONS' } : {}),
      ...(answer.replayed ? { 'Idempotency-Replayed': 'true' } : {}),
      ...(answer.retry_after === undefined ? {} : { 'Retry-After': String(answer.retry_after) }),
    },
  });
});

async function answerTo(request: Request): Promise<Answer> {
  const started = performance.now();
  if (request.method !== 'POST') return refusal(405, 'method_not_allowed', 'Only POST is answered here.');
  const text = await readBody(request);
  if (text === undefined) return refusal(413, 'payload_too_large', 'The body is larger than 256 KiB.');
  const supabase = supabaseFromEnvironment((name) => Deno.env.get(name));

  const [, token] = /^Bearer +(\S+)$/i.exec(request.headers.get('authorization')?.trim() ?? '') ?? [];
  const service = token !== undefined && (await isServiceKey(supabase, token));
  const user = token === undefined || service ? null : await userOf(supabase, token);
  if (!service && user === null) {
    return refusal(401, 'unauthorized', 'The Authorization header holds no valid access token.');
  }

  const asked = readRequest(text, request.headers.get('x-idempotency-key'), service, Date.now());
  if ('code' in asked) {
    const answer = refusal(400, asked.code, asked.message, asked.details);
    await note(supabase, null, asked.code, answer, started);
    return answer;
  }
  try {
    return await perform(supabase, { ...asked, user, service, elapsed_ms: performance.now() - started });
  } catch (error) {
    const answer = answerToError(error);
    await note(supabase, asked.operation, error instanceof Unavailable ? 'unavailable' : 'internal', answer, started);
    return answer;
  }
}

/** @returns the body as text (empty where it breaks off or is not UTF-8), or `undefined` when it is too large to be read */
async function readBody(request: Request): Promise<string | undefined> {
  if (Number(request.headers.get('content-length') ?? 0) > maximumBytes) return undefined;
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request.body ?? []) {
      bytes += chunk.byteLength;
      if (bytes > maximumBytes) return undefined;
      chunks.push(chunk);
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(await new Blob(chunks).arrayBuffer());
  } catch {
    // Other characters in place of those that cannot be read would be stored as if they had been sent.
    return '';
  }
}

function refusal(status: number, code: string, message: string, details?: unknown): Answer {
  return { status, replayed: false, body: { status: 'error', error: { code, message, ...(details === undefined ? {} : { details }) } } };
}

/** What went wrong is for the log; the caller learns whether trying again helps. */
function answerToError(error: unknown): Answer {
  console.error(error);
  if (error instanceof Unavailable) return { ...refusal(503, 'unavailable', error.message), retry_after: 1 };
  return refusal(500, 'internal', 'Something unexpected happened.');
}

function note(supabase: Supabase, operation: string | null, code: string, answer: Answer, started: number): Promise<void> {
  return logRequest(supabase, { operation, status: answer.status, code, elapsed_ms: performance.now() - started });
}
