import type { Report } from './report.ts';

/** Formats numbers for people, the same in every channel. */

const decimals = format({});
const percentages = format({ style: 'percent', maximumSignificantDigits: 3 });
const upperBounds = format({ style: 'percent', maximumSignificantDigits: 3, roundingMode: 'ceil' });

/** Created on first use: the first formatter takes 15 ms of CPU, and a run in sync, which shows whole numbers and 0% only, needs none. */
function format(options: Intl.NumberFormatOptions): (value: number) => string {
  let made: Intl.NumberFormat | undefined;
  return (value) => (made ??= new Intl.NumberFormat('en-US', options)).format(value);
}

/** `12,345` */
export const number = (value: number): string => (Number.isSafeInteger(value) ? `${value}`.replaceAll(/\B(?=(?:\d{3})+$)/g, ',') : decimals(value));

/** `0.0999%`; a fraction other than 0 never shows as 0%, and one below 1 never as 100%. */
export function percent(fraction: number): string {
  if (fraction === 0) return '0%';
  const shown = percentages(fraction);
  return fraction < 1 && shown === '100%' ? '>99.9%' : shown;
}

/** A configured limit, with all of its digits. */
export const percentSet = format({ style: 'percent', maximumSignificantDigits: 15 });

/** A rate in the form of `percent`, with more digits if it would otherwise look equal to a limit. */
export function percentBeside(rate: number, limits: readonly number[]): string {
  if (rate === 0) return percent(rate);
  const others = limits.filter((limit) => limit !== rate).map(percentSet);
  let shown = percent(rate);
  for (let digits = 4; others.includes(shown) && digits <= 15; digits += 1) shown = format({ style: 'percent', maximumSignificantDigits: digits })(rate);
  return shown;
}

export const ratePercent = ({ drift: { rate }, thresholds: { high, critical } }: Pick<Report, 'drift' | 'thresholds'>): string =>
  percentBeside(rate, [high, critical]);

/** The entity that determines the drift rate, if there are several: a smaller share of all rows together differs. */
export const worstEntity = ({ drift: { rate }, entities = [] }: Pick<Report, 'drift' | 'entities'>): string | undefined =>
  entities.length > 1 && rate > 0 ? entities.find((entity) => entity.rate === rate)?.name : undefined;

/** Like `percent`, but never less than the fraction, so that an upper bound stays one. */
export const percentAtMost = (fraction: number): string => upperBounds(fraction);

/** The upper bound of a rate that is shown beside it: if everything was compared, both are the same number. */
export const boundBeside = ({ rate, upperBound }: { readonly rate: number; readonly upperBound: number }): string =>
  upperBound === rate ? percent(rate) : percentAtMost(upperBound);

/** `1 week`, `12,345 weeks` */
export const count = (value: number, singular: string, plural = `${singular}s`): string => `${number(value)} ${value === 1 ? singular : plural}`;

/** A count's difference with its sign: `+3`, `−165` or `0`. */
export const signed = (value: number): string => (value === 0 ? '0' : value > 0 ? `+${number(value)}` : `−${number(-value)}`);
