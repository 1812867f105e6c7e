import { canonicalText } from '../../document/canonical.ts';
import type { Key } from '../../document/document.ts';
import { addTo } from '../../document/groups.ts';
import type { ChildRow, WeekKeyRow } from './normalized.ts';
import { isUuid } from './filters.ts';
import { childId, keyOf, type Child } from './shape.ts';

/** Who owns which child, from the rows of `children` seen so far. */
export type Children = {
  add: (rows: readonly ChildRow[]) => void;
  /** Users who have a child of this canonical name. */
  ownersOf: (child: string) => ReadonlySet<string>;
  /** Row ids of a child: more than one where names differ only by spelling. */
  idsOf: (child: Child) => readonly string[];
  childOf: (rowId: string) => Child | undefined;
  has: (child: Child) => boolean;
  all: () => Iterable<Child>;
};

export function createChildren(): Children {
  const byRowId = new Map<string, Child>();
  const rowIds = new Map<string, string[]>();
  const owners = new Map<string, Set<string>>();
  const nobody: ReadonlySet<string> = new Set();

  return {
    add(rows) {
      for (const { row_id: rowId, user_id: owner, name } of rows) {
        if (byRowId.has(rowId)) continue;
        const child = canonicalText(name) ?? '';
        const id = childId({ owner, child });
        byRowId.set(rowId, { owner, child });
        addTo(rowIds, id, rowId);
        if (owner !== null) owners.set(child, (owners.get(child) ?? new Set()).add(owner));
      }
    },
    ownersOf: (child) => owners.get(child) ?? nobody,
    idsOf: (child) => rowIds.get(childId(child)) ?? [],
    childOf: (rowId) => byRowId.get(rowId),
    has: (child) => rowIds.has(childId(child)),
    all: () => byRowId.values(),
  };
}

/** A week without a child row belongs to a child that is known only by its id. */
export function keyOfWeek(row: WeekKeyRow, known: Children): Key {
  const child = known.childOf(row.child_id) ?? { owner: row.user_id, child: row.child_id };
  return keyOf({ ...child, week: row.week_start_date });
}

/** The child ids under which the weeks of a child are stored: without a child row, the id that the weeks refer to. */
export function idsInWeeks(child: Child, known: Pick<Children, 'idsOf'>): readonly string[] {
  const ids = known.idsOf(child);
  return ids.length > 0 || !isUuid(child.child) ? ids : [child.child];
}
