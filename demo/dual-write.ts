/** `npm start -- dual-write`: a dual-write that works, fails silently, and is repaired, and the bot that sees it. */
import { styleText } from 'node:util';
import { firstDay, secondDay, startCircle, type Circle, type Repair } from './circle.ts';
import { shortened } from './log.ts';
import { heading, seconds } from './terminal.ts';

const story = `The migration is over, everything arrived, and now every write goes to both schemas: the old app's by a trigger,
the new app's by an Edge Function, which runs here in Deno. One day somebody wants quiet in the database, and forgets it.`;

export async function tellCircle(): Promise<void> {
  const started = performance.now();
  heading('The project');
  console.log(`${story}\n\nBooting Postgres with the Supabase API, the Edge Function, GitHub and Discord …`);
  const circle = await startCircle();
  try {
    heading('1. Dual-write on, the apps write');
    await circle.switchOn();
    shell("select set_dual_write_mode('on');");
    bullets(await circle.traffic(firstDay));
    await runBot(circle, 'in-sync');

    heading('2. Switched off, but the apps keep writing');
    await circle.switchOff();
    shell("select set_dual_write_mode('legacy_only');", 'alter table habit_tracker disable trigger trigger_habit_tracker_dual_write;');
    bullets(await circle.traffic(secondDay));
    await runBot(circle, 'drift');
    const { number, title, body } = circle.stage.issue();
    console.log(`\nIssue #${number}, ${title}\n\n${indented(shortened(body ?? '', 34))}`);

    heading('3. Switched on again, and backfilled');
    await circle.switchOn();
    shell('alter table habit_tracker enable trigger user;', "select set_dual_write_mode('on');");
    shell("select * from backfill_legacy_weeks() where action <> 'skip';   -- a dry run");
    const foretold = await circle.backfill({ dryRun: true });
    console.log(table(foretold));
    shell("select * from backfill_legacy_weeks(false) where action <> 'skip';");
    const done = await circle.backfill({ dryRun: false });
    if (table(done) !== table(foretold)) throw new Error(`The backfill did something else than it had said:\n${table(done)}`);
    console.log(`The same ${done.length} weeks, and once more: ${(await circle.backfill({ dryRun: false })).length} left.`);

    heading('4. The bot closes its issue');
    const { comments } = await runBot(circle, 'in-sync');
    const closed = circle.stage.issue();
    console.log(`\nIssue #${closed.number} is ${closed.state} as ${closed.stateReason}, with this comment:\n\n${indented(comments.join('\n\n'))}`);
    console.log(`\nAll of it took ${seconds(performance.now() - started)}. docs/dual-write.md says how to do the same with your own project.`);
  } finally {
    await circle.close();
  }
}

/** One run of the action, as the workflow would start it. */
async function runBot({ stage }: Circle, verdict: string) {
  const run = await stage.run();
  if (run.report.verdict !== verdict) {
    throw new Error(`The action should have said "${verdict}". It ended with exit code ${run.exitCode} and this log:\n${run.log}`);
  }
  const [, sentence = ''] = /\*\*(.+?)\*\*/.exec(run.summary) ?? [];
  console.log(`\nDriftwatch: ${styleText('bold', sentence)}`);
  const unwell = run.report.health.filter(({ severity }) => severity !== 'none' && severity !== 'low');
  for (const { check, severity, detail } of unwell) console.log(`            ${check}, ${severity}: ${detail}`);
  for (const { title } of run.embeds) console.log(`Discord:    ${title}`);
  return run;
}

const shell = (...statements: string[]): void => console.log(statements.map((statement) => styleText('dim', `sql> ${statement}`)).join('\n'));

const bullets = (lines: readonly string[]): void => console.log(lines.map((line) => `- ${line}`).join('\n'));

const indented = (text: string): string => text.replaceAll(/^(?=.)/gm, '  │ ');

function table(repairs: readonly Repair[]): string {
  const rows = [
    ['legacy row', 'week', 'action', 'habits', 'records', 'reason'],
    ...repairs.map((row) => [row.legacy_id, row.week_start_date, row.action, String(row.habits), String(row.records), row.reason]),
  ];
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((text, column) => text.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
