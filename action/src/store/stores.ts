import { allowForDocuments } from '../memory.ts';
import type { Budget } from './budget.ts';
import type { FirestoreDeclaration } from './firestore/firestore.ts';
import type { PostgrestDeclaration } from './postgrest/store.ts';
import type { RealtimeDatabaseDeclaration } from './realtime-database/realtime-database.ts';
import type { Store } from './store.ts';

/** The only file that names stores: what a declaration says of one, as a store that can be read. Each is loaded when a pair needs it. */

export type StoreDeclaration =
  | ({ readonly type: 'supabase' } & Required<PostgrestDeclaration>)
  | ({ readonly type: 'firestore' } & FirestoreDeclaration)
  | ({ readonly type: 'realtime-database' } & RealtimeDatabaseDeclaration);

/** What every store is given. */
export type Access = {
  /** As the file names it, for sentences. */
  readonly name: string;
  readonly budget: Budget;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Receives what must not be seen in a log: tokens that were got from credentials. */
  readonly onSecret: (text: string) => void;
};

export async function openStore(declaration: StoreDeclaration, { name, budget, environment, onSecret }: Access): Promise<Store> {
  const surroundings = { environment, mask: onSecret, stop: budget.signal, remainingMs: budget.remainingMs };
  switch (declaration.type) {
    case 'supabase':
      return (await import('./postgrest/store.ts')).createPostgrestStore(name, declaration, budget);
    case 'firestore':
      allowForDocuments();
      return (await import('./firestore/firestore.ts')).createFirestoreStore(name, declaration, surroundings);
    case 'realtime-database':
      allowForDocuments();
      return (await import('./realtime-database/realtime-database.ts')).createRealtimeDatabaseStore(name, declaration, surroundings);
  }
}
