import type { Field } from '../document/document.ts';
import type { Counts } from '../document/shape.ts';

/**
 * What is kept of documents while both sides stream by: their keys, and some 20 bytes of each beside. Numbers stand in columns, since a
 * million objects of a few numbers are ten times as large. Documents are not kept; where digests differ, both are read again and explained.
 */
export type Seen = {
  /** The place of a document. */
  readonly find: (id: string) => number | undefined;
  /** A document that a legacy row claims: not known before. */
  readonly claim: (id: string, legacy: { readonly digest: string; readonly loose: Loose; readonly counts: Counts }) => number;
  /** A document that only the normalized side has: not known before. */
  readonly showUnclaimed: (id: string) => void;
  /** The normalized side shows a document that is known. */
  readonly show: (place: number, isEqual: boolean, sourceVersion: string | undefined) => void;
  readonly suspect: (place: number) => void;
  /** Whether the legacy side claims it. */
  readonly isClaimed: (place: number) => boolean;
  readonly isShown: (place: number) => boolean;
  readonly isEqual: (place: number) => boolean;
  /** Whether nothing is known but that one legacy row claims it. */
  readonly isUnmatched: (place: number) => boolean;
  readonly hasDigest: (place: number, digest: string) => boolean;
  readonly loose: (place: number) => Loose;
  readonly counts: (place: number) => Counts;
  readonly sourceVersion: (place: number) => string | undefined;
  /** Keys and places, in the order in which they were met. */
  readonly all: () => Iterable<readonly [id: string, place: number]>;
};

/** Of the legacy document: what has no digest because values that are near are the same. */
export type Loose = ReadonlyMap<string, Field> | undefined;

/** What is kept of a digest, whose characters are bytes: 72 bits. */
const digestBytes = 9;

const claimed = 1;
const shown = 2;
const equal = 4;
const suspected = 8;

export function createSeen(): Seen {
  const places = new Map<string, number>();
  const counts = createShared<Counts>((list) => list.join(' '));
  const versions = createShared<string | undefined>((version) => version ?? '\0');
  const loose = new Map<number, Loose>();
  let room = 1024;
  let flags = new Uint8Array(room);
  let digests = new Uint8Array(room * digestBytes);
  let countsOf = new Uint32Array(room);
  let versionOf = new Uint32Array(room);

  function add(id: string): number {
    const place = places.size;
    places.set(id, place);
    if (place < room) return place;
    room *= 2;
    flags = grown(flags, new Uint8Array(room));
    digests = grown(digests, new Uint8Array(room * digestBytes));
    countsOf = grown(countsOf, new Uint32Array(room));
    versionOf = grown(versionOf, new Uint32Array(room));
    return place;
  }

  const has = (place: number, flag: number): boolean => ((flags[place] ?? 0) & flag) !== 0;
  const mark = (place: number, marks: number): void => {
    flags[place] = (flags[place] ?? 0) | marks;
  };

  return {
    find: (id) => places.get(id),
    claim(id, legacy) {
      const place = add(id);
      mark(place, claimed);
      for (let at = 0; at < digestBytes; at += 1) digests[place * digestBytes + at] = legacy.digest.charCodeAt(at);
      countsOf[place] = counts.numberOf(legacy.counts);
      if (legacy.loose) loose.set(place, legacy.loose);
      return place;
    },
    showUnclaimed: (id) => mark(add(id), shown | suspected),
    show(place, isEqual, sourceVersion) {
      flags[place] = ((flags[place] ?? 0) & ~equal) | shown | (isEqual ? equal : suspected);
      versionOf[place] = versions.numberOf(sourceVersion);
    },
    suspect: (place) => mark(place, suspected),
    isClaimed: (place) => has(place, claimed),
    isShown: (place) => has(place, shown),
    isEqual: (place) => has(place, equal) && !has(place, suspected),
    isUnmatched: (place) => !has(place, equal | suspected),
    hasDigest(place, digest) {
      for (let at = 0; at < digestBytes; at += 1) if (digests[place * digestBytes + at] !== digest.charCodeAt(at)) return false;
      return true;
    },
    loose: (place) => loose.get(place),
    counts: (place) => counts.of(countsOf[place] ?? 0) ?? [],
    sourceVersion: (place) => versions.of(versionOf[place] ?? 0),
    all: () => places,
  };
}

function grown<Numbers extends Uint8Array | Uint32Array>(before: Numbers, larger: Numbers): Numbers {
  larger.set(before);
  return larger;
}

/** Values as numbers: of many that are the same one is kept, and there are far fewer of them than documents. */
function createShared<Of>(textOf: (value: Of) => string): { readonly numberOf: (value: Of) => number; readonly of: (number: number) => Of | undefined } {
  const numbers = new Map<string, number>();
  const values: Of[] = [];
  return {
    numberOf(value) {
      const text = textOf(value);
      const known = numbers.get(text);
      if (known !== undefined) return known;
      numbers.set(text, values.length);
      return values.push(value) - 1;
    },
    of: (number) => values[number],
  };
}
