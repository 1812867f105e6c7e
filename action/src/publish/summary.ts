import type { RunContext } from '../context.ts';
import { inertCode } from '../privacy/inert.ts';
import type { Report } from '../report/report.ts';
import { cutoverSection } from './cutover.ts';
import {
  acceptedTable,
  attention,
  attentionHeading,
  countsTable,
  details,
  entitiesTable,
  findingsTable,
  nextSteps,
  notComparedTable,
  originList,
  paragraphs,
  placesTable,
  typesTable,
  verdictLine,
} from './markdown.ts';
import { trendSection } from './trend.ts';
import { count, number } from '../report/numbers.ts';
import { finePrint, readsSentence } from './words.ts';

/** GitHub drops a summary of more than 1 MiB; Hangul takes three bytes per character. */
const maxBytes = 1_000_000;

/** Rows that are used to estimate the size of the others. */
const measuredRows = 200;

/** Rows of the overview; the list below it has the findings individually. */
const shownPlaces = 50;

/**
 * The run's page: the full list of findings, or as many as fit, or none.
 *
 * @returns Markdown of at most 1,000,000 bytes as UTF-8
 */
export function renderSummary(report: Report, context: RunContext): string {
  // Only some of them at first, to see how many fit: thousands of rows that do not fit would take as much memory as the comparison.
  const some = Buffer.byteLength(findingsTable(report, measuredRows)) / measuredRows;
  let limit = Math.min(report.findings.length, Math.max(measuredRows, Math.floor((0.95 * maxBytes) / some)));
  let summary = render(report, context, limit);
  while (limit > 0 && Buffer.byteLength(summary) > maxBytes) {
    limit = Math.floor(limit / 2);
    summary = render(report, context, limit);
  }
  return summary;
}

function render(report: Report, context: RunContext, limit: number): string {
  const listed = `${limit < report.findingsTotal ? `First ${number(limit)} of ` : ''}${count(report.findingsTotal, 'finding')}, one by one`;
  return paragraphs(
    `## Driftwatch: ${inertCode(report.pair, 80)}`,
    verdictLine(report),
    originList(report),
    finePrint(report),
    countsTable(report),
    section('Entities', entitiesTable(report)),
    section('Findings by type', typesTable(report)),
    section('Where they are', limit > 0 ? placesTable(report, Math.min(limit, shownPlaces)) : ''),
    limit > 0 ? details(listed, findingsTable(report, limit)) : '',
    section('Accepted differences', acceptedTable(report)),
    section(attentionHeading(report), attention(report)),
    section('Not compared', notComparedTable(report)),
    section('What to do next', nextSteps(report, context)),
    section('Trend', trendSection(report.trend)),
    cutoverSection(report),
    `<sub>${report.mode} comparison in ${(report.durationMs / 1000).toFixed(1)} s, seed ${inertCode(report.seed, 120)}. ${readsSentence(report)}</sub>\n`,
  );
}

const section = (heading: string, body: string): string => (body === '' ? '' : `### ${heading}\n\n${body}`);
