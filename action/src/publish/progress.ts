import * as core from '@actions/core';
import { number } from '../report/numbers.ts';
import { documents, type Words } from '../report/words.ts';

/** The progress of a long comparison. */
export type Progress = {
  /** Documents compared so far. */
  done: number;
  /** Documents to compare. */
  total: number;
  /** Documents per second. */
  rate: number;
  /** Seconds until the end at that rate. */
  left: number;
};

const progressEveryMs = 5_000;

/**
 * Prints a line at intervals, so that a quick comparison prints none and a long one does not fill the log.
 *
 * @param clock milliseconds, monotonic
 */
export function createProgressLog(words: Pick<Words, 'document'>, clock: () => number = () => performance.now()): (progress: Progress) => void {
  let last = clock();
  return ({ done, total, rate, left }) => {
    if (clock() - last < progressEveryMs) return;
    last = clock();
    const share = total > 0 ? ` (${Math.floor((100 * done) / total)}%)` : '';
    const pace = rate > 0 ? `, ${number(Math.round(rate))} per second` : '';
    const end = Number.isFinite(left) && left > 0 ? `, about ${duration(left)} left` : '';
    core.info(`Compared ${number(done)} of ${documents(words, total)}${share}${pace}${end}`);
  };
}

function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
