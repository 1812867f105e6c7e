import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { describeDefect, ToldError } from '../action/src/defect.ts';
import { readContext, type RunContext } from '../action/src/context.ts';
import { readSettings, type Settings } from '../action/src/inputs.ts';
import { choosePair, foresee } from '../action/src/pair/config.ts';
import type { Declaration, PairDeclaration } from '../action/src/pair/declared/declaration.ts';
import { causeOf, readUtf8 } from '../action/src/file-error.ts';
import { inert } from '../action/src/privacy/inert.ts';
import type { Report } from '../action/src/report/report.ts';
import { BudgetError } from '../action/src/store/errors.ts';

/** Exit codes of every command. */
export const exit = { well: 0, drift: 1, unknown: 2 } as const;

/** Something that the person at the terminal can fix, in a sentence. */
export class UsageError extends ToldError {
  override name = 'UsageError';
}

/** What keeps `repair` from doing what it was asked to. */
export class RepairError extends ToldError {
  override name = 'RepairError';
}

/** Half of a repair may be worse than none. */
export const unfinished = ({ reason = '' }: Pick<Report, 'reason'>): RepairError =>
  new RepairError(`The comparison could not be finished, so no repair is proposed. ${reason}`);

/** Environment variables for inputs that are not flags: a flag is visible in the list of processes. */
const variables: Readonly<Record<string, string>> = {
  'supabase-url': 'SUPABASE_URL',
  'supabase-key': 'SUPABASE_KEY',
  'discord-webhook-url': 'DISCORD_WEBHOOK_URL',
  'github-token': 'GITHUB_TOKEN',
  'pseudonym-key': 'PSEUDONYM_KEY',
};

/** A sentence of the action, in the terms of the command line. */
export const inOwnWords = (sentence: string): string =>
  Object.entries(variables)
    .reduce((text, [input, variable]) => text.replaceAll(input, variable), sentence)
    .replaceAll(/\b(the|this) runner\b/g, 'this machine')
    .replaceAll(/\b(?:into|as) the secret that ([A-Z_]+) reads/g, 'into $1')
    .replaceAll(', or check the repository out (actions/checkout) before this step', '')
    .replaceAll(/\bthe workspace\b/g, 'this directory')
    // The line after it says where.
    .replaceAll('. Pass it to the step in env', '')
    .replaceAll('Run google-github-actions/auth before this step,', 'Set it to the path of the JSON key of a service account,');

/** As one harmless line; Markdown code is in quotation marks, since a backtick would be escaped. */
export const plainly = (sentence: string): string => inert(inOwnWords(sentence).replaceAll('`', "'"), 4000);

/** The sentence that reports an error at the terminal. */
export function tell(error: unknown): string {
  if (error instanceof BudgetError) {
    return 'The time ran out before this was done. Raise --time-budget-seconds, or find out why the project answers slowly.';
  }
  return error instanceof ToldError ? plainly(error.message) : describeDefect(error);
}

/** If nothing is declared, the built-in pair is compared, which a person with other tables may not know. */
export const isOtherProject = (sentence: string): boolean => sentence.includes('Table habit_tracker is not there');
export const otherTables = 'To compare other tables, declare them in .github/driftwatch.yml in this directory; npx driftwatch init drafts that file.';

export const noRows = 'Neither side has any rows, so there is nothing to compare. Check the source names in the file, and what the credentials may read.';

/** Values of flags by their names in `action.yml`. */
export type Flags = Readonly<Record<string, string | undefined>>;

/**
 * Reads `.env` of this directory, or the named file. Variables that are already set are kept.
 *
 * @throws {UsageError}
 */
export function loadEnvironment(file: string | undefined): void {
  let text;
  try {
    // Without the byte order mark that editors on Windows add, which would become part of the first name.
    text = readUtf8(readFileSync(file ?? '.env'));
  } catch (error) {
    if (file === undefined && error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
    throw new UsageError(`${inert(file ?? '.env', 200)} could not be read (${causeOf(error)}). Check the path, and who may read it.`, { cause: error });
  }
  if (text === undefined) throw new UsageError(`${inert(file ?? '.env', 200)} is not UTF-8 text. Save it as UTF-8.`);
  for (const [name, value] of Object.entries(parseEnv(text))) process.env[name] ??= value;
}

/** What a command works on: the settings, the content of the file, and which of its pairs is meant. */
export type Target = {
  readonly settings: Settings;
  readonly context: RunContext;
  readonly config: Declaration | undefined;
  /** `undefined` for the built-in pair. */
  readonly declared: PairDeclaration | undefined;
};

/** @throws {InputError} */
export async function targetOf(flags: Flags, channels = false): Promise<Target> {
  const given = await settingsFrom(flags, channels);
  return { ...given, declared: choosePair(given.settings, given.config) };
}

/**
 * @param channels whether the inputs for GitHub and Discord are read as well
 * @throws {InputError}
 */
export async function settingsFrom(flags: Flags, channels = false): Promise<Omit<Target, 'declared'>> {
  const context = readContext(process.env);
  const read = (name: string): string => {
    if (!channels && (name === 'discord-webhook-url' || name === 'github-token')) return '';
    return flags[name] ?? process.env[variables[name] ?? ''] ?? '';
  };
  // The directory where the command is started, whatever a runner calls its workspace.
  const workspace = process.cwd();
  const { declaration: config, ...foreseen } = await foresee(read, workspace, process.env);
  const settings = readSettings(read, { runName: context.runName, isPrivate: true, ...foreseen });
  return { settings, context: { ...context, workspace }, config };
}
