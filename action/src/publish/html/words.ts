import type { Picture, Report } from '../../report/report.ts';
import { capitalized, commandTarget, type Unit, type Words } from '../../report/words.ts';
import { shownText, type Frame } from './data.ts';

/** The words of the page. Nothing here is HTML, and everything is inert. */

export type PageWords = {
  readonly document: Unit;
  /** The heading of the levels that are counted. */
  readonly level: string;
  /** The heading of what the normalized side should hold. */
  readonly expected: string;
  readonly picture: {
    /** What the rows and columns are. */
    readonly axes: string;
    /** Sort orders of the rows: most first, earliest first. */
    readonly orders: readonly [most: string, earliest: string];
    /** Says that everything in a row is missing. */
    readonly gone: string;
  };
  readonly filters: { readonly row: string; readonly column: string; readonly search: string };
  readonly frame: Frame;
};

type Of = Pick<Report, 'words' | 'pair' | 'config' | 'pseudonymKeyId'>;

const always = {
  unclear: ['owner unclear', 'owner unclear'],
  exposed: ['wrong owner', 'wrong owner'],
  other: ['something else', 'something else'],
} as const;

/** For documents with a group, whose keys say where and when they are. */
function byKey({ document }: Words, group: Unit): PageWords {
  const { one, many } = document;
  const marks: Frame['marks'] = {
    missing: [`${one} missing`, 'parts missing'],
    orphan: [`extra ${one}`, 'extra parts'],
    differs: [`${one} differs`, 'parts differ'],
    double: ['claimed by several rows', 'claimed by several rows'],
    unreadable: ['cannot be read', 'parts cannot be read'],
    ...always,
  };
  return {
    document,
    level: 'Level',
    expected: `Expected is what the normalized side should hold according to the legacy side, without skipped and duplicate ${many}.`,
    picture: {
      axes: `${capitalized(group.many)} down, ${many} across.`,
      orders: [`Most ${many} first`, `Earliest ${one} first`],
      gone: `whole ${group.one} missing`,
    },
    filters: { row: capitalized(group.one), column: capitalized(one), search: 'a name, a date, a row id …' },
    frame: {
      document,
      row: { one: group.one, many: group.many, head: capitalized(group.one) },
      counted: 'Findings',
      column: { one: `${one} of `, many: `${many} of `, none: 'no date' },
      days: 7,
      marks,
      isWritten: false,
      target: '',
      isLasting: true,
    },
  };
}

const marksOfRows: Frame['marks'] = {
  missing: ['missing', 'parts missing'],
  orphan: ['extra', 'extra parts'],
  differs: ['differs', 'content differs'],
  double: ['several rows for one key', 'several rows for one key'],
  unreadable: ['cannot be read', 'cannot be read'],
  ...always,
};

/** For documents without a group, by the time of the last write. */
function byWrite(report: Of, { part, days }: Pick<Picture, 'part' | 'days'>): PageWords {
  const {
    words: { document },
    pseudonymKeyId,
  } = report;
  const name = part === null ? undefined : shownText(part, 60);
  const row = name === undefined ? { one: 'entity', many: 'entities', head: 'Entity' } : { one: name, many: `values of ${name}`, head: name };
  return {
    document,
    level: 'Entity',
    expected: 'Expected is the number of distinct keys on the legacy side.',
    picture: {
      axes: `${name === undefined ? 'Entities' : `Values of ${name}`} down, ${days === 1 ? 'days' : `spans of ${days} days`} of the last write (UTC) across.`,
      orders: [`Most ${document.many} first`, 'Earliest first'],
      gone: '',
    },
    filters: { row: row.head, column: 'Last written', search: 'a column, a key, a row id …' },
    frame: {
      document,
      row,
      counted: capitalized(document.many),
      column: { one: '', many: '', none: 'not known' },
      days,
      marks: marksOfRows,
      isWritten: true,
      target: commandTarget(report),
      isLasting: pseudonymKeyId !== undefined,
    },
  };
}

export const wordsOf = (report: Of & Pick<Report, 'picture'>): PageWords => {
  const { words, picture = { part: null, days: 1 } } = report;
  return words.group ? byKey(words, words.group) : byWrite(report, picture);
};
