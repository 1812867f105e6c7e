import { isBuiltin } from 'node:module';
import { basename, relative } from 'node:path';
import { build, type Metafile, type Plugin } from 'esbuild';
import { licenses } from './licenses.ts';

/** Optional native speed-ups of discord.js, which works without them. */
const optional = ['bufferutil', 'utf-8-validate', 'zlib-sync'];

/**
 * `@actions/core` imports an HTTP client, and with it all of undici, only for OIDC tokens, and `exec` for details of the platform. Marked
 * as free of side effects, they are dropped because they are not called. That saves half of the start-up, 55 ms of CPU, and keeps undici
 * from becoming the dispatcher of Node's own `fetch`.
 */
const dropUncalled: Plugin = {
  name: 'drop-uncalled',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /^(@actions\/(exec|http-client|io)|undici)(\/|$)/ }, async ({ path, ...rest }) => {
      if (rest.pluginData === 'resolving') return;
      return { ...(await resolve(path, { ...rest, pluginData: 'resolving' })), sideEffects: false };
    });
  },
};

/**
 * What Google's library loads only if it is not given a transport: `store/google-auth.ts` provides one. Without this code, the bundle
 * contains nothing that is never run.
 */
const dropOwnTransport: Plugin = {
  name: 'drop-own-transport',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(node-fetch|https-proxy-agent)$/ }, ({ path }) => ({ path, namespace: 'dropped' }));
    onLoad({ filter: /.*/, namespace: 'dropped' }, () => ({ contents: 'export {};' }));
  },
};

const otherServices = [
  'AuthClient',
  'FunctionRegion',
  'FunctionsClient',
  'FunctionsError',
  'FunctionsFetchError',
  'FunctionsHttpError',
  'FunctionsRelayError',
  'RealtimeClient',
  'StorageApiError',
  'StorageClient',
];

/**
 * A Supabase client creates a client for each service, and only the database is used here. The replacements for the others do nothing;
 * loading the originals would take 100 ms of CPU at each start. If a newer version adds a name, the build fails.
 */
const dropOtherServices: Plugin = {
  name: 'drop-other-services',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^@supabase\/(auth|functions|realtime|storage)-js$/ }, () => ({ path: 'other-services', namespace: 'dropped-services' }));
    onLoad({ filter: /.*/, namespace: 'dropped-services' }, () => ({
      contents: `class Dropped { setAuth() {} }\nexport { ${otherServices.map((name) => `Dropped as ${name}`).join(', ')} };`,
    }));
  },
};

/**
 * esbuild puts modules that are reachable from the same dynamic imports into one file, so that each combination becomes a separate file: a
 * run would load about forty, half a millisecond of CPU each. With this plugin, each dynamic import also leads to everything that a run has
 * loaded by then, or is about to load.
 */
const loadTogether = (root: string): Plugin => ({
  name: 'load-together',
  setup({ onResolve, onLoad, resolve }) {
    onResolve({ filter: /^\./ }, async ({ path, kind, pluginData, ...rest }) => {
      if (kind !== 'dynamic-import' || pluginData === 'resolving') return;
      const resolved = await resolve(path, { ...rest, kind, pluginData: 'resolving' });
      return { path: relative(root, resolved.path), namespace: 'later' };
    });
    onLoad({ filter: /.*/, namespace: 'later' }, ({ path }) => ({
      contents: [...loadedWith(path).map((file) => `import './${file}';`), `export * from './${path}';`].join('\n'),
      resolveDir: root,
    }));
  },
});

const declaration = 'action/src/pair/declared/declaration.ts';
/** Last, what the built-in pair and declared ones have in common. */
const ofEachRun = ['action/src/main.ts', 'action/src/run.ts', 'action/src/pair/habit-tracker/words.ts', 'action/src/store/postgrest/filter.ts'];
const ofEachDeclaredPair = [...ofEachRun, declaration, 'action/src/pair/declared/pair.ts', 'action/src/store/postgrest/store.ts'];

/** @param path what is imported dynamically */
const loadedWith = (path: string): readonly string[] =>
  path !== declaration && /^action\/src\/(pair\/declared|store)\//.test(path) ? ofEachDeclaredPair : ofEachRun;

/**
 * CommonJS packages call `require`, which an ES module does not have. Creating it in each file of the bundle would cost 5 ms of CPU at each
 * start.
 */
const requireOfItsOwn = "import { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);\n";

/**
 * The files of `dist/`, by name: an ES module for each dynamic import, so that a run loads only what it needs, the licences of the bundled
 * packages, and the package.json that makes the files ES modules wherever they are.
 *
 * The same sources give the same bytes in every directory and on every machine.
 *
 * @param root directory of the sources and of `node_modules`
 * @param entry relative to `root`; becomes `index.js`
 * @param target the oldest Node version that has to run it
 */
export async function bundle(root: string, entry = 'action/src/index.ts', target = 'node24'): Promise<Map<string, string>> {
  const { outputFiles, metafile, warnings } = await build({
    absWorkingDir: root,
    entryPoints: { index: entry },
    outdir: 'dist',
    chunkNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target,
    // A file with any other character takes V8 twice the memory for the whole lifetime of the process: 1.7 MB more for a run.
    charset: 'ascii',
    // Not minified: code that handles a team's secrets should be readable, and so should its diffs. Minified it is less than half the size
    // but starts no faster (59 instead of 55 ms of CPU on an idle path).
    minify: false,
    legalComments: 'none',
    // The same parser as ES modules, so that unused parts are dropped. In the CommonJS version, which Node would use, each module is read
    // twice: 8 ms of CPU.
    alias: { yaml: './node_modules/yaml/browser/index.js' },
    external: optional,
    plugins: [dropUncalled, dropOwnTransport, dropOtherServices, ...(entry === 'action/src/index.ts' ? [loadTogether(root)] : [])],
    // A linked node_modules gives the same paths as a real one.
    preserveSymlinks: true,
    metafile: true,
    write: false,
    logLevel: 'warning',
  });
  if (warnings.length > 0) throw new Error(`esbuild has ${warnings.length} warnings (above); the bundle may not work.`);

  const outputs = Object.entries(metafile.outputs);
  const missing = outputs
    .flatMap(([, { imports }]) => imports)
    .filter(({ external, path }) => external && !isBuiltin(path) && !optional.includes(path))
    .map(({ path }) => path);
  if (missing.length > 0) throw new Error(`The bundle would import ${missing.join(', ')}, which no runner has.`);

  const names = stableNames(metafile);
  const files = new Map<string, string>();
  for (const { path, text } of outputFiles) {
    const renamed = [...names].reduce((content, [from, to]) => content.replaceAll(from, to), text);
    files.set(names.get(basename(path)) ?? basename(path), /\brequire\b/.test(renamed) ? `${requireOfItsOwn}${renamed}` : renamed);
  }
  const inputs = outputs.flatMap(([, output]) => Object.entries(output.inputs));
  const packages = inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).flatMap(([input]) => packageDirectory(input) ?? []);
  files.set('licenses.txt', licenses(root, new Set(packages)));
  files.set('package.json', '{ "type": "module" }\n');
  return files;
}

/** `node_modules/a/node_modules/@b/c` for every file in it; `undefined` for our own files. */
const packageDirectory = (input: string): string | undefined => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0];

/**
 * Names without esbuild's hash, which would rename a file with every change in it: a file is named after the module that is imported
 * dynamically, and a shared one after the largest module in it.
 */
function stableNames({ outputs }: Metafile): Map<string, string> {
  const chunks = Object.entries(outputs)
    .map(([path, { entryPoint, inputs }]) => {
      const [largest] = Object.entries(inputs).toSorted(([, a], [, b]) => b.bytesInOutput - a.bytesInOutput)[0] ?? [];
      const name = entryPoint ? nameOf(entryPoint) : `shared-${largest ? nameOf(largest) : 'helpers'}`;
      return { file: basename(path), name, from: entryPoint ?? largest ?? '' };
    })
    .filter(({ file }) => file !== 'index.js')
    .toSorted((a, b) => (a.from < b.from ? -1 : 1));

  const names = new Map<string, string>();
  const taken = new Set(['index']);
  for (const { file, name } of chunks) {
    let free = name;
    for (let n = 2; taken.has(free); n += 1) free = `${name}-${n}`;
    taken.add(free);
    names.set(file, `${free}.js`);
  }
  return names;
}

function nameOf(input: string): string {
  return basename(packageDirectory(input) ?? input.replace(/^[\w-]+:/, '')).replace(/\.[jt]s$/, '');
}
