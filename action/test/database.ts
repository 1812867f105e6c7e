import { check } from '../src/check.ts';
import { readSettings } from '../src/inputs.ts';
import { connectHabitTracker } from '../src/pair/pairs.ts';
import type { KnownDriftRule } from '../src/known-drift/rule.ts';
import { pathOf, type Finding, type Report } from '../src/report/report.ts';
import { childOf, weekOf } from './places.ts';
import type { Case, LegacyRow } from '../../demo/data.ts';
import { emptying, loadCase } from '../../demo/data.ts';
import type { World } from './world.ts';

/** Empties both sides and fills them anew. */
export async function fill(world: World, rows: Case): Promise<void> {
  await world.sql(emptying('habit_tracker', 'children', 'weeks', 'habits', 'habit_records'));
  await loadCase(world, rows);
}

/** Runs the comparison as the action would, with inputs by the names of `action.yml`. */
export async function checkWorld(
  world: Pick<World, 'url' | 'secretKey'>,
  inputs: Record<string, string> = {},
  rules?: readonly KnownDriftRule[],
): Promise<Report> {
  const values: Record<string, string> = {
    'supabase-url': world.url,
    'supabase-key': world.secretKey,
    'settle-seconds': '0',
    'reveal-values': 'true',
    ...inputs,
  };
  const settings = readSettings((name) => values[name] ?? '', { runName: 'test-1' });
  return check({ settings, connection: await connectHabitTracker(settings), rules, now: () => new Date('2026-01-05T06:17:00Z') });
}

/** What a finding says, on one line: `MISSING_RECORD Mia 2025-10-13 habits/A/2025-10-14`. */
export const say = (finding: Finding): string =>
  finding.type === 'COUNT_MISMATCH'
    ? `${finding.type} ${finding.level}`
    : [finding.type, childOf(finding), weekOf(finding), pathOf(finding)].filter((part) => part !== null).join(' ');

export const sayAll = (report: Report): string[] => report.findings.map(say);

export const countsOf = (report: Report): Record<string, [legacy: number, expected: number, normalized: number]> =>
  Object.fromEntries(report.counts.map(({ level, legacy, expected, normalized }) => [level, [legacy, expected, normalized]]));

export const owner = (number: number): string => `00000000-0000-4000-8000-00000000000${number}`;

/** A legacy row with one habit, three cells filled; each change replaces a column. */
export function legacyWeek(change: Partial<LegacyRow> & Pick<LegacyRow, 'id'>): LegacyRow {
  return {
    user_id: owner(1),
    child_name: 'Mia',
    week_period: `week of row ${change.id}`,
    week_start_date: '2025-10-13',
    theme: 'Autumn',
    reward: null,
    habits: [{ id: 1, name: 'Read', times: ['green', '', 'red', null, 'yellow', 'none', ''] }],
    reflection: {},
    updated_at: '2025-10-19T18:00:00+00:00',
    ...change,
  };
}
