/** The structure of a pair's documents, without their meaning: all that the rest of the program needs to know about them. */

export type Shape = {
  /** Together unique. The first `group` parts identify the group of documents; 0 where documents have no group. */
  readonly key: readonly KeyPart[];
  readonly group: number;
  /** What is counted, from the outside in: groups if there are any, documents, and the members in them. */
  readonly levels: readonly Level[];
  /**
   * Whether several rows with the same key are duplicates on either side. Otherwise they are duplicates only on the legacy side, and on the
   * normalized side all but the best one are orphans.
   */
  readonly hasDuplicates?: true;
};

export type KeyPart = {
  readonly name: string;
  readonly kind: 'text' | 'date';
  /** Whether a report shows the part as it is, under a pseudonym, or not at all; a function decides for each value. */
  readonly shown: 'plain' | 'pseudonym' | 'never' | ((part: string) => 'plain' | 'key' | 'value');
  /** Whether a key is complete without it. */
  readonly isOptional?: boolean;
};

export type Level = { readonly name: string; readonly one: string; readonly many: string };

/** A count for each of a shape's levels, by index; 0 where nothing is known about a level. */
export type Counts = readonly number[];

/** The index of the documents among the levels. */
export const documentLevel = ({ group }: Pick<Shape, 'group'>): number => (group > 0 ? 1 : 0);

/** The name of the level of groups, if there is one. */
export const groupLevel = ({ group, levels }: Pick<Shape, 'group' | 'levels'>): string | undefined => (group > 0 ? levels[0]?.name : undefined);

export const levelName = ({ levels }: Pick<Shape, 'levels'>, level: number): string => levels[level]?.name ?? '';

export const noCounts = ({ levels }: Pick<Shape, 'levels'>): number[] => levels.map(() => 0);

/** @param times how often to add them; negative to subtract */
export function addCounts(into: number[], counts: Counts, times = 1): void {
  for (let level = 0; level < counts.length; level += 1) into[level] = (into[level] ?? 0) + times * (counts[level] ?? 0);
}

export const isSameCounts = (a: Counts, b: Counts): boolean => a.length === b.length && a.every((count, level) => count === b[level]);
