import type { Key } from '../document/document.ts';
import { createKeyIndex } from '../document/key-index.ts';
import { count } from '../report/numbers.ts';
import { catchTrouble, documentWords, emptyComparison, finish, type Comparison, type ComparisonOptions } from './comparison.ts';
import { settle, type Settled } from './settle.ts';
import { createTally } from './tally.ts';

/**
 * Looks up on both sides everything that was written on either side since a moment. Nothing is counted, so missing or extra rows that were
 * written earlier are not seen.
 *
 * @param since ISO 8601, UTC
 * @throws every error except trouble with reading and the end of the time budget
 */
export async function compareRecent(options: ComparisonOptions, since: string): Promise<Comparison> {
  const { entity, budget, settleMs, onDifference, accepts, onProgress, onPhase } = options;
  const tally = createTally(entity, onDifference, accepts, options.onExplained);
  const result = emptyComparison('recent', 0);
  const settled: Settled = { transient: 0, restless: 0, unsettled: 0 };
  const { one, many } = documentWords(entity);

  await catchTrouble(result, async () => {
    await entity.prepare();
    const index = createKeyIndex(entity.shape);
    const claimed = new Set<string>();
    const unclaimed = new Set<string>();
    for await (const page of entity.written?.(since) ?? []) {
      for (const { kind, key } of page) (kind === 'unclaimed' ? unclaimed : claimed).add(index.add(key));
    }
    const keys: Key[] = [...claimed].map(index.key);
    result.planned = result.population = keys.length;
    onPhase(`Comparing ${count(keys.length, one, many)} written since ${since}.`);
    options.onGroups?.(index.all());
    const settling = { pair: entity, settleMs, stop: budget.signal, accept: tally.addExplained };
    await settle([...unclaimed].map(index.key), { ...settling, suspected: true }, settled);
    await settle(keys, { ...settling, suspected: false, onProgress: (done) => onProgress(done, keys.length) }, settled);
    // Rows may have been deleted on both sides meanwhile, or be out of scope on both.
    result.population = tally.compared();
  });
  return finish(result, tally, settled, options);
}
