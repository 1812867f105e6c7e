import { hash } from 'node:crypto';
import { keyId, type Document, type Field, type Key } from '../document/document.ts';
import { createKeyIndex } from '../document/key-index.ts';
import { addCounts, groupLevel, noCounts, type Counts } from '../document/shape.ts';
import type { Beside, Entity } from '../pair/pair.ts';
import { BudgetError } from '../store/errors.ts';
import { countDocument } from './compare.ts';
import type { Tally } from './tally.ts';

/**
 * What is kept of a document while both sides stream by: some 200 bytes, whatever is in it. Documents are not kept; where
 * digests differ, both are read again and explained.
 */
type Entry = {
  /** Of the legacy document; `undefined` where no legacy row claims the key. */
  readonly digest: string | undefined;
  /** Of it, what has no digest because values that are near are the same. */
  readonly loose: Loose;
  /** Of it; the same list for the same numbers. */
  readonly counts: Counts;
  state: 'unmatched' | 'equal' | 'suspect';
  /** Whether the normalized side showed the document. */
  isShown: boolean;
  sourceVersion: string | undefined;
};

export type Scan = {
  /** Keys that have to be read again: both sides differ, or something is odd about the row. */
  suspects: Key[];
  /** Those of them that the normalized side did not show, by `keyId`. */
  unseen: ReadonlySet<string>;
  /** Those of them that are there although no difference was seen, by `keyId`. */
  odd: ReadonlySet<string>;
  /** Those of them that the tally counts as equal all the same, by `keyId`. */
  counted: ReadonlySet<string>;
  /** Distinct documents that the legacy side implies, as far as it was read. */
  population: number;
  /** Raw numbers of the legacy side. */
  legacy: Counts;
  skipped: number;
  /** Rows of the normalized side that no document shows, as far as they are known. */
  beside: Beside;
  /** Rows of members that were read with the documents. */
  held: Counts;
  /** Whether both sides were read to their ends. */
  complete: boolean;
  /** What could not be read, in a sentence, where the rest could. */
  trouble?: string | undefined;
};

type Loose = ReadonlyMap<string, Field> | undefined;

/** 72 bits of SHA-256 over the canonical fields; so short a slice is a copy that does not hold on to the whole. */
function digest(document: Document): string {
  const fields = [...document.fields].flatMap(([id, { value, isNear, unreadable }]): [string, string | null, true?][] =>
    isNear && !unreadable ? [] : [unreadable ? [id, value, true] : [id, value]],
  );
  fields.sort(([a], [b]) => (a < b ? -1 : 1));
  return hash('sha256', JSON.stringify(fields), 'base64').slice(0, 12);
}

function looseOf({ fields }: Document): Loose {
  let loose: Map<string, Field> | undefined;
  fields.forEach((field, id) => {
    if (field.isNear) (loose ??= new Map()).set(id, field);
  });
  return loose;
}

const isNear = (loose: Loose, { fields }: Document): boolean =>
  loose === undefined || [...loose].every(([id, field]) => field.value === fields.get(id)?.value || field.isNear?.(fields.get(id)?.value ?? null));

/**
 * Streams both sides in pages and pairs them by key, whatever order the rows come in: their spelling, owners and dates
 * are settled only here, so no order of a database is the order of the keys. Memory grows by an `Entry` a document.
 *
 * @param mayGoOn asked before each page; when it says no, the scan ends as incomplete
 * @throws {ReadError}
 */
export async function scanBothSides(
  pair: Pick<Entity, 'shape' | 'expected' | 'actual'>,
  tally: Pick<Tally, 'addEqual'>,
  mayGoOn: () => boolean,
  onProgress: (rowsRead: number) => void,
): Promise<Scan> {
  const { shape } = pair;
  const index = createKeyIndex(shape);
  const shared = createShared();
  const entries = new Map<string, Entry>();
  const unclaimed = new Set<string>();
  const legacy = noCounts(shape);
  const held = noCounts(shape);
  const nothing: Counts = noCounts(shape);
  const [parents, groups] = [new Set<string>(), new Set<string>()];
  let skipped = 0;
  let rowsRead = 0;
  let complete = false;

  try {
    complete = (await scanExpected()) && (await scanActual());
  } catch (error) {
    if (!(error instanceof BudgetError)) throw error;
  }

  async function scanExpected(): Promise<boolean> {
    for await (const page of pair.expected.documents()) {
      for (const { entry, raw } of page) {
        rowsRead += 1;
        addCounts(legacy, raw);
        const id = index.add(entry.key);
        if (entry.kind === 'skipped') skipped += 1;
        if (entry.kind === 'unclaimed') unclaimed.add(id);
        if (entry.kind !== 'claim') continue;

        const { document } = entry;
        const known = entries.get(id);
        if (known) {
          known.state = 'suspect';
          continue;
        }
        const state = document.problems.length > 0 ? 'suspect' : 'unmatched';
        entries.set(id, {
          digest: digest(document),
          loose: looseOf(document),
          counts: shared(countDocument(document, shape)),
          state,
          isShown: false,
          sourceVersion: undefined,
        });
      }
      if (groupLevel(shape) !== undefined) legacy[0] = index.groups();
      onProgress(rowsRead);
      if (!mayGoOn()) return false;
    }
    return true;
  }

  async function scanActual(): Promise<boolean> {
    for await (const page of pair.actual.documents()) {
      for (const { entry: row } of page) {
        rowsRead += 1;
        const id = index.add(row.key);
        if (row.kind === 'unclaimed') unclaimed.add(id);
        if (row.kind !== 'claim') continue;
        const { document } = row;
        if (document.held) addCounts(held, document.held);
        if (document.parent !== undefined) parents.add(document.parent);
        groups.add(index.group(id));
        const entry = entries.get(id);
        if (!entry) {
          entries.set(id, { digest: undefined, loose: undefined, counts: nothing, state: 'suspect', isShown: true, sourceVersion: undefined });
          continue;
        }
        const equal = entry.state === 'unmatched' && document.problems.length === 0 && entry.digest === digest(document) && isNear(entry.loose, document);
        entry.state = equal ? 'equal' : 'suspect';
        entry.isShown = true;
        entry.sourceVersion = document.sourceVersion;
      }
      onProgress(rowsRead);
      if (!mayGoOn()) return false;
    }
    return true;
  }

  const suspects: Key[] = [...unclaimed].map(index.key);
  const unseen = new Set<string>();
  let population = 0;
  for (const [id, { state, counts, sourceVersion, isShown, digest: expected }] of entries) {
    const key = index.key(id);
    if (expected !== undefined) population += 1;
    if (state === 'equal') tally.addEqual(key, counts, sourceVersion);
    // What the other side did not show is missing only when all of it was read.
    else if (state === 'suspect' || complete) {
      suspects.push(key);
      if (!isShown) unseen.add(keyId(key));
    }
  }
  const more = noCounts(shape);
  if (groupLevel(shape) !== undefined) more[0] = Math.max(0, parents.size - groups.size);
  return { suspects, unseen, odd: new Set(), counted: new Set(), population, legacy, skipped, beside: { more, loose: undefined }, held, complete };
}

/** Of many lists of the same numbers one is kept: there are far fewer of them than documents. */
function createShared(): (counts: Counts) => Counts {
  const known = new Map<string, Counts>();
  return (counts) => {
    const id = counts.join(' ');
    const same = known.get(id);
    if (!same) known.set(id, counts);
    return same ?? counts;
  };
}
