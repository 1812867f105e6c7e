import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { againAfterRead, isUnavailable, readError } from '../../../src/store/postgrest/read-error.ts';

const answer = (status: number, body: unknown, headers: Record<string, string> = {}) => ({
  answer: { status, body: typeof body === 'string' ? body : JSON.stringify(body), headers: new Headers({ 'content-type': 'application/json', ...headers }) },
});
const page = (status: number) => answer(status, '<!DOCTYPE html><title>Sign in</title>', { 'content-type': 'text/html; charset=utf-8' });
const said = (failed: object): string => readError({ table: 'weeks', ...failed }, 15_000).message;

describe('a read that failed', () => {
  const failures = [
    answer(500, { code: '57014', message: 'canceling statement due to statement timeout' }),
    answer(503, ''),
    answer(400, { code: 'XX000', message: '?' }),
    page(502),
    { defect: 'unexpected' },
    { defect: 'not-json' },
    { defect: 'too-large' },
  ] as const;

  it('is told of a table as of a table', () => {
    for (const failed of failures) {
      const { message } = readError({ table: 'weeks', ...failed }, 1000);
      assert.match(message, /table weeks/);
      assert.doesNotMatch(message, /function/);
    }
  });

  it('is told of a function as of a function', () => {
    for (const failed of failures) {
      const { message } = readError({ table: 'driftwatch_compare', isFunction: true, ...failed }, 1000);
      assert.match(message, /function driftwatch_compare/);
      if (!('defect' in failed && failed.defect === 'too-large')) assert.doesNotMatch(message, /table|column/);
    }
  });

  const causes: { what: string; failed: object; says: RegExp }[] = [
    {
      what: 'a key that is from the future',
      failed: answer(401, { code: 'PGRST303', message: 'JWT issued at future' }),
      says: /does not accept the key yet \(HTTP 401, PGRST303\).*clock/,
    },
    {
      what: 'a schema that the role may not use',
      failed: answer(403, { code: '42501', message: 'permission denied for schema legacy' }),
      says: /may not use the schema public \(42501\).*Grant it usage/,
    },
    {
      what: 'a policy that refers to itself',
      failed: answer(500, { code: '42P17', message: 'infinite recursion detected in policy for relation "weeks"' }),
      says: /^A policy .* \(42P17\)/,
    },
    { what: 'a lock', failed: answer(500, { code: '55P03', message: 'canceling statement due to lock timeout' }), says: /could not get a lock \(55P03\)/ },
    {
      what: 'what a view or a function says of itself',
      failed: answer(400, { code: 'P0001', message: 'Mia is not here' }),
      says: /^The database ended with an error .* \(HTTP 400, P0001\)/,
    },
    {
      what: 'a server that is going down',
      failed: answer(500, { code: '57P01', message: 'terminating connection due to administrator command' }),
      says: /server error \(HTTP 500\).*restarting/,
    },
    { what: 'a key that has expired', failed: answer(401, { code: 'PGRST303', message: 'JWT expired' }), says: /key has expired \(HTTP 401, PGRST303\)/ },
    { what: 'a key that had expired by an older server', failed: answer(401, { code: 'PGRST301', message: 'JWT expired' }), says: /key has expired/ },
    {
      what: 'a key with another signature',
      failed: answer(401, { code: 'PGRST301', message: 'No suitable key or wrong key type' }),
      says: /cannot verify the key/,
    },
    { what: 'a key that the gateway does not know', failed: answer(401, { message: 'Invalid API key', hint: '…' }), says: /rejects the key \(HTTP 401\)/ },
    {
      what: 'a legacy key where those were disabled',
      failed: answer(401, { message: 'Legacy API keys are disabled', hint: 'Your legacy API keys (anon, service_role) were disabled on 2026-10-01.' }),
      says: /^The project no longer accepts legacy keys \(HTTP 401\).*copy the secret key \(sb_secret_…\)/,
    },
    {
      what: 'a quota that is used up',
      failed: answer(402, { message: 'Service for this project is restricted: exceed_egress_quota' }),
      says: /restricted \(HTTP 402\).*quota/,
    },
    {
      what: 'a database that takes no changes',
      failed: answer(405, { code: '25006', message: 'cannot execute INSERT in a read-only transaction' }),
      says: /read-only for now \(25006\)/,
    },
    {
      what: 'an API without its database',
      failed: answer(503, { code: 'PGRST002', message: 'Could not query the database for the schema cache. Retrying.' }),
      says: /no connection to its database \(HTTP 503, PGRST002\)/,
    },
    { what: 'a project that is paused', failed: answer(540, ''), says: /is paused \(HTTP 540\)/ },
    {
      what: 'a limit',
      failed: answer(429, { message: 'slow down' }, { 'retry-after': '3600' }),
      says: /refuses more requests for now \(HTTP 429\) and asks to wait 3601 s/,
    },
    { what: 'an address without an API', failed: answer(404, ''), says: /no Supabase REST API at supabase-url/ },
  ];
  for (const { what, failed, says } of causes) {
    it(`is explained by what the service says: ${what}`, () => assert.match(said(failed), says));
  }

  it('is put down to the key only where the service itself does so', () => {
    for (const status of [200, 401, 402, 403, 404, 407, 500, 503, 511]) {
      const failed = status === 200 ? { ...page(status), defect: 'not-json' } : page(status);
      assert.match(said(failed), status === 407 ? /proxy/ : /A web page/);
      assert.doesNotMatch(said(failed), /\bkey\b|permission|restricted/);
    }
    for (const failed of [answer(401, ''), answer(403, 'Forbidden', { 'content-type': 'text/plain' }), answer(403, { message: 'Blocked by policy 7' })]) {
      assert.doesNotMatch(said(failed), /\bkey\b|permission/);
    }
  });

  it('names what was read where that was no table', () => {
    assert.match(said({ ...page(521), table: '' }), /when the list of tables was read/);
  });

  it('names tables and columns that the message has in quotes, and no other word of it', () => {
    const names: [code: string, message: string, says: RegExp][] = [
      ['42P01', 'relation "public.habit_records" does not exist', /^Table habit_records is not there/],
      ['PGRST205', "Could not find the table 'public.habits' in the schema cache", /^Table habits is not there/],
      ['42P01', 'missing FROM-clause entry for table in this query', /^Table weeks is not there/],
      ['42P01', 'relation in schema public does not exist', /^Table weeks is not there/],
      ['42P01', 'relation "x; drop table y" does not exist', /^Table weeks is not there/],
      ['42P01', 'relation "Ülkü" does not exist', /^Table weeks is not there/],
      ['42703', 'column "theme" does not exist', /is missing: theme \(reading table weeks\)/],
      ['42703', 'column weeks_1.week_end_date does not exist', /is missing: week_end_date /],
      ['PGRST204', "Could not find the 'reward' column of 'weeks' in the schema cache", /is missing: reward /],
      ['42703', 'record has no column in this position', /is missing \(reading/],
    ];
    for (const [code, message, says] of names) assert.match(said(answer(400, { code, message })), says, message);
  });

  it('repeats nothing that an answer says', () => {
    for (const { failed } of causes) assert.doesNotMatch(said(failed), /egress|slow down|suitable|Retrying/);
    assert.doesNotMatch(said(answer(400, { code: 'a secret', message: 'a secret' })), /secret\b(?! key)/);
  });
});

describe('a read is tried again', () => {
  const again = (failed: object, issuedAt?: number) => againAfterRead({ table: 'weeks', ...failed }, 2, issuedAt);
  const date = 'Fri, 09 Jan 2026 12:00:00 GMT';

  it('after as long as the answer asks, in seconds or as a date by its own clock', () => {
    assert.deepEqual(again(answer(503, '', { 'retry-after': '2' })), { tries: 6, waitMs: 2100 });
    assert.deepEqual(again(answer(503, '', { 'retry-after': 'Fri, 09 Jan 2026 12:00:07 GMT', date })), { tries: 6, waitMs: 7100 });
    assert.deepEqual(again(answer(503, '', { 'retry-after': 'Fri, 09 Jan 2026 11:00:00 GMT', date })), { tries: 6, waitMs: 100 });
    assert.deepEqual(again(answer(429, '')), { tries: 6, isLimited: true });
    assert.deepEqual(again(answer(503, '', { 'retry-after': 'soon' })), { tries: 2 });
    assert.deepEqual(again({ defect: 'truncated' }), { tries: 2 });
  });

  it('until the key is no longer of a moment to come', () => {
    const ahead = answer(401, { code: 'PGRST303', message: 'JWT issued at future' }, { date });
    assert.deepEqual(again(ahead, Date.parse(date) + 50_000), { tries: 8, waitMs: 20_000 });
    assert.equal(again(ahead).tries, 8);
    assert.equal(again(answer(401, { code: 'PGRST303', message: 'JWT expired' })).tries, 2);
  });
});

it('a function counts as absent where the API says so, and not where a web page does', () => {
  const call = { table: 'driftwatch_version', isFunction: true };
  assert.ok(isUnavailable({ ...call, ...answer(404, { code: 'PGRST202', message: '' }) }));
  assert.ok(isUnavailable({ ...call, ...answer(404, '') }));
  assert.ok(!isUnavailable({ ...call, ...page(404) }));
});
