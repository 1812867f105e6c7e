import * as z from 'zod/mini';
import { ToldError } from './defect.ts';
import { mostParts, readPart } from './parts/part.ts';
import { inert } from './privacy/inert.ts';
import { holdsSecret, isRepeatable } from './privacy/secrets.ts';

/**
 * The settings of one run, checked. `action.yml` says what each means; names here are its names in camel case. `supabaseUrl`
 * and `supabaseKey` are empty only for a pair that does not read that project.
 */
export type Settings = z.infer<typeof settingsSchema>;

const publishLevels = ['medium', 'high', 'critical', 'never'] as const;
export type PublishLevel = (typeof publishLevels)[number];

const names = {
  supabaseUrl: 'supabase-url',
  supabaseKey: 'supabase-key',
  discordWebhookUrl: 'discord-webhook-url',
  githubToken: 'github-token',
  mode: 'mode',
  sampleSize: 'sample-size',
  confidence: 'confidence',
  seed: 'seed',
  highThreshold: 'high-threshold',
  criticalThreshold: 'critical-threshold',
  weekAlignment: 'week-alignment',
  settleSeconds: 'settle-seconds',
  timeBudgetSeconds: 'time-budget-seconds',
  issueOn: 'issue-on',
  discordOn: 'discord-on',
  failOn: 'fail-on',
  issueLabels: 'issue-labels',
  remindAfterHours: 'remind-after-hours',
  revealValues: 'reveal-values',
  dryRun: 'dry-run',
  reportDirectory: 'report-directory',
  config: 'config',
  pair: 'pair',
  changedWithinSeconds: 'changed-within',
  readBudget: 'read-budget',
  pseudonymKey: 'pseudonym-key',
  readyAfter: 'ready-after',
  heartbeatUrl: 'heartbeat-url',
  part: 'part',
  merge: 'merge',
  rotate: 'rotate',
} as const;

/** Inputs that are secrets: masked before anything else happens, and never repeated in a message, not even in part. */
export const secretInputs = ['supabase-key', 'github-token', 'discord-webhook-url', 'heartbeat-url', 'pseudonym-key'] as const;

/** Inputs of earlier versions, which the runner still passes on although `action.yml` no longer has them. */
export const renamed: Readonly<Record<string, string>> = { 'known-drift': 'config' };

/**
 * Defaults for a run outside of a runner, which would take them from `action.yml`; a test keeps the two equal. There, `seed` and
 * `github-token` come from the context.
 */
export const defaults: Readonly<Record<string, string>> = {
  mode: 'auto',
  'sample-size': 'auto',
  confidence: '0.95',
  'high-threshold': '0.1%',
  'critical-threshold': '1%',
  'week-alignment': 'skip',
  'settle-seconds': '2',
  'time-budget-seconds': '300',
  'issue-on': 'high',
  'discord-on': 'high',
  'fail-on': 'high',
  'issue-labels': 'bug, drift-detection, high-priority',
  'remind-after-hours': '24',
  'reveal-values': 'false',
  'dry-run': 'false',
  'report-directory': 'drift-report',
  config: '.github/driftwatch.yml',
  'read-budget': '10000',
  'ready-after': '12',
};

/** The file that declares pairs, if it is not where it usually is: commands have to name it then. */
export const otherConfig = ({ config }: Pick<Settings, 'config'>): string | undefined => (config === defaults['config'] ? undefined : config);

/** Says what would be accepted instead, and what is wrong with the value if that is not obvious. */
type Refuse = (accepted: string, trouble?: string) => never;

/** Reads the text of an input. */
const meaning = <T>(read: (text: string, refuse: Refuse) => T) =>
  z.transform((text: string, { issues }) =>
    read(text, (message, trouble) => {
      issues.push({ code: 'custom', message, input: text, params: { trouble } });
      return z.NEVER;
    }),
  );

const decimal = /^\d*\.?\d+$/;

const number = (accepted: string, min: number, max: number) =>
  meaning((text, refuse) => {
    const value = decimal.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    return refuse(accepted);
  });

const fraction = meaning((text, refuse) => {
  const [, digits, percent] = /^(\d*\.?\d+)\s*(%?)$/.exec(text) ?? [];
  // Through the decimal text: divided by 100, a double is not always the one that is written so.
  const value = digits === undefined ? Number.NaN : percent ? Number(`${digits}e-2`) : Number(digits);
  if (value >= 0 && value <= 1) return value;
  return refuse('a percentage such as 0.1% or a fraction such as 0.001, from 0 to 1');
});

const oneOf = <const T extends readonly string[]>(...options: T) => z.enum(options, { error: `one of ${options.join(', ')}` });

/** As YAML 1.2 writes them, which is what `core.getBooleanInput` accepts too. */
const readFlag = (text: string): boolean | undefined => (/^(true|True|TRUE)$/.test(text) ? true : /^(false|False|FALSE)$/.test(text) ? false : undefined);

const flag = meaning((text, refuse) => {
  const value = readFlag(text);
  if (value !== undefined) return value;
  return refuse('true or false');
});

const evenInPublic = 'even-in-public';

const revealing = meaning((text, refuse) => {
  const value = text === evenInPublic || readFlag(text);
  if (value !== undefined) return value;
  return refuse(`true or false, or ${evenInPublic} where the repository is not private`);
});

/** What is wrong with a web address that a secret is sent to, if anything is. */
function troubleWithUrl(url: URL): string | undefined {
  if (url.username || url.password) return 'has a user name or password in it';
  return isSafe(url)
    ? undefined
    : 'begins with http, so anyone on the network path could read the secret sent to it: use https (http is accepted only to this machine itself)';
}

const webUrlOf = (text: string): URL | undefined => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url && /^https?:$/.test(url.protocol) ? url : undefined;
};

/** Whether a secret may be sent to this address: encrypted, or without leaving the machine. */
export function isSafe(url: URL): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\])\.?$/.test(url.hostname));
}

const baseUrl = 'the base URL of the project, such as https://<project>.supabase.co (Project Settings > Data API)';

/** Addresses of a project that are easily mistaken for its base URL, and how to recognize them. */
const otherUrls: readonly { looksSo: (url: URL) => boolean; isThat: string }[] = [
  { looksSo: ({ protocol }) => /^postgres(ql)?:$/.test(protocol), isThat: 'the connection string of the database, which holds its password' },
  { looksSo: ({ hostname }) => /^db\.[^.]+\.supabase\.(co|com)$|\.pooler\.supabase\.com$/.test(hostname), isThat: 'the host of the database' },
  { looksSo: ({ hostname }) => /^((app|www|api)\.)?supabase\.(com|io|co)$/.test(hostname), isThat: 'the address of the dashboard' },
  { looksSo: ({ hostname }) => /\.(functions|storage|realtime)\.supabase\.(co|com)$/.test(hostname), isThat: 'the host of one part of the project' },
  { looksSo: ({ pathname }) => /^\/(auth|storage|functions|realtime|graphql)\/v1(\/|$)/.test(pathname), isThat: 'the address of one part of the project' },
];

const webUrl = meaning((text, refuse) => {
  const url = webUrlOf(text);
  const any = URL.canParse(text) ? new URL(text) : undefined;
  const other = any && otherUrls.find(({ looksSo }) => looksSo(any));
  const trouble = other ? `is ${other.isThat}` : url && troubleWithUrl(url);
  if (url && trouble === undefined && !url.search && !url.hash) return url.href.replace(/\/+$/, '').replace(/\/rest\/v1$/, '');
  return refuse(baseUrl, trouble);
});

const webhookUrl = meaning((text, refuseAs) => {
  if (text === '') return undefined;
  const url = webUrlOf(text);
  const refuse = (trouble?: string) =>
    refuseAs('a webhook URL that ends in /webhooks/<id>/<token> (Discord: Channel settings > Integrations > Webhooks), or nothing', trouble);
  if (!url) return refuse();
  const trouble = troubleWithUrl(url);
  if (trouble !== undefined) return refuse(trouble);
  const [, webhook, service] = /^(.*\/webhooks\/[^/]+\/[^/]+?)(\/(?:github|slack))?\/*$/.exec(url.pathname) ?? [];
  if (service !== undefined) return refuse(`ends in ${service}, which is for messages of another service`);
  if (webhook === undefined) return refuse();
  const thread = url.searchParams.get('thread_id');
  if (thread !== null && !/^\d{1,20}$/.test(thread)) return refuse('has a thread_id that is not a number');
  url.pathname = webhook;
  url.hash = '';
  return url;
});

/** Services that wait for a heartbeat identify their customers by a secret in the address. */
const heartbeatUrl = meaning((text, refuse) => {
  if (text === '') return undefined;
  const url = webUrlOf(text);
  const trouble = url && troubleWithUrl(url);
  if (url && trouble === undefined) return url;
  return refuse('a web address without user name and password that is requested at the end of a conclusive run, or nothing', trouble);
});

/** Long enough that nobody can guess it. */
const shortestPseudonymKey = 16;

const pseudonymKey = meaning((text, refuse) => {
  if (text === '') return undefined;
  const ownKeys = /^sb_publishable_/;
  if (/^[\x21-\x7e]+$/.test(text) && text.length >= shortestPseudonymKey && new Set(text).size >= shortestPseudonymKey / 2 && !ownKeys.test(text)) return text;
  return refuse(`a random secret of at least ${shortestPseudonymKey} characters without white space, such as openssl rand -hex 32 makes, or nothing`);
});

const readyAfter = meaning((text, refuse) => {
  const runs = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (runs > 0 && runs <= 1000) return runs;
  return refuse('a whole number of runs from 1 to 1000');
});

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
const longestSpanDays = 366;

const span = meaning((text, refuse) => {
  if (text === '') return undefined;
  const [, digits, unit] = /^(\d{1,8})([smhd])$/.exec(text) ?? [];
  const seconds = Number(digits) * (unitSeconds[unit ?? ''] ?? Number.NaN);
  if (seconds > 0 && seconds <= longestSpanDays * 86_400) return seconds;
  return refuse(`a span such as 30m, 6h or 2d, of at most ${longestSpanDays} days, or nothing`);
});

const part = meaning((text, refuse) => {
  if (text === '') return undefined;
  const value = readPart(text);
  if (value) return value;
  return refuse(`a part and how many there are, such as 2/8, of 1 to ${mostParts} parts, or nothing`);
});

const rotate = meaning((text, refuse) => {
  if (text === '') return undefined;
  const parts = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (parts > 0 && parts <= mostParts) return parts;
  return refuse(`a whole number of parts from 1 to ${mostParts}, or nothing`);
});

const readBudget = meaning((text, refuse) => {
  const documents = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (documents > 0) return documents;
  return refuse('a whole number of documents of at least 1');
});

const pairName = z
  .string()
  .check(z.regex(/^(?:[a-z][a-z0-9_-]{0,62})?$/, { error: 'the name of a pair that the file of the input config declares, or habit-tracker, or nothing' }));

const sampleSize = meaning((text, refuse) => {
  if (text === 'auto') return 'auto';
  const size = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (size > 0) return size;
  return refuse('auto or a whole number of at least 1');
});

/** Finds the issue again: it is always set, whatever `issue-labels` says. */
export const driftLabel = 'drift-detection';

/** The maximum that GitHub allows for an issue. */
const mostLabels = 100;

const labels = meaning((text, refuse) => {
  // YAML's `|` makes a list of several lines.
  const given = [...text.split(/[,\r\n]/), driftLabel].map((label) => label.trim()).filter(Boolean);
  const seen = new Map(given.map((label) => [label.toLowerCase(), label]));
  const isLabel = (label: string): boolean => [...label].length <= 50 && !/\p{Cc}/u.test(label) && !holdsSecret(label);
  if (seen.size <= mostLabels && [...seen.values()].every(isLabel)) return [...seen.values()];
  return refuse(`up to ${mostLabels} labels of at most 50 characters each, separated by commas`);
});

const requiredText = (message: string) => z.string().check(z.minLength(1, { error: message }));

const isInside = (path: string): boolean =>
  !/^([\\/]|[a-z]:)/i.test(path) && !path.split(/[\\/]/).includes('..') && !/\p{Cc}/u.test(path) && !holdsSecret(path);

const longestGlob = 1000;

const glob = meaning((text, refuse) => {
  if (text === '') return undefined;
  if (text.length <= longestGlob && isInside(text)) return text;
  return refuse('a pattern for report.json files inside the workspace, such as parts/*/report.json, or nothing');
});

const publishLevel = oneOf(...publishLevels);

const settingsSchema = z.object({
  supabaseUrl: webUrl,
  supabaseKey: requiredText('the secret key (sb_secret_…) or the service_role key of the project').check(
    z.regex(/^[\x21-\x7e]+$/, { error: 'a key without white space, line breaks or an ellipsis (…); copy it again' }),
    z.refine((key) => !/^(sbp_|https?:|postgres(ql)?:|["'])/.test(key), {
      error:
        'the secret key (sb_secret_…) or the service_role key of the project, without quotes (Project Settings > API Keys); not an access token of the dashboard (sbp_…), and not an address',
    }),
  ),
  discordWebhookUrl: webhookUrl,
  githubToken: z.string(),
  mode: oneOf('auto', 'sample', 'full'),
  sampleSize,
  confidence: number('a number from 0.5 to 0.9999', 0.5, 0.9999),
  seed: requiredText('any text').check(z.refine((seed) => !holdsSecret(seed), { error: 'any text except a secret, because the seed is printed' })),
  highThreshold: fraction,
  criticalThreshold: fraction,
  weekAlignment: oneOf('skip', 'monday', 'exact'),
  settleSeconds: number('a number of seconds from 0 to 600', 0, 600),
  timeBudgetSeconds: number('a number of seconds from 1 to 21600', 1, 21_600),
  issueOn: publishLevel,
  discordOn: publishLevel,
  failOn: publishLevel,
  issueLabels: labels,
  remindAfterHours: number('a number of hours from 0 to 8760', 0, 8760),
  revealValues: revealing,
  dryRun: flag,
  reportDirectory: requiredText('a directory relative to the workspace').check(
    z.refine(isInside, {
      error: 'a directory inside the workspace, such as drift-report',
    }),
  ),
  config: requiredText('a file relative to the workspace').check(
    z.refine(isInside, {
      error: 'a file inside the workspace, such as .github/driftwatch.yml',
    }),
  ),
  pair: pairName,
  changedWithinSeconds: span,
  readBudget,
  pseudonymKey,
  readyAfter,
  heartbeatUrl,
  part,
  merge: glob,
  rotate,
});

/** For a pair that reads no Supabase, in a run without a project to record runs in. */
const withoutSupabase = () => z.extend(settingsSchema, { supabaseUrl: z.string(), supabaseKey: z.string() });

/** Every invalid input, reported at once. */
export class InputError extends ToldError {
  override name = 'InputError';
  /** The input that the error is about, if it is one that `readSettings` cannot judge. */
  readonly input: string | undefined;

  constructor(message: string, { input, ...options }: ErrorOptions & { readonly input?: string } = {}) {
    super(message, options);
    this.input = input;
  }
}

/** What the environment of a run says about its inputs. */
export type InputContext = {
  /** Used as `seed` if that is empty. */
  readonly runName: string;
  /** Whether only invited people can read the output of the run; `undefined` while that is unknown. */
  readonly isPrivate?: boolean | undefined;
  /** Whether the pair reads the project that supabase-url names. */
  readonly needsSupabase?: boolean | undefined;
  /** Why a secret may be empty, in a sentence. */
  readonly secretsMissing?: string | undefined;
  /** Why the file of the input config, or the pair in it, cannot be used: reported together with what is wrong with the inputs. */
  readonly problem?: InputError | undefined;
};

/** What cannot be combined with `rotate`, and why. */
const notInTurn = {
  part: 'a run compares either a part that is named or the one whose turn it is',
  merge: 'a merge compares nothing',
  changedWithinSeconds: 'recent writes are compared in every part at once',
} as const;

/** @param isPrivate of the repository; `undefined` if that could not be determined */
export function revealedInPublic(value: string, isPrivate: false | undefined): string {
  const where = isPrivate === false ? 'a repository that is not private' : 'a repository that neither the event nor GitHub reports as private';
  return `reveal-values is ${JSON.stringify(inert(value, 20))} in ${where}, so names would be printed where too many people can read them; accepted: false, or ${evenInPublic} if that is what you want.`;
}

/**
 * @param read the value of an input by its name in `action.yml`, or `''`; called once for each
 * @throws {InputError} one line per bad input: its name, its value (never a secret's), and what would be accepted
 */
export function readSettings(read: (name: string) => string, context: InputContext): Settings {
  const raw = Object.fromEntries(
    Object.entries(names).map(([key, name]) => {
      const fallback = name === 'seed' ? context.runName : (defaults[name] ?? '');
      return [key, read(name).trim() || fallback];
    }),
  );
  const isWithout = context.needsSupabase === false && raw['supabaseUrl'] === '' && raw['supabaseKey'] === '';
  // Used once: compiling a parser first, as zod would, takes longer than parsing.
  const result = (isWithout ? withoutSupabase() : settingsSchema).safeParse(raw, { jitless: true });
  const problems = new Map<string, string>();
  /** Reports each problem with an input only once. */
  const refuse = (key: string, issue: { message: string; params?: unknown }): void => {
    if (!problems.has(key)) problems.set(key, describeProblem(key, raw[key] ?? '', issue));
  };
  for (const issue of result.error?.issues ?? []) refuse(String(issue.path[0]), issue);
  const [high, critical] = [fraction.safeParse(raw['highThreshold']), fraction.safeParse(raw['criticalThreshold'])];
  if (high.success && critical.success && critical.data < high.data)
    refuse('criticalThreshold', { message: `at least high-threshold (${raw['highThreshold']})` });
  for (const [key, why] of Object.entries(notInTurn))
    if (raw['rotate'] !== '' && raw[key] !== '') refuse('rotate', { message: `nothing where ${names[key as keyof typeof names]} is set, since ${why}` });
  if (context.isPrivate === false && readFlag(raw['revealValues'] ?? '') === true)
    problems.set('revealValues', revealedInPublic(raw['revealValues'] ?? '', false));
  if (raw['part'] !== '' && raw['merge'] !== '') refuse('merge', { message: 'nothing where part is set, since a run either compares a part or merges parts' });

  const old = Object.entries(renamed).filter(([name]) => read(name).trim() !== '');
  const lines = [...problems.values(), ...old.map(([name, now]) => `${name} is now called ${now}: rename it in the workflow.`)];
  const { problem } = context;
  // Reports each problem with the value of an input only once.
  const isSaid = [...problems.keys()].some((key) => names[key as keyof typeof names] === problem?.input);
  const beside = problem === undefined || isSaid ? [] : problem.message.replace(/^Input /, '').split('\n');
  if (result.success && lines.length === 0) {
    if (problem) throw problem;
    return result.data;
  }
  const lacksSecret = ['supabaseUrl', 'supabaseKey'].some((key) => raw[key] === '');
  const cause = lacksSecret && context.secretsMissing !== undefined ? [context.secretsMissing] : [];
  const all = [...lines, ...beside];
  throw new InputError(
    all.length === 1 ? [`Input ${all[0]}`, ...cause].join(' ') : [['These inputs cannot be used:', ...all].join('\n- '), ...cause].join('\n'),
    { cause: result.error },
  );
}

/** Whether names may be printed only if the repository is private, which the environment may not say. */
export const mustBePrivate = (read: (name: string) => string): boolean => readFlag(read('reveal-values').trim()) === true;

function describeProblem(key: string, value: string, issue: { message: string; params?: unknown }): string {
  const name = names[key as keyof typeof names];
  const { params } = issue;
  const trouble =
    typeof params === 'object' && params !== null && 'trouble' in params && typeof params.trouble === 'string' ? ` The value ${params.trouble}.` : '';
  return `${name} ${describeValue(name, value)}; accepted: ${issue.message}.${trouble}`;
}

const secret: ReadonlySet<string> = new Set(secretInputs);

function describeValue(name: string, value: string): string {
  if (value === '') return 'is missing';
  return secret.has(name) || !isRepeatable(value) ? 'is not valid' : `is ${JSON.stringify(inert(value, 200))}`;
}
