import { hash } from 'node:crypto';
import type { Document, Key } from '../document/document.ts';
import { createKeyIndex } from '../document/key-index.ts';
import type { Beside, Pair } from '../pair/pair.ts';
import { BudgetError } from '../side/read-error.ts';
import { countMembers } from './compare.ts';
import type { Tally } from './tally.ts';

/**
 * What is kept of a week while both sides stream by: some 200 bytes, whatever is in it. Documents are not kept; where
 * digests differ, both are read again and explained.
 */
type Entry = {
  /** Of the legacy document; `undefined` where no legacy row claims the week. */
  readonly digest: string | undefined;
  readonly habits: number;
  readonly records: number;
  state: 'unmatched' | 'equal' | 'suspect';
  /** Whether the normalized side showed the week. */
  isShown: boolean;
  sourceVersion: string | undefined;
};

export type Scan = {
  /** Keys that have to be read again: both sides differ, or something is odd about the row. */
  suspects: Key[];
  /** Those of them that the normalized side did not show. */
  unseen: ReadonlySet<Key>;
  /** Those of them that are there although no difference was seen. */
  odd: ReadonlySet<Key>;
  /** Those of them that the tally counts as equal all the same. */
  counted: ReadonlySet<Key>;
  /** Distinct weeks that the legacy side implies, as far as it was read. */
  population: number;
  /** Raw numbers of the legacy table: children, weeks, habits, records. */
  legacy: [number, number, number, number];
  skipped: number;
  /** Rows of the normalized side that are no week of its own, as far as they are known. */
  beside: Beside;
  /** Rows of members that were read with the weeks, by level. */
  held: readonly [number, number];
  /** Whether both sides were read to their ends. */
  complete: boolean;
  /** What could not be read, in a sentence, where the rest could. */
  trouble?: string | undefined;
};

/** 72 bits of SHA-256 over the canonical fields; so short a slice is a copy that does not hold on to the whole. */
function digest(document: Document): string {
  const fields = [...document.fields].map(([id, { value }]): [string, string | null] => [id, value]);
  fields.sort(([a], [b]) => (a < b ? -1 : 1));
  return hash('sha256', JSON.stringify(fields), 'base64').slice(0, 12);
}

/**
 * Streams both sides in pages and pairs them by key, whatever order the rows come in: their spelling, owners and dates
 * are settled only here, so no order of a database is the order of the keys. Memory grows by an `Entry` a week.
 *
 * @param mayGoOn asked before each page; when it says no, the scan ends as incomplete
 * @throws {ReadError}
 */
export async function scanBothSides(
  pair: Pick<Pair, 'legacyDocuments' | 'normalizedDocuments'>,
  tally: Pick<Tally, 'addEqual'>,
  mayGoOn: () => boolean,
  onProgress: (rowsRead: number) => void,
): Promise<Scan> {
  const index = createKeyIndex();
  const entries = new Map<string, Entry>();
  const unclaimed = new Set<string>();
  const legacy: Scan['legacy'] = [0, 0, 0, 0];
  const held: [number, number] = [0, 0];
  const [parents, children] = [new Set<string>(), new Set<string>()];
  let skipped = 0;
  let rowsRead = 0;
  let complete = false;

  try {
    complete = (await scanLegacy()) && (await scanNormalized());
  } catch (error) {
    if (!(error instanceof BudgetError)) throw error;
  }

  async function scanLegacy(): Promise<boolean> {
    for await (const page of pair.legacyDocuments()) {
      for (const { entry, raw } of page) {
        rowsRead += 1;
        legacy[1] += 1;
        legacy[2] += raw[0];
        legacy[3] += raw[1];
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
        const [habits, records] = countMembers(document);
        const state = document.problems.length > 0 ? 'suspect' : 'unmatched';
        entries.set(id, { digest: digest(document), habits, records, state, isShown: false, sourceVersion: undefined });
      }
      legacy[0] = index.children();
      onProgress(rowsRead);
      if (!mayGoOn()) return false;
    }
    return true;
  }

  async function scanNormalized(): Promise<boolean> {
    for await (const page of pair.normalizedDocuments()) {
      for (const document of page) {
        rowsRead += 1;
        const id = index.add(document.key);
        held[0] += document.held?.[0] ?? 0;
        held[1] += document.held?.[1] ?? 0;
        if (document.parent !== undefined) parents.add(document.parent);
        children.add(index.child(id));
        const entry = entries.get(id);
        if (!entry) {
          entries.set(id, { digest: undefined, habits: 0, records: 0, state: 'suspect', isShown: true, sourceVersion: undefined });
          continue;
        }
        const equal = entry.state === 'unmatched' && document.problems.length === 0 && entry.digest === digest(document);
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
  const unseen = new Set<Key>();
  let population = 0;
  for (const [id, { state, habits, records, sourceVersion, isShown, digest: expected }] of entries) {
    const key = index.key(id);
    if (!isShown) unseen.add(key);
    if (expected !== undefined) population += 1;
    if (state === 'equal') tally.addEqual(key, habits, records, sourceVersion);
    // What the other side did not show is missing only when all of it was read.
    else if (state === 'suspect' || complete) suspects.push(key);
  }
  const beside = { children: Math.max(0, parents.size - children.size), members: undefined };
  return { suspects, unseen, odd: new Set(), counted: new Set(), population, legacy, skipped, beside, held, complete };
}
