import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { inspect } from 'node:util';
import { array, assert as holds, constantFrom, double, oneof, property, record, string } from '../fast-check.ts';
import { describeDiscord, sendDiscord } from '../../src/publish/discord/discord.ts';
import { buildMessage, type Announced } from '../../src/publish/discord/message.ts';
import { DiscordError, postMessage, type Patience } from '../../src/publish/discord/webhook.ts';
import { timeoutsOnDemand } from '../timeouts.ts';
import { limitProblems, rateLimited, startFakeDiscord, type FakeDiscord } from '../fakes/discord.ts';
import type { Finding } from '../../src/report/report.ts';
import { driftOfRows } from './declared-reports.ts';
import { disasterReport, hostileReport, hostileTexts, referenceReport, reportWith, sampledReport, syncedReport, unknownReport } from './reports.ts';

const context = { runUrl: 'https://github.com/octo-org/habits/actions/runs/1700000001' };
const issue = { number: 1234, url: 'https://github.com/octo-org/habits/issues/1234' };
const now = new Date('2025-11-21T06:17:05.000Z');

const announced = (changes: Partial<Announced> = {}): Announced => ({
  report: referenceReport(),
  announce: 'opened',
  issue,
  context,
  now,
  ...changes,
});

const embedOf = (changes: Partial<Announced> = {}) => buildMessage(announced(changes)).embeds[0];
const fieldOf = (embed: ReturnType<typeof embedOf>, name: RegExp) => embed.fields?.find((field) => name.test(field.name));

describe('the Discord message', () => {
  test('a maintainer reads where it comes from, how bad it is, the counts, what belongs together, three findings, and where to go on', () => {
    const embed = embedOf();
    assert.equal(embed.title, 'Drift detected: `habit-tracker`');
    assert.match(embed.description ?? '', /^\*\*Where it comes from:\*\*\n\* All 165 missing records belong to habits whose id is a millisecond timestamp/);
    assert.match(embed.description ?? '', /\n\n🔴 \*\*Drift, critical: 12 of 18 compared weeks differ\*\*.*165 × `MISSING_RECORD`/);
    assert.match(embed.description ?? '', /6 legacy weeks skipped as expected/);
    assert.deepEqual(
      embed.fields?.map(({ name }) => name),
      ['Counts', 'Where, the first 7 of 25 places', 'Findings 1–3 of 166 (legacy → normalized)', 'Links'],
    );
    assert.match(fieldOf(embed, /Counts/)?.value ?? '', /`records` 283 of 448 expected \(\*\*−165\*\*\)/);
    const places = fieldOf(embed, /^Where/)?.value.split('\n') ?? [];
    assert.equal(places.length, 8);
    for (const line of places.slice(0, 7))
      assert.match(line, /^`MISSING_RECORD` `child-[0-9a-f]{8}` `2025-09-\d\d` `habits\/text\(12, [0-9a-f]{8}\)`: [67] findings$/);
    assert.equal(places[7], `…and 18 more; the [report](${context.runUrl}#artifacts) has the whole picture`);
    const findings = fieldOf(embed, /^Findings/)?.value.split('\n') ?? [];
    assert.equal(findings.length, 3);
    for (const line of findings) {
      assert.match(line, /^`MISSING_RECORD` `child-[0-9a-f]{8}` `2025-09-\d\d` `habits\/text\(12, [0-9a-f]{8}\)\/2025-09-\d\d`: `\w+` → nothing$/);
    }
    assert.equal(fieldOf(embed, /Links/)?.value, `[Issue #1234](${issue.url})\n[This run](${context.runUrl})`);
    assert.equal(embed.footer?.text, 'Seed 1700000001-1 · 18 of 18 weeks compared · full mode');
    assert.equal(embed.timestamp, now.toISOString());
  });

  test('findings of a declared pair are grouped by the column in which rows differ, or by their entity, all of them in as many lines as there are groups', () => {
    const embed = embedOf({ report: driftOfRows({ origin: ['All 10 differing titles were written on one day.'] }) });
    assert.match(
      embed.description ?? '',
      /^\*\*Where it comes from:\*\*\n\* All 10 differing titles were written on one day\.\n\n🔴 \*\*Drift, critical: 13 of 5,000 compared rows differ\*\*/,
    );
    assert.deepEqual(
      embed.fields?.map(({ name }) => name),
      ['Counts', 'Where', 'Findings 1–3 of 14 (legacy → normalized)', 'Links'],
    );
    assert.equal(
      fieldOf(embed, /^Where/)?.value,
      [
        '`MISSING_ROW` `likes`: 2 findings',
        '`ORPHAN_ROW` `likes`: 1 finding',
        '`COUNT_MISMATCH` `likes`: 1 finding',
        '`DATA_MISMATCH` `posts` `title`: 10 findings',
      ].join('\n'),
    );
    assert.equal(fieldOf(embed, /^Findings/)?.value.split('\n').length, 3);
  });

  test('a disaster is grouped by whose the findings are, and the report is where the picture is', () => {
    const where = (changes: Partial<Announced> = {}) =>
      fieldOf(embedOf({ report: disasterReport(), ...changes }), /^Where, the first 7 of 600 places$/)?.value.split('\n') ?? [];
    assert.equal(where().length, 8);
    for (const line of where().slice(0, 7)) assert.match(line, /^`MISSING_WEEK` `child-[0-9a-f]{8}`: at least 1[67] findings$/);
    assert.equal(where().at(-1), `…and 593 more; the [report](${context.runUrl}#artifacts) has the whole picture`);
    for (const runUrl of [undefined, 'javascript:alert(1)', `https://host.invalid/${'a'.repeat(900)}`]) {
      assert.equal(where({ context: { runUrl } }).at(-1), '…and 593 more; the report has the whole picture');
    }
  });

  test('very many places are grouped by whose they are, the most severe and largest first', () => {
    const [first] = referenceReport().findings;
    assert.ok(first);
    // Two in each of 120 places.
    const findings = [...'a'.repeat(10), ...'b'.repeat(30), ...'c'.repeat(20)].flatMap((child, index) =>
      ['2025-09-01', '2025-09-02', '2025-09-03', '2025-09-04'].map((day, part): Finding => ({
        ...first,
        key: { child: `child-0000000${child}`, week: '2025-09-01' },
        place: ['habits', `text(${index}${part % 2}, 00000000)`, day],
        type: child === 'c' ? 'DATA_MISMATCH' : 'MISSING_RECORD',
        severity: child === 'c' ? 'medium' : 'critical',
      })),
    );
    const embed = embedOf({ report: { ...referenceReport(), findings, findingsTotal: findings.length } });
    assert.equal(
      fieldOf(embed, /^Where$/)?.value,
      [
        '`MISSING_RECORD` `child-0000000b`: 120 findings',
        '`MISSING_RECORD` `child-0000000a`: 40 findings',
        '`DATA_MISMATCH` `child-0000000c`: 80 findings',
      ].join('\n'),
    );
  });

  test('a few places with long names leave room for what says that some are left', () => {
    const [first] = referenceReport().findings;
    assert.ok(first);
    const findings = ['a', 'b', 'c', 'd', 'e', 'f'].flatMap((letter) =>
      [1, 2].map((day): Finding => ({
        ...first,
        key: { child: letter.repeat(100), week: letter.repeat(100) },
        place: [letter.repeat(200), `2025-09-0${day}`],
        type: 'MISSING_RECORD',
      })),
    );
    const report = { ...referenceReport(), findings, findingsTotal: findings.length };
    const long = { runUrl: `https://host.invalid/${'a'.repeat(200)}` };
    const message = buildMessage(announced({ report, context: long }));
    assert.deepEqual(limitProblems(message), []);
    const where = fieldOf(embedOf({ report, context: long }), /^Where, the first [1-5] of 6 places$/)?.value ?? '';
    assert.match(where, /…and [1-5] more; the \[report\]/);
  });

  test('a few findings that have nothing in common are listed and not grouped', () => {
    const few = referenceReport()
      .findings.filter(({ place }, index) => index % 60 === 0 || place === null)
      .slice(0, 3);
    const embed = embedOf({ report: { ...referenceReport(), findings: few, findingsTotal: 3 } });
    assert.deepEqual(
      embed.fields?.map(({ name }) => name),
      ['Counts', 'Findings 1–3 of 3 (legacy → normalized)', 'Links'],
    );
    const [first] = few;
    assert.ok(first);
    const alone = embedOf({ report: { ...referenceReport(), findings: [first], findingsTotal: 1 } });
    assert.deepEqual(
      alone.fields?.map(({ name }) => name),
      ['Counts', 'Finding 1 of 1 (legacy → normalized)', 'Links'],
    );
  });

  test('both sides of a finding stay in their order where they are read from right to left', () => {
    const [first] = driftOfRows().findings;
    assert.ok(first);
    for (const [legacy, normalized] of [
      ['שלום 9', 'مرحبا 9'],
      // Digits of Arabic, and Adlam.
      ['١٢', '٣٤'],
      ['𞤀𞤣', '𞤤𞤢'],
    ] as const) {
      const findings = [{ ...first, level: 'orders', key: { id: '7' }, place: ['שם'], legacy, normalized }];
      const { value = '' } = fieldOf(embedOf({ report: driftOfRows({ findings, findingsTotal: 1 }) }), /^Finding/) ?? {};
      assert.ok(value.endsWith(`\`id=7\` \`שם\`\u{200e}: \`${legacy}\`\u{200e} → \`${normalized}\`\u{200e}`), value);
    }
  });

  test('the colour says red for critical, orange for high, yellow for medium, green for recovered, grey for unknown', () => {
    const colours = [
      embedOf().color,
      embedOf({ report: { ...referenceReport(), severity: 'high' } }).color,
      embedOf({ report: { ...referenceReport(), severity: 'medium' } }).color,
      embedOf({ report: syncedReport(), announce: 'recovered' }).color,
      embedOf({ report: unknownReport(), announce: 'unknown' }).color,
      // What was found before the trouble keeps its severity, but nothing is known for certain.
      embedOf({ report: { ...referenceReport(), verdict: 'unknown' }, announce: 'unknown' }).color,
    ];
    assert.deepEqual(colours, [0xd92d20, 0xf79009, 0xfac515, 0x17b26a, 0x98a2b3, 0x98a2b3]);
  });

  test('each occasion has its own title', () => {
    const occasions = ['opened', 'reopened', 'worsened', 'reminder', 'recovered', 'unknown'] as const;
    const titles = occasions.map((announce) => embedOf({ announce }).title);
    assert.equal(new Set(titles).size, occasions.length);
  });

  test('an unknown run says why', () => {
    const { description } = embedOf({ report: unknownReport(), announce: 'unknown' });
    assert.match(description ?? '', /the server answered 401 \(Invalid API key\)/);
    assert.match(description ?? '', /No week was compared/);
  });

  test('a sample that found drift says how far it reaches', () => {
    const report = { ...referenceReport(), mode: 'sample' as const, drift: { ...referenceReport().drift, population: 40 } };
    assert.match(embedOf({ report }).description ?? '', /With 95% confidence, at most 66\.7% of all weeks differ/);
  });

  test('without an issue or a run there is no link, and no empty field in its place', () => {
    assert.equal(fieldOf(embedOf({ issue: undefined, context: { runUrl: undefined } }), /Links/), undefined);
    assert.equal(fieldOf(embedOf({ issue: undefined }), /Links/)?.value, `[This run](${context.runUrl})`);
  });

  test('an address that is no web page is no link, and none can end the link early', () => {
    const odd = embedOf({ issue: { number: 1, url: 'javascript:alert(1)' }, context: { runUrl: 'https://host.invalid/a)[b](c' } });
    assert.equal(fieldOf(odd, /Links/)?.value, '[This run](https://host.invalid/a%29[b]%28c)');
  });

  test('it stays within every limit for the reports that a run can make', () => {
    const reports = [referenceReport(), syncedReport(), sampledReport(), unknownReport(), disasterReport(), hostileReport()];
    for (const report of reports) assert.deepEqual(limitProblems(buildMessage(announced({ report }))), []);
  });

  const anyText = oneof(constantFrom(...hostileTexts), string({ unit: 'binary', maxLength: 2_000 }), string({ unit: 'grapheme', maxLength: 300 }));
  const anyReport = record({
    texts: array(anyText, { minLength: 1, maxLength: 40 }),
    numbers: array(double(), { minLength: 5, maxLength: 5 }),
  }).map(({ texts, numbers: [a = 0, b = 0, c = 0, d = 0, e = 0] }) => {
    const report = reportWith(texts);
    return {
      ...report,
      drift: { rate: a, upperBound: b, differing: c, compared: d, population: e },
      counts: report.counts.map((count) => ({ ...count, legacy: a, expected: b, normalized: c, difference: d })),
      findingsTotal: e,
      transient: a,
      skipped: texts.map(() => ({ reason: 'not-a-monday' as const, count: b })),
    };
  });
  const anyVerdict = constantFrom('in-sync' as const, 'drift' as const, 'unknown' as const);

  test('it stays within every limit, and mentions nobody, for any report at all', () => {
    holds(
      property(anyReport, anyVerdict, (report, verdict) => {
        const message = buildMessage(announced({ report: { ...report, verdict } }));
        assert.deepEqual(limitProblems(message), []);
        assert.deepEqual(message.allowed_mentions, { parse: [] });
      }),
      { numRuns: 150 },
    );
  });

  test('text of a database stands in code spans only, whatever it holds', () => {
    holds(
      property(anyReport, anyVerdict, (report, verdict) => {
        const embed = embedOf({ report: { ...report, verdict }, issue: undefined, context: { runUrl: undefined } });
        const texts = [embed.title, embed.description, ...(embed.fields ?? []).flatMap(({ name, value }) => [name, value])];
        for (const text of texts) {
          const outside = (text ?? '').replaceAll(/`[^`\n]+`/g, '');
          assert.doesNotMatch(outside, /[`@<>[\]\\_#|]|:\/\/|::/, text);
        }
      }),
      { numRuns: 150 },
    );
  });

  test('a dry run shows the same as lines that a log can take', () => {
    const lines = describeDiscord(announced({ report: hostileReport() }));
    for (const line of lines) {
      assert.doesNotMatch(line, /[\r\n\u2028\u2029]|^\s*::|##\[/);
    }
    const text = describeDiscord(announced()).join('\n');
    assert.match(text, /Drift detected: `habit-tracker`/);
    assert.match(text, /`records` 283 of 448 expected/);
    assert.match(text, /Issue #1234/);
  });
});

describe('posting to Discord', () => {
  let discord: FakeDiscord;
  before(async () => {
    discord = await startFakeDiscord();
  });
  beforeEach(() => {
    discord.requests.length = 0;
    discord.messages.length = 0;
    discord.answers.length = 0;
  });
  after(() => discord.close());

  const secret = 'synthetic-token_Aa0';
  const quick: Patience = { answerMs: 59_000, totalMs: 600_000, retryMs: 5 };
  const message = buildMessage(announced());

  /** The sentence of the error, after making sure that nothing of the webhook is in it. */
  async function sentenceOf(posting: Promise<void>): Promise<string> {
    const error = await posting.then(
      () => assert.fail('the message was accepted'),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof DiscordError, inspect(error));
    const everything = inspect(error, { depth: 10, showHidden: true });
    assert.doesNotMatch(everything, new RegExp(`${secret}|1234567890123456789|127\\.0\\.0\\.1|habits/`));
    assert.doesNotMatch(error.message, /\n/);
    return error.message;
  }

  describe('a good message', () => {
    afterEach(() => assert.deepEqual(discord.violations, []));

    test('arrives as Discord describes it, once, and nobody is mentioned', async (t) => {
      // The ten seconds that a run waits are no measure of how long this machine takes.
      timeoutsOnDemand(t, 10_000);
      const settings = { discordWebhookUrl: discord.webhookUrl(), dryRun: false };
      await sendDiscord({ ...announced(), settings });
      assert.equal(discord.requests.length, 1);
      assert.equal(discord.requests[0]?.method, 'POST');
      assert.equal(discord.requests[0]?.url, `/api/webhooks/1234567890123456789/${secret}?wait=true`);
      assert.equal(discord.requests[0]?.headers.authorization, undefined);
      assert.deepEqual(discord.messages, [JSON.parse(JSON.stringify(message))]);
      assert.deepEqual(discord.messages[0]?.allowed_mentions, { parse: [] });
    });

    test('of hostile text and of ten thousand findings arrives too', async () => {
      for (const report of [hostileReport(), disasterReport()]) {
        await postMessage(discord.webhookUrl(), buildMessage(announced({ report })), quick);
      }
      assert.equal(discord.messages.length, 2);
    });

    test('goes to the address as it was given: its version, its thread', async () => {
      await postMessage(discord.webhookUrl({ path: '/api/v10', query: '?thread_id=1234567890123456780' }), message, quick);
      assert.equal(discord.requests[0]?.url, `/api/v10/webhooks/1234567890123456789/${secret}?thread_id=1234567890123456780&wait=true`);
    });

    test('is sent without a webhook to nobody, and in a dry run neither', async () => {
      await sendDiscord({ ...announced(), settings: { discordWebhookUrl: undefined, dryRun: false } });
      await sendDiscord({ ...announced(), settings: { discordWebhookUrl: discord.webhookUrl(), dryRun: true } });
      assert.deepEqual(discord.requests, []);
    });

    test('that was accepted is not posted again, whatever the answer looks like', async () => {
      discord.answers.push(
        { status: 204 },
        { status: 200, headers: { 'Content-Type': 'application/json' }, body: '{"half": ' },
        { status: 200, headers: { 'Content-Length': '1000' }, body: 'short' },
      );
      for (const _ of [1, 2, 3]) await postMessage(discord.webhookUrl(), message, quick);
      assert.equal(discord.requests.length, 3);
    });
  });

  test('a relay may have ids and paths of its own', async () => {
    discord.answers.push({ status: 204 });
    await postMessage(discord.webhookUrl({ path: '/relay/discord.com/api/v10', id: 'team-a', token: 'x%20y', query: '?key=1' }), message, quick);
    assert.equal(discord.requests[0]?.url, '/relay/discord.com/api/v10/webhooks/team-a/x%20y?key=1&wait=true');
  });

  for (const where of ['both', 'body', 'header'] as const) {
    test(`a rate limit named in ${where} is waited for`, async () => {
      const seconds = where === 'body' ? 0.3 : 1;
      discord.answers.push(rateLimited(seconds, where));
      await postMessage(discord.webhookUrl(), message, quick);
      assert.equal(discord.messages.length, 1);
      const [first, second] = discord.requests;
      assert.ok((second?.at ?? 0) - (first?.at ?? 0) >= seconds * 1_000);
    });
  }

  test('a rate limit that names no time, or none at all, is no reason to hurry', async () => {
    discord.answers.push(rateLimited(0, 'neither'), rateLimited(0, 'body'));
    await postMessage(discord.webhookUrl(), message, quick);
    const [first, second, third] = discord.requests;
    assert.ok((second?.at ?? 0) - (first?.at ?? 0) >= 1_000);
    assert.ok((third?.at ?? 0) - (second?.at ?? 0) >= 100);
  });

  test('a rate limit that is too long is not waited for', async () => {
    discord.answers.push(rateLimited(3_600));
    const sentence = await sentenceOf(postMessage(discord.webhookUrl(), message));
    assert.match(sentence, /limits this webhook's messages \(429\) and asks to wait 3601 s/);
    assert.equal(discord.requests.length, 1);
  });

  test('rate limits that never end are waited for no longer than a minute in total', async () => {
    discord.answers.push(...Array.from({ length: 20 }, () => rateLimited(0.2, 'body')));
    await sentenceOf(postMessage(discord.webhookUrl(), message, { ...quick, totalMs: 1_000 }));
    assert.ok(discord.requests.length <= 4);
  });

  test('a rate limit that never says how long is waited for six times at most, longer each time', async () => {
    discord.answers.push(...Array.from({ length: 20 }, () => rateLimited(0, 'neither')));
    assert.match(
      await sentenceOf(postMessage(discord.webhookUrl(), message, { ...quick, limitedMs: 20, totalMs: 60_000 })),
      /limits this webhook's messages \(429\)/,
    );
    const times = discord.requests.map(({ at }) => at);
    assert.equal(times.length, 6);
    for (const [place, ms] of [20, 40, 80, 160, 320].entries()) assert.ok((times[place + 1] ?? 0) - (times[place] ?? 0) >= ms - 1);
  });

  test('a passing outage is survived', async (t) => {
    discord.answers.push({ status: 503, body: 'upstream connect error' }, 'cut', timeoutsOnDemand(t, quick.answerMs));
    await postMessage(discord.webhookUrl(), message, quick);
    assert.equal(discord.requests.length, 4);
    assert.equal(discord.messages.length, 1);
  });

  const lasting = [
    { what: 'an outage', answer: { status: 502 }, says: /failed several times \(502\).*outage/ },
    { what: 'a connection that is cut each time', answer: 'cut' as const, says: /broke off \(\w+\)/ },
  ];
  for (const { what, answer, says } of lasting) {
    test(`${what} ends in one sentence after a few tries`, async () => {
      discord.answers.push(...Array.from({ length: 10 }, () => answer));
      assert.match(await sentenceOf(postMessage(discord.webhookUrl(), message, quick)), says);
      assert.equal(discord.requests.length, 4);
    });
  }

  test('a server that never answers ends in one sentence after a few tries', async (t) => {
    const endTimeouts = timeoutsOnDemand(t, quick.answerMs);
    discord.answers.push(...Array.from({ length: 10 }, () => endTimeouts));
    assert.match(await sentenceOf(postMessage(discord.webhookUrl(), message, quick)), /did not answer within 59 s/);
    assert.equal(discord.requests.length, 4);
  });

  const final = [
    {
      what: 'a deleted webhook',
      answer: { status: 404, body: { code: 10015, message: 'Unknown Webhook' } },
      says: /does not know this webhook \(404\).*Channel settings > Integrations/,
    },
    { what: 'a wrong token', answer: { status: 401, body: { code: 50027, message: 'Invalid Webhook Token' } }, says: /refuses the webhook's token \(401\)/ },
    {
      what: 'a rejected message',
      answer: { status: 400, body: { code: 50035, message: 'Invalid Form Body' } },
      says: /rejected the message \(400, code 50035\)/,
    },
    {
      what: 'a forum channel',
      answer: { status: 400, body: { code: 220001, message: 'Webhooks posted to forum channels must have a thread_name or thread_id' } },
      says: /forum channel.*thread_id/,
    },
    {
      what: 'a channel or thread that is gone',
      answer: { status: 404, body: { code: 10003, message: 'Unknown Channel' } },
      says: /does not find the channel or the thread \(404, code 10003\)/,
    },
    {
      what: 'a thread that is archived',
      answer: { status: 400, body: { code: 50083, message: 'Thread is archived' } },
      says: /thread in Discord is archived \(400, code 50083\)/,
    },
    {
      what: 'a channel that is not to be written to',
      answer: { status: 403, body: { code: 50013, message: 'Missing Permissions' } },
      says: /does not let the webhook post there \(403, code 50013\)/,
    },
    {
      what: 'a channel that is not to be seen',
      answer: { status: 403, body: { code: 50001, message: 'Missing Access' } },
      says: /does not let the webhook post there \(403, code 50001\)/,
    },
    {
      what: 'an address that is cut short',
      answer: { status: 404, body: { code: 0, message: '404: Not Found' } },
      says: /has nothing at this address \(404\)/,
    },
    {
      what: "a refusal that is nobody's",
      answer: { status: 404, headers: { 'Content-Type': 'text/plain' }, body: 'not found' },
      says: /The message was rejected at discord-webhook-url \(404\), but not by Discord/,
    },
    { what: 'a redirection', answer: { status: 307, headers: { Location: '/elsewhere' } }, says: /redirects to another one \(307\)/ },
    { what: 'an error page', answer: { status: 403, body: '<html>Forbidden' }, says: /^A web page came instead of an answer from Discord \(HTTP 403\)/ },
    {
      what: 'an error that is not what it says it is',
      answer: { status: 400, headers: { 'Content-Type': 'application/json' }, body: 'null' },
      says: /rejected at discord-webhook-url \(400\)/,
    },
  ];
  for (const { what, answer, says } of final) {
    test(`${what} is one sentence, and is not asked again`, async () => {
      discord.answers.push(answer);
      assert.match(await sentenceOf(postMessage(discord.webhookUrl(), message, quick)), says);
      assert.equal(discord.requests.length, 1);
    });
  }

  test('a port where nobody listens is one sentence with the reason', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    assert.ok(address && typeof address === 'object');
    await new Promise((resolve) => server.close(resolve));
    const url = new URL(`http://127.0.0.1:${address.port}/api/webhooks/1234567890123456789/${secret}`);
    assert.match(await sentenceOf(postMessage(url, message, quick)), /could not be reached \(ECONNREFUSED\).*discord-webhook-url/);
  });

  test('a report that cannot be shown is one sentence without its text', async () => {
    const settings = { discordWebhookUrl: discord.webhookUrl(), dryRun: false };
    const sentence = await sentenceOf(sendDiscord({ ...announced({ now: new Date(Number.NaN) }), settings }));
    assert.match(sentence, /could not be built/);
    assert.deepEqual(discord.requests, []);
  });
});
