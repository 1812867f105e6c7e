import process from 'node:process';
import { describeDefect } from '../action/src/defect.ts';
import { causeOf } from '../action/src/file-error.ts';
import { run } from './program.ts';
import { exit } from './settings.ts';

// Node would print its stack, and end with what says that something differs.
process.on('uncaughtException', (error) => {
  console.error(describeDefect(error));
  process.exit(exit.unknown);
});

/**
 * A reader that has seen enough, such as `head`, is no error, and what was begun is finished: `repair --apply` may be under way.
 * A result that could not be written down is not known to whoever looks for it.
 */
let lost: unknown;
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (stream === process.stdout && error.code !== 'EPIPE') lost = error;
  });

const exitCode = await run(process.argv.slice(2));
// Ends the process even while a request that was given up holds its socket; what was printed goes out first.
process.stdout.write('', () => {
  if (lost !== undefined) console.error(`The result could not be written to standard output (${causeOf(lost)}). Free some space, or write it elsewhere.`);
  process.exit(lost === undefined ? exitCode : exit.unknown);
});
