import { inert } from '../action/src/privacy/inert.ts';
import { targetOf, UsageError, type Flags } from './settings.ts';

/** Both sides next to each other: of a row of a declared pair, or of a week of the built-in one. */
export async function explainCommand(flags: Flags, what: string, key: readonly string[], { json }: { json: boolean }): Promise<number> {
  const target = await targetOf(flags);
  if (target.declared !== undefined) {
    const { explainRow } = await import('./declared/explain.ts');
    return explainRow(target, what, key, { json });
  }
  const [week, ...more] = key;
  if (more.length > 0)
    throw new UsageError('For habit-tracker, explain takes a child and at most one week. Leave out the rest, or name a declared pair with --pair.');
  if (target.config === undefined && week !== undefined && !/^\d{4}-\d{2}-\d{2}$/.test(week))
    throw new UsageError(
      `The week is ${JSON.stringify(inert(week, 60))}; accepted: the date on which it starts, such as 2025-10-13. For a row of a declared pair, .github/driftwatch.yml has to be in this directory, or --config has to name the file.`,
    );
  const { explainCommand: explainWeek } = await import('./habit-tracker/explain.ts');
  return explainWeek(target.settings, what, week, { json });
}
