import { createHash } from 'node:crypto';
import process from 'node:process';
import postgres from 'postgres';

/** A database of one test file on a server that others use as well. */
export type Copy = { url: string; drop: () => Promise<void> };

let copies = 0;

/**
 * A copy of a database in which these statements ran. They run once per server, whichever test comes first.
 *
 * @param server connection string of a superuser
 */
export async function copyDatabase(server: string, statements: readonly string[]): Promise<Copy> {
  const admin = postgres(server, { max: 1, onnotice: () => undefined });
  const hash = createHash('sha256').update(JSON.stringify(statements)).digest('hex').slice(0, 16);
  const original = `original_${hash}`;
  copies += 1;
  const name = `copy_${process.pid}_${copies}`;
  try {
    await admin`select pg_advisory_lock(1)`;
    const [found] = await admin`select from pg_database where datname = ${original}`;
    if (!found) {
      // Under its name it is complete.
      const unfinished = `unfinished_${hash}`;
      await admin.unsafe(`drop database if exists ${unfinished}`);
      await admin.unsafe(`create database ${unfinished} encoding 'UTF8' template template0 strategy file_copy`);
      const sql = postgres(at(server, unfinished), { max: 1, onnotice: () => undefined });
      try {
        for (const each of statements) await sql.unsafe(each);
      } finally {
        await sql.end();
      }
      await admin.unsafe(`alter database ${unfinished} rename to ${original}`);
    }
    await admin`select pg_advisory_unlock(1)`;
    // The other strategy logs every page, which costs several times as much.
    await admin.unsafe(`create database ${name} template ${original} strategy file_copy`);
  } finally {
    await admin.end();
  }
  return {
    url: at(server, name),
    async drop() {
      const again = postgres(server, { max: 1, onnotice: () => undefined });
      await again.unsafe(`drop database ${name} with (force)`);
      await again.end();
    },
  };
}

function at(server: string, database: string): string {
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.href;
}
