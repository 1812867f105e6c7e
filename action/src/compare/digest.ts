import { setTimeout as sleep } from 'node:timers/promises';
import { keyId, type Key } from '../document/document.ts';
import { compareText } from '../document/order.ts';
import { addCounts, groupLevel, noCounts, type Shape } from '../document/shape.ts';
import type { Beside, Digest, Digester } from '../pair/pair.ts';
import { number } from '../report/numbers.ts';
import { BudgetError, ReadError } from '../store/errors.ts';
import { createPace } from './pace.ts';
import type { Scan } from './stream.ts';
import type { Tally } from './tally.ts';

/** Statements at a time: the server has other work. */
const lanes = 2;

/** A rest ends when the time budget does. */
const restStepMs = 250;

/** Portions that fail on their own before the trouble is taken to be with all of them. */
const maxFailedPortions = 3;

/** Portions of the plan from `start` to before `end`. */
type Part = { readonly start: number; readonly end: number };

/**
 * Has the database compare both sides, some portions at a time, as many as take about half a second. A part that fails
 * is tried again in halves, and what cannot be had even one portion at a time is told as trouble: never as equal.
 *
 * Memory grows by the number of groups, and by the documents that differ.
 *
 * @param mayGoOn asked before each statement; when it says no, the scan ends as incomplete
 * @param onRows how many rows of both sides are compared
 * @throws {ReadError} when there is no beginning
 */
export async function digestBothSides(
  digester: Pick<Digester, 'plan'>,
  shape: Shape,
  tally: Pick<Tally, 'addDigest' | 'addGroups' | 'measure'>,
  mayGoOn: () => boolean,
  onRows: (rows: number) => void,
): Promise<Scan> {
  const legacy = noCounts(shape);
  const loose = noCounts(shape);
  const scan = { suspects: [] as Key[], population: 0, legacy, skipped: 0, unseen: new Set<string>(), held: noCounts(shape), complete: true };
  const odd = new Set<string>();
  const stray = new Map<string, Digest['stray'][number]>();
  /** By their places in the plan. */
  const groups = { legacy: new Set<number>(), equal: new Set<number>() };
  const compared = new Set<number>();
  let failure: ReadError | undefined;
  let failedPortions = 0;
  let rowsCompared = 0;

  const plan = await digester.plan();
  const rowsOf = ({ start, end }: Part): number => plan.rows.slice(start, end).reduce((sum, rows) => sum + rows, 0);
  const again: Part[] = [];
  const pace = createPace();
  let next = 0;
  let rowsLeft = rowsOf({ start: 0, end: plan.rows.length });

  function take(): Part | undefined {
    const part = again.pop();
    if (part) return part;
    const start = next;
    // Towards the end in smaller parts, so that no lane waits long for the other.
    const size = pace.size(rowsLeft / lanes);
    // The last portion where at least half of it has room.
    for (let rows = 0; next < plan.rows.length && (next === start || rows + (plan.rows[next] ?? 0) / 2 <= size); next += 1) {
      rows += plan.rows[next] ?? 0;
    }
    rowsLeft -= rowsOf({ start, end: next });
    return next > start ? { start, end: next } : undefined;
  }

  function add(digest: Digest): void {
    tally.addDigest(digest.equal);
    for (const group of digest.equal.groups) groups.equal.add(group);
    for (const group of digest.legacyGroups) groups.legacy.add(group);
    addCounts(legacy, digest.legacy);
    scan.skipped += digest.skipped;
    scan.population += digest.claimed;
    addCounts(loose, digest.loose);
    for (const key of digest.differing) scan.suspects.push(key);
    for (const key of digest.odd) {
      scan.suspects.push(key);
      odd.add(keyId(key));
    }
    for (const one of digest.stray) stray.set(keyId(one.key), one);
  }

  function fail({ start, end }: Part, error: ReadError): void {
    if (end - start > 1) {
      const middle = Math.ceil((start + end) / 2);
      again.push({ start: middle, end }, { start, end: middle });
      return;
    }
    failedPortions += 1;
    failure ??= error;
  }

  /** Something ended one lane, so the others take no more. */
  let isBroken = false;

  async function lane(): Promise<void> {
    while (failedPortions < maxFailedPortions && !isBroken) {
      while (pace.restMs() > 0 && mayGoOn()) await sleep(Math.min(pace.restMs(), restStepMs));
      if (isBroken) return;
      const goOn = mayGoOn();
      const part = goOn ? take() : undefined;
      if (!goOn) scan.complete = false;
      if (!part) return;
      const rows = rowsOf(part);
      const started = performance.now();
      try {
        add(await plan.digest(part.start, part.end, part.end - part.start > 1 ? 1 : 2));
        for (let portion = part.start; portion < part.end; portion += 1) compared.add(portion);
        rowsCompared += rows;
        onRows(rowsCompared);
      } catch (error) {
        if (!(error instanceof ReadError)) {
          isBroken = true;
          throw error;
        }
        fail(part, error);
      }
      pace.measured(rows, performance.now() - started);
    }
  }

  let beside: Beside = { more: noCounts(shape), loose: undefined };
  let troubleBeside: string | undefined;
  try {
    // What is under way in one lane when another one breaks off must not be added to what was already handed over.
    const broken = (await Promise.allSettled(Array.from({ length: lanes }, lane))).find(({ status }) => status === 'rejected');
    if (broken?.status === 'rejected') throw broken.reason;
    if (scan.complete && !failure) {
      beside = await plan.beside();
      const { keys, rows } = (await plan.after?.()) ?? { keys: [], rows: undefined };
      for (const key of keys) {
        scan.suspects.push(key);
        odd.add(keyId(key));
      }
      if (rows !== undefined) tally.measure(rows);
    }
  } catch (error) {
    // What the portions said is known all the same.
    if (error instanceof ReadError) troubleBeside = error.message;
    else if (!(error instanceof BudgetError)) throw error;
    scan.complete = false;
  }

  const counted = new Set<string>();
  const known = new Set(stray.size > 0 ? scan.suspects.map(keyId) : []);
  for (const [id, { key, portion }] of stray) {
    if (known.has(id)) continue;
    scan.suspects.push(key);
    odd.add(id);
    if (compared.has(portion)) counted.add(id);
  }
  // Parts end in any order, and the report of the same data is to be the same. By the last part of the key first: what is
  // reckoned for one date is reckoned once.
  scan.suspects.sort((a, b) => compareText(a.at(-1) ?? '', b.at(-1) ?? '') || compareText(keyId(a), keyId(b)));
  if (groupLevel(shape) !== undefined) legacy[0] = groups.legacy.size;
  tally.addGroups([...groups.equal].flatMap((place) => (plan.groups[place] ? [plan.groups[place]] : [])));
  if (beside.loose) addCounts(loose, beside.loose);
  const found = { ...scan, odd, counted, beside: { more: beside.more, loose: beside.loose && loose } };
  if (!failure) return { ...found, trouble: troubleBeside };
  const total = rowsOf({ start: 0, end: plan.rows.length });
  const trouble = `${number(total - rowsCompared)} of ${number(total)} rows could not be compared, and nothing is known about them. ${failure.message}`;
  return { ...found, complete: false, trouble };
}
