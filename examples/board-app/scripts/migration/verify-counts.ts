import { driftwatch } from './driftwatch.ts';

/** Counts every entity on both sides: `node scripts/migration/verify-counts.ts`. */
process.exitCode = await driftwatch('counts', ...process.argv.slice(2));
