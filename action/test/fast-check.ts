import { configureGlobal, readConfigureGlobal } from 'fast-check';
import process from 'node:process';

/**
 * fast-check, with the seed that `npm test` gives to all files: it draws the same cases each time, so that what fails can be repeated and a
 * change is not refused for what was there before. A file that runs by itself draws new cases each time, and so does each night.
 */
const seed = process.env['PROPERTY_SEED'];
if (seed !== undefined) configureGlobal({ ...readConfigureGlobal(), seed: Number(seed) });

export * from 'fast-check';
