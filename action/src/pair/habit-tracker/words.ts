import type { shape } from './shape.ts';

/** The words in which this pair's findings are told, for those who write them by hand. */

export const levels = ['children', 'weeks', 'habits', 'records'] as const satisfies readonly (typeof shape.levels)[number]['name'][];

/** Of findings that have a place. A count has none: it differs because of findings that do. */
export const placedTypes = [
  'MISSING_CHILD',
  'MISSING_WEEK',
  'ORPHAN_WEEK',
  'DUPLICATE_WEEK',
  'MISSING_HABIT',
  'ORPHAN_HABIT',
  'MISSING_RECORD',
  'ORPHAN_RECORD',
  'DATA_MISMATCH',
  'MALFORMED_LEGACY',
  'WRONG_OWNER',
  'AMBIGUOUS_OWNER',
] as const;
