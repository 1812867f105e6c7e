import type { Words } from '../../report/words.ts';
import type { shape } from './shape.ts';

/** The words for this pair, used in channels and in acceptance rules. */

export const levels = ['children', 'weeks', 'habits', 'records'] as const satisfies readonly (typeof shape.levels)[number]['name'][];

/** Types of findings that have a place. A count has none: it differs because of other findings. */
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

export const words: Words = {
  document: { one: 'week', many: 'weeks' },
  group: { part: 'child', one: 'child', many: 'children' },
  key: ['child', 'week'],
  skips: { 'not-a-monday': 'not starting on a Monday, never migrated' },
  health: 'health of the dual-write',
  nothing:
    'There was nothing to compare: no legacy week is in scope. Either every week is skipped under this week-alignment, or no row can be read: compare week-alignment with what the migration did.',
  hasTables: true,
  beside: { child: 'child', weekStart: 'week' },
};
