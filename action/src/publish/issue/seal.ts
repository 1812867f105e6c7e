import { createHmac } from 'node:crypto';
import { isPrivilegedKey } from '../../privacy/api-key.ts';

/** An issue by what nobody can choose and no copy of its text has. */
type Identity = { number: number; createdAt: string };

/**
 * What the hidden state proves its issue with. It is bound to the issue, so that the text of the bot's issue in somebody
 * else's proves nothing; and keyed, so that nobody can make one up. A key that is no secret makes none.
 */
export function sealOf(key: string, pair: string, { number, createdAt }: Identity): string | undefined {
  if (!isPrivilegedKey(key)) return undefined;
  return createHmac('sha256', key)
    .update(JSON.stringify(['issue', pair, number, Date.parse(createdAt)]))
    .digest('base64url')
    .slice(0, 22);
}
