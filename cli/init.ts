import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { readContext } from '../action/src/context.ts';
import { InputError, readSettings } from '../action/src/inputs.ts';
import { compileEntity } from '../action/src/pair/declared/compiled.ts';
import { readDeclaration } from '../action/src/pair/declared/declaration.ts';
import { describeMistakes } from '../action/src/pair/declared/mistakes.ts';
import { inert } from '../action/src/privacy/inert.ts';
import { commandTarget } from '../action/src/report/words.ts';
import { startBudget, type Budget } from '../action/src/store/budget.ts';
import { ReadError } from '../action/src/store/errors.ts';
import type { Source } from '../action/src/store/source.ts';
import { openStore, type StoreDeclaration } from '../action/src/store/stores.ts';
import { causeOf } from '../action/src/file-error.ts';
import { doubtsIn, legacyPath, legacyPaths, writeDraft, writeSource, type Draft } from './init/draft.ts';
import { guessEntities, type Entity } from './init/entities.ts';
import { legacyTables, sampleTables, withElements, type Legacy, type Target, type Unreadable } from './init/sample.ts';
import { withConfig, workflows } from './init/workflow.ts';
import { exit, UsageError, type Flags } from './settings.ts';
import { cell, createProgress, print, printJson, table, type Progress } from './terminal.ts';

/** `driftwatch init`: drafts the file that declares a pair, based on the contents of both sides. */

export type InitOptions = {
  readonly json: boolean;
  readonly legacy: string | undefined;
  readonly tables: string | undefined;
  readonly yes: boolean;
  readonly force: boolean;
};

const configFile = '.github/driftwatch.yml';
const workflowFile = '.github/workflows/drift-detection.yml';

type Wanted =
  | { readonly kind: 'supabase'; readonly tables: string }
  /** A project other than that of the normalized side; all of its tables if none are named. */
  | { readonly kind: 'project'; readonly where: string; readonly tables: string }
  | { readonly kind: 'firestore' | 'realtime-database'; readonly where: string };

export async function initCommand(flags: Flags, { json, legacy, tables, yes, force }: InitOptions): Promise<number> {
  const canAsk = !json && !yes && process.stdin.isTTY && process.stdout.isTTY;
  const file = flags['config'] ?? configFile;
  const path = join(process.cwd(), file);
  if (existsSync(path) && !force)
    throw new UsageError(`${inert(file, 200)} already exists, and nothing was changed. Add --force to overwrite it with a new draft.`);
  if (!yes && !canAsk) throw new UsageError('There is no terminal to ask for confirmation. Add --yes to write the draft without asking.');
  const wanted = await wantedStore(legacy, tables, canAsk);
  const name = pairName(flags['pair'], wanted);
  const settings = readSettings(
    (input) =>
      input === 'pair' ? '' : (flags[input] ?? process.env[input === 'supabase-url' ? 'SUPABASE_URL' : input === 'supabase-key' ? 'SUPABASE_KEY' : ''] ?? ''),
    { runName: readContext(process.env).runName, isPrivate: true, needsSupabase: true },
  );
  const budget = startBudget(settings.timeBudgetSeconds);
  const progress = createProgress(json);
  const draft = await draftPair(name, wanted, { type: 'supabase', url: settings.supabaseUrl, key: settings.supabaseKey, schema: 'public' }, budget, progress)
    .catch((error: unknown) => {
      throw error instanceof ReadError ? new UsageError(asGiven(error.message), { cause: error }) : error;
    })
    .finally(progress.end);
  const text = checked(draft.draft, draft.targets, file);
  const entities = draft.draft.entities.map((entity) => ({
    name: entity.entity,
    legacy: legacyPaths(entity).join(', '),
    normalized: entity.target.table,
    fields: entity.lines.length,
    unsure: doubtsIn(entity),
    isUnsure: doubtsIn(entity) > 0,
  }));
  const unreadable = Object.entries(draft.draft.unreadable).flatMap(([side, all]) => all.map(({ name: what, why }) => ({ side, name: what, why })));
  if (!json) {
    for (const { side, name: what, why } of unreadable)
      console.error(`Warning: ${inert(what, 120)} of the ${side} side could not be read, and the draft leaves it out. ${why}`);
    print(
      ...table(
        ['Entity', 'Legacy', 'Normalized', 'Fields#', 'Unsure#'],
        entities.map((one) => [cell(one.name), cell(one.legacy), cell(one.normalized), String(one.fields), String(one.unsure)]),
      ),
    );
    for (const [side, names] of Object.entries(draft.draft.leftOut))
      if (names.length > 0) print(`Left out of the ${side} side: ${names.map((one) => inert(one, 80)).join(', ')}`);
  }
  if (canAsk && !/^y(?:es)?$/i.test(await ask(`Write ${inert(file, 200)}? [y/N] `))) {
    print('Nothing was written.');
    return exit.well;
  }
  // A file that was created meanwhile is kept too.
  await write(file, text, force ? 'w' : 'wx');
  const kind = wanted.kind === 'supabase' ? 'tables' : wanted.kind === 'project' ? 'projects' : 'google';
  const hasWorkflow = existsSync(join(process.cwd(), workflowFile));
  if (!hasWorkflow) {
    const workflow = workflows[kind];
    await write(workflowFile, file === configFile ? workflow : withConfig(workflow, file), 'wx');
  }
  if (json) printJson({ file, workflow: hasWorkflow ? null : workflowFile, pair: name, entities, leftOut: draft.draft.leftOut, unreadable });
  else {
    print(`\nWritten: ${inert(file, 200)}${hasWorkflow ? '' : ` and ${workflowFile}`}. Review every line, starting with those marked "unsure".`);
    if (!hasWorkflow) {
      const ours = kind === 'google' ? ', and fill in the lines marked "yours"' : '';
      print(`In the workflow, replace OWNER/driftwatch@COMMIT with the action's repository and the full commit id that you reviewed${ours}.`);
    }
    const target = commandTarget({ pair: name, words: { hasTables: false }, ...(file !== configFile && { config: file }) });
    print(`Next: npx driftwatch doctor${target}, then npx driftwatch check${target}`);
  }
  return exit.well;
}

/** @throws {UsageError} */
async function write(file: string, text: string, flag: 'w' | 'wx'): Promise<void> {
  const path = join(process.cwd(), file);
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text, { flag });
  } catch (error) {
    throw new UsageError(`${inert(file, 200)} could not be written (${causeOf(error)}). Check the path, and who may write there.`, { cause: error });
  }
}

async function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  return (await terminal.question(question).finally(() => terminal.close())).trim();
}

async function wantedStore(given: string | undefined, tables: string | undefined, canAsk: boolean): Promise<Wanted> {
  const legacy =
    given ??
    (canAsk ? await ask('Where is the legacy side? supabase, supabase:<url of another project>, firestore:<project> or realtime-database:<url>: ') : '');
  if (legacy === 'supabase') {
    const names = tables ?? (canAsk ? await ask('Which tables are legacy? Names or globs, separated by commas: ') : '');
    if (names.trim() === '')
      throw new UsageError(
        'Both sides are tables in one project, so say which ones are legacy. Add --legacy-tables with names or globs, such as --legacy-tables "old_*,shop_orders".',
      );
    return { kind: 'supabase', tables: names };
  }
  const [, kind = '', where = ''] = /^(supabase|firestore|realtime-database):(.+)$/.exec(legacy) ?? [];
  if (kind === 'supabase') return { kind: 'project', where, tables: tables ?? '*' };
  if (kind !== 'firestore' && kind !== 'realtime-database')
    throw new UsageError(
      '--legacy says where the legacy side is: supabase, supabase:<url of another project>, firestore:<project> or realtime-database:<url>. Add it, or correct it.',
    );
  if (tables !== undefined) throw new UsageError('--legacy-tables is only for Supabase tables. Remove it.');
  return { kind, where };
}

function pairName(given: string | undefined, wanted: Wanted): string {
  const raw =
    given ??
    (wanted.kind === 'firestore'
      ? wanted.where
      : wanted.kind === 'supabase' || wanted.kind === 'project'
        ? 'tables'
        : URL.canParse(wanted.where)
          ? (new URL(wanted.where).hostname.split('.')[0] ?? '')
          : '');
  const name = raw
    .toLowerCase()
    .replaceAll(/[^a-z\d_-]/g, '-')
    .slice(0, 63);
  const isTaken = name === 'supabase' || name === 'habit-tracker';
  if (given !== undefined && (given !== name || !/^[a-z]/.test(name) || isTaken))
    throw new UsageError(
      '--pair is the name of the new pair: a lowercase letter, then lowercase letters, digits, _ and -, at most 63 characters, but not supabase or habit-tracker. Correct it.',
    );
  return /^[a-z]/.test(name) && !isTaken ? name : 'app';
}

/** The variable that holds the key of the other project. */
const oldKey = 'OLD_SUPABASE_KEY';

/** There is no file yet that declares the other project. */
const asGiven = (sentence: string): string => sentence.replaceAll('stores.old.key', oldKey).replaceAll('stores.old.url', 'the address in --legacy');

/** The name that the store gets in the file, and its line; `where` as it is written in YAML. */
const declared: Readonly<Record<Exclude<Wanted['kind'], 'supabase'>, (where: string) => readonly [name: string, line: string]>> = {
  project: (where) => ['old', `{ type: supabase, url: ${where}, key: $${oldKey} }`],
  firestore: (where) => ['fire', `{ type: firestore, project: ${where} }`],
  'realtime-database': (where) => ['live', `{ type: realtime-database, url: ${where} }`],
};

async function draftPair(
  pair: string,
  wanted: Wanted,
  supabase: StoreDeclaration,
  budget: Budget,
  progress: Progress,
): Promise<{ draft: Draft; targets: readonly Target[] }> {
  // Whatever is wrong with the flag or its variables is said before anything is read.
  if (wanted.kind !== 'supabase') otherStore(wanted);
  const access = { budget, environment: process.env, onSecret: () => undefined };
  const store = await openStore(supabase, { name: 'supabase', ...access });
  progress.phase('Reading what the API describes …');
  const unreadableTables: Unreadable[] = [];
  const tables = await sampleTables(store, 'SUPABASE_KEY', unreadableTables, (name) => progress.phase(`Looking at ${inert(name, 80)} …`));
  const { legacies, targets, line, storeName, unreadable } = await bothSides();
  progress.phase('Matching both sides …');
  // Paths of the Realtime Database are offered at every depth; one counts as used if any of its depths is.
  const called = (source: Source): string => (wanted.kind === 'realtime-database' ? (writeSource(source).split('/')[0] ?? '') : writeSource(source));
  const { entities, passedOver } = await guessEntities(legacies, targets, unreadable.normalized, called, legacyPath);
  if (entities.length === 0)
    throw new UsageError(
      'No normalized table was found to match the legacy side, so there is nothing to draft. Check that both sides have rows, and that --legacy names the right store.',
    );
  const usedSources = new Set(entities.flatMap(({ legacy, also }) => [legacy, ...also].map(({ source }) => called(source))));
  const usedTables = new Set(entities.map(({ target }) => target.table));
  return {
    targets,
    draft: {
      pair,
      store: { name: storeName, line },
      entities,
      unreadable,
      passedOver,
      leftOut: {
        legacy: [
          ...[...new Set(legacies.filter(({ each }) => each === undefined).map(({ source }) => called(source)))].filter((source) => !usedSources.has(source)),
          ...(wanted.kind === 'realtime-database' ? collectionsBeside(entities, legacies) : []),
        ],
        normalized: targets.flatMap(({ table: name }) => (usedTables.has(name) || unreadable.normalized.some((one) => one.name === name) ? [] : [name])),
      },
    },
  };

  async function bothSides(): Promise<{
    legacies: readonly Legacy[];
    targets: readonly Target[];
    line: string | undefined;
    storeName: string;
    unreadable: { readonly legacy: Unreadable[]; readonly normalized: Unreadable[] };
  }> {
    if (wanted.kind === 'supabase') {
      const isLegacy = matcher(wanted.tables);
      const [old, others] = [tables.filter(({ table: name }) => isLegacy(name)), tables.filter(({ table: name }) => !isLegacy(name))];
      const leftAlone = { legacy: unreadableTables.filter(({ name }) => isLegacy(name)), normalized: unreadableTables.filter(({ name }) => !isLegacy(name)) };
      for (const [side, found] of [
        ['legacy', old],
        ['normalized', others],
      ] as const)
        refuseUnread(side, found, leftAlone[side]);
      if (old.length === 0) throw new UsageError('--legacy-tables matches no table that the API describes. Correct the names or globs.');
      if (others.length === 0)
        throw new UsageError('--legacy-tables matches every table that the API describes, so none is left for the normalized side. Match fewer.');
      return { legacies: legacyTables(old), targets: others, line: undefined, storeName: 'supabase', unreadable: leftAlone };
    }
    refuseUnread('normalized', tables, unreadableTables);
    const [ownName, ownLine, declaration] = otherStore(wanted);
    progress.phase('Looking at the legacy side …');
    const said = (name: string): void => progress.phase(`Looking at ${inert(name, 80)} …`);
    const unread: Unreadable[] = [];
    if (declaration.type === 'supabase') {
      const isLegacy = matcher(wanted.kind === 'project' ? wanted.tables : '*');
      const old = legacyTables(await sampleTables(await openStore(declaration, { name: ownName, ...access }), oldKey, unread, said, isLegacy));
      refuseUnread('legacy', old, unread);
      if (old.length === 0) throw new UsageError('--legacy-tables matches no table that the API describes. Correct the names or globs.');
      return { legacies: old, targets: tables, line: ownLine, storeName: ownName, unreadable: { legacy: unread, normalized: unreadableTables } };
    }
    const sampled =
      declaration.type === 'firestore'
        ? await (await import('./init/firestore.ts')).sampleFirestore(declaration, { name: ownName, ...access }, unread, said)
        : await (await import('./init/realtime-database.ts')).sampleRealtimeDatabase(declaration, { name: ownName, ...access }, unread, said);
    refuseUnread('legacy', sampled, unread);
    return {
      legacies: sampled.flatMap(withElements),
      targets: tables,
      line: ownLine,
      storeName: ownName,
      unreadable: { legacy: unread, normalized: unreadableTables },
    };
  }
}

/** Collections that no entity reads, although one reads something else in the same place. */
function collectionsBeside(entities: readonly Entity[], legacies: readonly Legacy[]): string[] {
  const read = entities.map((entity) => legacyPath(entity).split('/'));
  const isBound = (part: string | undefined): boolean => part?.startsWith('{') === true;
  const fits = (path: readonly string[], parts: readonly string[]): boolean => path.every((name, at) => isBound(parts[at]) || parts[at] === name);
  const beside = legacies
    .filter(({ within, each }) => within !== undefined && each === undefined)
    .flatMap(({ source, rows }) => rows.map(({ segments }) => writeSource(source, new Map(), segments).split('/').slice(0, -1)))
    // What is above a path leads to it, and what is below it is part of its rows.
    .filter((path) => !read.some((parts) => fits(path.slice(0, parts.length), parts)))
    .flatMap((path) => {
      const [name = '', ...above] = path.toReversed();
      const place = above.length;
      const near = read.find((parts) => parts.length > place && !isBound(parts[place]) && fits(path.slice(0, place), parts));
      return near === undefined ? [] : [[...near.slice(0, place), name].join('/')];
    });
  return [...new Set(beside)];
}

/**
 * The store that the flag names, as the file will declare it.
 *
 * @throws {InputError}
 */
function otherStore(wanted: Exclude<Wanted, { kind: 'supabase' }>): readonly [name: string, line: string, declaration: StoreDeclaration] {
  const [name, line] = declared[wanted.kind](JSON.stringify(wanted.where));
  const read = readDeclaration(`stores: { ${name}: ${line} }\n`, process.env);
  // The line that is wrong is none that the person wrote.
  if ('mistakes' in read)
    throw new InputError(`--legacy cannot be used:\n${read.mistakes.map(({ message }) => `- ${message.replace(/^stores\.\w+\.\w+: /, '')}.`).join('\n')}`);
  const declaration = read.stores.get(name);
  if (declaration === undefined) throw new TypeError('the store that was just declared is gone');
  return [name, line, declaration];
}

/** @throws {UsageError} if there is nothing left to draft from */
function refuseUnread(side: string, found: readonly unknown[], [first]: readonly Unreadable[]): void {
  if (found.length === 0 && first !== undefined)
    throw new UsageError(`Nothing could be read from the ${side} side, so there is nothing to draft. ${asGiven(first.why)}`);
}

function matcher(list: string): (table: string) => boolean {
  const patterns = list
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(
      (part) =>
        new RegExp(
          `^${part
            .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
            .replaceAll('*', '.*')
            .replaceAll('?', '.')}$`,
        ),
    );
  return (name) => patterns.some((pattern) => pattern.test(name));
}

/** The draft, once it was accepted by the parser that a run uses. */
function checked(draft: Draft, targets: readonly Target[], file: string): string {
  const text = writeDraft(draft);
  const read = readDeclaration(text, process.env);
  if ('mistakes' in read) throw new Error(`the draft cannot be read: ${describeMistakes(file, read.mistakes)}`);
  const described = new Map(targets.map((target) => [target.table, target.columns] as const));
  const legacy = new Map(
    draft.entities
      .flatMap((entity) => [entity.legacy, ...entity.also])
      .flatMap(({ source, columns }) => ('table' in source && columns !== undefined ? [[source.table, columns] as const] : [])),
  );
  const problems = [...(read.pairs.get(draft.pair)?.entities.values() ?? [])].flatMap((entity) => {
    const compiled = compileEntity(entity, { legacy, normalized: described, isSparse: draft.entities.some(({ legacy: { isSparse } }) => isSparse) });
    return 'declaration' in compiled ? [] : compiled;
  });
  if (problems.length > 0) throw new Error(`the draft would not run: ${problems.join('; ')}`);
  return text;
}
