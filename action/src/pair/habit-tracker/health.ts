import * as z from 'zod/mini';
import { count, number, percentBeside, percentSet } from '../../report/numbers.ts';
import type { HealthCheck, Severity } from '../../report/report.ts';
import type { Health } from '../pair.ts';

/** The part of the answer of `dual_write_health()` that is judged here. Rates are fractions, `null` without requests. */
export const dualWriteHealth = z.object({
  window_seconds: z.number(),
  mode: z.string(),
  requests: z.number(),
  error_rate: z.nullable(z.number()),
  latency_ms: z.object({ p95: z.nullable(z.number()) }),
  open_failures: z.number(),
  expired_keys: z.number(),
  trigger_enabled: z.boolean(),
  pending_constraints: z.array(z.string()),
  rls: z.nullable(z.record(z.string(), z.boolean())),
  /** Tables without row-level security on which whoever has the publishable key has a privilege. Absent if the function is older. */
  open_tables: z.optional(z.array(z.string())),
  /** Tables whose row-level security applies to an owner of the functions. Absent if the function is older. */
  bound_tables: z.optional(z.array(z.string())),
});
export type DualWriteHealth = z.infer<typeof dualWriteHealth>;

const maxErrorRate = 0.01;
const maxP95Ms = 200;
const maxExpiredKeys = 10_000;

/** Whether the dual-write works, check by check; a check that passes has the severity `none`. */
export function judgeHealth(health: DualWriteHealth): HealthCheck[] {
  const hours = Math.round(health.window_seconds / 360) / 10;
  const errorRate = health.error_rate ?? 0;
  const p95 = health.latency_ms.p95 ?? 0;
  const pending = health.pending_constraints;
  const bound = health.bound_tables ?? [];

  return [
    judge(
      'error-rate',
      errorRate <= maxErrorRate,
      'critical',
      `${percentBeside(errorRate, [maxErrorRate])} of ${count(health.requests, 'request')} in ${hours} h failed (5xx); the limit is ${percentSet(maxErrorRate)}.`,
    ),
    judge(
      'open-failures',
      health.open_failures === 0,
      'high',
      `${count(health.open_failures, 'failure is', 'failures are')} on record and not resolved; select retry_dual_write_failures() retries ${them(health.open_failures)}.`,
    ),
    judge('trigger', health.trigger_enabled, 'high', health.trigger_enabled ? 'The trigger on habit_tracker is enabled.' : triggerIsOff),
    judge(
      'owner',
      bound.length === 0,
      'high',
      bound.length === 0
        ? "Row-level security does not apply to the functions' owner."
        : `Row-level security applies to the functions' owner on ${bound.join(', ')}: rows that it hides are missed without an error. Give the owner BYPASSRLS, or run alter table … no force row level security.`,
    ),
    judge(
      'mode',
      health.mode === 'on',
      'medium',
      `The dual-write mode is ${health.mode}${health.mode === 'on' ? '.' : "; select set_dual_write_mode('on') switches it on."}`,
    ),
    judge('latency', p95 <= maxP95Ms, 'medium', `95% of the requests took at most ${number(Math.ceil(p95))} ms; the limit is ${maxP95Ms} ms.`),
    judge(
      'constraints',
      pending.length === 0,
      'low',
      pending.length === 0
        ? 'Every constraint is validated.'
        : `${count(pending.length, 'constraint is', 'constraints are')} not validated: ${pending.join(', ')}; select * from validate_pending_constraints(false) validates ${them(pending.length)}.`,
    ),
    judgeRowLevelSecurity(health),
    judge(
      'expired-keys',
      health.expired_keys <= maxExpiredKeys,
      'low',
      `${count(health.expired_keys, 'expired idempotency key is', 'expired idempotency keys are')} kept; select cleanup_idempotency_log() removes ${them(health.expired_keys)}.`,
    ),
  ];
}

/**
 * Row-level security may be off until the cut-over. It is a problem if a table is open to anybody while others are protected: the way in is
 * the weakest table, above all the legacy one, whose trigger writes to the others with its owner's rights.
 */
function judgeRowLevelSecurity({ rls, open_tables: open = [] }: DualWriteHealth): HealthCheck {
  const tables = Object.entries(rls ?? {});
  const off = tables.filter(([, isOn]) => !isOn).map(([table]) => table);
  if (off.length === 0) return judge('row-level-security', true, 'none', 'Row-level security is on.');
  if (open.length === 0 || open.length === tables.length) return judge('row-level-security', false, 'low', `Row-level security is off on ${off.join(', ')}.`);
  const order = open.includes('habit_tracker') ? ' Start with habit_tracker, whose trigger opens what the others close.' : '';
  return judge(
    'row-level-security',
    false,
    'high',
    `Anybody with the publishable key can reach ${open.join(', ')}, while other tables are protected: run alter table … enable row level security.${order}`,
  );
}

function judge(check: string, isWell: boolean, severity: Severity, detail: string): HealthCheck {
  if (isWell) return { check, status: 'ok', severity: 'none', detail };
  return { check, status: severity === 'critical' || severity === 'high' ? 'failing' : 'warning', severity, detail };
}

/** @param health `undefined` if the database cannot report it */
export function readHealth(health: DualWriteHealth | undefined): Health {
  if (!health) return { checks: [], obstacles: [nobodyCanTell] };
  const { mode, open_failures: failures, trigger_enabled: isTriggered } = health;
  const obstacles = [
    failures === 0
      ? ''
      : `${count(failures, 'failure of the dual-write is', 'failures of the dual-write are')} open: select retry_dual_write_failures() retries ${them(failures)}.`,
    // Any other mode was not written by the migrations.
    mode === 'on'
      ? ''
      : `The dual-write mode is ${['off', 'legacy_only'].includes(mode) ? mode : 'none that is known'}, not on: select set_dual_write_mode('on') switches it on.`,
    isTriggered ? '' : triggerIsOff,
  ];
  return { checks: judgeHealth(health), obstacles: obstacles.filter((obstacle) => obstacle !== '') };
}

const them = (howMany: number): string => (howMany === 1 ? 'it' : 'them');

const triggerIsOff = 'The trigger on habit_tracker is missing or disabled: what the legacy app writes reaches one side only.';

const nobodyCanTell =
  'dual_write_health is not installed, or this key may not call it, so whether the dual-write is on and without failures is unknown: apply supabase/migrations/013 to 019 and use a secret key.';
