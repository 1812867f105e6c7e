import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import * as fc from '../fast-check.ts';
import type { Browser, Page } from 'playwright-core';
import { startBrowser } from '../../../demo/browser.ts';
import { trendBars, trendLine, trendSection } from '../../src/publish/trend.ts';
import type { PastRun } from '../../src/report/report.ts';

const run = (index: number, rate: number, verdict: PastRun['verdict'] = rate > 0 ? 'drift' : 'in-sync'): PastRun => ({
  at: new Date(Date.UTC(2025, 10, 18, 6 * index, 17)).toISOString(),
  verdict,
  severity: rate > 0.01 ? 'critical' : 'none',
  rate,
  findings: Math.round(rate * 1000),
  differing: Math.round(rate * 18),
  compared: 18,
  population: 18,
});

const runsOf = (...rates: readonly (number | '?')[]): PastRun[] => rates.map((rate, index) => (rate === '?' ? run(index, 0, 'unknown') : run(index, rate)));
const mixed = runsOf(0, 0, 0.034, '?', 0.012);
const sixty = runsOf(...Array.from({ length: 60 }, (_, index) => (index % 20 === 7 ? '?' : index > 40 ? index / 60 : 0)));

const chartOf = (trend: readonly PastRun[]): string => /```mermaid\n([^]*?)\n```/.exec(trendSection(trend))?.[1] ?? '';

describe('the trend', () => {
  it('is nothing without runs before this one', () => {
    for (const trend of [undefined, [], runsOf(0.5)]) assert.deepEqual([trendLine(trend), trendBars(trend), trendSection(trend)], ['', '', '']);
  });

  it('is told in one line', () => {
    assert.equal(trendLine(mixed), '5 runs since 2025-11-18 00:17 UTC: 2 in sync, 2 with drift, 1 unknown; drift rate 0% → 1.2%, peak 3.4%');
    assert.equal(trendLine(runsOf(0, 0)), '2 runs since 2025-11-18 00:17 UTC: 2 in sync; drift rate 0%');
    assert.equal(trendLine(runsOf('?', '?')), '2 runs since 2025-11-18 00:17 UTC: 2 unknown');
  });

  it('has a bar for each run, and none that hides drift', () => {
    assert.equal(trendBars(mixed), '▁▁█·▃');
    assert.equal(trendBars(runsOf(0, 0)), '▁▁');
    assert.equal(trendBars(runsOf(0, 0.000001, 1)), '▁▂█');
    // A level's counts may be all that differs.
    assert.equal(trendBars([run(0, 0), run(1, 0, 'drift')]), '▁▂');
    assert.equal([...trendBars(sixty)].length, 60);
  });

  it('shows what could tell, and no height for what could not', () => {
    assert.match(chartOf(mixed), /1 --> 4\n.*0 --> 3\.4\n {4}line \[0, 0, 3\.4, 1\.2\]$/);
    assert.match(chartOf(runsOf(0, 0, 0)), /0 --> 1\n {4}line \[0, 0, 0\]$/);
    for (const trend of [runsOf('?', '?'), runsOf('?', 0.5)]) assert.equal(chartOf(trend), '');
  });

  it('holds nothing of a run but numbers and fixed words', () => {
    const text = fc.constantFrom('"]', '`', '```', '\n', '|', '@octocat', '<b>', '%%{', '2025-11-18T06:17"x');
    fc.assert(
      fc.property(fc.array(text, { minLength: 2, maxLength: 5 }), (texts) => {
        const section = trendSection(texts.map((at, index) => ({ ...run(index, 0.1), at })));
        assert.doesNotMatch(chartOf(texts.map((at, index) => ({ ...run(index, 0.1), at }))), /x-axis ".*".*"/);
        assert.equal(section.match(/^```/gm)?.length, 2);
      }),
    );
  });
});

describe('the chart of the trend', () => {
  let browser: Browser;
  let page: Page;
  before(async () => {
    browser = await startBrowser();
    page = await browser.newPage();
    await page.addScriptTag({ path: join(import.meta.dirname, '../../../node_modules/@mermaid-js/tiny/dist/mermaid.tiny.js') });
  });
  after(() => browser.close());

  /** What mermaid draws: the points of the line, and all text. */
  const draw = (chart: string) =>
    page.evaluate(async (source) => {
      const { mermaid } = globalThis as unknown as { mermaid: { render: (id: string, text: string) => Promise<{ svg: string }> } };
      const { svg } = await mermaid.render('chart', source);
      const drawn = new DOMParser().parseFromString(svg, 'image/svg+xml');
      const line = drawn.querySelector('.line-plot-0 path');
      const points = (line?.getAttribute('d') ?? '').split(/[ML]/).length - 1;
      return { points, colour: line?.getAttribute('stroke'), text: drawn.documentElement.textContent ?? '' };
    }, chart);

  for (const [name, trend, points] of [
    ['some runs', mixed, 4],
    ['sixty runs', sixty, 57],
    ['two runs', runsOf(0, 1), 2],
    ['runs without any drift', runsOf(0, 0, 0), 3],
    ['tiny rates', runsOf(0.0000001, 0.00001, 0), 3],
  ] as const) {
    it(`is drawn of ${name}`, async () => {
      const drawn = await draw(chartOf(trend));
      assert.deepEqual([drawn.points, drawn.colour], [points, '#d1242f']);
      assert.match(drawn.text, /2025-11-18 00:17 UTC to 2025-1\d-\d\d \d\d:17 UTC/);
      assert.match(drawn.text, /Drift rate \(%\)/);
    });
  }
});
