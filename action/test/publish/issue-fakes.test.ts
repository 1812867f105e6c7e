import assert from 'node:assert/strict';
import { afterEach, beforeEach, it } from 'node:test';
import { startFakeGitHub, type FakeGitHub } from '../fakes/github.ts';

let github: FakeGitHub;
beforeEach(async () => {
  github = await startFakeGitHub();
});
afterEach(() => github.close());

async function send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(`${github.url}/repos/octo-org/habits${path}`, {
    method,
    headers: { authorization: `token ${github.token}`, 'content-type': 'application/json', ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: JSON.stringify(await response.json()) };
}

it('what the official description does not know is a violation', async () => {
  await send('POST', '/issues', { title: 'x', colour: 'red' });
  await send('PATCH', '/issues/1', { state: 'done' });
  await send('GET', '/issues?lables=a');
  await send('GET', '/issues/one');
  await send('PUT', '/issues');
  await send('GET', '/issues', undefined, { authorization: '' });
  const found = github.violations.map((violation) => violation.replace('/repos/octo-org/habits', ''));
  assert.deepEqual(
    found.map((violation) => violation.replace(/ \{.*$/, '')),
    [
      'POST /issues: body must NOT have unevaluated properties',
      'PATCH /issues/1: body/state must be equal to one of the allowed values',
      'GET /issues?lables=a: query parameter lables is not described',
      'GET /issues/one: parameter issue_number/value must be integer',
      'PUT /issues: there is no such operation',
      'GET /issues: the Authorization header is missing or malformed',
    ],
  );
});

it('what GitHub refuses beyond its description is refused', async () => {
  for (const [path, body, reason] of [
    ['/issues', { title: 'x'.repeat(257) }, 'maximum is 256'],
    ['/issues', { title: 'x', body: 'x'.repeat(65_537) }, 'maximum is 65536'],
    ['/labels', { name: 'BUG' }, 'already_exists'],
    ['/labels', { name: 'x'.repeat(51) }, 'maximum is 50'],
    ['/labels', { name: 'x', description: 'x'.repeat(101) }, 'maximum is 100'],
    ['/labels', { name: 'x', color: '#123456' }, 'color'],
  ] as const) {
    const answer = await send('POST', path, body);
    assert.equal(answer.status, 422, reason);
    assert.ok(answer.body.includes(reason), `${answer.body} does not name ${reason}`);
  }
  assert.deepEqual([github.issues.length, github.labels.length], [0, 1]);
  github.addIssue({ locked: true });
  assert.equal((await send('POST', '/issues/1/comments', { body: 'x' })).status, 403);
  assert.deepEqual(github.violations, []);
});
