/** How long a statement should take, in milliseconds: short enough for a server that has other work. */
const targetMs = 500;

/** How much an earlier measurement still counts when a new one arrives. */
const memory = 0.75;

/** Nothing is known at first, and one statement proves little, so parts grow by at most this factor. */
const firstSize = 500;
const maxGrowth = 4;

/** Smaller parts cost more in requests than they save in waiting. */
const minSize = 500;

export type Pace = {
  /** How many rows the next part should have; fewer when few are left. */
  size: (left: number) => number;
  measured: (rows: number, ms: number) => void;
  /** How long to leave the server alone. */
  restMs: () => number;
};

/**
 * Sizes parts by the time they take: rows and time of the parts so far, each weighted down by every later one (as
 * pt-table-checksum does, "WeightedAvgRate", Percona Toolkit). A part that takes much longer than that predicts says
 * that the server is busy: the past is forgotten, and the server gets a rest of the same length.
 *
 * @param clock milliseconds, monotonic
 */
export function createPace(clock: () => number = () => performance.now()): Pace {
  let rows = 0;
  let ms = 0;
  let largest = firstSize / maxGrowth;
  let restUntil = 0;

  return {
    size(left) {
      const wanted = rows === 0 ? firstSize : (targetMs * rows) / Math.max(ms, 1);
      return Math.max(minSize, Math.min(wanted, largest * maxGrowth, left));
    },
    measured(partRows, partMs) {
      const predicted = rows === 0 ? Number.POSITIVE_INFINITY : (partRows * ms) / rows;
      if (partMs > 2 * predicted && partMs > targetMs) {
        rows = ms = 0;
        largest = partRows / maxGrowth;
        restUntil = clock() + partMs;
      }
      rows = rows * memory + partRows;
      ms = ms * memory + partMs;
      largest = Math.max(largest, partRows);
    },
    restMs: () => Math.max(0, restUntil - clock()),
  };
}
