import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isClosed, runCircle } from '../../../demo/daily-quests.ts';

test('what an export missed and what an outage lost is found exactly, brought back exactly, and nobody waited for it', async () => {
  const told: string[] = [];
  const circle = await runCircle((line) => told.push(line), () => undefined);
  // 36 completions on the two days after the export; 24 while Supabase was away, of 126 there were by then.
  const { seconds: _, ...numbers } = circle;
  assert.deepEqual(numbers, {
    pair: 'daily-quests',
    missingAtStart: { completions: 36 },
    missing: 36,
    dryRun: 36,
    repaired: 36,
    inSync: true,
    writes: 72,
    failedForUsers: 0,
    lost: 24,
    found: 24,
    repairedAfter: 24,
    inSyncAtEnd: true,
    driftRate: 24 / 126,
  });
  assert.ok(isClosed(circle), told.join('\n'));
  assert.ok(told.some((line) => line.includes('missing (sent_and_refused)')), told.join('\n'));
});
