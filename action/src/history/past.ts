/**
 * The one place where a time that a run wrote down is believed. What lies ahead was written by a clock that was wrong, or
 * by somebody who edited it, and counts as absent: otherwise reminders, trends and the cut-over would wait for that day.
 */
export const isPast = (at: string, now: Date): boolean => Date.parse(at) <= now.getTime();
