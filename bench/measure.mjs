// Loaded into the measured process before anything else; plain JavaScript, so that nothing has to be compiled for it.
import { writeFileSync } from 'node:fs';
import process from 'node:process';

process.once('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  writeFileSync(
    process.env.BENCH_MEASUREMENT,
    JSON.stringify({ cpuMs: (userCPUTime + systemCPUTime) / 1000, peakMb: maxRSS / 1024 }),
  );
});
