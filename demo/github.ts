import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** GitHub's REST API for a repository without issues and labels, in which nobody can write. */
export async function startEmptyGitHub(): Promise<{ url: string; close: () => Promise<void> }> {
  const server = createServer(({ method = 'GET', url = '/' }, response) => {
    const lists = method === 'GET' && /^\/repos\/[^/]+\/[^/]+\/(issues|labels)(\?|$)/.test(url);
    const status = lists ? 200 : method === 'GET' ? 404 : 403;
    const body = lists ? [] : { message: status === 404 ? 'Not Found' : 'Resource not accessible by integration', status: String(status) };
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
