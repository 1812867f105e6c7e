import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { after, describe, test } from 'node:test';
import { type Tokens } from 'marked';
import { readDeclaration } from '../action/src/pair/declared/declaration.ts';
import { startWorld, type World } from '../action/test/world.ts';
import { metadata, root } from '../cli/metadata.ts';
import { anchors, isCodeSpan, isFence, pages, workflowIn, type Page } from './pages.ts';

/**
 * Checks the pages: links lead somewhere, and whatever a reader may copy is run here, or checked by the one checker for its kind. A fence
 * or a command without a checker fails.
 */

const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const npmPackage: unknown = JSON.parse(read('package.json'));
const scripts = (npmPackage as { scripts: Record<string, string> }).scripts;

// --- Links ---

/** Pages that GitHub has for every repository. A link to them leads out of `blob/main/` and the directories below. */
const ofGitHub = new Set(['security/advisories/new', 'issues/new/choose']);
const outOf = ({ path }: Page): string => '../'.repeat(path.split('/').length + 1);

function problemWithLink(page: Page, href: string): string | undefined {
  if (/^[a-z]+:/i.test(href)) {
    const { protocol, hostname, username, port } = new URL(href);
    return protocol === 'https:' && hostname.includes('.') && username === '' && port === '' ? undefined : 'is no address of a public page';
  }
  if (href.startsWith(outOf(page)) && ofGitHub.has(href.slice(outOf(page).length))) return undefined;
  const [path = '', anchor] = href.split('#');
  const target = path === '' ? page.path : normalize(join(dirname(page.path), decodeURIComponent(path)));
  if (!existsSync(join(root, target))) return 'leads to no file';
  if (anchor === undefined) return undefined;
  const linked = pages.find((other) => other.path === target);
  return linked && anchors(linked).has(anchor) ? undefined : 'leads to no heading of that page';
}

const linksOf = ({ tokens }: Page): string[] =>
  tokens.flatMap((token) => {
    if (token.type === 'link' || token.type === 'image') return [(token as Tokens.Link).href];
    if (token.type !== 'html') return [];
    return [...token.raw.matchAll(/\b(?:href|src|srcset)="([^"]*)"/g)].map(([, href]) => href ?? '');
  });

describe('every link leads somewhere', () => {
  for (const page of pages) {
    test(page.path, () => {
      assert.deepEqual(
        linksOf(page).flatMap((href) => (problemWithLink(page, href) ? `${href} ${problemWithLink(page, href)}` : [])),
        [],
      );
    });
  }

  test('in the forms and settings of the repository, too', () => {
    for (const path of globSync('.github/**/*.yml', { cwd: root })) {
      for (const [url] of read(path).matchAll(/\bhttps?:\/\/[^\s'")]+/g)) assert.match(url, /^https:\/\/[\w-]+(\.[\w-]+)+(\/|$)/, path);
      for (const [file] of read(path).matchAll(/\b(?:docs|action|scripts)\/[\w./-]+\.\w+/g)) assert.ok(existsSync(join(root, file)), `${path}: ${file}`);
    }
  });
});

test('a list of contents has every section of its page, in order', () => {
  for (const { path, text } of pages) {
    const listed = [...text.matchAll(/^(?:- |\d+\. )\[([^\]]*)\]\(#[^)]*\)$/gm)].map(([, title]) => title);
    const sections = [...text.matchAll(/^## (.*)$/gm)].map(([, title]) => title);
    if (listed.length > 0) assert.deepEqual(listed, sections, path);
  }
});

test('a file that a page names is there', () => {
  const own = /^(?:action|bench|cli|demo|dist|docs|scripts|supabase|\.ci|\.github)\/[\w./*-]+$/;
  // Files that users of the action write.
  const theirs = new Set([metadata.inputs['config']?.default]);
  for (const page of pages) {
    const named = page.tokens.filter(isCodeSpan).map(({ text }) => text);
    const missing = named.filter((path) => own.test(path) && !theirs.has(path) && globSync(path, { cwd: root }).length === 0);
    assert.deepEqual(missing, [], page.path);
  }
});

test('the file that answers a newcomer’s question is there, and holds what is asked for', () => {
  const page = pages.find(({ path }) => path === 'docs/architecture.md');
  const tables = page?.tokens.filter((token): token is Tokens.Table => token.type === 'table') ?? [];
  const rows = tables.find(({ header }) => header[0]?.text === 'Question')?.rows.map((cells) => cells.map(({ text }) => text)) ?? [];
  assert.equal(rows.length, 10);
  for (const [question = '', file = '', holds = ''] of rows) {
    const [path, ...parts] = [file, holds].flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, text]) => text ?? ''));
    assert.ok(path !== undefined && existsSync(join(root, path)), question);
    assert.ok(parts.length > 0, question);
    for (const part of parts) assert.ok(read(path).includes(part), `${question} ${path} does not hold ${part}`);
  }
});

// --- Commands ---

/** Commands of other programs, which cannot be checked here: they are read by people, and listed so that a new one is noticed. */
const elsewhere: readonly RegExp[] = [
  /^gh (run rerun|workflow run|workflow enable|secret set|attestation verify) [\w./ -]+$/,
  /^npm publish --access public$/,
  /^supabase (db push|functions deploy dual-write-habit --no-verify-jwt)$/,
  /^gcloud (iam|projects|services) [\w@./: -]+$/,
  /^gcloud iam workload-identity-pools providers create-oidc [\w./:=, -]+ --attribute-condition "[\w./=' ]+"$/,
];

const nodeOptions = execFileSync(process.execPath, ['--help'], { encoding: 'utf8' });

/** Whether a program of this repository has the option: its source, or a module beside it, names it. */
const knowsOption = (file: string, option: string): boolean =>
  [file, ...[...read(file).matchAll(/from '(\.[^']+)'/g)].map(([, path]) => normalize(join(dirname(file), path ?? '')))].some((path) =>
    new RegExp(`(?<!\\w)${option.replace(/^--/, '').replace(/=.*/, '')}(?![\\w-])`).test(read(path)),
  );

function problemWithProgram(words: readonly string[]): string | undefined {
  const at = words.findIndex((word) => !word.startsWith('-'));
  const [file = '', ...rest] = words.slice(at);
  if (at < 0 || !existsSync(join(root, file))) return `starts ${file}, which is not there`;
  const unknown = [
    ...words.slice(0, at).filter((option) => !nodeOptions.includes(option)),
    ...rest.filter((word) => word.startsWith('--') && !knowsOption(file, word)),
  ];
  return unknown.length === 0 ? undefined : `has options that are not known: ${unknown.join(' ')}`;
}

/** The help texts of the command line and its commands. */
const helps = new Map<string, string>();
function helpOf(command: string): string {
  const known =
    helps.get(command) ??
    execFileSync(process.execPath, [join(root, 'cli/driftwatch.mjs'), ...(command === '' ? [] : [command]), '--help'], { encoding: 'utf8' });
  helps.set(command, known);
  return known;
}

function problemWithDriftwatch(words: readonly string[]): string | undefined {
  const [command = '', ...rest] = words[0]?.startsWith('-') ? ['', ...words] : words;
  if (command !== '' && !new RegExp(`^  ${command}( |$)`, 'm').test(helpOf(''))) return 'is no command of the command line';
  const unknown = rest.filter((word) => word.startsWith('-') && !new RegExp(`^ .*${word.replace(/=.*/, '')}\\b`, 'm').test(helpOf(command)));
  return unknown.length === 0 ? undefined : `has options that are not known: ${unknown.join(' ')}`;
}

/** What is wrong with a command, if anything, by the words that it starts with. */
const commands: readonly { starts: RegExp; problem: (words: readonly string[]) => string | undefined }[] = [
  {
    // The demo's own tests run these.
    starts: /^npm start\b/,
    problem: ([, , , scenario]) =>
      read('demo/demo.test.ts').includes(scenario === undefined ? 'start()' : `start('${scenario}'`) ? undefined : 'is run by no test of the demo',
  },
  {
    starts: /^npm (ci|test)$/,
    problem: (words) => (new RegExp(`^check .*\\b${words.join(' ')}\\b`, 'm').test(read('.ci/run')) ? undefined : 'is not run by .ci/run'),
  },
  {
    starts: /^npm run /,
    problem([, , name = '', dashes, ...options]) {
      if (scripts[name] === undefined) return 'is no script of package.json';
      if (dashes !== undefined && dashes !== '--') return 'gives npm what is meant for the script: -- is missing';
      const [node, ...words] = scripts[name].split(' ');
      return node === 'node' ? problemWithProgram([...words, ...options]) : undefined;
    },
  },
  { starts: /^(node_modules\/\.bin\/)?node /, problem: ([, ...words]) => problemWithProgram(words) },
  {
    starts: /^npx driftwatch( |$)/,
    problem: ([, , ...words]) =>
      problemWithDriftwatch(
        words
          .join(' ')
          .replace(/ > \S+$/, '')
          .split(' ')
          .filter(Boolean),
      ),
  },
  {
    starts: /^npm version /,
    problem: (words) => (read('scripts/release.test.ts').includes(words.slice(3).join(' ')) ? undefined : 'is run by no test of the release'),
  },
  { starts: /^(gh|supabase|gcloud|npm publish) /, problem: (words) => (elsewhere.some((known) => known.test(words.join(' '))) ? undefined : 'is not listed') },
];

function problemWithCommand(command: string): string | undefined {
  const knowing = commands.filter(({ starts }) => starts.test(command));
  if (knowing.length !== 1) return `is known to ${knowing.length} checkers`;
  return knowing[0]?.problem(command.split(/\s+/));
}

/** The commands of a fence, without comments and with continued lines in one. */
const commandsIn = (text: string): string[] =>
  text
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .flatMap((line) => line.replace(/(^|\s)#.*$/, '').split('&&'))
    .map((command) => command.trim())
    .filter((command) => command !== '');

test('a command that a page mentions is there', () => {
  for (const page of pages) {
    const spans = page.tokens.filter(isCodeSpan).map(({ text }) => text);
    const mentioned = spans.filter((text) => /^(npm|node|npx|gh|supabase) \S/.test(text));
    assert.deepEqual(
      mentioned.flatMap((command) => (problemWithCommand(command) ? `${command} ${problemWithCommand(command)}` : [])),
      [],
      page.path,
    );
  }
});

// --- Fences ---

let world: World | undefined;
let runsFor: Page | undefined;
after(() => world?.close());

/** A table of the reader's own. */
const ownTables = 'create table if not exists posts (id bigint, board_id uuid)';

/**
 * Runs statements in a project with everything that this repository can install; those of a page build on each other, and are undone at its
 * end.
 */
async function runSql(page: Page, statements: string): Promise<void> {
  world ??= await startWorld({ migrations: [''] });
  if (runsFor !== page) await world.sql(`rollback; begin; ${ownTables}`);
  runsFor = page;
  // Which no transaction allows.
  await world.sql(statements.replaceAll(' concurrently ', ' '));
}

/** Declarations that the TypeScript example expects from the surrounding app. */
const surroundings = `
declare const supabaseUrl: string, publishableKey: string, tappedAt: string, session: { access_token: string };
`;

function checkTypes(page: Page, text: string): void {
  const cache = join(root, 'node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  const directory = mkdtempSync(join(cache, 'docs-'));
  try {
    const example = text.replaceAll(/from '\.\/([\w-]+\.ts)'/g, (_, name: string) => `from '${join(root, 'supabase/client', name)}'`);
    writeFileSync(join(directory, 'example.ts'), `${surroundings}\n${example}`);
    writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify({ extends: join(root, 'tsconfig.json'), include: ['example.ts'] }));
    execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', directory], { encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    assert.fail(`${page.path}: ${(error as { stdout?: string }).stdout}`);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

type Checker = { claims: (fence: Tokens.Code, page: Page) => boolean; check: (fence: Tokens.Code, page: Page) => unknown };

const checkers: Readonly<Record<string, Checker>> = {
  'commands that exist': {
    claims: ({ lang }) => lang === 'sh',
    check: ({ text }) =>
      assert.deepEqual(
        commandsIn(text).flatMap((command) => (problemWithCommand(command) ? `${command} ${problemWithCommand(command)}` : [])),
        [],
      ),
  },
  'SQL that runs': {
    claims: ({ lang }) => lang === 'sql',
    check: ({ text }, page) => runSql(page, text),
  },
  'a workflow, which the workflows’ own tests look at': {
    claims: (fence) => workflowIn(fence) !== undefined,
    check: () => undefined,
  },
  'a file of pairs and accepted differences, which the tests of its schema look at': {
    claims: ({ lang, text }, { path }) => lang === 'yaml' && path === 'docs/known-drift.md' && text.startsWith('# yaml-language-server: $schema='),
    check: () => undefined,
  },
  'a file of pairs that the action reads': {
    claims: ({ lang, text }, { path }) => lang === 'yaml' && path !== 'docs/known-drift.md' && text.startsWith('# yaml-language-server: $schema='),
    check({ text }) {
      const variables = Object.fromEntries(
        [...text.matchAll(/\$([A-Z_]+)/g)].map(([, name = '']) => [name, name.endsWith('_URL') ? 'https://project.example' : 'a-value']),
      );
      const declared = readDeclaration(text, variables);
      assert.deepEqual('mistakes' in declared ? declared.mistakes : [], []);
    },
  },
  'an entity of a pair that the action reads': {
    claims: ({ lang, text }, { path }) => lang === 'yaml' && path === 'docs/pairs.md' && /^[a-z_]+:\n {2}legacy: /.test(text),
    check({ text }) {
      const legacy = text.includes('legacy: boards/') ? 'fire' : 'supabase';
      const file = `stores: { fire: { type: firestore, project: demo } }\npairs:\n  shop:\n    legacy: ${legacy}\n    normalized: supabase\n    entities:\n${text.replaceAll(/^(?=.)/gm, '      ')}\n`;
      const declared = readDeclaration(file, {});
      assert.deepEqual('mistakes' in declared ? declared.mistakes : [], []);
      assert.equal('pairs' in declared ? declared.pairs.get('shop')?.entities.size : 0, 1);
    },
  },
  'TypeScript without type errors': {
    claims: ({ lang }) => lang === 'ts',
    check: ({ text }, page) => checkTypes(page, text),
  },
  JSON: {
    claims: ({ lang }) => lang === 'json',
    check: ({ text }) => JSON.parse(text),
  },
  'settings that the command line reads': {
    claims: ({ lang }) => lang === 'ini',
    check({ text }) {
      const sources = globSync('cli/{*,*/[!.]*}.ts', { cwd: root, exclude: ['cli/test'] })
        .map(read)
        .join('\n');
      const names = text
        .split('\n')
        .filter((line) => !line.startsWith('#'))
        .map((line) => line.split('=')[0] ?? '');
      assert.deepEqual(
        names.filter((name) => !new RegExp(`\\b${name}\\b`).test(sources)),
        [],
      );
    },
  },
  'something to look at': {
    claims: ({ lang }) => lang === 'text',
    check: ({ text }) => assert.doesNotMatch(text, /^\s*[$>] /m),
  },
};

describe('a fence holds', () => {
  for (const page of pages) {
    for (const fence of page.tokens.filter(isFence)) {
      const first = fence.text.split('\n')[0] ?? '';
      const claiming = Object.entries(checkers).filter(([, { claims }]) => claims(fence, page));
      const [[name, checker] = ['', undefined]] = claiming;
      test(`${name}: ${page.path}, ${first.slice(0, 60)}`, async () => {
        assert.equal(claiming.length, 1, `${claiming.length} checkers know the language "${fence.lang ?? ''}": ${first}`);
        await checker?.check(fence, page);
      });
    }
  }
});

test('a statement in a sentence runs', async () => {
  for (const page of pages) {
    const spans = page.tokens.filter(isCodeSpan).map(({ text }) => text);
    for (const statement of spans.filter((text) => /^(select|insert|update|delete|alter|notify) \S+ /.test(text))) {
      await runSql(page, `savepoint before; ${statement}; rollback to before`).catch((error: unknown) =>
        assert.fail(`${page.path}: ${statement}\n${String(error)}`),
      );
    }
  }
});
