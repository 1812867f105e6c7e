import { check } from '../action/src/check.ts';
import { rulesOf } from '../action/src/pair/config.ts';
import { connect } from '../action/src/pair/pairs.ts';
import { ReadError } from '../action/src/store/errors.ts';
import { number, signed } from '../action/src/report/numbers.ts';
import { exit, noRows, targetOf, type Flags, type Target } from './settings.ts';
import { cell, createProgress, paint, print, printJson, table, type Progress } from './terminal.ts';

/** The exact number of rows on both sides. */
type EntityCount = { readonly name: string; readonly legacy: number; readonly normalized: number; readonly difference: number };

export async function countsCommand(flags: Flags, { json }: { json: boolean }): Promise<number> {
  const target = await targetOf(flags);
  const progress = createProgress(json);
  const entities = await (target.declared === undefined ? countLevels(target, progress) : countEntities(target, progress)).finally(progress.end);
  const pair = target.declared?.name ?? 'habit-tracker';
  if (json) printJson({ pair, entities });
  else {
    const rows = entities.map(({ name, legacy, normalized, difference }) => [
      cell(name),
      number(legacy),
      number(normalized),
      difference === 0 ? '0' : paint('bold', signed(difference)),
    ]);
    print(...table(['Entity', 'Legacy#', 'Normalized#', 'Difference#'], rows));
  }
  // Row-level security would hide every row just like that.
  if (target.declared !== undefined && entities.every(({ legacy, normalized }) => legacy === 0 && normalized === 0)) {
    console.error(noRows);
    return exit.unknown;
  }
  return entities.every(({ difference }) => difference === 0) ? exit.well : exit.drift;
}

async function countEntities({ settings, config }: Target, progress: Progress): Promise<EntityCount[]> {
  const { pair } = await connect(settings, config, process.env);
  const counted: EntityCount[] = [];
  for (const { name, expected, actual } of pair.entities) {
    progress.phase(`Counting ${name} …`);
    const [legacy, normalized] = await Promise.all([expected.count(), actual.count()]);
    counted.push({ name, legacy, normalized, difference: normalized - legacy });
  }
  return counted;
}

/** The content of a legacy row is inside the row, so counting it means reading it. */
async function countLevels({ settings, config }: Target, progress: Progress): Promise<EntityCount[]> {
  const connection = await connect(settings, config, process.env);
  const report = await check({
    settings: { ...settings, mode: 'full' },
    connection,
    rules: rulesOf(config, connection.pair.name),
    now: () => new Date(),
    watch: { onProgress: progress.advance, onPhase: progress.phase },
  });
  if (report.verdict === 'unknown') throw new ReadError(report.reason ?? 'The counts could not be read.');
  return report.counts.map(({ level, expected, normalized, difference }) => ({ name: level, legacy: expected, normalized, difference }));
}
