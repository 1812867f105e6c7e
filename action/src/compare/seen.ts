import type { Field } from '../document/document.ts';
import type { Counts } from '../document/shape.ts';

/**
 * What is kept of documents while both sides stream by: their keys, and about 20 bytes for each. Numbers are in typed arrays, since a
 * million small objects would take ten times as much memory. Documents are not kept; where digests differ, both are read again and
 * explained.
 */
export type Seen = {
  /** The place of a document, if it is known. */
  readonly find: (id: string) => number | undefined;
  /** Adds a document that was not known before. */
  readonly add: (id: string) => number;
  /** Records that a legacy row claims the document. */
  readonly claim: (place: number, counts: Counts) => void;
  /** Records that the normalized side shows the document. */
  readonly show: (place: number, sourceVersion: string | undefined) => void;
  /** Keeps the digest of the side that came first, until the other one is met. */
  readonly keep: (place: number, digest: string, loose: Loose) => void;
  /** Records that both sides have the document, with equal content. */
  readonly match: (place: number) => void;
  readonly suspect: (place: number) => void;
  readonly isClaimed: (place: number) => boolean;
  readonly isShown: (place: number) => boolean;
  readonly isEqual: (place: number) => boolean;
  readonly isSuspected: (place: number) => boolean;
  readonly hasDigest: (place: number, digest: string) => boolean;
  readonly loose: (place: number) => Loose;
  readonly counts: (place: number) => Counts;
  readonly sourceVersion: (place: number) => string | undefined;
  /** Keys and places, in the order in which they were added. */
  readonly all: () => Iterable<readonly [id: string, place: number]>;
};

/** The fields of a document that are not in its digest, because they are equal when their values are near. */
export type Loose = ReadonlyMap<string, Field> | undefined;

/** How many bytes of a digest are kept, one for each character: 72 bits. */
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
  let digests = new Uint8Array();
  let countsOf = new Uint32Array(room);
  let versionOf = new Uint32Array(room);

  function add(id: string): number {
    const place = places.size;
    places.set(id, place);
    if (place < room) return place;
    room *= 2;
    flags = grown(flags, new Uint8Array(room));
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
    add,
    claim(place, ofDocument) {
      mark(place, claimed);
      countsOf[place] = counts.numberOf(ofDocument);
    },
    show(place, sourceVersion) {
      mark(place, shown);
      versionOf[place] = versions.numberOf(sourceVersion);
    },
    keep(place, digest, ofDocument) {
      // Allocated only here: where rows of both sides are in memory together, few digests are kept.
      if (digests.length < room * digestBytes) digests = grown(digests, new Uint8Array(room * digestBytes));
      for (let at = 0; at < digestBytes; at += 1) digests[place * digestBytes + at] = digest.charCodeAt(at);
      if (ofDocument) loose.set(place, ofDocument);
    },
    match: (place) => mark(place, equal),
    suspect: (place) => mark(place, suspected),
    isClaimed: (place) => has(place, claimed),
    isShown: (place) => has(place, shown),
    isEqual: (place) => has(place, equal) && !has(place, suspected),
    isSuspected: (place) => has(place, suspected),
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

/** Values as numbers: equal values share one, and there are far fewer of them than documents. */
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
