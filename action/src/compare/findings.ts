import { childId, type Difference, type Key, type Value } from '../document/document.ts';
import { compareIds } from '../document/ids.ts';
import type { Pair } from '../pair/pair.ts';
import type { Pseudonyms } from '../privacy/pseudonyms.ts';
import { maxFindings, type DifferingWeeks, type Finding } from '../report/report.ts';

/** Row ids that one finding names at most: a missing child can have hundreds of weeks. */
const maxRowIds = 1000;

const severityRank: Record<Finding['severity'], number> = { critical: 0, high: 1, medium: 2 };

const compareText = (a: string | null, b: string | null): number => {
  const [left, right] = [a ?? '', b ?? ''];
  return left < right ? -1 : left > right ? 1 : 0;
};

/** What is about a whole week comes before what is inside. */
function comparePlaces(a: Finding['place'], b: Finding['place']): number {
  const [left, right] = [a ?? [], b ?? []];
  const index = left.findIndex((segment, place) => segment !== right[place]);
  return index === -1 ? left.length - right.length : compareText(left[index] ?? '', right[index] ?? '');
}

export function compareFindings(a: Finding, b: Finding): number {
  return (
    severityRank[a.severity] - severityRank[b.severity] ||
    compareText(a.child, b.child) ||
    compareText(a.weekStart, b.weekStart) ||
    comparePlaces(a.place, b.place) ||
    compareText(a.type, b.type) ||
    compareText(a.level, b.level) ||
    // Children of one name in two families have one pseudonym.
    compareText(JSON.stringify(a.rowIds), JSON.stringify(b.rowIds))
  );
}

export type Findings = {
  add: (difference: Difference) => void;
  total: () => number;
  byType: () => Record<string, number>;
  severityByType: () => Record<string, Finding['severity']>;
  differingWeeks: () => DifferingWeeks;
  /** In order, at most `maxFindings`. */
  list: () => Finding[];
  /** Forgets everything: the reading turned out not to be trustworthy. */
  clear: () => void;
};

/** Collects differences as findings: from here on they are pseudonymous, unless values are revealed. */
export function createFindings(pair: Pair, pseudonyms: Pick<Pseudonyms, 'child' | 'text' | 'week' | 'key'>): Findings {
  let kept: Finding[] = [];
  const types = new Map<string, number>();
  const severities = new Map<string, Finding['severity']>();
  const weeks = new Set<string>();
  /** A missing child is one finding, whichever of its weeks show it. */
  const missingChildren = new Map<string, Finding>();
  let total = 0;

  const render = (value: Value, key: Key | null): string | number | null => {
    if (value === null || typeof value === 'number') return value;
    return value.readable ? value.text : pseudonyms.text(value.text, key);
  };

  const toFinding = (difference: Difference): Finding => {
    const { kind, key, path, legacy, normalized, rowIds, level } = difference;
    return {
      ...pair.findingType(difference),
      kind,
      level,
      child: key === null ? null : pseudonyms.child(key.owner, key.child),
      weekStart: key?.week ?? null,
      place: path && pair.renderPath(path, (text) => pseudonyms.text(text, key)),
      legacy: render(legacy, key),
      normalized: render(normalized, key),
      rowIds: Object.fromEntries(Object.entries(rowIds).map(([table, ids]) => [table, [...ids]])),
    };
  };

  const count = (finding: Finding) => {
    total += 1;
    types.set(finding.type, (types.get(finding.type) ?? 0) + 1);
    severities.set(finding.type, finding.severity);
  };

  return {
    add(difference) {
      const finding = toFinding(difference);
      const { key } = difference;
      if (key !== null && key.week !== null) weeks.add(pseudonyms.week(key.owner, key.child, key.week));
      if (difference.key !== null && difference.kind === 'missing' && difference.level === pair.levels[0]) {
        const id = childId(difference.key);
        const known = missingChildren.get(id);
        if (!known) count(finding);
        missingChildren.set(id, known ? joinWeeks(known, finding) : finding);
        return;
      }
      count(finding);
      kept.push(finding);
      if (kept.length >= 2 * maxFindings) kept = kept.sort(compareFindings).slice(0, maxFindings);
    },
    total: () => total,
    severityByType: () => Object.fromEntries(severities),
    differingWeeks: () => ({ key: pseudonyms.key, weeks: [...weeks].sort() }),
    byType: () => Object.fromEntries([...types].sort(([a], [b]) => compareText(a, b))),
    clear() {
      kept = [];
      total = 0;
      types.clear();
      severities.clear();
      weeks.clear();
      missingChildren.clear();
    },
    list: () =>
      [...[...missingChildren.values()].map(trimRowIds), ...kept].sort(compareFindings).slice(0, maxFindings),
  };
}

/** In order, so that which ids are left out does not depend on the order of reading. */
function trimRowIds(finding: Finding): Finding {
  const sorted = Object.entries(finding.rowIds).map(([table, ids]) => [table, ids.toSorted(compareIds).slice(0, maxRowIds)]);
  return { ...finding, rowIds: Object.fromEntries(sorted) };
}

function joinWeeks(known: Finding, more: Finding): Finding {
  const rowIds = { ...known.rowIds };
  for (const [table, ids] of Object.entries(more.rowIds)) {
    rowIds[table] = [...(rowIds[table] ?? []), ...ids];
  }
  const weekStart = compareText(more.weekStart, known.weekStart) < 0 ? more.weekStart : known.weekStart;
  return { ...known, weekStart, rowIds };
}
