import sparticuz from '@sparticuz/chromium';
import { chromium, type Browser, type LaunchOptions } from 'playwright-core';

/**
 * Chromium from npm; if that cannot run, an installed Chrome, Edge or Chromium.
 *
 * @throws if there is none, with what to do
 */
export async function startBrowser(): Promise<Browser> {
  const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--font-render-hinting=none'];
  const ways: (() => Promise<LaunchOptions>)[] = [
    async () => ({ executablePath: await sparticuz.executablePath() }),
    ...['chrome', 'chromium', 'msedge'].map((channel) => async () => ({ channel })),
  ];
  const reasons: string[] = [];
  for (const way of ways) {
    try {
      // Without a time limit: a busy machine does not mean that the browser is missing.
      return await chromium.launch({ ...(await way()), args, timeout: 0 });
    } catch (error) {
      reasons.push(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error));
    }
  }
  throw new Error(
    `No browser starts here: the one from npm (@sparticuz/chromium) is for Linux on x64 and arm64, and no Chrome, Chromium or Edge is installed. Install one of them. (${reasons.join(' | ')})`,
  );
}
