import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { quickFiles } from './quick-files.ts';

/** A test file that is all of them. */
for (const file of quickFiles) await import(pathToFileURL(join(import.meta.dirname, '..', file)).href);
