import { createServer, type AddressInfo } from 'node:net';

/**
 * Starts a server on a free port. Other programs get ports from this machine too, so the port may be in use by then: it is tried again with
 * another one.
 *
 * @param start `undefined` if the port was in use
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
