/**
 * Two tables of nine columns inside one database: the row functions beside the one full outer join that an expert would write, and beside
 * reading both tables; and the digests of two projects. In turns, so that a busy machine is as unkind to each of them.
 *
 * `node bench/rows.ts [rows] [turns] [key] [order]`: the key is `bigint` (rows lie in its order) or `uuid`; the rows of the two tables lie in
 * the `same` order, as one that was filled from the other has them, or `shuffled`.
 */
import postgres from 'postgres';
import { startPostgres } from '../demo/postgres.ts';
import { startWorld } from '../demo/world.ts';
import { createPace } from '../action/src/compare/pace.ts';
import { shownText } from '../action/src/pair/declared/canonical.ts';
import { compileEntity, type Described } from '../action/src/pair/declared/compiled.ts';
import { readDeclaration } from '../action/src/pair/declared/declaration.ts';
import { createRowDigests, createRowFunctions, type RowFunctions } from '../action/src/pair/declared/row-functions.ts';
import { fingerprint } from '../action/src/pair/declared/fingerprint.ts';
import { readLegacyRow } from '../action/src/pair/declared/row.ts';
import { createRowSpec } from '../action/src/pair/declared/row-spec.ts';
import { timestampValue, type Value } from '../action/src/store/value.ts';
import { parseExactJson } from '../action/src/store/exact-json.ts';
import { createReader } from '../action/src/store/postgrest/reader.ts';

const [rows = 200_000, turns = 3] = process.argv.slice(2, 4).map(Number);
const [key = 'bigint', order = 'same'] = process.argv.slice(4);

const yaml = `
stores: { old: { type: supabase, url: $URL, key: $KEY } }
pairs:
  p:
    legacy: old
    normalized: supabase
    entities:
      posts:
        legacy: old_posts
        normalized: posts
        fields: { title: title, score: score, likes: likes, is_public: is_public, created_at: created_at, day: day, author_id: author_id, body: body }
`;
const declaration = readDeclaration(yaml, { URL: 'https://a.supabase.co', KEY: 'k' });
if ('mistakes' in declaration) throw new Error(JSON.stringify(declaration.mistakes));
const declared = declaration.pairs.get('p')?.entities.get('posts');
if (!declared) throw new Error('no entity');

const columns = { id: key, title: 'text', score: 'numeric', likes: 'integer', is_public: 'boolean', created_at: 'timestamp with time zone', day: 'date', author_id: 'uuid', body: 'jsonb' };
const table = new Map(Object.entries(columns));
const described: Described = { legacy: new Map([['old_posts', table]]), normalized: new Map([['posts', table]]), isSparse: false };
const entity = compileEntity(declared, described);
if (!('declaration' in entity)) throw new Error(String(entity));
const whole = entity;
const spec = createRowSpec(entity, described, { legacy: 'public', normalized: 'public' });
if ('problem' in spec) throw new Error(spec.problem);

const server = await startPostgres();
const world = await startWorld({ migrations: ['021'], postgres: server.url });
const sql = postgres(server.url, { max: 1, onnotice: () => undefined });
await sql.unsafe(`
  create table old_posts (id ${key} primary key, title text, score numeric(12, 2), likes int, is_public boolean, created_at timestamptz, day date, author_id uuid, body jsonb);
  insert into old_posts select ${key === 'uuid' ? 'gen_random_uuid()' : 'i'}, 'A title of ' || md5(random()::text), (random() * 1000)::numeric(12, 2), (random() * 1000)::int, random() < 0.5,
    timestamptz '2024-01-01' + random() * interval '700 days', date '2024-01-01' + (random() * 700)::int, gen_random_uuid(),
    jsonb_build_object('blocks', jsonb_build_array(jsonb_build_object('type', 'paragraph', 'text', md5(random()::text) || md5(random()::text)), jsonb_build_object('type', 'image', 'width', (random() * 1000)::int)), 'version', 1, 'tags', jsonb_build_array(md5(random()::text)))
    from generate_series(1, ${rows}) as i;
  create table posts (like old_posts including all);
  insert into posts select * from old_posts${order === 'shuffled' ? ' order by random()' : ''};
`);
await sql`vacuum analyze old_posts`;
await sql`vacuum analyze posts`;
await sql`checkpoint`;

const reader = createReader(world.url, world.secretKey, new AbortController().signal);
const inOne = createRowFunctions(reader, entity, spec);
const inTwo = createRowDigests({ legacy: reader, normalized: reader }, entity, spec);

/** As `compare/digest.ts` does it: two statements at a time, as many rows as take about half a second. */
async function compareAll(functions: RowFunctions): Promise<{ equal: number; suspects: number }> {
  const plan = await functions.plan();
  const pace = createPace();
  let next = 0;
  let equal = 0;
  let suspects = 0;
  const lane = async (): Promise<void> => {
    while (next < plan.rows.length) {
      const start = next;
      const size = pace.size(plan.rows.slice(next).reduce((sum, each) => sum + each, 0) / 2);
      let inPart = 0;
      while (next < plan.rows.length && (next === start || inPart + (plan.rows[next] ?? 0) / 2 <= size)) {
        inPart += plan.rows[next] ?? 0;
        next += 1;
      }
      const started = performance.now();
      const digest = await plan.digest(start, next, 1);
      pace.measured(inPart, performance.now() - started);
      equal += digest.equal;
      suspects += digest.suspects.length;
      if (digest.suspects.length > 0) for (let at = 0; at < digest.suspects.length; at += 1000) await functions.read(digest.suspects.slice(at, at + 1000));
    }
  };
  await Promise.all([lane(), lane()]);
  suspects += (await plan.written()).length;
  return { equal, suspects };
}

const expert = async (): Promise<number> => {
  const [row] = await sql.unsafe<{ n: number }[]>(`select count(*)::int as n from (
    select coalesce(l.id, n.id) from old_posts l full join posts n on n.id = l.id
    where l.id is null or n.id is null or (l.title, l.score, l.likes, l.is_public, l.created_at, l.day, l.author_id, l.body) is distinct from (n.title, n.score, n.likes, n.is_public, n.created_at, n.day, n.author_id, n.body)) as d`);
  return row?.n ?? Number.NaN;
};

/** What reading has to do, whatever it does besides: pages by key, and each row's fingerprint. One side at a time, as one process does. */
const stream = async (): Promise<number> => {
  let read = 0;
  const fingerprints = new Map<string, string>();
  for (const name of ['old_posts', 'posts']) {
    let last = key === 'uuid' ? '00000000-0000-0000-0000-000000000000' : '0';
    for (;;) {
      const response = await fetch(`${world.url}/rest/v1/${name}?select=*&order=id&limit=1000&id=gt.${last}`, { headers: { apikey: world.secretKey, authorization: `Bearer ${world.secretKey}` } });
      const page = parseExactJson(await response.text());
      if (!Array.isArray(page)) throw new Error('no page');
      for (const value of page as Map<string, Value>[]) {
        const created = value.get('created_at');
        value.set('created_at', typeof created === 'string' ? timestampValue(created) : null);
        const [row] = readLegacyRow(whole, { source: 0, value });
        if (row) fingerprints.set(String(row.key), fingerprint(whole, row)?.exact.slice(0, 16) ?? '');
        read += 1;
      }
      const end = (page as Map<string, Value>[]).at(-1)?.get('id');
      if (end === undefined) break;
      last = shownText(end);
    }
  }
  return read;
};

async function timed<T>(work: () => Promise<T>): Promise<{ ms: number; result: T }> {
  const started = performance.now();
  const result = await work();
  return { ms: performance.now() - started, result };
}

const middle = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? Number.NaN;
const runs = { expert: [] as number[], functions: [] as number[], stream: [] as number[], two: [] as number[] };
const works = { expert, functions: () => compareAll(inOne), stream, two: () => compareAll(inTwo) };
console.log((await inOne.probe()).sentence, (await inTwo.probe()).sentence);
for (let turn = 0; turn <= turns; turn += 1) {
  for (const name of ['expert', 'functions', 'stream', 'two'] as const) {
    // It takes long and varies little.
    if (name === 'stream' && turn < turns) continue;
    world.requests.length = 0;
    server.reset();
    const { ms, result } = await timed<unknown>(works[name]);
    // The first turn only warms up.
    if (turn > 0) runs[name].push(ms);
    console.log(turn, name, Math.round(ms), JSON.stringify(result), `${world.requests.length} requests, longest statement ${Math.round(server.slowest().ms)} ms`);
  }
}
const ms = Object.fromEntries(Object.entries(runs).map(([name, all]) => [name, middle(all)])) as Record<keyof typeof runs, number>;
console.log({ rows, key, order, ms, 'functions / expert': ms.functions / ms.expert, 'functions / stream': ms.functions / ms.stream, 'two / stream': ms.two / ms.stream });

for (const differing of [1, 100, 10_000]) {
  const ratios: number[] = [];
  for (let turn = 0; turn < turns; turn += 1) {
    await sql.unsafe(`update posts set likes = likes + 1 where id in (select id from posts order by id desc limit ${differing})`);
    await sql`vacuum analyze posts`;
    const different = await timed(() => compareAll(inOne));
    await sql`update posts set likes = o.likes from old_posts o where o.id = posts.id and o.likes is distinct from posts.likes`;
    await sql`vacuum analyze posts`;
    const equal = await timed(() => compareAll(inOne));
    ratios.push(different.ms / equal.ms);
    console.log(differing, Math.round(different.ms), JSON.stringify(different.result), 'equal', Math.round(equal.ms));
  }
  console.log(`${differing} differing / equal`, middle(ratios).toFixed(2));
}
await sql.end();
await world.close();
await server.close();
