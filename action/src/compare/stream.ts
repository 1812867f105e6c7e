import { hash, randomUUID } from 'node:crypto';
import { keyId, type Document, type Field, type Key } from '../document/document.ts';
import { createKeyIndex } from '../document/key-index.ts';
import { addCounts, documentLevel, groupLevel, noCounts, type Counts } from '../document/shape.ts';
import { sortTexts } from '../document/order.ts';
import type { Beside, Claim, Entity, Row, RowComparison } from '../pair/pair.ts';
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

/** SHA-256, as a text whose characters are its bytes. */
const digest = (text: string): string => hash('sha256', salt + text, 'binary');

/** The canonical fields. */
function textOf({ fields }: Document): string {
  let text = '';
  for (const id of sortTexts([...fields.keys()])) {
    const { value = null, isNear, unreadable } = fields.get(id) ?? {};
    if (isNear && !unreadable) continue;
    // With their lengths, so that no value is taken for another field.
    text += value === null ? `${id.length} ${id}\n` : `${id.length} ${id}${unreadable ? '!' : '='}${value.length} ${value}\n`;
  }
  return text;
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

type SideName = 'expected' | 'actual';

/** A row that is kept for a while, since that of the other side may come soon; and the page of its side that it came with. */
type Waiting = { readonly side: SideName; readonly claim: Claim; readonly page: number };

/** Rows of both sides together. */
const maxWaiting = 2000;

/**
 * Streams both sides in pages and pairs them by key, whatever order the rows come in: their spelling, owners and dates
 * are settled only here, so no order of a database is the order of the keys. Memory grows by what `seen.ts` keeps of a document.
 *
 * Rows are read side by side. Where they come in order, only of those that wait in vain for the other side something is kept.
 *
 * @param mayGoOn asked before each page; when it says no, the scan ends as incomplete
 * @throws {ReadError}
 */
export async function scanBothSides(
  pair: Pick<Entity, 'shape' | 'expected' | 'actual' | 'comparison'>,
  tally: Pick<Tally, 'addEqual'>,
  mayGoOn: () => boolean,
  onProgress: (rowsRead: number) => void,
): Promise<Scan> {
  const { shape, comparison } = pair;
  const index = createKeyIndex(shape);
  const seen = createSeen();
  const unclaimed = new Set<string>();
  const legacy = noCounts(shape);
  const held = noCounts(shape);
  const one = noCounts(shape);
  one[documentLevel(shape)] = 1;
  const [parents, groups] = [new Set<string>(), new Set<string>()];
  /** By the place of the document. */
  const waiting = new Map<number, Waiting>();
  const pages = { expected: 0, actual: 0 };
  /** How many rows of a side's last page wait. */
  const ahead = { expected: 0, actual: 0 };
  const ended = new Set<SideName>();
  let skipped = 0;
  let rowsRead = 0;

  try {
    for await (const [side, page] of pagesOfBoth(pair, nextSide, ended)) {
      pages[side] += 1;
      ahead[side] = 0;
      for (const row of page) {
        rowsRead += 1;
        if (side === 'expected') meetExpected(row);
        else meetActual(row);
      }
      if (side === 'expected' && groupLevel(shape) !== undefined) legacy[0] = index.groups();
      waitFor(maxWaiting);
      onProgress(rowsRead);
      if (!mayGoOn()) break;
    }
  } catch (error) {
    if (!(error instanceof BudgetError)) throw error;
  }
  waitFor(0);

  /** What is ahead of the other side waits for it. Where no order says which that is, they take turns, so that neither store idles. */
  function nextSide(): SideName {
    const { expected, actual } = comparison?.inOrder ? ahead : pages;
    return expected > actual ? 'actual' : 'expected';
  }

  function meetExpected({ entry, raw }: Row): void {
    addCounts(legacy, raw);
    const id = index.add(entry.key);
    if (entry.kind === 'skipped') skipped += 1;
    if (entry.kind === 'unclaimed') unclaimed.add(id);
    if (entry.kind !== 'claim') return;
    const place = seen.find(id) ?? seen.add(id);
    if (comparison) meetRow('expected', place, entry, comparison);
    else if (seen.isClaimed(place)) seen.suspect(place);
    else {
      const { document } = entry;
      seen.claim(place, countDocument(document, shape));
      meetDocument(place, document, false);
    }
  }

  function meetActual({ entry }: Row): void {
    const id = index.add(entry.key);
    if (entry.kind === 'unclaimed') unclaimed.add(id);
    if (entry.kind !== 'claim') return;
    groups.add(index.group(id));
    const place = seen.find(id) ?? seen.add(id);
    if (comparison) {
      meetRow('actual', place, entry, comparison);
      return;
    }
    const { document } = entry;
    if (document.held) addCounts(held, document.held);
    if (document.parent !== undefined) parents.add(document.parent);
    const isFirst = !seen.isShown(place);
    seen.show(place, document.sourceVersion);
    if (isFirst) meetDocument(place, document, seen.isClaimed(place));
    else seen.suspect(place);
  }

  /** Of documents that stand alone: each counts as one, and nothing hangs on it. */
  function meetRow(side: SideName, place: number, claim: Claim, { inOrder, agrees }: RowComparison): void {
    const [isKnown, isMet] = [seen.isClaimed(place), seen.isShown(place)];
    if (side === 'expected' ? isKnown : isMet) {
      seen.suspect(place);
      return;
    }
    if (side === 'expected') seen.claim(place, one);
    else seen.show(place, undefined);
    const other = waiting.get(place);
    if (other === undefined && (isKnown || isMet || !inOrder)) meetAlone(place, claim, isKnown || isMet);
    else if (other === undefined) {
      waiting.set(place, { side, claim, page: pages[side] });
      ahead[side] += 1;
    } else {
      waiting.delete(place);
      if (other.page === pages[other.side]) ahead[other.side] -= 1;
      if (side === 'expected' ? agrees(claim, other.claim) : agrees(other.claim, claim)) seen.match(place);
      else seen.suspect(place);
    }
  }

  /** @param isMet whether the other side's was met before */
  function meetDocument(place: number, document: Document, isMet: boolean): void {
    meetText(place, document.problems.length > 0 ? null : textOf(document), isMet, document);
  }

  /** Likewise, of a row whose counterpart is not at hand. */
  function meetAlone(place: number, claim: Claim, isMet: boolean): void {
    const text = comparison?.textOf(claim);
    if (text === undefined) meetDocument(place, claim.document, isMet);
    else meetText(place, text, isMet);
  }

  /** @param text what is said; null: it cannot be read; @param document where there may be more to it than the text */
  function meetText(place: number, text: string | null, isMet: boolean, document?: Document): void {
    if (text === null) seen.suspect(place);
    else if (!isMet) seen.keep(place, digest(text), document && looseOf(document));
    else if (!seen.isSuspected(place) && seen.hasDigest(place, digest(text)) && (document === undefined || isNear(seen.loose(place), document)))
      seen.match(place);
    else seen.suspect(place);
  }

  /** Of rows beyond so many, the oldest first, only what digests say is kept. */
  function waitFor(most: number): void {
    for (const [place, { claim }] of waiting) {
      if (waiting.size <= most) return;
      waiting.delete(place);
      meetAlone(place, claim, false);
    }
  }

  const suspects: Key[] = [...unclaimed].map(index.key);
  const unseen = new Set<string>();
  let population = 0;
  for (const [id, place] of seen.all()) {
    if (seen.isClaimed(place)) population += 1;
    if (seen.isEqual(place)) tally.addEqual(() => index.key(id), seen.counts(place), seen.sourceVersion(place));
    // What only one side showed is missing on the other one only when all of that was read.
    else if (seen.isSuspected(place) || ended.has(seen.isShown(place) ? 'expected' : 'actual')) {
      const key = index.key(id);
      suspects.push(key);
      if (!seen.isShown(place)) unseen.add(keyId(key));
    }
  }
  const more = noCounts(shape);
  if (groupLevel(shape) !== undefined) more[0] = Math.max(0, parents.size - groups.size);
  const complete = ended.size === 2;
  return { suspects, unseen, odd: new Set(), counted: new Set(), population, legacy, skipped, beside: { more, loose: undefined }, held, complete };
}

/** Pages of both sides, in turns, or one side after the other where documents are compared or one scan may serve both. */
async function* pagesOfBoth(
  { expected, actual, comparison }: Pick<Entity, 'expected' | 'actual' | 'comparison'>,
  next: () => SideName,
  ended: Set<SideName>,
): AsyncGenerator<readonly [SideName, Iterable<Row>]> {
  const scans = { expected: expected.documents()[Symbol.asyncIterator](), actual: actual.documents()[Symbol.asyncIterator]() };
  try {
    while (ended.size < 2) {
      const side = ended.has('expected') ? 'actual' : ended.has('actual') || !comparison?.inTurns ? 'expected' : next();
      const { done, value } = await scans[side].next();
      if (done) ended.add(side);
      else yield [side, value];
    }
  } finally {
    for (const scan of Object.values(scans)) await scan.return?.();
  }
}
