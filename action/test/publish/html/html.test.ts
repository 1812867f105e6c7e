import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { assert as holds, property, string, uniqueArray } from '../../fast-check.ts';
import type { PageData } from '../../../src/publish/html/data.ts';
import { renderHtml } from '../../../src/publish/html/html.ts';
import { disasterReport, hostileReport, hostileTexts, referenceReport, reportWith, sampledReport, syncedReport, unknownReport } from '../reports.ts';

const context = { runUrl: 'https://github.com/octo-org/habits/actions/runs/1700000001' };
const render = (report = referenceReport()): string => renderHtml(report, context);

/** Every tag of a page with its attributes, in order. */
const tagsOf = (page: string): string[] => page.match(/<[^>]*>?/g) ?? [];

/** The same without what titles say and without commands, which not every row can have; in an order that no data has chosen. */
const shapeOf = (page: string): string[] =>
  tagsOf(page.replaceAll(/<script\b[^]*?<\/script>|<span class="command">.*?<\/span>/g, ''))
    .map((tag) => tag.replace(/(?<= title=")[^"]*/, '…'))
    .sort();

/** What a person reads, without the style sheet. */
const textOf = (page: string): string =>
  page
    .replaceAll(/<(style|script)\b[^]*?<\/\1>/g, '')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ');

/** What the script of the page is given. */
const dataOf = (page: string): PageData => JSON.parse(/<script type="application\/json" id="data">([^<]*)<\/script>/.exec(page)?.[1] ?? '');

const styleOf = (page: string): string => /<style>([^]*)<\/style>/.exec(page)?.[1] ?? '';

describe('report.html', () => {
  test('says in its first words what is wrong, how much, and what to make of the numbers', () => {
    const text = textOf(render());
    assert.match(text, /Drift, critical 166 findings in 12 of 18 compared weeks: 165 × MISSING_RECORD , 1 × COUNT_MISMATCH \./);
    assert.match(text, /18 of 18 weeks were compared, and 12 differ\. The drift rate is 66\.7%: above 0\.1% is high, above 1% is critical\./);
    assert.match(text, /6 legacy weeks skipped as expected/);
    const beside = { ...referenceReport(), drift: { ...referenceReport().drift, differing: 0 } };
    assert.match(textOf(render(beside)), /Drift, critical The counts differ, but the compared weeks do not: 165 × MISSING_RECORD /);
    assert.match(text, /2 differences resolved themselves during the run/);
    assert.match(text, /records 598 448 283 −165/);
    assert.match(text, /migration 18/);
  });

  test('shows every finding of the reference case with both sides next to each other', () => {
    const page = render();
    const rows = page.match(/<tr><td><span class="type critical"><i class="missing">−<\/i><code>MISSING_RECORD<\/code>.*?<\/tr>/g) ?? [];
    assert.equal(rows.length, 165);
    for (const row of rows) {
      assert.match(
        row,
        /<code>habits\/text\(12, [0-9a-f]{8}\)\/2025-\d\d-\d\d<\/code><\/td><td><code>(green|yellow|red)<\/code><\/td><td><span class="muted">nothing<\/span><\/td><\/tr>$/,
      );
    }
    assert.match(textOf(page), /(child-[0-9a-f]{8}) , week of 2025-09-01 npx driftwatch explain \1 2025-09-01 14 findings · habit_tracker 104 · weeks 0{7}2-/);
    assert.match(textOf(page), / 166 findings\. /);
  });

  test('tells an all-clear over everything from one over a sample, and from not knowing', () => {
    assert.match(textOf(render(syncedReport())), /In sync All 18 weeks were compared, and nothing differs\./);
    assert.match(
      textOf(render(sampledReport())),
      /In sync 2,995 weeks drawn at random were compared, and nothing differs\..*With 95% confidence, at most 0\.0999% of all weeks differ/,
    );
    const unknown = textOf(render(unknownReport()));
    assert.match(unknown, /Unknown habit_tracker could not be read: the server answered 401/);
    assert.match(unknown, /Whether both sides agree is unknown/);
    assert.doesNotMatch(unknown, /In sync|Weeks that differ/);
  });

  test('shows what health checks found', () => {
    const report = referenceReport();
    report.health = [{ check: 'constraints', status: 'failing', severity: 'high', detail: '2 of 9 are not valid' }];
    assert.match(textOf(render(report)), /Health Check Status Detail constraints failing 2 of 9 are not valid/);
  });

  test('loads nothing, and allows one style and one script, both its own', () => {
    for (const report of [referenceReport(), hostileReport()]) {
      const page = render(report);
      const hash = (text = ''): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
      const script = /<script>([^]*?)<\/script>/.exec(page)?.[1];
      assert.ok(
        page.includes(`content="default-src 'none'; style-src ${hash(styleOf(page))}; script-src ${hash(script)}; base-uri 'none'; form-action 'none'"`),
      );
      assert.deepEqual(page.match(/<script[^>]*>/g), ['<script type="application/json" id="data">', '<script>']);
      const tags = shapeOf(page).filter((tag) => !tag.includes('script'));
      for (const tag of tags) assert.doesNotMatch(tag, /^<(script|img|link|iframe|object|form action|base)\b|\s(src|action|on\w+|style)=/i);
      assert.doesNotMatch(styleOf(page), /url\(|@import/);
      assert.deepEqual(
        tags.filter((tag) => tag.includes('href=')),
        [`<a href="${context.runUrl}">`],
      );
    }
  });

  test('has no script where there is nothing to filter', () => {
    assert.doesNotMatch(render(syncedReport()), /<script|class="scripted"/);
  });

  test('takes no element and no attribute from the data', () => {
    holds(
      property(uniqueArray(string({ unit: 'binary', maxLength: 300 }), { minLength: 1, maxLength: 12 }), (random) => {
        const texts = [...new Set([...random, ...hostileTexts])];
        const harmless = texts.map((_, index) => `word ${index}`);
        assert.deepEqual(shapeOf(render(reportWith(texts))), shapeOf(render(reportWith(harmless))));
      }),
      { numRuns: 12 },
    );
  });

  test('shows hostile text as what it is', () => {
    const page = render(hostileReport());
    assert.ok(page.includes('&#60;script&#62;alert(1)&#60;/script&#62;'));
    assert.ok(page.includes('\\u{202e}right to left\\u{202c}'));
    assert.doesNotMatch(page, /\u202E|\u200B|\r/);
    assert.equal(tagsOf(page).filter((tag) => tag.startsWith('<!')).length, 1);
  });

  test('an address that is no web page does not become a link', () => {
    for (const runUrl of [undefined, 'javascript:alert(1)', 'no address', '"><script>']) {
      assert.doesNotMatch(renderHtml(referenceReport(), { runUrl }), /<a /);
    }
    assert.match(renderHtml(referenceReport(), { runUrl: 'https://host.invalid/"><b>' }), /<a href="https:\/\/host\.invalid\/%22%3E%3Cb%3E">/);
  });

  test('of ten thousand findings stays below 1 MB, and says where the others are', () => {
    const page = render(disasterReport());
    assert.ok(Buffer.byteLength(page) < 1_000_000);
    assert.equal(
      dataOf(page).groups.reduce((sum, [, , , , cells]) => sum + cells.length / 5, 0),
      10_000,
    );
    const text = textOf(page);
    assert.match(text, /report\.json has the first 10,000\./);
    assert.match(text, /The first 200 of 20,003 findings are shown\./);
    assert.match(text, /… and 575 other children\./);
  });

  test('stays below 1 MB with long texts of costly characters everywhere', () => {
    const texts = Array.from({ length: 3_000 }, (_, index) => `${index} ${'"가'.repeat(400)}`);
    const page = render(reportWith(texts));
    assert.ok(Buffer.byteLength(page) < 1_000_000);
    assert.match(textOf(page), /This page holds the first [\d,]+ of 6,000 findings\./);
  });

  test('can be walked by a screen reader: language, title, landmarks, headings, header cells', () => {
    for (const report of [referenceReport(), syncedReport(), unknownReport(), hostileReport()]) {
      const page = render(report);
      assert.match(page, /^<!doctype html>\n<html lang="en">/);
      assert.match(page, /<title>(Drift, critical|In sync|Unknown) · Driftwatch<\/title>/);
      for (const landmark of ['header', 'main', 'h1']) {
        assert.equal(page.split(`<${landmark}>`).length, 2, landmark);
      }
      for (const tag of tagsOf(page)) if (/^<th\b/.test(tag)) assert.match(tag, /scope="(col|row|rowgroup)"/);
      const ids = [...page.matchAll(/ id="(\w+)"/g)].map(([, id]) => id);
      assert.equal(new Set(ids).size, ids.length);
      for (const [, id] of page.matchAll(/aria-labelledby="(\w+)"/g)) assert.ok(ids.includes(id));
      assert.deepEqual(unclosed(page.replaceAll(/<script\b[^]*?<\/script>/g, '')), []);
    }
  });

  test('keeps text readable in light and in dark: a contrast of 4.5 at least', () => {
    const blocks = [...styleOf(render()).matchAll(/:root \{([^}]*)\}/g)].map(([, block]) =>
      Object.fromEntries([...(block ?? '').matchAll(/--([\w-]+): (#[0-9a-f]{6})/g)].map(([, name, colour]) => [name, colour ?? ''])),
    );
    assert.equal(blocks.length, 2);
    const pairs = ['text', 'muted', 'link', 'critical'].flatMap((ink) => [
      [ink, 'card'],
      [ink, 'page'],
    ]);
    const verdicts = ['critical', 'high', 'medium', 'good', 'unknown'].flatMap((tone) => [
      [tone, `${tone}-tint`],
      ['text', `${tone}-tint`],
    ]);
    const marks = ['missing', 'orphan', 'differs', 'double', 'unreadable', 'unclear', 'other'].flatMap((mark) => [
      [mark, `${mark}-tint`],
      ['card', mark],
      [mark, 'card'],
    ]);
    for (const colours of blocks) {
      for (const [ink = '', ground = ''] of [...pairs, ...verdicts, ...marks, ['text', 'soft'], ['muted', 'soft']]) {
        const ratio = contrast(colours[ink] ?? '', colours[ground] ?? '');
        assert.ok(ratio >= 4.5, `${ink} on ${ground}: ${ratio.toFixed(2)}`);
      }
    }
  });
});

/** Elements without their end tag, or end tags without their element. */
function unclosed(page: string): string[] {
  const open: string[] = [];
  for (const tag of tagsOf(page)) {
    const [, end, name = ''] = /^<(\/?)([\w!]+)/.exec(tag) ?? [];
    if (['!doctype', 'meta', 'br', 'input', 'rect', 'path', 'circle'].includes(name)) continue;
    if (!end) open.push(name);
    else if (open.pop() !== name) return [...open, tag];
  }
  return open;
}

/** Contrast ratio of two colours, from 1 to 21 (https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio). */
function contrast(a: string, b: string): number {
  const luminance = (colour: string): number => {
    const [red = 0, green = 0, blue = 0] = [1, 3, 5]
      .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
      .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].toSorted((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}
