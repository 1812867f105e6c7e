import { namePattern, takenNames } from './schema.ts';
import type { Report } from './shape-mistakes.ts';
import type { StoreKind } from '../../store/source.ts';
import type { StoreDeclaration } from '../../store/stores.ts';

/** The stores that the file declares, with the values of `$NAME`. */

export type Environment = Readonly<Record<string, string | undefined>>;

export type Stores = {
  /** Every store that a pair may name, including `supabase` and stores with other mistakes. */
  readonly kinds: ReadonlyMap<string, StoreKind | undefined>;
  /** Without `supabase`, which the inputs describe. */
  readonly stores: ReadonlyMap<string, StoreDeclaration>;
  /** The values of variables: they must be masked before anything else is done. */
  readonly secrets: readonly string[];
};

type Raw = Readonly<Record<string, unknown>>;

export const isRaw = (value: unknown): value is Raw => typeof value === 'object' && value !== null && !Array.isArray(value);

const storeKinds: readonly unknown[] = ['supabase', 'firestore', 'realtime-database'] satisfies StoreKind[];
const isKind = (value: unknown): value is StoreKind => storeKinds.includes(value);

/** @param raw the section `stores`, of any shape */
export function readStores(raw: unknown, environment: Environment, report: Report): Stores {
  const kinds = new Map<string, StoreKind | undefined>([['supabase', 'supabase']]);
  const stores = new Map<string, StoreDeclaration>();
  const secrets = new Set<string>();
  for (const [name, store] of Object.entries(isRaw(raw) ? raw : {})) {
    if (takenNames.includes(name)) {
      report(['stores', name], `the name ${name} is taken. Choose another one`);
      continue;
    }
    const kind = isRaw(store) && isKind(store['type']) ? store['type'] : undefined;
    kinds.set(name, kind);
    // The schema reports the invalid name; a pair that uses the name anyway gets no second message.
    if (!namePattern.test(name)) continue;
    if (!isRaw(store) || kind === undefined) continue;
    const values = resolve(name, store, environment, report, secrets);
    for (const [property, value] of values) {
      const problem = problemOf(kind, property, value);
      if (problem !== undefined) report(['stores', name, property], problem);
    }
    if (store['credentials'] !== undefined && store['access-token'] !== undefined)
      report(['stores', name, 'access-token'], 'credentials and access-token cannot be used together. Remove one');
    stores.set(name, build(kind, values));
  }
  return { kinds, stores, secrets: [...secrets] };
}

/** Properties that must come from a variable. */
const secretProperties: ReadonlySet<string> = new Set(['key', 'credentials', 'access-token']);

/** The properties with the values of their variables; those that cannot be read are left out. */
function resolve(name: string, store: Raw, environment: Environment, report: Report, secrets: Set<string>): Map<string, string> {
  const values = new Map<string, string>();
  for (const [property, written] of Object.entries(store)) {
    if (property === 'type' || typeof written !== 'string' || written === '') continue;
    const path = ['stores', name, property];
    const [, variable] = /^\$([A-Za-z_]\w{0,99})$/.exec(written) ?? [];
    if (variable === undefined) {
      // Text that looks like a variable but is not is not repeated: it may be a secret.
      if (written.startsWith('$')) report(path, 'what begins with $ is the name of a variable and nothing else: letters, digits and _. Correct it');
      else if (secretProperties.has(property))
        report(
          path,
          'this is a secret in plain text. Store it as a secret of the repository, pass it to the step in env, and write the name of the variable, such as $SUPABASE_KEY. Anybody who could read the file knows it now: replace it',
        );
      else values.set(property, written);
      continue;
    }
    // The runner gives them to every action, so that the workflow need not pass them on: the file alone could send them anywhere.
    if (/^ACTIONS_/i.test(variable)) {
      report(path, `the variable ${variable} belongs to the runner, which passes its own tokens to every action. Use a variable that the step sets in env`);
      continue;
    }
    const value = Object.hasOwn(environment, variable) ? environment[variable] : undefined;
    if (value === undefined || value.trim() === '')
      report(path, `the variable ${variable} is ${value === undefined ? 'not set' : 'empty'}. Pass it to the step in env`);
    else {
      values.set(property, value.trim());
      secrets.add(value.trim());
    }
  }
  return values;
}

function problemOf(kind: StoreKind, property: string, value: string): string | undefined {
  if (property === 'url') return kind === 'realtime-database' ? problemOfDatabaseUrl(value) : problemOfUrl(value);
  if (property === 'project' && !/^[a-z\d][\w.:-]{0,99}$/i.test(value)) return 'must be the id of a project in Google Cloud, such as demo-board';
  if (property === 'database' && !/^(?:\(default\)|[a-z\d][a-z\d-]{0,62})$/.test(value)) return 'must be the id of a database, such as (default)';
  if ((property === 'key' || property === 'access-token') && !/^[\x21-\x7e]+$/.test(value))
    return 'must be a key or a token and nothing else, without white space or line breaks. Copy it again';
  if (property === 'schema' && /[\p{Cc}/]/u.test(value)) return 'must be the name of a schema that the API exposes, such as public';
  return undefined;
}

const isLoopback = ({ hostname }: URL): boolean => hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);

/** Keys and tokens are sent only by https, except to loopback. */
const isSafe = (url: URL): boolean =>
  (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url))) && !url.username && !url.password && !url.hash && !url.hostname.includes('$');

function problemOfUrl(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url && isSafe(url) && !url.search
    ? undefined
    : 'must be the base URL of the project, with https, such as https://<project>.supabase.co, or a variable that holds it as a whole';
}

function problemOfDatabaseUrl(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isGoogles = url !== undefined && /\.(?:firebaseio\.com|firebasedatabase\.app)$/.test(url.hostname);
  const isPlain = url !== undefined && url.pathname === '/' && [...url.searchParams.keys()].every((key) => key === 'ns');
  return url && isSafe(url) && isPlain && (isGoogles || isLoopback(url))
    ? undefined
    : 'must be the URL of a Realtime Database without a path, such as https://<database>.firebaseio.com or https://<database>.<region>.firebasedatabase.app';
}

function build(kind: StoreKind, values: ReadonlyMap<string, string>): StoreDeclaration {
  const of = (property: string): string => values.get(property) ?? '';
  if (kind === 'supabase') return { type: kind, url: of('url'), key: of('key'), schema: values.get('schema') ?? 'public' };
  const [key, token] = [values.get('credentials'), values.get('access-token')];
  const credentials = { ...(key !== undefined && { credentials: key }), ...(token !== undefined && { accessToken: token }) };
  return kind === 'firestore'
    ? { type: kind, project: of('project'), database: values.get('database') ?? '(default)', ...credentials }
    : { type: kind, url: of('url'), ...credentials };
}
