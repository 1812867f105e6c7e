import type * as z from 'zod/mini';
import { quoted, type FilePath } from './mistakes.ts';
import { fileSchema } from './schema.ts';

/** Reports the parts of the file that do not match the schema. */

export type Report = (path: FilePath, message: string) => void;

type Issue = z.core.$ZodIssue;

/** @param data as written */
export function reportShape(data: unknown, report: Report): void {
  // Used once or twice: compiling parsers first, as zod would, takes longer than parsing.
  for (const issue of fileSchema.safeParse(data ?? {}, { jitless: true }).error?.issues ?? []) reportIssue(issue, [], data, report);
}

function reportIssue(issue: Issue, above: FilePath, data: unknown, report: Report): void {
  const path = [...above, ...issue.path.filter((part) => typeof part !== 'symbol')];
  if (issue.code === 'unrecognized_keys') {
    const isSegment = issue.keys.length === 1 && isUnquotedSegment(path, data);
    for (const key of issue.keys) {
      report(
        [...path, key],
        isSegment
          ? 'a segment needs quotes, or YAML reads it as a map. Write it like "{board_id}"'
          : `${quoted(key)} is not known here. Remove it, or correct its spelling`,
      );
    }
    return;
  }
  // Of several shapes, the one for the kind of value that was written is the one that was meant.
  const meant =
    issue.code === 'invalid_union'
      ? issue.errors.filter((issues) => issues.every(({ code, path: inside }) => code !== 'invalid_type' || inside.length > 0))
      : [];
  if (meant.length === 1) {
    for (const inner of meant[0] ?? []) reportIssue(inner, path, data, report);
    return;
  }
  report(path, issue.message);
}

/** `{board_id}` without quotes is a map in YAML. */
function isUnquotedSegment(path: FilePath, data: unknown): boolean {
  const around = path.reduce<unknown>(
    (value, part) => (typeof value === 'object' && value !== null ? (value as Record<string | number, unknown>)[part] : undefined),
    data,
  );
  const members = typeof around === 'object' && around !== null ? Object.values(around) : [];
  return path.includes('fields') && members.length === 1 && members[0] === null;
}
