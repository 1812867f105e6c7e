import { type SupabaseClient, createClient } from '@supabase/supabase-js';
import { environment } from './environment.ts';

let client: SupabaseClient | undefined;
let accessToken: () => Promise<string | null> = async () => null;

/** @param token of the Firebase user, for example `() => auth.currentUser?.getIdToken() ?? null`: Supabase takes it as its own, and its policies go by it */
export function setAccessToken(token: () => Promise<string | null>): void {
  accessToken = token;
}

/**
 * The app's one client, made when it is first needed.
 *
 * @throws where the address or the key is not configured
 */
export function getSupabase(): SupabaseClient {
  if (client) return client;
  const url = environment('VITE_SUPABASE_URL');
  const key = environment('VITE_SUPABASE_ANON_KEY');
  if (!url || !key)
    throw new Error(`Supabase is not configured: ${url ? 'VITE_SUPABASE_ANON_KEY' : 'VITE_SUPABASE_URL'} is not set. Set it before the app is built.`);
  client = createClient(url, key, { accessToken: () => accessToken() });
  return client;
}
