import { EmbedBuilder, type APIEmbed } from 'discord.js';
import type { RunContext } from '../../context.ts';
import { inert, inertCode } from '../../privacy/inert.ts';
import { compareSeverity, type Finding, type Report, type Severity } from '../../report/report.ts';
import type { Announcement } from '../announce.ts';
import { originList, placesOf, verdictLine } from '../markdown.ts';
import { count, number, signed } from '../../report/numbers.ts';
import { acceptedNotes, countDiffers, coverage, finePrint, settled, sideText, skippedDocuments, subjectOf, whereOf } from '../words.ts';

export type Announced = {
  report: Report;
  announce: Announcement;
  /** The issue that this run wrote to, if there is one. */
  issue?: { number: number; url: string } | undefined;
  context: Pick<RunContext, 'runUrl'>;
  now: Date;
};

/** The body of a request to a webhook. */
export type Message = { embeds: [APIEmbed]; allowed_mentions: { parse: [] } };

const colours: Readonly<Record<Severity, number>> = {
  critical: 0xd92d20,
  high: 0xf79009,
  medium: 0xfac515,
  low: 0xfac515,
  none: 0x17b26a,
};
const grey = 0x98a2b3;

const titles: Readonly<Record<Announcement, string>> = {
  opened: 'Drift detected',
  reopened: 'Drift is back',
  worsened: 'Drift has become worse',
  reminder: 'Drift is still there',
  recovered: 'Back in sync',
  unknown: 'Comparison not finished',
};

/**
 * Discord allows 256 characters in a title, 4,096 in a description, 1,024 in a field, and 6,000 in all texts together
 * (https://docs.discord.com/developers/resources/message#embed-object-embed-limits). These shares stay below each limit, and together below
 * 6,000, in UTF-16 code units; a text never has fewer of those than characters.
 */
const share = { pair: 80, origin: 500, description: 1_300, counts: 700, places: 950, findings: 900, fieldName: 100, links: 600, footer: 256 };

/** Ten lines together: nobody in a channel reads more. */
const shownPlaces = 7;
const shownFindings = 3;

/** If there are more places than this, the first ones say nothing. */
const mostPlaces = 100;

/** One embed, within Discord's limits for any report, that mentions nobody. */
export function buildMessage({ report, announce, issue, context, now }: Announced): Message {
  const embed = new EmbedBuilder()
    .setTitle(`${titles[announce]}: ${inertCode(report.pair, share.pair)}`)
    .setColor(colourOf(report, announce))
    .setFooter({ text: footer(report) })
    .setTimestamp(now);

  // The origin comes first: it says more than any number.
  const origin = fitting(originList(report).split('\n'), share.origin).join('\n');
  const description = [origin, fitting(descriptionLines(report), share.description).join('\n')].filter((part) => part !== '').join('\n\n');
  if (description !== '') embed.setDescription(description);

  const counts = countLines(report);
  if (counts.length > 0) embed.addFields({ name: 'Counts', value: counts.join('\n') });

  // Grouped findings come before single ones.
  embed.addFields(...placesField(report, context), ...findingsField(report));

  const links = [
    issue && link(`Issue #${number(issue.number).replaceAll(',', '')}`, issue.url),
    context.runUrl === undefined ? undefined : link('This run', context.runUrl),
  ].filter((text) => text !== undefined);
  const shownLinks = fitting(links, share.links).join('\n');
  if (shownLinks !== '') embed.addFields({ name: 'Links', value: shownLinks });

  return { embeds: [embed.toJSON()], allowed_mentions: { parse: [] } };
}

/** Good news is green, whatever else is wrong. */
function colourOf(report: Report, announce: Announcement): number {
  if (announce === 'unknown' || report.verdict === 'unknown') return grey;
  return announce === 'recovered' ? colours.none : colours[report.severity];
}

function descriptionLines(report: Report): string[] {
  const health = report.health
    .filter(({ status }) => status !== 'ok')
    .map(({ check, severity, detail }) => `Health, ${severity}: ${inertCode(check, 40)} ${inertCode(detail, 200)}`);
  return [verdictLine(report), finePrint(report), ...skippedDocuments(report), ...settled(report), ...acceptedNotes(report), ...health].filter(
    (line) => line !== '',
  );
}

function countLines({ counts }: Report): string[] {
  const all = fitting(counts.map(countLine), share.counts);
  if (all.length === counts.length) return all;
  const left = (shown: number): string => `…and ${number(counts.length - shown)} more`;
  const lines = fitting(counts.toSorted((a, b) => Number(countDiffers(b)) - Number(countDiffers(a))).map(countLine), share.counts - left(0).length - 1);
  return [...lines, left(lines.length)];
}

function countLine({ level, expected, normalized, difference }: Report['counts'][number]): string {
  const off = difference === 0 ? '' : ` (**${signed(difference)}**)`;
  return `${inertCode(level, 40)} ${number(normalized)} of ${number(expected)} expected${off}`;
}

/** What Unicode keeps for scripts that are read from right to left, their digits included. */
const rightToLeft = /[\u{590}-\u{8ff}\u{fb1d}-\u{fdff}\u{fe70}-\u{feff}\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/**
 * A part of a line. After one that is read from right to left comes an invisible mark that ends it there: otherwise the next part would be
 * shown on its left, and a normalized value would seem to be the legacy one.
 */
const partOf = (text: string, maxLength: number): string => `${inertCode(text, maxLength)}${rightToLeft.test(text) ? '\u{200e}' : ''}`;

function findingLine(finding: Finding, report: Report): string {
  const { type, legacy, normalized } = finding;
  const where = [...subjectOf(finding, report), whereOf(finding, report)].filter((part) => part !== null).map((part) => partOf(part, 90));
  return `${inertCode(type, 40)} ${where.join(' ')}: ${side(legacy)} → ${side(normalized)}`;
}

/** The findings by subject, one line each; if there are too many, the report has the chart. */
function placesField(report: Report, { runUrl }: Announced['context']): { name: string; value: string }[] {
  const places = aboutOf(report);
  // Instead of a line that says that one is left, show that one.
  const most = places.length === shownPlaces + 1 ? places.length : shownPlaces;
  const reportLink = runUrl === undefined ? undefined : link('report', `${runUrl}#artifacts`);
  const picture = (left: number): string =>
    `…and ${number(left)} more; the ${reportLink && reportLink.length <= share.places / 3 ? reportLink : 'report'} has the whole picture`;
  const candidates = places.slice(0, most).map((place) => placeLine(place, report));
  const all = fitting(candidates, share.places);
  // The line that says how many are left needs room too: as much as it can take at most.
  const lines = all.length === places.length ? all : fitting(candidates, share.places - picture(places.length).length - 1);
  if (lines.length === 0) return [];
  const left = places.length - lines.length;
  return left === 0
    ? [{ name: 'Where', value: lines.join('\n') }]
    : [{ name: `Where, the first ${lines.length} of ${number(places.length)} places`, value: [...lines, picture(left)].join('\n') }];
}

type About = ReturnType<typeof placesOf>[number];

/**
 * As in the issue; if there are very many places, or many findings that share none, by group or level, the most severe and largest first.
 */
function aboutOf(report: Report): About[] {
  const places = placesOf(report);
  if (report.findings.length <= shownFindings || (places.length > 0 && places.length <= mostPlaces)) return places;
  const whose = ({ key, level }: Finding): string => (report.words.group && key?.[report.words.group.part]) ?? level;
  const groups = [...Map.groupBy(report.findings, (finding) => JSON.stringify([finding.type, whose(finding)])).values()];
  if (groups.length === report.findings.length) return [];
  return groups
    .flatMap((findings) => findings.slice(0, 1).map((first) => ({ first, findings: findings.length })))
    .toSorted((a, b) => compareSeverity(b.first.severity, a.first.severity) || b.findings - a.findings)
    .map(({ first, findings }) => ({ type: first.type, subject: [whose(first)], where: null, findings }));
}

function placeLine({ type, subject, where, findings }: About, { findingsTruncated }: Report): string {
  const place = [...subject, where].filter((part) => part !== null).map((part) => partOf(part, 60));
  return `${inertCode(type, 40)} ${place.join(' ')}: ${findingsTruncated ? 'at least ' : ''}${count(findings, 'finding')}`;
}

const side = (value: Finding['legacy']): string => (value === null ? sideText(value) : partOf(sideText(value), 60));

/** The first findings individually, as examples. */
function findingsField(report: Report): { name: string; value: string }[] {
  const lines = fitting(
    report.findings.slice(0, shownFindings).map((finding) => findingLine(finding, report)),
    share.findings,
  );
  if (lines.length === 0) return [];
  const range = lines.length === 1 ? 'Finding 1' : `Findings 1–${lines.length}`;
  return [{ name: `${range} of ${number(report.findingsTotal)} (legacy → normalized)`.slice(0, share.fieldName), value: lines.join('\n') }];
}

function footer(report: Report): string {
  const covered = report.drift.population > 0 ? coverage(report) : `no ${report.words.document.one} compared`;
  // Only numbers and fixed words can be cut off here.
  return `Seed ${inert(report.seed, 120)} · ${covered} · ${report.mode} mode`.slice(0, share.footer);
}

/** The first lines, only complete ones: a truncated code span would no longer make its content inert. */
function fitting(lines: readonly string[], longest: number): string[] {
  let length = -1;
  const first = lines.findIndex((line) => (length += 1 + line.length) > longest);
  return first === -1 ? [...lines] : lines.slice(0, first);
}

/** A Markdown link to a web page; `undefined` if the text is not an address. */
function link(text: string, url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { protocol, href } = new URL(url);
  if (!/^https?:$/.test(protocol)) return undefined;
  return `[${text}](${href.replaceAll('(', '%28').replaceAll(')', '%29')})`;
}
