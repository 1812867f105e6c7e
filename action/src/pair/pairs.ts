import type { Settings } from '../inputs.ts';
import { isPrivilegedKey } from '../privacy/api-key.ts';
import { startBudget, type Budget } from '../store/budget.ts';
import { createReader, type Reader } from '../store/postgrest/reader.ts';
import { createHabitTrackerPair } from './habit-tracker/habit-tracker.ts';
import type { Pair } from './pair.ts';

/** The only file that names pairs: what the settings say, as a pair that can be compared, with the time that there is for it. */

export type Connection = { readonly pair: Pair; readonly reader: Reader; readonly budget: Budget };

/** The time starts to run. */
export function connect(settings: Pick<Settings, 'supabaseUrl' | 'supabaseKey' | 'weekAlignment' | 'timeBudgetSeconds'>): Connection {
  const budget = startBudget(settings.timeBudgetSeconds);
  const reader = createReader(settings.supabaseUrl, settings.supabaseKey, budget.signal, budget);
  return { reader, budget, pair: createHabitTrackerPair(reader, settings.weekAlignment, isPrivilegedKey(settings.supabaseKey)) };
}
