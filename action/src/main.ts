import * as core from '@actions/core';
import { readContext } from './context.ts';
import { describeDefect } from './defect.ts';
import { InputError, readSettings } from './inputs.ts';

/** The whole action: from the environment to the exit code. Never throws. */
export async function main(): Promise<void> {
  try {
    maskSecrets();
    const context = readContext(process.env);
    const settings = readSettings(core.getInput, context);
    // Loaded once the inputs are known to be good: most of the bundle is behind this.
    const { run } = await import('./run.ts');
    const failures = await run(settings, context);
    if (failures.length > 0) core.setFailed(failures.join(' '));
  } catch (error) {
    core.setOutput('verdict', 'unknown');
    core.setFailed(error instanceof InputError ? error.message : describeDefect(error));
  }
}

/** The runner blanks these out wherever they appear in the log. */
function maskSecrets(): void {
  for (const name of ['supabase-key', 'github-token', 'discord-webhook-url']) {
    const secret = core.getInput(name);
    if (secret === '') continue;
    core.setSecret(secret);
    // The part of a webhook's URL that gives access.
    const token = secret.split('/').at(-1) ?? '';
    if (name === 'discord-webhook-url' && token.length >= 8) core.setSecret(token);
  }
}
