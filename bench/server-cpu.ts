/** CPU of a Postgres server, which Linux knows of each process. */
import { readdirSync, readFileSync } from 'node:fs';

type Process = { readonly parent: string; readonly cpuMs: number };

/** Linux counts in hundredths of a second. */
const tickMs = 10;

/** @returns `undefined` if the process has ended */
function processOf(id: string): Process | undefined {
  try {
    const text = readFileSync(`/proc/${id}/stat`, 'utf8');
    // The name before may hold spaces.
    const [, parent = '', ...rest] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    // Its own, and that of the processes that it has waited for.
    const cpuMs = rest.slice(9, 13).reduce((sum, ticks) => sum + Number(ticks) * tickMs, 0);
    return { parent, cpuMs };
  } catch {
    return undefined;
  }
}

/**
 * What all processes of a server have used so far.
 *
 * @param backend one of them that serves a connection
 */
export function serverCpuMs(backend: number): number {
  const server = processOf(String(backend))?.parent ?? '';
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .reduce((sum, id) => {
      const one = processOf(id);
      return one !== undefined && (id === server || one.parent === server) ? sum + one.cpuMs : sum;
    }, 0);
}
