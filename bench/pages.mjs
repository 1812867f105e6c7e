// What reading tables takes, whatever is done with their rows: pages by `id`, which is the first value of each row, one after the other.
import process from 'node:process';

const { BENCH_URL: url, BENCH_KEY: apikey, BENCH_FIRSTS: firsts = '[]' } = process.env;

async function read(first) {
  const limit = Number(/[?&]limit=(\d+)/.exec(first)[1]);
  let rows = 0;
  for (let last; ; ) {
    const response = await fetch(`${url}${first}${last === undefined ? '' : `&id=gt.${encodeURIComponent(last)}`}`, { headers: { apikey, authorization: `Bearer ${apikey}` } });
    const page = await response.json();
    rows += page.length;
    last = Object.values(page.at(-1) ?? {})[0];
    if (page.length < limit) return rows;
  }
}

let rows = 0;
for (const first of JSON.parse(firsts)) rows += await read(first);
console.log(rows);
