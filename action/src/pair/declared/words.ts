import type { Words } from '../../report/words.ts';

/** The words for every declared pair: the file names its entities and columns. */
export const words: Words = {
  document: { one: 'row', many: 'rows' },
  skips: {},
  nothing:
    'There was nothing to compare: no row is in scope. Both sides are empty, or the file misspells its sources or excludes every row with only, or the credentials see nothing: correct the file, or check what the credentials may read.',
  hasTables: false,
};
