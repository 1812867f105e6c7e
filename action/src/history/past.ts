/**
 * The one place that decides whether to trust a recorded time. A time in the future was written by a wrong clock, or by somebody who edited
 * it, and counts as absent: otherwise reminders, trends and the cut-over would wait for that day.
 */
export const isPast = (at: string, now: Date): boolean => Date.parse(at) <= now.getTime();
