import { createHash } from 'node:crypto';
import type { RunContext } from '../../context.ts';
import type { Report } from '../../report/report.ts';
import { aboutSection, acceptedSection, cutoverSection, healthSection, notComparedSection } from './beside.ts';
import { packFindings } from './data.ts';
import { drawnBytes, findingsSection } from './findings.ts';
import { headerSection, shortHeadline } from './header.ts';
import { pictureSection, worthDrawing } from './picture.ts';
import { pageScript } from './script.ts';
import { style } from './style.ts';
import { countsSection, patternsSection, sourcesSection } from './tallies.ts';
import { trendSection } from './trend.ts';
import { layOut } from './view.ts';
import { wordsOf } from './words.ts';

/** A year of weeks fits on a screen. */
const mostColumns = 53;
/** A chart with this few weeks leaves room for the counts next to it. */
const fewColumns = 8;
const usualBytes = 90_000;
const pageBytes = 990_000;

const script = pageScript(mostColumns);
const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
const policy = ["default-src 'none'", `style-src ${hash(style)}`, `script-src ${hash(script)}`, "base-uri 'none'", "form-action 'none'"].join('; ');

/**
 * The report as a single self-contained page: it sends no requests, and a policy forbids any, as well as every style and script but its own
 * two. All of it can be read without scripts; with them it can be filtered and searched.
 *
 * @returns an HTML document of less than 1 MB
 */
export function renderHtml(report: Report, context: Pick<RunContext, 'runUrl'>): string {
  const words = wordsOf(report);
  const { document } = words;
  const others = [
    notComparedSection(report),
    trendSection(report, document),
    cutoverSection(report),
    acceptedSection(report, document),
    healthSection(report),
    aboutSection(report, context, document),
    sourcesSection(report, document),
  ];
  const page = (findings: string, json: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${shortHeadline(report)} · Driftwatch</title>
<style>${style}</style>
</head>
<body>
${headerSection(report, document)}
<main>
${[findings, ...others].filter(Boolean).join('\n')}
</main>
${json === '' ? '' : `<script type="application/json" id="data">${json}</script>\n<script>${script}</script>`}
</body>
</html>
`;
  const around = Buffer.byteLength(page('', ''));
  if (report.findings.length === 0) return page(countsSection(report, words, false), '');
  const room = pageBytes - around - Buffer.byteLength(script);
  /** @param reserved bytes for the findings that are drawn in the page itself */
  const build = (reserved: number): { html: string; drawn: number } => {
    const pack = packFindings(report.findings, room - reserved, words.frame, report.picture);
    const grid = layOut(pack.data, 'findings', mostColumns);
    const isDrawn = worthDrawing(grid, words.frame);
    const narrow = isDrawn && grid.columns.length <= fewColumns && report.counts.length > 0;
    const sections = [
      isDrawn ? pictureSection(report, pack.data, grid, words, narrow) : '',
      countsSection(report, words, narrow),
      patternsSection(report, pack.data),
      findingsSection(report, pack, words),
    ]
      .filter(Boolean)
      .join('\n');
    return { html: page(sections, pack.json), drawn: Buffer.byteLength(sections) };
  };
  const { html, drawn } = build(usualBytes);
  if (Buffer.byteLength(html) <= pageBytes) return html;
  // How much is drawn depends slightly on the texts that were packed.
  const again = build(drawn + drawnBytes / 4).html;
  return Buffer.byteLength(again) <= pageBytes ? again : build(4 * drawnBytes).html;
}
