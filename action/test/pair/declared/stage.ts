import assert from 'node:assert/strict';
import { openDescribed, type Door } from '../../../../demo/description.ts';
import { startWorld, type World } from '../../world.ts';
import type { Comparison } from '../../../src/compare/comparison.ts';
import { compareFully } from '../../../src/compare/full.ts';
import { compareSample } from '../../../src/compare/sampled.ts';
import { createFindings } from '../../../src/compare/findings.ts';
import { createDeclaredEntities, type DeclaredEntities, type DeclaredEntity } from '../../../src/pair/declared/declared.ts';
import { words } from '../../../src/pair/declared/words.ts';
import { readDeclaration, type PairDeclaration } from '../../../src/pair/declared/declaration.ts';
import type { Difference } from '../../../src/document/document.ts';
import { createPseudonyms } from '../../../src/privacy/pseudonyms.ts';
import { writtenFindings, type WrittenFinding } from '../../../src/report/report.ts';
import { startBudget } from '../../../src/store/budget.ts';
import { createPostgrestStore, type PostgrestStore } from '../../../src/store/postgrest/store.ts';

/** A Supabase that describes its tables, as a hosted one does. */
export type Stage = {
  readonly world: World;
  readonly door: Door;
  readonly store: (limits?: { maxBytes?: number }) => PostgrestStore;
  readonly close: () => Promise<void>;
};

export async function openStage(options: Parameters<typeof startWorld>[0] = { migrations: false }): Promise<Stage> {
  const world = await startWorld(options);
  const door = await openDescribed(world);
  return {
    world,
    door,
    store: (limits) => createPostgrestStore('supabase', { url: door.url, key: world.secretKey }, startBudget(600), limits),
    async close() {
      await door.close();
      await world.close();
    },
  };
}

/** A pair of two tables of one project, as a file would declare it. */
export function declarePair(entities: string): PairDeclaration {
  const text = `pairs:\n  p:\n    legacy: supabase\n    normalized: supabase\n    entities:\n${entities.replace(/^\n|\n\s*$/g, '').replaceAll(/^/gm, '      ')}\n`;
  const declaration = readDeclaration(text, {});
  assert.ok(!('mistakes' in declaration), JSON.stringify(declaration));
  const pair = declaration.pairs.get('p');
  assert.ok(pair);
  return pair;
}

export type Outcome = {
  readonly findings: readonly WrittenFinding[];
  readonly comparison: Comparison;
  readonly entity: DeclaredEntity;
  readonly all: DeclaredEntities;
  readonly phases: readonly string[];
};
export type How = {
  readonly digest?: boolean;
  readonly sample?: number;
  readonly settleMs?: number;
  /** Of one answer. */
  readonly maxBytes?: number;
  readonly reveal?: boolean;
  readonly accepts?: (difference: Difference) => boolean;
};

/** What comparing the first entity finds, differences counting at first sight unless `settleMs` says otherwise. */
export async function compareEntity(all: DeclaredEntities, { digest = false, sample, settleMs = 0, reveal = true, accepts }: How = {}): Promise<Outcome> {
  const [entity] = all.entities;
  assert.ok(entity);
  const findings = createFindings(createPseudonyms('secret', reveal));
  const phases: string[] = [];
  const options = {
    entity,
    budget: startBudget(600),
    settleMs,
    legacyRows: await entity.expected.count(),
    normalizedRows: await entity.actual.count(),
    onDifference: (difference: Difference) => findings.add(difference, entity),
    onProgress: () => undefined,
    onPhase: (sentence: string) => void phases.push(sentence),
    ...(accepts && { accepts }),
  };
  const comparison = sample === undefined ? await compareFully(options, digest ? entity.digester : undefined) : await compareSample(options, sample, 'seed');
  return { findings: writtenFindings({ findings: findings.list(), words }), comparison, entity, all, phases };
}

/** What a finding says, on one line. */
export const say = ({ type, key, path, legacy, normalized }: WrittenFinding): string =>
  [type, key === null ? '' : Object.values(key).join('/'), path ?? '', `${legacy ?? '-'}|${normalized ?? '-'}`].filter((part) => part !== '').join(' ');

export const compareTables = (stage: Stage, entities: string, how?: How): Promise<Outcome> => {
  const store = stage.store(how?.maxBytes === undefined ? {} : { maxBytes: how.maxBytes });
  return compareEntity(createDeclaredEntities(declarePair(entities), { legacy: store, normalized: store }), how);
};
