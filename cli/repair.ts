import { targetOf, UsageError, type Flags } from './settings.ts';

export type RepairOptions = {
  readonly json: boolean;
  readonly sql: boolean;
  readonly apply: boolean;
  readonly deleteOrphans: boolean;
  readonly entity: string | undefined;
  readonly since: string | undefined;
  readonly limit: string | undefined;
};

/** What would bring the normalized side to what the legacy side says; with `apply` it is done. */
export async function repairCommand(flags: Flags, options: RepairOptions): Promise<number> {
  const other = options.apply ? '--apply' : options.json ? '--json' : undefined;
  if (options.sql && other !== undefined) throw new UsageError(`${other} and --sql cannot be used together: --sql only prints the SQL.`);
  const target = await targetOf(flags);
  if (target.declared !== undefined) {
    const { repairRows } = await import('./declared/repair.ts');
    return repairRows(target, options);
  }
  if (options.entity !== undefined || options.deleteOrphans)
    throw new UsageError('--entity and --delete-orphans are for declared pairs. Leave them out, or name such a pair with --pair.');
  const { repairCommand: repairWeeks } = await import('./habit-tracker/repair.ts');
  return repairWeeks(target, { ...options, limit: options.limit ?? '1000' });
}
