import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';

/** Google's own emulator, where it is installed: what the server beside this is held to. */

const jar = '/usr/lib/google-cloud-sdk/platform/cloud-firestore-emulator/cloud-firestore-emulator.jar';
const door = 'com.google.cloud.datastore.emulator.firestore.CloudFirestore';

export type Emulator = { readonly url: string; stop: () => Promise<void> };

async function freePort(): Promise<number> {
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
  const { port } = holder.address() as AddressInfo;
  await new Promise((resolve) => holder.close(resolve));
  return port;
}

/** @returns `undefined` where it is not installed */
export async function startEmulator(): Promise<Emulator | undefined> {
  if (!existsSync(jar)) return undefined;
  const port = await freePort();
  const emulator = spawn('java', ['-Xmx512m', '-Duser.language=en', '-cp', jar, door, '--host=127.0.0.1', `--port=${port}`], {
    env: { ...process.env, METADATA_SERVER_DETECTION: 'none' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => emulator.once('close', () => resolve()));
  let printed = '';
  await new Promise<void>((resolve, reject) => {
    emulator.once('error', reject).once('close', () => reject(new Error(`The emulator did not start: ${printed.slice(-2000)}`)));
    for (const stream of [emulator.stdout, emulator.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        printed += chunk.toString();
        if (printed.includes('is now running')) resolve();
      });
    }
  });
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      emulator.kill();
      await ended;
    },
  };
}
