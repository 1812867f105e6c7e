import { createHmac } from 'node:crypto';
import { keyId, type Key } from '../document/document.ts';

/**
 * A uniform sample without replacement, drawn while the keys stream by: those with the smallest keyed hashes (bottom-k
 * sampling, as in Cohen and Kaplan, "Summarizing data using bottom-k sketches", PODC 2007). A key's hash depends only on
 * the key and the seed, so the same seed draws the same weeks whatever the order of the rows, the gaps in their ids, or how
 * often a row was saved again.
 *
 * @param keys distinct
 * @param size at least 0; all keys when it is larger than their number
 * @returns in the order of their hashes
 */
export function drawSample(keys: Iterable<Key>, size: number, seed: string): Key[] {
  if (size === 0) return [];
  let drawn: { key: Key; rank: string }[] = [];
  let threshold: string | undefined;
  const shrink = () => {
    drawn.sort((a, b) => (a.rank < b.rank ? -1 : 1));
    drawn = drawn.slice(0, size);
    threshold = drawn.length === size ? drawn.at(-1)?.rank : undefined;
  };
  for (const key of keys) {
    const rank = createHmac('sha256', seed).update(keyId(key)).digest('base64');
    if (threshold !== undefined && rank > threshold) continue;
    drawn.push({ key, rank });
    if (drawn.length > 2 * size + 1000) shrink();
  }
  shrink();
  return drawn.map(({ key }) => key);
}
