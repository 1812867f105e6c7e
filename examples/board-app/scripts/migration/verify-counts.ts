import { driftwatch, optionsOf } from './driftwatch.ts';

/** Counts every entity on both sides. */
const { others } = await optionsOf('counts', 'node scripts/migration/verify-counts.ts …', {});
process.exitCode = await driftwatch('counts', ...others);
