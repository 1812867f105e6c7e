import assert from 'node:assert/strict';
import { comparePair, type PairComparison } from '../../src/compare/compare-pair.ts';
import type { Explanation } from '../../src/compare/explain.ts';
import { createFindings } from '../../src/compare/findings.ts';
import type { Difference } from '../../src/document/document.ts';
import type { Shape } from '../../src/document/shape.ts';
import { takeCensus, type Census } from '../../src/origin/census.ts';
import { cluesOf } from '../../src/origin/clues.ts';
import { collectFacts, type Facts } from '../../src/origin/facts.ts';
import { joinClues } from '../../src/origin/join-clues.ts';
import { findOrigin, type OriginNames } from '../../src/origin/origin.ts';
import { collectPicture } from '../../src/origin/picture.ts';
import type { Entity, Pair } from '../../src/pair/pair.ts';
import { createPseudonyms } from '../../src/privacy/pseudonyms.ts';
import { narrow } from '../../src/pair/narrow.ts';
import type { Clues } from '../../src/report/evidence.ts';
import type { Finding, Picture } from '../../src/report/report.ts';
import { startBudget } from '../../src/store/budget.ts';
import { createFlatPair, shape, words, type Post, type Posts } from '../pair/flat-pair.ts';

/** Pairs of several entities whose rows stand alone, compared as a run compares them. */

export const days = (date: string, more: number): number => Date.parse(`${date}T12:00:00Z`) + more * 86_400_000;

/** Rows that agree: so many on each of some boards, one written a day, in turns. */
export function rowsOf({ boards = 5, each = 10, since = '2026-09-01' }: { boards?: number; each?: number; since?: string } = {}): Post[] {
  return Array.from({ length: boards * each }, (_, index) => {
    const [board, post] = [`b${index % boards}`, `p${Math.floor(index / boards)}`];
    return { id: `${board}-${post}`, board, post, title: `Title of ${post}`, likes: 3, writtenAt: days(since, index) };
  });
}

/** The same rows on both sides, of which `change` makes the normalized one, or takes it away. */
export const sides = (rows: readonly Post[], change: (row: Post, index: number) => Post | undefined = (row) => row): Posts => ({
  legacy: rows,
  normalized: rows.flatMap((row, index) => change(row, index) ?? []),
});

export const shapeOf = (name: string, key: Shape['key'] = shape.key): Shape => ({ ...shape, key, levels: [{ name, one: 'row', many: 'rows' }] });

export type Outcome = { sentences: string[]; findings: Finding[]; picture: Picture | undefined; comparison: PairComparison };

type Options = {
  sample?: number;
  /** Whether the database compares by itself. */
  digest?: boolean;
  keys?: Readonly<Record<string, Shape['key']>>;
  pseudonyms?: ReturnType<typeof createPseudonyms>;
};

type Compared = {
  readonly found: Facts;
  readonly compared: Omit<Outcome, 'sentences'>;
  readonly byEntity: ReadonlyMap<string, number> | undefined;
  readonly pair: Pair;
  readonly census: Census;
};

/** @param narrowed what becomes of each entity before it is compared */
async function compareOnce(
  entities: Readonly<Record<string, Posts>>,
  { sample, digest = false, keys = {}, pseudonyms = createPseudonyms('sb_secret_synthetic', false) }: Options,
  narrowed: (entity: Entity) => Entity = (entity) => entity,
): Promise<Compared> {
  const census = takeCensus();
  const readable = async () => ({ ready: digest, sentence: 'It is asked.' });
  const pair: Pair = {
    name: 'board-app',
    entities: Object.entries(entities).map(([name, posts]) => {
      const entity = narrowed(census.watch(createFlatPair(posts, shapeOf(name, keys[name]))));
      return { ...entity, digester: { ...entity.digester, probe: readable } };
    }),
    isDeclared: true,
    isBilled: false,
    aside: () => ({ reads: { legacy: 0, normalized: 0 }, notCompared: {}, remarks: [], downloads: [] }),
    sourceVersions: new Set(),
    words,
    repair: () => [],
  };
  const [facts, picture, findings] = [collectFacts(), collectPicture(pair.entities, pseudonyms), createFindings(pseudonyms, Object.keys(entities))];
  const told = (entity: Entity) => ({
    onDifference: (difference: Difference) => findings.add(difference, entity),
    onExplained(explanation: Explanation) {
      facts.add(explanation, entity);
      picture.add(explanation, entity);
    },
  });
  const ignore = () => undefined;
  const extent = { mode: sample === undefined ? 'full' : 'sample', sampleSize: sample ?? 'auto', enough: 1, seed: 'seed', readBudget: 0 } as const;
  const comparison = await comparePair(pair, extent, told, { budget: startBudget(60), settleMs: 0, onProgress: ignore, onPhase: ignore });
  const byEntity =
    comparison.entities.length < 2 ? undefined : new Map(comparison.entities.map(({ entity, comparison: { compared } }) => [entity.name, compared]));
  return { found: facts.facts(), compared: { findings: picture.dated(findings.list()), picture: picture.picture(), comparison }, byEntity, pair, census };
}

/** What a run says of a pair of these entities, in their order. */
export async function comparing(entities: Readonly<Record<string, Posts>>, options: Options = {}): Promise<Outcome> {
  const { found, compared, byEntity, pair, census } = await compareOnce(entities, options);
  const pseudonyms = options.pseudonyms ?? createPseudonyms('sb_secret_synthetic', false);
  return { ...compared, sentences: await findOrigin(found, { ...compared.comparison, byEntity }, { ...pair, census }, pseudonyms) };
}

/** What a merge says of them, compared in so many parts; and what the parts hand on for that. */
export async function comparingInParts(
  entities: Readonly<Record<string, Posts>>,
  of: number,
  options: Options = {},
): Promise<{ sentences: string[]; clues: Clues[][]; say: (clues: readonly Clues[][]) => Promise<string[]> }> {
  const pseudonyms = options.pseudonyms ?? createPseudonyms('sb_secret_synthetic', false);
  const whole = await compareOnce(entities, options);
  const clues: Clues[][] = [];
  for (let index = of; index > 0; index -= 1) {
    const { found, compared, pair, census } = await compareOnce(entities, options, (entity) => narrow(entity, { index, of }));
    clues.push((await cluesOf(found, compared.comparison, { ...pair, census }, pseudonyms)) ?? assert.fail());
  }
  const names: OriginNames = { name: (_part, parts) => parts.at(-1) ?? '', value: (text) => text, text: (text) => text, common: () => undefined };
  const say = (parts: readonly Clues[][]): Promise<string[]> => {
    const joined = joinClues(parts, whole.pair.entities, undefined, pseudonyms.open) ?? assert.fail();
    return findOrigin(joined.facts, { ...whole.compared.comparison, byEntity: whole.byEntity }, { ...whole.pair, ...joined }, names);
  };
  return { sentences: await say(clues), clues, say };
}
