import { readPattern } from '../../known-drift/pattern.ts';
import type { KnownDriftRule } from '../../known-drift/rule.ts';
import { isPrivilegedKey } from '../../privacy/api-key.ts';
import { isPseudonym } from '../../privacy/pseudonyms.ts';
import { writeFieldSource } from '../../store/source.ts';
import type { PairDeclaration } from './declaration.ts';
import type { EntityDeclaration } from './entity.ts';
import { isReadable, looksMachineMade } from './readable.ts';
import type { StoreDeclaration } from '../../store/stores.ts';

/**
 * Checks whether a rule uses the names that a report shows. A name that reports never show could match nothing, and would be printed with
 * the rule; it may be a person's name, so it is not repeated.
 */

export type NamingSettings = { readonly revealValues: boolean; readonly supabaseKey: string; readonly pseudonymKey?: string | undefined };

export type Naming = {
  readonly reveals: boolean;
  /** Whether pseudonyms change with every run. */
  readonly isPassing: boolean;
};

/** @param pair `undefined` for the built-in one */
export function namingOf(
  pair: PairDeclaration | undefined,
  stores: ReadonlyMap<string, StoreDeclaration>,
  { revealValues, supabaseKey, pseudonymKey }: NamingSettings,
): Naming {
  const store = pair && stores.get(pair.normalized);
  const key = store?.type === 'supabase' ? store.key : supabaseKey;
  // Without a Supabase key, the key is that of another service, which is always secret.
  return { reveals: revealValues, isPassing: pseudonymKey === undefined && key !== '' && !isPrivilegedKey(key) };
}

type Hidden = readonly (readonly [path: readonly string[], message: string])[];

/** The parts of the rule that are not as a report shows them, by their place in the rule. */
export function hiddenParts(rule: KnownDriftRule, pair: PairDeclaration | undefined, naming: Naming): Hidden {
  return pair === undefined ? hiddenOfBuiltIn(rule, naming) : hiddenOfDeclared(rule, pair, naming);
}

const passing = 'is a pseudonym, which holds for one run only with this key. Set pseudonym-key, and copy it again';
const asShown = (example: string): string => `must be as the report shows it, such as ${example}, since reveal-values is off`;

const builtInPath = /^[a-z_.[\]\d*]+(?:\/(?:text\([\d, a-f*]*\)?|[\d*-]+))*$/;

function hiddenOfBuiltIn({ child, key = {}, path }: KnownDriftRule, { reveals, isPassing }: Naming): Hidden {
  const children = [
    [['child'], child],
    [['key', 'child'], key['child']],
  ] as const;
  return [
    ...children.flatMap(([place, name]): Hidden => {
      if (typeof name !== 'string') return [];
      if (!isPseudonym(name)) return reveals ? [] : [[place, asShown('child-1a2b3c4d')]];
      return isPassing ? [[place, passing]] : [];
    }),
    ...(typeof key['week'] === 'string' && !/^\d{4}-\d\d-\d\d$/.test(key['week'])
      ? [[['key', 'week'], 'must be the date on which the week starts, such as 2025-10-13'] as const]
      : []),
    ...(path === undefined || reveals || builtInPath.test(path) ? [] : [[['path'], asShown('habits/text(5, 1a2b3c4d)/2025-10-13 or habits/*')] as const]),
    ...(isPassing && path?.includes('/text(') ? [[['path'], passing] as const] : []),
  ];
}

function hiddenOfDeclared({ level, key = {}, path }: KnownDriftRule, pair: PairDeclaration, naming: Naming): Hidden {
  const entities = [...pair.entities.values()].filter(({ name }) => level === undefined || name === level);
  return [
    ...Object.entries(key).flatMap(([column, said]): Hidden => {
      if (said === null) return [];
      if (isKeyPseudonym(said)) return naming.isPassing ? [[['key', column], passing]] : [];
      const isShown = naming.reveals || entities.some((entity) => entity.key.includes(column) && mayShow(entity, column, said));
      return isShown ? [] : [[['key', column], asShown('key-1a2b3c4d')]];
    }),
    // A path is a column. Reports show nothing else there, so nothing else could match.
    ...(path === undefined || entities.length === 0 || entities.some((entity) => placesIn(entity).some(readPattern(path)))
      ? []
      : [[['path'], 'is not a column of what it covers. Correct the name; * stands for any characters'] as const]),
  ];
}

const isKeyPseudonym = (said: string): boolean => isPseudonym(said, 'key') || /^value\([\da-f]{8,32}\)$/.test(said);

/** Numbers, dates, times and booleans: the values of all types that may be shown are spelled like this. */
const plainValue = /^(?:[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?|\d{4}-\d\d-\d\d(?:[T ][\d:.]+(?:Z|[+-][\d:]+)?)?|true|false)$/i;

/** Whether a report may show this as a part of the key. If no type is declared, the type is that of the column, which is not known yet. */
function mayShow({ fields }: EntityDeclaration, column: string, said: string): boolean {
  const { type, readable } = fields.get(column) ?? {};
  if (readable !== undefined) return readable;
  const isPlain = plainValue.test(said) || looksMachineMade(said);
  if (type === undefined || type === 'list' || type === 'set') return isPlain;
  return looksMachineMade(said) || (isPlain && isReadable(type === 'timestamp' ? { name: type, precision: 'ms' } : { name: type }, undefined));
}

const placesIn = ({ key, fields, each }: EntityDeclaration): string[] => [...key, ...fields.keys(), ...(each ? [writeFieldSource(each)] : [])];
