import type { Entity } from '../pair/pair.ts';
import type { Comparison } from './comparison.ts';

/** After this many entities that could not be read, the rest are not tried: the store itself is in trouble. */
const maxTroubled = 2;

/** The result of each entity that was begun. */
export type Compared = { readonly entity: Entity; readonly comparison: Comparison };

/**
 * Compares the entities one after the other, except that differences in one settle while the next ones are read, so a run waits for
 * settling only once. Entities that read the same rows of a store are read at the same time.
 *
 * @param compare calls `onScanned` once it has only small queries left
 */
export async function compareEntities(
  entities: readonly Entity[],
  compare: (entity: Entity, onScanned: () => void) => Promise<Comparison>,
): Promise<readonly Compared[]> {
  const underway = new Map<Entity, Promise<Comparison>>();
  let troubled = 0;
  /** Errors are thrown where the comparison itself is awaited. */
  const watch = async (comparing: Promise<Comparison>): Promise<void> => {
    const { trouble } = await comparing.catch(() => ({ trouble: undefined }));
    if (trouble !== undefined) troubled += 1;
  };
  for (const together of groupsOf(entities)) {
    if (troubled >= maxTroubled) break;
    const scans = together.map((entity) => {
      const scanned = Promise.withResolvers<void>();
      const comparing = compare(entity, scanned.resolve);
      underway.set(entity, comparing);
      void watch(comparing).finally(scanned.resolve);
      return scanned.promise;
    });
    await Promise.all(scans);
  }
  return Promise.all([...underway].map(async ([entity, comparing]) => ({ entity, comparison: await comparing })));
}

function groupsOf(entities: readonly Entity[]): Entity[][] {
  const groups = Map.groupBy(entities, (entity) => entity.scanName ?? entity);
  return [...groups.values()];
}
