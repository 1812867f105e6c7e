import * as z from 'zod/mini';
import { isPrivilegedKey } from '../../privacy/api-key.ts';
import type { Budget } from '../budget.ts';
import { isTable } from '../source.ts';
import type { Store, TableDescription } from '../store.ts';
import { readDescription, type Described } from './description.ts';
import { createReader } from './create-reader.ts';
import type { Reader } from './reader.ts';
import { openTable } from './table.ts';

/** A Supabase project as a store. */
export type PostgrestStore = Store & {
  readonly kind: 'supabase';
  readonly reader: Reader;
  readonly url: string;
  readonly schema: string;
};

export type PostgrestDeclaration = {
  readonly url: string;
  readonly key: string;
  /** That the tables are in. */
  readonly schema?: string;
};

export const isPostgrest = (store: Store): store is PostgrestStore => store.kind === 'supabase' && 'reader' in store;

/** @param name of the store in the file; `supabase` is the one that the inputs name */
export function createPostgrestStore(
  name: string,
  { url, key, schema = 'public' }: PostgrestDeclaration,
  budget: Pick<Budget, 'signal' | 'remainingMs'>,
  limits: { readonly maxBytes?: number } = {},
): PostgrestStore {
  const reader = createReader(url, key, budget.signal, { ...limits, remainingMs: budget.remainingMs, schema, store: name === 'supabase' ? undefined : name });
  let rowsRead = 0;
  /** Of all tables at once: asked for once, unless that failed. */
  let described: Promise<ReadonlyMap<string, Described>> | undefined;
  let known: ReadonlyMap<string, Described> = new Map();

  function describeAll(about: string): Promise<ReadonlyMap<string, Described>> {
    described ??= reader.description(about).then(
      (text) => (known = text === undefined ? new Map() : readDescription(text)),
      (error: unknown) => {
        described = undefined;
        throw error;
      },
    );
    return described;
  }

  return {
    kind: 'supabase',
    isBilled: false,
    secret: isPrivilegedKey(key) ? key : undefined,
    reader,
    url,
    schema,
    async probe() {
      const all = await describeAll('');
      // A description is refused to a key that is wrong as it is to one that is no secret; a call says which.
      if (all.size === 0) await reader.call('driftwatch_version', {}, z.unknown());
    },
    async describe(tables) {
      const all = await describeAll(tables[0] ?? '');
      return new Map(
        tables.flatMap((table): [string, TableDescription][] => {
          const found = all.get(table);
          return found === undefined ? [] : [[table, found.columns]];
        }),
      );
    },
    open(source, needed) {
      const table = isTable(source) ? source.table : source.text;
      return openTable(reader, table, needed, known.get(table), (rows) => void (rowsRead += rows));
    },
    reads: () => rowsRead,
  };
}
