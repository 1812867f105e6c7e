/**
 * Hashes of the documents that differ. If there are too many, the first ones in sorted order are kept: enough to see whether different
 * documents differ than before, independent of who saw which of them, and small enough for a report and for the memory of a merge.
 */
export const mostDiffering = 100_000;

export type Differing = {
  readonly add: (hash: string) => void;
  /** Distinct and sorted. */
  readonly list: () => string[];
  readonly clear: () => void;
};

export function collectDiffering(most = mostDiffering): Differing {
  let kept = new Set<string>();
  const list = (): string[] => [...kept].toSorted().slice(0, most);
  return {
    add(hash) {
      kept.add(hash);
      if (kept.size >= 2 * most) kept = new Set(list());
    },
    list,
    clear: () => kept.clear(),
  };
}
