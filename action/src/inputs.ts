import * as z from 'zod';
import { ToldError } from './defect.ts';
import { inert } from './privacy/inert.ts';

/** The settings of one run, checked. `action.yml` says what each means; names here are its names in camel case. */
export type Settings = z.infer<typeof settingsSchema>;

export const publishLevels = ['medium', 'high', 'critical', 'never'] as const;
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
  knownDrift: 'known-drift',
  readyAfter: 'ready-after',
  heartbeatUrl: 'heartbeat-url',
} as const;

/** Never repeated in a message, not even in part. */
const secrets: ReadonlySet<string> = new Set(['supabase-key', 'discord-webhook-url', 'github-token', 'heartbeat-url']);

/**
 * Defaults for a run outside of a runner, which fills them in from `action.yml`; a test holds the two together.
 * `seed` and `github-token` come from the context there.
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
  'known-drift': '.github/driftwatch.yml',
  'ready-after': '12',
};

const decimal = /^\d*\.?\d+$/;

const number = (accepted: string, min: number, max: number) =>
  z.string().transform((text, context) => {
    const value = decimal.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    context.addIssue({ code: 'custom', message: accepted });
    return z.NEVER;
  });

const fraction = z.string().transform((text, context) => {
  const [, digits, percent] = /^(\d+(?:\.\d+)?)\s*(%?)$/.exec(text) ?? [];
  // Through the decimal text: 0.1 / 100 is not the double that 0.001 is written as for every value.
  const value = digits === undefined ? Number.NaN : percent ? Number(`${digits}e-2`) : Number(digits);
  if (value >= 0 && value <= 1) return value;
  context.addIssue({ code: 'custom', message: 'a percentage such as 0.1% or a fraction such as 0.001, from 0 to 1' });
  return z.NEVER;
});

const oneOf = <const T extends readonly string[]>(...options: T) =>
  z.enum(options, { error: `one of ${options.join(', ')}` });

/** As YAML 1.2 writes them, which is what `core.getBooleanInput` accepts too. */
const flag = z.string().transform((text, context) => {
  if (/^(true|True|TRUE)$/.test(text)) return true;
  if (/^(false|False|FALSE)$/.test(text)) return false;
  context.addIssue({ code: 'custom', message: 'true or false' });
  return z.NEVER;
});

const webUrl = z.string().transform((text, context) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const plain = url && (url.protocol === 'https:' || url.protocol === 'http:') && !url.username && !url.password && !url.search && !url.hash;
  if (plain) return url.href.replace(/\/+$/, '').replace(/\/rest\/v1$/, '');
  context.addIssue({
    code: 'custom',
    message: 'the base URL of the project, such as https://<project>.supabase.co (Project Settings > Data API)',
  });
  return z.NEVER;
});

const webhookUrl = z.string().transform((text, context) => {
  if (text === '') return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol) && /\/webhooks\/[^/]+\/[^/]+\/?$/.test(url.pathname)) return url;
  context.addIssue({
    code: 'custom',
    message: 'a webhook URL that ends in /webhooks/<id>/<token> (Discord: Channel settings > Integrations > Webhooks), or nothing',
  });
  return z.NEVER;
});

/** Services that wait for a sign of life tell their customers apart by a secret in the address. */
const heartbeatUrl = z.string().transform((text, context) => {
  if (text === '') return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol) && !url.username && !url.password) return url;
  context.addIssue({ code: 'custom', message: 'a web address without user name and password that is requested at the end of a conclusive run, or nothing' });
  return z.NEVER;
});

const readyAfter = z.string().transform((text, context) => {
  const runs = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (runs > 0 && runs <= 1000) return runs;
  context.addIssue({ code: 'custom', message: 'a whole number of runs from 1 to 1000' });
  return z.NEVER;
});

const sampleSize = z.string().transform((text, context) => {
  if (text === 'auto') return 'auto';
  const size = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (size > 0) return size;
  context.addIssue({ code: 'custom', message: 'auto or a whole number of at least 1' });
  return z.NEVER;
});

/** Found again by this one: it is there whatever `issue-labels` says. */
export const driftLabel = 'drift-detection';

const labels = z.string().transform((text, context) => {
  const seen = new Map([...text.split(','), driftLabel].map((label) => label.trim()).filter(Boolean).map((label) => [label.toLowerCase(), label]));
  if ([...seen.values()].every((label) => [...label].length <= 50)) return [...seen.values()];
  context.addIssue({ code: 'custom', message: 'labels of at most 50 characters each, separated by commas' });
  return z.NEVER;
});

const requiredText = (message: string) => z.string().min(1, { error: message });

const isInside = (path: string): boolean => !path.startsWith('/') && !path.split(/[\\/]/).includes('..');

const settingsSchema = z.object({
  supabaseUrl: webUrl,
  supabaseKey: requiredText('the secret key (sb_secret_…) or the service_role key of the project').regex(/^[\x21-\x7e]+$/, {
    error: 'a key without white space or line breaks; copy it again',
  }),
  discordWebhookUrl: webhookUrl,
  githubToken: z.string(),
  mode: oneOf('auto', 'sample', 'full'),
  sampleSize,
  confidence: number('a number from 0.5 to 0.9999', 0.5, 0.9999),
  seed: requiredText('any text'),
  highThreshold: fraction,
  criticalThreshold: fraction,
  weekAlignment: oneOf('skip', 'monday', 'exact'),
  settleSeconds: number('a number of seconds from 0 to 600', 0, 600),
  timeBudgetSeconds: number('a number of seconds from 1 to 21600', 1, 21_600),
  issueOn: oneOf(...publishLevels),
  discordOn: oneOf(...publishLevels),
  failOn: oneOf(...publishLevels),
  issueLabels: labels,
  remindAfterHours: number('a number of hours from 0 to 8760', 0, 8760),
  revealValues: flag,
  dryRun: flag,
  reportDirectory: requiredText('a directory relative to the workspace').refine(isInside, {
    error: 'a directory inside the workspace, such as drift-report',
  }),
  knownDrift: requiredText('a file relative to the workspace').refine(isInside, {
    error: 'a file inside the workspace, such as .github/driftwatch.yml',
  }),
  readyAfter,
  heartbeatUrl,
});

/** Every input that is wrong, named at once. */
export class InputError extends ToldError {
  override name = 'InputError';
}

/**
 * @param read the value of an input by its name in `action.yml`, or `''`; called once for each
 * @param context what stands in for `seed` where it is empty
 * @throws {InputError} one line per bad input: its name, its value (never a secret's), and what would be accepted
 */
export function readSettings(read: (name: string) => string, context: { runName: string }): Settings {
  const raw = Object.fromEntries(
    Object.entries(names).map(([key, name]) => {
      const fallback = name === 'seed' ? context.runName : (defaults[name] ?? '');
      return [key, read(name).trim() || fallback];
    }),
  );
  const result = settingsSchema.safeParse(raw);
  const problems = new Map<string, string>();
  for (const issue of result.error?.issues ?? []) {
    const key = String(issue.path[0]);
    if (!problems.has(key)) problems.set(key, issue.message);
  }
  const high = fraction.safeParse(raw['highThreshold']);
  const critical = fraction.safeParse(raw['criticalThreshold']);
  if (high.success && critical.success && critical.data < high.data) {
    problems.set('criticalThreshold', `at least high-threshold (${raw['highThreshold']})`);
  }
  if (result.success && problems.size === 0) return result.data;

  const lines = [...problems].map(([key, accepted]) => {
    const name = names[key as keyof typeof names];
    return `${name} ${describeValue(name, raw[key] ?? '')}; accepted: ${accepted}.`;
  });
  throw new InputError(
    lines.length === 1 ? `Input ${lines[0]}` : ['These inputs cannot be used:', ...lines].join('\n- '),
    { cause: result.error },
  );
}

/** A secret pasted into the wrong input must not be printed either. */
const looksSecret = /sb_secret_|eyJ|\/webhooks\/|gh[a-z]_|github_pat_|@/;

function describeValue(name: string, value: string): string {
  if (value === '') return 'is missing';
  return secrets.has(name) || looksSecret.test(value) ? 'is not valid' : `is ${JSON.stringify(inert(value, 200))}`;
}
