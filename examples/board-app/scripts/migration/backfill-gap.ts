import { driftwatch } from './driftwatch.ts';

/**
 * Brings what was written between the export and the dual-write: `node scripts/migration/backfill-gap.ts [--dry-run] [--since 2026-01-15T21:52:00Z]`.
 * Whatever else `driftwatch repair` takes is handed on.
 */
const given = process.argv.slice(2);
const options = given.filter((option) => option !== '--dry-run');
process.exitCode = await driftwatch('repair', ...options, ...(given.includes('--dry-run') ? [] : ['--apply']));
