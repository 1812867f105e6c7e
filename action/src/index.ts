import * as core from '@actions/core';
import { describeDefect } from './defect.ts';
import { main } from './main.ts';

// What escapes `main`, such as the rejection of a promise that nobody awaits, would be printed with its stack by Node;
// and so would another one, in the moment until the process has ended.
process.on('uncaughtException', (error) => {
  core.setFailed(describeDefect(error));
  exit();
});

await main();
exit();

/** Ends the process even while a request that was given up holds its socket; what was printed goes out first. */
function exit(): void {
  process.stdout.write('', () => process.exit());
}
