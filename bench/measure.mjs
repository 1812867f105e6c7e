// Loaded into the measured process before anything else; plain JavaScript, so that nothing has to be compiled for it.
import { subscribe } from 'node:diagnostics_channel';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';

/**
 * Largest resident set so far, in kB. Linux hands `maxRSS` down from the process that started this one, database and
 * all, so its own high-water mark is asked for where there is one.
 */
function peakKb() {
  const status = existsSync('/proc/self/status') ? readFileSync('/proc/self/status', 'utf8') : '';
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? process.resourceUsage().maxRSS);
}

function usedMs() {
  const { userCPUTime, systemCPUTime } = process.resourceUsage();
  return (userCPUTime + systemCPUTime) / 1000;
}

/** CPU until the first request was on its way, or the first one of a path. */
let startMs;
const wanted = new RegExp(process.env.BENCH_START ?? '');
subscribe('undici:request:create', ({ request }) => {
  if (wanted.test(request.path)) startMs ??= usedMs();
});

process.once('exit', () => {
  const cpuMs = usedMs();
  writeFileSync(process.env.BENCH_MEASUREMENT, JSON.stringify({ startMs: startMs ?? cpuMs, cpuMs, peakMb: peakKb() / 1024 }));
});
