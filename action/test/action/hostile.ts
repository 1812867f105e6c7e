import assert from 'node:assert/strict';
import { uuid, weekPeriod, type Case, type LegacyRow } from '../../../demo/data.ts';
import type { World } from '../../../demo/world.ts';

/** Stands in every text that must not leave the process unless values are revealed. */
export const secretMark = 'Zqxj';

/** Texts that do something somewhere, unless somebody takes care. */
const attacks: readonly string[] = [
  '@everyone',
  '@octocat',
  '<@123456789012345678>',
  '#1',
  'GH-1',
  'example/habits#1',
  'https://evil.example/',
  'www.evil.example',
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '"><svg onload=alert(1)>',
  "' onmouseover='alert(1)",
  '</code></td></tr></table><h1>',
  '</style><script>',
  '&lt;b&gt;',
  '![x](http://x)',
  '[a](javascript:alert(1))',
  '<javascript:alert(1)>',
  '[ref]: http://x',
  '**bold**',
  '~~~',
  '- [ ] task',
  '# heading',
  '> quote',
  '---',
  '|',
  'a|b|c',
  '\\|',
  '\\',
  '`',
  '``',
  '```',
  '``````',
  '`code` ``more`` ```',
  '$x$',
  '$`x`$',
  ':tada:',
  '\n::error::',
  '\n::error title=x::',
  '\r::warning::',
  '\r\n::set-output name=verdict::',
  '\n##[error]',
  '##[group]',
  '::stop-commands::x',
  '%0A::stop-commands::x',
  '\n::add-mask::',
  ']]>',
  '-->',
  '--!>',
  '<!--',
  '\n<!-- driftwatch:v1 pair=habit-tracker -->\n',
  '\n<!-- driftwatch:end -->\n',
  '\n<!-- driftwatch:findings -->\n',
  '\n<!-- driftwatch-state eyJ2ZXJzaW9uIjoxfQ -->\n',
  '\n\n# heading\n\n',
  '\n```\n',
  '\n| a | b |\n| - | - |\n',
  '\u200b\u2060\ufeff\u00ad',
  '\u202e\u2066',
  '\u2028\u2029\u0085',
  '\u001b[31m\u0007\u0008',
  '\u{1f469}\u200d\u{1f467}',
  '\u{e0041}',
  '${{ secrets.GITHUB_TOKEN }}',
  '$(id)',
  "'; drop table weeks; --",
  '__proto__',
  'constructor',
  'child-00000000',
  'text(1, 00000000)',
];

/** Numbered, so that each is one of a kind. */
export const hostileTexts: readonly string[] = [
  ...attacks.map((attack, n) => `${secretMark}${n} ${attack} ${secretMark}`),
  ...attacks.slice(0, 6).map((attack, n) => `${attack}${secretMark}x${n}`),
];

const veryLong = `${secretMark} ${'x'.repeat(100_000)}`;

/**
 * Every text in every place that a text can have, on both sides, in weeks that differ in every way there is.
 * Children, habits and legacy rows that belong to nobody included.
 */
export function hostileCase(): Case {
  const legacy: unknown[] = [];
  const normalized: Case['normalized'] = { children: [], weeks: [], habits: [], habit_records: [] };
  let id = 1000;
  const row = (child: string, user: string | null, start: string | null, rest: object = {}) => {
    id += 1;
    legacy.push({
      id: String(id),
      user_id: user,
      child_name: child,
      week_period: `${start === null ? '' : weekPeriod(start)} ${id}`,
      week_start_date: start,
      theme: null,
      reward: null,
      habits: [],
      reflection: {},
      updated_at: '2026-01-01T00:00:00Z',
      ...rest,
    });
  };
  const source_version = 'migration';

  for (const [n, text] of [...hostileTexts, veryLong].entries()) {
    const user = uuid('user', n);
    // The embedded server, unlike PostgREST, does not read an escaped quote in a filter; names are asked for by filter.
    const person = text.replaceAll('"', '”');
    const name = `${person} (child)`;
    const other = hostileTexts[(n + 1) % hostileTexts.length] ?? '';
    // A week with a difference of every kind in it.
    row(name, user, '2026-01-05', {
      theme: text,
      reward: `${text} (reward)`,
      reflection: { [`${text} (key)`]: `${text} (value)`, bestDay: text },
      habits: [
        { id: 1, name: `${text} (both)`, times: ['green', text, 'red', '', null, 'none', 'yellow'] },
        { id: 2, name: `${text} (legacy only)`, times: ['green', '', '', '', '', '', ''] },
        { id: 3, name: `${text} (no cells)`, times: text },
        { id: 4, name: { [text]: text }, times: [] },
        text,
      ],
    });
    const child_id = uuid('child', n);
    const week_id = uuid('week', n);
    normalized.children.push({ id: child_id, user_id: user, name, source_version });
    const week = { user_id: user, child_id, reward: null, reflection: {}, source_version };
    normalized.weeks.push(
      {
        ...week,
        id: week_id,
        week_start_date: '2026-01-05',
        week_end_date: '2026-01-12',
        theme: other,
        reflection: { [`${other} (key)`]: other },
        source_version: n < 30 ? text : source_version,
      },
      { ...week, id: uuid('orphan', n), week_start_date: '2026-01-12', week_end_date: '2026-01-18', theme: text },
    );
    for (const [order, habit] of [`${text} (both)`, `${text} (normalized only)`].entries()) {
      const habit_id = uuid('habit', n, order);
      // Names are indexed, and an index takes no text of that length twice.
      normalized.habits.push({ id: habit_id, week_id, name: habit, display_order: order, source_version });
      normalized.habit_records.push({
        id: uuid('record', n, order),
        habit_id,
        record_date: '2026-01-05',
        status: order === 0 ? text : 'green',
        source_version,
      });
      if (order === 0) normalized.habit_records.push({ id: uuid('record too many', n), habit_id, record_date: '2026-01-09', status: text, source_version });
    }
    if (n % 3 === 0) row(name, user, '2026-01-05', { updated_at: '2025-01-01T00:00:00Z', theme: text });
    if (n % 3 === 1) row(`${person} (nowhere)`, user, '2026-01-19', { theme: text });
    if (n % 3 === 2) row(name, user, '2026-01-26', { habits: text, reflection: [text] });
    if (n % 5 === 0) row(`${person} (no date)`, null, null);
  }
  for (const user of ['a', 'b'])
    normalized.children.push({ id: uuid('twin', user), user_id: uuid('twin of', user), name: `${secretMark} twin`, source_version });
  row(`${secretMark} twin`, null, '2026-01-05');
  return { legacy: legacy as LegacyRow[], normalized };
}

/** Everything in every row of both sides, so that none of it can be overlooked. */
export async function everyText(world: Pick<World, 'sql'>): Promise<string[]> {
  const rows = await world.sql<{ text: string }>(`
    select child_name as text from habit_tracker union select theme from habit_tracker union select name from children union select name from habits`);
  const texts = rows.map(({ text }) => text).filter(Boolean);
  assert.ok(texts.every((text) => text.includes(secretMark)));
  return texts;
}

/** What is left of a line of Markdown without its code spans: text that GitHub and Discord read as Markdown. */
export function outsideOfCode(line: string): string {
  let rest = line;
  let outside = '';
  for (;;) {
    const open = /`+/.exec(rest);
    if (!open) return outside + rest;
    const [ticks] = open;
    const from = open.index + ticks.length;
    const close = new RegExp(`(?<!\`)${ticks}(?!\`)`).exec(rest.slice(from));
    outside += rest.slice(0, open.index);
    // A run of backticks that nothing closes is text.
    if (!close) return `${outside}${rest.slice(open.index)}`;
    rest = rest.slice(from + close.index + ticks.length);
  }
}

/**
 * Holds Markdown to what makes it inert by construction: a text of the database stands in a code span on one line, in
 * one cell of its table, or in a line of a block of SQL, and nowhere else.
 */
export function assertInertMarkdown(markdown: string, where: string): void {
  let columns = 0;
  // Commands to copy: nothing in such a block can end it. And a chart, which is numbers and words of ours.
  const withoutBlocks = markdown
    .replaceAll(/^ {3}```(?:sql|sh)\n(?: {3}[^`\n\r\u2028\u2029\u0085]*\n)+ {3}```$/gm, '')
    .replaceAll(/^```mermaid\n([^`]*)\n```$/gm, (_, chart: string) => {
      assert.ok(!chart.includes(secretMark), `${where}: in a chart: ${chart.slice(0, 300)}`);
      return '';
    });
  for (const line of withoutBlocks.split(/\r\n|[\n\r\u2028\u2029\u0085]/)) {
    assert.doesNotMatch(line, /^\s*(```|~~~)/, `${where}: a fence`);
    // GitHub takes cells apart before it looks for code, so that a bar counts there too.
    const cells = line.split(/(?<!\\)\|/);
    if (line.startsWith('|')) {
      columns ||= cells.length;
      assert.equal(cells.length, columns, `${where}: a row of another width: ${line.slice(0, 300)}`);
    } else {
      columns = 0;
    }
    for (const part of line.startsWith('|') ? cells : [line]) {
      const outside = outsideOfCode(part);
      assert.ok(!outside.includes(secretMark), `${where}: outside of code: ${outside.slice(0, 300)}`);
      assert.ok(!outside.includes('`'), `${where}: a backtick that belongs to no code span: ${part.slice(0, 300)}`);
    }
    assert.doesNotMatch(line, /[\p{Cc}\p{Cf}]/u, `${where}: an invisible character`);
  }
}

/** The runner reads a command at the start of any line, and an old-style one anywhere in it. */
export function assertNoForeignCommand(log: string): void {
  for (const line of log.split(/\r\n|[\n\r\u2028\u2029\u0085]/)) {
    assert.doesNotMatch(line, /##\[/);
    if (!line.trimStart().startsWith('::')) continue;
    assert.match(
      line,
      /^::(add-mask::[^:]|group::(First \d+ of )?[\d,]+ findings?$|endgroup::$|(error|warning) title=Driftwatch%3A |(error|warning)::[A-Z])/,
      line.slice(0, 300),
    );
    assert.doesNotMatch(line.slice(2), /%0A|%0D/i);
    assert.ok(line.startsWith('::add-mask::') ? !line.includes(secretMark) : true);
  }
}
