import { ToldError } from '../defect.ts';

/**
 * A read that failed, in words for the person who has to mend it: what happened, the likely cause, what to do.
 * Nothing in it comes from the database or repeats a secret.
 */
export class ReadError extends ToldError {
  override name = 'ReadError';
  /** What it was too much of, where less of the same may well be had: half the rows, or half the keys. */
  tooMuch: TooMuch | undefined;
}

export type TooMuch = 'bytes' | 'time';

/** The time budget ran out: not a failure, but the end of comparing. */
export class BudgetError extends Error {
  override name = 'BudgetError';
}

export type FailedRead = {
  /** Table that was read, or function that was called. */
  readonly table: string;
  readonly isFunction?: boolean;
  /** What `fetch` threw, if no answer came. */
  readonly thrown?: unknown;
  /** HTTP status and body, if one came. */
  readonly status?: number;
  readonly body?: string;
  /** What is wrong with an answer that says that all is well. */
  readonly defect?: 'not-json' | 'unexpected' | 'truncated' | 'uncounted' | 'not-advancing' | 'too-large';
  /** The only row that was asked for. */
  readonly rowId?: string;
};

export function tooMuchOf({ defect, body }: FailedRead): TooMuch | undefined {
  if (defect === 'too-large') return 'bytes';
  return postgrestError(body).code === '57014' ? 'time' : undefined;
}

const postgrestError = (body: string | undefined): { code: string; message: string } => {
  try {
    const parsed: unknown = JSON.parse(body ?? '');
    if (typeof parsed !== 'object' || parsed === null) return { code: '', message: '' };
    const { code, message } = parsed as Record<string, unknown>;
    return { code: String(code ?? ''), message: String(message ?? '') };
  } catch {
    return { code: '', message: '' };
  }
};

/** An identifier that a server names in quotes or after a dot, if it is a plain one; anything else is not repeated. */
function namedColumn(message: string): string | undefined {
  return /column "?(?:[a-z_]+\.)?([a-z_]{1,63})"? /.exec(message)?.[1];
}

/** The table that a function did not find. */
function namedRelation(message: string): string | undefined {
  return /relation "?(?:public\.)?([a-z_]{1,63})"? /.exec(message)?.[1];
}

const codeOf = (error: unknown): string => {
  if (typeof error !== 'object' || error === null) return '';
  const { code, name, cause } = error as { code?: unknown; name?: unknown; cause?: unknown };
  return (typeof code === 'string' && code) || codeOf(cause) || (typeof name === 'string' ? name : '');
};

/** Why a request to the project got no answer at all. */
function describeThrown(code: string, timeoutMs: number): string {
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'The host of supabase-url cannot be found. The address is mistyped, or the project is paused or deleted: compare it with Project Settings > Data API, and restore a paused project in the dashboard.';
    case 'ECONNREFUSED':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return 'Nothing accepts connections at supabase-url. The address or its port is wrong, or the server is down: check supabase-url, and whether the project is running.';
    case 'TimeoutError':
    case 'ETIMEDOUT':
    case 'UND_ERR_CONNECT_TIMEOUT':
    case 'UND_ERR_HEADERS_TIMEOUT':
    case 'UND_ERR_BODY_TIMEOUT':
      return `The project did not answer within ${timeoutMs / 1000} s. It is overloaded, waking up, or not reachable from this runner: check its health in the dashboard and run again.`;
    case 'ECONNRESET':
    case 'EPIPE':
    case 'UND_ERR_SOCKET':
    case 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH':
    case 'ERR_STREAM_PREMATURE_CLOSE':
    case 'TypeError':
      return 'The connection to the project was cut before the answer was complete. The server restarted, or a proxy in between gave up: check the health of the project and run again.';
    default:
      if (/CERT|TLS|SSL|SELF_SIGNED|ALTNAME/i.test(code)) {
        return `The certificate of supabase-url cannot be trusted (${code}). The address is wrong, or a proxy intercepts the connection: use the https address from Project Settings > Data API.`;
      }
      return `The project cannot be reached${/^[A-Z_]{3,60}$/.test(code) ? ` (${code})` : ''}. Check supabase-url and the health of the project, and run again.`;
  }
}

const defects: Record<Exclude<NonNullable<FailedRead['defect']>, 'too-large'>, (what: string, isFunction: boolean) => string> = {
  'not-json': (what) =>
    `The answer for ${what} is not the JSON that a Supabase project gives. Either supabase-url is the address of something else (a web page, the dashboard), or the answer was damaged on the way: check supabase-url and run again.`,
  unexpected: (what, isFunction) =>
    isFunction
      ? `The answer of ${what} does not have the expected shape, or it may no longer be called: the function is of another release, or its grants were changed. Apply the migration of this release that creates it.`
      : `The answer for ${what} does not have the expected shape: a column has another type than the schema says. Compare the table with the schema in the documentation.`,
  truncated: (what) =>
    `The answer for ${what} holds fewer rows than it says. Something between this runner and the database cut it, so nothing can be concluded from it: run again, and look for a proxy that limits answers if it stays so.`,
  uncounted: (what) =>
    `The answer for ${what} does not say how many rows there are, although that was asked for. Something between this runner and the database removes the Content-Range header: use the project's own address.`,
  'not-advancing': (what) =>
    `Reading ${what} page by page does not advance: the server ignores the filter or the order that was asked for. Check that supabase-url is the address of the project itself.`,
};

/** Whether a function is not there, or not for this key. */
export function isUnavailable({ status, body }: FailedRead): boolean {
  const { code } = postgrestError(body);
  return code === 'PGRST202' || code === '42883' || code === '42501' || (status === 404 && code === '');
}

function tooLarge(what: string, rowId: string | undefined, maxBytes: number): string {
  const size = `${Math.round(maxBytes / 2 ** 20)} MiB`;
  return rowId === undefined
    ? `The answer for ${what} is larger than ${size}, which is more than a run reads at once. A row in it holds far too much, or something between this runner and the project answers without end: look for the largest rows of the table.`
    : `Row ${rowId} of ${what}, with what belongs to it, is larger than ${size}, which is more than a run reads at once. Something wrote far too much into it: look at the row in the SQL editor, and cut it down.`;
}

/** @param maxBytes of one answer */
export function readError(failed: FailedRead, timeoutMs: number, maxBytes = 0): ReadError {
  return Object.assign(explain(failed, timeoutMs, maxBytes), { tooMuch: tooMuchOf(failed) });
}

function explain(failed: FailedRead, timeoutMs: number, maxBytes: number): ReadError {
  const { table, isFunction = false, status = 0, body, thrown, defect, rowId } = failed;
  const what = `${isFunction ? 'function' : 'table'} ${table}`;
  const error = (message: string) => new ReadError(message, thrown === undefined ? undefined : { cause: thrown });
  if (defect === 'too-large') return error(tooLarge(what, rowId, maxBytes));
  if (defect) return error(defects[defect](what, isFunction));
  if (thrown !== undefined) return error(describeThrown(codeOf(thrown), timeoutMs));

  const { code, message } = postgrestError(body);
  if (code === '42501') {
    return error(
      `The key may not ${isFunction ? 'call' : 'read'} ${what} (permission denied). A publishable or anon key without the right grants was used, or the grants of the ${isFunction ? 'function' : 'table'} were revoked: use a secret key (sb_secret_…) or the service_role key.`,
    );
  }
  if (code === 'PGRST301' || code === 'PGRST302' || code === 'PGRST303' || status === 401 || status === 403) {
    return error(
      `The project rejects the key (HTTP ${status}). It is mistyped, revoked, or belongs to another project: copy the secret key from Project Settings > API Keys of this project into the secret that supabase-key reads.`,
    );
  }
  if (code === 'PGRST205' || code === '42P01') {
    return error(
      `Table ${namedRelation(message) ?? table} is not there, or the API does not expose it. The migrations were not applied to this project, or supabase-url is another project's: check both, and reload the schema cache (notify pgrst, 'reload schema') after a migration.`,
    );
  }
  if (code === '42703' || code === 'PGRST204') {
    const column = namedColumn(message);
    return error(
      `A column that is compared is missing${column ? `: ${column}` : ''} (reading ${what}). The table has another schema than expected: apply the missing migration, and reload the schema cache afterwards.`,
    );
  }
  if (code === 'PGRST200' || code === 'PGRST201') {
    return error(
      `The API finds no single relationship from ${table} to the tables below it. The foreign keys fk_weeks_child_id, fk_habits_week_id and fk_habit_records_habit_id are how it is found: create the one that is missing (NOT VALID is enough), and reload the schema cache.`,
    );
  }
  if (code === 'PGRST106') {
    return error('The API does not expose the schema public. Add it under Project Settings > Data API > Exposed schemas.');
  }
  if (code === '57014') {
    return error(
      `${isFunction ? 'Calling' : 'Reading'} ${what} took longer than the database allows (statement timeout). The server is busy or an index is missing: run again at a quieter time.`,
    );
  }
  if (status >= 300 && status < 400) {
    return error(
      `The address in supabase-url answers with a redirect (HTTP ${status}), which is not followed because the key would travel along. Use the address that it leads to, if it is the project's.`,
    );
  }
  if (status === 404) {
    return error(
      'There is no Supabase REST API at supabase-url (HTTP 404). The address has a path too many or is that of something else: use the base URL from Project Settings > Data API.',
    );
  }
  if (status === 429) {
    return error('The project refuses more requests for now (HTTP 429). Something else uses up its limit: run again later.');
  }
  if (status === 540) {
    return error('The project is paused (HTTP 540). Restore it in the dashboard and run again.');
  }
  if (status >= 500) {
    return error(
      `The project answered with a server error (HTTP ${status}) when ${what} was ${isFunction ? 'called' : 'read'}. It is overloaded, restarting or paused: check its health in the dashboard and run again.`,
    );
  }
  const detail = /^[A-Z0-9]{3,12}$/.test(code) ? `, ${code}` : '';
  return error(
    `The project refused to ${isFunction ? 'call' : 'read'} ${what} (HTTP ${status}${detail}). Check that supabase-url is a Supabase project with the expected schema.`,
  );
}
