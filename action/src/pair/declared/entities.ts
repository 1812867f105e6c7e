import { sideNames, type ChangedDeclaration, type EntityDeclaration, type FieldDeclaration, type SideName } from './entity.ts';
import { readLine, readSource, type Known } from './lines.ts';
import { quoted } from './mistakes.ts';
import { schemas } from './schema.ts';
import type { Condition } from '../../store/store.ts';
import type { Report } from './shape-mistakes.ts';
import { boundNames, isProblem, isRepeated, isTable, parseSource, type FieldSource, type Source, type StoreKind } from '../../store/source.ts';
import { isRaw } from './stores.ts';
import { isFields, isList, type Maybe } from '../../store/value.ts';

/** Reads the entities of a pair, each part separately, so that a mistake in one does not hide mistakes in others. */

export type StoreKinds = { readonly legacy: StoreKind | undefined; readonly normalized: StoreKind | undefined };

/**
 * @param raw the entity as written, of any shape: the schema check reports what is wrong with its shape
 * @param written the same, with every digit of its numbers
 * @param report takes a path that starts at the entity
 */
export function readEntity(name: string, raw: unknown, written: Maybe, stores: StoreKinds, report: Report): EntityDeclaration | undefined {
  if (!isRaw(raw)) return undefined;
  const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
  const legacyTexts = Array.isArray(raw['legacy']) ? raw['legacy'] : [raw['legacy']];
  const legacy = legacyTexts.map((path: unknown, index) =>
    readPath(text(path), stores.legacy, (message) => report(Array.isArray(raw['legacy']) ? ['legacy', index] : ['legacy'], message)),
  );
  for (const [index, path] of legacyTexts.entries()) {
    // Every row of it would be there twice.
    if (typeof path === 'string' && legacyTexts.indexOf(path) < index) report(['legacy', index], `${quoted(path)} appears twice. Remove one`);
    else if (legacy.slice(0, index).some((other) => other && legacy[index] && isRepeated(other, legacy[index])))
      report(['legacy', index], 'it describes rows that a path above it describes as well, so they would be read twice. Remove one of the two');
  }
  const normalized = readPath(text(raw['normalized']), stores.normalized, (message) => report(['normalized'], message));
  const sources = legacy.filter((source) => source !== undefined);
  const known: Known = {
    segments: { legacy: boundNames(sources), normalized: boundNames(normalized ? [normalized] : []) },
    hasEach: raw['each'] !== undefined,
    isWhole: { legacy: sources.length > 0 && sources.length === legacy.length, normalized: normalized !== undefined },
  };

  const members = isFields(written) ? written : new Map<string, never>();
  const fields = readFields(raw['fields'], members.get('fields'), known, report);
  const key = readKey(raw, known, sources.some(isTable), fields, report);
  const each = readEach(text(raw['each']), known, report);
  const only = { legacy: readOnly(members.get('only'), 'legacy', known, report), normalized: readOnly(members.get('only'), 'normalized', known, report) };
  const ignored = { legacy: readIgnored(raw['ignored'], 'legacy', known, report), normalized: readIgnored(raw['ignored'], 'normalized', known, report) };
  const changed = Object.fromEntries(
    sideNames.flatMap((side) => [[side, readChanged(raw['changed'], side, known, report)]]).filter(([, value]) => value !== undefined),
  ) as EntityDeclaration['changed'];
  return normalized && { name, legacy: sources, normalized, key, fields, ...(each && { each }), only, ignored, changed };
}

function readPath(path: string | undefined, kind: StoreKind | undefined, report: (message: string) => void): Source | undefined {
  if (path === undefined || kind === undefined) return undefined;
  const source = parseSource(path, kind);
  if (!isProblem(source)) return source;
  report(source.problem);
  return undefined;
}

function readFields(raw: unknown, written: Maybe, known: Known, report: Report): ReadonlyMap<string, FieldDeclaration> {
  const lines = new Map<string, FieldDeclaration>();
  for (const [column, line] of Object.entries(isRaw(raw) ? raw : {})) {
    const read = readLine(column, line, isFields(written) ? written.get(column) : undefined, known, (path, message) =>
      report(['fields', column, ...path], message),
    );
    if (read !== undefined) lines.set(column, read);
  }
  return lines;
}

function readKey(
  raw: Readonly<Record<string, unknown>>,
  known: Known,
  hasTable: boolean,
  fields: ReadonlyMap<string, FieldDeclaration>,
  report: Report,
): readonly string[] {
  const written: readonly unknown[] = Array.isArray(raw['key']) ? raw['key'] : ['id'];
  const columns = written.filter((column) => typeof column === 'string');
  const lines = isRaw(raw['fields']) ? raw['fields'] : {};
  const seen = new Set<string>();
  for (const [index, column] of columns.entries()) {
    const path = Array.isArray(raw['key']) ? ['key', index] : raw['key'] === undefined ? [] : ['key'];
    if (seen.has(column)) report(path, `the column ${quoted(column)} appears twice. Remove one`);
    seen.add(column);
    const line = lines[column];
    const isNamed = typeof line === 'string' || (isRaw(line) && line['from'] !== undefined);
    const isBound = hasTable || known.segments.legacy.has(column);
    if (!isNamed && !isBound && known.isWhole.legacy)
      report(
        path,
        `nothing says where the column ${quoted(column)} of the key comes from. Bind a segment of this name in the path, or add the column to fields`,
      );
    if (fields.get(column)?.tolerance !== undefined)
      report(['fields', column, 'tolerance'], 'a column of the key has no tolerance. Remove it, or choose another key');
  }
  return columns;
}

function readEach(text: string | undefined, known: Known, report: Report): FieldSource | undefined {
  if (text === undefined) return undefined;
  const source = readSource(text, 'legacy', known, (message) => report(['each'], message));
  if (source === undefined || source.kind === 'field') return source;
  report(['each'], 'must be a field of the row, such as waitingUsersIds');
  return undefined;
}

function readOnly(written: Maybe, side: SideName, known: Known, report: Report): readonly Condition[] {
  const conditions = isFields(written) ? written.get(side) : undefined;
  return [...(isFields(conditions) ? conditions : [])].flatMap(([name, wanted]) => {
    const source = readSource(name, side, known, (message) => report(['only', side, name], message));
    return source ? [{ source, anyOf: isList(wanted) ? wanted : [wanted] }] : [];
  });
}

function readIgnored(raw: unknown, side: SideName, known: Known, report: Report): readonly FieldSource[] {
  const names: readonly unknown[] = isRaw(raw) && Array.isArray(raw[side]) ? raw[side] : [];
  return names.flatMap((name, index) => {
    const source = typeof name === 'string' && name !== '' ? readSource(name, side, known, (message) => report(['ignored', side, index], message)) : undefined;
    return source ? [source] : [];
  });
}

function readChanged(raw: unknown, side: SideName, known: Known, report: Report): ChangedDeclaration | undefined {
  const { data } = schemas.changed.safeParse(isRaw(raw) ? raw[side] : undefined);
  if (data === undefined) return undefined;
  const { from: text, unit } = typeof data === 'string' ? { from: data, unit: undefined } : data;
  const from = readSource(text, side, known, (message) => report(['changed', side], message));
  return from && { from, ...(unit && { unit }) };
}
