import { loadEnvFile } from 'node:process';
import { join } from 'node:path';
import { createClient } from '@supabase/supabase-js';
import { driftwatch, optionsOf } from './driftwatch.ts';

/** Compares what was written lately, in both directions, and counts the operations of that time. */
const { values, others } = await optionsOf(
  'check',
  `node scripts/migration/verify-dual-write.ts [--minutes 30] …

  --minutes  How far to look back; 30 where it is left out.`,
  { minutes: { type: 'string' } },
);
const { minutes: text = '30' } = values;
const minutes = typeof text === 'string' && /^\d{1,6}$/.test(text) ? Number(text) : 0;
/** As far as a comparison looks back: 366 days. */
const mostMinutes = 527_040;
if (minutes < 1 || minutes > mostMinutes) {
  console.error(`--minutes takes a whole number of minutes from 1 to ${mostMinutes}, such as 30.`);
  process.exit(2);
}
const checked = await driftwatch('check', '--changed-within', `${minutes}m`, ...others);
process.exitCode = Math.max(checked, await countOperations());

/** @returns 2 where it is not known, as the command line does */
async function countOperations(): Promise<number> {
  try {
    loadEnvFile(join(import.meta.dirname, '../../.env'));
  } catch {
    // The environment may have it all.
  }
  const since = new Date(Date.now() - minutes * 60_000).toISOString();
  try {
    const supabase = createClient(process.env['SUPABASE_URL'] ?? '', process.env['SUPABASE_KEY'] ?? '');
    const counts = await Promise.all(
      ['done', 'pending', 'failed'].map(async (status) => {
        const { count } = await supabase
          .from('write_ops')
          .select('op_id', { count: 'exact' })
          .eq('status', status)
          .gte('created_at', since)
          // Not only the head: where there is no table, that has no error, and no count either.
          .limit(1)
          .throwOnError();
        if (count === null) throw new Error('the answer has no count');
        return `${count} ${status}`;
      }),
    );
    // With --json the report has the output to itself.
    console.error(`write_ops of the last ${minutes} minutes: ${counts.join(', ')}`);
    return 0;
  } catch (error) {
    console.error(
      `write_ops could not be counted (${error instanceof Error ? error.message : String(error)}). Check SUPABASE_URL and SUPABASE_KEY, which is the service role's.`,
    );
    return 2;
  }
}
