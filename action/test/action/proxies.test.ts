import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, describe, it } from 'node:test';
import { inSyncCase, loadCase } from '../../../demo/data.ts';
import { certificateFile, startForwardProxy, startSecureFront, type FakeProxy } from '../fakes/network.ts';
import { startWorld, type World } from '../world.ts';
import { everythingSaid, startStage, withoutMasks, type Stage, type StageRun } from './stage.ts';

/** The hosts have names that only the proxy knows, so that nothing can reach them past it. */
const hosts = ['project', 'api', 'discord', 'beat'].map((name) => `${name}.driftwatch.test`);
const password = 'p@ss/w:rd-42';
const credentials = `runner:${encodeURIComponent(password)}`;

let world: World;
let stage: Stage;
let front: Awaited<ReturnType<typeof startSecureFront>>;
const beats: string[] = [];
const closing: (() => void | Promise<void>)[] = [];

before(async () => {
  world = await startWorld();
  await loadCase(world, inSyncCase());
  await world.sql('delete from weeks where id = (select id from weeks order by id limit 1)');
  stage = await startStage(world, { ownProcesses: true });
  const service = createServer((request, response) => {
    beats.push(request.url ?? '');
    response.end('OK');
  });
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  closing.push(() => void service.close());
  const origins = [world.url, stage.github.url, stage.discord.webhookUrl().origin, `http://127.0.0.1:${(service.address() as AddressInfo).port}`];
  front = await startSecureFront(Object.fromEntries(hosts.map((host, place) => [host, origins[place] ?? ''])));
});
beforeEach(() => {
  stage.github.issues.length = 0;
  beats.length = 0;
});
after(async () => {
  front.close();
  for (const close of closing) await close();
  await stage.close();
  await world.close();
});

async function behind(proxy: FakeProxy, env: Record<string, string>, inputs: Record<string, string> = {}): Promise<StageRun> {
  closing.push(proxy.close);
  const webhook = stage.discord.webhookUrl();
  const run = await stage.run(
    {
      'supabase-url': 'https://project.driftwatch.test',
      'discord-webhook-url': `https://discord.driftwatch.test${webhook.pathname}`,
      'heartbeat-url': 'https://beat.driftwatch.test/ping',
      ...inputs,
    },
    { env: { GITHUB_API_URL: 'https://api.driftwatch.test', NODE_EXTRA_CA_CERTS: certificateFile, ...env } },
  );
  for (const [outlet, text] of everythingSaid(run, stage)) {
    for (const secret of [password, encodeURIComponent(password)]) assert.ok(!withoutMasks(text).includes(secret), `${outlet} holds the proxy's password`);
  }
  return run;
}

const tunnels = ({ requests }: FakeProxy): string[] => [...new Set(requests.map(({ line }) => line))].sort();

describe('a runner that gets out through a proxy only', () => {
  for (const variable of ['HTTPS_PROXY', 'https_proxy']) {
    it(`asks every host through ${variable}, with its credentials, which nobody gets to see`, async () => {
      const proxy = await startForwardProxy(front.port);
      const run = await behind(proxy, { [variable]: `http://${credentials}@${proxy.host}` });
      assert.deepEqual([run.outputs['verdict'], run.outputs['issue-number'], run.embeds.length, beats], ['drift', '1', 1, ['/ping']], run.log);
      assert.deepEqual(tunnels(proxy), hosts.map((host) => `CONNECT ${host}:443`).sort());
      assert.deepEqual([...new Set(proxy.requests.map((request) => request.credentials))], [`Basic ${Buffer.from(`runner:${password}`).toString('base64')}`]);
      assert.ok(run.log.includes('::add-mask::'));
    });
  }

  it('asks for what is in the clear through HTTP_PROXY', async () => {
    const proxy = await startForwardProxy(front.port);
    const run = await behind(
      proxy,
      { HTTP_PROXY: proxy.host, GITHUB_API_URL: stage.github.url },
      {
        'supabase-url': world.url,
        'discord-webhook-url': stage.discord.webhookUrl().href,
        'heartbeat-url': '',
      },
    );
    assert.deepEqual([run.outputs['verdict'], run.embeds.length], ['drift', 1], run.log);
    for (const origin of [world.url, stage.github.url, stage.discord.webhookUrl().origin]) {
      assert.ok(
        proxy.requests.some(({ line }) => line.split(' ')[1]?.startsWith(`${origin}/`)),
        origin,
      );
    }
  });

  it('asks hosts in NO_PROXY without it', async () => {
    const proxy = await startForwardProxy(front.port);
    const run = await behind(proxy, { HTTPS_PROXY: proxy.url, NO_PROXY: 'elsewhere.test, .driftwatch.test:443' });
    assert.deepEqual([run.outputs['verdict'], proxy.requests], ['unknown', []]);
    assert.match(run.report.reason ?? '', /^The host of supabase-url cannot be found/);
  });

  const refusals: { name: string; refusal: number; says: RegExp }[] = [
    { name: 'wants a password', refusal: 407, says: /The proxy (127\.0\.0\.1:\d+) requires a user name and password, or rejects those it got \(HTTP 407\)/ },
    { name: 'does not let it through', refusal: 403, says: /The proxy (127\.0\.0\.1:\d+) does not connect this runner to the project \(HTTP 403\)/ },
  ];
  for (const { name, refusal, says } of refusals) {
    it(`says so where the proxy ${name}, and blames neither key nor address`, async () => {
      const proxy = await startForwardProxy(front.port, refusal);
      const run = await behind(proxy, { HTTPS_PROXY: `http://${credentials}@${proxy.host}` });
      assert.equal(run.outputs['verdict'], 'unknown');
      assert.equal(says.exec(run.report.reason ?? '')?.[1], proxy.host, run.report.reason);
      assert.doesNotMatch(run.log, /rejects the key|port is wrong|token may not|a defect/);
      assert.match(run.log, new RegExp(`GitHub did not list the issues of example/habits\\. The proxy ${proxy.host}`));
    });
  }

  it('says so where the proxy is not there', async () => {
    const proxy = await startForwardProxy(front.port);
    proxy.close();
    const run = await behind(proxy, { HTTPS_PROXY: `http://${credentials}@${proxy.host}` });
    assert.match(run.report.reason ?? '', new RegExp(`^The proxy ${proxy.host} cannot be reached \\(ECONNREFUSED\\)`));
  });

  it('says so where the proxy shows certificates that nobody knows', async () => {
    const proxy = await startForwardProxy(front.port);
    const run = await behind(proxy, { HTTPS_PROXY: proxy.url, NODE_EXTRA_CA_CERTS: '' });
    assert.match(
      run.report.reason ?? '',
      /^The certificate at supabase-url comes from an authority that this runner does not know \(\w+\).*NODE_EXTRA_CA_CERTS/,
    );
  });

  it('ends before it asks anybody where the variable names no proxy', async () => {
    const proxy = await startForwardProxy(front.port);
    const run = await behind(proxy, { HTTPS_PROXY: `socks5://${credentials}@${proxy.host}` });
    assert.deepEqual([run.exitCode, run.outputs['verdict'], proxy.requests], [1, 'unknown', []]);
    assert.match(run.log, /The variable HTTPS_PROXY does not hold the address of a proxy/);
  });
});
