import { type SupabaseClient, createClient } from '@supabase/supabase-js';

let client: SupabaseClient | undefined;

/**
 * The server's one client, made when it is first needed. Row-level security does not apply to its key, which never leaves the server.
 *
 * @throws where the address or the key is not configured
 */
export function getSupabaseAdmin(): SupabaseClient {
  if (client) return client;
  const url = process.env['SUPABASE_URL'];
  const key = process.env['SUPABASE_SERVICE_ROLE_KEY'];
  if (!url || !key)
    throw new Error(
      `Supabase is not configured: ${url ? 'SUPABASE_SERVICE_ROLE_KEY' : 'SUPABASE_URL'} is not set. Set it in functions/.env, or as a secret of the function.`,
    );
  client = createClient(url, key, { auth: { persistSession: false, autoRefreshToken: false } });
  return client;
}
