import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export type EmptyGitHub = {
  url: string;
  /** Method and path of every request, oldest first. */
  requests: string[];
  close: () => Promise<void>;
};

/** GitHub's REST API of a repository that has no issue and no label, and lets nobody write. */
export async function startEmptyGitHub(): Promise<EmptyGitHub> {
  const requests: string[] = [];
  const server = createServer(({ method = 'GET', url = '/' }, response) => {
    requests.push(`${method} ${url}`);
    const lists = method === 'GET' && /^\/repos\/[^/]+\/[^/]+\/(issues|labels)(\?|$)/.test(url);
    const status = lists ? 200 : method === 'GET' ? 404 : 403;
    const body = lists ? [] : { message: status === 404 ? 'Not Found' : 'Resource not accessible by integration', status: String(status) };
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
