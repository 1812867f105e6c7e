import { configureGlobal, integer, readConfigureGlobal, string as stringOf, type Arbitrary, type StringConstraints } from 'fast-check';
import process from 'node:process';

/**
 * fast-check, with the seed that `npm test` gives to all files: it draws the same cases each time, so that what fails can be repeated and a
 * change is not refused for what was there before. A file that runs by itself draws new cases each time, and so does each night.
 */
const seed = process.env['PROPERTY_SEED'];
if (seed !== undefined) configureGlobal({ ...readConfigureGlobal(), seed: Number(seed) });

export * from 'fast-check';

const surrogates = 0x800;

/** What fast-check has for `binary`, but for its list of all of the 1,112,064 characters, which takes it a second to make. */
const character = integer({ min: 0, max: 0x10ffff - surrogates }).map(
  (index) => String.fromCodePoint(index < 0xd800 ? index : index + surrogates),
  (text) => {
    const point = typeof text === 'string' ? (text.codePointAt(0) ?? -1) : -1;
    if (point < 0 || (point >= 0xd800 && point < 0xe000) || String.fromCodePoint(point) !== text) throw new Error('This is no character.');
    return point < 0xd800 ? point : point - surrogates;
  },
);

export const string = (constraints: StringConstraints = {}): Arbitrary<string> =>
  stringOf(constraints.unit === 'binary' ? { ...constraints, unit: character } : constraints);
