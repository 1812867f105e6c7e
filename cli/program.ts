import { Command, CommanderError, Option } from 'commander';
import { InputError } from '../action/src/inputs.ts';
import { metadata, version } from './metadata.ts';
import { exit, inOwnWords, isOtherProject, loadEnvironment, otherTables, tell, type Flags } from './settings.ts';

/** Inputs of the action that are used here, by command. */
const databaseInputs = ['pair', 'config', 'supabase-url', 'week-alignment', 'time-budget-seconds'];
const checkInputs = [
  ...databaseInputs,
  'mode',
  'sample-size',
  'confidence',
  'seed',
  'high-threshold',
  'critical-threshold',
  'settle-seconds',
  'fail-on',
  'reveal-values',
  'report-directory',
  'changed-within',
  'read-budget',
];

const surroundings = `
SUPABASE_URL and SUPABASE_KEY are read from the environment or from .env in this directory, and so are PSEUDONYM_KEY
(if the workflow uses one), DISCORD_WEBHOOK_URL, GITHUB_TOKEN and GITHUB_REPOSITORY where a command needs them. Flags
override the environment, which overrides .env. Keys are never passed as flags, and never printed.

Exit codes: 0 success, 1 drift or a failed check, 2 unknown result or invalid usage.`;

type Options = { json?: true; env?: string } & Record<string, string | true | undefined>;

/** Descriptions of inputs that mean something else here than in a workflow. */
const meanings: Readonly<Record<string, string>> = {
  seed: 'Same seed, same data: same sample, same report. Default: local-1.',
  'fail-on': 'Lowest severity that ends with exit code 1: `medium`, `high`, `critical` or `never`.',
  'reveal-values': 'Print free text (child names, habit names, themes, notes) instead of pseudonyms.',
  'time-budget-seconds': 'Seconds after which the command stops; `check` then says how much it covered.',
  'init pair': 'What to call the new pair. Left empty, it is named after the project.',
  'init config': 'File to write, relative to this directory.',
};

function optionFor(command: string, input: string): Option {
  const { description: inWorkflow = '', default: fallback } = metadata.inputs[input] ?? {};
  const description = meanings[`${command} ${input}`] ?? meanings[input] ?? inWorkflow.replace('the workspace', 'this directory');
  const flag = fallback === 'true' || fallback === 'false' ? `--${input}` : `--${input} <value>`;
  return new Option(flag, fallback && fallback !== 'false' ? `${description} Default: ${fallback}.` : description);
}

/** Values by the names of the inputs; a flag without a value is `true`. */
const flagsOf = (options: Options): Flags =>
  Object.fromEntries(
    Object.entries(options).map(([name, value]) => [
      name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
      value === undefined ? undefined : String(value),
    ]),
  );

/** The value of a flag that takes one. */
function textOf(options: Options, name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
}

function begin(options: Options): Flags {
  loadEnvironment(options.env);
  return flagsOf(options);
}

/**
 * @param end receives the exit code of the command
 * @param isDivided whether `--` marks the end of the options
 */
function createProgram(end: (exitCode: number) => void, isDivided: boolean): Command {
  const program = new Command('driftwatch')
    .description('Compares, explains and repairs both sides of a migration from your own machine. Uses the engine of the action, and publishes nothing.')
    .version(version)
    .addHelpText('after', surroundings)
    .configureOutput({
      // A value that was given to a flag without one may be a key.
      outputError: (text, write) => write(text.replace(/^error: /, '').replace(/(--?[\w-]+)=[^'\n]*/g, '$1=…')),
    })
    .showSuggestionAfterError()
    .showHelpAfterError('See `npx driftwatch --help`.')
    .exitOverride();

  const commandLine = (name: string, summary: string, inputs: readonly string[], examples: readonly string[]): Command => {
    const command = program.command(name).summary(summary).description(summary);
    for (const input of inputs) command.addOption(optionFor(name, input));
    return command
      .option('--json', 'Print only JSON.')
      .option('--env <file>', 'Read this file instead of .env.')
      .showHelpAfterError(`See \`npx driftwatch ${command.name()} --help\`.`)
      .addHelpText('after', `\nExamples:\n${examples.map((example) => `  npx driftwatch ${example}`).join('\n')}\n${surroundings}`);
  };

  commandLine('check', 'Compare both sides and show what differs, as the action does.', checkInputs, [
    'check',
    'check --mode sample --sample-size 500 --seed monday',
    'check --reveal-values --json > report.json',
    'check --pair orders --changed-within 30m',
  ])
    .option('--findings <number>', 'How many findings to show. Default: 20.')
    .action(async (options: Options) => {
      const { checkCommand } = await import('./check.ts');
      end(await checkCommand(begin(options), { json: options.json ?? false, findings: String(options['findings'] ?? '20') }));
    });

  commandLine('counts', 'Count every entity exactly on both sides, without reading rows if the store can count them.', databaseInputs, [
    'counts',
    'counts --pair orders --json',
  ]).action(async (options: Options) => {
    const { countsCommand } = await import('./counts.ts');
    end(await countsCommand(begin(options), { json: options.json ?? false }));
  });

  commandLine('explain', 'Show both sides of one row, or one week, side by side, with all values.', databaseInputs, [
    'explain orders 1042',
    'explain order_lines 1042 3',
    'explain child-1a2b3c4d',
    'explain child-1a2b3c4d 2025-10-13',
    'explain 104',
  ])
    .argument('<what>', "The entity. For habit-tracker: a pseudonym from a report (child-…), the id of a row in habit_tracker or weeks, or a child's name.")
    .argument('[key...]', 'The columns of the key, as a report shows them, in the order of the file. For habit-tracker: the date on which the week starts.')
    // A Firebase id begins with a hyphen, and this command has no option with a single hyphen and more than one letter.
    .allowUnknownOption(!isDivided)
    .action(async (what: string, key: readonly string[], options: Options, command: Command) => {
      const unknown = isDivided ? undefined : [what, ...key].find((word) => /^-(?:-|\D$)/.test(word));
      if (unknown !== undefined) command.error(`error: unknown option '${unknown}'`);
      const { explainCommand } = await import('./explain.ts');
      end(await explainCommand(begin(options), what, key, { json: options.json ?? false }));
    });

  commandLine(
    'repair',
    'Show what would make the normalized side match the legacy side. Changes nothing without --apply.',
    [...databaseInputs, 'settle-seconds'],
    [
      'repair',
      'repair --sql > repair.sql',
      'repair --since 2025-10-13 --limit 100 --apply',
      'repair --pair orders --entity order_lines --apply --delete-orphans',
    ],
  )
    .option('--entity <name>', 'Only this entity of a declared pair.')
    .option('--since <time>', 'Only rows whose legacy side changed since then, or at an unknown time.')
    .option('--limit <rows>', 'Change at most this many rows, or weeks. Default: every row, or 1000 weeks.')
    .option('--sql', 'Print only SQL, row by row.')
    .option('--apply', 'Write the changes through the API, and compare again.')
    .option('--delete-orphans', 'Also delete rows that only the normalized side has, in a declared pair. Without --apply, only show them.')
    .action(async (options: Options) => {
      const { repairCommand } = await import('./repair.ts');
      end(
        await repairCommand(begin(options), {
          json: options.json ?? false,
          sql: options['sql'] === true,
          apply: options['apply'] === true,
          deleteOrphans: options['deleteOrphans'] === true,
          entity: textOf(options, 'entity'),
          since: textOf(options, 'since'),
          limit: textOf(options, 'limit'),
        }),
      );
    });

  commandLine('doctor', 'Check that everything a run needs is in place. Writes and posts nothing.', databaseInputs, [
    'doctor',
    'doctor --repository example/habits',
    'doctor --json',
  ])
    .option('--repository <owner/name>', 'The repository in which the token should write issues. Default: GITHUB_REPOSITORY.')
    .action(async (options: Options) => {
      const { doctorCommand } = await import('./doctor.ts');
      end(await doctorCommand(begin(options), { json: options.json ?? false, repository: textOf(options, 'repository') }));
    });

  commandLine(
    'init',
    'Draft the file that declares a pair, by looking at both sides. Never overwrites without --force.',
    ['pair', 'config', 'supabase-url', 'time-budget-seconds'],
    [
      'init --legacy supabase --legacy-tables "old_*" --yes',
      'init --legacy supabase:https://old-project.supabase.co --yes',
      'init --legacy firestore:my-project --yes',
      'init --legacy realtime-database:https://my-project-default-rtdb.firebaseio.com --yes',
    ],
  )
    .option(
      '--legacy <store>',
      'Where the legacy side is: supabase, supabase:<url> (another project, with its key in OLD_SUPABASE_KEY), firestore:<project> or realtime-database:<url>.',
    )
    .option('--legacy-tables <names>', 'Which Supabase tables are legacy: comma-separated names or globs. Default for another project: all of them.')
    .option('--yes', 'Write the draft without asking.')
    .option('--force', 'Overwrite an existing file.')
    .action(async (options: Options) => {
      const { initCommand } = await import('./init.ts');
      end(
        await initCommand(begin(options), {
          json: options.json ?? false,
          legacy: textOf(options, 'legacy'),
          tables: textOf(options, 'legacyTables'),
          yes: options['yes'] === true,
          force: options['force'] === true,
        }),
      );
    });
  return program;
}

/**
 * Runs the command line in this process, with its environment, directory and output.
 *
 * @param args as passed by a shell, without the program
 * @returns the exit code
 */
export async function run(args: readonly string[]): Promise<number> {
  let exitCode: number = exit.well;
  try {
    await createProgram((code) => {
      exitCode = code;
    }, args.includes('--')).parseAsync(args, { from: 'user' });
  } catch (error) {
    return describe(error);
  }
  return exitCode;
}

function describe(error: unknown): number {
  // Commander has already printed its message.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exit.well : exit.unknown;
  // Invalid inputs are a list, one per line, whose values are already inert.
  const sentence = error instanceof InputError ? inOwnWords(error.message) : tell(error);
  const more = /SUPABASE_\w+ is missing|the variable \w+ is (?:not set|empty)/.test(sentence)
    ? 'Set what is missing in the environment, or in a .env file in this directory.'
    : isOtherProject(sentence)
      ? otherTables
      : '';
  console.error(more === '' ? sentence : `${sentence}\n${more}`);
  return exit.unknown;
}
