import type { Report } from '../../report/report.ts';
import { count, number, ratePercent, worstEntity } from '../../report/numbers.ts';
import { allDocuments, capitalized, commandTarget, type Unit } from '../../report/words.ts';
import { acceptedTotal, besideCompared, headline, nothingDiffers, partName, rotationSentence, topTypes } from '../words.ts';
import { code, documents, shown } from './parts.ts';
import { tones } from './trend.ts';
import { escapeHtml } from './view.ts';

/** The verdict, and what it is based on. */

export function shortHeadline({ verdict, severity, mode }: Report): string {
  if (verdict === 'unknown') return 'Unknown';
  if (verdict === 'drift') return `Drift${mode === 'recent' ? ' in recent writes' : ''}, ${severity}`;
  return mode === 'recent' ? 'Recent writes in sync' : 'In sync';
}

/** Quoted text in a sentence is code, as in Markdown. */
const quotesAsHtml = (sentence: string): string => shown(sentence, 1_000).replaceAll(/“([^“”]*)”/g, '<code>$1</code>');

/** A time as ISO 8601 UTC, for people and for machines. */
const moment = (iso: string): string => `<time datetime="${shown(iso, 40)}">${shown(iso.replace('T', ' ').replace(/(\.\d+)?Z$/, ' UTC'), 40)}</time>`;

/** A tick, an exclamation mark or a question mark: shows the verdict without colour. */
const emblems: Readonly<Record<Report['verdict'], string>> = {
  'in-sync': '<path d="M14 25l7 7 14-15" fill="none" stroke-width="4" stroke-linecap="round" stroke-linejoin="round"/>',
  drift: '<path d="M24 13v15M24 34.5v.5" fill="none" stroke-width="5" stroke-linecap="round"/>',
  unknown: '<path d="M18 19c0-8 12-8 12 0 0 5-6 5-6 10M24 35v.5" fill="none" stroke-width="4.5" stroke-linecap="round"/>',
};

export function headerSection(report: Report, document: Unit): string {
  const { verdict, drift, findingsTotal, skipped } = report;
  const tone = verdict === 'unknown' ? 'unknown' : tones[report.severity];
  const sentence =
    verdict === 'unknown'
      ? shown(report.shortReason ?? report.reason ?? 'The comparison could not be finished.', 2_000)
      : verdict === 'in-sync'
        ? allClear(report, document)
        : drift.differing === 0
          ? `${capitalized(besideCompared(report))}: ${topTypes(report, (type) => code(type, 60))}.`
          : `${count(findingsTotal, 'finding')} in ${number(drift.differing)} of ${documents(drift.compared, document, 'compared ')}: ${topTypes(report, (type) => code(type, 60))}.`;
  // If nothing was looked at, "0 differ" would read like good news.
  const seen = drift.compared > 0 || findingsTotal > 0;
  const skippedTotal = skipped.reduce((sum, { count: weeks }) => sum + weeks, 0);
  const worst = worstEntity(report);
  const figures = [
    [`${capitalized(document.many)} that differ`, number(drift.differing)],
    [`${capitalized(document.many)} compared`, `${number(drift.compared)} <small>of ${number(drift.population)}</small>`],
    ['Findings', number(findingsTotal)],
    ['Drift rate', `${ratePercent(report)}${worst === undefined ? '' : ` <small>in ${shown(worst, 63)}</small>`}`],
    report.entities
      ? [
          'Entities that differ',
          `${number(report.entities.filter(({ differing }) => differing > 0).length)} <small>of ${number(report.entities.length)}</small>`,
        ]
      : ['Skipped as expected', number(skippedTotal)],
  ];
  const origin = (report.origin ?? []).slice(0, 10).map((line) => `<li>${quotesAsHtml(line)}</li>`);
  return `<header>
<p class="eyebrow"><span><b>Driftwatch</b> · ${shown(report.pair)}</span> ${moment(report.finishedAt)}</p>
<div class="verdict ${tone}">
<svg viewBox="0 0 48 48" aria-hidden="true" stroke="currentColor"><circle cx="24" cy="24" r="21.5" fill="none" stroke-width="3"/>${emblems[verdict]}</svg>
<h1>${verdict === 'unknown' ? 'Unknown' : escapeHtml(headline(report))}</h1>
<p class="said">${sentence}${report.coverage ? ` ${rotationSentence(report)}` : ''}</p>
${verdict === 'unknown' ? '<p>In a terminal, this looks for the cause: <code>npx driftwatch doctor' + escapeHtml(commandTarget(report)) + '</code></p>' : ''}
${origin.length === 0 ? '' : `<div class="why"><h2>Where it comes from</h2><ul>${origin.join('')}</ul></div>`}
${shareBar(report, document)}
</div>
${seen ? `<dl class="figures">\n${figures.map(([name, value]) => `<div><dt>${name}</dt><dd>${value}</dd></div>`).join('\n')}\n</dl>` : ''}
</header>`;
}

function allClear(report: Report, document: Unit): string {
  const { mode, drift } = report;
  if (mode !== 'recent' && drift.population === 0) return `There are no ${document.many} to compare.`;
  const were = drift.compared === 1 ? 'was' : 'were';
  const compared =
    mode === 'recent'
      ? drift.compared === 0
        ? `No ${document.one} was written within the span`
        : `${documents(drift.compared, document)} written within the span ${were} compared`
      : drift.compared < drift.population
        ? `${documents(drift.compared, document)} ${mode === 'full' && report.coverage ? `of ${partName(report)}` : 'drawn at random'} ${were} compared`
        : `${capitalized(allDocuments(report.words, drift.population))} ${were} compared`;
  return `${compared}, and ${nothingDiffers(report)}.`;
}

/** How much differs, is equal, or was not looked at. */
function shareBar(report: Report, document: Unit): string {
  const { differing, compared, population } = report.drift;
  const parts = [
    { name: 'off', weeks: differing, says: differing === 1 ? 'differs' : 'differ' },
    { name: 'same', weeks: Math.max(0, compared - differing), says: acceptedTotal(report) > 0 ? 'the same, or accepted' : 'the same' },
    { name: 'unseen', weeks: Math.max(0, population - compared), says: 'not compared' },
  ].filter(({ weeks }) => weeks > 0);
  const total = parts.reduce((sum, { weeks }) => sum + weeks, 0);
  if (compared === 0 || total === 0) return '';
  let at = 0;
  const bars = parts.map(({ name, weeks }) => {
    const from = at;
    at += (weeks / total) * 1000;
    return `<rect class="${name}" x="${from.toFixed(1)}" width="${Math.max(4, at - from).toFixed(1)}" height="10"/>`;
  });
  const names = parts.map(
    ({ name, weeks, says }) =>
      `<li><svg class="swatch ${name}" viewBox="0 0 1 1" aria-hidden="true"><rect width="1" height="1"/></svg>${documents(weeks, document)} ${says}</li>`,
  );
  return `<div><svg class="share" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">${bars.join('')}</svg>\n<ul class="legend">${names.join('')}</ul></div>`;
}
