import { hash, randomUUID } from 'node:crypto';
import { keyId, type Document, type Field, type Key } from '../document/document.ts';
import { createKeyIndex } from '../document/key-index.ts';
import { addCounts, groupLevel, noCounts, type Counts } from '../document/shape.ts';
import { sortTexts } from '../document/order.ts';
import type { Beside, Entity } from '../pair/pair.ts';
import { BudgetError } from '../store/errors.ts';
import { countDocument } from './compare.ts';
import { createSeen, type Loose } from './seen.ts';
import type { Tally } from './tally.ts';

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

/** Of this run alone: of a digest only some bytes are kept, and whoever writes rows could find two that share them. */
const salt = randomUUID();

/** SHA-256 over the canonical fields, as a text whose characters are its bytes. */
function digest({ fields }: Document): string {
  let text = salt;
  for (const id of sortTexts([...fields.keys()])) {
    const { value = null, isNear, unreadable } = fields.get(id) ?? {};
    if (isNear && !unreadable) continue;
    // With their lengths, so that no value is taken for another field.
    text += value === null ? `${id.length} ${id}\n` : `${id.length} ${id}${unreadable ? '!' : '='}${value.length} ${value}\n`;
  }
  return hash('sha256', text, 'binary');
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
 * are settled only here, so no order of a database is the order of the keys. Memory grows by what `seen.ts` keeps of a document.
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
  const seen = createSeen();
  const unclaimed = new Set<string>();
  const legacy = noCounts(shape);
  const held = noCounts(shape);
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
        const known = seen.find(id);
        if (known !== undefined) {
          seen.suspect(known);
          continue;
        }
        const place = seen.claim(id, { digest: digest(document), loose: looseOf(document), counts: countDocument(document, shape) });
        if (document.problems.length > 0) seen.suspect(place);
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
        const place = seen.find(id);
        if (place === undefined) {
          seen.showUnclaimed(id);
          continue;
        }
        const isEqual =
          seen.isUnmatched(place) && document.problems.length === 0 && seen.hasDigest(place, digest(document)) && isNear(seen.loose(place), document);
        seen.show(place, isEqual, document.sourceVersion);
      }
      onProgress(rowsRead);
      if (!mayGoOn()) return false;
    }
    return true;
  }

  const suspects: Key[] = [...unclaimed].map(index.key);
  const unseen = new Set<string>();
  let population = 0;
  for (const [id, place] of seen.all()) {
    const key = index.key(id);
    if (seen.isClaimed(place)) population += 1;
    if (seen.isEqual(place)) tally.addEqual(key, seen.counts(place), seen.sourceVersion(place));
    // What the other side did not show is missing only when all of it was read.
    else if (!seen.isUnmatched(place) || complete) {
      suspects.push(key);
      if (!seen.isShown(place)) unseen.add(keyId(key));
    }
  }
  const more = noCounts(shape);
  if (groupLevel(shape) !== undefined) more[0] = Math.max(0, parents.size - groups.size);
  return { suspects, unseen, odd: new Set(), counted: new Set(), population, legacy, skipped, beside: { more, loose: undefined }, held, complete };
}
