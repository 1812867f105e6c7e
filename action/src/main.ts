import { setFlagsFromString } from 'node:v8';
import * as core from '@actions/core';
import { readContext, type RunContext } from './context.ts';
import { sentenceOf, ToldError } from './defect.ts';
import { readEvent } from './event.ts';
import { proxyFor, secretsOfProxies } from './http/proxy.ts';
import { InputError, mustBePrivate, readSettings, revealedInPublic, secretInputs, type Settings } from './inputs.ts';
import { foresee, type Foreseen } from './pair/config.ts';
import { withoutReport, writeOutputs } from './publish/outputs.ts';
import { partsOf } from './privacy/secrets.ts';

/** The whole action: from the environment to the exit code. Never throws. */
export async function main(): Promise<void> {
  try {
    boundMemory();
    maskSecrets();
    refuseOldNode(process.versions.node);
    lookAtProxies();
    const context = readContext(process.env);
    const { settings, declaration } = await readInputs(context);
    // Loaded once the inputs are known to be good: most of the bundle is behind this.
    const { run } = await import('./run.ts');
    const failures = await run(settings, context, declaration);
    if (failures.length > 0) core.setFailed(failures.join(' '));
  } catch (error) {
    writeOutputs(withoutReport);
    // Bad inputs are a list, one a line, whose values are inert already.
    core.setFailed(error instanceof InputError ? error.message : sentenceOf(error));
  }
}

/** @throws {InputError} before anything is requested, except from GitHub whether names would be printed for everybody */
async function readInputs(context: RunContext): Promise<{ settings: Settings; declaration: Foreseen['declaration'] }> {
  const event = readEvent(process.env);
  const { declaration, ...foreseen } = await foresee(core.getInput, context.workspace, process.env);
  const settings = readSettings(core.getInput, { ...context, ...event, ...foreseen });
  if (!mustBePrivate(core.getInput) || event.isPrivate === true) return { settings, declaration };
  const { askWhetherPrivate } = await import('./visibility.ts');
  const isPrivate = await askWhetherPrivate(context, settings.githubToken);
  if (isPrivate !== true) throw new InputError(`Input ${revealedInPublic(core.getInput('reveal-values'), isPrivate)}`);
  return { settings, declaration };
}

/** Of a runner it is the right one; somebody who starts the bundle by hand may have another. */
export function refuseOldNode(version: string): void {
  if (Number.parseInt(version, 10) >= 22) return;
  throw new ToldError(
    `The action runs on Node 24, and this is Node ${version}, which cannot load it. GitHub's runners bring the right one: let a workflow start the action, or start dist/index.js with Node 24.`,
  );
}

/** The runner blanks these out wherever they appear in the log, and other encodings of them as well. */
function maskSecrets(): void {
  const secrets = secretInputs.flatMap((name) => [core.getInput(name, { trimWhitespace: false }), ...partsOf(core.getInput(name))]);
  for (const secret of new Set(secrets)) if (secret.trim() !== '') core.setSecret(secret);
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
