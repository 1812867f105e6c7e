import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, test } from 'node:test';
import { HeartbeatError, sendHeartbeat } from '../../src/publish/heartbeat.ts';
import type { Report } from '../../src/report/report.ts';
import { timeoutsOnDemand } from '../timeouts.ts';
import { referenceReport, sampledReport, syncedReport, unknownReport } from './reports.ts';

const secret = 'a1b2c3d4-secret-part';
const quick = { answerMs: 30_000, retryMs: 10, limitedMs: 10 };
const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

/** A service that waits for signs of life, with the requests it got. */
async function startService(answer: (request: IncomingMessage, response: ServerResponse, nth: number) => void) {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    answer(request, response, requests.length);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { requests, url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/ping/${secret}?from=drift`) };
}

const status = (code: number) => (_: IncomingMessage, response: ServerResponse) => void response.writeHead(code).end('ok');
const one = `GET /ping/${secret}?from=drift`;

const beat = (url: URL | undefined, report: Report = syncedReport(), dryRun = false): Promise<string | undefined> =>
  sendHeartbeat(report, { heartbeatUrl: url, dryRun }, quick);

async function failure(url: URL): Promise<string> {
  const error = await beat(url).then(
    () => assert.fail('the heartbeat counts as taken'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof HeartbeatError);
  assert.equal(error.cause, undefined);
  assert.ok(!error.message.includes(secret) && !error.message.includes(url.host), error.message);
  return error.message;
}

describe('a heartbeat', () => {
  test('is one request at the end of a run that could tell, drift or not', async () => {
    const service = await startService(status(200));
    for (const report of [syncedReport(), sampledReport(), referenceReport()]) await beat(service.url, report);
    assert.deepEqual(service.requests, [one, one, one]);
  });

  test('is not sent by a run that could not tell', async () => {
    const service = await startService(status(200));
    const weak = sampledReport();
    const unsure = { ...weak, drift: { ...weak.drift, upperBound: 0.2 } };
    const partial = { ...referenceReport(), interruption: 'The time budget ran out.' };
    for (const report of [unknownReport(), unsure, partial]) assert.match((await beat(service.url, report)) ?? '', /No heartbeat is sent/);
    assert.deepEqual(service.requests, []);
  });

  test('is only talked about in a dry run, and not at all without an address', async () => {
    const service = await startService(status(200));
    assert.equal(await beat(service.url, syncedReport(), true), 'Dry run: the heartbeat would have been sent.');
    assert.equal(await beat(undefined), undefined);
    assert.deepEqual(service.requests, []);
  });

  test('is tried once more after an answer that may be better the next time', async () => {
    const service = await startService((request, response, nth) => status(nth === 1 ? 503 : 200)(request, response));
    await beat(service.url);
    assert.deepEqual(service.requests, [one, one]);
  });

  for (const code of [500, 503]) {
    test(`fails after two answers of ${code}`, async () => {
      const service = await startService(status(code));
      assert.match(await failure(service.url), new RegExp(`failed, even after trying again\\. The service answered with a server error \\(HTTP ${code}\\)`));
      assert.deepEqual(service.requests, [one, one]);
    });
  }

  test('is tried six times where the service limits without saying for how long', async () => {
    const service = await startService(status(429));
    assert.match(await failure(service.url), /even after trying again\. The service accepts no more requests for now \(429\)/);
    assert.equal(service.requests.length, 6);
  });

  test('is tried again after as long as the service asks to wait', async () => {
    const service = await startService(
      (_, response, nth) => void (nth === 1 ? response.writeHead(503, { 'retry-after': '1' }).end() : response.writeHead(200).end()),
    );
    const start = performance.now();
    await beat(service.url);
    assert.ok(performance.now() - start >= 1000);
  });

  for (const code of [400, 401, 404, 410]) {
    test(`fails at once with ${code}, and says to copy the address again`, async () => {
      const service = await startService(status(code));
      assert.match(await failure(service.url), new RegExp(`refused it \\(${code}\\).*Copy it again`));
      assert.deepEqual(service.requests, [one]);
    });
  }

  test('follows no redirect', async () => {
    const other = await startService(status(200));
    const service = await startService((_, response) => void response.writeHead(302, { location: other.url.href }).end());
    assert.match(await failure(service.url), /redirects to another one \(302\), which is not followed/);
    assert.deepEqual([service.requests, other.requests], [[one], []]);
  });

  test('waits for a server that hangs only as long as it says, and tries it once more', async (t) => {
    const endTimeouts = timeoutsOnDemand(t);
    const service = await startService(() => endTimeouts());
    assert.match(await failure(service.url), /even after trying again\. The service did not answer within 30 s/);
    assert.deepEqual(service.requests, [one, one]);
  });

  test('does not wait for a body that never ends', async () => {
    const service = await startService((_, response) => void response.writeHead(200).write('begun'));
    await beat(service.url);
    assert.deepEqual(service.requests, [one]);
  });

  test('says when nobody listens, or the connection breaks', async () => {
    assert.match(await failure(new URL(`http://127.0.0.1:1/${secret}`)), /even after trying again\. The service could not be reached/);
    const service = await startService((request) => request.socket.destroy());
    assert.match(await failure(service.url), /even after trying again\. The connection to the service broke off \(\w+\)/);
    assert.deepEqual(service.requests, [one, one]);
  });
});
