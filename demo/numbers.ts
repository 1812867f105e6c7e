/** What a demonstration came to, for other programs: the numbers of its last line. */
export type Circle = {
  missing: number;
  dryRun: number;
  repaired: number;
  inSync: boolean;
  writes: number;
  failedForUsers: number;
  lost: number;
  found: number;
  repairedAfter: number;
  inSyncAtEnd: boolean;
  seconds: number;
};

/** Whether what was missing was found and repaired, all of it and nothing else, twice over. */
export const closes = ({ missing, dryRun, repaired, inSync, failedForUsers, lost, found, repairedAfter, inSyncAtEnd }: Circle): boolean =>
  missing > 0 &&
  missing === dryRun &&
  dryRun === repaired &&
  inSync &&
  failedForUsers === 0 &&
  lost > 0 &&
  lost === found &&
  found === repairedAfter &&
  inSyncAtEnd;
