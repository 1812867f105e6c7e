import { setFlagsFromString } from 'node:v8';
import * as core from '@actions/core';
import { readContext } from './context.ts';
import { sentenceOf } from './defect.ts';
import { proxyFor, secretsOfProxies } from './http/proxy.ts';
import { InputError, readSettings } from './inputs.ts';

/** The whole action: from the environment to the exit code. Never throws. */
export async function main(): Promise<void> {
  try {
    boundMemory();
    maskSecrets();
    lookAtProxies();
    const context = readContext(process.env);
    const settings = readSettings(core.getInput, context);
    // Loaded once the inputs are known to be good: most of the bundle is behind this.
    const { run } = await import('./run.ts');
    const failures = await run(settings, context);
    if (failures.length > 0) core.setFailed(failures.join(' '));
  } catch (error) {
    core.setOutput('verdict', 'unknown');
    core.setOutput('severity', 'none');
    core.setOutput('cutover-ready', 'false');
    // Bad inputs are a list, one a line, whose values are inert already.
    core.setFailed(error instanceof InputError ? error.message : sentenceOf(error));
  }
}

/** The runner blanks these out wherever they appear in the log. */
function maskSecrets(): void {
  for (const name of ['supabase-key', 'github-token', 'discord-webhook-url', 'heartbeat-url']) {
    const secret = core.getInput(name);
    if (secret === '') continue;
    core.setSecret(secret);
    // The part of a webhook's URL that gives access.
    const [, token = ''] = /\/webhooks\/[^/]+\/([^/?#]+)/.exec(secret) ?? [];
    if (token.length >= 8) core.setSecret(token);
    // Of a heartbeat's, however its host is written.
    const path = name === 'heartbeat-url' && URL.canParse(secret) ? `${new URL(secret).pathname}${new URL(secret).search}` : '';
    if (path.length >= 8) core.setSecret(path);
  }
}

/** Here, since a variable that names no proxy would end what loads later in a way that nobody understands. */
function lookAtProxies(): void {
  for (const secret of secretsOfProxies(process.env)) core.setSecret(secret);
  for (const address of ['https://driftwatch.invalid', 'http://driftwatch.invalid']) proxyFor(new URL(address));
}

/**
 * A run reads much and keeps little. By default V8 collects so late on a large machine that the pages of a big table
 * pile up to several hundred megabytes; a young generation that stays small, and an old one that is collected once it
 * has grown by a third, keep the peak near what is in use, for the same CPU time (`bench/` measures it).
 *
 * Node's `fetch` reads HTTP with a WebAssembly module. To optimize it takes V8 22 MB, for a few seconds of reading;
 * only all three flags together leave it as it is first compiled.
 */
function boundMemory(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=30');
  for (const flag of ['--liftoff-only', '--no-wasm-tier-up', '--no-wasm-dynamic-tiering']) setFlagsFromString(flag);
}
