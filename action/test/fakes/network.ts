import { readFileSync } from 'node:fs';
import { createServer, request as requestOf, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';

/** A certificate for `*.driftwatch.test` and hosts of Google by an authority that nobody knows unless `NODE_EXTRA_CA_CERTS` names the file. */
const tls = join(import.meta.dirname, '../fixtures/tls');
export const certificateFile = join(tls, 'certificate.pem');

export type FakeProxy = {
  url: string;
  host: string;
  /** Such as `CONNECT api.driftwatch.test:443` and `GET http://127.0.0.1:1234/`, with the credentials of each. */
  requests: { line: string; credentials: string | undefined }[];
  close: () => void;
};

const listen = (server: Server): Promise<number> =>
  new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)));

/** Speaks TLS for hosts that no name server knows, and hands on what they are asked to the servers that stand for them. */
export async function startSecureFront(origins: Readonly<Record<string, string>>): Promise<{ port: number; close: () => void }> {
  const server = createSecureServer({ key: readFileSync(join(tls, 'key.pem')), cert: readFileSync(certificateFile) }, (incoming, outgoing) => {
    const origin = origins[incoming.headers.host ?? ''];
    if (origin === undefined) outgoing.writeHead(421).end();
    else handOn(new URL(incoming.url ?? '/', origin), incoming, outgoing);
  });
  const port = await listen(server);
  return { port, close: () => end(server) };
}

function handOn(url: URL, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { host: _, 'proxy-authorization': __, 'proxy-connection': ___, ...headers } = incoming.headers;
  const onward = requestOf(url, { method: incoming.method ?? 'GET', headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
  });
  onward.on('error', () => outgoing.destroy());
  incoming.pipe(onward);
}

/**
 * A proxy as a company has one: it opens tunnels, and hands on what is in the clear.
 *
 * @param frontPort where every tunnel ends
 * @param refusal the status with which it answers everything instead
 */
export async function startForwardProxy(frontPort: number, refusal?: number): Promise<FakeProxy> {
  const requests: FakeProxy['requests'] = [];
  const sockets = new Set<Socket>();
  const note = ({ method, url, headers }: IncomingMessage) => requests.push({ line: `${method} ${url}`, credentials: headers['proxy-authorization'] });
  const server = createServer((incoming, outgoing) => {
    note(incoming);
    if (refusal !== undefined) outgoing.writeHead(refusal, { 'content-type': 'text/html' }).end('<html>The proxy says no</html>');
    else handOn(new URL(incoming.url ?? ''), incoming, outgoing);
  });
  server.on('connect', (incoming: IncomingMessage, socket: Socket) => {
    note(incoming);
    sockets.add(socket.on('error', () => undefined));
    if (refusal !== undefined) return void socket.end(`HTTP/1.1 ${refusal} No\r\nContent-Length: 0\r\n\r\n`);
    const onward = connect(frontPort, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    sockets.add(onward.on('error', () => socket.destroy()));
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}`,
    host: `127.0.0.1:${port}`,
    requests,
    close: () => {
      end(server);
      for (const socket of sockets) socket.destroy();
    },
  };
}

function end(server: Server): void {
  server.closeAllConnections();
  server.close();
}
