/**
 * A declared pair of Firestore and a table: the bundled action over our own Firestore and a real Postgres server, compared
 * with merely reading the same pages; parts of it; and what a dual-write costs a user.
 */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { certificateFile, startSecureFront } from '../action/test/fakes/network.ts';
import { startBoardSystem } from '../demo/board-system.ts';
import { startFirestore, toFields, type Firestore, type FirestoreRequest } from '../demo/firestore/server.ts';
import { startPostgres } from '../demo/postgres.ts';
import { goalsOfParts } from './goals-of-parts.ts';
import { directory, measureNode, measurePair, measureReads, median, pagesOf, type MeasuredPair, type Measurement } from './measured.ts';
import { atMost, seconds, type Goal } from './reference.ts';
import { openProject, type Project } from './tables.ts';

export type FirestorePlan = {
  documents: number;
  /** Documents of the smaller collection that is compared in parts. */
  split: number;
  /** How many parts. */
  of: number;
  rounds: number;
};

const config = `
stores:
  fire: { type: firestore, project: demo-board }
pairs:
  posts: { legacy: fire, normalized: supabase, entities: { posts: { legacy: "boards/{board_id}/posts/{id}", normalized: posts, fields: { board_id: "{board_id}", title: title, body: body, likes: { from: likes, type: integer }, visibility: visibility, created_at: { from: createdAt, type: timestamp }, author_id: author.id, tags: { from: tags, type: json } } } } }
`;

const boards = 97;
const words = 'Words about nothing in particular, some of them twice. '.repeat(3);
const start = Date.UTC(2026, 0, 1);

const fillSql = (documents: number): string => `
  create table posts (id text primary key, board_id text, title text, body text, likes bigint, visibility text, created_at timestamptz, author_id text, tags jsonb);
  insert into posts select 'post' || n, 'board' || n % ${boards}, 'Post ' || n, '${words}', n, 'PUBLIC', timestamptz '2026-01-01T00:00:00Z' + n * interval '1 second', 'user' || n % 1000, '["a", "b"]'
  from generate_series(0, ${documents - 1}) as n`;

function fill(firestore: Firestore, documents: number): void {
  for (let n = 0; n < documents; n += 1) {
    firestore.set(
      `boards/board${n % boards}/posts/post${n}`,
      toFields({
        title: `Post ${n}`,
        body: words,
        likes: n,
        visibility: 'PUBLIC',
        createdAt: new Date(start + n * 1000),
        author: { id: `user${n % 1000}`, name: 'Mia' },
        tags: ['a', 'b'],
      }),
    );
  }
}

type Stores = { readonly firestore: Firestore; readonly project: Project; readonly documents: number };

/** A fake Google for the action, which gives a token to everybody who signs with a key. */
async function startGoogle(firestore: Firestore): Promise<{ env: Readonly<Record<string, string>>; close: () => void }> {
  const tokens = createServer((_, outgoing) =>
    outgoing.setHeader('content-type', 'application/json').end(JSON.stringify({ access_token: 'ya29.token', expires_in: 3600, token_type: 'Bearer' })),
  );
  await new Promise<void>((resolve) => tokens.listen(0, '127.0.0.1', resolve));
  const front = await startSecureFront({
    'firestore.googleapis.com': firestore.url,
    'oauth2.googleapis.com': `http://127.0.0.1:${(tokens.address() as AddressInfo).port}`,
  });
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const credentials = { type: 'service_account', client_email: 'driftwatch@demo-board.iam.gserviceaccount.com', private_key: privateKey };
  const file = join(directory, 'credentials.json');
  writeFileSync(file, JSON.stringify(credentials));
  return {
    env: { GOOGLE_APPLICATION_CREDENTIALS: file, NODE_EXTRA_CA_CERTS: certificateFile, BENCH_GOOGLE_PORT: String(front.port) },
    close() {
      front.close();
      tokens.closeAllConnections();
      tokens.close();
    },
  };
}

/** Single documents are requested to see whether the group has others. */
const isOfPage = ({ rpc, body }: FirestoreRequest): boolean => rpc === 'runQuery' && (body as { structuredQuery: { limit: number } }).structuredQuery.limit > 1;

const nearby = ['--import', join(import.meta.dirname, 'nearby.mjs')];

export async function benchFirestore({ documents, split, of, rounds }: FirestorePlan, githubApiUrl: string): Promise<Goal[]> {
  const server = await startPostgres();
  const closing: (() => unknown)[] = [server.close];
  async function open(name: string, count: number): Promise<Stores> {
    console.error(`${count.toLocaleString('en-US')} documents: loading`);
    const firestore = await startFirestore({ project: 'demo-board' });
    fill(firestore, count);
    const project = await openProject(server, name, [fillSql(count)]);
    closing.push(firestore.stop, project.close);
    return { firestore, project, documents: count };
  }
  const inputs = ({ project }: Stores) => ({ 'supabase-url': project.url, 'supabase-key': project.world.secretKey, pair: 'posts' });

  function run(stores: Stores, more: { inputs?: Record<string, string>; env?: Record<string, string>; compared?: number } = {}): Promise<MeasuredPair> {
    const { firestore, project } = stores;
    firestore.requests.length = 0;
    const env = { FIRESTORE_EMULATOR_HOST: firestore.host, ...more.env };
    return measurePair(project.world, githubApiUrl, {
      config,
      inputs: { ...inputs(stores), ...more.inputs },
      env,
      engine: 'stream',
      differing: 0,
      ...(more.compared !== undefined && { compared: more.compared }),
    });
  }

  async function readAgain({ firestore, project, documents: count }: Stores): Promise<Measurement> {
    const requests = firestore.requests
      .filter(isOfPage)
      .map(({ path, body, headers }) => ({ url: `${firestore.url}${path}`, headers: { authorization: headers.authorization ?? '' }, body }));
    return measureReads([{ requests }, pagesOf(project.world, project.url, ['posts'])], 2 * count);
  }

  try {
    const [all, some, few] = [await open('everything', documents), await open('in_parts', split), await open('few', 10)];
    const google = await startGoogle(few.firestore);
    closing.push(google.close);
    const quietRun = () =>
      measurePair(few.project.world, githubApiUrl, {
        config,
        inputs: inputs(few),
        env: { ...google.env, BENCH_START: ':runQuery' },
        nodeArguments: nearby,
        compared: 10,
        differing: 0,
        engine: 'stream',
      });
    const whole: MeasuredPair[] = [];
    const pages: Measurement[] = [];
    const quiet: Measurement[] = [];
    const bare: Measurement[] = [];
    const inParts: { whole: Measurement; parts: readonly Measurement[] }[] = [];
    const rotating: MeasuredPair[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      console.error(`round ${round} of ${rounds}`);
      const billed = all.firestore.reads();
      const one = await run(all, { compared: documents });
      assert.equal(one.reads.legacy, all.firestore.reads() - billed, 'the report says other reads than Firestore bills');
      whole.push(one);
      pages.push(await readAgain(all));
      quiet.push(await quietRun());
      bare.push(await measureNode('https://firestore.googleapis.com/', { env: google.env, nodeArguments: nearby }));
      const wholeOfSome = await run(some, { compared: split });
      const each: MeasuredPair[] = [];
      for (let index = 1; index <= of; index += 1) each.push(await run(some, { inputs: { part: `${index}/${of}` } }));
      assert.equal(
        each.reduce((sum, { compared }) => sum + compared, 0),
        split,
      );
      inParts.push({ whole: wholeOfSome, parts: each });
      rotating.push(await run(some, { inputs: { rotate: '28' }, env: { GITHUB_RUN_NUMBER: String(round) } }));
    }
    const wall = (runs: readonly Measurement[]) => median(runs.map(({ wallMs }) => wallMs));
    const reads = median(whole.map((one) => one.reads.legacy)) / documents;
    const peak = Math.max(...whole.map(({ peakMb }) => peakMb));
    const [begun, ended, node] = [median(quiet.map(({ startMs }) => startMs)), ...[quiet, bare].map((runs) => median(runs.map(({ cpuMs }) => cpuMs)))].map(
      Math.round,
    ) as [number, number, number];
    return [
      atMost(
        'full run, everything equal ÷ merely reading the same pages of both sides',
        median(whole.map(({ wallMs }, round) => wallMs / (pages[round]?.wallMs ?? Number.NaN))),
        1.5,
        `${seconds(wall(whole))} ÷ ${seconds(wall(pages))}`,
      ),
      { what: 'billed reads of that run, counts included', goal: '≤ 1.01 a document', result: `${reads.toFixed(4)} a document`, reached: reads <= 1.01 },
      { what: 'peak memory of the action', goal: '≤ 200 MB', result: `${Math.round(peak)} MB`, reached: peak <= 200 },
      {
        what: 'start-up on the quiet path, with a token and counts, CPU until the first request for documents',
        goal: '≤ 250 ms',
        result: `${begun} ms (Node alone with one request ${node} ms, a whole run over 10 documents ${ended} ms)`,
        reached: begun <= 250,
      },
      ...goalsOfParts(inParts, { cpu: 1.1, longest: 1 / 5 }),
      atMost(
        '`rotate: 28`, billed reads of a run ÷ all documents',
        median(rotating.map((one) => one.reads.legacy)) / split,
        1 / 25,
        `${median(rotating.map((one) => one.reads.legacy)).toLocaleString('en-US')} ÷ ${split.toLocaleString('en-US')}`,
      ),
      ...(await benchDualWrite(rounds)),
    ];
  } finally {
    for (const close of closing.toReversed()) await close();
  }
}

/** How much later the slow network answers. */
const delayMs = 200;
const timeoutMs = 1000;
/** The accuracy of a timer. */
const ringsWithinMs = 50;

/** How long somebody who likes a post waits, in addition to Firestore's time. */
async function benchDualWrite(rounds: number): Promise<Goal[]> {
  console.error('the dual-write');
  const system = await startBoardSystem();
  try {
    let likes = 0;
    /** Requests that were sent while no other one was in progress. */
    let trips = 0;
    let onTheirWay = 0;
    async function waited(options: Parameters<typeof system.user>[1]): Promise<number> {
      likes += 1;
      const userId = `user${likes}`;
      const { api } = system.user(userId, options);
      trips = 0;
      const started = performance.now();
      await api.createLike({ boardId: 'board', postId: 'post', userId });
      return performance.now() - started;
    }
    const late =
      (ms: number): typeof fetch =>
      async (...given) => {
        if (onTheirWay === 0) trips += 1;
        onTheirWay += 1;
        const answer = await fetch(...given);
        await sleep(ms);
        onTheirWay -= 1;
        return answer;
      };
    const hanging: typeof fetch = (_, init) => new Promise((_resolve, reject) => init?.signal?.addEventListener('abort', () => reject(init.signal?.reason)));
    const [quick, slow, silent, off]: [number[], number[], number[], number[]] = [[], [], [], []];
    await waited({ fetch: late(0) });
    let most = 0;
    for (let round = 1; round <= rounds; round += 1) {
      quick.push(await waited({ fetch: late(0) }));
      slow.push(await waited({ fetch: late(delayMs) }));
      most = Math.max(most, trips);
      silent.push(await waited({ fetch: hanging, timeoutMs }));
      off.push(await waited({ enabled: () => false }));
    }
    // Other work on the machine can only add to a time.
    const [more, beyond] = [Math.min(...slow) - Math.min(...quick), Math.max(0, Math.min(...silent) - Math.min(...off) - timeoutMs)].map(Math.round) as [
      number,
      number,
    ];
    return [
      {
        what: '`dualWrite`, Supabase up: what a user waits for beyond the Firestore write',
        goal: '≤ 2 round trips',
        result: `${most} round trips (${more} ms more where each answer comes ${delayMs} ms later)`,
        reached: most <= 2,
      },
      {
        what: `\`dualWrite\`, Supabase silent: what a user waits beyond \`timeoutMs\``,
        goal: `0 ms (${ringsWithinMs} ms for timers)`,
        result: `${beyond} ms`,
        reached: beyond <= ringsWithinMs,
      },
    ];
  } finally {
    await system.close();
  }
}

/** @param goals the table of goals and results */
export const firestoreResults = (
  goals: string,
  { documents, split, of, rounds }: FirestorePlan,
): string => `Made by \`npm run bench -- --firestore\`: the bundled action over our own Firestore server and a real Postgres server with default settings: a
collection group of ${documents.toLocaleString('en-US')} documents below ${boards} others, and a table with the same in eight columns. Medians of ${rounds} rounds in which the ways take turns.

${goals}

- Reading the same pages is sending the requests of the run again, one after the other, and parsing the answers.
- Billed reads are those of the report, which are checked against what the server billed.
- The quiet path signs in with a service account's key, over TLS, at servers that stand for Google's.
- Parts and \`rotate\` are measured with ${split.toLocaleString('en-US')} documents. A part goes by a hash of what its key means, and documents come in the order of their names: so each of ${of} parts reads
  all of them. A rotating run looks up the documents of its part, by the keys of the table.
- A user's wait is that of \`createLike\` in [examples/board-app](../examples/board-app/README.md): requests to Supabase that follow one another before it ends, and how much later it ends where each answer
  comes ${delayMs} ms later.`;
