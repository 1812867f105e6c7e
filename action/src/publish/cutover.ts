import { oneLine } from '../privacy/inert.ts';
import { longestRemark, type Report } from '../report/report.ts';
import { details, paragraphs } from './markdown.ts';
import { count } from '../report/numbers.ts';
import { coverageSentence } from '../report/words.ts';
import { acceptedTotal } from './words.ts';

/** Whether reading may move to the normalized side. The reasons consist of numbers and fixed words. */

const ready = (report: Report): string => {
  const accepted = acceptedTotal(report);
  const but = accepted === 0 ? '' : ` ${count(accepted, 'accepted difference')} will be read as the normalized side has ${accepted === 1 ? 'it' : 'them'}.`;
  const { document, health } = report.words;
  const well = health === undefined ? ' and' : ',';
  const on = health === undefined ? '' : ', and the dual-write is on, without open failures';
  const parts = report.coverage ? ` Parts were compared in turn: ${coverageSentence(report.coverage, report.finishedAt)}` : '';
  return `every ${document.one} was compared${well} nothing has differed for long enough${on}.${parts}${but}`;
};

/** For the log: what is missing, if runs are recorded; otherwise a single line. */
export function cutoverLines(report: Report): string[] {
  const { cutover, trend } = report;
  if (!cutover) return [];
  if (cutover.ready) return ['', `Cut-over: ready: ${ready(report)}`];
  if (!trend) return ['', 'Cut-over: not ready; the output cutover-reasons says what is missing.'];
  return ['', 'Cut-over: not ready', ...cutover.reasons.map((reason) => `- ${oneLine(reason, longestRemark)}`)];
}

/** As Markdown. */
export function cutoverSection(report: Report): string {
  const { cutover } = report;
  if (!cutover) return '';
  if (cutover.ready) return paragraphs('### Cut-over', `🟢 **Ready:** ${ready(report)}`);
  const missing = cutover.reasons.map((reason) => `- ${reason}`).join('\n');
  return details(`Cut-over: not ready, ${count(cutover.reasons.length, 'condition is', 'conditions are')} not met`, missing);
}
