import type { PastRun, Report } from '../report/report.ts';
import { paragraphs, time } from './markdown.ts';
import { count, number, percent } from '../report/numbers.ts';

/** Runs up to this one, in words and charts. Nothing here contains text from a database. */

type Trend = Report['trend'];

/** A single run is not a trend. */
const isShown = (trend: Trend): trend is readonly PastRun[] => trend !== undefined && trend.length > 1;

const couldTell = ({ verdict }: PastRun): boolean => verdict !== 'unknown';

/** `12 runs since 2025-11-18 06:17 UTC: 9 in sync, 2 with drift, 1 unknown; drift rate 0% → 1.2%, peak 3.4%`; otherwise empty. */
export function trendLine(trend: Trend): string {
  const [first] = trend ?? [];
  if (!isShown(trend) || !first) return '';
  const numbers = [
    ['in-sync', 'in sync'],
    ['drift', 'with drift'],
    ['unknown', 'unknown'],
  ]
    .map(([verdict, name = '']) => [trend.filter((run) => run.verdict === verdict).length, name] as const)
    .filter(([runs]) => runs > 0)
    .map(([runs, name]) => `${number(runs)} ${name}`);
  const rates = trend.filter(couldTell).map(({ rate }) => rate);
  const [start, end] = [rates.at(0), rates.at(-1)];
  const most = Math.max(0, ...rates);
  const moved =
    start === undefined || end === undefined
      ? ''
      : `; drift rate ${start === end ? '' : `${percent(start)} → `}${percent(end)}${most > Math.max(start, end) ? `, peak ${percent(most)}` : ''}`;
  return `${count(trend.length, 'run')} since ${time(first.at)}: ${numbers.join(', ')}${moved}`;
}

const steps = '▁▂▃▄▅▆▇█';

/** One character per run, the last one on the right: the higher, the more differs; a dot for an inconclusive run. */
export function trendBars(trend: Trend): string {
  if (!isShown(trend)) return '';
  const most = Math.max(...trend.map(({ rate }) => rate));
  const bar = (run: PastRun): string => {
    if (!couldTell(run)) return '·';
    // A small rate must look different from zero.
    const step = run.verdict === 'in-sync' ? 0 : Math.max(1, Math.round((run.rate / most) * 7) || 0);
    return steps[step] ?? '';
  };
  return trend.map(bar).join('');
}

/** A line in a colour that is visible on light and dark backgrounds; ticks between two runs would mean nothing. */
const look = {
  xyChart: { width: 700, height: 220, xAxis: { showLabel: false, showTick: false } },
  themeVariables: { xyChart: { plotColorPalette: '#d1242f' } },
};

/** A chart that GitHub renders. Inconclusive runs are left out: no height would be correct for them. */
function trendChart(trend: readonly PastRun[]): string {
  const known = trend.filter(couldTell);
  const [first, last] = [known.at(0), known.at(-1)];
  if (!first || !last || known.length < 2) return '';
  const rates = known.map(({ rate }) => Number((rate * 100).toFixed(4)));
  const most = Math.max(...rates);
  return [
    '```mermaid',
    `%%{init: ${JSON.stringify(look)}}%%`,
    'xychart-beta',
    `    x-axis "${plain(time(first.at))} to ${plain(time(last.at))}" 1 --> ${rates.length}`,
    `    y-axis "Drift rate (%)" 0 --> ${most === 0 ? 1 : most}`,
    `    line [${rates.join(', ')}]`,
    '```',
  ].join('\n');
}

/** A quotation mark would end a title. */
const plain = (text: string): string => text.replace(/[^\w :-]/g, '');

/** The trend as Markdown; empty if there is no more than one run. */
export const trendSection = (trend: Trend): string => (isShown(trend) ? paragraphs(`${trendLine(trend)}. \`${trendBars(trend)}\``, trendChart(trend)) : '');
