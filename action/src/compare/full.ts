import { keyId } from '../document/document.ts';
import { addCounts, documentLevel, isSameCounts, noCounts, type Counts } from '../document/shape.ts';
import type { Digester, Entity } from '../pair/pair.ts';
import { count } from '../report/numbers.ts';
import { BudgetError, isOutOfTime, ReadError } from '../store/errors.ts';
import {
  catchTrouble,
  countDifference,
  documentWords,
  emptyComparison,
  finish,
  settlingSentence,
  type Comparison,
  type ComparisonOptions,
} from './comparison.ts';
import { digestBothSides } from './digest.ts';
import type { Explanation } from './explain.ts';
import { settle, type Settled } from './settle.ts';
import { scanBothSides } from './stream.ts';
import { createTally } from './tally.ts';

/**
 * Compares every week of both sides.
 *
 * @param digester compares inside the database; without it both sides are read
 * @throws every error except trouble with reading and the end of the time budget
 */
export async function compareFully(options: ComparisonOptions, digester?: Digester): Promise<Comparison> {
  const { entity, budget, settleMs, legacyRows, normalizedRows, onDifference, accepts, onProgress, onPhase } = options;
  const tally = createTally(entity, onDifference, accepts, options.onExplained);
  const result: Comparison = { ...emptyComparison('full', legacyRows), engine: digester ? 'digest' : 'stream' };
  const own = documentWords(entity);
  const settled: Settled = { transient: 0, restless: 0, unsettled: 0 };

  await catchTrouble(result, async () => {
    await entity.prepare();
    const total = legacyRows + normalizedRows;
    const which = entity.part ? ` of part ${entity.part.index}/${entity.part.of}` : '';
    const about = options.isEstimate ? 'about ' : '';
    const rowsOf = (side: string, rows: number): string => `${about}${count(rows, `${side} ${own.one}`, `${side} ${own.many}`)}`;
    onPhase(`Comparing every ${own.one}${which}: ${rowsOf('legacy', legacyRows)} and ${rowsOf('normalized', normalizedRows)}.`);
    // Differences need time to settle before the budget ends.
    const reserveMs = Math.min(settleMs + 2000, 0.4 * 1000 * budget.seconds);
    const mayGoOn = () => budget.remainingMs() > reserveMs;
    // A week counts as compared once both of its rows are read.
    const onRows = (rows: number) => onProgress(rows / 2, Math.max(rows, total) / 2);
    const scan = digester ? await digestBothSides(digester, entity.shape, tally, mayGoOn, onRows) : await scanBothSides(entity, tally, mayGoOn, onRows);
    options.onScanned?.();
    result.skipped = scan.skipped;
    result.planned = result.population = scan.complete ? scan.population : Math.max(scan.population, legacyRows - scan.skipped);
    if (scan.suspects.length > 0) onPhase(settlingSentence(scan.suspects.length, own, settleMs));
    options.onGroups?.(entity.groups());
    options.onGroups?.(scan.suspects);
    // Rows that are there on the second reading were overlooked the first time, or written meanwhile.
    const held = [...scan.held];
    const accept = (explanation: Explanation) => {
      const id = scan.unseen.size + scan.counted.size > 0 ? keyId(explanation.key) : '';
      if (scan.unseen.has(id)) for (const document of explanation.actual) if (document.held) addCounts(held, document.held);
      if (scan.counted.has(id)) tally.takeBack(explanation);
      tally.addExplained(explanation);
    };
    const settling = { pair: { ...entity, read: (digester ?? entity).read }, settleMs, suspected: true, odd: scan.odd, accept, stop: budget.signal };
    await settle(scan.suspects, settling, settled);
    if (scan.trouble !== undefined) throw new ReadError(scan.trouble);
    if (!scan.complete) throw new BudgetError();
    const loose = digester ? scan.beside.loose : await looseMembers(entity, held, mayGoOn);
    tally.addBeside(scan.beside.more);
    if (loose) tally.addBeside(loose);
    result.isLooseUnknown = loose === undefined;

    result.population = tally.compared();
    result.legacyRows = scan.legacy[documentLevel(entity.shape)] ?? 0;
    result.counts = tally.counts(scan.legacy);
    result.judged = tally.withoutAccepted(result.counts);
  });
  for (const one of result.judged) if (one.difference !== 0) onDifference(countDifference(one));
  return finish(result, tally, settled, options);
}

/**
 * How many members have no parent, so that they appear in no document that was read.
 *
 * @param held how many came with the documents
 * @returns `undefined` if the database, or this run, has no time to find out: the comparison stands without it
 * @throws {ReadError} if there are more that were not read, though nobody is writing: then answers were cut
 */
async function looseMembers(entity: Entity, held: Counts, mayGoOn: () => boolean): Promise<Counts | undefined> {
  try {
    return await lookForLoose(entity, held, mayGoOn);
  } catch (error) {
    if (isOutOfTime(error)) return undefined;
    throw error;
  }
}

async function lookForLoose({ shape, holdings, actual }: Entity, held: Counts, mayGoOn: () => boolean): Promise<Counts> {
  const total = await holdings.total();
  if (isSameCounts(total, held)) return noCounts(shape);
  const { rows, counted } = await holdings.loose();
  const isExplained = (read: Counts) => total.every((rowsThere, level) => rowsThere <= (read[level] ?? 0) + (rows[level] ?? 0));
  // Otherwise they were written meanwhile, unless a second reading shows the same count while the total has not changed.
  if (isExplained(held)) return counted;
  const again = noCounts(shape);
  for await (const page of actual.documents()) {
    // This takes as long as the first reading, and proves nothing while somebody writes: no reason for a run to end without a verdict.
    if (!mayGoOn()) return counted;
    for (const { entry } of page) if (entry.kind === 'claim' && entry.document.held) addCounts(again, entry.document.held);
  }
  if (isSameCounts(again, held) && isSameCounts(await holdings.total(), total)) throw holdings.cut();
  return counted;
}
