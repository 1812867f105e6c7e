/**
 * `npm start`: what a maintainer sees of one run, over synthetic data in an embedded Supabase. Nothing leaves this
 * machine: the action runs with `dry-run`, GitHub is an empty repository on a local port, and nobody listens at the
 * Discord webhook. `npm start -- tables` is a pair that a file declares; `dual-write`, `board-app` and `daily-quests` are longer stories.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { inSyncCase, loadCase, referenceCase, type Case } from './data.ts';
import { startEmptyGitHub } from './github.ts';
import { readLog, shortened } from './log.ts';
import { runAction } from './run-action.ts';
import { heading, seconds } from './terminal.ts';
import { startWorld, type World } from './world.ts';

type Scenario = {
  story: string;
  open: () => Promise<Opened>;
  /** In addition to the inputs that every scenario has. */
  inputs?: Readonly<Record<string, string>>;
  verdict: 'drift' | 'in-sync';
  /** The meaning of the exit code in a workflow. */
  exit: string;
};

/** A project with its data. */
type Opened = {
  world: World;
  /** The value of `supabase-url`. */
  url: string;
  /** A note about the data that is known only once it exists. */
  note?: string;
  close: () => Promise<void>;
};

const openCase = (make: () => Case) => async (): Promise<Opened> => {
  const world = await startWorld();
  await loadCase(world, make());
  return { world, url: world.url, close: world.close };
};

const jobFails = 'the job fails, because the severity reaches `fail-on: high`. `fail-on: never` would only report.';

const scenarios: Readonly<Record<string, Scenario>> = {
  drift: {
    story:
      '24 legacy weeks of 6 children. 18 start on a Monday and were migrated, 6 do not and were skipped on purpose.\n' +
      'All 117 habits arrived, but only 283 of 448 filled cells: the migration lost those of habits whose id is a\n' +
      'timestamp. Counting weeks, sampling themes and checking foreign keys find nothing wrong.',
    open: openCase(referenceCase),
    verdict: 'drift',
    exit: jobFails,
  },
  'in-sync': {
    story: 'The same 24 legacy weeks of 6 children, with all 448 filled cells of the 18 migrated weeks.',
    open: openCase(inSyncCase),
    verdict: 'in-sync',
    exit: 'the job is green. No issue is opened, Discord stays quiet, and an open issue would now be closed.',
  },
  tables: {
    story:
      'A shop moved 120 customers and 600 orders to new tables: columns were renamed, states became an enum, a flag\n' +
      'became deleted_at, an array a table of tags, and a JSON address columns. demo/tables.ts has the SQL that did it,\n' +
      'and demo/tables.yml declares what should be equal.',
    open: async () => (await import('./tables.ts')).openMovedShop(),
    inputs: { config: 'demo/tables.yml' },
    verdict: 'drift',
    exit: jobFails,
  },
};

const root = join(import.meta.dirname, '..');

async function demonstrate(asked: string, { story, open, inputs = {}, verdict, exit }: Scenario): Promise<void> {
  const started = performance.now();
  heading('The data');
  console.log(story);
  console.log('\nBooting Postgres with the Supabase API, loading the data, running dist/index.js …');

  const { world, url, note, close } = await open();
  const github = await startEmptyGitHub();
  try {
    if (note !== undefined) console.log(note);
    const ready = performance.now();
    const run = await runAction({
      workspace: root,
      githubApiUrl: github.url,
      inputs: {
        'supabase-url': url,
        'supabase-key': world.secretKey,
        // Port 9 discards data: a message that is sent in spite of dry-run goes nowhere.
        'discord-webhook-url': 'http://127.0.0.1:9/api/webhooks/100000000000000000/placeholder',
        'dry-run': 'true',
        ...inputs,
      },
    });
    if (run.outputs['verdict'] !== verdict) {
      throw new Error(`The action should have said "${verdict}". It ended with exit code ${run.exitCode} and this log:\n${run.log}`);
    }
    const log = readLog(run.log);

    heading('The log of the step');
    console.log(log.text);
    heading('The job summary');
    // The issue, shown further down, repeats it.
    console.log(shortened(run.summary, 20));
    heading('The issue');
    console.log(log.issue === undefined ? 'None: nothing to file.' : shortened(log.issue));
    heading('The Discord message');
    console.log(log.embed ?? 'None: nothing to announce.');

    heading('Where to look next');
    const reports = dirname(run.outputs['report'] ?? '');
    const texts = { 'summary.md': run.summary, ...(log.issue !== undefined && { 'issue.md': log.issue }) };
    for (const [file, text] of Object.entries(texts)) writeFileSync(join(reports, file), text);
    const shown = (path = '') => relative(process.cwd(), path);
    console.log(`The report       ${shown(run.outputs['report-html'])} (for people), ${shown(run.outputs['report'])} (for programs)`);
    console.log(
      `In full          ${Object.keys(texts)
        .map((file) => shown(join(reports, file)))
        .join(', ')}`,
    );
    console.log(`Exit code ${run.exitCode}      ${exit}`);
    console.log('Names            are pseudonyms, so that an issue does not reveal whose data it is; `reveal-values: true` prints them.');
    console.log(
      `Time             ${seconds(ready - started)} to boot Postgres and load the data, ${seconds(run.durationMs)} for the action, ` +
        `which sent ${world.requests.length} requests${verdict === 'drift' ? ' and read the differences again for 2 s before it counted them' : ''}.`,
    );
    const others = Object.keys(stories).filter((other) => other !== asked);
    console.log(`See also         ${others.map((other) => `npm start -- ${other}`).join(', ')}`);
  } finally {
    await github.close();
    await close();
  }
}

/** The scenarios by name. */
const stories: Readonly<Record<string, () => Promise<void>>> = {
  ...Object.fromEntries(Object.entries(scenarios).map(([name, scenario]) => [name, () => demonstrate(name, scenario)])),
  'dual-write': async () => (await import('./dual-write.ts')).tellCircle(),
  'board-app': async () => (await import('./board-app.ts')).tellBoardApp(),
  'daily-quests': async () => (await import('./daily-quests.ts')).tellDailyQuests(),
};

async function main([name = 'drift', ...rest]: readonly string[]): Promise<void> {
  const story = Object.hasOwn(stories, name) && rest.length === 0 ? stories[name] : undefined;
  if (!story) {
    throw new Error(
      `There is no scenario ${JSON.stringify([name, ...rest].join(' '))}. ` +
        `There are: ${Object.keys(stories)
          .map((known) => `npm start -- ${known}`)
          .join(', ')}.`,
    );
  }
  if (!existsSync(join(root, 'dist/index.js'))) {
    throw new Error('dist/index.js is not there, and it is what the demo runs. `npm run build` makes it.');
  }
  await story();
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
