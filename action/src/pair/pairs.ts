import { otherConfig, type Settings } from '../inputs.ts';
import { isPrivilegedKey } from '../privacy/api-key.ts';
import { pseudonymKeyOf } from '../privacy/pseudonyms.ts';
import { startBudget, type Budget } from '../store/budget.ts';
import { createReader } from '../store/postgrest/create-reader.ts';
import type { Reader } from '../store/postgrest/reader.ts';
import type { Store } from '../store/store.ts';
import { openStore, type StoreDeclaration } from '../store/stores.ts';
import { checkChangedWithin, choosePair } from './config.ts';
import type { Declaration } from './declared/declaration.ts';
import type { DeclaredEntities } from './declared/declared.ts';
import type { Entity, Pair } from './pair.ts';

/** The only file that names pairs: turns the settings and the file into a pair that can be compared, with its time budget. */

export type Connection = {
  readonly pair: Pair;
  readonly budget: Budget;
  /** The key of pseudonyms that stay the same between runs; `undefined` if they can hold for one run only. */
  readonly pseudonymKey: string | undefined;
  /** The Supabase project in which runs are recorded, if there is one. */
  readonly record: { readonly url: string; readonly key: string } | undefined;
  /** The stores of a declared pair, by their names in the file. */
  readonly stores: readonly { readonly name: string; readonly store: Store }[];
  /** The Supabase project of a declared pair's normalized side, if it is in one. */
  readonly normalizedTable?: { readonly url: string; readonly key: string; readonly schema: string };
  /** The entities of a declared pair, with their declarations. */
  readonly declared?: DeclaredEntities;
};

/** The built-in pair, with the reader that its own commands use. Starts the time budget. */
export async function connectHabitTracker(
  settings: Pick<Settings, 'supabaseUrl' | 'supabaseKey' | 'weekAlignment' | 'timeBudgetSeconds' | 'pseudonymKey'>,
): Promise<Connection & { readonly reader: Reader; readonly weeks: Entity }> {
  const { supabaseUrl: url, supabaseKey: key } = settings;
  const budget = startBudget(settings.timeBudgetSeconds);
  const reader = createReader(url, key, budget.signal, budget);
  // As below: a run does not load the code of another pair.
  const { createHabitTrackerPair } = await import('./habit-tracker/habit-tracker.ts');
  const { pair, weeks } = createHabitTrackerPair(reader, settings.weekAlignment, isPrivilegedKey(key));
  return { pair, weeks, reader, budget, record: { url, key }, pseudonymKey: pseudonymKeyOf(settings), stores: [] };
}

/**
 * Connects to the chosen pair and starts the time budget.
 *
 * @param declaration of the file, if there is one
 * @param onSecret receives what must not appear in a log
 * @throws {InputError} as `choosePair` and `checkChangedWithin`
 */
export async function connect(
  settings: Pick<Settings, 'supabaseUrl' | 'supabaseKey' | 'weekAlignment' | 'timeBudgetSeconds' | 'pseudonymKey' | 'pair' | 'config'> &
    Partial<Pick<Settings, 'changedWithinSeconds'>>,
  declaration: Declaration | undefined,
  environment: Readonly<Record<string, string | undefined>> = {},
  onSecret: (text: string) => void = () => undefined,
): Promise<Connection> {
  const { supabaseUrl: url, supabaseKey: key } = settings;
  const chosen = choosePair(settings, declaration);
  checkChangedWithin(settings, chosen);
  if (chosen === undefined) return connectHabitTracker(settings);
  const budget = startBudget(settings.timeBudgetSeconds);
  const record = url === '' ? undefined : { url, key };
  const declared = (name: string): StoreDeclaration => declaration?.stores.get(name) ?? { type: 'supabase', url, key, schema: 'public' };
  const open = (name: string) => openStore(declared(name), { name, budget, environment, onSecret });
  const legacy = await open(chosen.legacy);
  const normalized = chosen.normalized === chosen.legacy ? legacy : await open(chosen.normalized);
  // Most runs have no such pair, and need not load its code.
  const { createDeclaredPair } = await import('./declared/pair.ts');
  const own = declared(chosen.normalized);
  const { pair, declared: entities } = createDeclaredPair(chosen, { legacy, normalized }, otherConfig(settings));
  return {
    pair,
    declared: entities,
    stores: [
      ...new Map([
        [chosen.legacy, legacy],
        [chosen.normalized, normalized],
      ]),
    ].map(([name, store]) => ({ name, store })),
    budget,
    ...(own.type === 'supabase' && { normalizedTable: own }),
    record: own.type === 'supabase' ? { url: own.url, key: own.key } : record,
    pseudonymKey: keyOfStores(settings, { legacy, normalized }),
  };
}

/**
 * A service account's key is used only if no Supabase project is read: otherwise the project's own key makes the pseudonyms, as it always
 * did.
 */
function keyOfStores(
  settings: Pick<Settings, 'supabaseKey' | 'pseudonymKey'>,
  { legacy, normalized }: { legacy: Store; normalized: Store },
): string | undefined {
  const ofProject = ({ kind, secret }: Store): string | undefined => (kind === 'supabase' ? secret : undefined);
  const ownKey = settings.pseudonymKey ?? ofProject(normalized) ?? pseudonymKeyOf(settings) ?? ofProject(legacy);
  return ownKey ?? ([legacy, normalized].some(({ kind }) => kind === 'supabase') ? undefined : (normalized.secret ?? legacy.secret));
}
