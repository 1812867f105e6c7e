/** The result of a demonstration, for other programs: the numbers of its last line. */
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

/** Whether exactly what was missing was found and repaired, both times. */
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
