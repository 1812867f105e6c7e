import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { defaults, InputError, readSettings, secretInputs, type InputContext, type Settings } from '../src/inputs.ts';

const required = { 'supabase-url': 'https://project.example', 'supabase-key': 'sb_secret_abcdef' };
const read = (inputs: Record<string, string> = {}, context: Partial<InputContext> = {}): Settings => {
  const values: Record<string, string> = { ...required, ...inputs };
  return readSettings((name) => values[name] ?? '', { runName: '4711-2', ...context });
};
function complaint(inputs: Record<string, string>, context: Partial<InputContext> = {}): string {
  try {
    read(inputs, context);
  } catch (error) {
    assert.ok(error instanceof InputError);
    return error.message;
  }
  return assert.fail(`accepted ${JSON.stringify(inputs)}`);
}

describe('inputs', () => {
  it('have defaults for everything but the project', () => {
    const { supabaseUrl, supabaseKey, ...others } = read();
    assert.deepEqual([supabaseUrl, supabaseKey], ['https://project.example', 'sb_secret_abcdef']);
    assert.deepEqual(others, {
      discordWebhookUrl: undefined,
      githubToken: '',
      mode: 'auto',
      sampleSize: 'auto',
      confidence: 0.95,
      seed: '4711-2',
      highThreshold: 0.001,
      criticalThreshold: 0.01,
      weekAlignment: 'skip',
      settleSeconds: 2,
      timeBudgetSeconds: 300,
      issueOn: 'high',
      discordOn: 'high',
      failOn: 'high',
      issueLabels: ['bug', 'drift-detection', 'high-priority'],
      remindAfterHours: 24,
      revealValues: false,
      dryRun: false,
      reportDirectory: 'drift-report',
      config: '.github/driftwatch.yml',
      pair: '',
      changedWithinSeconds: undefined,
      readBudget: 10_000,
      pseudonymKey: undefined,
      readyAfter: 12,
      heartbeatUrl: undefined,
      part: undefined,
      merge: undefined,
      rotate: undefined,
    });
  });

  it('have the defaults that action.yml gives', () => {
    const { inputs } = parse(readFileSync(new URL('../../action.yml', import.meta.url), 'utf8')) as {
      inputs: Record<string, { default?: unknown; required?: boolean }>;
    };
    for (const [name, value] of Object.entries(defaults)) assert.equal(String(inputs[name]?.default), value, name);
    for (const name of Object.keys(required)) assert.equal(inputs[name]?.required, true, name);
  });

  it('take everything that the contract names', () => {
    const taken: readonly (readonly [string, keyof Settings, readonly (readonly [string, unknown])[]])[] = [
      [
        'supabase-url',
        'supabaseUrl',
        [
          ['https://x.example/', 'https://x.example'],
          ['http://127.0.0.1:54321', 'http://127.0.0.1:54321'],
          ['https://x.example/rest/v1/', 'https://x.example'],
          ['https://x.example/base', 'https://x.example/base'],
          ['  https://x.example  ', 'https://x.example'],
        ],
      ],
      [
        'supabase-key',
        'supabaseKey',
        [
          ['eyJhbGciOiJIUzI1NiJ9.e30.x_-', 'eyJhbGciOiJIUzI1NiJ9.e30.x_-'],
          [' sb_publishable_1\n', 'sb_publishable_1'],
        ],
      ],
      [
        'mode',
        'mode',
        [
          ['sample', 'sample'],
          ['full', 'full'],
          ['auto', 'auto'],
        ],
      ],
      [
        'sample-size',
        'sampleSize',
        [
          ['auto', 'auto'],
          ['1', 1],
          ['2995', 2995],
          ['999999999', 999_999_999],
        ],
      ],
      [
        'confidence',
        'confidence',
        [
          ['0.5', 0.5],
          ['.99', 0.99],
          ['0.9999', 0.9999],
        ],
      ],
      [
        'seed',
        'seed',
        [
          ['0', '0'],
          ['any text', 'any text'],
        ],
      ],
      [
        'high-threshold',
        'highThreshold',
        [
          ['0.1%', 0.001],
          ['0.001', 0.001],
          ['.1%', 0.001],
          ['.001', 0.001],
          ['1 %', 0.01],
          ['0', 0],
          ['0.07%', 0.0007],
          ['0.29%', 0.0029],
        ],
      ],
      [
        'critical-threshold',
        'criticalThreshold',
        [
          ['100%', 1],
          ['1', 1],
          ['0.57%', 0.0057],
        ],
      ],
      [
        'week-alignment',
        'weekAlignment',
        [
          ['skip', 'skip'],
          ['monday', 'monday'],
          ['exact', 'exact'],
        ],
      ],
      [
        'settle-seconds',
        'settleSeconds',
        [
          ['0', 0],
          ['0.5', 0.5],
          ['600', 600],
        ],
      ],
      [
        'time-budget-seconds',
        'timeBudgetSeconds',
        [
          ['1', 1],
          ['21600', 21_600],
        ],
      ],
      [
        'issue-on',
        'issueOn',
        [
          ['medium', 'medium'],
          ['high', 'high'],
          ['critical', 'critical'],
          ['never', 'never'],
        ],
      ],
      [
        'discord-on',
        'discordOn',
        [
          ['medium', 'medium'],
          ['never', 'never'],
        ],
      ],
      [
        'fail-on',
        'failOn',
        [
          ['medium', 'medium'],
          ['never', 'never'],
        ],
      ],
      [
        'remind-after-hours',
        'remindAfterHours',
        [
          ['0', 0],
          ['1.5', 1.5],
          ['8760', 8760],
        ],
      ],
      [
        'reveal-values',
        'revealValues',
        [
          ['true', true],
          ['True', true],
          ['TRUE', true],
          ['false', false],
          ['FALSE', false],
          ['even-in-public', true],
        ],
      ],
      [
        'dry-run',
        'dryRun',
        [
          ['true', true],
          ['false', false],
        ],
      ],
      [
        'report-directory',
        'reportDirectory',
        [
          ['out', 'out'],
          ['a/b', 'a/b'],
          ['.', '.'],
          ['..reports', '..reports'],
        ],
      ],
      [
        'config',
        'config',
        [
          ['ops/known.yml', 'ops/known.yml'],
          ['ops.config/known.yml', 'ops.config/known.yml'],
        ],
      ],
      [
        'pseudonym-key',
        'pseudonymKey',
        [
          ['', undefined],
          ['0123456789abcdef', '0123456789abcdef'],
          [' correct-horse-battery-staple\n', 'correct-horse-battery-staple'],
        ],
      ],
      [
        'heartbeat-url',
        'heartbeatUrl',
        [
          ['', undefined],
          ['http://127.0.0.1:8080/a', new URL('http://127.0.0.1:8080/a')],
          ['https://ping.example/a?b=c', new URL('https://ping.example/a?b=c')],
        ],
      ],
    ];
    for (const [name, key, values] of taken)
      for (const [given, expected] of values) assert.deepEqual(read({ [name]: given })[key], expected, `${name}: ${given}`);
  });

  it('name a bad value and what would be accepted', () => {
    const refused: Record<string, { values: readonly string[]; accepted: RegExp }> = {
      'supabase-url': { values: ['project.example', 'ftp://x.example', 'https://', 'x y'], accepted: /base URL of the project/ },
      mode: { values: ['FULL', 'all', 'sample,full'], accepted: /one of auto, sample, full/ },
      'sample-size': { values: ['0', '-1', '1.5', '1e3', 'all', '9999999999', '१'], accepted: /auto or a whole number of at least 1/ },
      confidence: { values: ['0.49', '0.99991', '1', '95', '95%', 'NaN', '0.9.5', '-0.9', '0x1'], accepted: /from 0\.5 to 0\.9999/ },
      'high-threshold': { values: ['101%', '1.1', '-1%', 'one', '1e-3', '%', '0,1%', 'NaN', 'Infinity'], accepted: /percentage such as 0\.1% or a fraction/ },
      'critical-threshold': { values: ['200%', '2', 'high'], accepted: /percentage such as 0\.1% or a fraction/ },
      'week-alignment': { values: ['sunday', 'Monday', 'none'], accepted: /one of skip, monday, exact/ },
      'settle-seconds': { values: ['-1', '601', '2s', 'two', 'Infinity'], accepted: /from 0 to 600/ },
      'time-budget-seconds': { values: ['0', '0.5', '21601', '5m'], accepted: /from 1 to 21600/ },
      'issue-on': { values: ['low', 'none', 'always', 'HIGH'], accepted: /one of medium, high, critical, never/ },
      'discord-on': { values: ['low', 'off'], accepted: /one of medium, high, critical, never/ },
      'fail-on': { values: ['any', 'true'], accepted: /one of medium, high, critical, never/ },
      'issue-labels': { values: ['x'.repeat(51), `bug, ${'가'.repeat(51)}`], accepted: /at most 50 characters/ },
      'remind-after-hours': { values: ['-1', '8761', 'daily'], accepted: /from 0 to 8760/ },
      'reveal-values': { values: ['yes', '1', 'tRUE', 'Even-in-public'], accepted: /true or false, or even-in-public/ },
      'dry-run': { values: ['on', 'no'], accepted: /true or false/ },
      'report-directory': { values: ['/tmp', '../out', 'a/../../b', '..', 'a\\..\\b', 'C:\\out'], accepted: /inside the workspace/ },
      config: { values: ['/etc/known.yml', '../known.yml'], accepted: /a file inside the workspace/ },
    };
    for (const [name, { values, accepted }] of Object.entries(refused)) {
      for (const value of values) {
        const message = complaint({ [name]: value });
        assert.match(message, accepted);
        assert.ok(message.startsWith(`Input ${name} is ${JSON.stringify(value).replaceAll('\\\\', '\\\\u{5c}')}; accepted: `), message);
        assert.equal(message.split('\n').length, 1);
      }
    }
  });

  it('never repeat the address of a heartbeat, which is a secret', () => {
    for (const value of ['ftp://ping.example/quokka', 'quokka', 'https://user:quokka@ping.example/']) {
      const message = complaint({ 'heartbeat-url': value });
      assert.match(message, /^Input heartbeat-url is not valid; accepted: a web address without user name and password/);
      assert.doesNotMatch(message, /quokka/);
    }
  });

  it('must not have a critical threshold below the high one', () => {
    assert.match(complaint({ 'high-threshold': '2%' }), /^Input critical-threshold is "1%"; accepted: at least high-threshold \(2%\)\.$/);
    assert.match(complaint({ 'high-threshold': '0.5', 'critical-threshold': '49%' }), /critical-threshold/);
    assert.deepEqual([read({ 'high-threshold': '1%' }).criticalThreshold, read({ 'critical-threshold': '0.1%' }).criticalThreshold], [0.01, 0.001]);
  });

  it('are named together with what is wrong with the file, or with the pair in it', () => {
    const pair = 'Input pair is "nope", which .github/driftwatch.yml does not declare; accepted: shop, habit-tracker.';
    const problem = new InputError(pair, { input: 'pair' });
    assert.equal(complaint({ pair: 'nope' }, { problem }), pair);
    assert.equal(
      complaint({ pair: 'nope', confidence: '2' }, { problem }),
      `These inputs cannot be used:\n- confidence is "2"; accepted: a number from 0.5 to 0.9999.\n- ${pair.replace('Input ', '')}`,
    );
    const file = new InputError('.github/driftwatch.yml:3: the store old is not declared.\n.github/driftwatch.yml:7: the field id appears twice.');
    assert.equal(complaint({ mode: 'fast' }, { problem: file }).split('\n').length, 4);
    assert.equal(complaint({}, { problem: file }), file.message);
    const malformed = new InputError('Input pair is "No Name", which .github/driftwatch.yml does not declare; accepted: shop, habit-tracker.', {
      input: 'pair',
    });
    assert.doesNotMatch(complaint({ pair: 'No Name' }, { problem: malformed }), /does not declare/, 'a value is found wrong once');
  });

  it('are all named at once when several are bad', () => {
    const message = complaint({
      'supabase-url': '',
      'supabase-key': ' ',
      mode: 'fast',
      confidence: '2',
      'high-threshold': '5%',
      'dry-run': 'perhaps',
      'discord-webhook-url': 'nowhere',
    });
    for (const name of [
      'supabase-url is missing',
      'supabase-key is missing',
      'mode is "fast"',
      'confidence is "2"',
      'critical-threshold is "1%"',
      'dry-run is "perhaps"',
      'discord-webhook-url is not valid',
    ]) {
      assert.ok(message.includes(name), `${name} in ${message}`);
    }
    assert.equal(message.split('\n').length, 8);
  });

  it('never repeat a secret, wherever it was pasted', () => {
    const secrets = {
      key: 'sb_secret_0123456789abcdef',
      jwt: 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJyb2xlIjoic2VydmljZV9yb2xlIn0.c2lnbmF0dXJl',
      webhook: 'https://discord.example/api/webhooks/123456789/token-of-the-webhook',
      token: 'ghs_0123456789abcdefghijklmnopqrstuvwxyz',
      personal: 'github_pat_0123456789abcdef',
      database: 'postgresql://postgres:hunter2@db.project.example:5432/postgres',
    };
    for (const name of [...Object.keys(defaults), 'supabase-url', 'discord-webhook-url', 'supabase-key']) {
      for (const secret of Object.values(secrets)) {
        let message = '';
        try {
          read({ [name]: secret });
        } catch (error) {
          message = String(error instanceof Error ? `${error.message}` : error);
        }
        assert.ok(!message.includes(secret.slice(4, 20)), `${name}: ${message}`);
        assert.ok(!message.includes('hunter2') && !message.includes('token-of'), message);
      }
    }
    for (const bad of ['two words', 'line\nbreak', 'ключ']) {
      const message = complaint({ 'supabase-key': bad });
      assert.match(message, /^Input supabase-key is not valid; accepted: a key without white space/);
      assert.ok(!message.includes(bad));
    }
  });

  it('take a webhook of any host, and nothing that is none', () => {
    for (const [url, taken = url] of [
      ['https://discord.com/api/webhooks/1/abc'],
      ['http://127.0.0.1:8080/api/v10/webhooks/1/abc/', 'http://127.0.0.1:8080/api/v10/webhooks/1/abc'],
      ['https://relay.example/webhooks/1/abc///?thread_id=2#top', 'https://relay.example/webhooks/1/abc?thread_id=2'],
      [' https://discord.com/api/webhooks/1/abc/\n', 'https://discord.com/api/webhooks/1/abc'],
    ]) {
      assert.equal(read({ 'discord-webhook-url': url ?? '' }).discordWebhookUrl?.href, taken);
    }
    for (const [url, why] of [
      ['https://discord.com/api/webhooks/1/abc/github', /The value ends in \/github, which is for messages of another service\.$/],
      ['https://discord.com/api/webhooks/1/abc/slack/?wait=true', /ends in \/slack/],
      ['https://discord.com/api/webhooks/1/abc?thread_id=general', /has a thread_id that is not a number/],
      ['https://me:quokka@discord.com/api/webhooks/1/abc', /has a user name or password in it/],
    ] as const) {
      const message = complaint({ 'discord-webhook-url': url });
      assert.match(message, why);
      assert.doesNotMatch(message, /abc|quokka/);
    }
    for (const bad of [
      'https://discord.com/api/webhooks/1',
      'discord.com/api/webhooks/1/abc',
      'https://discord.com/channels/1/2',
      'ftp://x.example/webhooks/1/a',
    ]) {
      assert.match(complaint({ 'discord-webhook-url': bad }), /^Input discord-webhook-url is not valid; accepted: a webhook URL/);
    }
  });

  it('send a secret to https alone, and to this machine', () => {
    const inputsOf = (base: string) => ({ 'supabase-url': base, 'discord-webhook-url': `${base}/webhooks/1/abc`, 'heartbeat-url': `${base}/ping` });
    for (const base of [
      'http://localhost:54321',
      'http://api.localhost',
      'http://127.0.0.1:54321',
      'http://127.9.9.9',
      'http://[::1]:8000',
      'https://project.example',
    ])
      read(inputsOf(base));
    for (const base of [
      'http://project.example',
      'http://192.168.0.2:8000',
      'http://localhost.example',
      'http://127.0.0.1.example',
      'http://[::2]',
      'http://0.0.0.0',
    ]) {
      const message = complaint(inputsOf(base));
      for (const name of Object.keys(inputsOf(base)))
        assert.match(message, new RegExp(`^- ${name} .*The value begins with http, so anyone on the network path could read the secret`, 'm'), base);
    }
  });

  it('tell other addresses of a project from its base URL, and never repeat a password', () => {
    for (const [url, isThat] of [
      ['postgresql://postgres:quokka@db.abcdefgh.supabase.co:5432/postgres', /is the connection string of the database/],
      ['postgres://postgres.abcdefgh:quokka@aws-0-eu.pooler.supabase.com:6543/postgres', /is the connection string of the database/],
      ['https://db.abcdefgh.supabase.co', /is the host of the database/],
      ['https://supabase.com/dashboard/project/abcdefgh', /is the address of the dashboard/],
      ['https://app.supabase.com/project/abcdefgh', /is the address of the dashboard/],
      ['https://abcdefgh.functions.supabase.co', /is the host of one part of the project/],
      ['https://abcdefgh.supabase.co/auth/v1', /is the address of one part of the project/],
      ['https://me:quokka@abcdefgh.supabase.co', /has a user name or password in it/],
    ] as const) {
      const message = complaint({ 'supabase-url': url });
      assert.match(message, isThat);
      assert.match(message, /accepted: the base URL of the project/);
      assert.doesNotMatch(message, /quokka/);
    }
  });

  it('are refused where they cannot work: a key of another kind, a list that GitHub does not take', () => {
    for (const key of ['sbp_0123456789abcdef', 'https://project.example', '"sb_secret_abc"'])
      assert.match(complaint({ 'supabase-key': key }), /^Input supabase-key is not valid; accepted: the secret key .*, without quotes/);
    assert.match(complaint({ 'issue-labels': Array.from({ length: 100 }, (_, index) => `l${index}`).join(',') }), /up to 100 labels/);
    assert.match(complaint({ 'issue-labels': 'a\u0007b' }), /up to 100 labels/);
    assert.deepEqual(read({ 'issue-labels': 'bug\nops\n' }).issueLabels, ['bug', 'ops', 'drift-detection']);
    for (const weak of ['short', 'aaaaaaaaaaaaaaaaaaaaaaaa', 'two words and more', 'sb_publishable_0123456789']) {
      const message = complaint({ 'pseudonym-key': weak });
      assert.match(message, /^Input pseudonym-key is not valid; accepted: a random secret of at least 16 characters/);
      assert.ok(!message.includes(weak));
    }
  });

  it('of an earlier version are told their new names', () => {
    assert.equal(complaint({ 'known-drift': 'ops/known.yml' }), 'Input known-drift is now called config: rename it in the workflow.');
    assert.match(complaint({ 'known-drift': 'ops/known.yml', mode: 'fast' }), /^- mode is "fast".*\n- known-drift is now called config/m);
  });

  it('reveal values only where those who can read them were let in, or where it is said twice', () => {
    assert.match(
      complaint({ 'reveal-values': 'true' }, { isPrivate: false }),
      /^Input reveal-values is "true" in a repository that is not private, .*accepted: false, or even-in-public if that is what you want\.$/,
    );
    assert.equal(read({ 'reveal-values': 'even-in-public' }, { isPrivate: false }).revealValues, true);
    assert.equal(read({ 'reveal-values': 'false' }, { isPrivate: false }).revealValues, false);
    for (const isPrivate of [true, undefined]) assert.equal(read({ 'reveal-values': 'true' }, { isPrivate }).revealValues, true);
    assert.equal(complaint({ 'reveal-values': 'TRUE', mode: 'fast' }, { isPrivate: false }).split('\n').length, 3);
  });

  it('say why a secret may be empty', () => {
    const secretsMissing = 'No secret is handed over here.';
    assert.match(complaint({ 'supabase-key': '' }, { secretsMissing }), /^Input supabase-key is missing; accepted: .*\. No secret is handed over here\.$/);
    assert.match(complaint({ 'supabase-key': '', 'supabase-url': '' }, { secretsMissing }), /\nNo secret is handed over here\.$/);
    assert.doesNotMatch(complaint({ mode: 'fast' }, { secretsMissing }), /No secret/);
  });

  it('repeat a value only where it is surely no secret', () => {
    for (const value of [
      'https://hooks.chat.example/services/T000/B000/quokka',
      'hooks.chat.example/services/T000/quokka',
      'https://ping.example/quokka',
      'https://ping.example?quokka',
      'https://ping.example#quokka',
      '//ping.example/quokka@',
      'quokka@mail.example',
      '0d1f6c3e-5a8b-4c2d-9e7f-a1b2c3quokka',
      'quokkaB7f3d9e1c5a2b8d4f6',
      'quokkaAbCdEfGhIjKlMnOpQrSt',
      'xoxb-quokka',
      'glpat-quokka',
      'AKIAquokka',
      'sbp_quokka',
    ]) {
      for (const name of Object.keys(defaults)) {
        try {
          read({ [name]: value });
        } catch (error) {
          assert.ok(error instanceof InputError);
          assert.doesNotMatch(error.message, /quokka/, `${name}: ${value}`);
        }
      }
    }
    for (const value of ['full,', 'drift-detection-and-more', '2025-10-13', '99999999999', 'https://x.example'])
      assert.ok(complaint({ mode: value }).includes(`"${value}"`), value);
  });

  it('that are printed do not take what can only be a secret', () => {
    for (const secret of ['sb_secret_0123456789abcdef', 'https://discord.example/api/webhooks/1/abc']) {
      for (const name of ['seed', 'issue-labels', 'report-directory', 'config'])
        assert.match(complaint({ [name]: secret }), new RegExp(`^Input ${name} is not valid`));
    }
  });

  it('that are secrets are all on the one list of them', () => {
    const secretNames = /key|token|webhook|heartbeat/;
    const { inputs } = parse(readFileSync(new URL('../../action.yml', import.meta.url), 'utf8')) as { inputs: Record<string, unknown> };
    assert.deepEqual(
      Object.keys(inputs)
        .filter((name) => secretNames.test(name))
        .sort(),
      [...secretInputs].sort(),
    );
  });

  it('always have the label by which the issue is found again, each label once', () => {
    assert.deepEqual(read({ 'issue-labels': 'ops' }).issueLabels, ['ops', 'drift-detection']);
    assert.deepEqual(read({ 'issue-labels': 'a, b ,, a, A' }).issueLabels.length, 3);
    assert.deepEqual(read({ 'issue-labels': 'Drift-Detection' }).issueLabels, ['drift-detection']);
    assert.deepEqual(read({ 'issue-labels': '가'.repeat(50) }).issueLabels, ['가'.repeat(50), 'drift-detection']);
  });

  it('show a hostile value without what could act in a log', () => {
    const message = complaint({ mode: '::error::\n##[error]x`' });
    assert.doesNotMatch(message, /::|##\[|`|\n/);
    assert.ok(complaint({ mode: 'x'.repeat(100_000) }).length < 500);
  });
});
