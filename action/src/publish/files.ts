import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type * as z from 'zod/mini';
import { ToldError } from '../defect.ts';
import { causeOf } from '../file-error.ts';
import { inert } from '../privacy/inert.ts';
import { writtenBeside, writtenFinding, writtenFindings, type Report } from '../report/report.ts';
import { reportSchema } from '../report/schema.ts';
import { directoryInWorkspace, OutsideError } from '../workspace.ts';
import { renderMetrics } from './metrics.ts';

export type ReportPaths = { json: string; html: string };

/** Its message says what to do, and contains no text from a database. */
export class ReportFileError extends ToldError {
  override name = 'ReportFileError';
}

/**
 * Writes `report.json`, `report.html` and `metrics.txt`; a reader sees each file either complete or unchanged. Existing files are replaced,
 * never written through, since they may be links to something else.
 *
 * @param directory within the workspace; created if absent
 * @param html the page, as `renderHtml` made it
 * @throws {ReportFileError} if the report does not match `reportSchema`, or a file cannot be written
 */
export async function writeReports(report: Report, { workspace, directory }: { workspace: string; directory: string }, html: string): Promise<ReportPaths> {
  const texts = { 'report.json': jsonText(report), 'report.html': [html], 'metrics.txt': [renderMetrics(report)] };
  const drafts: { draft: string; path: string }[] = [];
  try {
    const place = await directoryInWorkspace(workspace, directory);
    for (const [name, text] of Object.entries(texts)) {
      const path = join(place, name);
      const draft = `${path}.${randomUUID()}.tmp`;
      drafts.push({ draft, path });
      await writeFile(draft, text, { flag: 'wx' });
    }
    for (const { draft, path } of drafts) await rename(draft, path);
    const shown = resolve(workspace, directory);
    return { json: join(shown, 'report.json'), html: join(shown, 'report.html') };
  } catch (error) {
    await Promise.allSettled(drafts.map(({ draft }) => rm(draft, { force: true })));
    if (error instanceof OutsideError) throw new ReportFileError(`The report was not written: report-directory ${error.message}.`, { cause: error });
    // The report is at fault, and no directory.
    if (!(error instanceof Error && 'code' in error)) throw error;
    throw new ReportFileError(
      `The report could not be written to ${inert(resolve(workspace, directory), 200)}: ${causeOf(error)}. Check report-directory and who may write there.`,
      { cause: error },
    );
  }
}

/** The content of `report.json`. */
export const fileOf = (report: Report): z.infer<typeof reportSchema> => reportSchema.parse({ ...writtenBeside(report), findings: writtenFindings(report) });

const findingsAtOnce = 200;
const finding = reportSchema.shape.findings.def.element;

/** @throws {ReportFileError} */
function checked<T>(schema: z.ZodMiniType<T>, value: unknown, at: readonly PropertyKey[] = []): T {
  const { data, error } = schema.safeParse(value);
  if (!error) return data;
  const where = [...at, ...(error.issues[0]?.path ?? [])].map(String).join('.');
  throw new ReportFileError(
    `The report was not written: it breaks its own schema at ${inert(where, 100)}. This is a bug in Driftwatch; please open an issue that names its version.`,
    { cause: error },
  );
}

/** The output of `JSON.stringify` with an indentation of 2, in pieces: ten thousand findings take much memory, and are in memory once. */
function* jsonText(report: Report): Generator<string> {
  const { findings, words } = report;
  const beside = checked(reportSchema, { ...writtenBeside(report), findings: [] });
  const empty = '\n  "findings": []';
  const [head = '', tail = ''] = JSON.stringify(beside, null, 2).split(empty);
  if (findings.length === 0) {
    yield `${head}${empty}${tail}\n`;
    return;
  }
  yield `${head}${empty.slice(0, -1)}`;
  for (let start = 0; start < findings.length; start += findingsAtOnce) {
    const some = findings.slice(start, start + findingsAtOnce).map((one, index) => checked(finding, writtenFinding(one, words), ['findings', start + index]));
    yield `${start === 0 ? '' : ','}${JSON.stringify(some, null, 2).slice(1, -2).replaceAll('\n', '\n  ')}`;
  }
  yield `\n  ]${tail}\n`;
}
