// What reading takes, whatever is done with what was read: the requests that the action sent, as many at a time as it sent, and their answers parsed.
import { readFileSync } from 'node:fs';
import process from 'node:process';

async function read({ url, headers, body }) {
  const sent = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  const response = await fetch(url, { ...sent, headers: { 'content-type': 'application/json', ...headers } });
  if (!response.ok) throw new Error(`${url}: HTTP ${response.status}`);
  const answer = await response.json();
  return Array.isArray(answer) ? answer.length : 0;
}

let rows = 0;
for (const { requests, atOnce = 1 } of JSON.parse(readFileSync(process.env.BENCH_READS, 'utf8'))) {
  for (let at = 0; at < requests.length; at += atOnce) {
    for (const count of await Promise.all(requests.slice(at, at + atOnce).map(read))) rows += count;
  }
}
console.log(rows);
