import process from 'node:process';
import { run } from './program.ts';

/** A reader that has seen enough, such as `head`, is no error. */
process.stdout.on('error', () => process.exit());

process.exitCode = await run(process.argv.slice(2));
// Ends the process even while a request that was given up holds its socket; what was printed goes out first.
process.stdout.write('', () => process.exit());
