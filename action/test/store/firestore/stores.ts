import { startFirestore, type Firestore, type FirestoreOptions } from '../../../../demo/firestore/server.ts';
import { startBudget } from '../../../src/store/budget.ts';
import { createFirestoreStore, type FirestoreLimits } from '../../../src/store/firestore/firestore.ts';
import type { DeclaredCredentials } from '../../../src/store/google-auth.ts';
import { parseSource, type Template } from '../../../src/store/source.ts';
import type { RawRow, Store, StoredSource } from '../../../src/store/store.ts';

/** Stores over real HTTP: a server on this machine, and what reads it. */

export function template(text: string): Template {
  const source = parseSource(text, 'firestore');
  if (!('segments' in source)) throw new Error(`no template: ${text}`);
  return source;
}

export type StoreOptions = FirestoreLimits &
  DeclaredCredentials & {
    readonly project?: string;
    readonly database?: string;
    readonly environment?: Readonly<Record<string, string>>;
    readonly stop?: AbortSignal;
    readonly onSecret?: (secret: string) => void;
  };

/** @param host host and port of an emulator; without one, credentials are needed */
export function storeAt(
  host: string | undefined,
  { project = 'demo-board', database = '(default)', environment = {}, stop, onSecret = () => undefined, maxBytes, origin, ...credentials }: StoreOptions = {},
): Store {
  const budget = startBudget(120);
  return createFirestoreStore(
    'fire',
    { project, database, ...credentials },
    {
      environment: { ...(host !== undefined && { FIRESTORE_EMULATOR_HOST: host }), ...environment },
      mask: onSecret,
      stop: stop ?? budget.signal,
      remainingMs: budget.remainingMs,
    },
    { ...(maxBytes !== undefined && { maxBytes }), ...(origin !== undefined && { origin }) },
  );
}

export const open = (store: Store, text: string): StoredSource => store.open(template(text), { columns: 'all', described: undefined, key: ['id'] });

export async function all(pages: AsyncIterable<Iterable<RawRow>>): Promise<RawRow[]> {
  const rows: RawRow[] = [];
  for await (const page of pages) rows.push(...page);
  return rows;
}

export const pathsOf = (rows: readonly RawRow[]): string[] => rows.map(({ path = '' }) => path);

export type Started = { readonly server: Firestore; readonly close: () => Promise<void> };

export async function started(options: FirestoreOptions = {}): Promise<Firestore> {
  return startFirestore({ project: 'demo-board', ...options });
}
