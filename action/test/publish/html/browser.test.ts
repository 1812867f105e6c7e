import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import axe, { type AxeResults } from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { startBrowser } from '../../../../demo/browser.ts';
import { bundle } from '../../../../scripts/bundle.ts';
import { root } from '../../../../cli/metadata.ts';
import { renderHtml } from '../../../src/publish/html/html.ts';
import type { Report } from '../../../src/report/report.ts';
import { at, disasterReport, hostileReport, referenceReport, sampledReport, syncedReport, unknownReport } from '../reports.ts';
import { driftOfRows } from '../declared-reports.ts';
import { boardReport, hostileRows, manyBoardsReport, recentReport } from './rows-pages.ts';
import { lateChild, lostReport, lostWeek, patternReport, tellingReport } from './pages.ts';
import { childOf, weekOf } from '../../places.ts';

let browser: Browser;
let directory: string;
before(async () => {
  directory = mkdtempSync(join(tmpdir(), 'report-page-'));
  browser = await startBrowser();
});
after(async () => {
  await browser.close();
  rmSync(directory, { recursive: true });
});

type Options = BrowserContextOptions & { expected?: RegExp; render?: typeof renderHtml };

/**
 * Opens the report as a file, as somebody would who has downloaded it, and does something there. Fails on whatever the
 * page prints, asks for, or is refused by its own policy, unless that is `expected`.
 */
async function open(report: Report, use: (page: Page) => Promise<void>, { expected = /^$/, render = renderHtml, ...options }: Options = {}): Promise<void> {
  const file = join(directory, 'report.html');
  writeFileSync(file, render(report, { runUrl: 'https://github.com/octo-org/habits/actions/runs/1700000001' }));
  const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, ...options });
  // What does not come is for the test runner's own limit.
  context.setDefaultTimeout(0);
  try {
    const page = await context.newPage();
    const noise: string[] = [];
    page.on('console', (message) => noise.push(message.text()));
    page.on('pageerror', (error) => noise.push(String(error)));
    page.on('dialog', (dialog) => noise.push(dialog.message()));
    page.on('request', (request) => noise.push(request.url()));
    const address = pathToFileURL(file).href;
    await page.goto(address);
    await use(page);
    assert.deepEqual(
      noise.filter((line) => !expected.test(line)),
      [address],
    );
  } finally {
    await context.close();
  }
}

const found = (page: Page): Promise<string> => page.locator('#status').innerText();
const rowsOf = (page: Page): Promise<number> => page.locator('#list tbody tr:has(td)').count();

/** Not row after row of the same. */
const shortened = (report: Report): Report => ({ ...report, findings: report.findings.slice(0, 100) });

/** @param rules to look at; all of them when there are none */
async function violations(page: Page, rules?: string[]): Promise<string[]> {
  await page.evaluate(axe.source);
  const results: AxeResults = await page.evaluate(
    (runOnly) => (globalThis as unknown as { axe: typeof axe }).axe.run(document, runOnly ? { runOnly } : {}),
    rules,
  );
  return results.violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary}`));
}

const reports: Readonly<Record<string, () => Report | Promise<Report>>> = {
  'the reference case': referenceReport,
  'a report with everything in it': tellingReport,
  'a quiet run': syncedReport,
  'a sample': sampledReport,
  'an unknown run': unknownReport,
  'many patterns': patternReport,
  '3,000 lost weeks': lostReport,
  '10,000 findings': disasterReport,
  'a hostile database': hostileReport,
  'rows of several entities': boardReport,
  'rows of many boards': manyBoardsReport,
  'a declared pair with everything in it': driftOfRows,
  'a run over what was written lately': recentReport,
  'rows of a hostile database': hostileRows,
};

describe('report.html in a browser', () => {
  for (const [name, make] of Object.entries(reports)) {
    test(`shows ${name} without a request, an error, or a page that is wider than a phone`, async () =>
      open(
        await make(),
        async (page) => {
          assert.ok(await page.locator('h1').isVisible());
          assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
        },
        { viewport: { width: 360, height: 740 } },
      ));
  }

  for (const name of [
    'a report with everything in it',
    'a quiet run',
    'an unknown run',
    'many patterns',
    'rows of several entities',
    'a declared pair with everything in it',
    'a run over what was written lately',
  ]) {
    test(`is accessible with ${name}, in light and in dark, and on a phone`, async () =>
      open(shortened((await reports[name]?.()) ?? referenceReport()), async (page) => {
        assert.deepEqual(await violations(page), []);
        await page.emulateMedia({ colorScheme: 'dark' });
        assert.deepEqual(await violations(page, ['color-contrast']), []);
        await page.setViewportSize({ width: 390, height: 844 });
        assert.deepEqual(await violations(page), []);
      }));
  }

  test('shows hostile text as text: nothing of it becomes an element or runs', () =>
    open(hostileReport(), async (page) => {
      await page.locator('#search').fill('script');
      await page.getByText(/^\d+ of \d+ findings\.$/).waitFor();
      assert.ok((await rowsOf(page)) > 0);
      assert.equal(await page.locator('img, iframe, table script, [onmouseover], [onerror]').count(), 0);
      assert.equal(await page.locator('main style').count(), 0);
    }));

  test('its policy refuses a script, a style and a request that come from elsewhere', () =>
    open(
      referenceReport(),
      async (page) => {
        const refused = await page.evaluate(async () => {
          const directives = new Set<string>();
          const refusedAll = new Promise<void>((resolve) => {
            addEventListener('securitypolicyviolation', ({ effectiveDirective }) => {
              directives.add(effectiveDirective);
              if (directives.size === 5) resolve();
            });
          });
          const script = document.createElement('script');
          script.textContent = 'document.title = "run"';
          const style = document.createElement('style');
          style.textContent = 'body { display: none }';
          const image = document.createElement('img');
          image.src = 'https://example.invalid/x.png';
          document.body.append(script, style, image);
          document.body.insertAdjacentHTML('beforeend', '<p onclick="document.title = 1" style="color: red">');
          (document.body.lastElementChild as HTMLElement).click();
          await refusedAll;
          return { directives: [...directives].sort(), title: document.title };
        });
        assert.deepEqual(refused.directives, ['img-src', 'script-src-attr', 'script-src-elem', 'style-src-attr', 'style-src-elem']);
        assert.match(refused.title, /Drift/);
      },
      { expected: /Content Security Policy|^https:\/\/example\.invalid\// },
    ));

  test('filters by type, severity, child and week, and says how many are left', () =>
    open(patternReport(), async (page) => {
      const total = patternReport().findings.length.toLocaleString('en-US');
      const count = (matches: (finding: Report['findings'][number]) => boolean): string =>
        `${patternReport().findings.filter(matches).length.toLocaleString('en-US')} of ${total} findings`;
      await page.locator('#type').selectOption('DUPLICATE_WEEK');
      assert.ok((await found(page)).startsWith(count(({ type }) => type === 'DUPLICATE_WEEK')));
      await page.locator('#clear').click();
      await page.locator('#severity').selectOption('high');
      assert.ok((await found(page)).startsWith(count(({ severity }) => severity === 'high')));
      await page.locator('#clear').click();
      await page.locator('#child').selectOption(lateChild);
      assert.ok((await found(page)).startsWith(count((finding) => childOf(finding) === lateChild)));
      await page.locator('#week').selectOption(lostWeek);
      assert.ok((await found(page)).startsWith(count((finding) => childOf(finding) === lateChild && weekOf(finding) === lostWeek)));
      await page.locator('#type').selectOption('ORPHAN_WEEK');
      assert.equal(await found(page), 'No finding matches.');
      assert.equal(await rowsOf(page), 0);
      await page.locator('#clear').click();
      assert.ok((await found(page)).startsWith(`${total} findings`));
    }));

  test('offers to show more only where there is more', () =>
    open(referenceReport(), async (page) => {
      assert.match(await found(page), /^\d+ findings\.$/);
      assert.equal(await page.locator('#more').isVisible(), false);
    }));

  test('searches in every text of ten thousand findings, and shows more of them when asked', () =>
    open(disasterReport(), async (page) => {
      assert.equal(await rowsOf(page), 200);
      await page.locator('#search').fill('2025-09-08 MISSING_week');
      await page.getByText('600 of 10,000 findings, the first 200 shown.').waitFor();
      await page.locator('#more').click();
      assert.equal(await rowsOf(page), 400);
      await page.locator('#search').fill('1234');
      await page.getByText('1 of 10,000 findings.').waitFor();
      assert.match(await page.locator('#list tbody').innerText(), /habit_tracker 1234/);
    }));

  test('a click in the picture shows what differs there, for a cell, a child, and a week', () =>
    open(patternReport(), async (page) => {
      const grid = page.locator('#grid');
      const cell = grid.locator('tbody tr', { hasText: lateChild }).locator('td.differs').first();
      assert.match((await cell.getAttribute('title')) ?? '', /^week of 2025-05-26: \d × DATA_MISMATCH$/);
      await cell.click();
      assert.equal(await page.locator('#list tbody').count(), 1);
      assert.match(await page.locator('#list tbody').innerText(), new RegExp(`${lateChild}, week of 2025-05-26`));
      await grid.getByText(lateChild).click();
      assert.equal(await page.locator('#list tbody').count(), 32);
      await grid.locator('thead th', { hasText: lostWeek }).click();
      assert.equal(await page.locator('#list tbody').count(), 60);
    }));

  test('the picture can be walked and used by keyboard alone, and says where one is', () =>
    open(patternReport(), async (page) => {
      await page.locator('#grid [tabindex="0"]').focus();
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('End');
      await page.keyboard.press('ArrowLeft');
      const told = await page.locator('#where').innerText();
      await page.keyboard.press('Enter');
      const [, child = '', week = ''] = /^(child-[0-9a-f]{8}), week of (\S+): /.exec(told) ?? [];
      assert.match(await page.locator('#list tbody').first().innerText(), new RegExp(`${child}, week of ${week}`));
      assert.equal(await page.locator('#grid [tabindex="0"]').count(), 1);
    }));

  test('the picture shows more children when asked, in the order that is asked for', () =>
    open(patternReport(), async (page) => {
      const names = page.locator('#grid tbody th');
      const drawn = await names.count();
      assert.ok(drawn < 61);
      await page.locator('#children').click();
      assert.equal(await names.count(), 61);
      await page.locator('#order').selectOption('name');
      const sorted = (await names.allInnerTexts()).slice(1);
      assert.deepEqual(sorted, sorted.toSorted());
    }));

  test('several weeks share a column where there are many, and a click shows all of them', () => {
    const report = patternReport();
    const findings = report.findings.map((finding, index) => ({ ...finding, ...at(finding.key?.['child'] ?? '', `20${10 + (index % 80)}-01-04`) }));
    return open({ ...report, findings }, async (page) => {
      assert.equal(await page.locator('#grid thead th').count(), 2 + 40);
      await page.locator('#grid thead th').nth(1).click();
      assert.match(await found(page), / in the weeks of 2010-01-04 to 2011-01-04/);
    });
  });

  test('each week has the command that explains it, and the command can be copied', () =>
    open(
      referenceReport(),
      async (page) => {
        const command = page.locator('.command').first();
        assert.match(await command.locator('code').innerText(), /^npx driftwatch explain child-[0-9a-f]{8} \d{4}-\d\d-\d\d$/);
        await command.getByRole('button').click();
        await command.getByText('Copied').waitFor();
        assert.equal(await page.evaluate(() => navigator.clipboard.readText()), await command.locator('code').innerText());
      },
      { permissions: ['clipboard-read', 'clipboard-write'] },
    ));

  test('works as it is bundled: the script of the page is made of functions that a bundler may rename', async () => {
    const file = join(directory, 'page.mjs');
    writeFileSync(file, (await bundle(root, 'action/src/publish/html/html.ts')).get('index.js') ?? '');
    const { renderHtml: render } = (await import(pathToFileURL(file).href)) as { renderHtml: typeof renderHtml };
    await open(
      patternReport(),
      async (page) => {
        await page.locator('#child').selectOption(lateChild);
        assert.equal(await page.locator('#list tbody').count(), 32);
        await page.locator('#order').selectOption('first');
        await page.locator('#grid thead th', { hasText: lostWeek }).click();
        assert.equal(await page.locator('#list tbody').count(), 60);
      },
      { render },
    );
  });

  test('can be read without scripts: everything but the tools is there', () =>
    open(
      tellingReport(),
      async (page) => {
        assert.equal(await rowsOf(page), 166);
        assert.equal(await page.locator('#grid td.missing').count(), 12);
        assert.equal(await page.locator('button:visible, select:visible, input:visible').count(), 0);
        for (const text of ['Cut-over', 'Trend', 'Accepted differences', 'Health', 'Where it comes from']) {
          assert.ok(await page.getByRole('heading', { name: text }).isVisible(), text);
        }
      },
      { javaScriptEnabled: false },
    ));

  test('shows the whole name of a column, since those of one entity may begin with the same words', () => {
    const report = driftOfRows();
    const findings = report.findings.map((finding) => (finding.place === null ? finding : { ...finding, place: ['a_column_'.repeat(7)] }));
    return open({ ...report, findings }, async (page) => {
      const name = page.locator('.three th code', { hasText: 'a_column_' });
      assert.ok(await name.isVisible());
      assert.ok(await name.evaluate(({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth));
    });
  });

  test('rows can be filtered by entity, day, type, severity and any part of their key', async () => {
    const report = await boardReport();
    const of = (matches: (finding: Report['findings'][number]) => boolean): string => `${report.findings.filter(matches).length} of 32 findings.`;
    await open(report, async (page) => {
      assert.deepEqual(await page.locator('form.tools label').evaluateAll((labels) => labels.map((label) => label.firstChild?.textContent)), [
        'Type',
        'Severity',
        'Entity',
        'Last written',
        'Search',
      ]);
      await page.locator('#child').selectOption('posts');
      assert.equal(
        await found(page),
        of(({ level }) => level === 'posts'),
      );
      await page.locator('#severity').selectOption('medium');
      await page.locator('#type').selectOption('DATA_MISMATCH');
      await page.locator('#week').selectOption('2026-09-10');
      assert.equal(await found(page), '2 of 32 findings.');
      await page.locator('#clear').click();
      await page.locator('#search').fill('3f2504e0 ORPHAN_row');
      await page.getByText(of(({ type }) => type === 'ORPHAN_ROW')).waitFor();
      await page.locator('#search').fill('post-');
      await page.getByText(of(({ key }) => key?.['post'] !== undefined)).waitFor();
    });
  });

  test('a click in the picture of rows shows those of an entity, of a day, of both, and of the days of a column', async () => {
    const report = await boardReport();
    await open(report, async (page) => {
      const grid = page.locator('#grid');
      const cell = grid.locator('tbody tr', { hasText: 'likes' }).locator('td.missing').first();
      assert.equal(await cell.getAttribute('title'), '2026-10-03: 1 × missing');
      await cell.click();
      assert.equal(await found(page), '1 of 32 findings.');
      await grid.locator('thead th', { hasText: '2026-10-07' }).click();
      assert.equal(await page.locator('#list tbody').count(), 2);
      await grid.locator('tbody th', { hasText: 'posts' }).click();
      assert.equal(await page.locator('#list tbody').count(), 6);
    });
    await open(await manyBoardsReport(), async (page) => {
      assert.equal(await page.locator('#grid thead th').count(), 2 + 45);
      await page.locator('#grid thead th').nth(1).click();
      assert.match(await found(page), /^\d+ of 617 findings last written 2026-07-01 to 2026-07-02\.$/);
      await page.locator('#children').click();
      assert.equal(await page.locator('#grid tbody th').count(), 121);
    });
  });

  test('the commands of rows can be copied, those that repair as well as those that explain', async () => {
    const report = await boardReport();
    await open(
      report,
      async (page) => {
        for (const [list, expected] of [
          ['.commands', /^npx driftwatch repair --pair board-app --entity users$/],
          ['#list', /^npx driftwatch explain likes b0 post-[0-9a-f]{8} --pair board-app$/],
        ] as const) {
          const command = page.locator(`${list} .command`).first();
          assert.equal(await command.getByRole('button').count(), 1);
          await command.getByRole('button').click();
          await command.getByText('Copied').waitFor();
          assert.match(await page.evaluate(() => navigator.clipboard.readText()), expected);
        }
      },
      { permissions: ['clipboard-read', 'clipboard-write'] },
    );
  });

  test('the page of rows can be read without scripts, and printed', async () => {
    const report = await boardReport();
    await open(
      report,
      async (page) => {
        assert.equal(await rowsOf(page), 32);
        assert.equal(await page.locator('#grid td.missing').count(), 16);
        assert.equal(await page.locator('button:visible, select:visible, input:visible').count(), 0);
        assert.ok(await page.getByRole('heading', { name: 'Not compared' }).isVisible());
        await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
        const pages = (await page.pdf({ format: 'A4' })).toString('latin1').match(/\/Type\s*\/Page\b/g)?.length ?? 0;
        assert.ok(pages >= 2 && pages <= 10, `${pages} pages`);
      },
      { javaScriptEnabled: false },
    );
  });

  test('prints on white without the tools, from dark as well', () =>
    open(
      tellingReport(),
      async (page) => {
        await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
        assert.equal(await page.locator('button:visible, select:visible, input:visible').count(), 0);
        assert.equal(await page.evaluate(() => getComputedStyle(document.body).color), 'rgb(27, 31, 36)');
        const pdf = await page.pdf({ format: 'A4' });
        const pages = pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length ?? 0;
        assert.ok(pages >= 3 && pages <= 16, `${pages} pages`);
      },
      { colorScheme: 'dark' },
    ));
});
