import type { Counts, Shape } from './shape.ts';

/**
 * The shape that both sides are read into. Whatever is specific to one schema ends here: comparing, counting,
 * sampling and reporting know documents only.
 */

/** What two documents must have in common to be the same one: canonical parts, as the pair's `Shape` names them. */
export type Key = readonly (string | null)[];

/** The first parts of a key: what several documents belong to. */
export type Group = readonly (string | null)[];

export const keyId = (key: Key): string => JSON.stringify(key);
export const groupId = (group: Group): string => JSON.stringify(group);
export const groupOf = (key: Key, { group }: Pick<Shape, 'group'>): Group => key.slice(0, group);

/** Whether a key says which document it is, and not only what that belongs to. */
export const isWhole = (key: Key, { group, key: parts }: Pick<Shape, 'group' | 'key'>): boolean =>
  key.slice(group).every((part, place) => part !== null || parts[group + place]?.isOptional);

/**
 * `[attribute]` of the document, `[collection, member]`, or with one segment more what is in that member: an attribute of it or a
 * submember. From three segments on, what is before the last one is the path of what it is in.
 */
export type Path = readonly string[];

/** No segment holds a NUL, save for the mark of a copy (`copyOf`), so joining with it is not ambiguous. */
export const pathId = (path: Path): string => path.join('\0');

/** What marks the second, third … row that stands for the same segment of a path, and no text that a database keeps. */
const copyMark = '\0\0';

/** The segment of another row that stands for the same as the first one: a path of its own shows it as one too many. */
export const copyOf = (segment: string, number: number): string => `${segment}${copyMark}${number}`;

/** What a segment stands for, and the number of the row where it is not the first. */
export function readSegment(segment: string): { readonly name: string; readonly copy: string | undefined } {
  const [name = '', copy] = segment.split(copyMark);
  return { name, copy };
}

/** Row ids by table. */
export type RowIds = Readonly<Record<string, readonly string[]>>;

export type Field = {
  readonly path: Path;
  /** Canonical; two fields are equal when these are. `null` is an attribute without content. */
  readonly value: string | null;
  /** The place among the shape's levels of what it is, or is an attribute of. */
  readonly level: number;
  /** Whether it says something of what it is in, and is not counted as one of its level. */
  readonly attribute?: true;
  /** Whether everybody may read the value: dates and known statuses, never free text. */
  readonly readable: boolean;
  /** Whether it is no text, so that a pseudonym tells nothing of its length either. */
  readonly opaque?: true;
  /** Whether another value is the same, where being equal is not the only way. */
  readonly isNear?: (value: string | null) => boolean;
  /** Whether the value is not of its type, so that nothing is the same. */
  readonly unreadable?: true;
  readonly rowIds: RowIds;
  /** What is peculiar about a member beyond its value, in names of the pair's: not compared, but drift may follow it. */
  readonly traits?: readonly string[];
};

/** Paths of at least this depth that start so are neither compared nor counted, on either side. */
export type Hidden = { readonly prefix: Path; readonly depth: number };

export type Document = {
  readonly key: Key;
  /** By `pathId`. An attribute of the document is always there; a member only if it exists. */
  readonly fields: ReadonlyMap<string, Field>;
  /** Ids of the document's own row. */
  readonly rowIds: RowIds;
  /** What could not be read, with its counterpart. */
  readonly hidden: readonly Hidden[];
  /** Differences that this side shows on its own. */
  readonly problems: readonly Difference[];
  /** Paths of members of which several rows stand for one: whichever agrees best with the other side is to be compared (`bestRows`). */
  readonly copied?: readonly Path[] | undefined;
  /** Id of the row that the document's own row hangs on, and how many rows hang on the document's own, by level. */
  readonly parent?: string | undefined;
  readonly held?: Counts | undefined;
  /** Which writer wrote the row, where the store says so. */
  readonly sourceVersion?: string | undefined;
  /** When the row was last written, in milliseconds since 1970, where the store says so. */
  readonly writtenAt?: number | undefined;
  /** When a migration wrote the row, likewise; `undefined` where another writer did, or has touched it since. */
  readonly migratedAt?: number | undefined;
};

export type DifferenceKind = 'missing' | 'orphan' | 'mismatch' | 'duplicate' | 'malformed' | 'ambiguous-owner' | 'wrong-owner' | 'count';

/** A value on one side: text with the knowledge whether everybody may read it; or a count; or nothing. */
export type Value = { readonly text: string; readonly readable: boolean; readonly opaque?: true } | number | null;

/** One thing that is not the same on both sides, still in plain text: it must not leave the process as it is. */
export type Difference = {
  readonly kind: DifferenceKind;
  /** The name of one of the shape's levels. */
  readonly level: string;
  readonly key: Key | null;
  /** Of a field; or, for a malformed part, its place in the legacy row as one readable segment. */
  readonly path: Path | null;
  readonly legacy: Value;
  readonly normalized: Value;
  readonly rowIds: RowIds;
  /** Of an orphan document: its place among those that the side has of the key. */
  readonly place?: number;
};

const plain = (value: Value) => (value !== null && typeof value === 'object' ? value.text : value);

/** Where a difference is: two sightings of one are the same as long as this and both values are. */
export const placeId = ({ kind, level, path }: Difference): string => JSON.stringify([kind, level, path]);

export const valuesOf = ({ legacy, normalized }: Difference): readonly [legacy: string | number | null, normalized: string | number | null] => [
  plain(legacy),
  plain(normalized),
];
