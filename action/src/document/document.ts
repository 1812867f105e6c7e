/**
 * The shape that both sides are read into. Whatever is specific to one schema ends here: comparing, counting,
 * sampling and reporting know documents only.
 */

/** What two documents must have in common to be the same week. */
export type Key = {
  /** User id; `null` where a legacy row names none and no user has the child. */
  readonly owner: string | null;
  /** Canonical name. */
  readonly child: string;
  /** Calendar date after alignment; `null` for a row from which none can be read. */
  readonly week: string | null;
};

export const keyId = (key: Key): string => JSON.stringify([key.owner, key.child, key.week]);
export const childId = (key: Key): string => JSON.stringify([key.owner, key.child]);

/** `[attribute]` of the week, `[collection, member]`, or `[collection, member, submember]`. */
export type Path = readonly string[];

/** Level names by depth of a path: attributes of the week are at index 1. */
export type Levels = readonly [string, string, string, string];

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
  /** Whether everybody may read the value: dates and known statuses, never free text. */
  readonly readable: boolean;
  readonly rowIds: RowIds;
  /** What is peculiar about a member beyond its value, in names of the pair's: not compared, but drift may follow it. */
  readonly traits?: readonly string[];
};

/** Paths of at least this depth that start so are neither compared nor counted, on either side. */
export type Hidden = { readonly prefix: Path; readonly depth: number };

export type Document = {
  readonly key: Key;
  /** By `pathId`. An attribute of the week is always there; a member only if it exists. */
  readonly fields: ReadonlyMap<string, Field>;
  /** Ids of the document's own row. */
  readonly rowIds: RowIds;
  /** What could not be read, with its counterpart. */
  readonly hidden: readonly Hidden[];
  /** Differences that this side shows on its own. */
  readonly problems: readonly Difference[];
  /** Paths of members of which several rows stand for one: whichever agrees best with the other side is to be compared (`bestRows`). */
  readonly copied?: readonly Path[] | undefined;
  /** Id of the row that the document's own row hangs on, and how many rows hang on that one, by level of the members. */
  readonly parent?: string | undefined;
  readonly held?: readonly [number, number] | undefined;
  /** Which writer wrote the row, where the store says so. */
  readonly sourceVersion?: string | undefined;
  /** When the row was last written, in milliseconds since 1970, where the store says so. */
  readonly writtenAt?: number | undefined;
  /** When a migration wrote the row, likewise; `undefined` where another writer did, or has touched it since. */
  readonly migratedAt?: number | undefined;
};

export type DifferenceKind = 'missing' | 'orphan' | 'mismatch' | 'duplicate' | 'malformed' | 'ambiguous-owner' | 'wrong-owner' | 'count';

/** A value on one side: text with the knowledge whether everybody may read it; or a count; or nothing. */
export type Value = { readonly text: string; readonly readable: boolean } | number | null;

/** One thing that is not the same on both sides, still in plain text: it must not leave the process as it is. */
export type Difference = {
  readonly kind: DifferenceKind;
  /** `children`, `weeks`, `habits` or `records`, in the words of the pair. */
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

export const valuesOf = ({ legacy, normalized }: Difference): readonly [legacy: string | number | null, normalized: string | number | null] => [plain(legacy), plain(normalized)];
