import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { loadCase } from '../../../demo/data.ts';
import { withoutChecks } from '../../../demo/traps.ts';
import { answering, firstOf, on, startProxy, startWorld, toTable, type World } from '../world.ts';
import { assertInertMarkdown, assertNoForeignCommand, everyText, hostileCase, secretMark } from './hostile.ts';
import { everythingSaid, marker, startStage, withoutMasks, type Stage, type StageRun } from './stage.ts';

const everyType = [
  'COUNT_MISMATCH',
  'MISSING_CHILD',
  'MISSING_WEEK',
  'ORPHAN_WEEK',
  'DUPLICATE_WEEK',
  'MISSING_HABIT',
  'ORPHAN_HABIT',
  'MISSING_RECORD',
  'ORPHAN_RECORD',
  'DATA_MISMATCH',
  'MALFORMED_LEGACY',
  'AMBIGUOUS_OWNER',
];

let world: World;
let texts: string[];
before(async () => {
  world = await startWorld();
  await world.sql(withoutChecks);
  await loadCase(world, hostileCase());
  texts = await everyText(world);
});
after(() => world.close());

function assertNoSecret(run: StageRun, stage: Stage): void {
  const webhook = stage.discord.webhookUrl();
  const secrets = [world.secretKey, stage.github.token, webhook.href, webhook.pathname.split('/').at(-1) ?? ''];
  for (const [outlet, text] of everythingSaid(run, stage)) {
    for (const secret of secrets) assert.ok(!withoutMasks(text).includes(secret), `${outlet} holds a secret`);
  }
  for (const secret of secrets) assert.ok(run.log.includes(`::add-mask::${secret}\n`), 'a secret is not masked');
}

function assertInert(run: StageRun, stage: Stage): void {
  assertNoForeignCommand(run.log);
  assertInertMarkdown(run.summary, 'summary');
  for (const issue of stage.github.issues) {
    const body = issue.body ?? '';
    assertInertMarkdown(body, 'issue');
    assert.ok(body.length <= 60_000);
    const comments = [...body.matchAll(/^[ \t]*<!--.*$/gm)].map(([line]) => line);
    assert.equal(comments.filter((line) => line === marker).length, 1);
    assert.equal(comments.filter((line) => line.startsWith('<!-- driftwatch-state ')).length, 1);
    assert.equal(new Set(comments).size, comments.length);
    assert.ok(!issue.title.includes(secretMark));
  }
  for (const { body } of stage.github.comments) assertInertMarkdown(body, 'comment');
  for (const { content, embeds, allowed_mentions } of stage.discord.messages) {
    assert.deepEqual([content ?? '', allowed_mentions], ['', { parse: [] }]);
    for (const embed of embeds ?? []) {
      for (const text of [embed.title ?? '', embed.description ?? '', ...(embed.fields ?? []).map(({ value }) => value)]) assertInertMarkdown(text, 'Discord');
    }
  }
  assert.ok(Buffer.byteLength(run.summary) < 1_048_576);
}

/** Every tag of the page as it is written, attributes included, but for the run's own address and times. */
/** Every tag of a page. What a tooltip says may come from a text, and nothing else may. */
const tagsOf = ({ html, runUrl }: StageRun): Set<string> => {
  const page = html
    .replace(/<style>[\s\S]*?<\/style>/, '')
    .replaceAll(/(<script[^>]*>)[\s\S]*?<\/script>/g, '$1')
    .replaceAll(runUrl, '')
    .replaceAll(/<time datetime="[\d:.TZ-]+">/g, '<time>')
    .replaceAll(/ title="[^"<>]*"/g, ' title');
  // Numbers are how much there is to draw.
  return new Set(page.match(/<[^>]*>/g)?.map((tag) => tag.replaceAll(/\d+/g, '0')) ?? []);
};

describe('with hostile text in every column', () => {
  let stage: Stage;
  let hidden: StageRun;
  let shown: StageRun;
  before(async () => {
    stage = await startStage(world, { ownProcesses: true });
    hidden = await stage.run({ mode: 'full' });
  });
  after(() => stage.close());

  it('finds a difference of every type, which is what the rest looks at', () => {
    assert.deepEqual([hidden.exitCode, hidden.report.verdict], [1, 'drift'], withoutMasks(hidden.log).slice(0, 3000));
    const found = new Set(hidden.report.findings.map(({ type }) => type));
    assert.deepEqual(
      everyType.filter((type) => !found.has(type)),
      [],
    );
    assert.equal(stage.discord.messages.length, 1);
    assert.equal(stage.github.issues.length, 1);
  });

  it('lets no text and no child’s name out of the process', () => {
    for (const [outlet, said] of everythingSaid(hidden, stage)) {
      const forms = [said, decodeURIComponent(said.replaceAll(/%(?![0-9a-f]{2})/gi, '%25').replaceAll(/%(?=[89a-f])/gi, '%25'))];
      // The hidden state of the issue is a text too.
      for (const [, encoded = ''] of said.matchAll(/driftwatch-state ([\w-]+)/g)) forms.push(Buffer.from(encoded, 'base64url').toString());
      for (const form of forms) {
        const at = form.toLowerCase().indexOf(secretMark.toLowerCase());
        assert.equal(at, -1, `${outlet}: ${form.slice(Math.max(at - 200, 0), at + 100)}`);
      }
    }
    assert.ok(texts.length > 100);
  });

  it('names children and texts by pseudonyms of the promised form', () => {
    const findings = hidden.report.findings;
    for (const { child, path, legacy, normalized, type, weekStart } of findings) {
      if (child !== null) assert.match(child, /^child-[0-9a-f]{8}$/);
      if (weekStart !== null) assert.match(weekStart, /^\d{4}-\d\d-\d\d$/);
      if (path !== null)
        assert.match(
          path,
          /^(theme|reward|reflection|week_end_date|week_start_date|habits|habits\[\d+\](\.name|\.times(\[\d\])?)?|habits\/text\(\d+, [0-9a-f]{8}\)(\/\d{4}-\d\d-\d\d)?)$/,
          type,
        );
      for (const value of [legacy, normalized]) {
        if (typeof value === 'string') assert.match(value, /^(text\(\d+, [0-9a-f]{8}\)|green|yellow|red|none|\d{4}-\d\d-\d\d|)$/, type);
      }
    }
    for (const version of Object.keys(hidden.report.sourceVersions)) assert.match(version, /^(migration|text\(\d+, [0-9a-f]{8}\))$/);
    const themes = findings.filter(({ path }) => path === 'theme').map(({ legacy }) => String(legacy));
    assert.ok(
      themes.some((theme) => theme.startsWith('text(100005, ')),
      'a length in code points',
    );
  });

  it('is inert at every outlet all the same, and keeps every secret', () => {
    assertInert(hidden, stage);
    assertNoSecret(hidden, stage);
  });

  it('shows the texts when they are to be revealed, and they are inert at every outlet', async () => {
    shown = await stage.run({
      mode: 'full',
      'reveal-values': 'true',
      'remind-after-hours': '0.000001',
      seed: `a\`b|c\n::error::${secretMark}\n<!-- x --> @octocat`,
    });
    assert.equal(stage.github.issues.length, 1);
    assert.equal(shown.embeds.length, 1);
    assert.deepEqual([shown.exitCode, shown.outputs['issue-number']], [1, '1']);
    for (const [outlet, said] of [
      ['log', shown.log],
      ['summary', shown.summary],
      ['issue', stage.issue().body ?? ''],
      ['page', shown.html],
      ['Discord', JSON.stringify(shown.embeds)],
    ]) {
      assert.ok(said?.includes(secretMark), `${outlet} shows nothing`);
    }
    const children = new Set(shown.report.findings.map(({ child }) => child));
    assert.ok(texts.some((text) => children.has(text.trim())));
    assertInert(shown, stage);
    assertNoSecret(shown, stage);
  });

  it('makes a page in which no element and no attribute comes from a text', async () => {
    // Once more without texts, since the page also draws the runs before.
    const plain = await stage.run({ mode: 'full', 'dry-run': 'true' });
    const expected = tagsOf(plain);
    assert.deepEqual(
      [...tagsOf(shown)].filter((tag) => !expected.has(tag)),
      [],
    );
    assert.match(shown.html, /http-equiv="Content-Security-Policy" content="default-src 'none'/);
    assert.doesNotMatch(shown.html, /\p{Cf}/u);
    assert.deepEqual(shown.html.match(/<script[^>]*>/g), plain.html.match(/<script[^>]*>/g));
  });

  it('is the same issue in the next run: what a text says about markers and states is not believed', async () => {
    const again = await stage.run({ mode: 'full', 'reveal-values': 'true' });
    assert.deepEqual([again.writes, stage.github.issues.length], [['PATCH /issues/1'], 1]);
    assertInert(again, stage);
  });

  it('prints what a dry run would write without printing a command', async () => {
    const dry = await stage.run({ mode: 'full', 'reveal-values': 'true', 'dry-run': 'true', 'remind-after-hours': '0.000001' });
    for (const line of dry.log.split(/\r\n|[\n\r\u2028\u2029\u0085]/)) {
      assert.doesNotMatch(line, /##\[/);
      if (line.trimStart().startsWith('::'))
        assert.match(
          line,
          /^::(add-mask::|group::((First \d+ of )?[\d,]+ findings?$|Dry run: Would )|endgroup::$|(error|warning) title=Driftwatch%3A |(error|warning)::[A-Z])/,
          line.slice(0, 200),
        );
    }
    assertNoSecret(dry, stage);
  });

  it('keeps a drawn sample as private and as inert', async () => {
    const other = await startStage(world, { ownProcesses: true });
    const run = await other.run({ mode: 'sample', 'sample-size': '40' });
    assert.equal(run.report.mode, 'sample');
    for (const [outlet, said] of everythingSaid(run, other)) assert.ok(!said.includes(secretMark), outlet);
    assertInert(run, other);
    await other.close();
  });
});

describe('an error that repeats what is in the database', () => {
  const words = `\n::error::${secretMark} @octocat <b>\``;
  for (const [status, error] of [
    [400, { code: '22P02', message: `invalid input syntax for type bigint: "${words}"`, details: words, hint: words }],
    [400, { code: words, message: `column "${words}" does not exist` }],
    [500, { code: 'XX000', message: words }],
  ] as const) {
    it(`is not repeated in the reason: ${status} ${error.code.trim().slice(0, 8)}`, async () => {
      const proxy = await startProxy(world.url, firstOf(on(toTable('weeks'), answering(status, JSON.stringify(error)))));
      const stage = await startStage(world, { ownProcesses: true });
      const run = await stage.run({ 'supabase-url': proxy.url, 'reveal-values': 'true' });
      assert.deepEqual([run.outputs['verdict'], run.exitCode], ['unknown', 1]);
      for (const [outlet, said] of everythingSaid(run, stage)) assert.ok(!said.includes(secretMark), outlet);
      assertNoForeignCommand(run.log);
      await proxy.close();
      await stage.close();
    });
  }
});

describe('ids that are texts', () => {
  it('are opaque: shown as they are, and inert', async () => {
    await world.sql(
      `alter table habit_tracker alter column id drop default; alter table habit_tracker alter column id type text using id || '<b>|\`@octocat\`' || chr(10) || '::error::Idmark'`,
    );
    const stage = await startStage(world, { ownProcesses: true });
    const run = await stage.run({ mode: 'full' });
    assert.deepEqual([run.report.verdict, run.exitCode], ['drift', 1], withoutMasks(run.log).slice(0, 2000));
    assert.ok(run.report.findings.some(({ rowIds }) => rowIds['habit_tracker']?.some((id) => id.includes('Idmark'))));
    assert.ok(!run.html.includes('<b>|'));
    for (const outside of [run.summary, stage.issue().body ?? '']) {
      assert.doesNotMatch(outside, /^::error/m);
      assertInertMarkdown(outside, 'summary or issue');
    }
    assertNoForeignCommand(run.log);
    for (const [outlet, said] of everythingSaid(run, stage)) assert.ok(!said.includes(secretMark), outlet);
    await stage.close();
  });
});
