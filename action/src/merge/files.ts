import { constants, glob, open } from 'node:fs/promises';
import { isAbsolute, resolve, sep } from 'node:path';
import * as z from 'zod/mini';
import { mostParts, type Part } from '../parts/part.ts';
import { evidenceSchema } from '../report/evidence.ts';
import { reportSchema } from '../report/schema.ts';
import { placeInWorkspace } from '../workspace.ts';

/** Finds and reads the reports of parts. */

const partReportSchema = z
  .extend(reportSchema, {
    part: z
      .object({ index: z.int().check(z.minimum(1), z.maximum(mostParts)), of: z.int().check(z.minimum(1), z.maximum(mostParts)) })
      .check(z.refine(({ index, of }) => index <= of)),
    findingsByType: z.record(z.string(), z.number()),
    evidence: evidenceSchema,
  })
  .check(
    z.refine(({ findings, evidence }) => findings.length === evidence.findings.length),
    z.refine(({ findingsByType, findingsTotal }) => Object.values(findingsByType).reduce((sum, count) => sum + count, 0) === findingsTotal),
  );

export type PartReport = z.infer<typeof partReportSchema>;

export type PartFile =
  | { readonly kind: 'part'; readonly file: string; readonly report: PartReport }
  /** The report of a whole run. */
  | { readonly kind: 'other'; readonly file: string }
  /** With the part that it names, if it names one. */
  | { readonly kind: 'damaged'; readonly file: string; readonly part?: Part };

/** 10,000 findings are about 10 MB. */
const maxBytes = 256 * 1024 * 1024;

/**
 * Files that match a pattern of `*`, `**`, `?` and `{a,b}`, sorted.
 *
 * @param pattern relative to the workspace
 * @returns paths relative to the workspace; files in the directory that the run itself writes to are `own`, and must not be read
 */
export async function findFiles(pattern: string, workspace: string, reportDirectory: string): Promise<{ files: string[]; own: string[] }> {
  const written = `${resolve(workspace, reportDirectory)}${sep}`;
  // Other special characters of globs have no meaning here.
  const plain = pattern.replace(/[[()]/g, '[$&]');
  const found = new Set<string>();
  for await (const file of glob(plain, { cwd: workspace })) if (isBelow(file)) found.add(file);
  const { files = [], own = [] } = Object.groupBy([...found].toSorted(), (file) => (`${resolve(workspace, file)}${sep}`.startsWith(written) ? 'own' : 'files'));
  return { files, own };
}

const isBelow = (file: string): boolean => !isAbsolute(file) && file.split(sep)[0] !== '..';

/** Whatever is wrong with the file, it is returned as damaged: nothing is thrown. */
export async function readPartFile(file: string, workspace: string): Promise<PartFile> {
  let content: unknown;
  try {
    content = JSON.parse(await textOf(file, workspace));
  } catch {
    return { kind: 'damaged', file };
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) return { kind: 'damaged', file };
  if (!('part' in content)) return reportSchema.safeParse(content).success ? { kind: 'other', file } : { kind: 'damaged', file };
  const { data } = partReportSchema.safeParse(content);
  if (data) return { kind: 'part', file, report: data };
  const { data: part } = partReportSchema.shape.part.safeParse(content.part);
  return { kind: 'damaged', file, ...(part && { part }) };
}

async function textOf(file: string, workspace: string): Promise<string> {
  const handle = await open(await placeInWorkspace(workspace, file), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const found = await handle.stat();
    if (!found.isFile() || found.size > maxBytes) throw new RangeError('no file that a part has written');
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}
