import { driftwatch, optionsOf } from './driftwatch.ts';

/** Brings what was written between the export and the dual-write. */
const { values, others } = await optionsOf(
  'repair',
  `node scripts/migration/backfill-gap.ts [--dry-run] [--since 2026-01-15T21:52:00Z] …

  --dry-run  Show what would be written, and write nothing.`,
  // Whoever asks for both wants nothing to be written.
  { 'dry-run': { type: 'boolean' }, apply: { type: 'boolean' } },
);
process.exitCode = await driftwatch('repair', ...(values['dry-run'] === undefined ? ['--apply'] : []), ...others);
