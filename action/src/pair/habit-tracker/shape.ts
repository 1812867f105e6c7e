import type { Group, Key } from '../../document/document.ts';
import type { Shape } from '../../document/shape.ts';

/** The shape of a child's week, for everything that compares and reports. */
export const shape = {
  key: [
    { name: 'owner', kind: 'text', shown: 'never' },
    { name: 'child', kind: 'text', shown: 'pseudonym' },
    { name: 'week', kind: 'date', shown: 'plain' },
  ],
  group: 2,
  levels: [
    { name: 'children', one: 'child', many: 'children' },
    { name: 'weeks', one: 'week', many: 'weeks' },
    { name: 'habits', one: 'habit', many: 'habits' },
    { name: 'records', one: 'record', many: 'records' },
  ],
} as const satisfies Shape;

/** Indexes of the levels. */
export const level = { children: 0, weeks: 1, habits: 2, records: 3 } as const;

export type Child = {
  /** User id; `null` if a legacy row names none and no user has the child. */
  readonly owner: string | null;
  /** Canonical name. */
  readonly child: string;
};

export type WeekKey = Child & {
  /** Calendar date after alignment; `null` if the row has no readable date. */
  readonly week: string | null;
};

export const keyOf = ({ owner, child, week }: WeekKey): Key => [owner, child, week];
export const groupOfChild = ({ owner, child }: Child): Group => [owner, child];

export const weekKeyOf = ([owner = null, child, week = null]: Key): WeekKey => ({ owner, child: child ?? '', week });
export const childOf = ([owner = null, child]: Group): Child => ({ owner, child: child ?? '' });

/** The same text as `groupId` and `keyId` return. */
export const childId = (child: Child): string => JSON.stringify(groupOfChild(child));
export const weekId = (key: WeekKey): string => JSON.stringify(keyOf(key));
