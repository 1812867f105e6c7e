import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isPrivilegedKey } from '../../src/privacy/api-key.ts';

const jwt = (claims: unknown): string =>
  ['{"alg":"HS256","typ":"JWT"}', JSON.stringify(claims), 'signature'].map((part) => Buffer.from(part).toString('base64url')).join('.');

describe('a key', () => {
  it('is privileged when it is a secret key or one of the service role', () => {
    for (const key of ['sb_secret_abc', jwt({ role: 'service_role', iss: 'supabase' })]) assert.equal(isPrivilegedKey(key), true, key);
  });

  it('is none in any other case, so that not seeing a row is no proof', () => {
    for (const key of [
      'sb_publishable_abc',
      jwt({ role: 'anon' }),
      jwt({ role: 'authenticated' }),
      jwt(null),
      jwt('service_role'),
      jwt(['service_role']),
      jwt({}),
      '',
      'x',
      'a.b.c',
      '..',
      'x.sb_secret_abc',
    ]) {
      assert.equal(isPrivilegedKey(key), false, key);
    }
  });
});
