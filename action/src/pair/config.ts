import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { defaults, InputError, type Settings } from '../inputs.ts';
import type { KnownDriftRule } from '../known-drift/rule.ts';
import { readUtf8 } from '../file-error.ts';
import { inert } from '../privacy/inert.ts';
import { OutsideError, placeInWorkspace } from '../workspace.ts';
import type { Declaration, PairDeclaration } from './declared/declaration.ts';

const maxBytes = 1024 * 1024;

/**
 * Reads `.github/driftwatch.yml`, or the file that the input `config` names: stores, pairs and accepted differences.
 *
 * @param workspace the directory that the file's path is relative to
 * @param environment holds the variables that the file names
 * @returns `undefined` if there is no file at the usual place
 * @throws {InputError} if the file cannot be read, or with a line for each mistake in it
 */
export async function readConfig(
  settings: Pick<Settings, 'config' | 'revealValues' | 'supabaseKey' | 'pseudonymKey'>,
  workspace: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Declaration | undefined> {
  const { config } = settings;
  const text = await readText(config, workspace);
  if (text === undefined) return undefined;
  // Most runs have no such file, and need not load the parser.
  const { readDeclaration } = await import('./declared/declaration.ts');
  const declaration = readDeclaration(text, environment, settings);
  if (!('mistakes' in declaration)) return declaration;
  const { describeMistakes } = await import('./declared/mistakes.ts');
  throw new InputError(describeMistakes(config, declaration.mistakes));
}

/** The content of the file, read before the inputs are validated. */
export type Foreseen = {
  /** As `readConfig` returns it. */
  readonly declaration: Declaration | undefined;
  /** Whether the chosen pair reads the project that supabase-url names; false where the pair is unknown. */
  readonly needsSupabase: boolean;
  /** Why the file, or the pair in it, cannot be used. */
  readonly problem: InputError | undefined;
};

/** @param read the value of an input by its name, or `''` */
export async function foresee(read: (name: string) => string, workspace: string, environment: Readonly<Record<string, string | undefined>>): Promise<Foreseen> {
  const config = read('config').trim() || (defaults['config'] ?? '');
  try {
    const settings = {
      config,
      revealValues: !/^(?:false)?$/i.test(read('reveal-values').trim()),
      supabaseKey: read('supabase-key').trim(),
      pseudonymKey: read('pseudonym-key').trim() || undefined,
    };
    const declaration = await readConfig(settings, workspace, environment);
    const pair = choosePair({ pair: read('pair').trim(), config }, declaration);
    if (read('changed-within').trim() !== '') checkChanged(config, pair);
    return { declaration, needsSupabase: needsSupabase(pair), problem: undefined };
  } catch (error) {
    if (error instanceof InputError) return { declaration: undefined, needsSupabase: false, problem: error };
    throw error;
  }
}

/** The accepted differences of a pair; `undefined` without a file. */
export const rulesOf = (declaration: Declaration | undefined, pair: string): readonly KnownDriftRule[] | undefined =>
  declaration?.accepted.filter((rule) => rule.pair === pair);

/** The declaration of the pair that is compared, without the values of variables: they are secrets, or addresses that may be secret. */
export function declarationOf(asked: Asked, declaration: Declaration | undefined, rules: readonly KnownDriftRule[] | undefined): unknown {
  const pair = choosePair(asked, declaration);
  const stores = [pair?.legacy, pair?.normalized].map((name) => {
    const { type, ...rest } = declaration?.stores.get(name ?? '') ?? { type: 'supabase' };
    return { name, type, ...('project' in rest && { project: rest.project, database: rest.database }), ...('schema' in rest && { schema: rest.schema }) };
  });
  return { pair, stores, accepted: rules ?? [] };
}

async function readText(name: string, workspace: string): Promise<string | undefined> {
  const file = inert(name, 200);
  try {
    // Opened without following another link, and without waiting for a pipe.
    const opened = openSync(await placeInWorkspace(workspace, name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const found = fstatSync(opened);
      if (!found.isFile()) throw new InputError(`The file ${file} is not a regular file. Correct the input config, or put a file there.`);
      if (found.size > maxBytes) throw new InputError(`${file}:1: the file is larger than 1 MiB. Make it smaller.`);
      const text = readUtf8(readFileSync(opened));
      if (text === undefined) throw new InputError(`${file}:1: the file is not UTF-8 text. Save it as UTF-8.`);
      return text;
    } finally {
      closeSync(opened);
    }
  } catch (error) {
    if (error instanceof InputError) throw error;
    if (error instanceof OutsideError)
      throw new InputError(`Input config is "${file}", which ${error.message}. Replace the link with a file.`, { cause: error, input: 'config' });
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    const isAbsent = code === 'ENOENT' || code === 'ENOTDIR';
    if (isAbsent && name === defaults['config']) return undefined;
    throw new InputError(
      isAbsent
        ? `Input config is "${file}", and there is no such file in the workspace. Correct the path, or check the repository out (actions/checkout) before this step.`
        : `The file ${file} cannot be read (${inert(code, 40)}). Make it a file that the runner may read.`,
      { cause: error, input: 'config' },
    );
  }
}

const builtIn = 'habit-tracker';
/** The store that the inputs describe. */
const inputStore = 'supabase';

type Asked = Pick<Settings, 'pair' | 'config'>;

/**
 * @returns the declaration of the pair to compare; `undefined` for the built-in one
 * @throws {InputError} if the file declares several pairs and none is named, or if it does not declare the named one
 */
export function choosePair({ pair: name, config }: Asked, declaration: Pick<Declaration, 'pairs'> | undefined): PairDeclaration | undefined {
  const pairs = declaration?.pairs ?? new Map<string, PairDeclaration>();
  const names = [...pairs.keys()];
  if (name === builtIn) return undefined;
  if (name !== '') {
    const found = pairs.get(name);
    if (found) return found;
    throw new InputError(`Input pair is "${name}", which ${config} does not declare; accepted: ${[...names, builtIn].join(', ')}.`, { input: 'pair' });
  }
  if (names.length > 1)
    throw new InputError(`Input pair is missing, and ${config} declares several pairs; accepted: ${[...names, builtIn].join(', ')}.`, { input: 'pair' });
  return pairs.values().next().value;
}

/**
 * Recent writes can be distinguished from older ones only if a field records when a row was written.
 *
 * @throws {InputError} if no entity of the pair has such a field
 */
export function checkChangedWithin(
  { changedWithinSeconds, config }: Pick<Settings, 'config'> & Partial<Pick<Settings, 'changedWithinSeconds'>>,
  pair: PairDeclaration | undefined,
): void {
  if (changedWithinSeconds !== undefined) checkChanged(config, pair);
}

function checkChanged(config: string, pair: PairDeclaration | undefined): void {
  if (pair === undefined)
    throw new InputError(
      `Input changed-within is for pairs that ${config} declares, and ${builtIn} is built in. Leave it out, or name such a pair with pair.`,
      { input: 'changed-within' },
    );
  const says = [...pair.entities.values()].some(({ changed }) => changed.legacy !== undefined || changed.normalized !== undefined);
  if (!says)
    throw new InputError(
      `Input changed-within is set, and no entity of the pair ${pair.name} says when its rows were written. Declare changed in ${config}, or leave changed-within out.`,
      { input: 'changed-within' },
    );
}

/** Whether the pair reads the project that supabase-url and supabase-key describe. */
export const needsSupabase = (pair: PairDeclaration | undefined): boolean => pair === undefined || pair.legacy === inputStore || pair.normalized === inputStore;
