import type { RecordedRun, Report } from '../report/report.ts';
import { isConclusive } from '../verdict/verdict.ts';

/** What is recorded about a run. */
export const runOf = (report: Report): RecordedRun => ({
  at: report.finishedAt,
  verdict: report.verdict,
  severity: report.severity,
  conclusive: isConclusive(report),
  rate: report.drift.rate,
  findings: report.findingsTotal,
  differing: report.drift.differing,
  compared: report.drift.compared,
  population: report.drift.population,
  ...(report.standing && { isExact: report.standing.isExact }),
});
