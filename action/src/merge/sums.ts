import { createHash } from 'node:crypto';
import { countDifference, emptyComparison, type Comparison } from '../compare/comparison.ts';
import { createFindings, orderOf } from '../compare/findings.ts';
import { joinPictures } from '../origin/picture.ts';
import type { Entity } from '../pair/pair.ts';
import { collectDiffering } from '../report/differing.ts';
import type { Clues, Download, EntityEvidence } from '../report/evidence.ts';
import { downloadSentence } from '../report/words.ts';
import { maxFindings, readFinding, type AcceptedRule, type Finding, type LevelCount, type Report } from '../report/report.ts';
import type { PartReport } from './files.ts';

/** The sums over several parts. */

export type Sums = {
  readonly add: (report: PartReport) => void;
  readonly sums: () => Summed;
};

type ComparedEntity = Comparison & { readonly name: string };

export type Summed = {
  readonly comparison: Comparison & { readonly entities: readonly ComparedEntity[] };
  readonly reads: Report['reads'];
  readonly notCompared: NonNullable<Report['notCompared']>;
  /** Remarks about an entity, as they are true of the whole, and remarks about the run that all parts agree on. */
  readonly remarks: readonly string[];
  readonly downloads: readonly Download[];
  readonly sourceVersions: Report['sourceVersions'];
  readonly findings: {
    readonly list: readonly Finding[];
    readonly total: number;
    readonly byType: Record<string, number>;
    readonly severityByType: Record<string, Finding['severity']>;
    readonly differingWeeks: Report['differingWeeks'];
  };
  /** Identifies the key with which all of them made pseudonyms. */
  readonly pseudonymKeyId: string | undefined;
  /** In the order of the file; absent if no part has any. */
  readonly accepted: readonly AcceptedRule[] | undefined;
  readonly picture: Report['picture'];
  /** For each part; absent if one of them has none. */
  readonly clues: readonly (readonly Clues[])[] | undefined;
  readonly since: string | undefined;
  readonly startedAt: string | undefined;
  readonly finishedAt: string | undefined;
};

/** @param entities of the pair, in order */
export function sumUp(entities: readonly Entity[], isDeclared: boolean, mode: Report['mode']): Sums {
  const compareAll = orderOf(isDeclared ? entities.map(({ name }) => name) : []);
  const reads = { legacy: 0, normalized: 0 };
  const names = new Map<string, { legacy: Set<string>; normalized: Set<string> }>();
  const downloaded = new Map<string, number>();
  const versions = new Map<string, number>();
  const byType = new Map<string, number>();
  const severities = new Map<string, Finding['severity']>();
  const keys = new Set<string>();
  const keyIds = new Set<string | undefined>();
  const differing = collectDiffering();
  const evidence = new Map<string, EntityEvidence[]>();
  const pictures: NonNullable<Report['picture']>[] = [];
  let clues: (readonly Clues[])[] | undefined = [];
  const modes = new Set<Report['mode']>();
  let engine: Report['engine'] = 'digest';
  let kept: Finding[] = [];
  let remarks: readonly string[] | undefined;
  let accepted: AcceptedRule[] | undefined;
  let isIdle: boolean[] = [];
  let transient = 0;
  let since: string | undefined;
  let [startedAt, finishedAt]: (string | undefined)[] = [];

  function addFindings({ findings, findingsByType, evidence: { findings: places, severityByType } }: PartReport): void {
    for (const [place, finding] of findings.entries()) {
      const rest = places[place];
      // Differences in count are judged again.
      if (rest !== undefined && rest[0] !== 'count') kept.push(readFinding(finding, rest));
    }
    kept = kept.sort(compareAll).slice(0, maxFindings);
    for (const [type, count] of Object.entries(findingsByType)) if (type !== countType) byType.set(type, (byType.get(type) ?? 0) + count);
    for (const [type, severity] of Object.entries(severityByType)) if (type !== countType) severities.set(type, severity);
  }

  function addAccepted(rules: readonly AcceptedRule[] | undefined): void {
    if (!rules) return;
    isIdle = rules.map(({ state }, place) => state === 'unmatched' && (isIdle[place] ?? true));
    accepted = rules.map((rule, place) => ({
      ...rule,
      findings: rule.findings + (accepted?.[place]?.findings ?? 0),
      weeks: rule.weeks + (accepted?.[place]?.weeks ?? 0),
    }));
  }

  return {
    add(report) {
      const { notCompared = {}, evidence: own } = report;
      modes.add(report.mode);
      if (report.engine === 'stream') engine = 'stream';
      reads.legacy += report.reads.legacy;
      reads.normalized += report.reads.normalized;
      transient += report.transient;
      for (const [version, count] of Object.entries(report.sourceVersions)) versions.set(version, (versions.get(version) ?? 0) + count);
      for (const [entity, sides] of Object.entries(notCompared)) {
        const known = names.get(entity) ?? { legacy: new Set(), normalized: new Set() };
        names.set(entity, known);
        for (const side of ['legacy', 'normalized'] as const) for (const name of sides[side]) known[side].add(name);
      }
      const { downloads = [] } = own;
      const summed = new Set([...own.entities.flatMap((entity) => remarksOf([entity])), ...downloads.map(downloadSentence)]);
      for (const { store, bytes: more } of downloads) downloaded.set(store, (downloaded.get(store) ?? 0) + more);
      remarks = agreed(
        remarks,
        (report.remarks ?? []).filter((remark) => !summed.has(remark)),
      );
      addFindings(report);
      addAccepted(report.accepted);
      keys.add(own.differingWeeks.key);
      keyIds.add(own.pseudonymKeyId);
      for (const document of own.differingWeeks.weeks) differing.add(document);
      for (const entity of own.entities) evidence.set(entity.name, [...(evidence.get(entity.name) ?? []), entity]);
      clues = clues && own.clues && [...clues, own.clues];
      if (own.picture) pictures.push(own.picture);
      if (own.firstWrite !== undefined && own.firstWrite <= (since ?? own.firstWrite)) since = own.firstWrite;
      if (report.startedAt <= (startedAt ?? report.startedAt)) startedAt = report.startedAt;
      if (report.finishedAt >= (finishedAt ?? report.finishedAt)) finishedAt = report.finishedAt;
    },

    sums() {
      const found = modes.has('sample') ? 'sample' : ([...modes][0] ?? mode);
      const compared = entities
        .filter((entity) => found !== 'recent' || entity.written !== undefined)
        .map((entity) => ({ ...ofWhole(entity, joined(evidence.get(entity.name) ?? [], found)), name: entity.name }));
      const all = compared.flatMap(({ name }) => evidence.get(name) ?? []);
      const population = compared.reduce((sum, one) => sum + one.population, 0);
      const total: Comparison = { ...joined(all, found), population, planned: population, engine: modes.size === 0 ? 'stream' : engine, transient };
      const counted = createFindings({ name: () => '', text: () => '', value: () => '', document: () => '', key: '' });
      for (const [place, entity] of entities.filter(({ name }) => compared.some((one) => one.name === name)).entries()) {
        for (const count of compared[place]?.judged ?? []) if (count.difference !== 0) counted.add(countDifference(count), entity);
      }
      const types = new Map([...byType, ...Object.entries(counted.byType())]);
      return {
        comparison: { ...total, entities: compared },
        reads,
        notCompared: Object.fromEntries(
          entities.flatMap(({ name }) => {
            const sides = names.get(name);
            return sides ? [[name, { legacy: [...sides.legacy].toSorted(), normalized: [...sides.normalized].toSorted() }] as const] : [];
          }),
        ),
        remarks: [...entities.flatMap(({ name }) => remarksOf(evidence.get(name) ?? [])), ...(remarks ?? [])],
        downloads: [...downloaded].map(([store, bytes]) => ({ store, bytes })),
        sourceVersions: Object.fromEntries([...versions].toSorted(byName)),
        findings: {
          list: [...kept, ...counted.list()].sort(compareAll).slice(0, maxFindings),
          total: [...types.values()].reduce((sum, count) => sum + count, 0),
          byType: Object.fromEntries([...types].toSorted(byName)),
          severityByType: { ...Object.fromEntries(severities), ...counted.severityByType() },
          // Hashes made with different keys are not comparable, not even with another run's.
          differingWeeks: { key: oneKey([...keys].toSorted()), weeks: differing.list() },
        },
        pseudonymKeyId: keyIds.size === 1 ? [...keyIds][0] : undefined,
        accepted: accepted?.map((rule, place) => ({ ...rule, state: rule.state === 'expired' ? 'expired' : isIdle[place] ? 'unmatched' : 'active' })),
        picture: joinPictures(pictures),
        clues,
        since: found === 'full' ? since : undefined,
        startedAt,
        finishedAt,
      };
    },
  };
}

const agreed = (some: readonly string[] | undefined, others: readonly string[]): readonly string[] => some?.filter((one) => others.includes(one)) ?? others;

const remarksOf = (parts: readonly EntityEvidence[]): readonly string[] => [
  ...new Set(parts.flatMap(({ remarks }) => remarks?.ofSome ?? [])),
  ...(parts.reduce<readonly string[] | undefined>((some, { remarks }) => (remarks?.ofEach ? agreed(some, remarks.ofEach) : some), undefined) ?? []),
];

const countType = 'COUNT_MISMATCH';

/** Combines all keys into one, since an issue has room for only one. */
const oneKey = (keys: readonly string[]): string =>
  keys.length > 1 ? createHash('sha256').update(keys.join(' ')).digest('base64url').slice(0, 22) : (keys[0] ?? '');

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);

function joined(some: readonly EntityEvidence[], mode: Report['mode']): Comparison {
  const sum = (numberOf: (one: EntityEvidence) => number): number => some.reduce((all, one) => all + numberOf(one), 0);
  const population = sum((one) => one.population);
  return {
    ...emptyComparison(
      mode,
      sum((one) => one.legacyRows),
    ),
    differing: sum((one) => one.differing),
    compared: sum((one) => one.compared),
    unsettled: sum((one) => one.unsettled),
    restless: sum((one) => one.restless),
    isLooseUnknown: some.some((one) => one.isLooseUnknown),
    population,
    planned: population,
    skipped: sum((one) => one.skipped),
    counts: addUp(some.flatMap(({ counts }) => counts)),
    judged: addUp(some.flatMap(({ judged }) => judged)),
  };
}

/** A sample drawn from the normalized side may contain more documents of one part than the legacy side has there, although not in total. */
function ofWhole({ drawFrom }: Entity, one: Comparison): Comparison {
  const [count] = one.counts;
  return one.mode === 'sample' && drawFrom === 'actual' && count ? { ...one, population: Math.max(count.expected, one.compared) } : one;
}

function addUp(counts: readonly LevelCount[]): LevelCount[] {
  const levels = Map.groupBy(counts, ({ level }) => level);
  const sum = (some: readonly LevelCount[], part: 'legacy' | 'expected' | 'normalized' | 'difference'): number => some.reduce((all, one) => all + one[part], 0);
  return [...levels].map(([level, some]) => ({
    level,
    legacy: sum(some, 'legacy'),
    expected: sum(some, 'expected'),
    normalized: sum(some, 'normalized'),
    difference: sum(some, 'difference'),
  }));
}
