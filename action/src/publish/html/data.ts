import { inert } from '../../privacy/inert.ts';
import { isPseudonym } from '../../privacy/pseudonyms.ts';
import type { DifferenceKind } from '../../document/document.ts';
import type { Finding, Picture } from '../../report/report.ts';
import type { Unit } from '../../report/words.ts';
import { valueText } from '../words.ts';

/**
 * The findings as the page and its script share them: each text once, already inert, and numbers that point to it. `-1` stands for none.
 */
export type PageData = {
  texts: string[];
  kinds: Kind[];
  groups: Group[];
  /** Names of the parts of the keys, by level. */
  keys: Record<number, number[]>;
  frame: Frame;
  /**
   * The cells of the chart, if it is not made of the groups. Each has four numbers: row, first day, index of the mark in the frame, and
   * number of documents.
   */
  cells: number[];
};

/** The page's words, as far as its script needs them. */
export type Frame = {
  readonly document: Unit;
  /** What a row of the chart is. */
  readonly row: Unit & { readonly head: string };
  /** The heading of the counts in it. */
  readonly counted: string;
  /** The text before the first day of a column, and for a column without a date. */
  readonly column: Unit & { readonly none: string };
  /** How many days a column covers. */
  readonly days: number;
  /** What a mark means for a document as a whole, and for something inside it. */
  readonly marks: Readonly<Record<Mark, readonly [whole: string, part: string]>>;
  /** Whether columns are dates of the last write instead of part of the key: groups then have keys, and the chart has cells. */
  readonly isWritten: boolean;
  /** The pair in a command, with a space before it, or nothing. */
  readonly target: string;
  /** Whether pseudonyms are the same in another run, so that a command may use them. */
  readonly isLasting: boolean;
};

/** The kind of a finding: its type, severity and level, and its mark in the chart. */
export type Kind = [type: number, severity: Finding['severity'], level: number, mark: Mark];

/** The findings of one document, group or level. */
export type Group = [
  /** Row of the chart. */
  row: number,
  /** The date that selects the column. */
  column: number,
  /** The first argument of the command line: the child, or the level. */
  target: number,
  /** As many row ids as fit. */
  rows: string,
  /** Five numbers for each finding: kind, path up to its last part, last part, and the values of both sides. */
  cells: number[],
  /** The parts of its key, if row and column are not all of it. */
  key?: number[],
];

/** How the chart shows a difference. */
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

/** Keys are truncated later than other texts: half a key finds nothing. */
const shortestKey = 64;

const least: Detail = { text: 24, ids: 0 };

/** From all details to the bare minimum. */
const details: readonly Detail[] = [{ text: 200, ids: 3 }, { text: 120, ids: 1 }, { text: 60, ids: 0 }, least];

export type Pack = {
  data: PageData;
  json: string;
  /** How many of the findings are in it. */
  packed: number;
  /** Whether row ids were left out and texts truncated. */
  shortened: boolean;
};

/**
 * Packs findings into at most `bytes` bytes of text for a script element: if that is too little, without row ids, then with shorter texts,
 * and at last without the least severe findings.
 *
 * @param findings in the order of the report
 * @param frame decides where they are in the chart
 * @param picture is drawn if the findings alone do not contain the chart
 */
export function packFindings(findings: readonly Finding[], bytes: number, frame: Frame, picture?: Picture): Pack {
  const all = groupFindings(findings, frame, picture);
  const fixed = frameBytes(all);
  const detail = details.find((each) => fixed + shownBytes(all, each) <= bytes);
  if (detail) return { ...pack(all, detail), packed: findings.length, shortened: detail !== details[0] };
  let some = all;
  let packed = findings.length;
  for (;;) {
    const size = frameBytes(some) + shownBytes(some, least);
    if (size <= bytes || packed === 0) return { ...pack(some, least), packed, shortened: true };
    packed = Math.max(0, Math.floor(packed * 0.9 * (bytes / size)));
    some = groupFindings(findings.slice(0, packed), frame, picture);
  }
}

/** `PageData` before it is decided how much room there is for texts and row ids. */
type Grouped = Omit<PageData, 'groups'> & {
  groups: { place: [row: number, column: number, target: number]; findings: readonly Finding[]; cells: number[]; key: number[] | undefined }[];
  /** Which of the texts are parts of keys. */
  parts: Set<number>;
};

/** A script element must not contain `<`, which could end it. */
const jsonOf = (data: unknown): string => JSON.stringify(data).replaceAll('<', '\\u003c');

function pack({ texts, parts, groups, ...rest }: Grouped, detail: Detail): Pick<Pack, 'data' | 'json'> {
  const data: PageData = {
    ...rest,
    texts: texts.map((text, index) => shownText(text, longestOf(index, parts, detail))),
    groups: groups.map(({ place, findings, cells, key }): Group => [...place, describeRows(findings, detail.ids), cells, ...keyOf(key)]),
  };
  return { data, json: jsonOf(data) };
}

const longestOf = (text: number, parts: ReadonlySet<number>, detail: Detail): number => (parts.has(text) ? Math.max(detail.text, shortestKey) : detail.text);

const keyOf = (key: number[] | undefined): [key?: number[]] => (key ? [key] : []);

/**
 * An upper bound for the JSON with all texts and row ids empty; creating the JSON for each detail would take much memory for one number.
 */
function frameBytes({ texts, groups, parts: _parts, ...rest }: Grouped): number {
  let sum = Buffer.byteLength(jsonOf({ ...rest, texts: [], groups: [] })) + '"",'.length * texts.length;
  for (const { place, cells, key } of groups) sum += jsonOf([...place, '', cells, ...keyOf(key)]).length + ','.length;
  return sum;
}

/** The size that texts and row ids add to it. */
function shownBytes({ texts, parts, groups }: Grouped, detail: Detail): number {
  const bytesOf = (text: string): number => Buffer.byteLength(jsonOf(text)) - '""'.length;
  let sum = 0;
  for (const [index, text] of texts.entries()) sum += bytesOf(shownText(text, longestOf(index, parts, detail)));
  for (const { findings } of groups) sum += bytesOf(describeRows(findings, detail.ids));
  return sum;
}

/** Stands for a part of a key that is null. */
const nothing = 'nothing';

function groupFindings(findings: readonly Finding[], frame: Frame, picture: Picture | undefined): Grouped {
  const texts = new Map<string, number>();
  const kinds = new Map<string, number>();
  const all: Grouped = { texts: [], kinds: [], groups: [], keys: {}, frame, cells: [], parts: new Set() };

  const text = (value: string): number => {
    const known = texts.get(value);
    if (known !== undefined) return known;
    texts.set(value, all.texts.length);
    return all.texts.push(value) - 1;
  };
  const orNone = (value: string | null | undefined): number => (value === null || value === undefined ? -1 : text(value));
  const side = (value: Finding['legacy']): number => (value === null ? -1 : text(valueText(value)));
  const kindOf = ({ type, severity, level, kind }: Finding): number => {
    const id = JSON.stringify([type, severity, level, kind]);
    const known = kinds.get(id);
    if (known !== undefined) return known;
    kinds.set(id, all.kinds.length);
    return all.kinds.push([text(type), severity, text(level), marks[kind]]) - 1;
  };
  const cellsOf = (finding: Finding): number[] => {
    const { place } = finding;
    const [head, tail] =
      place === null
        ? ['', null]
        : [
            place
              .slice(0, -1)
              .map((segment) => `${segment}/`)
              .join(''),
            place.at(-1) ?? '',
          ];
    return [kindOf(finding), head === '' ? -1 : text(head), side(tail), side(finding.legacy), side(finding.normalized)];
  };
  const part = (value: string | null): number => {
    const index = text(value ?? nothing);
    all.parts.add(index);
    return index;
  };

  /** Placed by the key: the child and the week. */
  function byKey(group: readonly [Finding, ...Finding[]]): Grouped['groups'][number] {
    const [[, whose] = [], [, when] = []] = Object.entries(group[0].key ?? {});
    return { place: [orNone(whose), orNone(when), orNone(explainable(group))], findings: group, cells: group.flatMap(cellsOf), key: undefined };
  }

  /** Placed by level or by a part of the key, and by the day of the last write. */
  function byWrite(group: readonly [Finding, ...Finding[]]): Grouped['groups'][number] {
    const [{ key, level, writtenOn }] = group;
    const target = text(level);
    const parts = Object.entries(key ?? {});
    if (key) all.keys[target] ??= parts.map(([name]) => text(name));
    const drawnBy = picture?.part ?? null;
    const row = drawnBy === null ? target : key ? part(key[drawnBy] ?? null) : -1;
    return {
      place: [row, orNone(writtenOn), target],
      findings: group,
      cells: group.flatMap(cellsOf),
      key: key ? parts.map(([, value]) => (value === null ? -1 : part(value))) : [],
    };
  }

  const idOf = ({ level, key }: Finding): string => JSON.stringify([frame.isWritten ? level : '', key && Object.values(key)]);
  for (const [first, ...others] of Map.groupBy(findings, idOf).values()) {
    if (first) all.groups.push(frame.isWritten ? byWrite([first, ...others]) : byKey([first, ...others]));
  }
  for (const { row, from, kind, documents } of picture?.cells ?? []) {
    all.cells.push(picture?.part === null ? text(row ?? nothing) : part(row), orNone(from), Object.keys(frame.marks).indexOf(marks[kind]), documents);
  }
  return all;
}

/** Text of any origin; text that would be invisible is shown in quotes. */
export function shownText(value: string, longest: number): string {
  const safe = inert(value, longest);
  return safe.trim() === '' ? `"${safe}"` : safe;
}

/** The argument of `driftwatch explain` for the group, if a shell accepts it: the pseudonym, or the id of the row. */
function explainable(group: readonly [Finding, ...Finding[]]): string | undefined {
  const [[part, whose] = []] = Object.entries(group[0].key ?? {});
  if (part === undefined || whose === null || whose === undefined) return undefined;
  if (isPseudonym(whose, part)) return whose;
  return group.flatMap(({ rowIds }) => Object.values(rowIds)[0] ?? []).find((id) => /^\w[\w-]{0,40}$/.test(id));
}

function describeRows(group: readonly Finding[], most: number): string {
  if (most === 0) return '';
  // One more than fits, to see that there are more.
  const ids = new Map<string, string[]>();
  for (const { rowIds } of group) {
    for (const table in rowIds) {
      if (rowIds[table]?.length === 0) continue;
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
