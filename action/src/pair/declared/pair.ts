import type { Download } from '../../report/evidence.ts';
import { commandTarget } from '../../report/words.ts';
import type { Store } from '../../store/store.ts';
import type { Pair } from '../pair.ts';
import type { PairDeclaration } from './declaration.ts';
import { createDeclaredEntities, type DeclaredEntities } from './declared.ts';
import type { Sides } from './entity.ts';
import { repairSteps } from './repair.ts';
import { words } from './words.ts';

/**
 * A pair that the file declares: all that is known about it comes from the file and the stores.
 *
 * @param config the file, if it is not where it usually is
 */
export function createDeclaredPair(
  declaration: PairDeclaration,
  stores: Sides<Store>,
  config?: string,
): { readonly pair: Pair; readonly declared: DeclaredEntities } {
  const declared = createDeclaredEntities(declaration, stores);
  const { entities, notCompared, remarks, reads } = declared;
  const named = new Map([
    [declaration.legacy, stores.legacy],
    [declaration.normalized, stores.normalized],
  ]);
  const downloads = (): Download[] => [...named].flatMap(([store, { bytes }]) => (bytes ? [{ store, bytes: bytes() }] : []));
  const target = commandTarget({ pair: declaration.name, words, ...(config !== undefined && { config }) });
  const pair: Pair = {
    name: declaration.name,
    words,
    entities,
    isDeclared: true,
    isBilled: stores.legacy.isBilled || stores.normalized.isBilled,
    aside: () => ({ reads: reads(), notCompared: notCompared(), remarks: remarks(), downloads: downloads() }),
    sourceVersions: new Set(),
    repair: (damage) => repairSteps(target, [...declaration.entities.keys()], damage),
  };
  return { pair, declared };
}
