import { ReadError } from '../../action/src/store/errors.ts';
import { isPostgrest } from '../../action/src/store/postgrest/store.ts';
import { readDescription } from '../../action/src/store/postgrest/description.ts';
import { selectionOf, columnName } from '../../action/src/store/postgrest/row-text.ts';
import type { Around, Source } from '../../action/src/store/source.ts';
import type { Store, StoredSource, TableDescription } from '../../action/src/store/store.ts';
import { isFields, isList, type Fields, type Maybe, type Value } from '../../action/src/store/value.ts';
import { plainly, UsageError } from '../settings.ts';
import { once } from './once.ts';
import { isWord, wordsOf, type Words } from './words.ts';

/** Samples rows of both sides for a draft. */

/** For each table, collection or path. */
export const sampleSize = 100;

/** A possible source of an entity on the legacy side. */
export type Legacy = {
  /** The table, or the template with generated names for its segments. */
  readonly source: Source;
  /** The names of the rows, and of their parents. */
  readonly words: Words;
  /** The words without those that only mark a table as legacy. */
  readonly ownWords?: Words;
  readonly parents: Words;
  /** Field whose elements are the rows. */
  readonly each?: readonly string[];
  readonly rows: readonly Around[];
  readonly columns: TableDescription | undefined;
  /** The primary key of a table, if the API describes it. */
  readonly key?: readonly string[];
  readonly isSparse: boolean;
  /** Whether there is more at the first level of the path than was sampled. */
  readonly isPartial?: boolean;
  /** The same rows and those beside them: this source has a fixed segment where that one has a bound one. */
  readonly within?: Legacy;
};

/** A table of the normalized side. */
export type Target = {
  readonly table: string;
  readonly words: Words;
  readonly columns: TableDescription;
  /** Its primary key; empty if the API does not describe it. */
  readonly key: readonly string[];
  /** Tables that its columns refer to. */
  readonly parents: readonly string[];
  readonly rows: readonly Fields[];
  /** Whether these are all rows. */
  readonly isWhole: boolean;
  readonly open: () => StoredSource;
};

/** A table, collection or path that could not be read, and why: a sentence without anything from a database. */
export type Unreadable = { readonly name: string; readonly why: string };

/** Leaves out what cannot be read and drafts the rest; a timeout is not blamed on a table. */
export async function unlessUnreadable<T>(name: string, unreadable: Unreadable[], read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof ReadError)) throw error;
    if (unreadable.every((other) => other.name !== name)) unreadable.push({ name, why: plainly(error.message) });
    return undefined;
  }
}

const noSegments: ReadonlyMap<string, string> = new Map();

/**
 * Every table and view that the API describes, in alphabetical order, without Driftwatch's own.
 *
 * @param keyName the variable that holds the store's key
 */
export async function sampleTables(
  store: Store,
  keyName: string,
  unreadable: Unreadable[],
  onTable: (table: string) => void,
  isWanted: (table: string) => boolean = () => true,
): Promise<Target[]> {
  if (!isPostgrest(store)) throw new TypeError('tables are what Supabase has');
  const { reader } = store;
  const text = await reader.description('');
  const described = [...readDescription(text ?? '')]
    .filter(([table, { columns }]) => columns.size > 0 && !/^(?:driftwatch|dual_write)_/.test(table))
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  if (described.length === 0) {
    await store.probe();
    throw new UsageError(
      store.secret === undefined
        ? `${keyName} holds no secret key, and Supabase describes its tables only to secret keys, so there is nothing to draft from. Set ${keyName} to the secret key (sb_secret_…) or the service_role key of this project.`
        : 'The API describes no table, so there is nothing to draft from. Check that the address is that of the right project, and that the tables are in a schema that the API exposes.',
    );
  }
  // Lookups know only the columns that the store itself has described.
  await store.describe(described.map(([table]) => table));
  const targets: Target[] = [];
  for (const [table, { columns, key, parents }] of described.filter(([name]) => isWanted(name))) {
    onTable(table);
    const selection = selectionOf(columns, 'all');
    const answer = await unlessUnreadable(table, unreadable, () =>
      reader.selectText(
        table,
        selection.columns,
        selection.read,
        (query) => key.reduce((ordered, column) => ordered.order(columnName(column)), query).limit(sampleSize),
        { count: 'exact' },
      ),
    );
    if (answer === undefined) continue;
    targets.push({
      table,
      words: wordsOf(table),
      columns,
      key: key.length === 0 && columns.has('id') ? ['id'] : key,
      parents,
      rows: [...answer.rows],
      isWhole: answer.count !== undefined && answer.count <= answer.rows.length,
      open: () => store.open({ table }, { columns: 'all', described: columns, key }),
    });
  }
  return targets;
}

/** Tables as the legacy side, and the rows that their lists and maps could become. */
export function legacyTables(tables: readonly Target[]): Legacy[] {
  const prefix = commonPrefix(tables.map(({ words }) => words));
  return tables.flatMap(({ table, words, columns, key, rows }) =>
    withElements({
      source: { table },
      words,
      ownWords: withoutMarks(words.slice(prefix)),
      parents: [],
      columns,
      key,
      isSparse: false,
      rows: rows.map((fields) => ({ segments: noSegments, fields })),
    }),
  );
}

const legacyWords = new Set(['old', 'legacy', 'tbl', 'table']);

/** `old_orders` and `orders_legacy` are orders. */
function withoutMarks(words: Words): Words {
  const rest = words.filter((word, place) => !legacyWords.has(word) || (place > 0 && place + 1 < words.length));
  return rest.length > 0 ? rest : words;
}

/** How many words all names begin with. A single name has no common prefix. */
function commonPrefix([first = [], ...others]: readonly Words[]): number {
  if (others.length === 0) return 0;
  const end = first.findIndex((word, place) => place + 1 === first.length || others.some((words) => words[place] !== word || words.length === place + 1));
  return Math.max(0, end);
}

/** The fields of a row. In the Realtime Database, what is at the depth of one may be a map of ids, which has none. */
export const fieldsOfRow = ({ isSparse }: Legacy, { fields }: Around): Fields => (!isFields(fields) || (isSparse && isMapOfIds(fields)) ? new Map() : fields);

/** What the names in a field's value stand for, if it is no map of ids: a path through an id would lead to one row's value and to none of the others'. */
export const fieldsWithin = (value: Maybe): Fields => (isFields(value) && !isMapOfIds(value) ? value : new Map());

/** Whether a map has an entry for each of many ids: maps and lists, below names of which few are words. */
function isMapOfIds(fields: Fields): boolean {
  const entries = [...fields].filter(([, value]) => value !== null);
  return entries.every(([, value]) => isFields(value) || isList(value)) && entries.filter(([name]) => !isFieldName(name)).length * 2 > entries.length;
}

/** A word, or one of a few alike: `phone1`. */
const isFieldName = (name: string): boolean => isWord(name.replace(/(?<=\p{L}{3})\d$/u, ''));

/** The rows themselves, and the rows that `each` could make of them. */
export function withElements(legacy: Legacy): Legacy[] {
  const paths = new Map<string, string[]>();
  for (const row of legacy.rows) {
    for (const [name, value] of fieldsOfRow(legacy, row)) {
      if (isList(value) || isFields(value)) paths.set(name, [name]);
      for (const [inner, deeper] of fieldsWithin(value)) if (isList(deeper)) paths.set(JSON.stringify([name, inner]), [name, inner]);
    }
  }
  return [legacy, ...[...paths.values()].map((each) => elementsOf(legacy, each))];
}

const elementsBy = once<Legacy, Map<string, Legacy>>(() => new Map());

/** The rows that `each` makes of a field's elements. */
function elementsOf(legacy: Legacy, each: readonly string[]): Legacy {
  const name = JSON.stringify(each);
  const made = elementsBy(legacy).get(name) ?? makeElements(legacy, each);
  elementsBy(legacy).set(name, made);
  return made;
}

function makeElements(legacy: Legacy, each: readonly string[]): Legacy {
  const rows = legacy.rows.flatMap((row): Around[] => {
    const whole = each.reduce<Value | undefined>((value, name) => (isFields(value) ? value.get(name) : undefined), row.fields);
    const elements = isList(whole) ? whole.map((item, index) => [String(index), item] as const) : isFields(whole) ? [...whole] : [];
    return elements.filter(([, item]) => item !== null).map(([index, item]) => ({ ...row, item, index }));
  });
  return {
    ...legacy,
    each,
    words: wordsOf(each.at(-1) ?? ''),
    parents: legacy.ownWords ?? legacy.words,
    rows: rows.slice(0, sampleSize),
    ...(legacy.within !== undefined && { within: elementsOf(legacy.within, each) }),
  };
}
