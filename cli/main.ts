import process from 'node:process';
import { describeDefect } from '../action/src/defect.ts';
import { causeOf } from '../action/src/file-error.ts';
import { run } from './program.ts';
import { exit } from './settings.ts';

// Node would print its stack, and exit with the code that means drift.
process.on('uncaughtException', (error) => {
  console.error(describeDefect(error));
  process.exit(exit.unknown);
});

/**
 * A reader that closes the pipe early, such as `head`, is not an error, and what was begun is finished: `repair --apply` may be running. A
 * result that could not be written is an error, since nobody has seen it.
 */
let lost: unknown;
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (stream === process.stdout && error.code !== 'EPIPE') lost = error;
  });

const exitCode = await run(process.argv.slice(2));
// Ends the process even if an abandoned request still holds its socket; output is flushed first.
process.stdout.write('', () => {
  if (lost !== undefined) console.error(`The result could not be written to standard output (${causeOf(lost)}). Free some space, or write it elsewhere.`);
  process.exit(lost === undefined ? exitCode : exit.unknown);
});
