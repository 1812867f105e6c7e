import type { RunContext } from '../../context.ts';
import { longestRemark, type Report } from '../../report/report.ts';
import { number } from '../../report/numbers.ts';
import { capitalized, type Unit } from '../../report/words.ts';
import { acceptedNotes, notComparedOf, rulesByState, ruleStates, settled, skippedDocuments, statistics } from '../words.ts';
import { code, columnHead, moreThan, shown, shownRows, wideTable } from './parts.ts';
import { escapeHtml } from './view.ts';

/** The sections of the page besides the findings. */

/** Fields and columns that are not compared: what an app release added yesterday must not go unnoticed. */
export function notComparedSection(report: Report): string {
  const names = (all: readonly string[]): string => {
    if (all.length === 0) return '<span class="muted">–</span>';
    const some = all
      .slice(0, shownRows)
      .map((name) => code(name, 80))
      .join(', ');
    return all.length > shownRows ? `${some} and ${number(all.length - shownRows)} more` : some;
  };
  const entities = notComparedOf(report);
  if (entities.length === 0) return '';
  const rows = entities
    .slice(0, shownRows)
    .map(({ entity, legacy, normalized }) => `<tr><th scope="row">${shown(entity, 80)}</th><td>${names(legacy)}</td><td>${names(normalized)}</td></tr>`);
  return `<section aria-labelledby="notcompared">
<h2 id="notcompared">Not compared</h2>
<p class="muted small">Seen on either side, but not declared. Add what should agree to <code>fields</code>, and the rest to <code>ignored</code>.</p>
${wideTable('notcompared', [columnHead('Entity'), columnHead('Legacy'), columnHead('Normalized')], rows)}${moreThan(rows.length, entities.length)}
</section>`;
}

export function cutoverSection({ cutover }: Report): string {
  if (!cutover) return '';
  const reasons = cutover.reasons.slice(0, shownRows).map((reason) => `<li>${shown(reason, longestRemark)}</li>`);
  return `<section aria-labelledby="cutover">
<h2 id="cutover">Cut-over</h2>
<p><span class="dot ${cutover.ready ? 'good' : 'high'}"><strong>${cutover.ready ? 'Ready' : 'Not ready yet'}</strong></span>${reasons.length === 0 || cutover.ready ? '' : '. Still missing:'}</p>
${reasons.length === 0 ? '' : `<ul>${reasons.join('')}</ul>`}
</section>`;
}

const stateTones = { active: 'good', expired: 'critical', unmatched: 'high' } as const;

export function acceptedSection(report: Report, document: Unit): string {
  const accepted = rulesByState(report);
  if (accepted.length === 0) return '';
  const rows = accepted
    .slice(0, shownRows)
    .map(
      (rule) =>
        `<tr><th scope="row">${shown(rule.what)}<span class="ids">${shown(rule.reason, 400)}</span></th><td>${shown(rule.by, 100)}</td><td class="date">${shown(rule.until, 40)}</td>` +
        `<td><span class="dot ${stateTones[rule.state]}">${ruleStates[rule.state]}</span></td><td class="n">${number(rule.findings)}</td><td class="n">${number(rule.weeks)}</td></tr>`,
    );
  const columns = [
    columnHead('What, and why'),
    columnHead('By'),
    columnHead('Until'),
    columnHead('State'),
    columnHead('Findings', 'n'),
    columnHead(capitalized(document.many), 'n'),
  ];
  return `<section aria-labelledby="accepted">
<h2 id="accepted">Accepted differences</h2>
${wideTable('accepted', columns, rows)}${moreThan(rows.length, accepted.length)}
</section>`;
}

const healthTones = { ok: 'good', warning: 'high', failing: 'critical' } as const;

/** What somebody should look at besides the findings. */
export function healthSection(report: Report): string {
  const remarks = (report.remarks ?? []).slice(0, shownRows).map((sentence) => `<li>${shown(sentence, longestRemark)}</li>`);
  if (report.health.length === 0 && remarks.length === 0) return '';
  const rows = report.health
    .slice(0, shownRows)
    .map(
      ({ check, status, detail }) =>
        `<tr><th scope="row"><span class="dot ${healthTones[status]}">${shown(check)}</span></th><td>${status}</td><td>${shown(detail, longestRemark)}</td></tr>`,
    );
  return `<section aria-labelledby="health">
<h2 id="health">${report.words.health === undefined ? 'Remarks' : 'Health'}</h2>
${remarks.length === 0 ? '' : `<ul>${remarks.join('')}</ul>`}
${rows.length === 0 ? '' : wideTable('health', [columnHead('Check'), columnHead('Status'), columnHead('Detail')], rows)}
</section>`;
}

const modes = { full: 'every ', sample: 'a sample', recent: 'recent writes' } as const;

export function aboutSection(report: Report, { runUrl }: Pick<RunContext, 'runUrl'>, document: Unit): string {
  const notes = [...skippedDocuments(report), ...settled(report), ...acceptedNotes(report)];
  const url = runUrl !== undefined && URL.canParse(runUrl) ? new URL(runUrl) : undefined;
  const facts = [
    [
      'Comparison',
      `${modes[report.mode]}${report.mode === 'full' ? document.one : ''}, ${report.engine === 'digest' ? 'narrowed down by the database' : 'read through the API'}`,
    ],
    ['Reads', `${number(report.reads.legacy)} from the legacy side, ${number(report.reads.normalized)} from the normalized side`],
    ['Took', `${(report.durationMs / 1000).toFixed(1)} s`],
    ['Seed', code(report.seed)],
    ['Run', url && /^https?:$/.test(url.protocol) ? `<a href="${escapeHtml(url.href.slice(0, 2_000))}">The run's page</a>` : 'not on GitHub'],
  ];
  return `<section${Object.keys(report.sourceVersions).length === 0 ? '' : ' class="half"'} aria-labelledby="about">
<h2 id="about">About this run</h2>
<p>${statistics(report)}</p>
${notes.length > 0 ? `<ul>${notes.map((note) => `<li>${escapeHtml(note)}</li>`).join('')}</ul>` : ''}
<dl class="facts small">${facts.map(([name, value]) => `<dt>${name}</dt><dd>${value}</dd>`).join('')}</dl>
</section>`;
}
