import type { RunContext } from './context.ts';
import { isPrivateIn, repositorySchema } from './event.ts';

const answerMs = 10_000;

/**
 * Asks GitHub whether the repository of this run is private. The only question that is asked while it is not known yet
 * whether the inputs are good: before names are printed.
 *
 * @returns `undefined` when that does not come to be known, whatever the reason
 */
export async function askWhetherPrivate({ repository, apiUrl }: Pick<RunContext, 'repository' | 'apiUrl'>, token: string): Promise<boolean | undefined> {
  if (!repository || token === '') return undefined;
  const name = `${repository.owner}/${repository.repo}`;
  try {
    const response = await fetch(`${apiUrl}/repos/${repository.owner}/${repository.repo}`, {
      headers: { accept: 'application/vnd.github+json', authorization: `Bearer ${token}`, 'user-agent': 'driftwatch' },
      // Elsewhere the token does not go.
      redirect: 'manual',
      signal: AbortSignal.timeout(answerMs),
    });
    if (!response.ok) return undefined;
    return isPrivateIn(repositorySchema.safeParse(await response.json()).data, name);
  } catch {
    return undefined;
  }
}
