import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { ToldError } from '../defect.ts';
import { inert } from '../privacy/inert.ts';
import { reportSchema, type Report } from '../report/report.ts';

export type ReportPaths = { json: string; html: string };

/** Its message says what to do, and holds no text from a database. */
export class ReportFileError extends ToldError {
  override name = 'ReportFileError';
}

/**
 * Writes `report.json` and `report.html`; a reader finds both files whole or as they were before.
 *
 * @param directory absolute; created when absent
 * @param html the page, as `renderHtml` made it
 * @throws {ReportFileError} when the report is not what `reportSchema` promises, or a file cannot be written
 */
export async function writeReports(report: Report, directory: string, html: string): Promise<ReportPaths> {
  const checked = reportSchema.safeParse({ ...report, findings: [] });
  const broken = checked.error ?? firstError(report.findings);
  if (!checked.success || broken) {
    const where = broken?.issues[0]?.path.map(String).join('.') ?? '';
    throw new ReportFileError(
      `The report was not written: it breaks its own schema at ${inert(where, 100)}. This is a fault of Driftwatch; please open an issue that names its version.`,
      { cause: broken },
    );
  }
  const paths = { json: join(directory, 'report.json'), html: join(directory, 'report.html') };
  const files = [
    { path: paths.json, text: jsonText(checked.data, report.findings) },
    { path: paths.html, text: [html] },
  ].map((file) => ({ ...file, draft: `${file.path}.${randomUUID()}.tmp` }));
  try {
    await mkdir(directory, { recursive: true });
    for (const { draft, text } of files) await writeFile(draft, text, { flag: 'wx' });
    for (const { draft, path } of files) await rename(draft, path);
    return paths;
  } catch (error) {
    await Promise.allSettled(files.map(({ draft }) => rm(draft, { force: true })));
    throw new ReportFileError(
      `The report could not be written to ${inert(directory, 200)}: ${causeOf(error)}. Check report-directory and who may write there.`,
      { cause: error },
    );
  }
}

const findingsAtOnce = 200;
const finding = reportSchema.shape.findings.element;

/** One by one, and not kept: ten thousand findings are much memory, and are here already. */
function firstError(findings: Report['findings']): z.ZodError | undefined {
  for (const [index, one] of findings.entries()) {
    const { error } = finding.safeParse(one);
    if (error) return new z.ZodError(error.issues.map((issue) => ({ ...issue, path: ['findings', index, ...issue.path] })));
  }
  return undefined;
}

/** What `JSON.stringify` would write with an indentation of 2, in pieces. */
function* jsonText(rest: z.infer<typeof reportSchema>, findings: Report['findings']): Generator<string> {
  const empty = '\n  "findings": []';
  const [head = '', tail = ''] = JSON.stringify(rest, null, 2).split(empty);
  if (findings.length === 0) {
    yield `${head}${empty}${tail}\n`;
    return;
  }
  yield `${head}${empty.slice(0, -1)}`;
  for (let start = 0; start < findings.length; start += findingsAtOnce) {
    const some = findings.slice(start, start + findingsAtOnce).map((one) => finding.parse(one));
    yield `${start === 0 ? '' : ','}${JSON.stringify(some, null, 2).slice(1, -2).replaceAll('\n', '\n  ')}`;
  }
  yield `\n  ]${tail}\n`;
}

const causes: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a part of that path is a file',
  EEXIST: 'there is a file of that name',
  EISDIR: 'report.json or report.html is a directory there',
};

function causeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  return causes[code] ?? inert(code, 100);
}
