import { againAfter, causeOfAnswer, causeOfError, type Cause } from '../../action/src/http/cause.ts';
import { retried } from '../../action/src/http/retry.ts';
import { ask } from '../../action/src/http/send.ts';
import { sentenceFor, type Host } from '../../action/src/http/sentence.ts';
import { listOf } from '../../action/src/store/postgrest/filter.ts';
import { columnName, filterKey } from '../../action/src/store/postgrest/row-text.ts';
import { ToldError } from '../../action/src/defect.ts';

/**
 * Writes rows of a Supabase project through its API. Here rather than among the stores: the action reads, and nothing in it can
 * write. Every request may be repeated: what is done twice is as if it was done once.
 */
export type TableWriter = {
  /**
   * Puts rows in, or over those that have the key.
   *
   * @param unique columns that are unique together: the first ones of which the table says so
   * @param rows JSON text of a list of objects with the same members
   * @returns how many rows the database put in; NaN where it does not say, as of the others
   */
  readonly upsert: (table: string, unique: readonly (readonly string[])[], rows: string) => Promise<number>;
  /** @returns how many rows there were to change */
  readonly update: (table: string, where: Where, values: string) => Promise<number>;
  /** @returns how many rows were deleted */
  readonly remove: (table: string, where: Where) => Promise<number>;
};

/** Columns, or paths inside of JSON, with their text; null is null. What is text there may look like anything. */
export type Where = readonly { readonly path: readonly string[]; readonly text: string | null; readonly isText: boolean }[];

/** A write that failed, in a sentence. */
export class WriteError extends ToldError {
  override name = 'WriteError';
  readonly failure: Cause | undefined;

  constructor(sentence: string, failure?: Cause) {
    super(sentence);
    this.failure = failure;
  }
}

/** Whether what was sent may be written all the same: the answer is missing, and not the request. */
export const mayBeWritten = (error: unknown): boolean =>
  error instanceof WriteError && ['timeout', 'cut', 'unreached', 'error-page', 'server-error'].includes(error.failure?.kind ?? '');

const timeoutMs = 30_000;
/** Nothing was written: no constraint says that the columns are unique. */
const notUnique = '42P10';
const triesInAll = 2;
const retryMs = 500;

const project: Host = {
  who: 'the project',
  address: 'the URL of the store',
  whenGone: 'the project is paused or deleted',
  whenDown: 'check its health in the dashboard and run again',
};

export function createTableWriter({ url, key, schema }: { readonly url: string; readonly key: string; readonly schema: string }): TableWriter {
  const headers = {
    apikey: key,
    // The new keys are no tokens.
    ...(key.startsWith('sb_') ? {} : { Authorization: `Bearer ${key}` }),
    'Content-Type': 'application/json',
    'Content-Profile': schema,
  };

  async function request(table: string, method: string, query: string, prefer: string, body?: string): Promise<Headers> {
    const address = `${url}/rest/v1/${encodeURIComponent(table)}${query}`;
    const attempt = async (): Promise<{ cause: Cause } | { headers: Headers }> => {
      try {
        const answer = await ask(
          address,
          { method, headers: { ...headers, Prefer: prefer }, signal: AbortSignal.timeout(timeoutMs), ...(body !== undefined && { body }) },
          2 ** 20,
        );
        return answer.status >= 200 && answer.status < 300 ? { headers: answer.headers } : { cause: causeOfAnswer(answer) };
      } catch (error) {
        return { cause: causeOfError(error) };
      }
    };
    const result = await retried(attempt, (outcome) => ('cause' in outcome ? againAfter(outcome.cause, triesInAll) : undefined), {
      firstMs: retryMs,
      mayWait: (ms) => ms < timeoutMs,
    });
    if ('headers' in result) return result.headers;
    throw new WriteError(
      refusalOf(result.cause, table, method) ??
        sentenceFor(result.cause, project, timeoutMs, ` when table ${table} was written`) ??
        `The project refused to write to table ${table} (HTTP ${result.cause.status}${result.cause.code === '' ? '' : `, ${result.cause.code}`}). Look at the constraints and triggers of the table.`,
      result.cause,
    );
  }

  /** Rows that were touched, of an answer that counts them. */
  const touched = (answer: Headers): number => Number(/\/(\d+)$/.exec(answer.get('content-range') ?? '')?.[1] ?? Number.NaN);

  async function put(table: string, [columns = [], ...others]: readonly (readonly string[])[], rows: string): Promise<number> {
    const conflict = columns.map((column) => encodeURIComponent(columnName(column))).join(',');
    try {
      return touched(await request(table, 'POST', `?on_conflict=${conflict}`, 'resolution=merge-duplicates,return=minimal,count=exact', rows));
    } catch (error) {
      if (others.length > 0 && error instanceof WriteError && error.failure?.code === notUnique) return put(table, others, rows);
      throw error;
    }
  }

  return {
    upsert: put,
    update: async (table, where, values) => touched(await request(table, 'PATCH', queryOf(where), 'return=minimal,count=exact', values)),
    remove: async (table, where) => touched(await request(table, 'DELETE', queryOf(where), 'return=minimal,count=exact')),
  };
}

/** No row is written that is not named by its whole key. */
function queryOf(where: Where): string {
  if (where.length === 0) throw new WriteError('A row without a key cannot be written.');
  return `?${where.map(({ path, text, isText }) => `${encodeURIComponent(filterKey(reference(path)))}=${encodeURIComponent(conditionOf(text, isText))}`).join('&')}`;
}

/** A list of one, since only in a list can text be quoted. */
const conditionOf = (text: string | null, isText: boolean): string => (text === null ? 'is.null' : isText ? `in.(${listOf([text])})` : `eq.${text}`);

const reference = ([column = '', ...inside]: readonly string[]): string =>
  inside.reduce((text, name, index) => `${text}${index === inside.length - 1 ? '->>' : '->'}${columnName(name)}`, columnName(column));

/** What the database says, by its code; its words may hold values. */
function refusalOf({ kind, code }: Cause, table: string, method: string): string | undefined {
  if (kind !== 'said') return undefined;
  if (method === 'DELETE' && code === '23503')
    return `Another row still refers to the row of ${table} to be deleted (23503). Change or delete that one first: by hand, or, if the legacy side does not have it either, by declaring its table after this one in the file.`;
  switch (code) {
    case '42501':
      return `The key may not write to table ${table} (permission denied). Use a secret key, or grant insert, update and delete on the table.`;
    case notUnique:
      return `Table ${table} has no unique constraint on the columns of its key, so a row cannot be inserted only if it is missing (42P10). Create one on the columns listed in key, or on them and those that only requires a value of.`;
    case '23502':
      return `Table ${table} requires a value in a column that the file does not declare, or for which the legacy side has none (23502). Declare the column, or give it a default.`;
    case '23503':
      return `A row of ${table} refers to a row that does not exist (23503). Repair the entity it refers to first: list it before this one in the file. If each refers to the other, make the foreign keys deferrable, and run what --sql prints.`;
    case '23505':
      return `Another row of ${table} still has a value that has to be unique (23505). If only the normalized side has that row, change or delete it by hand; if the legacy side has the value twice, correct it there. If this repair changes it too, as when rows swap their values or a list has moved by one, set the column to null or unused values first; or, if the constraint is deferrable, run what --sql prints.`;
    case '23514':
      return `A check constraint of table ${table} rejects a legacy value, or no partition accepts it (23514). Compare the constraint with the legacy values.`;
    case '22001':
    case '22003':
    case '22007':
    case '22008':
    case '22P02':
    case '22P05':
      return `Table ${table} cannot store a legacy value (${code}): it is too long, out of range, or invalid for the column, such as a word that an enum does not have. Change the column, or map the value with values.`;
    case '428C9':
      return `Table ${table} generates a column that the file declares (428C9). Remove a generated column from fields; change an identity column to "generated by default", or run what --sql prints.`;
    case '42703':
    case 'PGRST204':
      return `Table ${table} lacks a column that the file declares. Correct the file, or reload the schema cache (notify pgrst, 'reload schema') after a migration.`;
  }
  return undefined;
}
