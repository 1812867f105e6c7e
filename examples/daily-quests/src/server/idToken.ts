import { createRemoteJWKSet, customFetch, errors, jwksCache, jwtVerify, type FetchImplementation, type JWKSCacheInput, type JWTVerifyGetKey } from 'jose';

/** Whose a Firebase ID token is, by the keys that Google publishes. */

export const publishedKeys = 'https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com';

/** The keys cannot be had: whether a token is good is not known. */
export class KeysUnreachable extends Error {
  override name = 'KeysUnreachable';
}

/** They were asked for a moment ago, and a name that they do not know is not worth asking again. */
class AskedLately extends Error {
  override name = 'AskedLately';
}

const clockToleranceSeconds = 60;
/** A key that is not known may be new. Somebody who makes names up must not make us ask all the time. */
const askAgainMs = 10_000;
const timeoutMs = 5000;

/** By address; they are kept from one request to the next. */
const keySets = new Map<string, JWTVerifyGetKey>();

function keysAt(address: string): JWTVerifyGetKey {
  const known = keySets.get(address);
  if (known) return known;
  // The library puts keys here once it has read them: an answer that is no key set, whatever its status, changes nothing.
  const kept: JWKSCacheInput = {};
  let again: { at: number; before: object } | undefined;
  const ask: FetchImplementation = async (url, init) => {
    if (again && performance.now() - again.at < askAgainMs) throw kept.jwks === again.before ? new KeysUnreachable() : new AskedLately();
    if (kept.jwks) again = { at: performance.now(), before: kept.jwks };
    const answer = await fetch(url, init);
    if (await isEmpty(answer.clone())) throw new KeysUnreachable('there are none');
    return answer;
  };
  const keys = createRemoteJWKSet(new URL(address), { cooldownDuration: 0, timeoutDuration: timeoutMs, [customFetch]: ask, [jwksCache]: kept });
  keySets.set(address, keys);
  return keys;
}

/** Google always publishes some: without any, nobody's token could be told from a wrong one. */
async function isEmpty(answer: Response): Promise<boolean> {
  const { keys } = ((await answer.json().catch(() => null)) ?? {}) as { keys?: unknown };
  return Array.isArray(keys) && keys.length === 0;
}

/**
 * @returns the user's id, or `undefined` where the token is not a good one of this project
 * @throws {KeysUnreachable}
 */
export async function userOf(token: string, projectId: string, keysUrl: string): Promise<string | undefined> {
  try {
    const { payload, protectedHeader } = await jwtVerify(token, keysAt(keysUrl), {
      algorithms: ['RS256'],
      issuer: `https://securetoken.google.com/${projectId}`,
      audience: projectId,
      clockTolerance: clockToleranceSeconds,
      requiredClaims: ['exp', 'iat', 'sub'],
    });
    const { sub, aud, iat = 0, auth_time: signedInAt } = payload;
    // The library takes a list that holds it as well, and a token that names no key where only one is published: nothing that Firebase issues.
    if (aud !== projectId || protectedHeader.kid === undefined) return undefined;
    const latest = Date.now() / 1000 + clockToleranceSeconds;
    const isOfNow = iat <= latest && (typeof signedInAt !== 'number' || signedInAt <= latest);
    return typeof sub === 'string' && sub !== '' && sub.length <= 128 && isOfNow ? sub : undefined;
  } catch (error) {
    const isOfKeys =
      error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid || (error instanceof errors.JOSEError && error.code === 'ERR_JOSE_GENERIC');
    if (error instanceof AskedLately || (error instanceof errors.JOSEError && !isOfKeys)) return undefined;
    throw new KeysUnreachable('the keys cannot be read', { cause: error });
  }
}
