import { inert } from './privacy/inert.ts';

const causes: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk is full',
  ENOENT: 'there is no such file or directory',
  ENOTDIR: 'a part of that path is a file',
  EEXIST: 'there is a file of that name',
  EISDIR: 'there is a directory of that name',
};

/** Why a file could not be read or written, in our own words: never the system's message, which may contain anything. */
export function causeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  return causes[code] ?? inert(code, 100);
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The text of a file; `undefined` if it is not UTF-8, such as UTF-16, in which every name would look different. */
export function readUtf8(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}
