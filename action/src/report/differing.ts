/**
 * Hashes of the documents that differ. Of very many, those that come first in order are kept: enough to tell whether others
 * differ than before, the same whoever saw which of them, and no more than a report and the memory of a merge have room for.
 */
export const mostDiffering = 100_000;

export type Differing = {
  readonly add: (hash: string) => void;
  /** Distinct, in order. */
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
