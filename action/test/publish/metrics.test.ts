import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import * as fc from '../fast-check.ts';
import { renderMetrics } from '../../src/publish/metrics.ts';
import { verdicts, type Report } from '../../src/report/report.ts';
import { disasterReport, hostileReport, referenceReport, sampledReport, syncedReport, unknownReport } from './reports.ts';

/** A sample as a reader takes it: labels unescaped. */
type Read = { readonly name: string; readonly labels: Readonly<Record<string, string>>; readonly value: number };

const metricName = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const labelPair = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^\n"\\]|\\[n"\\])*)"/y;
const realNumber = /^[+-]?\d+(\.\d*)?(e[+-]?\d+)?$/i;
const unescaped: Readonly<Record<string, string>> = { '\\n': '\n', '\\"': '"', '\\\\': '\\' };

/** Reads a gauge's sample by the grammar of OpenMetrics, 5.2; no timestamps and no exemplars. */
function readSample(line: string): Read {
  const [head = '', name = ''] = new RegExp(`^(${metricName})\\{`).exec(line) ?? [];
  assert.notEqual(head, '', line);
  const labels: Record<string, string> = {};
  let at = head.length;
  for (;;) {
    labelPair.lastIndex = at;
    const [text = '', label = '', value = ''] = labelPair.exec(line) ?? [];
    assert.notEqual(text, '', line);
    assert.ok(!(label in labels), `${label} twice: ${line}`);
    labels[label] = value.replaceAll(/\\[n"\\]/g, (escape) => unescaped[escape] ?? assert.fail(escape));
    at += text.length + 1;
    if (line[at - 1] !== ',') break;
  }
  assert.equal(line.slice(at - 1, at + 1), '} ', line);
  const value = line.slice(at + 1);
  assert.match(value, realNumber);
  return { name, labels, value: Number(value) };
}

/** Reads a whole exposition and fails where the specification forbids anything of it, here for gauges only. */
function readMetrics(text: string): Read[] {
  assert.ok(text.isWellFormed());
  assert.ok(text.endsWith('\n# EOF\n'));
  assert.doesNotMatch(text, /\r/);
  const lines = text.slice(0, -'\n# EOF\n'.length).split('\n');
  const samples: Read[] = [];
  const families = new Set<string>();
  const series = new Set<string>();
  let family = '';
  let said: string[] = [];
  for (const line of lines) {
    const [, keyword = '', name = '', rest = ''] = new RegExp(`^# (HELP|TYPE|UNIT) (${metricName}) (.*)$`).exec(line) ?? [];
    if (keyword !== '') {
      if (name !== family) {
        // What belongs to a family stands together, once.
        assert.ok(!families.has(name), line);
        families.add(name);
        family = name;
        said = [];
      }
      assert.ok(!said.includes(keyword) && !said.includes('sample'), line);
      said.push(keyword);
      if (keyword === 'TYPE') assert.equal(rest, 'gauge');
      if (keyword === 'UNIT') assert.ok(name.endsWith(`_${rest}`), line);
      if (keyword === 'HELP') assert.match(rest, /^(?:[^\n"\\]|\\[n"\\])+$/);
      continue;
    }
    const sample = readSample(line);
    assert.equal(sample.name, family);
    assert.ok(said.includes('HELP') && said.includes('TYPE'), line);
    said.push('sample');
    const key = JSON.stringify([sample.name, Object.entries(sample.labels).toSorted()]);
    assert.ok(!series.has(key), `twice: ${line}`);
    series.add(key);
    samples.push(sample);
  }
  return samples;
}

const valuesOf = (report: Report, name: string): [Record<string, string>, number][] =>
  readMetrics(renderMetrics(report))
    .filter((sample) => sample.name === name)
    .map(({ labels: { pair: _pair, ...labels }, value }) => [labels, value]);

describe('metrics.txt', () => {
  test('says what the report says of drift', () => {
    const report = { ...referenceReport(), reads: { legacy: 24, normalized: 430 } };
    assert.deepEqual(valuesOf(report, 'driftwatch_verdict'), [
      [{ verdict: 'in-sync' }, 0],
      [{ verdict: 'drift' }, 1],
      [{ verdict: 'unknown' }, 0],
    ]);
    assert.deepEqual(valuesOf(report, 'driftwatch_drift_rate'), [[{}, 12 / 18]]);
    assert.deepEqual(
      valuesOf(report, 'driftwatch_rows').filter(([{ level }]) => level === 'records'),
      [
        [{ level: 'records', side: 'legacy' }, 598],
        [{ level: 'records', side: 'normalized' }, 283],
      ],
    );
    assert.deepEqual(valuesOf(report, 'driftwatch_expected_rows').at(-1), [{ level: 'records' }, 448]);
    assert.deepEqual(valuesOf(report, 'driftwatch_findings'), [
      [{ type: 'MISSING_RECORD' }, 165],
      [{ type: 'COUNT_MISMATCH' }, 1],
    ]);
    assert.deepEqual(valuesOf(report, 'driftwatch_reads'), [
      [{ side: 'legacy' }, 24],
      [{ side: 'normalized' }, 430],
    ]);
    assert.deepEqual(valuesOf(report, 'driftwatch_run_seconds'), [[{}, 2.757]]);
    assert.ok(readMetrics(renderMetrics(report)).every(({ labels }) => labels['pair'] === 'habit-tracker'));
  });

  test('has no series for what was not looked at, and none of findings where there are none', () => {
    assert.deepEqual(valuesOf(syncedReport(), 'driftwatch_drift_rate'), [[{}, 0]]);
    assert.deepEqual(valuesOf(syncedReport(), 'driftwatch_findings'), []);
    assert.deepEqual(valuesOf(syncedReport(), 'driftwatch_health'), []);
    assert.deepEqual(
      valuesOf(sampledReport(), 'driftwatch_rows').map(([{ level }]) => level),
      ['weeks', 'weeks'],
    );
  });

  test('never has a rate of 0 where nobody knows', () => {
    assert.deepEqual(valuesOf(unknownReport(), 'driftwatch_drift_rate'), []);
    assert.deepEqual(
      valuesOf(unknownReport(), 'driftwatch_verdict').filter(([, value]) => value === 1),
      [[{ verdict: 'unknown' }, 1]],
    );
  });

  test('counts findings beyond those that are kept', () => {
    const report = disasterReport();
    assert.equal(
      valuesOf(report, 'driftwatch_findings').reduce((sum, [, findings]) => sum + findings, 0),
      report.findingsTotal,
    );
  });

  test('takes a health check for ok only where it is', () => {
    const health = (['ok', 'warning', 'failing'] as const).map((status) => ({ check: status, status, severity: 'low' as const, detail: '' }));
    assert.deepEqual(valuesOf({ ...syncedReport(), health }, 'driftwatch_health'), [
      [{ check: 'ok' }, 1],
      [{ check: 'warning' }, 0],
      [{ check: 'failing' }, 0],
    ]);
  });

  test('can be read whatever the names hold, and says them as they are', () => {
    const name = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom('"', '\\', '\n', '\r', '{', '}', ',', '=', ' ', '#', 'n', '\u2028', '\ud83d', '\u0000', 'EOF') }),
      fc.constantFrom('"} 1\n# EOF\n', 'a\\', 'x"\ndriftwatch_verdict{pair="other"} 1', '__proto__', 'constructor', ''),
    );
    const names = fc.uniqueArray(name, { maxLength: 5 });
    fc.assert(
      fc.property(
        name,
        names,
        names,
        names,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.constantFrom(...verdicts),
        (pair, levels, types, checks, rate, verdict) => {
          const report: Report = {
            ...syncedReport(),
            pair,
            verdict,
            drift: { rate, upperBound: 1, differing: 0, compared: 1, population: 1 },
            counts: levels.map((level, index) => ({ level, legacy: index, expected: index, normalized: 2 ** 53 - index, difference: 0 })),
            findingsByType: Object.fromEntries(types.map((type, index) => [type, index + 1])),
            health: checks.map((check) => ({ check, status: 'failing', severity: 'high', detail: '' })),
          };
          const samples = readMetrics(renderMetrics(report));
          const shown = (text: string): string => text.toWellFormed().replaceAll('\r', '\ufffd');
          const labelled = (metric: string, label: string): string[] =>
            [...new Set(samples.filter((sample) => sample.name === metric).map(({ labels }) => labels[label] ?? assert.fail(metric)))].toSorted();
          const unique = (texts: readonly string[]): string[] => [...new Set(texts.map(shown))].toSorted();
          assert.ok(samples.every(({ labels }) => labels['pair'] === shown(pair)));
          assert.deepEqual(labelled('driftwatch_rows', 'level'), unique(levels));
          assert.deepEqual(labelled('driftwatch_findings', 'type'), unique(types));
          assert.deepEqual(labelled('driftwatch_health', 'check'), unique(checks));
          assert.deepEqual(
            samples.filter(({ name: one }) => one === 'driftwatch_drift_rate').map(({ value }) => value),
            verdict === 'unknown' ? [] : [rate],
          );
        },
      ),
    );
    readMetrics(renderMetrics(hostileReport()));
  });
});

describe('the page about metrics and its dashboard', () => {
  const docs = join(import.meta.dirname, '../../../docs');
  const complete = { ...referenceReport(), health: [{ check: 'trigger', status: 'ok' as const, severity: 'none' as const, detail: '' }] };
  const samples = readMetrics(renderMetrics(complete));
  const written = [...new Set(samples.map(({ name }) => name))].toSorted();
  const namedIn = (text: string): string[] => [...new Set(text.match(/\bdriftwatch_\w+/g))].toSorted();

  test('name every metric that there is, and no other', () => {
    const page = readFileSync(join(docs, 'metrics.md'), 'utf8');
    assert.deepEqual(namedIn(page), written);
    assert.deepEqual([...page.matchAll(/^\| `(driftwatch_\w+)`/gm)].map(([, name]) => name).toSorted(), written);
  });

  test('ask Prometheus for metrics and labels that there are', () => {
    const dashboard = JSON.parse(readFileSync(join(docs, 'metrics-dashboard.json'), 'utf8')) as {
      panels: { targets: { expr: string; legendFormat: string }[] }[];
    };
    const targets = dashboard.panels.flatMap((panel) => panel.targets);
    const [asked, shown] = [targets.map(({ expr }) => expr), targets.map(({ legendFormat }) => legendFormat)];
    assert.deepEqual(namedIn(asked.join('\n')), written);
    for (const { expr, legendFormat } of targets) {
      const known = new Set(samples.filter(({ name }) => namedIn(expr).includes(name)).flatMap(({ labels }) => Object.keys(labels)));
      const used = [...expr.matchAll(/(\w+)=~?"/g), ...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label);
      assert.deepEqual(
        used.filter((label) => !known.has(label)),
        [],
        expr,
      );
    }
    assert.ok(asked.length >= 7 && shown.every((legend) => legend.includes('{{pair}}')));
  });
});
