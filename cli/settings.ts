import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { describeDefect, ToldError } from '../action/src/defect.ts';
import { readContext, type RunContext } from '../action/src/context.ts';
import { readSettings, type Settings } from '../action/src/inputs.ts';
import { choosePair, foresee } from '../action/src/pair/config.ts';
import type { Declaration, PairDeclaration } from '../action/src/pair/declared/declaration.ts';
import { causeOf, readUtf8 } from '../action/src/file-error.ts';
import { inert } from '../action/src/privacy/inert.ts';
import { BudgetError } from '../action/src/store/errors.ts';

/** Exit codes of every command. */
export const exit = { well: 0, drift: 1, unknown: 2 } as const;

/** Something that the person at the terminal can mend, in a sentence. */
export class UsageError extends ToldError {
  override name = 'UsageError';
}

/** Where inputs of the action come from here, which are not flags: a flag is seen in the list of processes. */
const variables: Readonly<Record<string, string>> = {
  'supabase-url': 'SUPABASE_URL',
  'supabase-key': 'SUPABASE_KEY',
  'discord-webhook-url': 'DISCORD_WEBHOOK_URL',
  'github-token': 'GITHUB_TOKEN',
  'pseudonym-key': 'PSEUDONYM_KEY',
};

/** A sentence of the action's in the words of the command line. */
export const inOwnWords = (sentence: string): string =>
  Object.entries(variables)
    .reduce((text, [input, variable]) => text.replaceAll(input, variable), sentence)
    .replaceAll(/\b(the|this) runner\b/g, 'this machine');

/** As one harmless line; what is code in Markdown stands in quotation marks, since a backtick would be escaped. */
export const plainly = (sentence: string): string => inert(inOwnWords(sentence).replaceAll('`', "'"), 4000);

/** What the person at the terminal is told of an error. */
export function tell(error: unknown): string {
  if (error instanceof BudgetError) {
    return 'The time ran out before this was done. Raise --time-budget-seconds, or find out why the project answers slowly.';
  }
  return error instanceof ToldError ? plainly(error.message) : describeDefect(error);
}

/** Where nothing is declared, the built-in pair is meant, and a person with other tables may not know it. */
export const isOtherProject = (sentence: string): boolean => sentence.includes('Table habit_tracker is not there');
export const otherTables = 'To compare other tables, declare them in .github/driftwatch.yml in this directory; npx driftwatch init drafts that file.';

/** Values of flags by the names that they have in `action.yml`. */
export type Flags = Readonly<Record<string, string | undefined>>;

/**
 * Reads `.env` of this directory, or the file that was named. What the environment has already stays.
 *
 * @throws {UsageError}
 */
export function loadEnvironment(file: string | undefined): void {
  let text;
  try {
    // Without the mark that editors on Windows put before it, which would be part of the first name.
    text = readUtf8(readFileSync(file ?? '.env'));
  } catch (error) {
    if (file === undefined && error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
    throw new UsageError(`${inert(file ?? '.env', 200)} could not be read (${causeOf(error)}). Check the path, and who may read it.`, { cause: error });
  }
  if (text === undefined) throw new UsageError(`${inert(file ?? '.env', 200)} is not UTF-8 text. Save it as UTF-8.`);
  for (const [name, value] of Object.entries(parseEnv(text))) process.env[name] ??= value;
}

/** What a command is about: the settings, what the file says, and which of its pairs is meant. */
export type Target = {
  readonly settings: Settings;
  readonly context: RunContext;
  readonly config: Declaration | undefined;
  /** `undefined` for the pair that is built in. */
  readonly declared: PairDeclaration | undefined;
};

/** @throws {InputError} */
export async function targetOf(flags: Flags, channels = false): Promise<Target> {
  const given = await settingsFrom(flags, channels);
  return { ...given, declared: choosePair(given.settings, given.config) };
}

/**
 * @param channels whether what belongs to GitHub and Discord is read as well
 * @throws {InputError}
 */
export async function settingsFrom(flags: Flags, channels = false): Promise<Omit<Target, 'declared'>> {
  const context = readContext(process.env);
  const read = (name: string): string => {
    if (!channels && (name === 'discord-webhook-url' || name === 'github-token')) return '';
    return flags[name] ?? process.env[variables[name] ?? ''] ?? '';
  };
  // Where the command is started, whatever a runner calls its workspace.
  const workspace = process.cwd();
  const { declaration: config, ...foreseen } = await foresee(read, workspace, process.env);
  const settings = readSettings(read, { runName: context.runName, isPrivate: true, ...foreseen });
  return { settings, context: { ...context, workspace }, config };
}
