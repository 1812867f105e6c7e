/**
 * Whether a key is one that row-level security does not apply to: a secret key, or a legacy JWT of the service role.
 * For any other key, not seeing a row does not mean that it is not there.
 */
export function isPrivilegedKey(key: string): boolean {
  if (key.startsWith('sb_secret_')) return true;
  try {
    const claims: unknown = JSON.parse(Buffer.from(key.split('.')[1] ?? '', 'base64url').toString());
    return typeof claims === 'object' && claims !== null && 'role' in claims && claims.role === 'service_role';
  } catch {
    return false;
  }
}
