import { lstat, mkdir, realpath } from 'node:fs/promises';
import { dirname, relative, resolve, sep } from 'node:path';
import { ToldError } from './defect.ts';

/**
 * The one place that resolves paths chosen by the workflow. A checkout may contain symbolic links that somebody else committed: following
 * them could make the action read and write outside the workspace.
 */

/** A path that leads outside the workspace; its message continues a sentence after the path. */
export class OutsideError extends ToldError {
  override name = 'OutsideError';
}

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '');

/**
 * Where the path leads once every symbolic link is followed. Parts that do not exist yet are taken literally.
 *
 * @throws {OutsideError} if that is outside the workspace, or unknown because a link is broken
 */
export async function placeInWorkspace(workspace: string, path: string): Promise<string> {
  const root = await follow(resolve(workspace));
  const place = await follow(resolve(workspace, path));
  const inside = relative(root, place);
  if (inside === '..' || inside.startsWith(`..${sep}`) || resolve(root, inside) !== place)
    throw new OutsideError('leads out of the workspace through a symbolic link, where nothing is read or written');
  return place;
}

/** The directory itself, created if it does not exist. */
export async function directoryInWorkspace(workspace: string, path: string): Promise<string> {
  const place = await placeInWorkspace(workspace, path);
  await mkdir(place, { recursive: true });
  // Checked again, because a link may have been created in between.
  return placeInWorkspace(workspace, path);
}

async function follow(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (codeOf(error) === 'ELOOP') throw new OutsideError('is a symbolic link that leads nowhere', { cause: error });
    if (codeOf(error) !== 'ENOENT' || path === dirname(path)) throw error;
    if (
      await lstat(path).then(
        (found) => found.isSymbolicLink(),
        () => false,
      )
    )
      throw new OutsideError('is a symbolic link that leads nowhere', { cause: error });
    const parent = await follow(dirname(path));
    return resolve(parent, relative(dirname(path), path));
  }
}
