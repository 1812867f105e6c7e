/**
 * The check as it was first planned, in our own words: count both sides, then look up each legacy row's child by name and its week by child
 * and date, one request each, and compare the theme. Errors are ignored, as planned.
 *
 * `BENCH_URL`, `BENCH_KEY`: the project; `BENCH_ROWS`: how many legacy rows to look up.
 */
import { createClient } from '@supabase/supabase-js';

const { BENCH_URL: url = '', BENCH_KEY: key = '', BENCH_ROWS: rows = '0' } = process.env;
const supabase = createClient(url, key, { auth: { persistSession: false } });

const countOf = async (table: string) => (await supabase.from(table).select('*', { count: 'exact', head: true })).count;

const differences: string[] = [];
if ((await countOf('habit_tracker')) !== (await countOf('weeks'))) differences.push('COUNT_MISMATCH');

const wanted = Number(rows);
for (let from = 0; from < wanted; from += 1000) {
  const to = Math.min(from + 1000, wanted) - 1;
  const { data: page } = await supabase.from('habit_tracker').select('*').order('id').range(from, to);
  for (const row of page ?? []) {
    const { data: child } = await supabase.from('children').select('id').eq('name', row.child_name).single();
    if (!child) {
      differences.push('MISSING_CHILD');
      continue;
    }
    const { data: week } = await supabase.from('weeks').select('*').eq('child_id', child.id).eq('week_start_date', row.week_start_date).single();
    if (!week) differences.push('MISSING_WEEK');
    // Treats '' as null, or every other week would be a false alarm.
    else if ((row.theme || null) !== week.theme) differences.push('DATA_MISMATCH');
  }
}
console.log(`${wanted} rows looked up, ${differences.length} differences`);
