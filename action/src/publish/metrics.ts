import { verdicts, type Report } from '../report/report.ts';

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];
type Gauge = { readonly name: string; readonly help: string; readonly unit?: string; readonly samples: readonly Sample[] };

/**
 * The report for a time series database, as OpenMetrics text. Prometheus reads the same text in its own older format, in which the lines
 * about units and the end are comments. Values that were not looked at have no series.
 */
export function renderMetrics(report: Report): string {
  const gauges = gaugesOf(report).filter(({ samples }) => samples.length > 0);
  return `${gauges.flatMap((gauge) => linesOf(gauge, report.pair)).join('\n')}\n# EOF\n`;
}

function gaugesOf(report: Report): Gauge[] {
  return [
    {
      name: 'driftwatch_verdict',
      help: '1 for the verdict of the last run, 0 for the others',
      samples: verdicts.map((verdict) => [{ verdict }, verdict === report.verdict ? 1 : 0]),
    },
    {
      name: 'driftwatch_drift_rate',
      help: 'Share of what differs, from 0 to 1; absent while the verdict is unknown',
      // The rate of the part that was read before the trouble would look like the rate of the whole.
      samples: report.verdict === 'unknown' ? [] : [[{}, report.drift.rate]],
    },
    {
      name: 'driftwatch_rows',
      help: 'What each side holds',
      samples: report.counts.flatMap(({ level, legacy, normalized }): Sample[] => [
        [{ level, side: 'legacy' }, legacy],
        [{ level, side: 'normalized' }, normalized],
      ]),
    },
    {
      name: 'driftwatch_expected_rows',
      help: 'What the normalized side should hold according to the legacy side',
      samples: report.counts.map(({ level, expected }) => [{ level }, expected]),
    },
    {
      name: 'driftwatch_findings',
      help: 'Findings of each type that there are',
      samples: Object.entries(report.findingsByType).map(([type, findings]) => [{ type }, findings]),
    },
    {
      name: 'driftwatch_reads',
      help: 'Rows or documents that the run read of each side',
      samples: Object.entries(report.reads).map(([side, reads]) => [{ side }, reads]),
    },
    { name: 'driftwatch_run_seconds', help: 'How long the run took', unit: 'seconds', samples: [[{}, report.durationMs / 1000]] },
    {
      name: 'driftwatch_health',
      help: '1 for a health check that is ok, 0 for one that is not',
      samples: report.health.map(({ check, status }) => [{ check }, status === 'ok' ? 1 : 0]),
    },
  ];
}

function linesOf({ name, help, unit, samples }: Gauge, pair: string): string[] {
  // Keyed by its text, since a repeated series makes the whole file unreadable.
  const series = new Map(samples.map(([labels, value]) => [`${name}{${labelsText({ pair, ...labels })}}`, value]));
  return [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} gauge`,
    ...(unit === undefined ? [] : [`# UNIT ${name} ${unit}`]),
    ...Array.from(series, ([text, value]) => `${text} ${value}`),
  ];
}

const labelsText = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(',');

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' };

/** A label's value as the text format requires it: UTF-8 on one line. A carriage return would end a line for some readers. */
const escaped = (value: string): string =>
  value
    .toWellFormed()
    .replaceAll('\r', '\u{fffd}')
    .replace(/[\\"\n]/g, (character) => escapes[character] ?? character);
