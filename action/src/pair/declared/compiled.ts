import { describeColumn, type Column } from '../../store/column.ts';
import { sideNames, sourcesOf, type EntityDeclaration, type FieldDeclaration, type SideName, type Sides } from './entity.ts';
import { isKeyType } from './field-type.ts';
import { createField, sourceOn, type Field, type Places } from './field.ts';
import { createNotCompared } from './not-compared.ts';
import {
  boundNames,
  defaultSource,
  isProblem,
  isTable,
  segmentNames,
  writeFieldSource,
  type Around,
  type FieldSource,
  type Source,
} from '../../store/source.ts';
import type { Condition, TableDescription } from '../../store/store.ts';
import type { FieldType, Place } from './types.ts';

/** An entity combined with what the stores say about its columns: ready to read rows of both sides. */
export type CompiledEntity = {
  readonly declaration: EntityDeclaration;
  readonly key: readonly KeyField[];
  /** Without the fields of the key. */
  readonly fields: readonly Field[];
  readonly changed: Partial<Sides<{ readonly from: FieldSource; readonly type: FieldType; readonly place: Place }>>;
  /** Names that a row has and that are not compared. */
  readonly notCompared: Sides<(around: Around) => string[]>;
  readonly isSparse: boolean;
};

/** A part of the key. It may be null only if some source of the entity does not bind it. */
export type KeyField = Field & { readonly mayBeNull: boolean };

export type Described = {
  /** By table, if the store describes it; views and functions of an API that hides its description are absent. */
  readonly legacy: ReadonlyMap<string, TableDescription>;
  readonly normalized: ReadonlyMap<string, TableDescription>;
  /** Whether the Realtime Database is one of the two stores. */
  readonly isSparse: boolean;
};

/** @returns the entity, or every table and column that does not fit the declaration: sentences without the final period */
export function compileEntity(declaration: EntityDeclaration, described: Described): CompiledEntity | readonly string[] {
  const problems: string[] = [];
  const sides = { legacy: describeSide(declaration.legacy, described.legacy), normalized: describeSide([declaration.normalized], described.normalized) };
  const sentence = (column: string, problem: string): void => void problems.push(`${declaration.name}.${column}: ${problem}`);

  const bound = { legacy: boundNames(declaration.legacy), normalized: boundNames([declaration.normalized]) };
  const complete = (column: string, line: FieldDeclaration | undefined): FieldDeclaration & { readonly to: FieldSource } => ({
    ...line,
    from: line?.from ?? defaultSource(column, bound.legacy),
    to: line?.to ?? defaultSource(column, bound.normalized),
  });

  function add(column: string, line: FieldDeclaration | undefined): Field[] {
    const whole = complete(column, line);
    const [from, to] = [sides.legacy.columnOf(whole.from), sides.normalized.columnOf(whole.to)];
    const missing = [
      from === 'missing' && missingSentence('legacy', declaration.legacy, whole.from),
      to === 'missing' && missingSentence('normalized', [declaration.normalized], whole.to),
    ].filter((problem) => problem !== false);
    for (const problem of missing) sentence(column, problem);
    if (missing.length > 0) return [];
    const own = typeof to === 'object' ? to : undefined;
    const places: Places = {
      from: placeOf(from, described.isSparse),
      to: placeOf(to, described.isSparse),
      column: own ?? (typeof from === 'object' ? from : undefined),
      isOfNormalized: own !== undefined,
    };
    const field = createField(column, whole, places);
    if (!isProblem(field)) return [field];
    sentence(column, field.problem);
    return [];
  }

  const key = declaration.key.flatMap((column) =>
    add(column, declaration.fields.get(column)).map((field) => ({ ...field, mayBeNull: isPartial(field.from, declaration.legacy) })),
  );
  for (const { column, type } of key) if (!isKeyType(type)) sentence(column, 'is part of the key, and a key has no tolerance. Remove tolerance');
  const fields = [...declaration.fields].flatMap(([column, line]) => (declaration.key.includes(column) ? [] : add(column, line)));
  for (const side of sideNames) {
    for (const source of otherSources(declaration, side)) {
      if (sides[side].columnOf(source) !== 'missing') continue;
      sentence(source.kind === 'field' ? (source.path[0] ?? '') : '', missingSentence(side, sourcesOf(declaration, side), source));
    }
  }
  for (const side of sideNames) {
    const changed = declaration.changed[side];
    const column = changed && sides[side].columnOf(changed.from);
    if (changed === undefined || typeof column !== 'object' || canBeTime(column, changed.unit !== undefined)) continue;
    sentence(writeFieldSource(changed.from), 'is not a time at which a row changed. Name a timestamp; for a number, add its unit: { from: …, unit: ms }');
  }
  if (problems.length > 0) return problems;

  const compared = [...key, ...fields];
  const namedOn = (side: SideName): FieldSource[] => [
    ...compared.map((field) => sourceOn(side, field)),
    ...otherSources(declaration, side),
    ...declaration.ignored[side],
  ];
  const onlyOf = (side: SideName): Condition[] => declaration.only[side].map((condition) => asStored(condition, sides[side].columnOf(condition.source)));
  return {
    declaration: { ...declaration, only: { legacy: onlyOf('legacy'), normalized: onlyOf('normalized') } },
    key,
    fields,
    changed: Object.fromEntries(
      Object.entries(declaration.changed).map(([side, { from, unit }]) => {
        const column = sides[side as SideName].columnOf(from);
        return [side, { from, type: { name: 'timestamp', precision: 'us', ...(unit && { unit }) }, place: placeOf(column, described.isSparse) }];
      }),
    ),
    notCompared: {
      legacy: createNotCompared(namedOn('legacy'), declaration.each !== undefined),
      normalized: createNotCompared(namedOn('normalized'), false),
    },
    isSparse: described.isSparse,
  };
}

/** Postgres takes a UUID in any case, in braces and with hyphens elsewhere or none, and hands it over in one spelling. */
const asStored = (condition: Condition, column: Standing): Condition =>
  typeof column === 'object' && column.kind === 'uuid' && !column.isArray
    ? { ...condition, anyOf: condition.anyOf.map((value) => (typeof value === 'string' ? storedUuid(value) : value)) }
    : condition;

const storedUuid = (text: string): string => {
  const digits = text.replaceAll(/[{}-]/g, '').toLowerCase();
  return /^[\da-f]{32}$/.test(digits) ? digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-') : text;
};

const canBeTime = ({ kind, isArray }: Column, hasUnit: boolean): boolean =>
  !isArray && (['timestamptz', 'timestamp', 'text', 'char'].includes(kind) || (hasUnit && (kind === 'integer' || kind === 'number')));

/** What is read from a side in addition to the fields that are compared. */
const otherSources = ({ only, changed, each }: EntityDeclaration, side: SideName): FieldSource[] => [
  ...only[side].map(({ source }) => source),
  ...(changed[side] === undefined ? [] : [changed[side].from]),
  ...(side === 'legacy' && each !== undefined ? [each] : []),
];

/** Whether some of the sources bind the segment and others do not. */
const isPartial = (source: FieldSource, sources: readonly Source[]): boolean =>
  source.kind === 'segment' && sources.some((each) => isTable(each) || !segmentNames(each).includes(source.name));

/** A column; a segment of a path; a field of a document; something inside a column; or a column that is not described or does not exist. */
type Standing = Column | 'segment' | 'document' | 'inside' | 'unknown' | 'missing';

function describeSide(sources: readonly Source[], tables: ReadonlyMap<string, TableDescription>): { readonly columnOf: (source: FieldSource) => Standing } {
  const descriptions = sources.flatMap((source) => (isTable(source) ? [tables.get(source.table)] : []));
  return {
    columnOf(source) {
      if (source.kind === 'segment' || source.kind === 'index') return 'segment';
      if (descriptions.length === 0) return 'document';
      if (source.kind === 'item') return 'inside';
      const [name = '', ...inside] = source.path;
      const formats = descriptions.map((description) => description?.get(name));
      if (descriptions.some((description) => description !== undefined && !description.has(name))) return 'missing';
      if (inside.length > 0) return 'inside';
      const columns = formats.map((format) => (format === undefined ? undefined : describeColumn(format)));
      const [first] = columns;
      return first !== undefined && columns.every((other) => other?.kind === first.kind && other.isArray === first.isArray) ? first : 'unknown';
    },
  };
}

function placeOf(standing: Standing, isSparse: boolean): Place {
  if (typeof standing === 'object') return { column: standing.kind, isSparse };
  if (standing === 'segment') return { column: 'text', isSparse };
  // Values inside JSON have types of their own, as in a document.
  return standing === 'unknown' ? { column: 'unknown', isSparse } : { isSparse };
}

function missingSentence(side: string, sources: readonly Source[], source: FieldSource): string {
  const name = source.kind === 'field' ? source.path[0] : '';
  const tables = sources.flatMap((each) => (isTable(each) ? [each.table] : []));
  return `the ${side} table ${tables.join(' or ')} has no column ${name}. Correct the name in the file, or add the column`;
}
