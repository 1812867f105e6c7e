import { readEntity } from './entities.ts';
import type { EntityDeclaration } from './entity.ts';
import { inOrder, placeOf, quoted, type FilePath, type Mistake } from './mistakes.ts';
import { namingOf, type NamingSettings } from './naming.ts';
import { readRules, type Rule } from './rules.ts';
import { namePattern, takenNames } from './schema.ts';
import { reportShape } from './shape-mistakes.ts';
import type { StoreKind } from '../../store/source.ts';
import type { StoreDeclaration } from '../../store/stores.ts';
import { isRaw, readStores, type Environment } from './stores.ts';
import { isFields, type Maybe } from '../../store/value.ts';
import { parseTree } from './yaml-tree.ts';

/** What `.github/driftwatch.yml` declares. */
export type Declaration = {
  /** Without `supabase`, which the inputs describe. */
  readonly stores: ReadonlyMap<string, StoreDeclaration>;
  readonly pairs: ReadonlyMap<string, PairDeclaration>;
  readonly accepted: readonly Rule[];
  /** The values of variables: they must be masked before anything else is done. */
  readonly secrets: readonly string[];
};

/** The stores by name; entities in the order of the file. */
export type PairDeclaration = {
  readonly name: string;
  readonly legacy: string;
  readonly normalized: string;
  readonly entities: ReadonlyMap<string, EntityDeclaration>;
};

/**
 * Parses the text of the file, without contacting any store.
 *
 * @param environment where `$NAME` is looked up
 * @param settings decide how reports name things; without them, rules are not checked against what reports show
 * @returns the declaration, or every mistake, in the order of the lines
 */
export function readDeclaration(text: string, environment: Environment, settings?: NamingSettings): Declaration | { readonly mistakes: readonly Mistake[] } {
  const tree = parseTree(text);
  if (!('data' in tree)) return { mistakes: inOrder(tree) };
  const mistakes: Mistake[] = [...tree.mistakes];
  const report = (path: FilePath, message: string): void => void mistakes.push({ line: tree.lineOf(path), message: `${placeOf(path)}: ${message}` });

  reportShape(tree.data, report);
  const sections = isRaw(tree.data) ? tree.data : {};
  const { stores, kinds, secrets } = readStores(sections['stores'], environment, report);
  const declared = isRaw(sections['pairs']) ? sections['pairs'] : {};
  const pairs = new Map<string, PairDeclaration>();
  for (const [name, raw] of Object.entries(declared)) {
    const pair = readPair(name, raw, memberOf(memberOf(tree.value, 'pairs'), name), kinds, (path, message) => report(['pairs', name, ...path], message));
    if (pair !== undefined) pairs.set(name, pair);
  }
  const naming = settings && ((pair: PairDeclaration | undefined) => namingOf(pair, stores, settings));
  const accepted = readRules(sections['accepted'], memberOf(tree.value, 'accepted'), new Set(Object.keys(declared)), pairs, naming, report);
  return mistakes.length > 0 ? { mistakes: inOrder(mistakes) } : { stores, pairs, accepted, secrets };
}

const memberOf = (value: Maybe, name: string): Maybe => (isFields(value) ? value.get(name) : undefined);

function readPair(
  name: string,
  raw: unknown,
  written: Maybe,
  kinds: ReadonlyMap<string, StoreKind | undefined>,
  report: (path: FilePath, message: string) => void,
): PairDeclaration | undefined {
  reportTaken(name, [], report);
  if (!isRaw(raw)) return undefined;
  const { legacy, normalized } = raw;
  for (const [side, store] of [
    ['legacy', legacy],
    ['normalized', normalized],
  ] as const) {
    if (typeof store === 'string' && store !== '' && !kinds.has(store))
      report([side], `the store ${quoted(store)} is not declared. Declare it under stores, or correct the name; supabase is always there`);
  }
  const kindOf = (store: unknown): StoreKind | undefined => (typeof store === 'string' ? kinds.get(store) : undefined);
  const entities = new Map<string, EntityDeclaration>();
  for (const [entity, content] of Object.entries(isRaw(raw['entities']) ? raw['entities'] : {})) {
    reportTaken(entity, ['entities', entity], report);
    const contentWritten = memberOf(memberOf(written, 'entities'), entity);
    const read = readEntity(entity, content, contentWritten, { legacy: kindOf(legacy), normalized: kindOf(normalized) }, (path, message) =>
      report(['entities', entity, ...path], message),
    );
    if (read !== undefined) entities.set(entity, read);
  }
  return typeof legacy === 'string' && typeof normalized === 'string' ? { name, legacy, normalized, entities } : undefined;
}

function reportTaken(name: string, path: FilePath, report: (path: FilePath, message: string) => void): void {
  if (namePattern.test(name) && takenNames.includes(name)) report(path, `the name ${name} is taken. Choose another one`);
}
