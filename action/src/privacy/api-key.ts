/**
 * Whether row-level security does not apply to a key: a secret key, or a legacy JWT of the service role. Any other key may not see rows
 * that exist.
 */
export function isPrivilegedKey(key: string): boolean {
  return key.startsWith('sb_secret_') || claimsOf(key)['role'] === 'service_role';
}

/** When a legacy JWT was made, in milliseconds, by the clock of whoever made it. */
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
