import { createHash } from 'node:crypto';
import type { Explanation } from '../compare/explain.ts';
import { dateOf, dayOf } from '../document/calendar.ts';
import type { DifferenceKind } from '../document/document.ts';
import { compareText } from '../document/order.ts';
import type { Entity } from '../pair/pair.ts';
import { shownKey, type Pseudonyms } from '../privacy/pseudonyms.ts';
import type { Finding, Picture, PictureCell } from '../report/report.ts';

/** When and in which group the differing documents were last written: data for a chart on the page, and nothing else. */

export type PictureCollector = {
  /** @param entity that the explained document is of */
  add: (explanation: Explanation, entity: Of) => void;
  /** `undefined` if the keys of the findings already say this: documents with a group, by date. */
  picture: () => Picture | undefined;
  /** The findings with the day on which their documents were last written, as far as that is known. */
  dated: (findings: readonly Finding[]) => Finding[];
  clear: () => void;
};

type Of = Pick<Entity, 'name' | 'shape'>;

/** A chart with more rows or cells is not readable. */
const maxRows = 500;
const maxCells = 6_000;

/** A column is a single day if there is room. Longer columns start on a Monday. */
const spans = [1, 7, 28, 364] as const;

/** Each takes some bytes. Findings beyond this number have no date; a report keeps far fewer anyway. */
const maxDated = 200_000;

/** A document with several kinds of difference is drawn as the first of these. */
const byWeight: readonly DifferenceKind[] = ['missing', 'wrong-owner', 'orphan', 'duplicate', 'ambiguous-owner', 'malformed', 'mismatch', 'count'];

/**
 * The rows of the chart are the entities; or, for a pair with a single one whose key has several parts, the values of the first part that
 * is shown.
 */
export function collectPicture(entities: readonly Of[], pseudonyms: Pick<Pseudonyms, 'name' | 'value'>): PictureCollector {
  const isDrawn = entities.every(({ shape }) => shape.group === 0);
  const shownParts = entities.length === 1 ? (entities[0]?.shape.key ?? []).filter(({ shown }) => shown !== 'never') : [];
  const part = shownParts.length > 1 ? shownParts[0]?.name : undefined;
  let cells = new Map<string, { row: string | null; from: number | null; kind: DifferenceKind; documents: number }>();
  const rows = new Set<string | null>();
  const days = new Map<number, number>();
  let span: number = spans[0];
  let beside = 0;

  function put(row: string | null, from: number | null, kind: DifferenceKind, documents: number): void {
    const id = JSON.stringify([row, from, kind]);
    const known = cells.get(id);
    if (known) known.documents += documents;
    else cells.set(id, { row, from, kind, documents });
  }

  /** Makes columns longer if there are too many cells; only after that are any left out. */
  function makeRoom(): void {
    const longer = spans.find((each) => each > span);
    if (cells.size < maxCells || longer === undefined) return;
    span = longer;
    const before = [...cells.values()];
    cells = new Map();
    for (const { row, from, kind, documents } of before) put(row, from === null ? null : startOf(from, span), kind, documents);
    makeRoom();
  }

  return {
    add({ key, differences, expected, actual: [actual] }, entity) {
      const kind = byWeight.find((each) => differences.some((difference) => difference.kind === each));
      if (!isDrawn || kind === undefined) return;
      const shown = shownKey(key, entity.shape, pseudonyms);
      const written = expected?.writtenAt ?? actual?.writtenAt;
      const day = written === undefined ? undefined : dayOf(written);
      // Rows without any readable key part are not distinguished by it.
      const isNamed = Object.values(shown).some((value) => value !== null);
      if (day !== undefined && isNamed && days.size < maxDated) days.set(placeOf(entity.name, shown), day);
      const row = part === undefined ? entity.name : (shown[part] ?? null);
      makeRoom();
      if (cells.size >= maxCells || (rows.size >= maxRows && !rows.has(row))) {
        beside += 1;
        return;
      }
      rows.add(row);
      put(row, day === undefined ? null : startOf(day, span), kind, 1);
    },
    picture: () =>
      isDrawn
        ? {
            part: part ?? null,
            days: span,
            cells: [...cells.values()].map(({ from, ...cell }): PictureCell => ({ ...cell, from: from === null ? null : dateOf(from) })).toSorted(inOrder),
            beside,
          }
        : undefined,
    dated(findings) {
      if (days.size === 0) return [...findings];
      return findings.map((finding) => {
        const day = finding.key === null ? undefined : days.get(placeOf(finding.level, finding.key));
        return day === undefined ? finding : { ...finding, writtenOn: dateOf(day) };
      });
    },
    clear() {
      cells.clear();
      rows.clear();
      days.clear();
      span = spans[0];
      beside = 0;
    },
  };
}

/** Merges the charts of several runs, which have drawn different documents. */
export function joinPictures(pictures: readonly Picture[]): Picture | undefined {
  const [first] = pictures;
  if (!first) return undefined;
  const rows = new Set<string | null>();
  let beside = pictures.reduce((sum, picture) => sum + picture.beside, 0);
  const inRows = pictures
    .flatMap(({ cells }) => cells)
    .filter(({ row, documents }) => {
      const isDrawn = rows.has(row) || rows.size < maxRows;
      if (isDrawn) rows.add(row);
      else beside += documents;
      return isDrawn;
    });
  const widest = Math.max(...pictures.map(({ days }) => days));
  for (const days of spans.filter((span) => span >= widest)) {
    const cells = new Map<string, PictureCell>();
    for (const cell of inRows) {
      const from = cell.from === null ? null : dateOf(startOf(dayOf(Date.parse(cell.from)), days));
      const id = JSON.stringify([cell.row, from, cell.kind]);
      cells.set(id, { ...cell, from, documents: cell.documents + (cells.get(id)?.documents ?? 0) });
    }
    const ordered = [...cells.values()].toSorted(inOrder);
    if (ordered.length <= maxCells) return { part: first.part, days, cells: ordered, beside };
    if (days === spans.at(-1)) {
      const left = ordered.slice(maxCells).reduce((sum, { documents }) => sum + documents, 0);
      return { part: first.part, days, cells: ordered.slice(0, maxCells), beside: beside + left };
    }
  }
  return first;
}

/** 1970-01-05 was a Monday. */
const startOf = (day: number, span: number): number => (span === 1 ? day : Math.floor((day - 4) / span) * span + 4);

const inOrder = (a: PictureCell, b: PictureCell): number => compareText(a.row, b.row) || compareText(a.from, b.from) || compareText(a.kind, b.kind);

/** A 48-bit hash of a document: the shown key would take ten times as much memory. */
const placeOf = (level: string, key: Readonly<Record<string, string | null>>): number =>
  createHash('sha1')
    .update(JSON.stringify([level, Object.values(key)]))
    .digest()
    .readUIntBE(0, 6);
