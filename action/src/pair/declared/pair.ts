import type { Store } from '../../store/store.ts';
import type { Pair } from '../pair.ts';
import type { PairDeclaration } from './declaration.ts';
import { createDeclaredEntities } from './declared.ts';
import type { Sides } from './entity.ts';

/** A pair that the file declares: nothing is known of it beyond what the file and the stores say. */
export function createDeclaredPair(declaration: PairDeclaration, stores: Sides<Store>): Pair {
  const { entities, notCompared, remarks, reads } = createDeclaredEntities(declaration, stores);
  return {
    name: declaration.name,
    entities,
    isDeclared: true,
    isBilled: stores.legacy.isBilled || stores.normalized.isBilled,
    aside: () => ({ reads: reads(), notCompared: notCompared(), remarks: remarks() }),
    sourceVersions: new Set(),
    repair: () => [],
  };
}
