import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { onFreePort } from '../free-port.ts';

/** Google's own emulator, if it is installed: our Firestore server is checked against it. */

const jar = '/usr/lib/google-cloud-sdk/platform/cloud-firestore-emulator/cloud-firestore-emulator.jar';
const door = 'com.google.cloud.datastore.emulator.firestore.CloudFirestore';

/** It runs for a few seconds: compiling its code a second time, and collecting its garbage in threads, takes more than it saves. */
const quickToStart = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];

export type Emulator = { readonly url: string; stop: () => Promise<void> };

/** @returns `undefined` if it is not installed */
export async function startEmulator(): Promise<Emulator | undefined> {
  return existsSync(jar) ? onFreePort(startAt) : undefined;
}

/** @returns `undefined` if the port is in use */
async function startAt(port: number): Promise<Emulator | undefined> {
  const emulator = spawn('java', [...quickToStart, '-Xmx512m', '-Duser.language=en', '-cp', jar, door, '--host=127.0.0.1', `--port=${port}`], {
    env: { ...process.env, METADATA_SERVER_DETECTION: 'none' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => emulator.once('close', () => resolve()));
  let printed = '';
  const isRunning = await new Promise<boolean>((resolve, reject) => {
    emulator.once('error', reject).once('close', () => {
      if (printed.includes('Address already in use')) resolve(false);
      else reject(new Error(`The emulator did not start: ${printed.slice(-2000)}`));
    });
    for (const stream of [emulator.stdout, emulator.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        printed += chunk.toString();
        if (printed.includes('is now running')) resolve(true);
      });
    }
  });
  if (!isRunning) return undefined;
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      emulator.kill();
      await ended;
    },
  };
}
