import { inert } from '../../action/src/privacy/inert.ts';
import { isTable, segmentNames, writeFieldSource, type FieldSource, type Source } from '../../action/src/store/source.ts';
import { isFields, isList, isScalar, type Value } from '../../action/src/store/value.ts';
import { hasOwnKey, rowsRead, type Entity, type Guess } from './entities.ts';
import type { Line, Options } from './fields.ts';
import { fieldsOfRow, type Unreadable } from './sample.ts';
import { wordsOf } from './words.ts';

/** Writes a guess as the file that a maintainer would have written, with a comment beside each part that says how certain it is. */

export type Draft = {
  readonly pair: string;
  /** The name of the legacy store, and its line below `stores`; no line for `supabase`. */
  readonly store: { readonly name: string; readonly line: string | undefined };
  readonly entities: readonly Entity[];
  /** Tables and paths without a counterpart. */
  readonly leftOut: { readonly legacy: readonly string[]; readonly normalized: readonly string[] };
  /** Why some of them were left out although they have one. */
  readonly passedOver: ReadonlyMap<string, string>;
  readonly unreadable: { readonly legacy: readonly Unreadable[]; readonly normalized: readonly Unreadable[] };
};

export function writeDraft({ pair, store, entities, leftOut, passedOver, unreadable }: Draft): string {
  const lines = [
    '# yaml-language-server: $schema=https://raw.githubusercontent.com/OWNER/driftwatch/COMMIT/driftwatch.schema.json',
    '# Drafted from the names and a sample of rows on both sides. Review every line, starting with those marked "unsure", and then run',
    '# npx driftwatch doctor and npx driftwatch check.',
    ...(store.line === undefined ? [] : ['stores:', `  ${store.name}: ${store.line}`, '']),
    'pairs:',
    `  ${pair}:`,
    `    legacy: ${store.name}`,
    '    normalized: supabase',
    '    entities:',
    ...entities.flatMap((entity) => ['', ...entityLines(entity, entities).map((line) => (line === '' ? line : `      ${line}`))]).slice(1),
  ];
  // Of many tables, each is held against those most like it only, and by a sample.
  const reason = (name: string): string =>
    inert(passedOver.get(name) ?? 'no match was found in the sampled rows of what is most like it by name and fields', 400);
  const left = [
    ...Object.entries(leftOut).flatMap(([side, names]) => names.map((name) => `# Left out of the ${side} side: ${inComment(name)} (${reason(name)})`)),
    ...Object.entries(unreadable).flatMap(([side, all]) =>
      all.map(({ name, why }) => `# Left out of the ${side} side: ${inComment(name)} (it could not be read). ${inert(why, 1000)}`),
    ),
  ];
  return `${[...lines, ...(left.length > 0 ? ['', ...left] : [])].join('\n')}\n`;
}

/** A name as the file would write it: the backticks around one that contains a dot do nothing in a comment. */
const inComment = (text: string): string => inert(text, 120).replaceAll('\\u{60}', '`');

const howSure = (entity: Entity): string => {
  const { paired, sampled, doubt } = entity;
  const rows = `${paired.length} of ${sampled} sampled rows have a match by key`;
  return doubt === undefined ? rows : `unsure: ${inComment(doubt)}; ${rows}`;
};

const beside = ({ seen, agreed, emptied, doubt }: Line): string => {
  const rows = seen === 0 ? '' : `${agreed} of ${seen + emptied} rows agree${emptied === 0 ? '' : `, ${emptied} count as empty`}`;
  return doubt === undefined ? rows : `unsure: ${[doubt, rows].filter((part) => part !== '').join('; ')}`;
};

/** How many marks "unsure" the entity has in the file. */
export const doubtsIn = (entity: Entity): number =>
  [
    entity.doubt !== undefined,
    pathDoubt(entity) !== '',
    !isPlainKey(entity) && keyDoubt(entity) !== '',
    entity.softDelete !== undefined || entity.part !== undefined,
  ].filter(Boolean).length + entity.lines.filter(({ doubt }) => doubt !== undefined).length;

const isPlainKey = ({ key }: Entity): boolean => key.length === 1 && key[0]?.column === 'id';

function entityLines(entity: Entity, all: readonly Entity[]): string[] {
  const { legacy, target, key, lines } = entity;
  const segments = renamed(entity);
  const from = (source: FieldSource): string =>
    scalar(writeFieldSource(source.kind === 'segment' ? { kind: 'segment', name: segments.get(source.name) ?? source.name } : source));
  const bound = new Set(segments.values());
  // A column with the name of a segment, or of another table's column, needs no line.
  const keyLines = key.flatMap(({ column, candidate: { source }, options }) => {
    const isGiven =
      source.kind === 'segment'
        ? segments.get(source.name) === column
        : isTable(legacy.source) && source.kind === 'field' && source.path.length === 1 && source.path[0] === column && !bound.has(column);
    return isGiven && Object.keys(options).length === 0 ? [] : [`    ${scalar(column)}: ${lineValue(from(source), options)}`];
  });
  const fieldLines = lines.map((line) => withComment(`    ${scalar(line.column)}: ${lineValue(from(line.candidate.source), line.options)}`, beside(line)));
  const only = onlyLines(entity);
  const changed = changedOf(entity);
  const ignored = ignoredOf(entity, all);
  const missed = notCompared(entity, ignored);
  const [first = '', ...others] = legacyPaths(entity);
  return [
    `${entity.entity}: # ${howSure(entity)}`,
    withComment(`  legacy: ${others.length === 0 ? scalar(first) : `[${[first, ...others].map(scalar).join(', ')}]`}`, pathDoubt(entity)),
    ...(legacy.each === undefined ? [] : [`  each: ${scalar(writeFieldSource({ kind: 'field', path: legacy.each }))}`]),
    `  normalized: ${scalar(target.table)}`,
    ...(isPlainKey(entity) ? [] : [withComment(`  key: [${key.map(({ column }) => scalar(column)).join(', ')}]`, keyDoubt(entity))]),
    ...(keyLines.length + fieldLines.length === 0 ? [] : ['  fields:', ...keyLines, ...fieldLines]),
    ...only,
    ...(changed === undefined
      ? []
      : [
          `  changed: { legacy: ${changed.unit === undefined ? from(changed.source) : `{ from: ${from(changed.source)}, unit: ${changed.unit} }`}, normalized: ${scalar(changed.column)} }`,
        ]),
    ...(ignored.length === 0 ? [] : [withComment(`  ignored: { legacy: [${ignored.map(scalar).join(', ')}] }`, 'compared by another entity, or by the path')]),
    ...(missed.legacy.length === 0 ? [] : [`  # Not compared, legacy: ${missed.legacy.map(inComment).join(', ')}`]),
    ...(missed.normalized.length === 0 ? [] : [`  # Not compared, normalized: ${missed.normalized.map(inComment).join(', ')}`]),
  ];
}

function pathDoubt(entity: Entity): string {
  const names = [...entity.fixed.values()];
  return names.length === 0 ? '' : `unsure: all sampled rows that match are below ${names.join(' and ')}`;
}

function keyDoubt(entity: Entity): string {
  if (entity.target.key.length === 0) return 'unsure: the API describes no key';
  return hasOwnKey(entity) ? '' : 'unsure: not the primary key of the table, so check that it is unique';
}

const withComment = (line: string, comment: string): string => (comment === '' ? line : `${line} # ${comment}`);

/** Segments by the names of their columns, so that those need no line. */
function renamed({ legacy, key, lines }: Guess): Map<string, string> {
  const names = isTable(legacy.source) ? [] : segmentNames(legacy.source);
  const columns = new Map<string, string>();
  for (const [column, source] of [
    ...key.map((part) => [part.column, part.candidate.source] as const),
    ...lines.map((line) => [line.column, line.candidate.source] as const),
  ]) {
    if (source.kind === 'segment' && !columns.has(source.name) && /^[A-Za-z_]\w*$/.test(column) && column !== 'item' && column !== 'index')
      columns.set(source.name, column);
  }
  const taken = new Set(columns.values());
  return new Map(
    names.map((name) => {
      const column = columns.get(name);
      if (column !== undefined) return [name, column];
      let free = name;
      while (taken.has(free)) free = `path_${free}`;
      taken.add(free);
      return [name, free];
    }),
  );
}

/** Where its rows are read, as the file says it. */
export const legacyPath = (guess: Guess): string => writeSource(guess.legacy.source, renamed(guess), guess.fixed);
export const legacyPaths = (entity: Entity): readonly string[] => [legacyPath(entity), ...entity.also.map(({ source }) => writeSource(source))];

export const writeSource = (source: Source, segments: ReadonlyMap<string, string> = new Map(), fixed: ReadonlyMap<string, string> = new Map()): string =>
  isTable(source)
    ? source.table
    : source.segments
        .map((segment) => ('fixed' in segment ? segment.fixed : (fixed.get(segment.bound) ?? `{${segments.get(segment.bound) ?? segment.bound}}`)))
        .join('/');

function lineValue(from: string, options: Options): string {
  const parts = Object.entries(options).map(([name, value]) => `${name}: ${optionValue(value)}`);
  return parts.length === 0 ? from : `{ from: ${from}, ${parts.join(', ')} }`;
}

function optionValue(value: unknown): string {
  if (value instanceof Map) return `{ ${[...(value as ReadonlyMap<string, Value>)].map(([key, mapped]) => `${scalar(key)}: ${plain(mapped)}`).join(', ')} }`;
  if (typeof value === 'string' && /^[a-z]+$/.test(value)) return value;
  return plain(value as Value);
}

function plain(value: Value): string {
  if (typeof value === 'string') return scalar(value);
  if (isScalar(value) && value.kind === 'number') return value.text;
  return isList(value) || isFields(value) || isScalar(value) ? 'null' : String(value);
}

/** Words that some version of YAML takes for something else. */
const special = /^(?:true|false|null|yes|no|on|off|y|n|nan|inf)$/i;

/** A text as it is written in the file, quoted if necessary. */
const scalar = (text: string): string =>
  /^[A-Za-z_][\w-]*(?:[./][A-Za-z_][\w-]*)*$/.test(text) && !special.test(text)
    ? text
    : /^[A-Za-z_][\w-]*(?:\/(?:\{\w+\}|[A-Za-z_][\w-]*))+$/.test(text)
      ? text
      : JSON.stringify(text);

function onlyLines({ onlyNull, softDelete, part, legacy: { source } }: Entity): string[] {
  const legacy = [
    ...(part === undefined ? [] : [`${scalar(part.field)}: ${plain(part.value)}`]),
    ...(softDelete === undefined ? [] : [`${scalar(softDelete.field)}: [false, null]`]),
  ];
  const normalized = [
    ...(onlyNull === undefined ? [] : [`${scalar(onlyNull)}: null`]),
    ...(softDelete === undefined ? [] : [`${scalar(softDelete.column)}: null`]),
  ];
  const sides = [
    ...(legacy.length === 0 ? [] : [`legacy: { ${legacy.join(', ')} }`]),
    ...(normalized.length === 0 ? [] : [`normalized: { ${normalized.join(', ')} }`]),
  ];
  const comments = [
    ...(softDelete === undefined ? [] : [`taken for soft deletes by their names; ${softDelete.agreed} of ${softDelete.seen} rows agree`]),
    ...(part === undefined ? [] : ['the other sampled rows are in another table']),
    ...(onlyNull === undefined || softDelete !== undefined ? [] : ['the other rows of the table come from another path']),
  ];
  const mark = softDelete === undefined && part === undefined ? '' : 'unsure: ';
  return [
    ...(sides.length === 0 ? [] : [withComment(`  only: { ${sides.join(', ')} }`, mark + comments.join('; '))]),
    ...(part === undefined ? [] : [`  # Not compared: rows of ${inComment(writeSource(source))} whose ${inComment(part.field)} no entity names under "only"`]),
  ];
}

const updates = new Set(['updated', 'modified', 'changed', 'edited']);

/** Times of the last write, if both sides have one and it is compared anyway. */
function changedOf({ lines, target }: Entity): { source: FieldSource; column: string; unit: string | undefined } | undefined {
  const line = lines.find(
    ({ column, agreed, candidate }) =>
      agreed > 0 &&
      wordsOf(column).some((word) => updates.has(word)) &&
      candidate.source.kind !== 'index' &&
      target.columns.get(column)?.startsWith('timestamp') === true,
  );
  return line && { source: line.candidate.source, column: line.column, unit: line.options.unit };
}

/** Fields of the same rows that another entity compares, and fields that repeat the path. */
function ignoredOf(entity: Entity, all: readonly Entity[]): string[] {
  const own = usedFields(entity);
  const source = writeSource(entity.legacy.source);
  const others = all.filter((other) => other !== entity && writeSource(other.legacy.source) === source).flatMap((other) => [...usedFields(other)]);
  // A field that equals the path only by accident is worth a remark.
  const named = new Set([...renamed(entity).values(), 'id'].map((name) => wordsOf(name).join(' ')));
  const echoes = entity.echoes.filter((field) => named.has(wordsOf(field).join(' ')));
  return [...new Set([...others, ...below(entity, all), ...echoes])].filter((field) => !own.has(field) && fieldNames(entity).has(field));
}

/** In the Realtime Database, what lies below a row's path is one of its fields. */
function below(entity: Entity, all: readonly Entity[]): string[] {
  if (!entity.legacy.isSparse) return [];
  const shapeOf = (one: Entity): string[] =>
    legacyPath(one)
      .split('/')
      .map((part) => (part.startsWith('{') ? '' : part));
  const own = shapeOf(entity);
  return all
    .map(shapeOf)
    .filter((other) => own.every((part, place) => part === other[place]))
    .flatMap((other) => other[own.length] || [])
    .map((name) => root([name]));
}

const root = (path: readonly string[]): string => writeFieldSource({ kind: 'field', path: path.slice(0, 1) });

function usedFields({ key, lines, legacy, softDelete, part }: Entity): Set<string> {
  const sources = [...key, ...lines].map(({ candidate }) => candidate.source);
  return new Set([
    ...sources.flatMap((source) => (source.kind === 'field' ? [root(source.path)] : [])),
    ...(legacy.each === undefined ? [] : [root(legacy.each)]),
    ...(softDelete === undefined ? [] : [softDelete.field]),
    ...(part === undefined ? [] : [part.field]),
  ]);
}

const fieldNames = ({ legacy, fixed, also }: Entity): Set<string> =>
  new Set(
    [{ ...legacy, rows: rowsRead({ legacy, fixed }) }, ...also]
      .flatMap((one) => [...(one.columns?.keys() ?? []), ...one.rows.flatMap((row) => [...fieldsOfRow(one, row).keys()])])
      .filter((name) => name !== '' && !/\p{Cc}/u.test(name))
      .map((name) => root([name])),
  );

/** The fields that a run would report as not compared. */
export function notCompared(entity: Entity, ignored: readonly string[]): { readonly legacy: readonly string[]; readonly normalized: readonly string[] } {
  const used = usedFields(entity);
  const columns = new Set([...entity.key, ...entity.lines].map(({ column }) => column));
  return {
    legacy: [...fieldNames(entity)].filter((name) => !used.has(name) && !ignored.includes(name)),
    normalized: [...entity.target.columns.keys()].filter(
      (column) => !columns.has(column) && column !== entity.onlyNull && column !== entity.softDelete?.column,
    ),
  };
}
