import { startBudget, type Budget } from '../action/src/compare/budget.ts';
import type { Settings } from '../action/src/inputs.ts';
import { createHabitTrackerPair } from '../action/src/pair/habit-tracker/habit-tracker.ts';
import type { Pair } from '../action/src/pair/pair.ts';
import { createReader, type Reader } from '../action/src/side/reader.ts';

/** The database as the action reads it. */
export type Connection = { readonly reader: Reader; readonly pair: Pair; readonly budget: Budget };

export function connect(settings: Settings): Connection {
  const budget = startBudget(settings.timeBudgetSeconds);
  const reader = createReader(settings.supabaseUrl, settings.supabaseKey, budget.signal, budget);
  return { reader, budget, pair: createHabitTrackerPair(reader, settings.weekAlignment) };
}
