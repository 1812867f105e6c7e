import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { dualWriteHealth, judgeHealth, type DualWriteHealth } from '../../src/pair/habit-tracker/health.ts';

const well: DualWriteHealth = {
  window_seconds: 86_400,
  mode: 'on',
  requests: 1000,
  error_rate: 0.01,
  latency_ms: { p95: 200 },
  open_failures: 0,
  expired_keys: 10_000,
  trigger_enabled: true,
  pending_constraints: [],
  rls: { weeks: true },
};

const unwell = (change: Partial<DualWriteHealth>) =>
  judgeHealth({ ...well, ...change })
    .filter(({ status }) => status !== 'ok')
    .map(({ check, status, severity }) => [check, status, severity]);

describe('the health of the dual-write', () => {
  it('is well up to every limit, and without any request', () => {
    assert.deepEqual(unwell({}), []);
    assert.deepEqual(unwell({ requests: 0, error_rate: null, latency_ms: { p95: null } }), []);
    assert.ok(judgeHealth(well).every(({ severity }) => severity === 'none'));
  });

  for (const [change, expected] of [
    [{ error_rate: 0.0101 }, ['error-rate', 'failing', 'critical']],
    [{ open_failures: 1 }, ['open-failures', 'failing', 'high']],
    [{ trigger_enabled: false }, ['trigger', 'failing', 'high']],
    [{ mode: 'legacy_only' }, ['mode', 'warning', 'medium']],
    [{ latency_ms: { p95: 200.5 } }, ['latency', 'warning', 'medium']],
    [{ pending_constraints: ['ck_weeks_date_range'] }, ['constraints', 'warning', 'low']],
    [{ rls: { weeks: false, habits: true } }, ['row-level-security', 'warning', 'low']],
    [{ expired_keys: 10_001 }, ['expired-keys', 'warning', 'low']],
  ] as const) {
    it(`says ${expected.join(', ')} for ${JSON.stringify(change)}`, () => {
      assert.deepEqual(unwell(structuredClone(change) as Partial<DualWriteHealth>), [expected]);
    });
  }

  it('reads what the function answers, more than is judged included', () => {
    assert.equal(dualWriteHealth.safeParse({ ...well, replay_rate: 0, source_versions: {} }).success, true);
    assert.equal(dualWriteHealth.safeParse({ ...well, trigger_enabled: 'yes' }).success, false);
  });
});
