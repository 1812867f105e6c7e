import { createHmac } from 'node:crypto';
import { isPrivilegedKey } from '../../privacy/api-key.ts';

/** Identifies an issue by properties that nobody can choose and that a copy of its text does not have. */
type Identity = { number: number; createdAt: string };

/**
 * Proves which issue the hidden state belongs to. It is bound to the issue, so that the text of the bot's issue proves nothing in somebody
 * else's, and keyed, so that nobody can forge it. Without a secret key, no proof is made.
 */
export function sealOf(key: string, pair: string, { number, createdAt }: Identity): string | undefined {
  if (!isPrivilegedKey(key)) return undefined;
  return createHmac('sha256', key)
    .update(JSON.stringify(['issue', pair, number, Date.parse(createdAt)]))
    .digest('base64url')
    .slice(0, 22);
}
