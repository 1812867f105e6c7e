import type { RunContext } from './context.ts';
import { isPrivateIn, repositorySchema } from './event.ts';
import { retried } from './http/retry.ts';
import { ask } from './http/send.ts';

const answerMs = 10_000;
const retryMs = 500;
const maxBytes = 2 ** 20;

/**
 * Asks GitHub whether the repository of this run is private. This is the only request that may be sent before the inputs are known to be
 * valid: before names are printed.
 *
 * @returns `undefined` if that cannot be determined, whatever the reason
 */
export async function askWhetherPrivate({ repository, apiUrl }: Pick<RunContext, 'repository' | 'apiUrl'>, token: string): Promise<boolean | undefined> {
  if (!repository || token === '') return undefined;
  const name = `${repository.owner}/${repository.repo}`;
  const headers = { accept: 'application/vnd.github+json', authorization: `Bearer ${token}`, 'user-agent': 'driftwatch' };
  const answer = await retried(
    () => ask(`${apiUrl}/repos/${name}`, { headers, signal: AbortSignal.timeout(answerMs) }, maxBytes).catch(() => undefined),
    (answered) => (answered === undefined || answered.status >= 500 ? { tries: 2 } : undefined),
    { firstMs: retryMs, mayWait: () => true },
  );
  if (answer?.status !== 200) return undefined;
  try {
    return isPrivateIn(repositorySchema.safeParse(JSON.parse(answer.body)).data, name);
  } catch {
    return undefined;
  }
}
