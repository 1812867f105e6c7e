import { createServer, type AddressInfo } from 'node:net';

/**
 * Ports that this machine gives out are used by others as well, so a server may find its own taken: then it starts with another one.
 *
 * @param start `undefined` where the port was taken
 */
export async function onFreePort<T>(start: (port: number) => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
    const { port } = holder.address() as AddressInfo;
    await new Promise((resolve) => holder.close(resolve));
    const started = await start(port);
    if (started) return started;
  }
}
