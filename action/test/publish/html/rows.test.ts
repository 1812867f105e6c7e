import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { renderHtml } from '../../../src/publish/html/html.ts';
import { packFindings } from '../../../src/publish/html/data.ts';
import { commandOf, layOut } from '../../../src/publish/html/view.ts';
import { wordsOf } from '../../../src/publish/html/words.ts';
import type { Report } from '../../../src/report/report.ts';
import { hostileTexts } from '../reports.ts';
import { boardReport, hostileRows, manyBoardsReport, recentReport } from './rows-pages.ts';

const render = (report: Report): string => renderHtml(report, { runUrl: undefined });

const textOf = (page: string): string =>
  page
    .replaceAll(/<(style|script)\b[^]*?<\/\1>/g, '')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ');

const pack = (report: Report, bytes = Number.POSITIVE_INFINITY) => packFindings(report.findings, bytes, wordsOf(report).frame, report.picture);

const tagsOf = (page: string): string[] =>
  (page.replaceAll(/<script\b[^]*?<\/script>|<span class="command">.*?<\/span>/g, '').match(/<[^>]*>?/g) ?? [])
    .map((tag) => tag.replace(/(?<= title=")[^"]*/, '…').replace(/(?<=<tr) class="off"/, ''))
    .sort();

let board: Report;
before(async () => {
  board = await boardReport();
});

describe('report.html of rows that stand alone', () => {
  test('speaks of rows and entities, and of no week and no child', () => {
    const text = textOf(render({ ...board, mode: 'full' }));
    assert.match(text, /32 findings in 24 of 113 compared rows: 16 × MISSING_ROW , /);
    assert.match(text, /Rows that differ 24 Rows compared 113 of 113 Findings 32 Drift rate 33\.3% in likes Entities that differ 3 of 4/);
    assert.match(text, /Entities down, days of the last write \(UTC\) across\./);
    assert.match(text, /About this run 113 of 113 rows were compared, and 24 differ\./);
    assert.doesNotMatch(text, /\bweeks?\b|\bchild(ren)?\b|habit/i);
  });

  test('counts by entity, with how many of the compared rows differ', () => {
    assert.match(
      textOf(render(board)),
      /Entity Legacy Expected Normalized Off by Differ As a bar users 10 10 12 \+2 2 of 12 posts 48 48 48 0 6 of 48 likes 48 48 32 −16 16 of 48 waiting_list 5 5 5 0 0 of 5/,
    );
  });

  test('shows each finding with its key, both sides, the rows of both, and when it was written', () => {
    const text = textOf(render(board));
    assert.match(
      text,
      /likes board b0 , post (post-[0-9a-f]{8}) npx driftwatch explain likes b0 \1 --pair board-app 1 finding · last written 2026-10-\d\d · legacy b0-p\d − MISSING_ROW likes text\(5, [0-9a-f]{8}\) nothing/,
    );
    assert.match(
      text,
      /posts board b\d , post post-[0-9a-f]{8} npx driftwatch explain .{10,60} 2 findings · last written 2026-\d\d-\d\d · legacy b\d-p\d · normalized b\d-p\d ≠ DATA_MISMATCH likes 3 4 ≠ DATA_MISMATCH title text\(11, /,
    );
    assert.match(
      text,
      /users id 3f2504e0-4f89-41d3-9a0c-0305e82c3300 npx driftwatch explain users 3f2504e0-4f89-41d3-9a0c-0305e82c3300 --pair board-app 1 finding/,
    );
    assert.match(text, /All rows of likes 1 finding . COUNT_MISMATCH likes 48 32/);
  });

  test('names the command that repairs each entity, in the order of the counts', () => {
    const commands = [...render(board).matchAll(/npx driftwatch repair[^<]*/g)].map(([command]) => command);
    assert.deepEqual(
      commands,
      ['users', 'posts', 'likes'].map((entity) => `npx driftwatch repair --pair board-app --entity ${entity}`),
    );
  });

  test('says what nobody compares, what was read, and that only what was written lately was compared', async () => {
    assert.match(
      textOf(render(board)),
      /Not compared .* Entity Legacy Normalized posts searchTokens , authorSnapshot – users – internal_note .* Reads 1,312 from the legacy side, 1,208 from the normalized side/,
    );
    assert.match(
      textOf(render(await recentReport())),
      /Recent writes in sync No row was written within the span, and nothing differs\..* Comparison recent writes/,
    );
    const { drift } = board;
    const recent: Report = {
      ...board,
      mode: 'recent',
      verdict: 'in-sync',
      severity: 'none',
      findings: [],
      findingsTotal: 0,
      drift: { ...drift, differing: 0, compared: 12, population: 12 },
    };
    assert.match(textOf(render(recent)), /Recent writes in sync 12 rows written within the span were compared, and nothing differs\./);
  });

  test('says what to look at although nothing differs', () => {
    assert.match(
      textOf(render({ ...board, remarks: ['Entity posts: no row of the legacy side has the field subtitle.'] })),
      /Remarks Entity posts: no row of the legacy side has the field subtitle\./,
    );
  });

  test('draws how many rows differ, and not how many findings there are', async () => {
    const { data } = pack(board);
    const { rows, columns } = layOut(data, 'findings', 53);
    assert.deepEqual(
      rows.map(({ name, count }) => [data.texts[name], count]),
      [
        ['likes', 16],
        ['posts', 6],
        ['users', 2],
      ],
    );
    assert.deepEqual([columns.length, columns[0]?.from, columns.at(-1)?.to], [48, '2026-09-01', '2026-10-18']);
    const many = await manyBoardsReport();
    const grid = layOut(pack(many).data, 'first', 53);
    assert.equal(
      grid.rows.reduce((sum, { count }) => sum + count, 0),
      many.drift.differing,
    );
    assert.ok(grid.columns.length <= 53 && grid.columns.every(({ from, to }) => from !== to));
  });

  test('leaves the picture away where nobody knows when anything was written, and there is one row', () => {
    const cells = [{ row: 'posts', from: null, kind: 'missing', documents: 6 }] as const;
    const page = render({ ...board, picture: { part: null, days: 1, cells, beside: 0 } });
    assert.doesNotMatch(page, /id="picture"/);
    assert.match(
      render({ ...board, picture: { part: null, days: 7, cells: [{ ...cells[0], from: '2026-09-07' }], beside: 4 } }),
      /spans of 7 days of the last write .*4 more rows that differ are not drawn\./,
    );
  });

  test('gives no command that a shell would read otherwise, and none that takes a key for an option', () => {
    const { data } = pack(board);
    const commandFor = (...parts: string[]): string =>
      commandOf({ ...data, texts: ['posts', ...parts] }, [0, -1, 0, '', [], parts.map((_, index) => index + 1)]);
    assert.equal(commandFor('b1', 'user@example.org'), 'npx driftwatch explain posts b1 user@example.org --pair board-app');
    assert.equal(commandFor('-NabcdefghijklmnopqR'), 'npx driftwatch explain posts --pair board-app -- -NabcdefghijklmnopqR');
    assert.equal(commandFor('value(0123abcd)', 'key-0123abcd'), "npx driftwatch explain posts 'value(0123abcd)' key-0123abcd --pair board-app");
    // A pseudonym of this run only is nobody's in the next.
    assert.equal(commandOf({ ...data, texts: ['posts', 'key-0123abcd'], frame: { ...data.frame, isLasting: false } }, [0, -1, 0, '', [], [1]]), '');
    for (const part of ['a b', "value(0123abcd)'", 'value(id)', '$(id)', '`id`', 'a;b', "a'b", 'a"b', '', 'abc…', '\\u{202e}x', 'a\nb', '~', '*'])
      assert.equal(commandFor('b1', part), '');
    assert.equal(commandOf(data, [0, -1, 0, '', [], []]), '');
    assert.equal(commandOf(data, [0, -1, 0, '', [], [-1]]), '');
  });

  test('keeps keys whole when there is little room for the rest', async () => {
    const report = await manyBoardsReport();
    const whole = Buffer.byteLength(pack(report).json);
    const { data, packed, shortened } = pack(report, whole - 1);
    assert.deepEqual([packed, shortened], [report.findings.length, true]);
    assert.ok(data.groups.every(({ 5: key = [] }) => key.every((part) => !data.texts[part]?.includes('…'))));
  });

  test('takes no element and no attribute from the data', async () => {
    const [hostile, harmless] = await Promise.all(
      [hostileRows(), hostileRows(hostileTexts.map((_, index) => `word ${index}`))].map(async (report) => tagsOf(render(await report))),
    );
    assert.deepEqual(hostile, harmless);
  });

  test('stays below 1 MB with ten thousand rows of long keys', () => {
    const [first] = board.findings;
    assert.ok(first);
    const findings = Array.from({ length: 10_000 }, (_, index) => ({
      ...first,
      key: { board: `board ${'가'.repeat(300)}`, post: `${index} ${'"'.repeat(300)}` },
      rowIds: { legacy: ['x'.repeat(200)] },
    }));
    const page = render({ ...board, findings, findingsTotal: 10_000 });
    assert.ok(Buffer.byteLength(page) < 1_000_000);
    assert.match(textOf(page), /This page holds the first [\d,]+ of 10,000 findings\.|To keep it small/);
  });
});
