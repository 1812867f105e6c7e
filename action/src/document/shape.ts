/** What documents look like, and nothing of what they mean: what everything else has to know of a pair's documents. */

export type Shape = {
  /** Together unique. The first `group` of them say what documents belong together; where documents stand alone it is 0. */
  readonly key: readonly KeyPart[];
  readonly group: number;
  /** What is counted, from the outside in: what documents belong to where they do, documents, and members in them. */
  readonly levels: readonly Level[];
  /** Whether several rows of one key are duplicates on either side. Otherwise they are so on the legacy side alone, and on the other one all but the best are orphans. */
  readonly hasDuplicates?: true;
};

export type KeyPart = {
  readonly name: string;
  readonly kind: 'text' | 'date';
  /** Whether a report shows the part as it is, under a pseudonym, or not at all; a function says it of each value. */
  readonly shown: 'plain' | 'pseudonym' | 'never' | ((part: string) => 'plain' | 'key' | 'value');
  /** Whether a key is whole without it. */
  readonly isOptional?: boolean;
};

export type Level = { readonly name: string; readonly one: string; readonly many: string };

/** How many there are, by place in the levels of a shape. What says nothing about a level has 0 there. */
export type Counts = readonly number[];

/** The place of the documents among the levels. */
export const documentLevel = ({ group }: Pick<Shape, 'group'>): number => (group > 0 ? 1 : 0);

/** The name of the level of what documents belong to, where they do. */
export const groupLevel = ({ group, levels }: Pick<Shape, 'group' | 'levels'>): string | undefined => (group > 0 ? levels[0]?.name : undefined);

export const levelName = ({ levels }: Pick<Shape, 'levels'>, level: number): string => levels[level]?.name ?? '';

export const noCounts = ({ levels }: Pick<Shape, 'levels'>): number[] => levels.map(() => 0);

/** @param times how often they are to be added; negative to take them away */
export function addCounts(into: number[], counts: Counts, times = 1): void {
  for (let level = 0; level < counts.length; level += 1) into[level] = (into[level] ?? 0) + times * (counts[level] ?? 0);
}

export const isSameCounts = (a: Counts, b: Counts): boolean => a.length === b.length && a.every((count, level) => count === b[level]);
