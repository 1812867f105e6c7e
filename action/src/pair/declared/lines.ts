import type * as z from 'zod/mini';
import { canonical } from './canonical.ts';
import type { FieldDeclaration, FieldOptions, SideName, Sides } from './entity.ts';
import { optionProblems, typeOf } from './field-type.ts';
import { schemas } from './schema.ts';
import type { Report } from './shape-mistakes.ts';
import { defaultSource, isProblem, parseFieldSource, type FieldSource } from '../../store/source.ts';
import { isRaw } from './stores.ts';
import { isUnreadable } from './types.ts';
import { isFields, isScalar, type Fields, type Maybe, type Value } from '../../store/value.ts';

/** The lines of `fields`: `column: field`, or `column: { from: field, … }`. */

/** What the sources of an entity may refer to. */
export type Known = {
  /** The names of the segments that a side's paths bind. */
  readonly segments: Sides<ReadonlySet<string>>;
  readonly hasEach: boolean;
  /** Whether all sources of a side could be read: otherwise it is unknown which segments they bind. */
  readonly isWhole: Sides<boolean>;
};

/** @returns `undefined` after reporting what is wrong */
export function readSource(text: string, side: SideName, known: Known, report: (message: string) => void): FieldSource | undefined {
  const source = parseFieldSource(text);
  const problem = isProblem(source) ? source.problem : problemOf(source, side, known);
  if (problem === undefined && !isProblem(source)) return source;
  report(problem ?? '');
  return undefined;
}

function problemOf(source: FieldSource, side: SideName, known: Known): string | undefined {
  if (source.kind === 'field') return undefined;
  if (source.kind !== 'segment') {
    if (side === 'legacy' && known.hasEach) return undefined;
    return `{${source.kind}} needs each, which says what rows are made of${side === 'legacy' ? '' : ', and is of the legacy side only'}. Add each, or correct the field`;
  }
  return known.segments[side].has(source.name) || !known.isWhole[side]
    ? undefined
    : `the segment {${source.name}} is in no path of the ${side} side. Bind it there, or correct the name`;
}

/**
 * @param written the line as it stands in the file, with every digit of its numbers
 * @returns `undefined` where something is wrong, which was reported here or by the schema
 */
export function readLine(column: string, raw: unknown, written: Maybe, known: Known, report: Report): FieldDeclaration | undefined {
  if (typeof raw === 'string') {
    const from = readSource(raw, 'legacy', known, (message) => report([], message));
    return from && { from };
  }
  if (!isRaw(raw)) return undefined;
  const options = wellFormed(raw);
  const from =
    options.from === undefined
      ? defaultSource(column, known.segments.legacy)
      : readSource(options.from, 'legacy', known, (message) => report(['from'], message));
  const to = options.to === undefined ? undefined : readSource(options.to, 'normalized', known, (message) => report(['to'], message));
  const members: Fields = isFields(written) ? written : new Map();
  const tolerance = options.tolerance === undefined ? undefined : members.get('tolerance');
  const line: Omit<FieldDeclaration, 'from'> = {
    ...chosen(options),
    ...(tolerance !== undefined && { tolerance: isScalar(tolerance) && tolerance.kind === 'number' ? tolerance.text : String(tolerance) }),
    ...(to && { to }),
    ...(members.has('default') && { default: members.get('default') ?? null }),
    ...(options.values && { values: valuesOf(members.get('values')) }),
    ...(options.readable !== undefined && { readable: options.readable }),
  };
  const problems = optionProblems(line);
  for (const { problem } of problems) report([], problem);
  if (problems.length === 0) reportStandIns(line, report);
  return from && problems.length === 0 && schemas.line.safeParse(raw).success ? { ...line, from } : undefined;
}

type Line = z.infer<typeof schemas.line>;

/** The well-formed parts of a line, so that mistakes in the others do not hide theirs. */
function wellFormed(raw: Readonly<Record<string, unknown>>): Line {
  const parts = Object.entries(schemas.line.shape).flatMap(([name, part]) => {
    const { data, success } = part.safeParse(raw[name]);
    return success && data !== undefined ? [[name, data] as const] : [];
  });
  return Object.fromEntries(parts) as Line;
}

type Options = { readonly [Name in keyof FieldOptions]: FieldOptions[Name] | undefined };

/** The options that are present. */
function chosen({ type, of, trim, precision, unit, 'ignore-case': ignoreCase, 'blank-is-null': blankIsNull }: Omit<Options, 'tolerance'>): FieldOptions {
  return {
    ...(type && { type }),
    ...(of && { of }),
    ...(trim !== undefined && { trim }),
    ...(ignoreCase !== undefined && { 'ignore-case': ignoreCase }),
    ...(blankIsNull !== undefined && { 'blank-is-null': blankIsNull }),
    ...(precision && { precision }),
    ...(unit && { unit }),
  };
}

const valuesOf = (written: Maybe): ReadonlyMap<string, Value> => (isFields(written) ? written : new Map());

/** If the line declares a type, values that replace legacy values must match it. Otherwise that is checked later, against the column. */
function reportStandIns(line: Omit<FieldDeclaration, 'from'>, report: Report): void {
  const type = line.type === undefined ? undefined : typeOf(line, undefined);
  if (type === undefined || isProblem(type)) return;
  if (isUnreadable(canonical(type, line.default))) report(['default'], `must be of the type ${type.name}`);
  for (const [key, value] of line.values ?? []) if (isUnreadable(canonical(type, value))) report(['values', key], `must be of the type ${type.name}`);
}
