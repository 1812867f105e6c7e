import { inert } from '../../privacy/inert.ts';
import { isPseudonym } from '../../privacy/pseudonyms.ts';
import type { DifferenceKind } from '../../document/document.ts';
import type { Finding, Picture } from '../../report/report.ts';
import type { Unit } from '../../report/words.ts';

/**
 * The findings as the page and its script share them: every text once, all of it inert already, and numbers that point
 * to it. `-1` stands for none.
 */
export type PageData = {
  texts: string[];
  kinds: Kind[];
  groups: Group[];
  /** Names of the parts of the keys, by level. */
  keys: Record<number, number[]>;
  frame: Frame;
  /** The picture where it is not made of the groups: four numbers each, which are row, first day, place of the mark in the frame's, and documents. */
  cells: number[];
};

/** How the page speaks of what it shows, as far as its script has to know. */
export type Frame = {
  readonly document: Unit;
  /** What a row of the picture is. */
  readonly row: Unit & { readonly head: string };
  /** The head of what is counted in it. */
  readonly counted: string;
  /** What stands before the first day of a column, and for one without a day. */
  readonly column: Unit & { readonly none: string };
  /** How many days a column stands for. */
  readonly days: number;
  /** What a mark says of a document as a whole, and of something in it. */
  readonly marks: Readonly<Record<Mark, readonly [whole: string, part: string]>>;
  /** Whether columns go by the last write, and are no part of the key: groups then have keys, and the picture cells. */
  readonly isWritten: boolean;
  /** What a command says of the pair, with a space before it, or nothing. */
  readonly target: string;
  /** Whether pseudonyms are the same in another run, so that a command may go by them. */
  readonly isLasting: boolean;
};

/** What a finding is, apart from where: its type, its severity, its level, and how the picture marks it. */
export type Kind = [type: number, severity: Finding['severity'], level: number, mark: Mark];

/** The findings of one document, or of what it belongs to or a level as a whole. */
export type Group = [
  /** Of the picture. */
  row: number,
  /** The date that says in which column it is. */
  column: number,
  /** What the command line is asked for first: whose it is, or its level. */
  target: number,
  /** Row ids, as many as there is room for. */
  rows: string,
  /** Five numbers for each finding: kind, path up to its last part, last part, and what both sides have. */
  cells: number[],
  /** The parts of its key, where row and column are not all of it. */
  key?: number[],
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

/** Keys are cut later than other texts: the half of one finds nothing. */
const shortestKey = 64;

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
 * @param frame by which they are placed in the picture
 * @param picture what is drawn where the findings alone do not say it
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

/** The same as `PageData` before it is decided how much of texts and row ids there is room for. */
type Grouped = Omit<PageData, 'groups'> & {
  groups: { place: [row: number, column: number, target: number]; findings: readonly Finding[]; cells: number[]; key: number[] | undefined }[];
  /** Which of the texts are parts of keys. */
  parts: Set<number>;
};

/** No `<` may stand in a script element: it could end it. */
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

/** What the JSON takes at most with all texts and row ids empty; to make it for each detail would be much memory for one number. */
function frameBytes({ texts, groups, parts: _parts, ...rest }: Grouped): number {
  let sum = Buffer.byteLength(jsonOf({ ...rest, texts: [], groups: [] })) + '"",'.length * texts.length;
  for (const { place, cells, key } of groups) sum += jsonOf([...place, '', cells, ...keyOf(key)]).length + ','.length;
  return sum;
}

/** What texts and row ids add to it. */
function shownBytes({ texts, parts, groups }: Grouped, detail: Detail): number {
  const bytesOf = (text: string): number => Buffer.byteLength(jsonOf(text)) - '""'.length;
  let sum = 0;
  for (const [index, text] of texts.entries()) sum += bytesOf(shownText(text, longestOf(index, parts, detail)));
  for (const { findings } of groups) sum += bytesOf(describeRows(findings, detail.ids));
  return sum;
}

/** What stands for a part of a key that is not there. */
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
  const side = (value: Finding['legacy']): number => (value === null ? -1 : text(String(value)));
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

  /** By what their key says: whose they are, and when. */
  function byKey(group: readonly [Finding, ...Finding[]]): Grouped['groups'][number] {
    const [[, whose] = [], [, when] = []] = Object.entries(group[0].key ?? {});
    return { place: [orNone(whose), orNone(when), orNone(explainable(group))], findings: group, cells: group.flatMap(cellsOf), key: undefined };
  }

  /** By their level or the part of the key that the picture goes by, and the day on which they were written. */
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

/** Text of any origin; one that nobody could see is shown in quotes. */
export function shownText(value: string, longest: number): string {
  const safe = inert(value, longest);
  return safe.trim() === '' ? `"${safe}"` : safe;
}

/** What `driftwatch explain` takes for the group, where a shell takes it too: the pseudonym, or the id of the row. */
function explainable(group: readonly [Finding, ...Finding[]]): string | undefined {
  const [[part, whose] = []] = Object.entries(group[0].key ?? {});
  if (part === undefined || whose === null || whose === undefined) return undefined;
  if (isPseudonym(whose, part)) return whose;
  return group.flatMap(({ rowIds }) => Object.values(rowIds)[0] ?? []).find((id) => /^\w[\w-]{0,40}$/.test(id));
}

function describeRows(group: readonly Finding[], most: number): string {
  if (most === 0) return '';
  // One more than there is room for, to tell that there are more.
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
