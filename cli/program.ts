import { Command, CommanderError, Option } from 'commander';
import { InputError } from '../action/src/inputs.ts';
import { metadata, version } from './metadata.ts';
import { exit, inOwnWords, isOtherProject, loadEnvironment, otherTables, tell, type Flags } from './settings.ts';

/** Inputs of the action that mean something here, by command. */
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
SUPABASE_URL and SUPABASE_KEY are read from the environment, or from .env in this directory; so are PSEUDONYM_KEY (if
the workflow has one), DISCORD_WEBHOOK_URL, GITHUB_TOKEN and GITHUB_REPOSITORY, where a command needs them. The environment wins over .env,
and a flag over both. Keys are never flags and never printed.

Exit codes: 0 success, 1 drift or a failing point, 2 unknown result, or invalid usage.`;

type Options = { json?: true; env?: string } & Record<string, string | true | undefined>;

function optionFor(input: string): Option {
  const { description = '', default: fallback } = metadata.inputs[input] ?? {};
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

function begin(options: Options): Flags {
  loadEnvironment(options.env);
  return flagsOf(options);
}

/**
 * @param end takes the exit code of the command that was given
 * @param isDivided whether `--` says where options end
 */
function createProgram(end: (exitCode: number) => void, isDivided: boolean): Command {
  const program = new Command('driftwatch')
    .description('Looks at both sides of a dual-write from your own machine: with the engine of the action, publishing nothing.')
    .version(version)
    .addHelpText('after', surroundings)
    .configureOutput({
      // A value that was given where none belongs may be a key.
      outputError: (text, write) => write(text.replace(/^error: /, '').replace(/(--?[\w-]+)=[^'\n]*/g, '$1=…')),
    })
    .showSuggestionAfterError()
    .exitOverride();

  const commandLine = (name: string, summary: string, inputs: readonly string[], examples: readonly string[]): Command => {
    const command = program.command(name).summary(summary).description(summary);
    for (const input of inputs) command.addOption(optionFor(input));
    return command
      .option('--json', 'Print JSON and nothing else.')
      .option('--env <file>', 'Read this file instead of .env.')
      .showHelpAfterError(`\`npx driftwatch ${command.name()} --help\` shows what there is.`)
      .addHelpText('after', `\nExamples:\n${examples.map((example) => `  npx driftwatch ${example}`).join('\n')}\n${surroundings}`);
  };

  commandLine('check', 'Compare both sides and show what differs, as the action does.', checkInputs, [
    'check',
    'check --mode sample --sample-size 500 --seed monday',
    'check --reveal-values --json > report.json',
    'check --pair orders --changed-within 30m',
  ])
    .option('--findings <lines>', 'How many lines of findings to show.', '20')
    .action(async (options: Options) => {
      const { checkCommand } = await import('./check.ts');
      end(await checkCommand(begin(options), { json: options.json ?? false, findings: String(options['findings']) }));
    });

  commandLine('counts', 'Count every entity on both sides, exactly, without reading rows where the store can count them.', databaseInputs, [
    'counts',
    'counts --pair orders --json',
  ]).action(async (options: Options) => {
    const { countsCommand } = await import('./counts.ts');
    end(await countsCommand(begin(options), { json: options.json ?? false }));
  });

  commandLine('explain', 'Show both sides of one row, or of one week, next to each other, with all values.', databaseInputs, [
    'explain orders 1042',
    'explain order_lines 1042 3',
    'explain child-1a2b3c4d',
    'explain child-1a2b3c4d 2025-10-13',
    'explain 104',
  ])
    .argument('<what>', 'The entity; of habit-tracker a pseudonym from a report (child-…), the id of a row of habit_tracker or weeks, or the name of a child.')
    .argument('[key...]', 'The columns of the key as a report shows them, in the order of the file; of habit-tracker the date that the week starts on.')
    // An id of Firebase begins with a hyphen, and no option of this command has a single one with more than a letter behind it.
    .allowUnknownOption(!isDivided)
    .action(async (what: string, key: readonly string[], options: Options, command: Command) => {
      const unknown = isDivided ? undefined : [what, ...key].find((word) => /^-(?:-|\D$)/.test(word));
      if (unknown !== undefined) command.error(`error: unknown option '${unknown}'`);
      const { explainCommand } = await import('./explain.ts');
      end(await explainCommand(begin(options), what, key, { json: options.json ?? false }));
    });

  commandLine(
    'repair',
    'Show what would bring the normalized side to what the legacy side says. Changes nothing without --apply.',
    [...databaseInputs, 'settle-seconds'],
    [
      'repair',
      'repair --sql > repair.sql',
      'repair --since 2025-10-13 --limit 100 --apply',
      'repair --pair orders --entity order_lines --apply --delete-orphans',
    ],
  )
    .option('--entity <name>', 'Only this entity of a declared pair.')
    .option('--since <time>', 'Only rows whose legacy side was written since then, or nobody knows when.')
    .option('--limit <rows>', 'How many rows, or weeks, to change at most. Default: 1000 weeks, or every row.')
    .option('--sql', 'Print the SQL, row by row, and nothing else.')
    .option('--apply', 'Write it through the API, and compare again.')
    .option('--delete-orphans', 'Delete rows of a declared pair that only the normalized side has; by itself it is shown, with --apply it is done.')
    .action(async (options: Options) => {
      const text = (name: string): string | undefined => {
        const value = options[name];
        return typeof value === 'string' ? value : undefined;
      };
      const { repairCommand } = await import('./repair.ts');
      end(
        await repairCommand(begin(options), {
          json: options.json ?? false,
          sql: options['sql'] === true,
          apply: options['apply'] === true,
          deleteOrphans: options['deleteOrphans'] === true,
          entity: text('entity'),
          since: text('since'),
          limit: text('limit'),
        }),
      );
    });

  commandLine('doctor', 'Find out whether everything is there that a run needs. Writes and posts nothing.', databaseInputs, [
    'doctor',
    'doctor --repository example/habits',
    'doctor --json',
  ])
    .option('--repository <owner/name>', 'The repository whose issues the token is to write. Default: GITHUB_REPOSITORY.')
    .action(async (options: Options) => {
      const repository = options['repository'];
      const { doctorCommand } = await import('./doctor.ts');
      end(await doctorCommand(begin(options), { json: options.json ?? false, repository: typeof repository === 'string' ? repository : undefined }));
    });

  commandLine(
    'init',
    'Draft the file that declares a pair, from the names and rows of both sides. Never overwrites without --force.',
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
      'Where the legacy side is: supabase, supabase:<url> (of another project, with its key in OLD_SUPABASE_KEY), firestore:<project> or realtime-database:<url>.',
    )
    .option(
      '--legacy-tables <names>',
      'Which tables of Supabase are legacy, as names or globs with commas between. Of another project it is all of them by default.',
    )
    .option('--yes', 'Write the draft without a question.')
    .option('--force', 'Write over the file that is there.')
    .action(async (options: Options) => {
      const text = (name: string): string | undefined => {
        const value = options[name];
        return typeof value === 'string' ? value : undefined;
      };
      const { initCommand } = await import('./init.ts');
      end(
        await initCommand(begin(options), {
          json: options.json ?? false,
          legacy: text('legacy'),
          tables: text('legacyTables'),
          yes: options['yes'] === true,
          force: options['force'] === true,
        }),
      );
    });
  return program;
}

/**
 * Runs the command line in this process: reads its environment and its directory, and prints where it prints.
 *
 * @param args as a shell hands them over, without the program
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
  // Commander has said what there is to say.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exit.well : exit.unknown;
  // Bad inputs are a list, one a line, whose values are inert already.
  const sentence = error instanceof InputError ? inOwnWords(error.message) : tell(error);
  const more = /SUPABASE_\w+ is missing|the variable \w+ is not set/.test(sentence)
    ? 'Set what is missing in the environment, or in the file .env of this directory.'
    : isOtherProject(sentence)
      ? otherTables
      : '';
  console.error(more === '' ? sentence : `${sentence}\n${more}`);
  return exit.unknown;
}
