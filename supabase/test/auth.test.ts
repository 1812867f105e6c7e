import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDatabase, send, startFunction, startPostgres, startProject } from './server.ts';

test('a user who signed up with the Auth API is who the token says, and health can be read by RPC', async (t) => {
  const server = await startPostgres();
  const project = await startProject(await createDatabase(server, { migrate: false }), { signUp: true });
  const edge = await startFunction(project);
  t.after(async () => {
    await edge.kill();
    await project.close();
    await server.stop();
  });
  const { sql } = project;
  const signedUp = await fetch(`${project.apiUrl}/auth/v1/signup`, {
    method: 'POST',
    headers: { apikey: project.publishableKey, 'content-type': 'application/json' },
    body: JSON.stringify({ email: 'parent@example.com', password: 'correct horse battery' }),
  });
  const { access_token: token = '', user } = (await signedUp.json()) as { access_token?: string; user?: { id: string } };
  await sql`select set_dual_write_mode('on')`;

  const week = { child_name: '민아', week_start_date: '2025-10-13', habits: [{ name: '독서', times: ['green', '', '', '', '', '', ''] }] };
  assert.equal((await send(edge, token, 'create_week', week)).status, 201);
  assert.deepEqual([...(await sql`select user_id from habit_tracker`)], [{ user_id: user?.id }]);
  assert.deepEqual([...(await sql`select user_id from weeks`)], [{ user_id: user?.id }]);
  assert.equal((await send(edge, project.publishableKey, 'create_week', week)).status, 401);
  assert.equal((await send(edge, `${token}x`, 'create_week', week)).status, 401);

  const health = await fetch(`${project.apiUrl}/rest/v1/rpc/dual_write_health`, {
    method: 'POST',
    headers: { apikey: project.serviceKey, 'content-type': 'application/json' },
    body: '{}',
  });
  const { requests, mode } = (await health.json()) as { requests: number; mode: string };
  assert.deepEqual([requests, mode], [1, 'on']);
});
