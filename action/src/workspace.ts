import { lstat, mkdir, realpath } from 'node:fs/promises';
import { dirname, relative, resolve, sep } from 'node:path';
import { ToldError } from './defect.ts';

/**
 * The one place that says where a path of the workflow's choosing leads. A checkout may hold symbolic links that somebody
 * else committed: followed, they would have the action read and write outside of the workspace.
 */

/** A path that leads out of the workspace; its message goes on from the path. */
export class OutsideError extends ToldError {
  override name = 'OutsideError';
}

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '');

/**
 * Where the path leads once every symbolic link is followed. What is not there yet is taken as it is written.
 *
 * @throws {OutsideError} when that is outside of the workspace, or not known because a link leads nowhere
 */
export async function placeInWorkspace(workspace: string, path: string): Promise<string> {
  const root = await follow(resolve(workspace));
  const place = await follow(resolve(workspace, path));
  const inside = relative(root, place);
  if (inside === '..' || inside.startsWith(`..${sep}`) || resolve(root, inside) !== place)
    throw new OutsideError('leads out of the workspace through a symbolic link, where nothing is read or written');
  return place;
}

/** The directory itself, made where it is not there. */
export async function directoryInWorkspace(workspace: string, path: string): Promise<string> {
  const place = await placeInWorkspace(workspace, path);
  await mkdir(place, { recursive: true });
  // Once more: a link may have come in between.
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
