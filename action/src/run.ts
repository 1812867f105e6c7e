import * as core from '@actions/core';
import { check } from './check.ts';
import type { RunContext } from './context.ts';
import type { Settings } from './inputs.ts';
import { measureOf } from './merge/measure.ts';
import { declarationOf, rulesOf, type Foreseen } from './pair/config.ts';
import { connect } from './pair/pairs.ts';
import { passingPseudonyms } from './privacy/pseudonyms.ts';
import { partsOf } from './privacy/secrets.ts';
import { checkReportDirectory } from './publish/directory.ts';
import { createProgressLog } from './publish/progress.ts';

/**
 * One run: compares, then updates every channel according to the report.
 *
 * @param config the content of the file with pairs and accepted differences, if there is one
 * @throws {InputError} if the report directory cannot be used; no request was sent then
 * @returns why the job must fail, one sentence each; empty if it must not
 */
export async function run(settings: Settings, context: RunContext, config: Foreseen['declaration']): Promise<string[]> {
  await checkReportDirectory(context.workspace, settings.reportDirectory);
  for (const secret of config?.secrets.flatMap(partsOf) ?? []) core.setSecret(secret);
  const connection = await connect(settings, config, process.env, core.setSecret);
  if (!settings.revealValues && connection.pseudonymKey === undefined) core.warning(passingPseudonyms, { title: 'Driftwatch: pseudonyms' });
  const { name: pair, words } = connection.pair;
  const rules = rulesOf(config, pair);
  const declaration = declarationOf(settings, config, rules);
  const measure = measureOf({ settings, pair, declaration, commit: process.env['GITHUB_SHA'] ?? '' });
  const about = {
    settings,
    connection,
    rules,
    declaration,
    now: () => new Date(),
    runNumber: context.runNumber,
    watch: { onProgress: createProgressLog(words), onPhase: core.info },
    measure,
  };
  const report = await (settings.merge === undefined
    ? check(about)
    : (await import('./merge.ts')).merge({ ...about, pattern: settings.merge, workspace: context.workspace }));
  // Loaded only when there is something to publish, so that a run begins to read earlier.
  const { publish, publishPart, system } = await import('./publish.ts');
  return settings.part ? publishPart(report, settings, context) : publish(report, settings, context, system, connection.record);
}
