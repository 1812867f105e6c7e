import type { Counts, Shape } from './shape.ts';

/**
 * The shape that both sides are read into. Everything that is specific to one schema ends here: comparing, counting, sampling and reporting
 * know only documents.
 */

/** What identifies a document on both sides: canonical parts, named by the pair's `Shape`. */
export type Key = readonly (string | null)[];

/** The first parts of a key, which several documents can share. */
export type Group = readonly (string | null)[];

export const keyId = (key: Key): string => JSON.stringify(key);
export const groupId = (group: Group): string => JSON.stringify(group);
export const groupOf = (key: Key, { group }: Pick<Shape, 'group'>): Group => key.slice(0, group);

/** Whether a key identifies a document, and not only its group. */
export const isWhole = (key: Key, { group, key: parts }: Pick<Shape, 'group' | 'key'>): boolean =>
  key.slice(group).every((part, place) => part !== null || parts[group + place]?.isOptional);

/**
 * `[attribute]` of the document, `[collection, member]`, or with a third segment an attribute or a submember of that member. From three
 * segments on, everything before the last segment is the path of the parent.
 */
export type Path = readonly string[];

/** No segment contains a NUL, except in the mark of a copy (`copyOf`), so joining with it is unambiguous. */
export const pathId = (path: Path): string => path.join('\0');

/** Marks the second, third … row for the same segment of a path. No database can store this text. */
const copyMark = '\0\0';

/** The segment of another row for the same member as the first one: a separate path makes it an orphan. */
export const copyOf = (segment: string, number: number): string => `${segment}${copyMark}${number}`;

/** The name that a segment stands for, and the number of the row unless it is the first. */
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
  /** The index in the shape's levels of what it is, or of what it is an attribute of. */
  readonly level: number;
  /** Whether it is an attribute of its parent, and not counted at its level. */
  readonly attribute?: true;
  /** Whether the value may be shown: dates and known statuses, never free text. */
  readonly readable: boolean;
  /** Whether the value is not text: its pseudonym then does not reveal a length either. */
  readonly opaque?: true;
  /** Whether another value counts as the same, for values that may be equal without being identical. */
  readonly isNear?: (value: string | null) => boolean;
  /** Whether the value does not match its type, so that it equals nothing. */
  readonly unreadable?: true;
  readonly rowIds: RowIds;
  /** What is unusual about a member apart from its value, in the pair's own names: not compared, but drift may correlate with it. */
  readonly traits?: readonly string[];
};

/** Paths of at least this depth with this prefix are neither compared nor counted, on either side. */
export type Hidden = { readonly prefix: Path; readonly depth: number };

export type Document = {
  readonly key: Key;
  /** By `pathId`. An attribute of the document is always there; a member only if it exists. */
  readonly fields: ReadonlyMap<string, Field>;
  /** Ids of the document's own row. */
  readonly rowIds: RowIds;
  /** What could not be read, and its counterpart on the other side. */
  readonly hidden: readonly Hidden[];
  /** Problems that this side has by itself. */
  readonly problems: readonly Difference[];
  /** Paths of members for which there are several rows: the one that agrees best with the other side is compared (`bestRows`). */
  readonly copied?: readonly Path[] | undefined;
  /** Id of the parent of the document's own row, and how many rows below it came with the document, by level. */
  readonly parent?: string | undefined;
  readonly held?: Counts | undefined;
  /** Which writer wrote the row, if the store records it. */
  readonly sourceVersion?: string | undefined;
  /** Another one after each write, if the store keeps such a thing. */
  readonly version?: string | undefined;
  /** When the row was last written, in milliseconds since 1970, if the store records it. */
  readonly writtenAt?: number | undefined;
  /** When a migration wrote the row, in the same form; `undefined` if another writer wrote it or has changed it since. */
  readonly migratedAt?: number | undefined;
};

export type DifferenceKind = 'missing' | 'orphan' | 'mismatch' | 'duplicate' | 'malformed' | 'ambiguous-owner' | 'wrong-owner' | 'count';

/** A value on one side: text, with whether it may be shown; or a count; or nothing. */
export type Value = { readonly text: string; readonly readable: boolean; readonly opaque?: true } | number | null;

/** One difference between both sides, still in plain text: it must not leave the process like this. */
export type Difference = {
  readonly kind: DifferenceKind;
  /** The name of one of the shape's levels. */
  readonly level: string;
  readonly key: Key | null;
  /** The path of a field; for a malformed part, its place in the legacy row as one readable segment. */
  readonly path: Path | null;
  readonly legacy: Value;
  readonly normalized: Value;
  readonly rowIds: RowIds;
  /** For an orphan document: its index among the documents that the side has for the key. */
  readonly place?: number;
};

/** What a value says, whether it may be shown or not. */
export const plainValue = (value: Value): string | number | null => (value !== null && typeof value === 'object' ? value.text : value);

/** Where a difference is: two observations are the same difference if this and both values are equal. */
export const placeId = ({ kind, level, path }: Difference): string => JSON.stringify([kind, level, path]);

export const valuesOf = ({ legacy, normalized }: Difference): readonly [legacy: string | number | null, normalized: string | number | null] => [
  plainValue(legacy),
  plainValue(normalized),
];
