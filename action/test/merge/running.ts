import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as fc from '../fast-check.ts';
import { check } from '../../src/check.ts';
import { readSettings } from '../../src/inputs.ts';
import { merge } from '../../src/merge.ts';
import { measureOf } from '../../src/merge/measure.ts';
import { declarationOf, readConfig, rulesOf } from '../../src/pair/config.ts';
import { connect } from '../../src/pair/pairs.ts';
import { fileOf } from '../../src/publish/files.ts';
import type { Report } from '../../src/report/report.ts';

/** Whole runs, parts and merges of the same data, up to their reports. */

type Inputs = Readonly<Record<string, string>>;

export type Workspace = {
  /** What stores are told beside the file. */
  readonly environment: Record<string, string>;
  readonly write: (path: string, text: string) => void;
  /** One run of the action up to its report, with inputs by the names of `action.yml`. */
  readonly run: (inputs: Inputs) => Promise<Report>;
  /** @param order in which the parts are compared and found */
  readonly runInParts: (order: readonly number[], inputs: Inputs) => Promise<{ parts: Report[]; merged: Report; files: string[] }>;
  readonly remove: () => void;
};

const now = () => new Date('2026-01-05T06:17:00Z');

export function openWorkspace(): Workspace {
  const workspace = mkdtempSync(join(tmpdir(), 'merge-'));
  const environment: Record<string, string> = {};

  function write(path: string, text: string): void {
    mkdirSync(dirname(join(workspace, path)), { recursive: true });
    writeFileSync(join(workspace, path), text);
  }

  async function run(inputs: Inputs): Promise<Report> {
    const values: Record<string, string> = { 'settle-seconds': '0', config: 'driftwatch.yml', ...inputs };
    const settings = readSettings((name) => values[name] ?? '', { runName: 'test-1' });
    const config = await readConfig(settings, workspace, environment);
    const connection = await connect(settings, config, environment);
    const rules = rulesOf(config, connection.pair.name);
    const measure = measureOf({ settings, pair: connection.pair.name, declaration: declarationOf(settings, config, rules), commit: 'c0ffee' });
    const about = { settings, connection, rules, now, measure };
    return settings.merge === undefined ? check(about) : merge({ ...about, pattern: settings.merge, workspace });
  }

  return {
    environment,
    write,
    run,
    async runInParts(order, inputs) {
      rmSync(join(workspace, 'parts'), { recursive: true, force: true });
      const parts: Report[] = [];
      const files: string[] = [];
      for (const [place, index] of order.entries()) {
        const report = await run({ ...inputs, part: `${index}/${order.length}` });
        const file = `parts/${place}/report.json`;
        write(file, JSON.stringify(fileOf(report)));
        parts.push(report);
        files.push(readFileSync(join(workspace, file), 'utf8'));
      }
      return { parts, merged: await run({ ...inputs, merge: 'parts/*/report.json' }), files };
    },
    remove: () => rmSync(workspace, { recursive: true }),
  };
}

/** All parts of a few, in any order. */
export const howMany: fc.Arbitrary<number[]> = fc.integer({ min: 1, max: 4 }).chain((of) => {
  const all = Array.from({ length: of }, (_, place) => place + 1);
  return fc.shuffledSubarray(all, { minLength: of });
});
