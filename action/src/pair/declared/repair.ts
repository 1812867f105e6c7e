import type { RepairStep } from '../../report/report.ts';
import type { Damage } from '../pair.ts';

/** A longer list of commands would not be read; one command without an entity covers all of them. */
const mostEntities = 10;

/**
 * What to do about the findings of a declared pair, in this order.
 *
 * @param pair as a command names it (`commandTarget`)
 * @param entities in the order of the file; their names need no quotes in a shell
 */
export function repairSteps(pair: string, entities: readonly string[], { findings, findingsByType }: Damage): RepairStep[] {
  const isThere = (type: string): boolean => (findingsByType[type] ?? 0) > 0;
  const isListed = (type: string): boolean => (findingsByType[type] ?? 0) === findings.filter((finding) => finding.type === type).length;
  /** None, so that a command covers all of them, if the list does not have every finding of these types. */
  const having = (...types: string[]): string[] =>
    types.every(isListed) ? entities.filter((entity) => findings.some(({ level, type }) => level === entity && types.includes(type))) : [];
  const command = (some: readonly string[], flags = ''): string[] => {
    const targets = some.length === 0 || some.length > mostEntities ? [''] : some.map((entity) => ` --entity ${entity}`);
    return targets.map((target) => `npx driftwatch repair${pair}${target}${flags}`);
  };

  const written = having('MISSING_ROW', 'DATA_MISMATCH');
  const orphans = having('ORPHAN_ROW').toReversed();
  const steps: RepairStep[] = [
    ...(isThere('MALFORMED_LEGACY')
      ? [
          {
            text: '**Values of the legacy side that are not of their type** (`MALFORMED_LEGACY`): correct them there, or correct the type in the file. A repair leaves them alone.',
            commands: [],
          },
        ]
      : []),
    ...(isThere('DUPLICATE_ROW')
      ? [
          {
            text: '**Rows that have the same key** (`DUPLICATE_ROW`): keep the right one and delete the others. Only the one that was changed last is compared.',
            commands: [],
          },
        ]
      : []),
    ...(isThere('MISSING_ROW') || isThere('DATA_MISMATCH')
      ? [
          {
            text: `**Repair the normalized side from the legacy side**, in a terminal at the root of this repository${command(written).length > 1 ? ', in this order' : ''}:`,
            commands: [
              { note: 'This only shows what it would write.', sql: [], shell: command(written) },
              {
                note: `This writes the changes${isThere('DATA_MISMATCH') ? ' (columns that differ are overwritten)' : ''}, and compares again.`,
                destroys: isThere('DATA_MISMATCH'),
                sql: [],
                shell: command(written, ' --apply'),
              },
            ],
          },
        ]
      : []),
    ...(isThere('ORPHAN_ROW')
      ? [
          {
            text: '**Rows that only the normalized side has** (`ORPHAN_ROW`): most likely they were deleted on the legacy side, and the other side did not follow. Decide which side is right.',
            commands: [
              { note: 'This only shows what it would delete.', sql: [], shell: command(orphans, ' --delete-orphans') },
              { note: 'This deletes them.', destroys: true, sql: [], shell: command(orphans, ' --delete-orphans --apply') },
            ],
          },
        ]
      : []),
  ];
  if (steps.length > 0 || !isThere('COUNT_MISMATCH')) return steps;
  return [
    {
      text: '**Only totals differ**; every compared row agrees. Rows that were not compared are missing or left over. If this run compared a sample, `mode: full` finds them. To count again:',
      commands: [{ sql: [], shell: [`npx driftwatch counts${pair}`] }],
    },
  ];
}
