import { inert } from '../../privacy/inert.ts';
import { number } from '../../report/numbers.ts';
import type { Finding, HealthCheck, RepairCommand, RepairStep } from '../../report/report.ts';
import type { Damage } from '../pair.ts';
import type { WeekAlignment } from './legacy.ts';

/** A command with more ids would not be read before it is run. */
const mostIds = 50;

/** How many parts of legacy rows get a statement of their own. */
const mostParts = 20;

const migrations = ['013_create_dual_write_triggers.sql', '016_create_backfill.sql'];

/** The types that `backfill_legacy_weeks` fixes. */
const backfilled = ['MISSING_CHILD', 'MISSING_WEEK', 'MISSING_HABIT', 'MISSING_RECORD', 'ORPHAN_HABIT', 'ORPHAN_RECORD', 'DATA_MISMATCH', 'WRONG_OWNER'];
const overwritten = ['ORPHAN_HABIT', 'ORPHAN_RECORD', 'DATA_MISMATCH'];

/**
 * What to do about the findings, in this order: running the commands step by step leads to a state without differences. A command that
 * deletes something says so, and comes after a query that shows it.
 */
export function repairSteps(damage: Damage, alignment: WeekAlignment): RepairStep[] {
  const { findings, findingsByType, health } = damage;
  const of = (type: string): readonly Finding[] => findings.filter((finding) => finding.type === type);
  const isThere = (type: string): boolean => (findingsByType[type] ?? 0) > 0;
  const needsBackfill = ['AMBIGUOUS_OWNER', 'MALFORMED_LEGACY', ...backfilled].some(isThere);
  const steps = [
    ...stopTheLoss(health),
    ...ambiguousOwners(of('AMBIGUOUS_OWNER')),
    ...malformed(of('MALFORMED_LEGACY')),
    ...duplicates(of('DUPLICATE_WEEK')),
    ...(needsBackfill ? [backfill(damage, overwritten.some(isThere), alignment)] : []),
    ...orphanWeeks(
      of('ORPHAN_WEEK'),
      findingsByType['ORPHAN_WEEK'] ?? 0,
      isThere('AMBIGUOUS_OWNER') || of('MALFORMED_LEGACY').some(({ place }) => place?.[0] === 'week_start_date'),
    ),
  ];
  if (steps.length === 0 && isThere('COUNT_MISMATCH')) steps.push(onlyTotals);
  return steps;
}

/** Rows without a week. */
const looseHabits = 'habits h where not exists (select from weeks w where w.id = h.week_id)';
const looseRecords = 'habit_records r where not exists (select from habits h where h.id = r.habit_id)';

const onlyTotals: RepairStep = {
  text: '**Only totals differ**; every compared week agrees. Likely causes: habits or records without a parent, which foreign keys allow until they are validated; two rows in `children` for one child; or, after a sample, rows outside of it, which `mode: full` finds.',
  commands: [
    {
      sql: [
        `select h.* from ${looseHabits};`,
        `select r.* from ${looseRecords};`,
        'select user_id, btrim(normalize(name)) as child, array_agg(id) as ids from children group by 1, 2 having count(*) > 1;',
      ],
    },
    { note: 'This deletes the habits and records without a parent.', destroys: true, sql: [`delete from ${looseHabits};`, `delete from ${looseRecords};`] },
  ],
};

function stopTheLoss(health: readonly HealthCheck[]): RepairStep[] {
  const isUnwell = (name: string): boolean => health.some(({ check, status }) => check === name && status !== 'ok');
  const isOff = isUnwell('trigger');
  const sql = [
    // All five: health looks at each of them, and whoever disabled one may have disabled all.
    ...(isOff ? ['alter table habit_tracker enable trigger user;'] : []),
    ...(isUnwell('mode') ? ["select set_dual_write_mode('on');"] : []),
  ];
  if (sql.length === 0) return [];
  const missing = isOff ? ` If a trigger is missing, apply \`supabase/migrations/${migrations[0]}\` again.` : '';
  return [
    {
      text: `**Stop the loss first**: the dual-write is not on, so new writes go missing whatever you repair. Skip this only if it is off on purpose.${missing}`,
      commands: [{ sql }],
    },
  ];
}

function ambiguousOwners(findings: readonly Finding[]): RepairStep[] {
  const list = idList(findings.flatMap(({ rowIds }) => rowIds['habit_tracker'] ?? []));
  if (list === '') return [];
  return [
    {
      text: '**Rows whose owner is ambiguous** (`AMBIGUOUS_OWNER`): find out who owns them, and replace `USER_ID` with the right `user_id`, row by row if they differ.',
      commands: [
        {
          sql: [
            `select t.id, t.child_name, c.user_id from habit_tracker t join children c on btrim(normalize(c.name)) = btrim(normalize(t.child_name)) where t.id in (${list}) order by 1;`,
          ],
        },
        { sql: [`update habit_tracker set user_id = 'USER_ID' where id in (${list});`] },
      ],
    },
  ];
}

/** What to replace an unreadable part with, as JSON, by the end of its path. */
function blankFor(path: string): { place: string; json: string } | undefined {
  const [, index, rest = ''] = /^habits\[(\d+)\](.*)$/.exec(path) ?? [];
  const blankCells = '["", "", "", "", "", "", ""]';
  if (index === undefined) return undefined;
  if (rest === '') return { place: `{${index}}`, json: `{"name": "Habit ${Number(index) + 1}", "times": ${blankCells}}` };
  if (rest === '.name') return { place: `{${index},name}`, json: `"Habit ${Number(index) + 1}"` };
  if (rest === '.times') return { place: `{${index},times}`, json: blankCells };
  const [, day] = /^\.times\[(\d+)\]$/.exec(rest) ?? [];
  return day === undefined ? undefined : { place: `{${index},times,${day}}`, json: '""' };
}

function mend({ place, rowIds }: Finding): string[] {
  const list = idList(rowIds['habit_tracker'] ?? []);
  const [path] = place ?? [];
  if (list === '' || path === undefined) return [];
  if (path === 'week_start_date') {
    // Of other text `to_date` makes some date, too.
    return [
      `update habit_tracker set week_start_date = to_date(week_period, 'YYYY"년 "FMMM"월 "FMDD"일"') where id in (${list}) and week_period ~ '^[0-9]+년 [0-9]+월 [0-9]+일';`,
    ];
  }
  if (path === 'habits') return [`update habit_tracker set habits = '[]' where id in (${list});`];
  const blank = blankFor(path);
  return blank ? [`update habit_tracker set habits = jsonb_set(habits, '${blank.place}', '${blank.json}') where id in (${list});`] : [];
}

function malformed(findings: readonly Finding[]): RepairStep[] {
  const shown = findings.slice(0, mostParts);
  const list = idList(shown.flatMap(({ rowIds }) => rowIds['habit_tracker'] ?? []));
  if (list === '') return [];
  return [
    {
      text: `**Parts of legacy rows that cannot be read** (\`MALFORMED_LEGACY\`): look at them, and correct them.${more(shown.length, findings.length)}`,
      commands: [
        { sql: [`select id, week_period, week_start_date, jsonb_pretty(habits) as habits from habit_tracker where id in (${list});`] },
        {
          note: 'These replace each part with an empty value (for a date: the one in `week_period`, if it starts with one). If you know the right value, write that instead.',
          destroys: true,
          sql: shown.flatMap(mend),
        },
      ],
    },
  ];
}

function duplicates(findings: readonly Finding[]): RepairStep[] {
  const all = findings.map(({ rowIds }) => rowIds['habit_tracker'] ?? []);
  const shown = all.slice(0, mostIds);
  // The first one is compared.
  const others = idList(shown.flatMap((ids) => ids.slice(1)));
  if (others === '') return [];
  return [
    {
      text: `**Legacy rows that claim the same week** (\`DUPLICATE_WEEK\`): only the one updated last is compared, and only one should stay.${more(shown.length, all.length)}`,
      commands: [
        {
          sql: [
            `select id, week_period, week_start_date, updated_at, theme, jsonb_pretty(habits) as habits from habit_tracker where id in (${idList(shown.flat())}) order by child_name, week_start_date, updated_at desc;`,
          ],
        },
        {
          note: 'This deletes the others. If one of those is the right row, list the wrong one instead.',
          destroys: true,
          sql: [`delete from habit_tracker where id in (${others});`],
        },
      ],
    },
  ];
}

function backfill({ health, since }: Damage, overwrites: boolean, alignment: WeekAlignment): RepairStep {
  // The health function comes from a later migration than those that the backfill needs.
  const isInstalled = health.some(({ check }) => check === 'mode');
  const install = isInstalled
    ? ''
    : ` It needs ${migrations.map((file) => `\`supabase/migrations/${file}\``).join(' and ')} from this action's repository: apply them first if they are not installed (they change no data, and the dual-write stays off).`;
  const from = since === undefined ? '' : `p_since => '${since}'`;
  const wins = overwrites
    ? ' The legacy side wins: differing content is overwritten, and habits and records that only the normalized side has are removed.'
    : '';
  const commands: RepairCommand[] = [
    {
      note: 'A dry run, with a row for each week that it would change:',
      sql: [
        `update dual_write_settings set week_alignment = '${alignment}' where week_alignment <> '${alignment}';`,
        `select * from backfill_legacy_weeks(${from});`,
      ],
    },
    {
      note: `This makes the changes, 1,000 weeks per call. Repeat it until it returns no \`create\` and no \`update\`.${wins}`,
      destroys: overwrites,
      sql: [`select * from backfill_legacy_weeks(${['false', from].filter(Boolean).join(', ')});`],
    },
  ];
  return {
    text: `**Repair the normalized side from the legacy side** with the backfill.${install} Each row that it skips says why: \`not-a-monday\` and \`duplicate_week\` are expected, \`no_owner\` needs a \`user_id\` first.`,
    commands,
  };
}

/** @param isUnsure whether some legacy rows claim no week, and may claim one of these once they are fixed */
function orphanWeeks(findings: readonly Finding[], total: number, isUnsure: boolean): RepairStep[] {
  const shown = findings.slice(0, mostIds);
  const list = idList(shown.flatMap(({ rowIds }) => rowIds['weeks'] ?? []));
  if (list === '') return [];
  const text =
    '**Weeks that only the normalized side has** (`ORPHAN_WEEK`): deleted or renamed on the legacy side, and the normalized side did not follow. No backfill removes them.';
  if (isUnsure)
    return [
      {
        text: `${text} Some may belong to the rows to correct above: check again after that, and this step will have the commands for the weeks still left over.`,
        commands: [],
      },
    ];
  return [
    {
      text: `${text}${more(shown.length, total)}`,
      commands: [
        {
          sql: [
            `select w.id, c.name as child, w.week_start_date, w.theme, w.source_version, w.updated_at, (select count(*) from habits h where h.week_id = w.id) as habits, (select count(*) from habit_tracker t where t.week_start_date = w.week_start_date and btrim(t.child_name) = c.name) as legacy_rows from weeks w left join children c on c.id = w.child_id where w.id in (${list});`,
          ],
        },
        {
          note: 'This deletes them with their habits and records. Leave out weeks that have a legacy row by now. If the legacy row was deleted by mistake, restore it instead.',
          destroys: true,
          sql: [`delete from weeks where id in (${list});`],
        },
      ],
    },
  ];
}

const more = (shown: number, total: number): string =>
  shown < total ? ` These are the first ${shown} of ${number(total)}; check again for the next ones, or let \`npx driftwatch repair\` list them all.` : '';

/** As SQL strings. An id that would change when shown is left out: no database generated it. */
const idList = (ids: readonly string[]): string =>
  [...new Set(ids)]
    .filter((id) => id.length <= 100 && inert(id, 100) === id)
    .slice(0, 2 * mostIds)
    .map((id) => `'${id.replaceAll("'", "''")}'`)
    .join(', ');
