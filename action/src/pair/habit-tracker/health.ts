import * as z from 'zod';
import type { HealthCheck, Severity } from '../../report/report.ts';
import type { Health } from '../pair.ts';

/** What `dual_write_health()` answers, as far as it is judged here. Rates are fractions, `null` without requests. */
export const dualWriteHealth = z.object({
  window_seconds: z.number(),
  mode: z.string(),
  requests: z.number(),
  error_rate: z.number().nullable(),
  latency_ms: z.object({ p95: z.number().nullable() }),
  open_failures: z.number(),
  expired_keys: z.number(),
  trigger_enabled: z.boolean(),
  pending_constraints: z.array(z.string()),
  rls: z.record(z.string(), z.boolean()).nullable(),
});
export type DualWriteHealth = z.infer<typeof dualWriteHealth>;

const maxErrorRate = 0.01;
const maxP95Ms = 200;
const maxExpiredKeys = 10_000;

/** Whether the dual-write does what it should, check by check; what is well has the severity `none`. */
export function judgeHealth(health: DualWriteHealth): HealthCheck[] {
  const hours = Math.round(health.window_seconds / 360) / 10;
  const errorRate = health.error_rate ?? 0;
  const p95 = health.latency_ms.p95 ?? 0;
  const pending = health.pending_constraints;
  const open = Object.entries(health.rls ?? {}).filter(([, enabled]) => !enabled);

  const judge = (name: string, isWell: boolean, severity: Severity, detail: string): HealthCheck => {
    if (isWell) return { check: name, status: 'ok', severity: 'none', detail };
    const status = severity === 'critical' || severity === 'high' ? 'failing' : 'warning';
    return { check: name, status, severity, detail };
  };

  return [
    judge('error-rate', errorRate <= maxErrorRate, 'critical', `${percent(errorRate)} of ${health.requests} requests in ${hours} h failed (5xx); at most ${percent(maxErrorRate)} is well.`),
    judge('open-failures', health.open_failures === 0, 'high', `${health.open_failures} ${health.open_failures === 1 ? 'failure is' : 'failures are'} on record and not resolved; select retry_dual_write_failures() works them off.`),
    judge('trigger', health.trigger_enabled, 'high', health.trigger_enabled ? 'The trigger on habit_tracker is enabled.' : 'The trigger on habit_tracker is missing or disabled: what the legacy app writes reaches one side only.'),
    judge('mode', health.mode === 'on', 'medium', `The dual-write mode is ${health.mode}${health.mode === 'on' ? '.' : "; select set_dual_write_mode('on') switches it on."}`),
    judge('latency', p95 <= maxP95Ms, 'medium', `95 % of the requests took at most ${Math.round(p95)} ms; at most ${maxP95Ms} ms is well.`),
    judge('constraints', pending.length === 0, 'low', pending.length === 0 ? 'Every constraint is validated.' : `${pending.length} not validated: ${pending.join(', ')}; select * from validate_pending_constraints(false) validates them.`),
    judge('row-level-security', open.length === 0, 'low', open.length === 0 ? 'Row-level security is on.' : `Row-level security is off on ${open.map(([table]) => table).join(', ')}.`),
    judge('expired-keys', health.expired_keys <= maxExpiredKeys, 'low', `${health.expired_keys} expired idempotency keys are kept; select cleanup_idempotency_log() removes them.`),
  ];
}

/** @param health `undefined` where the database cannot tell */
export function readHealth(health: DualWriteHealth | undefined): Health {
  if (!health) return { checks: [], obstacles: [nobodyCanTell] };
  const { mode, open_failures: failures, trigger_enabled: isTriggered } = health;
  const obstacles = [
    failures === 0 ? '' : `${failures} ${failures === 1 ? 'failure' : 'failures'} of the dual-write open: select retry_dual_write_failures() works them off.`,
    // Whatever else stands there was not written by the migrations.
    mode === 'on' ? '' : `The dual-write mode is ${['off', 'legacy_only'].includes(mode) ? mode : 'none that is known'}, not on: select set_dual_write_mode('on') switches it on.`,
    isTriggered ? '' : 'The trigger on habit_tracker is missing or disabled: what the legacy app writes reaches one side only.',
  ];
  return { checks: judgeHealth(health), obstacles: obstacles.filter((obstacle) => obstacle !== '') };
}

const nobodyCanTell =
  'The database has no dual_write_health, or not for this key, so nobody can tell whether the dual-write is on and without failures: apply supabase/migrations/013 to 019 and use a secret key.';

const percent = (fraction: number): string => `${Math.round(fraction * 1000) / 10} %`;
