import * as core from '@actions/core';
import { describeDefect } from './defect.ts';
import { main } from './main.ts';

// Node would print an error that escapes `main` with its stack, such as the rejection of a promise that is not awaited, and also any
// further one until the process has ended.
process.on('uncaughtException', (error) => {
  core.setFailed(describeDefect(error));
  exit();
});

await main();
exit();

/** Ends the process even if an abandoned request still holds its socket; output is flushed first. */
function exit(): void {
  process.stdout.write('', () => process.exit());
}
