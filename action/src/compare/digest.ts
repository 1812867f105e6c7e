import { setTimeout as sleep } from 'node:timers/promises';
import { childId, keyId, type Key } from '../document/document.ts';
import type { Digest, Digester, Kin } from '../pair/pair.ts';
import { BudgetError, ReadError } from '../side/read-error.ts';
import { createPace } from './pace.ts';
import type { Scan } from './stream.ts';
import type { Tally } from './tally.ts';

/** Statements at a time: the server has other work. */
const lanes = 2;

/** A rest ends when the time budget does. */
const restStepMs = 250;

/** Children that fail on their own before the trouble is taken to be with all of them. */
const maxFailedChildren = 3;

/**
 * Has the database compare both sides, some children at a time, as many as take about half a second. A part that fails
 * is tried again in halves, and what cannot be had even one child at a time is told as trouble: never as equal.
 *
 * Memory grows by the number of children, and by the weeks that differ.
 *
 * @param mayGoOn asked before each statement; when it says no, the scan ends as incomplete
 * @param onRows how many rows of both sides are compared
 * @throws {ReadError} when there is no beginning
 */
export async function digestBothSides(
  digester: Pick<Digester, 'children' | 'digest'>,
  tally: Pick<Tally, 'addDigest'>,
  mayGoOn: () => boolean,
  onRows: (rows: number) => void,
): Promise<Scan> {
  const scan: Scan = { suspects: [], odd: new Set(), population: 0, legacy: [0, 0, 0, 0], skipped: 0, complete: true };
  const odd = new Set<Key>();
  const legacyChildren = new Set<string>();
  const failed: { children: number; rows: number; error: ReadError | undefined } = { children: 0, rows: 0, error: undefined };
  let rowsCompared = 0;

  const children = await digester.children();
  const again: (readonly Kin[])[] = [];
  const pace = createPace();
  let next = 0;
  let rowsLeft = children.reduce((sum, child) => sum + child.rows, 0);

  function take(): readonly Kin[] {
    const part = again.pop();
    if (part) return part;
    const start = next;
    // Towards the end in smaller parts, so that no lane waits long for the other.
    const size = pace.size(rowsLeft / lanes);
    for (let rows = 0; next < children.length && (next === start || rows + (children[next]?.rows ?? 0) <= size); next += 1) {
      rows += children[next]?.rows ?? 0;
    }
    const taken = children.slice(start, next);
    rowsLeft -= rowsOf(taken);
    return taken;
  }

  function add(digest: Digest): void {
    tally.addDigest(digest.equal);
    for (const child of digest.legacyChildren) legacyChildren.add(childId({ ...child, week: null }));
    for (const [level, count] of digest.legacy.entries()) scan.legacy[level + 1] = (scan.legacy[level + 1] ?? 0) + count;
    scan.skipped += digest.skipped;
    scan.population += digest.claimed;
    for (const key of digest.differing) scan.suspects.push(key);
    for (const key of digest.odd) {
      scan.suspects.push(key);
      odd.add(key);
    }
  }

  function fail(part: readonly Kin[], error: ReadError): void {
    if (part.length > 1) {
      const middle = Math.ceil(part.length / 2);
      again.push(part.slice(middle), part.slice(0, middle));
      return;
    }
    failed.children += 1;
    failed.rows += rowsOf(part);
    failed.error ??= error;
  }

  async function lane(): Promise<void> {
    while (failed.children < maxFailedChildren) {
      while (pace.restMs() > 0 && mayGoOn()) await sleep(Math.min(pace.restMs(), restStepMs));
      const part = mayGoOn() ? take() : undefined;
      if (!part) scan.complete = false;
      if (!part || part.length === 0) return;
      const rows = rowsOf(part);
      const started = performance.now();
      try {
        add(await digester.digest(part, part.length > 1 ? 1 : 2));
        rowsCompared += rows;
        onRows(rowsCompared);
      } catch (error) {
        if (!(error instanceof ReadError)) throw error;
        fail(part, error);
      }
      pace.measured(rows, performance.now() - started);
    }
  }

  try {
    await Promise.all(Array.from({ length: lanes }, lane));
  } catch (error) {
    if (!(error instanceof BudgetError)) throw error;
    scan.complete = false;
  }

  // Parts end in any order, and the report of the same data is to be the same.
  scan.suspects.sort((a, b) => compareText(keyId(a), keyId(b)));
  scan.legacy[0] = legacyChildren.size;
  scan.odd = odd;
  if (failed.error) {
    const rows = failed.rows + again.flat().reduce((sum, child) => sum + child.rows, 0) + rowsOf(children.slice(next));
    scan.complete = false;
    scan.trouble = `${rows} of ${rowsCompared + rows} rows could not be compared, and nothing is known about them. ${failed.error.message}`;
  }
  return scan;
}

const rowsOf = (children: readonly Kin[]): number => children.reduce((sum, { rows }) => sum + rows, 0);

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
