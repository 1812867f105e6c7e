import { againAfter, causeOf, type Cause, type Failure } from '../../http/cause.ts';
import type { Again } from '../../http/retry.ts';
import { asked, sentenceFor, type Host } from '../../http/sentence.ts';
import { ReadError, type TooMuch } from '../errors.ts';

export type FailedRead = Failure<'not-json' | 'unexpected' | 'truncated' | 'uncounted' | 'not-advancing' | 'too-large'> & {
  /** Table that was read, or function that was called. */
  readonly table: string;
  readonly isFunction?: boolean;
  /** The only row that was asked for. */
  readonly rowId?: string;
  /** As the file names the store, where it is not the one of the inputs. */
  readonly store?: string;
  readonly schema?: string;
};

const project: Host = {
  who: 'the project',
  address: 'supabase-url',
  whenGone: 'the project is paused or deleted: compare it with Project Settings > Data API, and restore a paused project in the dashboard',
  whenDown: 'check its health in the dashboard and run again',
};

/** The key, or the token that the gateway made of it, is of a moment that is still to come for whoever checks it. */
const isAhead = (cause: Cause): boolean => cause.code === 'PGRST303' && /future|not yet valid/i.test(cause.message);

/** Doubling from half a second, a minute in all. */
const triesWhileAhead = 8;

/** So far ahead PostgREST lets a clock be. */
const toleratedMs = 30_000;

/**
 * @param tries in all, where the answer asks for nothing
 * @param keyIssuedAt where the key says when it was made
 */
export function againAfterRead(failed: FailedRead, tries: number, keyIssuedAt: number | undefined): Again {
  const cause = causeOf(failed);
  if (!cause) return { tries };
  if (!isAhead(cause)) return againAfter(cause, tries);
  // By the clock of whoever refuses the key.
  const now = Date.parse(failed.answer?.headers.get('date') ?? '') || Date.now();
  return { tries: triesWhileAhead, waitMs: cause.waitMs ?? (keyIssuedAt === undefined ? 0 : keyIssuedAt - toleratedMs - now) };
}

export function tooMuchOf(failed: FailedRead): TooMuch | undefined {
  if (failed.defect === 'too-large') return 'bytes';
  return causeOf(failed)?.code === '57014' ? 'time' : undefined;
}

/** Whether the database says that a value is none of its column's type: data exceptions of class 22. */
const isImpossible = (failed: FailedRead): boolean => /^22(?:P02|P05|003|007|008|009|021|023)$/.test(causeOf(failed)?.code ?? '');

/** Whether a function is not there, or not for this key. */
export function isUnavailable(failed: FailedRead): boolean {
  const { kind, code, status } = causeOf(failed) ?? { kind: undefined, code: '', status: 0 };
  return code === 'PGRST202' || code === '42883' || code === '42501' || (status === 404 && code === '' && kind !== 'web-page');
}

/**
 * A name that a server's message gives, if it is a plain one; anything else is not repeated. Names stand in quotes there:
 * what does not may be any word of any language.
 */
function namedIn(message: string, before: RegExp): string | undefined {
  const [, name] = new RegExp(`(?:${before.source}) ["'](?:[a-z_][a-z0-9_]*\\.)?([a-z_][a-z0-9_]{0,62})["']`).exec(message) ?? [];
  return name;
}

const defects: Record<Exclude<NonNullable<FailedRead['defect']>, 'too-large'>, (what: string, isFunction: boolean) => string> = {
  'not-json': (what) =>
    `The answer for ${what} is not the JSON that a Supabase project gives. Either supabase-url is the address of something else (a web page, the dashboard), or the answer was damaged in transit: check supabase-url and run again.`,
  unexpected: (what, isFunction) =>
    isFunction
      ? `The answer of ${what} does not have the expected shape, or it may no longer be called: the function is from another release, or its grants were changed. Apply the migration of this release that creates it.`
      : `The answer for ${what} does not have the expected shape: a column has a different type than the schema says. Compare the table with the schema in the documentation.`,
  truncated: (what) =>
    `The answer for ${what} holds fewer rows than it claims. Something between this runner and the database cut it, so nothing can be concluded from it: run again, and look for a proxy that limits answers if it persists.`,
  uncounted: (what) =>
    `The answer for ${what} does not say how many rows there are, although it was asked to. Something between this runner and the database removes the Content-Range header: use the project's own address.`,
  'not-advancing': (what) =>
    `Reading ${what} page by page does not advance: the server ignores the filter or the order that was asked for. Check that supabase-url is the address of the project itself.`,
};

function tooLarge(what: string, rowId: string | undefined, maxBytes: number): string {
  const size = `${Math.round(maxBytes / 2 ** 20)} MiB`;
  return rowId === undefined
    ? `The answer for ${what} is larger than ${size}, which is more than a run reads at once. A row in it is far too large, or something between this runner and the project never stops answering: look for the largest rows of the table.`
    : `Row ${rowId} of ${what}, with what belongs to it, is larger than ${size}, which is more than a run reads at once. Something wrote far too much into it: look at the row in the SQL editor, and cut it down.`;
}

/**
 * @param timeoutMs how long was waited for an answer
 * @param maxBytes of one answer
 */
export function readError(failed: FailedRead, timeoutMs: number, maxBytes = 0): ReadError {
  const error = new ReadError(inTheFile(failed, explain(failed, timeoutMs, maxBytes)), failed.thrown === undefined ? undefined : { cause: failed.thrown });
  error.tooMuch = tooMuchOf(failed);
  error.isImpossible = isImpossible(failed);
  return error;
}

/** Of a store of the file, with the names that it has there instead of those of the inputs. */
function inTheFile({ store, schema = 'public' }: FailedRead, sentence: string): string {
  const named = store === undefined ? sentence : sentence.replaceAll('supabase-url', `stores.${store}.url`).replaceAll('supabase-key', `stores.${store}.key`);
  return named.replaceAll('the schema public', () => `the schema ${schema}`);
}

/** Without a table, it is the description of all of them that was asked for. */
const nameOf = (table: string, isFunction: boolean): string => (isFunction ? `function ${table}` : table === '' ? 'the list of tables' : `table ${table}`);

function explain(failed: FailedRead, timeoutMs: number, maxBytes: number): string {
  const { table, isFunction = false, defect, rowId } = failed;
  const what = nameOf(table, isFunction);
  const cause = causeOf(failed);
  if (cause) {
    const doing = ` when ${what} was ${isFunction ? 'called' : 'read'}`;
    return sentenceOfService(cause, table, isFunction) ?? sentenceFor(cause, project, timeoutMs, doing) ?? refusal(cause, what, isFunction);
  }
  return defect === 'too-large' || defect === undefined ? tooLarge(what, rowId, maxBytes) : defects[defect](what, isFunction);
}

/** What the service says itself, by its code, and by its words where they tell more; and two statuses that only it gives. */
function sentenceOfService(cause: Cause, table: string, isFunction: boolean): string | undefined {
  const { kind, code, message, status } = cause;
  const what = nameOf(table, isFunction);
  if (status === 540) return 'The project is paused (HTTP 540). Restore it in the dashboard and run again.';
  if (kind === 'limited') return `The project refuses more requests for now (HTTP 429)${asked(cause)}. Something else uses up its limit: run again later.`;
  if (kind === 'refusal' && status === 404) {
    return 'There is no Supabase REST API at supabase-url (HTTP 404). The address has an extra path segment, or belongs to something else: use the base URL from Project Settings > Data API.';
  }
  if (status === 402 && (kind === 'said' || kind === 'refusal')) {
    return 'The project is restricted (HTTP 402). Its organization has used up a quota or has a bill to pay: look at Usage and Billing in the dashboard of the organization.';
  }
  if (kind !== 'said') return undefined;
  switch (code) {
    case '42501':
      // Of a schema of one's own, which Supabase gives no role rights on by itself.
      if (/\bschema\b/.test(message))
        return `The role of the key may not use the schema public (42501), so ${what} could not be ${isFunction ? 'called' : 'read'}. Grant it usage on the schema and select on its tables, such as to service_role for a secret key.`;
      return `The key may not ${isFunction ? 'call' : 'read'} ${what} (permission denied). A publishable or anon key without the right grants was used, or the grants of the ${isFunction ? 'function' : 'table'} were revoked: use a secret key (sb_secret_…) or the service_role key.`;
    case 'PGRST301':
    case 'PGRST302':
    case 'PGRST303':
      return aboutToken(cause);
    case 'PGRST205':
    case '42P01':
      return `Table ${namedIn(message, /relation|table/) ?? table} is not there, or the API does not expose it. The file misspells its name, the migrations were not applied to this project, or supabase-url is another project's: check these, and reload the schema cache (notify pgrst, 'reload schema') after a migration.`;
    case '42703':
    case 'PGRST204': {
      const column = namedColumn(message);
      return `A column that is compared is missing${column ? `: ${column}` : ''} (reading ${what}). The table has a different schema than expected: apply the missing migration, and reload the schema cache afterwards.`;
    }
    case 'PGRST200':
    case 'PGRST201':
      return `The API finds no single relationship from ${table} to the tables below it. The foreign keys fk_weeks_child_id, fk_habits_week_id and fk_habit_records_habit_id are how it is found: create the one that is missing (NOT VALID is enough), and reload the schema cache.`;
    case 'PGRST106':
      return 'The API does not expose the schema public. Add it under Project Settings > Data API > Exposed schemas.';
    case '57014':
      return `${isFunction ? 'Calling' : 'Reading'} ${what} took longer than the database allows (statement timeout). The server is busy or an index is missing: run again at a quieter time.`;
    case '42P17':
      return `A policy of row-level security refers to itself (42P17), so ${what} could not be ${isFunction ? 'called' : 'read'}. Correct the policy, or use a secret key, which policies do not apply to.`;
    case '55P03':
    case '40P01':
      return `${isFunction ? 'Calling' : 'Reading'} ${what} could not get a lock (${code}). A migration or a long transaction holds the table: run again once that is over.`;
    case '25006':
      return `The database is read-only for now (25006), so ${what} could not be ${isFunction ? 'called' : 'read'}. Its disk is full, or supabase-url leads to a replica: free some space or get a larger disk in the dashboard, and use the address of the project itself.`;
    case 'PGRST000':
    case 'PGRST001':
    case 'PGRST002':
    case 'PGRST003':
    case '53300':
      return `The API of the project has no connection to its database (HTTP ${status}, ${code})${asked(cause)}. The database is starting, out of connections or out of disk space: check its health in the dashboard and run again.`;
  }
  if (isOfDatabase(code)) return databaseSentence(cause, what, isFunction);
  // Of the gateway before the API, which has no codes.
  if (code === '' && /\blegacy api keys?\b.*\bdisabled\b/i.test(message)) {
    return `The project no longer accepts legacy keys (HTTP ${status}). Its anon and service_role keys were disabled, and the key is one of them: copy the secret key (sb_secret_…) from Project Settings > API Keys of this project into the secret that supabase-key reads.`;
  }
  if ((status === 401 || status === 403) && code === '' && /\b(api ?keys?|jwt|token|credentials?|authorization|unauthorized|consume)\b/i.test(message))
    return rejectedKey(status);
  return undefined;
}

/** An SQLSTATE, save for those of a server that is going down or short of something. */
const isOfDatabase = (code: string): boolean => /^(?!0[08]|53|57|58)[0-9A-Z]{5}$/.test(code);

const databaseSentence = ({ status, code }: Cause, what: string, isFunction: boolean): string =>
  `The database ended with an error when ${what} was ${isFunction ? 'called' : 'read'} (HTTP ${status}, ${code}). Something behind it fails, such as a view or a policy: try the same in the SQL editor, which shows the database's own message.`;

const rejectedKey = (status: number): string =>
  `The project rejects the key (HTTP ${status}). It is mistyped, revoked, or belongs to another project: copy the secret key from Project Settings > API Keys of this project into the secret that supabase-key reads.`;

/** Of the key or of a token that the gateway made of it. */
function aboutToken(cause: Cause): string {
  const { code, message, status } = cause;
  if (isAhead(cause)) {
    return `The project does not accept the key yet (HTTP ${status}, ${code}): it was issued in the future. A clock of the project is wrong, and waiting did not help: run again in a few minutes, and ask Supabase's support if this persists.`;
  }
  if (/expired/i.test(message)) {
    return `The key has expired (HTTP ${status}, ${code}). It was made for a limited time, or a clock of the project is wrong: copy the secret key from Project Settings > API Keys again.`;
  }
  return code === 'PGRST301'
    ? `The project cannot verify the key (HTTP ${status}, ${code}). Its signing keys were changed after the key was made, or the key is mistyped or belongs to another project: copy the secret key from Project Settings > API Keys again.`
    : rejectedKey(status);
}

/**
 * Postgres puts a column in quotes only where it stands alone; where its table goes before it, the whole message is known.
 * PostgREST says: the 'theme' column of 'weeks'.
 */
function namedColumn(message: string): string | undefined {
  const [, qualified] = /^column [a-z_][a-z0-9_]*\.([a-z_][a-z0-9_]{0,62}) does not exist$/.exec(message) ?? [];
  return qualified ?? namedIn(message, /column/) ?? /\bthe '([a-z_][a-z0-9_]{0,62})' column\b/.exec(message)?.[1];
}

function refusal({ status, code }: Cause, what: string, isFunction: boolean): string {
  const detail = /^[A-Z0-9]{3,12}$/.test(code) ? `, ${code}` : '';
  return `The project refused to ${isFunction ? 'call' : 'read'} ${what} (HTTP ${status}${detail}). Check that supabase-url is a Supabase project with the expected schema.`;
}
