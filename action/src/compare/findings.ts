import { groupId, groupOf, isWhole, type Difference, type Key, type Path, type Value } from '../document/document.ts';
import { compareIds, compareText } from '../document/order.ts';
import { groupLevel } from '../document/shape.ts';
import type { Entity } from '../pair/pair.ts';
import { ownerOf, shownKey, type Pseudonyms } from '../privacy/pseudonyms.ts';
import { collectDiffering } from '../report/differing.ts';
import { maxFindings, pathOf, type DifferingWeeks, type Finding } from '../report/report.ts';

/** At most this many row ids per finding: a missing group can have hundreds of documents. */
const maxRowIds = 1000;

const severityRank: Record<Finding['severity'], number> = { critical: 0, high: 1, medium: 2 };

/** Compares keys part by part. */
function compareKeys({ key: a }: Finding, { key: b }: Finding): number {
  for (const part in a ?? b ?? {}) {
    const order = compareText(a?.[part] ?? null, b?.[part] ?? null);
    if (order !== 0) return order;
  }
  return 0;
}

export function compareFindings(a: Finding, b: Finding): number {
  return (
    severityRank[a.severity] - severityRank[b.severity] ||
    compareKeys(a, b) ||
    // In the order of the findings file, on which other programs rely.
    compareText(pathOf(a), pathOf(b)) ||
    compareText(a.type, b.type) ||
    compareText(a.level, b.level) ||
    // When values are revealed, different keys may look alike, and so may rows without a key.
    compareText(JSON.stringify(a.rowIds), JSON.stringify(b.rowIds)) ||
    compareText(JSON.stringify([a.legacy, a.normalized]), JSON.stringify([b.legacy, b.normalized]))
  );
}

/** @param entities ranks findings of equal severity by the names of their levels */
export function orderOf(entities: readonly string[]): (a: Finding, b: Finding) => number {
  const rankOf = ({ level }: Finding): number => entities.indexOf(level);
  return (a, b) => severityRank[a.severity] - severityRank[b.severity] || rankOf(a) - rankOf(b) || compareFindings(a, b);
}

export type Findings = {
  add: (difference: Difference, entity: Described) => void;
  total: () => number;
  byType: () => Record<string, number>;
  severityByType: () => Record<string, Finding['severity']>;
  differingWeeks: () => DifferingWeeks;
  /** Sorted, at most `maxFindings`. */
  list: () => Finding[];
  /** Forgets everything, because the reading turned out to be untrustworthy. */
  clear: () => void;
};

/** What is needed to show a difference. */
export type Described = Pick<Entity, 'name' | 'shape' | 'findingType' | 'renderPath' | 'renderRowId'>;

/**
 * Collects differences as findings: from here on they are pseudonymous, unless values are revealed.
 *
 * @param entities ranks findings of equal severity by the names of their levels
 */
export function createFindings(pseudonyms: Pick<Pseudonyms, 'name' | 'text' | 'value' | 'document' | 'key'>, entities: readonly string[] = []): Findings {
  const compareAll = orderOf(entities);
  let kept: Finding[] = [];
  const types = new Map<string, number>();
  const severities = new Map<string, Finding['severity']>();
  const differing = collectDiffering();
  /** A missing group is one finding, however many of its documents show that it is missing. */
  const missingGroups = new Map<string, Finding>();
  let total = 0;

  const render = (value: Value, key: Key | null, path: Path | null, { shape }: Described): string | number | null => {
    if (value === null || typeof value === 'number') return value;
    if (value.readable) return value.text;
    // The key itself, each part under its name.
    if (path === null && key !== null && shape.key.some(({ shown }) => typeof shown === 'function'))
      return Object.values(shownKey(key, shape, pseudonyms))
        .map((part) => part ?? '')
        .join(' ');
    return pseudonyms[value.opaque ? 'value' : 'text'](value.text, key && ownerOf(key, shape));
  };

  const toFinding = (difference: Difference, entity: Described): Finding => {
    const { shape } = entity;
    const { kind, key, path, legacy, normalized, rowIds, level } = difference;
    return {
      ...entity.findingType(difference),
      kind,
      level,
      key: key && shownKey(key, shape, pseudonyms),
      place: path && entity.renderPath(path, (text) => pseudonyms.text(text, key && ownerOf(key, shape))),
      legacy: render(legacy, key, path, entity),
      normalized: render(normalized, key, path, entity),
      rowIds: Object.fromEntries(
        Object.entries(rowIds).map(([table, ids]) => [table, ids.map((id) => entity.renderRowId?.(table, id, (part) => pseudonyms.name('key', [part])) ?? id)]),
      ),
    };
  };

  const count = (finding: Finding) => {
    total += 1;
    types.set(finding.type, (types.get(finding.type) ?? 0) + 1);
    severities.set(finding.type, finding.severity);
  };

  return {
    add(difference, entity) {
      const { shape } = entity;
      const finding = toFinding(difference, entity);
      const { key } = difference;
      if (key !== null && isWhole(key, shape)) differing.add(pseudonyms.document(key));
      if (key !== null && difference.kind === 'missing' && difference.level === groupLevel(shape)) {
        const id = `${entity.name} ${groupId(groupOf(key, shape))}`;
        const known = missingGroups.get(id);
        if (!known) count(finding);
        missingGroups.set(id, known ? joinDocuments(known, finding) : finding);
        return;
      }
      count(finding);
      kept.push(finding);
      if (kept.length >= 2 * maxFindings) kept = kept.sort(compareAll).slice(0, maxFindings);
    },
    total: () => total,
    severityByType: () => Object.fromEntries(severities),
    differingWeeks: () => ({ key: pseudonyms.key, weeks: differing.list() }),
    byType: () => Object.fromEntries([...types].sort(([a], [b]) => compareText(a, b))),
    clear() {
      kept = [];
      total = 0;
      types.clear();
      severities.clear();
      differing.clear();
      missingGroups.clear();
    },
    list: () => [...[...missingGroups.values()].map(trimRowIds), ...kept].sort(compareAll).slice(0, maxFindings),
  };
}

/** Sorted first, so that the ids that are left out do not depend on the order of reading. */
function trimRowIds(finding: Finding): Finding {
  const sorted = Object.entries(finding.rowIds).map(([table, ids]) => [table, ids.toSorted(compareIds).slice(0, maxRowIds)]);
  return { ...finding, rowIds: Object.fromEntries(sorted) };
}

function joinDocuments(known: Finding, more: Finding): Finding {
  const rowIds = { ...known.rowIds };
  for (const [table, ids] of Object.entries(more.rowIds)) {
    rowIds[table] = [...(rowIds[table] ?? []), ...ids];
  }
  const { key } = compareKeys(more, known) < 0 ? more : known;
  return { ...known, key, rowIds };
}
