/**
 * Measures what reading every document of a Firestore costs beside merely fetching the same pages, over our own server.
 *
 *   npm run bench:firestore                        100,000 documents; prints
 *   npm run bench:firestore -- --documents 20000   another size
 *   npm run bench:firestore -- --smoke             a little, once: shows that it runs, judges no times
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { availableParallelism, cpus } from 'node:os';
import { parseArgs, promisify } from 'node:util';
import { startFirestore, toFields } from '../demo/firestore/server.ts';
import { startBudget } from '../action/src/store/budget.ts';
import { createFirestoreStore } from '../action/src/store/firestore/firestore.ts';
import { parseSource } from '../action/src/store/source.ts';

type Way = 'pages' | 'scan';
type Measured = { readonly documents: number; readonly reads: number; readonly wallMs: number; readonly cpuMs: number; readonly peakMb: number };

const project = 'demo-board';
const database = '(default)';
const collectionId = 'posts';

/** The pages that a scan asks for, with as little done to them as it takes to ask for the next one. */
async function fetchPages(host: string): Promise<Pick<Measured, 'documents' | 'reads'>> {
  const address = `http://${host}/v1/projects/${project}/databases/${database}/documents:runQuery`;
  let documents = 0;
  let last: string | undefined;
  for (let limit = 100; ; limit = 1000) {
    const startAt = last === undefined ? {} : { startAt: { values: [{ referenceValue: last }], before: false } };
    const orderBy = [{ field: { fieldPath: '__name__' }, direction: 'ASCENDING' }];
    const body = JSON.stringify({ structuredQuery: { from: [{ collectionId, allDescendants: true }], orderBy, limit, ...startAt } });
    const response = await fetch(address, { method: 'POST', headers: { authorization: 'Bearer owner', 'content-type': 'application/json' }, body });
    const page = (await response.json()) as { document?: { name: string } }[];
    const names = page.flatMap(({ document }) => (document ? [document.name] : []));
    documents += names.length;
    last = names.at(-1);
    if (last === undefined || names.length < limit) return { documents, reads: documents };
  }
}

async function scan(host: string): Promise<Pick<Measured, 'documents' | 'reads'>> {
  const budget = startBudget(3600);
  const surroundings = { environment: { FIRESTORE_EMULATOR_HOST: host }, mask: () => undefined, stop: budget.signal, remainingMs: budget.remainingMs };
  const store = createFirestoreStore('fire', { project, database }, surroundings);
  const source = parseSource(`boards/{board_id}/${collectionId}/{id}`, 'firestore');
  assert.ok('segments' in source);
  let documents = 0;
  for await (const page of store.open(source, { columns: 'all', described: undefined, key: ['id'] }).scan()) documents += page.length;
  return { documents, reads: store.reads() };
}

/** In a process of its own, so that the server's memory is not counted. */
async function measureHere(way: Way, host: string): Promise<void> {
  const [cpu, started] = [process.cpuUsage(), performance.now()];
  const read = await (way === 'scan' ? scan : fetchPages)(host);
  const { user, system } = process.cpuUsage(cpu);
  const measured: Measured = { ...read, wallMs: performance.now() - started, cpuMs: (user + system) / 1000, peakMb: process.resourceUsage().maxRSS / 1024 };
  console.log(JSON.stringify(measured));
}

async function measure(way: Way, host: string): Promise<Measured> {
  const { stdout } = await promisify(execFile)(process.execPath, [import.meta.filename, '--measure', way, '--host', host]);
  return JSON.parse(stdout) as Measured;
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? Number.NaN;

async function bench(documents: number, rounds: number): Promise<void> {
  const server = await startFirestore({ project, database });
  try {
    console.error(`${documents} documents: loading`);
    for (let n = 0; n < documents; n += 1) {
      const at = new Date(Date.UTC(2026, 0, 1) + n * 1000);
      server.set(`boards/board${n % 97}/posts/post${n}`, toFields({ title: `Post ${n}`, body: 'Words about nothing in particular, some of them twice. '.repeat(3), likes: n, visibility: 'PUBLIC', createdAt: at, author: { id: `user${n % 1000}`, name: 'Mia' }, tags: ['a', 'b'] }));
    }
    const runs: Record<Way, Measured[]> = { pages: [], scan: [] };
    for (let round = 1; round <= rounds; round += 1) {
      console.error(`round ${round} of ${rounds}`);
      // They take turns, so that a busy moment of the machine does not fall on one of them alone.
      for (const way of round % 2 === 0 ? (['scan', 'pages'] as const) : (['pages', 'scan'] as const)) {
        const measured = await measure(way, server.host);
        assert.equal(measured.documents, documents);
        runs[way].push(measured);
      }
    }
    const of = (way: Way, key: keyof Measured): number => median(runs[way].map((run) => run[key]));
    const ratio = (key: 'wallMs' | 'cpuMs'): string => median(runs.scan.map((run, round) => run[key] / (runs.pages[round]?.[key] ?? Number.NaN))).toFixed(2);
    console.log(`
| ${documents.toLocaleString('en-US')} documents | pages alone | full scan | scan ÷ pages |
| --- | ---: | ---: | ---: |
| wall time | ${of('pages', 'wallMs').toFixed(0)} ms | ${of('scan', 'wallMs').toFixed(0)} ms | ${ratio('wallMs')} |
| CPU | ${of('pages', 'cpuMs').toFixed(0)} ms | ${of('scan', 'cpuMs').toFixed(0)} ms | ${ratio('cpuMs')} |
| peak memory | ${of('pages', 'peakMb').toFixed(0)} MB | ${of('scan', 'peakMb').toFixed(0)} MB | |
| billed reads a document | ${(of('pages', 'reads') / documents).toFixed(4)} | ${(of('scan', 'reads') / documents).toFixed(4)} | |

Medians of ${rounds} rounds; Node ${process.versions.node}, ${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? 'unknown'}).`);
  } finally {
    await server.stop();
  }
}

const { values } = parseArgs({
  options: { documents: { type: 'string', default: '100000' }, rounds: { type: 'string', default: '5' }, smoke: { type: 'boolean', default: false }, measure: { type: 'string' }, host: { type: 'string', default: '' } },
});
if (values.measure === 'pages' || values.measure === 'scan') await measureHere(values.measure, values.host);
else if (values.smoke) await bench(2500, 1);
else await bench(Number(values.documents), Number(values.rounds));
