/**
 * Whether a key is one that row-level security does not apply to: a secret key, or a legacy JWT of the service role.
 * For any other key, not seeing a row does not mean that it is not there.
 */
export function isPrivilegedKey(key: string): boolean {
  return key.startsWith('sb_secret_') || claimsOf(key)['role'] === 'service_role';
}

/** The moment at which a legacy JWT was made, by the clock of whoever made it, in milliseconds. */
export function issuedAt(key: string): number | undefined {
  const { iat } = claimsOf(key);
  return typeof iat === 'number' ? iat * 1000 : undefined;
}

function claimsOf(key: string): Record<string, unknown> {
  try {
    const claims: unknown = JSON.parse(Buffer.from(key.split('.')[1] ?? '', 'base64url').toString());
    return typeof claims === 'object' && claims !== null ? { ...claims } : {};
  } catch {
    return {};
  }
}
