import { inert } from '../../privacy/inert.ts';
import { isPseudonym } from '../../privacy/pseudonyms.ts';
import type { DifferenceKind } from '../../document/document.ts';
import type { Finding } from '../../report/report.ts';

/**
 * The findings as the page and its script share them: every text once, all of it inert already, and numbers that point
 * to it. `-1` stands for none.
 */
export type PageData = {
  texts: string[];
  kinds: Kind[];
  groups: Group[];
};

/** What a finding is, apart from where: its type, its severity, its level, and how the picture marks it. */
export type Kind = [type: number, severity: Finding['severity'], level: number, mark: Mark];

/** The findings of one week of one child, or of a child or a level as a whole. */
export type Group = [
  child: number,
  week: number,
  /** What the command line knows the child by. */
  target: number,
  /** Row ids, as many as there is room for. */
  rows: string,
  /** Five numbers for each finding: kind, path up to its last part, last part, and what both sides have. */
  cells: number[],
];

/** How the picture shows what differs. */
export type Mark = 'missing' | 'orphan' | 'differs' | 'double' | 'unreadable' | 'unclear' | 'exposed' | 'other';

const marks: Readonly<Record<DifferenceKind, Mark>> = {
  missing: 'missing',
  orphan: 'orphan',
  mismatch: 'differs',
  duplicate: 'double',
  malformed: 'unreadable',
  'ambiguous-owner': 'unclear',
  'wrong-owner': 'exposed',
  count: 'other',
};

type Detail = { text: number; ids: number };

const least: Detail = { text: 24, ids: 0 };

/** From everything to the bare minimum. */
const details: readonly Detail[] = [{ text: 200, ids: 3 }, { text: 120, ids: 1 }, { text: 60, ids: 0 }, least];

export type Pack = {
  data: PageData;
  json: string;
  /** How many of the findings are in it. */
  packed: number;
  /** Whether row ids were left out and texts cut. */
  shortened: boolean;
};

/**
 * Packs findings into a script element's text of at most `bytes` bytes: where that is too little without row ids and
 * with shorter texts, and at last without the least severe findings.
 *
 * @param findings in the order of the report
 */
export function packFindings(findings: readonly Finding[], bytes: number): Pack {
  const all = groupByWeek(findings);
  const frame = frameBytes(all);
  const detail = details.find((each) => frame + shownBytes(all, each) <= bytes);
  if (detail) return { ...pack(all, detail), packed: findings.length, shortened: detail !== details[0] };
  let some = all;
  let packed = findings.length;
  for (;;) {
    const size = frameBytes(some) + shownBytes(some, least);
    if (size <= bytes || packed === 0) return { ...pack(some, least), packed, shortened: true };
    packed = Math.max(0, Math.floor(packed * 0.9 * (bytes / size)));
    some = groupByWeek(findings.slice(0, packed));
  }
}

/** The same as `PageData` before it is decided how much of texts and row ids there is room for. */
type Grouped = Pick<PageData, 'kinds'> & { texts: string[]; groups: { place: [child: number, week: number, target: number]; findings: readonly Finding[]; cells: number[] }[] };

/** No `<` may stand in a script element: it could end it. */
const jsonOf = (data: unknown): string => JSON.stringify(data).replaceAll('<', '\\u003c');

function pack({ texts, kinds, groups }: Grouped, detail: Detail): Pick<Pack, 'data' | 'json'> {
  const data: PageData = {
    texts: texts.map((text) => shownText(text, detail.text)),
    kinds,
    groups: groups.map(({ place, findings, cells }) => [...place, describeRows(findings, detail.ids), cells]),
  };
  return { data, json: jsonOf(data) };
}

/** What the JSON takes at most with all texts and row ids empty; to make it for each detail would be much memory for one number. */
function frameBytes({ texts, kinds, groups }: Grouped): number {
  let sum = jsonOf({ texts: [], kinds, groups: [] }).length + '"",'.length * texts.length;
  for (const { place, cells } of groups) sum += jsonOf([...place, '', cells]).length + ','.length;
  return sum;
}

/** What texts and row ids add to it. */
function shownBytes({ texts, groups }: Grouped, detail: Detail): number {
  const bytesOf = (text: string): number => Buffer.byteLength(jsonOf(text)) - '""'.length;
  let sum = 0;
  for (const text of texts) sum += bytesOf(shownText(text, detail.text));
  for (const { findings } of groups) sum += bytesOf(describeRows(findings, detail.ids));
  return sum;
}

const childOf = ({ key }: Finding): string | null => key?.['child'] ?? null;
const weekOf = ({ key }: Finding): string | null => key?.['week'] ?? null;

function groupByWeek(findings: readonly Finding[]): Grouped {
  const texts = new Map<string, number>();
  const kinds = new Map<string, number>();
  const all: Grouped = { texts: [], kinds: [], groups: [] };

  const text = (value: string): number => {
    const known = texts.get(value);
    if (known !== undefined) return known;
    texts.set(value, all.texts.length);
    return all.texts.push(value) - 1;
  };
  const side = (value: Finding['legacy']): number => (value === null ? -1 : text(String(value)));
  const kindOf = ({ type, severity, level, kind }: Finding): number => {
    const id = JSON.stringify([type, severity, level, kind]);
    const known = kinds.get(id);
    if (known !== undefined) return known;
    kinds.set(id, all.kinds.length);
    return all.kinds.push([text(type), severity, text(level), marks[kind]]) - 1;
  };

  const week = (finding: Finding): string => JSON.stringify([childOf(finding), weekOf(finding)]);
  for (const ofWeek of Map.groupBy(findings, week).values()) {
    const [first] = ofWeek;
    if (!first) continue;
    const target = explainable(ofWeek);
    all.groups.push({
      place: [
        childOf(first) === null ? -1 : text(childOf(first) ?? ''),
        weekOf(first) === null ? -1 : text(weekOf(first) ?? ''),
        target === undefined ? -1 : text(target),
      ],
      findings: ofWeek,
      cells: ofWeek.flatMap((finding) => {
        const { place } = finding;
        const [head, tail] = place === null ? ['', null] : [place.slice(0, -1).map((segment) => `${segment}/`).join(''), place.at(-1) ?? ''];
        return [kindOf(finding), head === '' ? -1 : text(head), side(tail), side(finding.legacy), side(finding.normalized)];
      }),
    });
  }
  return all;
}

/** Text of any origin; one that nobody could see is shown in quotes. */
export function shownText(value: string, longest: number): string {
  const safe = inert(value, longest);
  return safe.trim() === '' ? `"${safe}"` : safe;
}

/** What `driftwatch explain` takes for the week, where a shell takes it too: the pseudonym, or the id of the row. */
function explainable(group: readonly Finding[]): string | undefined {
  const child = group[0] && childOf(group[0]);
  if (child === null || child === undefined) return undefined;
  if (isPseudonym(child)) return child;
  return group.flatMap(({ rowIds }) => Object.values(rowIds)[0] ?? []).find((id) => /^\w[\w-]{0,40}$/.test(id));
}

function describeRows(group: readonly Finding[], most: number): string {
  if (most === 0) return '';
  // One more than there is room for, to tell that there are more.
  const ids = new Map<string, string[]>();
  for (const { rowIds } of group) {
    for (const table in rowIds) {
      const known = ids.get(table) ?? [];
      ids.set(table, known);
      for (const row of rowIds[table] ?? []) if (known.length <= most && !known.includes(row)) known.push(row);
    }
  }
  const tables = [...ids].slice(0, 4).map(([table, rows]) => {
    const first = rows.slice(0, most).map((row) => shownText(row, 60));
    return `${shownText(table, 60)} ${first.join(', ')}${rows.length > most ? ' …' : ''}`;
  });
  return tables.join(' · ');
}
