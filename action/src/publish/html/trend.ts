import type { PastRun, Report, Severity } from '../../report/report.ts';
import { capitalized, type Unit } from '../../report/words.ts';
import { escapeHtml } from './view.ts';
import { count, number, percent } from '../../report/numbers.ts';

const height = 100;

export const tones: Readonly<Record<Severity, string>> = {
  none: 'good',
  low: 'medium',
  medium: 'medium',
  high: 'high',
  critical: 'critical',
};

const day = (iso: string): string => escapeHtml(iso.slice(0, 16).replace('T', ' '));

const said = (run: PastRun): string =>
  run.verdict === 'unknown' ? 'unknown' : run.verdict === 'in-sync' ? 'in sync' : `drift, ${run.severity}, ${percent(run.rate)}`;

/** The recorded runs as bars, oldest first: the height is the drift rate, the colour the verdict. `''` for fewer than two. */
export function trendSection({ trend: runs = [] }: Pick<Report, 'trend'>, document: Unit): string {
  const [first, last] = [runs[0], runs.at(-1)];
  if (!first || !last || runs.length < 2) return '';
  const top = Math.max(...runs.map(({ rate }) => rate));
  const bars = runs.map((run, index) => {
    const high = run.verdict === 'unknown' ? height : run.rate === 0 ? 4 : Math.max(6, (run.rate / top) * height);
    const tone = run.verdict === 'unknown' ? 'unknown' : tones[run.severity];
    const from = Math.round((height - high) * 10) / 10;
    return `<rect class="${tone}" x="${index * 10 + 1}" y="${from}" width="8" height="${Math.round(high * 10) / 10}"><title>${day(run.at)} UTC: ${said(run)}</title></rect>`;
  });
  const verdicts = Map.groupBy(runs, ({ verdict }) => verdict);
  const times = (verdict: PastRun['verdict']): number => verdicts.get(verdict)?.length ?? 0;
  const sums = [`${number(times('in-sync'))} in sync`, `${number(times('drift'))} with drift`, `${number(times('unknown'))} unknown`];
  const of = `${count(runs.length, 'run')} on record`;
  const rows = runs
    .toReversed()
    .map(
      (run) =>
        `<tr><th scope="row" class="date">${day(run.at)}</th><td>${said(run)}</td><td class="n">${number(run.findings)}</td>` +
        `<td class="n">${number(run.differing)} of ${number(run.compared)}</td></tr>`,
    );
  return `<section aria-labelledby="trend">
<h2 id="trend">Trend</h2>
<p>${of}: ${sums.join(', ')}.</p>
<div class="${runs.length < 12 ? 'few' : 'many'}">
<div class="axis"><span>${top === 0 ? 'Drift rate: 0% in all of them' : `Drift rate, up to ${percent(top)}`}</span></div>
<svg class="trend" viewBox="0 0 ${runs.length * 10} ${height}" preserveAspectRatio="none" role="img" aria-label="${of}: ${sums.join(', ')}. The table below has the numbers.">${bars.join('')}</svg>
<div class="axis"><span>${day(first.at)}</span><span>${day(last.at)} UTC</span></div>
</div>
<ul class="legend small">${legend(runs)}</ul>
<details><summary>The runs as a table</summary>
<div class="scroll" role="group" aria-label="Runs" tabindex="0"><table>
<thead><tr><th scope="col">Ended (UTC)</th><th scope="col">Verdict</th><th scope="col" class="n">Findings</th><th scope="col" class="n">${capitalized(document.many)} that differ</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table></div>
</details>
</section>`;
}

function legend(runs: readonly PastRun[]): string {
  const kinds: readonly (readonly [tone: string, name: string])[] = [
    ['good', 'in sync'],
    ['medium', 'medium'],
    ['high', 'high'],
    ['critical', 'critical'],
    ['unknown', 'unknown'],
  ];
  const used = new Set(runs.map((run) => (run.verdict === 'unknown' ? 'unknown' : tones[run.severity])));
  return kinds
    .filter(([tone]) => used.has(tone))
    .map(([tone, name]) => `<li class="dot ${tone}">${name}</li>`)
    .join('');
}
