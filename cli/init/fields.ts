import { isDeepStrictEqual } from 'node:util';
import { toNfc } from '../../action/src/document/canonical.ts';
import { describeColumn } from '../../action/src/store/column.ts';
import { isProblem, isTable, segmentNames, valueAt, writeFieldSource, type Around, type FieldSource } from '../../action/src/store/source.ts';
import { isAbsent, isScalar, type Fields, type Maybe, type Value } from '../../action/src/store/value.ts';
import type { FieldDeclaration } from '../../action/src/pair/declared/entity.ts';
import { createField, type Field } from '../../action/src/pair/declared/field.ts';
import { equal, isUnreadable, type Canonical, type Place } from '../../action/src/pair/declared/types.ts';
import { fieldsOfRow, fieldsWithin, type Legacy, type Target } from './sample.ts';
import { once } from './once.ts';
import { isKindName, likeness, wordsOf, type Words } from './words.ts';

/** Guesses which field of the legacy side a column comes from, by name and by the values of paired rows. */

/** A row of each side with the same key. */
export type Paired = { readonly legacy: Around; readonly normalized: Fields };

/** A possible source of a column, with every name that fits it. */
export type Candidate = { readonly source: FieldSource; readonly text: string; readonly names: readonly Words[] };

export type Options = Omit<FieldDeclaration, 'from' | 'to'>;

export type Evidence = {
  /** Rows with a value on at least one side, and how many of them agree. */
  readonly seen: number;
  readonly agreed: number;
  /** Rows that count as empty on both sides, although the legacy side holds something. */
  readonly emptied: number;
  /** Distinct values among those that agree, and in how many rows the rarest of them is. */
  readonly distinct: number;
  readonly rarest: number;
};

export type Line = Evidence & {
  readonly column: string;
  readonly candidate: Candidate;
  readonly options: Options;
  readonly name: number;
  /** Why a person should look at it. */
  readonly doubt: string | undefined;
};

const deepest = 3;
/** A map whose keys are ids would have an unlimited number of fields. */
const mostCandidates = 300;

/** All fields of a legacy row. */
export const everythingOf = once(candidatesOf);

function candidatesOf(legacy: Legacy): Candidate[] {
  const found = new Map<string, Candidate>();
  const add = (source: FieldSource, names: readonly Words[]): void => {
    const text = writeFieldSource(source);
    if (!found.has(text)) found.set(text, { source, text, names });
  };
  const called = legacy.each === undefined ? (legacy.ownWords ?? legacy.words) : legacy.parents;
  const own = (path: readonly string[]): Words[] => {
    const words = wordsOf(path.at(-1) ?? '');
    // Some tables begin their columns with their own name: `user_email`.
    const rest = called.every((word, place) => word === words[place]) ? words.slice(called.length) : [];
    return [words, path.flatMap(wordsOf), ...(rest.length > 0 ? [rest] : [])];
  };
  if (!isTable(legacy.source)) {
    const names = segmentNames(legacy.source);
    for (const [place, name] of names.entries()) {
      const isLast = place === names.length - 1;
      add({ kind: 'segment', name }, isLast ? [...(legacy.each === undefined ? [['id']] : []), [...called, 'id'], wordsOf(name)] : [wordsOf(name)]);
    }
  }
  if (legacy.each !== undefined) {
    add({ kind: 'item', path: [] }, [legacy.words, [...legacy.words, 'id']]);
    add({ kind: 'index' }, [['index'], ['position'], ['place'], ['key']]);
  }
  for (const [name] of legacy.columns ?? []) add({ kind: 'field', path: [name] }, ofField([name]));
  for (const row of legacy.rows) {
    walk(fieldsOfRow(legacy, row), [], (path) => add({ kind: 'field', path }, ofField(path)));
    walk(fieldsWithin(row.item), [], (path) => add({ kind: 'item', path }, own(path)));
  }
  return [...found.values()].slice(0, mostCandidates);

  /** The primary key is an id, whatever it is called. The id of an element's parent is called `order_id` in its table. */
  function ofField(path: readonly string[]): Words[] {
    const [name = ''] = path;
    const isCalledId = wordsOf(name).join() === 'id';
    if (path.length !== 1 || !(isCalledId || (legacy.key?.length === 1 && legacy.key[0] === name))) return own(path);
    return [
      ...(isCalledId && legacy.each !== undefined ? [] : own(path)),
      ...(legacy.each === undefined ? [['id']] : []),
      [...called, 'id'],
      [called.at(-1) ?? '', 'id'],
    ];
  }
}

function walk(fields: Fields, path: readonly string[], visit: (path: readonly string[]) => void): void {
  if (path.length >= deepest) return;
  for (const [name, inner] of fields) {
    // Names with control characters cannot be written in the file.
    if (/\p{Cc}/u.test(name) || name === '') continue;
    visit([...path, name]);
    walk(fieldsWithin(inner), [...path, name], visit);
  }
}

export const nameLikeness = ({ names }: Candidate, column: string): number => Math.max(0, ...names.map((name) => likeness(name, wordsOf(column))));

/** The field as a run would compare it; `undefined` if it could not. */
export function fieldOf(legacy: Legacy, target: Target, column: string, from: FieldSource, options: Options): Field | undefined {
  const format = target.columns.get(column);
  if (format === undefined) return undefined;
  const own = describeColumn(format);
  const field = createField(
    column,
    { ...options, from, to: { kind: 'field', path: [column] } },
    { from: placeOf(legacy, from), to: { column: own.kind, isSparse: legacy.isSparse }, column: own, isOfNormalized: true },
  );
  return isProblem(field) ? undefined : field;
}

function placeOf({ columns, isSparse }: Legacy, source: FieldSource): Place {
  if (source.kind === 'segment' || source.kind === 'index') return { column: 'text', isSparse };
  const format = source.kind === 'field' && source.path.length === 1 ? columns?.get(source.path[0] ?? '') : undefined;
  return format === undefined ? { isSparse } : { column: describeColumn(format).kind, isSparse };
}

/** Whether the values can be compared at all: a number is not a UUID. True if no row has a value. */
function canBeRead(field: Field, rows: readonly Around[]): boolean {
  const values = rows.map((row) => valueAt(field.from, row)).filter((value) => !isAbsent(value));
  return values.length === 0 || values.some((value) => !isUnreadable(field.expected(value)));
}

function evidenceOf(field: Field, paired: readonly Paired[]): Evidence {
  let [seen, agreed, emptied] = [0, 0, 0];
  const values = new Map<string, number>();
  for (const { legacy, normalized } of paired) {
    const stored = valueAt(field.from, legacy);
    const [expected, actual] = [field.expected(stored), field.actual(normalized.get(field.column))];
    if (expected === null && actual === null) {
      if (!isAbsent(stored)) emptied += 1;
      continue;
    }
    seen += 1;
    if (isUnreadable(expected) || isUnreadable(actual) || !equal(field.type, expected, actual)) continue;
    agreed += 1;
    values.set(expected ?? '', (values.get(expected ?? '') ?? 0) + 1);
  }
  return { seen, agreed, emptied, distinct: values.size, rarest: values.size === 0 ? 0 : Math.min(...values.values()) };
}

const textOptions: readonly Options[] = [
  { 'ignore-case': true },
  { 'blank-is-null': true },
  { trim: true },
  { 'ignore-case': true, 'blank-is-null': true },
  { trim: true, 'blank-is-null': true },
  { trim: true, 'ignore-case': true },
  { trim: true, 'ignore-case': true, 'blank-is-null': true },
];
const timeOptions: readonly Options[] = [{ unit: 'ms' }, { unit: 's' }, { precision: 's' }, { unit: 'ms', precision: 's' }];
const countOptions: readonly Options[] = [
  { type: 'timestamp', unit: 'ms' },
  { type: 'timestamp', unit: 's' },
];

/** An option that helps only one row in twenty would rather hide a difference than explain one. */
const worthwhile = 0.05;

type Tried = Evidence & { readonly options: Options; readonly doubt?: string };

/** The options under which the two agree best, and as few of them as possible. */
function tryAll(legacy: Legacy, target: Target, column: string, from: FieldSource, paired: readonly Paired[]): Tried | undefined {
  const kind = describeColumn(target.columns.get(column) ?? '');
  const rows = paired.length > 0 ? paired.map((both) => both.legacy) : legacy.rows;
  const attempt = (options: Options): Tried | undefined => {
    const field = fieldOf(legacy, target, column, from, options);
    return field && canBeRead(field, rows) ? { ...evidenceOf(field, paired), options } : undefined;
  };
  let best = attempt({});
  const more = kind.isArray
    ? []
    : kind.kind === 'text' || kind.kind === 'char'
      ? textOptions
      : kind.kind === 'timestamptz' || kind.kind === 'timestamp'
        ? timeOptions
        : kind.kind === 'integer'
          ? countOptions
          : [];
  const better = (other: Tried | undefined): void => {
    if (other === undefined || other.agreed === 0) return;
    // If both sides are then empty, as many rows agree, and fewer differ.
    const gain = best === undefined ? Number.POSITIVE_INFINITY : Math.max(other.agreed - best.agreed, best.seen - best.agreed - (other.seen - other.agreed));
    if (gain > worthwhile * paired.length) best = other;
  };
  if (best === undefined || best.agreed < best.seen) for (const options of more) better(attempt(options));
  const standIn = best && best.agreed < best.seen ? defaultIn(paired, from, column) : undefined;
  if (best !== undefined && standIn !== undefined) better(attempt({ ...best.options, default: standIn }));
  const nothing = best && best.agreed < best.seen ? nothingIn(paired, from, column) : undefined;
  if (best !== undefined && nothing !== undefined) {
    const tried = attempt({ ...best.options, values: new Map([[nothing, null]]) });
    better(tried && { ...tried, doubt: `${nothing} is taken for an empty value, but it may be one that was lost` });
  }
  if (best === undefined || best.agreed < best.seen * 0.9) {
    const translation = translationIn(paired, from, column);
    const tried = translation && attempt({ values: translation.values });
    if (translation && tried && tried.agreed >= 0.9 * tried.seen) better({ ...tried, ...(translation.doubt !== undefined && { doubt: translation.doubt }) });
  }
  return best?.options['ignore-case'] === true && tellsKind(from, column) ? spelledOut(best) : best;

  /** Kinds that differ in their case are mapped, or a repair would write the spelling of the legacy side. */
  function spelledOut(ignoring: Tried): Tried {
    const { 'ignore-case': _, ...options } = ignoring.options;
    const translation = translationIn(paired, from, column);
    const tried = translation?.isOneToOne === true ? attempt({ ...options, values: translation.values }) : undefined;
    if (translation === undefined || tried === undefined || tried.agreed < ignoring.agreed)
      return { ...ignoring, doubt: 'they agree only if case is ignored, and a repair would write the spelling of the legacy side' };
    return { ...tried, ...(translation.doubt !== undefined && { doubt: translation.doubt }) };
  }
}

const tellsKind = (source: FieldSource, column: string): boolean =>
  isKindName(column) || ((source.kind === 'field' || source.kind === 'item') && isKindName(source.path.at(-1) ?? ''));

/** What the normalized side holds wherever the legacy side is empty. */
function defaultIn(paired: readonly Paired[], from: FieldSource, column: string): Value | undefined {
  const values = paired.filter(({ legacy }) => isAbsent(valueAt(from, legacy))).map(({ normalized }) => normalized.get(column));
  const [first] = values;
  // Any other value may be text that a person wrote.
  if (first !== '' && typeof first !== 'boolean' && !(isScalar(first) && first.kind === 'number')) return undefined;
  return values.every((value) => isDeepStrictEqual(value, first)) ? first : undefined;
}

/** What programs store where there is nothing, such as the date that MySQL writes. Any word could be a value that the migration lost. */
const nothings = /^(?:0|-1|0000-00-00(?: 00:00:00(?:\.0+)?)?|0{8}-0{4}-0{4}-0{4}-0{12})$/;

/** The legacy value wherever the normalized side is empty, such as 0 for a time that never was. */
function nothingIn(paired: readonly Paired[], from: FieldSource, column: string): string | undefined {
  const values = paired.flatMap(({ legacy, normalized }) => (isAbsent(normalized.get(column)) ? (valueAt(from, legacy) ?? []) : []));
  const [first, ...others] = new Set(values.map(textOf));
  return first !== undefined && others.length === 0 && nothings.test(first) ? first : undefined;
}

const mostValues = 12;
/** A word or code that a program writes, not a person: it will be written into the file. */
const isWord = (text: string): boolean => /^(?:[A-Za-z][A-Za-z0-9_-]{0,31}|\d{1,3})$/.test(text);

export const wordIn = (value: Maybe): string | undefined => {
  if (typeof value === 'string') return isWord(value) ? value : undefined;
  if (typeof value === 'boolean') return String(value);
  return isScalar(value) && value.kind === 'number' && /^\d{1,3}$/.test(value.text) ? value.text : undefined;
};

/** Whether each word on one side could become one word on the other: too few rows show every word. */
function mayTranslate(paired: readonly Paired[], from: FieldSource, column: string): boolean {
  const seen = new Map<string, string>();
  return paired.every(({ legacy, normalized }) => {
    const [before, after] = [valueAt(from, legacy), normalized.get(column)];
    if (isAbsent(before) || isAbsent(after)) return true;
    const [key, word] = [wordIn(before), wordIn(after)];
    if (key === undefined || word === undefined || (seen.get(key) ?? word) !== word) return false;
    seen.set(key, word);
    return true;
  });
}

/** Maps a small set of words on one side to a small set on the other. */
function translationIn(
  paired: readonly Paired[],
  from: FieldSource,
  column: string,
): { readonly values: ReadonlyMap<string, Value>; readonly isOneToOne: boolean; readonly doubt: string | undefined } | undefined {
  const counts = new Map<string, Map<string, { value: Value; rows: number }>>();
  let rows = 0;
  for (const { legacy, normalized } of paired) {
    const [before, after] = [valueAt(from, legacy), normalized.get(column)];
    if (isAbsent(before) && isAbsent(after)) continue;
    const [key, word] = [wordIn(before), wordIn(after)];
    if (key === undefined || word === undefined || after === undefined) return undefined;
    const of = counts.get(key) ?? new Map<string, { value: Value; rows: number }>();
    of.set(word, { value: after, rows: (of.get(word)?.rows ?? 0) + 1 });
    counts.set(key, of);
    rows += 1;
  }
  const most = [...counts].map(([key, of]) => ({
    key,
    all: [...of.values()].reduce((sum, one) => sum + one.rows, 0),
    ...[...of.values()].reduce((a, b) => (b.rows > a.rows ? b : a)),
  }));
  const words = new Set(most.map(({ value }) => wordIn(value)));
  // If there are as many values as rows, they are names, not categories.
  if (most.length < 2 || most.length > mostValues || words.size < 2 || rows < most.length * 3) return undefined;
  const isOneToOne = words.size === most.length;
  const doubt = !isOneToOne ? 'several legacy values map to one' : most.some(({ all }) => all < 3) ? 'some of the values are rare' : undefined;
  const mapped = most.filter(({ key, value }) => key !== wordIn(value)).toSorted((a, b) => (a.key < b.key ? -1 : 1));
  return { values: new Map(mapped.map(({ key, value }) => [key, value])), isOneToOne, doubt };
}

/** Names with the same meaning leave little doubt. */
const same = 0.94;

const firstRows = 10;

/** The lines of one entity: each column with the field that fits best, and each field once. */
export function linesOf(
  legacy: Legacy,
  target: Target,
  paired: readonly Paired[],
  candidates: readonly Candidate[],
  taken: ReadonlySet<string>,
  columns: readonly string[],
): Line[] {
  const options = columns.flatMap((column) =>
    candidates.flatMap((candidate): (Line & { score: number })[] => {
      if (legacy.each !== undefined && candidate.source.kind === 'field' && legacy.each[0] === candidate.source.path[0]) return [];
      const name = nameLikeness(candidate, column);
      // A field with a different name has to agree in nearly all rows; a few of them are enough to see that.
      if (name < 0.5 && paired.length > firstRows) {
        const first = paired.slice(0, firstRows);
        const glance = tryAll(legacy, target, column, candidate.source, first);
        const isHopeless = glance === undefined || glance.agreed < 0.5 * glance.seen;
        if (isHopeless && !mayTranslate(first, candidate.source, column)) return [];
      }
      const tried = tryAll(legacy, target, column, candidate.source, paired);
      if (tried === undefined) return [];
      const share = tried.seen === 0 ? 0 : tried.agreed / tried.seen;
      const isShown = tried.agreed > 0 && share >= 0.8 && (tried.distinct >= 3 || (name >= 0.5 && tried.distinct >= 2));
      // Two values, such as those of a flag, agree by chance in a few rows, but not in all of many.
      const isFlag = tried.distinct === 2 && tried.rarest >= 5 && share === 1;
      if (name < same && !(name >= 0.5 && share >= 0.5) && !isFlag && !(isShown && (name > 0 || tried.distinct >= 3) && share >= 0.9)) return [];
      if (name < 0.3 && tried.options.values !== undefined && legacy.each !== undefined) return [];
      const doubt = doubtOf({ ...tried, name, share });
      const isSegment = candidate.source.kind === 'segment' || candidate.source.kind === 'index';
      const score =
        name +
        share +
        (name >= same ? 0.5 : 0) +
        Math.min(tried.distinct, 5) * 0.02 +
        (isSegment && share === 1 ? 0.1 : 0) -
        (Object.keys(tried.options).length > 0 ? 0.05 : 0);
      return [
        {
          column,
          candidate,
          options: tried.options,
          name,
          doubt,
          score,
          seen: tried.seen,
          agreed: tried.agreed,
          emptied: tried.emptied,
          distinct: tried.distinct,
          rarest: tried.rarest,
        },
      ];
    }),
  );
  const lines: Line[] = [];
  const used = new Set(taken);
  for (const line of options.toSorted((a, b) => b.score - a.score)) {
    if (used.has(line.candidate.text) || lines.some(({ column }) => column === line.column)) continue;
    used.add(line.candidate.text);
    lines.push(line);
  }
  return columns.flatMap((column) => lines.find((line) => line.column === column) ?? []);
}

function doubtOf({ seen, name, share, distinct, doubt }: Tried & { name: number; share: number }): string | undefined {
  if (seen === 0) return 'no sampled row holds a value';
  // The options are written all the same, so what is doubtful about them is said as well.
  if (share < 0.9) return ['it may be the wrong field, or the data differ', ...(doubt === undefined ? [] : [doubt])].join('; ');
  if (doubt !== undefined) return doubt;
  if (name < 0.5) return 'matched by values alone';
  return name < same && distinct < 2 ? 'all sampled rows hold the same value' : undefined;
}

/** Fields that repeat a segment. */
export function echoesOf(rows: readonly Around[], candidates: readonly Candidate[], of: readonly FieldSource[]): string[] {
  return candidates.flatMap(({ source, text }) => {
    if (source.kind !== 'field' || source.path.length !== 1) return [];
    const isEcho =
      rows.length > 0 &&
      of.some(
        (other) =>
          other.kind === 'segment' &&
          rows.every((row) => textOf(valueAt(source, row)) !== undefined && textOf(valueAt(source, row)) === textOf(valueAt(other, row))),
      );
    return isEcho ? [text] : [];
  });
}

/** A value as it could appear in a path or in another store. */
export function textOf(value: Maybe): string | undefined {
  if (typeof value === 'string') return toNfc(value).toLowerCase();
  if (typeof value === 'boolean') return String(value);
  if (!isScalar(value)) return undefined;
  if (value.kind === 'number') return value.text;
  return value.kind === 'reference' ? value.path.split('/').at(-1)?.toLowerCase() : undefined;
}

/** A time in milliseconds since 1970, whether it is stored as a time, as text, or as a number of milliseconds or seconds. */
export function momentOf(value: Maybe): string | undefined {
  const text = typeof value === 'string' ? value : isScalar(value) && (value.kind === 'number' || value.kind === 'timestamp') ? value.text : '';
  if (/^\d{12,13}$/.test(text)) return text;
  if (/^\d{9,10}$/.test(text)) return `${text}000`;
  const [, day, time = '', zone] = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d(?:\.\d+)?)(Z|[+-]\d\d(?::?\d\d)?)?$/.exec(text) ?? [];
  if (day === undefined) return undefined;
  const parsed = Date.parse(`${day}T${time.replace(/(\.\d{3})\d+$/, '$1')}${zone === undefined ? 'Z' : zone.replace(/^([+-]\d\d)$/, '$1:00')}`);
  return Number.isNaN(parsed) ? undefined : String(parsed);
}

export const readable = (value: Canonical): string | null | undefined => (isUnreadable(value) ? undefined : value);
