import * as core from '@actions/core';
import { number } from '../report/numbers.ts';
import { documents, type Words } from '../report/words.ts';

/** The progress of a long comparison, as lines in the log. */

const progressEveryMs = 5_000;

/**
 * Prints a line at intervals, so that a quick comparison prints none and a long one does not fill the log.
 *
 * @param clock milliseconds, monotonic
 * @returns is told how many documents of how many are compared, neither of which need be whole
 */
export function createProgressLog(words: Pick<Words, 'document'>, clock: () => number = () => performance.now()): (done: number, total: number) => void {
  const start = clock();
  let last = start;
  return (compared, toCompare) => {
    if (clock() - last < progressEveryMs) return;
    last = clock();
    const rate = (1000 * compared) / (last - start);
    const left = (toCompare - compared) / rate;
    const [done, total] = [Math.round(compared), Math.round(toCompare)];
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
