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
  rls: { habit_tracker: true, weeks: true },
  open_tables: [],
  bound_tables: [],
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
    [{ bound_tables: ['habit_tracker'] }, ['owner', 'failing', 'high']],
    [{ rls: { weeks: false, habits: true } }, ['row-level-security', 'warning', 'low']],
    [{ rls: { habit_tracker: false, weeks: false }, open_tables: ['habit_tracker', 'weeks'] }, ['row-level-security', 'warning', 'low']],
    [{ rls: { habit_tracker: false, weeks: true }, open_tables: ['habit_tracker'] }, ['row-level-security', 'failing', 'high']],
    [{ rls: { habit_tracker: false, weeks: false }, open_tables: ['weeks'] }, ['row-level-security', 'failing', 'high']],
    [{ expired_keys: 10_001 }, ['expired-keys', 'warning', 'low']],
  ] as const) {
    it(`says ${expected.join(', ')} for ${JSON.stringify(change)}`, () => {
      assert.deepEqual(unwell(structuredClone(change) as Partial<DualWriteHealth>), [expected]);
    });
  }

  it('shows a number that is over its limit as such, and one of anything in the singular', () => {
    const details = (change: Partial<DualWriteHealth>) => judgeHealth({ ...well, ...change }).map(({ detail }) => detail);
    const over = details({ requests: 12_345, error_rate: 0.010004, latency_ms: { p95: 200.2 }, expired_keys: 10_001, pending_constraints: ['a', 'b'] });
    assert.deepEqual(
      [over[0], over[5], over[6], over[8]],
      [
        '1.0004% of 12,345 requests in 24 h failed (5xx); the limit is 1%.',
        '95% of the requests took at most 201 ms; the limit is 200 ms.',
        '2 constraints are not validated: a, b; select * from validate_pending_constraints(false) validates them.',
        '10,001 expired idempotency keys are kept; select cleanup_idempotency_log() removes them.',
      ],
    );
    const one = details({ requests: 1, error_rate: 1, open_failures: 1, expired_keys: 1, pending_constraints: ['a'] });
    assert.match(one[0] ?? '', /^100% of 1 request in /);
    assert.match(one[1] ?? '', /^1 failure is on record and not resolved; .* retries it\.$/);
    assert.match(one[6] ?? '', /^1 constraint is not validated: a; .* validates it\.$/);
    assert.match(one[8] ?? '', /^1 expired idempotency key is kept; .* removes it\.$/);
  });

  it('names the legacy table as the one to protect first', () => {
    const detail = (open_tables: string[]) =>
      judgeHealth({ ...well, rls: { habit_tracker: false, children: false, weeks: true }, open_tables }).find(({ check }) => check === 'row-level-security')
        ?.detail;
    assert.match(detail(['children', 'habit_tracker']) ?? '', /reach children, habit_tracker, .* Start with habit_tracker/);
    assert.doesNotMatch(detail(['children']) ?? '', /Begin with/);
  });

  it('reads what the function of an older release answers, which does not say who reaches what', () => {
    const { open_tables: _open, bound_tables: _bound, ...older } = well;
    assert.deepEqual(unwell(dualWriteHealth.parse({ ...older, rls: { weeks: false } })), [['row-level-security', 'warning', 'low']]);
  });

  it('reads what the function answers, more than is judged included', () => {
    assert.equal(dualWriteHealth.safeParse({ ...well, replay_rate: 0, source_versions: {} }).success, true);
    assert.equal(dualWriteHealth.safeParse({ ...well, trigger_enabled: 'yes' }).success, false);
  });
});
