import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { readDeclaration } from '../../src/pair/declared/declaration.ts';
import { connect } from '../../src/pair/pairs.ts';

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const environment = {
  ACCOUNT: JSON.stringify({ type: 'service_account', project_id: 'demo', client_email: 'driftwatch@demo.iam.gserviceaccount.com', private_key: privateKey }),
  OTHER_KEY: 'sb_secret_other',
};

const inputs = { supabaseUrl: 'https://demo.supabase.co', supabaseKey: 'sb_secret_own', weekAlignment: 'skip', timeBudgetSeconds: 60, pair: 'p' } as const;

/** What the pseudonyms of a pair of these two stores are keyed with. */
async function keyOf(legacy: string, normalized: string, own: { supabaseUrl?: string; supabaseKey?: string; pseudonymKey?: string } = {}) {
  const source = (store: string): string => (store === 'fire' ? '"items/{id}"' : 'items');
  const declaration = readDeclaration(
    `stores:
  fire: { type: firestore, project: demo, credentials: $ACCOUNT }
  other: { type: supabase, url: "https://other.supabase.co", key: $OTHER_KEY }
pairs:
  p: { legacy: ${legacy}, normalized: ${normalized}, entities: { items: { legacy: ${source(legacy)}, normalized: ${source(normalized)}, fields: {} } } }
`,
    environment,
  );
  assert.ok(!('mistakes' in declaration), JSON.stringify(declaration));
  return (await connect({ ...inputs, pseudonymKey: undefined, config: '', ...own }, declaration, environment)).pseudonymKey;
}

test('pseudonyms are keyed by the normalized project, by supabase-key where that is no project, and by a service account where no project is read', async () => {
  assert.equal(await keyOf('fire', 'supabase'), 'sb_secret_own');
  assert.equal(await keyOf('fire', 'other'), 'sb_secret_other');
  assert.equal(await keyOf('supabase', 'fire'), 'sb_secret_own');
  assert.equal(await keyOf('other', 'fire', { supabaseUrl: '', supabaseKey: '' }), 'sb_secret_other');
  assert.equal(await keyOf('fire', 'fire', { supabaseUrl: '', supabaseKey: '' }), privateKey);
  assert.equal(await keyOf('fire', 'supabase', { supabaseKey: 'sb_publishable_own' }), undefined);
  assert.equal(await keyOf('supabase', 'fire', { pseudonymKey: 'a secret of its own' }), 'a secret of its own');
});
