import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { test } from 'node:test';

/** Which folder may import which. Types count too: code that names something of another folder has to know what that folder knows. */

const root = join(import.meta.dirname, '..');
const sources = 'action/src';

/**
 * Files next to the folders. These are the entry points, which no folder may import; the others are settings and error
 * sentences.
 */
const doors = ['index', 'main', 'visibility', 'run', 'check', 'conclude', 'merge', 'publish'];

/** Besides itself; a folder's restrictions also apply to the folders within it. `base` are the files that are not entry points. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  document: [],
  report: ['document'],
  privacy: ['document'],
  parts: ['verdict', 'report'],
  base: ['privacy', 'parts'],
  http: ['base'],
  store: ['base', 'http', 'document'],
  'store/postgrest': ['base', 'http', 'store', 'privacy', 'document'],
  'store/firestore': ['base', 'http', 'store', 'privacy', 'document'],
  'store/realtime-database': ['base', 'http', 'store', 'privacy', 'document'],
  verdict: ['report'],
  pair: ['parts', 'document', 'report'],
  compare: ['parts', 'pair', 'store', 'report', 'privacy', 'document'],
  'known-drift': ['base', 'pair', 'report', 'privacy', 'document'],
  history: ['base', 'parts', 'store', 'store/postgrest', 'verdict', 'report'],
  origin: ['compare', 'pair', 'store', 'verdict', 'report', 'privacy', 'document'],
  merge: ['base', 'compare', 'origin', 'pair', 'report', 'privacy', 'document', 'parts'],
  'pair/habit-tracker': ['pair', 'store', 'store/postgrest', 'report', 'privacy', 'document'],
  'pair/declared': ['known-drift', 'pair', 'store', 'store/postgrest', 'report', 'privacy', 'document'],
  publish: ['base', 'http', 'verdict', 'report', 'privacy', 'document'],
  'publish/html': ['base', 'publish', 'report', 'privacy', 'document'],
  'publish/discord': ['base', 'http', 'publish', 'report', 'privacy', 'document'],
  'publish/issue': ['base', 'http', 'history', 'publish', 'verdict', 'report', 'privacy', 'document'],
};

/** Files outside a pair's folder that import from it, and why. */
const knowsAPair: Readonly<Record<string, string>> = {
  'action/src/pair/pairs.ts': 'is the one that names pairs',
  'action/src/pair/config.ts': 'reads the file that declares them',
  'action/src/known-drift/rule.ts': 'lets rules name levels and types of the built-in pair',
  'cli/settings.ts': 'hands over which declared pair is meant',
  'cli/init.ts': 'reads the draft as a run would',
  'cli/init/fields.ts': 'compares sampled rows as a run would',
  'cli/declared/rows.ts': 'reads rows of declared pairs',
  'cli/declared/changes.ts': 'plans what repairs them',
  'cli/declared/explain.ts': 'shows both sides of one',
  'cli/doctor.ts': 'asks what a run of that pair would ask',
  'cli/habit-tracker/explain.ts': 'shows both sides of a week of that pair',
  'cli/habit-tracker/find.ts': 'finds rows by what that pair calls them',
  'cli/habit-tracker/repair.ts': 'repairs the rows of that pair',
  'cli/habit-tracker/sql.ts': 'writes the statements that repair them',
};

/** The only one that names stores. */
const knowsStores = 'action/src/store/stores.ts';

type Arrow = { readonly file: string; readonly to: string };

const arrows = [...globSync(`${sources}/**/*.ts`, { cwd: root }), ...globSync('cli/{*,*/[!.]*}.ts', { cwd: root, exclude: ['cli/test'] })].flatMap(
  (file): Arrow[] => {
    const text = readFileSync(join(root, file), 'utf8');
    return [...text.matchAll(/(?:from |import\()'(\.[^']*)'/g)].map(([, path = '']) => ({ file, to: normalize(join(dirname(file), path)) }));
  },
);

function folderOf(file: string): string {
  const path = relative(sources, file);
  const folder = dirname(path);
  if (folder !== '.') return folder;
  return doors.includes(path.replace('.ts', '')) ? 'door' : 'base';
}

const between = (told: (arrow: Arrow) => boolean): string[] => arrows.filter(told).map(({ file, to }) => `${file} → ${to}`);

test('a folder imports from the folders below it only', () => {
  assert.ok(arrows.length > 300);
  const inside = arrows.filter(({ file }) => file.startsWith(sources) && folderOf(file) !== 'door');
  assert.deepEqual(
    [...new Set(inside.map(({ file }) => folderOf(file)))].filter((folder) => !(folder in allowed)),
    [],
  );
  const upwards = inside.filter(
    ({ file, to }) => folderOf(file) !== folderOf(to) && !allowed[folderOf(file)]?.includes(folderOf(to)) && !(file in knowsAPair) && file !== knowsStores,
  );
  assert.deepEqual(
    upwards.map(({ file, to }) => `${file} → ${to}`),
    [],
  );
});

test('no folder is below itself', () => {
  const heights = new Map<string, number>();
  const heightOf = (folder: string, above: readonly string[]): number => {
    assert.ok(!above.includes(folder), [...above, folder].join(' → '));
    const known = heights.get(folder);
    if (known !== undefined) return known;
    const height = Math.max(0, ...(allowed[folder] ?? []).map((below) => heightOf(below, [...above, folder]) + 1));
    heights.set(folder, height);
    return height;
  };
  for (const folder of Object.keys(allowed)) heightOf(folder, []);
});

test('nobody imports from the folder of a pair, save for those that say why', () => {
  const insiders = arrows.filter(({ file, to }) => /^action\/src\/pair\/[^/]+\//.test(to) && dirname(file) !== dirname(to));
  const files = new Set(insiders.map(({ file }) => file));
  assert.deepEqual([...files].toSorted(), Object.keys(knowsAPair).toSorted());
});

test('channels do not know each other', () => {
  const channel = (file: string): string | undefined => /^action\/src\/publish\/([^/]+)\//.exec(file)?.[1];
  assert.deepEqual(
    between(({ file, to }) => channel(file) !== undefined && channel(to) !== undefined && channel(file) !== channel(to)),
    [],
  );
});

test('what plays the world around the bot runs none of its code: it knows the bot as it is built', () => {
  const files = globSync(['demo/**/*.ts', 'examples/**/*.ts'], { cwd: root, exclude: ['**/node_modules', 'examples/*/test'] });
  assert.ok(files.length > 50);
  const imports = files.flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(/^(?:import|export)(?! type)[^;]*? from '(\.[^']*)'|import\('(\.[^']*)'/gm)].map(
      ([, path, later = '']) => ({
        file,
        to: normalize(join(dirname(file), path ?? later)),
      }),
    ),
  );
  assert.deepEqual(
    imports.filter(({ to }) => to.startsWith('action/src')),
    [],
  );
});
