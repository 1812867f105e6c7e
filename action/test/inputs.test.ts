import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { defaults, InputError, readSettings, type Settings } from '../src/inputs.ts';

const required = { 'supabase-url': 'https://project.example', 'supabase-key': 'sb_secret_abcdef' };
const read = (inputs: Record<string, string> = {}): Settings => {
  const values: Record<string, string> = { ...required, ...inputs };
  return readSettings((name) => values[name] ?? '', { runName: '4711-2' });
};
function complaint(inputs: Record<string, string>): string {
  try {
    read(inputs);
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
      knownDrift: '.github/driftwatch.yml',
      readyAfter: 12,
      heartbeatUrl: undefined,
    });
  });

  it('have the defaults that action.yml gives', () => {
    const { inputs } = parse(readFileSync(new URL('../../action.yml', import.meta.url), 'utf8')) as { inputs: Record<string, { default?: unknown; required?: boolean }> };
    for (const [name, value] of Object.entries(defaults)) assert.equal(String(inputs[name]?.default), value, name);
    for (const name of Object.keys(required)) assert.equal(inputs[name]?.required, true, name);
  });

  it('take everything that the contract names', () => {
    const taken: readonly (readonly [string, keyof Settings, readonly (readonly [string, unknown])[]])[] = [
      ['supabase-url', 'supabaseUrl', [['https://x.example/', 'https://x.example'], ['http://127.0.0.1:54321', 'http://127.0.0.1:54321'], ['https://x.example/rest/v1/', 'https://x.example'], ['https://x.example/base', 'https://x.example/base'], ['  https://x.example  ', 'https://x.example']]],
      ['supabase-key', 'supabaseKey', [['eyJhbGciOiJIUzI1NiJ9.e30.x_-', 'eyJhbGciOiJIUzI1NiJ9.e30.x_-'], [' sb_publishable_1\n', 'sb_publishable_1']]],
      ['mode', 'mode', [['sample', 'sample'], ['full', 'full'], ['auto', 'auto']]],
      ['sample-size', 'sampleSize', [['auto', 'auto'], ['1', 1], ['2995', 2995], ['999999999', 999_999_999]]],
      ['confidence', 'confidence', [['0.5', 0.5], ['.99', 0.99], ['0.9999', 0.9999]]],
      ['seed', 'seed', [['0', '0'], ['any text', 'any text']]],
      ['high-threshold', 'highThreshold', [['0.1%', 0.001], ['0.001', 0.001], ['1 %', 0.01], ['0', 0], ['0.07%', 0.0007], ['0.29%', 0.0029]]],
      ['critical-threshold', 'criticalThreshold', [['100%', 1], ['1', 1], ['0.57%', 0.0057]]],
      ['week-alignment', 'weekAlignment', [['skip', 'skip'], ['monday', 'monday'], ['exact', 'exact']]],
      ['settle-seconds', 'settleSeconds', [['0', 0], ['0.5', 0.5], ['600', 600]]],
      ['time-budget-seconds', 'timeBudgetSeconds', [['1', 1], ['21600', 21_600]]],
      ['issue-on', 'issueOn', [['medium', 'medium'], ['high', 'high'], ['critical', 'critical'], ['never', 'never']]],
      ['discord-on', 'discordOn', [['medium', 'medium'], ['never', 'never']]],
      ['fail-on', 'failOn', [['medium', 'medium'], ['never', 'never']]],
      ['remind-after-hours', 'remindAfterHours', [['0', 0], ['1.5', 1.5], ['8760', 8760]]],
      ['reveal-values', 'revealValues', [['true', true], ['True', true], ['TRUE', true], ['false', false], ['FALSE', false]]],
      ['dry-run', 'dryRun', [['true', true], ['false', false]]],
      ['report-directory', 'reportDirectory', [['out', 'out'], ['a/b', 'a/b'], ['.', '.'], ['..reports', '..reports']]],
      ['known-drift', 'knownDrift', [['ops/known.yml', 'ops/known.yml']]],
      ['heartbeat-url', 'heartbeatUrl', [['', undefined], ['https://ping.example/a?b=c', new URL('https://ping.example/a?b=c')]]],
    ];
    for (const [name, key, values] of taken) for (const [given, expected] of values) assert.deepEqual(read({ [name]: given })[key], expected, `${name}: ${given}`);
  });

  it('name a bad value and what would be accepted', () => {
    const refused: Record<string, { values: readonly string[]; accepted: RegExp }> = {
      'supabase-url': { values: ['project.example', 'ftp://x.example', 'https://', 'postgres://x.example', 'https://x.example?a=b', 'https://x.example#a', 'x y'], accepted: /base URL of the project/ },
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
      'reveal-values': { values: ['yes', '1', 'tRUE'], accepted: /true or false/ },
      'dry-run': { values: ['on', 'no'], accepted: /true or false/ },
      'report-directory': { values: ['/tmp', '../out', 'a/../../b', '..', 'a\\..\\b'], accepted: /inside the workspace/ },
      'known-drift': { values: ['/etc/known.yml', '../known.yml'], accepted: /a file inside the workspace/ },
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

  it('are all named at once when several are bad', () => {
    const message = complaint({ 'supabase-url': '', 'supabase-key': ' ', mode: 'fast', confidence: '2', 'high-threshold': '5%', 'dry-run': 'perhaps', 'discord-webhook-url': 'nowhere' });
    for (const name of ['supabase-url is missing', 'supabase-key is missing', 'mode is "fast"', 'confidence is "2"', 'critical-threshold is "1%"', 'dry-run is "perhaps"', 'discord-webhook-url is not valid']) {
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
    for (const url of ['https://discord.com/api/webhooks/1/abc', 'http://127.0.0.1:8080/api/v10/webhooks/1/abc/', 'https://relay.example/webhooks/1/abc?thread_id=2']) {
      assert.equal(read({ 'discord-webhook-url': url }).discordWebhookUrl?.href, new URL(url).href);
    }
    for (const bad of ['https://discord.com/api/webhooks/1', 'discord.com/api/webhooks/1/abc', 'https://discord.com/channels/1/2', 'ftp://x.example/webhooks/1/a']) {
      assert.match(complaint({ 'discord-webhook-url': bad }), /^Input discord-webhook-url is not valid; accepted: a webhook URL/);
    }
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
