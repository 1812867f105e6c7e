import * as core from '@actions/core';
import { readContext, type RunContext } from './context.ts';
import { sentenceOf, ToldError } from './defect.ts';
import { readEvent } from './event.ts';
import { proxyFor, secretsOfProxies } from './http/proxy.ts';
import { InputError, mustBePrivate, readSettings, revealedInPublic, secretInputs, type Settings } from './inputs.ts';
import { boundMemory } from './memory.ts';
import { foresee, type Foreseen } from './pair/config.ts';
import { summaryWithoutReport, withoutReport, writeOutputs, writeSummary } from './publish/outputs.ts';
import { partsOf } from './privacy/secrets.ts';

/** The whole action: from the environment to the exit code. Never throws. */
export async function main(): Promise<void> {
  try {
    maskSecrets();
    refuseOldNode(process.versions.node);
    lookAtProxies();
    const context = readContext(process.env);
    const { settings, declaration } = await readInputs(context);
    // Loaded once the inputs are known to be valid: this import contains most of the bundle.
    const { run } = await import('./run.ts');
    const failures = await run(settings, context, declaration);
    if (failures.length > 0) core.setFailed(failures.join(' '));
  } catch (error) {
    writeOutputs(withoutReport);
    // Invalid inputs are a list, one per line, whose values are already inert.
    const reason = error instanceof InputError ? error.message : sentenceOf(error);
    core.setFailed(reason);
    await writeSummary(summaryWithoutReport(reason));
  }
}

/** @throws {InputError} before any request, except the one that asks GitHub whether everybody could read the names */
async function readInputs(context: RunContext): Promise<{ settings: Settings; declaration: Foreseen['declaration'] }> {
  const event = readEvent(process.env);
  const { declaration, ...foreseen } = await foresee(core.getInput, context.workspace, process.env);
  const settings = readSettings(core.getInput, { ...context, ...event, ...foreseen });
  boundMemory();
  if (!mustBePrivate(core.getInput) || event.isPrivate === true) return { settings, declaration };
  const { askWhetherPrivate } = await import('./visibility.ts');
  const isPrivate = await askWhetherPrivate(context, settings.githubToken);
  if (isPrivate !== true) throw new InputError(`Input ${revealedInPublic(core.getInput('reveal-values'), isPrivate)}`);
  return { settings, declaration };
}

/** A runner uses the right version; somebody who starts the bundle by hand may have another. */
export function refuseOldNode(version: string): void {
  if (Number.parseInt(version, 10) >= 22) return;
  throw new ToldError(
    `The action runs on Node 24, and this is Node ${version}, which cannot load it. GitHub's runners bring the right one: let a workflow start the action, or start dist/index.js with Node 24.`,
  );
}

/** The runner masks these wherever they appear in the log, including other encodings of them. */
function maskSecrets(): void {
  const secrets = secretInputs.flatMap((name) => [core.getInput(name, { trimWhitespace: false }), ...partsOf(core.getInput(name))]);
  for (const secret of new Set(secrets)) if (secret.trim() !== '') core.setSecret(secret);
}

/** Checked here, because a variable that is not a proxy address would make a later import fail with an incomprehensible error. */
function lookAtProxies(): void {
  for (const secret of secretsOfProxies(process.env)) core.setSecret(secret);
  for (const address of ['https://driftwatch.invalid', 'http://driftwatch.invalid']) proxyFor(new URL(address));
}
