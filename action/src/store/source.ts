import { fieldsIn, isUnread, type Maybe, type Value } from './value.ts';

/** What an entity reads: a table, or the documents whose paths a template describes; and where in a row a field comes from. */

export type StoreKind = 'supabase' | 'firestore' | 'realtime-database';

export type Segment = { readonly fixed: string } | { readonly bound: string };
/** The path of a document, with names for the segments that differ: `boards/{board_id}/posts/{id}`. */
export type Template = { readonly text: string; readonly segments: readonly Segment[] };
export type Source = { readonly table: string } | Template;

/** What is wrong, and what to do about it, without the period at the end. */
export type Problem = { readonly problem: string };

export const isProblem = (result: object): result is Problem => 'problem' in result;
export const isTable = (source: Source): source is { readonly table: string } => 'table' in source;

export function parseSource(text: string, kind: StoreKind): Source | Problem {
  return kind === 'supabase' ? parseTable(text) : parseTemplate(text, kind);
}

function parseTable(text: string): Source | Problem {
  if (/[/{}\p{Cc}]/u.test(text))
    return { problem: 'a source in Supabase is a table or a view that the API exposes, not a path. Write its name, such as posts' };
  return { table: text };
}

const segmentName = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** What `each` gives the names to. */
const taken = new Set(['item', 'index']);

function parseTemplate(text: string, kind: 'firestore' | 'realtime-database'): Template | Problem {
  const segments: Segment[] = [];
  for (const part of text.split('/')) {
    if (part === '') return { problem: 'a path has no slash at its ends and no empty segment. Write it like boards/{board_id}/posts/{id}' };
    const [, name] = /^\{(.*)\}$/s.exec(part) ?? [];
    if (name === undefined && /[{}]/.test(part))
      return { problem: 'a segment of a path is either fixed or bound as a whole. Write it like boards/{board_id}/posts/{id}' };
    if (name === undefined && !isFixed(part, kind))
      return { problem: `a fixed segment holds what ${kind === 'firestore' ? 'Firestore' : 'the Realtime Database'} does not allow in a name. Correct it` };
    if (name !== undefined && !segmentName.test(name))
      return { problem: 'the name of a bound segment is letters, digits and _, such as {board_id}. Correct it' };
    if (name !== undefined && taken.has(name)) return { problem: `{${name}} is what each makes rows of. Give the segment another name` };
    segments.push(name === undefined ? { fixed: part } : { bound: name });
  }
  const names = segmentNames({ segments });
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) return { problem: `the segment {${twice}} is bound twice. Give each segment a name of its own` };
  const alternates = segments.length % 2 === 0 && segments.every((segment, index) => (index % 2 === 0) === 'fixed' in segment);
  if (kind === 'firestore' && !alternates) {
    return {
      problem:
        'in a path of Firestore, collections (fixed) and documents (bound) alternate, and a document comes last. Write it like boards/{board_id}/posts/{id}',
    };
  }
  return { text, segments };
}

function isFixed(part: string, kind: 'firestore' | 'realtime-database'): boolean {
  if (kind === 'firestore') return part !== '.' && part !== '..' && !/^__.*__$/s.test(part) && Buffer.byteLength(part) <= 1500;
  return !/[.#$\[\][\p{Cc}--[\x80-\x9f]]]/v.test(part) && Buffer.byteLength(part) <= 768;
}

/** The names of the bound segments, in order. */
export const segmentNames = ({ segments }: Pick<Template, 'segments'>): string[] => segments.flatMap((segment) => ('bound' in segment ? [segment.bound] : []));

/** The names that at least one of the sources binds. */
export const boundNames = (sources: readonly Source[]): ReadonlySet<string> =>
  new Set(sources.flatMap((source) => (isTable(source) ? [] : segmentNames(source))));

/** @returns what each bound segment is in the path, or `undefined` where it is the path of something else */
export function matchPath(template: Template, path: string): ReadonlyMap<string, string> | undefined {
  const parts = partsOf(template, path);
  if (parts === undefined) return undefined;
  const bound = new Map<string, string>();
  template.segments.forEach((segment, index) => {
    if ('bound' in segment) bound.set(segment.bound, parts[index] ?? '');
  });
  return bound;
}

export const isPathOf = (template: Template, path: string): boolean => partsOf(template, path) !== undefined;

function partsOf({ segments }: Template, path: string): readonly string[] | undefined {
  const parts = path.split('/');
  return parts.length === segments.length && segments.every((segment, index) => mayBe(segment, parts[index] ?? '')) ? parts : undefined;
}

const mayBe = (segment: Segment, part: string): boolean => ('fixed' in segment ? segment.fixed === part : part !== '');

/** Whether every path of the other template is one of this template as well, whatever the segments are called. */
const covers = ({ segments }: Template, other: Template): boolean =>
  segments.length === other.segments.length &&
  segments.every((segment, index) => {
    const there = other.segments[index];
    return 'bound' in segment || (there !== undefined && 'fixed' in there && there.fixed === segment.fixed);
  });

/** Whether one of two sources has every document of the other one. */
export const isRepeated = (source: Source, other: Source): boolean => !isTable(source) && !isTable(other) && (covers(source, other) || covers(other, source));

/**
 * The path of one document.
 *
 * @param segmentOf what a bound segment is; nothing where that is not known
 * @returns `undefined` where a segment is not known, or cannot be a name
 */
export function buildPath({ segments }: Template, segmentOf: (name: string) => string | null | undefined): string | undefined {
  const parts = segments.map((segment) => ('fixed' in segment ? segment.fixed : segmentOf(segment.bound)));
  return parts.every((part) => typeof part === 'string' && part !== '' && !part.includes('/')) ? parts.join('/') : undefined;
}

/** Where a column comes from that has no line: a bound segment of the name, or else a field of the name. */
export const defaultSource = (column: string, bound: ReadonlySet<string>): FieldSource =>
  bound.has(column) ? { kind: 'segment', name: column } : { kind: 'field', path: [column] };

/** Names from the outermost map inwards. */
export type FieldPath = readonly string[];

/** Where in a row the value of a field comes from. */
export type FieldSource =
  | { readonly kind: 'field'; readonly path: FieldPath }
  /** A segment of the document's path. */
  | { readonly kind: 'segment'; readonly name: string }
  /** The element that `each` made the row of, or a field of it. */
  | { readonly kind: 'item'; readonly path: FieldPath }
  /** The element's place from 0, or its key. */
  | { readonly kind: 'index' };

/** Reads `author.id`, `` `a.b` ``, `{segment}`, `{item}`, `{item.completedAt}` and `{index}`. */
export function parseFieldSource(text: string): FieldSource | Problem {
  if (!text.startsWith('{')) {
    const path = parsePath(text);
    return 'problem' in path ? path : { kind: 'field', path: path.names };
  }
  const [, inner] = /^\{(.*)\}$/s.exec(text) ?? [];
  if (inner === 'index') return { kind: 'index' };
  if (inner === 'item') return { kind: 'item', path: [] };
  if (inner?.startsWith('item.')) {
    const path = parsePath(inner.slice('item.'.length));
    return 'problem' in path ? path : { kind: 'item', path: path.names };
  }
  if (inner === undefined || !segmentName.test(inner))
    return { problem: 'in braces stands a segment of the path, item, item.<field> or index. Write it like "{board_id}"' };
  return { kind: 'segment', name: inner };
}

const nameInPath = /(?:`((?:[^`\\]|\\[`\\])+)`|([^.`{}\p{Cc}]+))(\.|$)/uy;

const deepest = 100;

function parsePath(text: string): { readonly names: FieldPath } | Problem {
  const names: string[] = [];
  for (let at = 0; ; at = nameInPath.lastIndex) {
    nameInPath.lastIndex = at;
    const [, quoted, bare, end] = nameInPath.exec(text) ?? [];
    const name = quoted?.replaceAll(/\\([`\\])/g, '$1') ?? bare;
    if (name === undefined)
      return { problem: 'a field is a name, or names with a point between, such as author.id; a name with points or braces stands in backticks. Correct it' };
    names.push(name);
    if (names.length > deepest) return { problem: `a field lies at most ${deepest} maps deep. Correct it` };
    if (end === '') return { names };
  }
}

const writeName = (name: string): string => (/^[^.`{}\p{Cc}]+$/u.test(name) ? name : `\`${name.replaceAll(/[`\\]/g, '\\$&')}\``);

/** The source as it is written in the file. */
export function writeFieldSource(source: FieldSource): string {
  if (source.kind === 'field') return source.path.map(writeName).join('.');
  if (source.kind === 'segment') return `{${source.name}}`;
  return source.kind === 'index' ? '{index}' : `{${['item', ...source.path.map(writeName)].join('.')}}`;
}

/** One row as it is read: the row of a table, a document with the segments of its path, or an element with all that is around it. */
export type Around = {
  readonly segments: ReadonlyMap<string, string>;
  readonly fields: Maybe;
  readonly item?: Value;
  readonly index?: string;
  /** Whether the Realtime Database takes part, where a list is the map of its places. */
  readonly isSparse?: boolean;
};

/** @returns `undefined` where there is nothing of the name */
export function valueAt(source: FieldSource, around: Around): Maybe {
  if (source.kind === 'segment') return around.segments.get(source.name);
  if (source.kind === 'index') return around.index;
  let value: Maybe = source.kind === 'item' ? around.item : around.fields;
  for (const name of source.path) {
    // What is inside of it is as unknown.
    if (isUnread(value)) return value;
    value = fieldsIn(value, around.isSparse)?.get(name);
  }
  return value;
}
