import { habitLevels, habitTypes, maxRules, rowTypes, ruleSchema, type KnownDriftRule } from '../../known-drift/rule.ts';
import { isList, isScalar, isFields, type Maybe } from '../../store/value.ts';
import { canonicalDecimal } from './decimal.ts';
import type { PairDeclaration } from './declaration.ts';
import { quoted } from './mistakes.ts';
import { hiddenParts, type Naming } from './naming.ts';
import type { Report } from './shape-mistakes.ts';
import { isRaw } from './stores.ts';

/** The rules of `accepted`, each for one pair. */

export type Rule = KnownDriftRule & { readonly pair: string };

export const builtIn = 'habit-tracker';

/**
 * @param written the same as `raw`, with every digit of its numbers
 * @param names every declared pair, including those with mistakes
 * @param naming how reports name things; `undefined` if rules are not to be checked against that
 */
export function readRules(
  raw: unknown,
  written: Maybe,
  names: ReadonlySet<string>,
  pairs: ReadonlyMap<string, PairDeclaration>,
  naming: ((pair: PairDeclaration | undefined) => Naming) | undefined,
  report: Report,
): readonly Rule[] {
  // Too many rules are a mistake that is reported elsewhere.
  const rules: readonly unknown[] = Array.isArray(raw) ? raw.slice(0, maxRules) : [];
  return rules.flatMap((entry, index) => {
    const reportPart = (path: readonly string[], message: string): void => report(['accepted', index, ...path], message);
    const name = pairOf(entry, names, (part, message) => reportPart(part === undefined ? [] : [part], message));
    if (name === undefined || !isRaw(entry)) return [];
    const pair = pairs.get(name);
    const wrong = name === builtIn ? wrongOfBuiltIn(entry) : wrongOfDeclared(entry, name, pair);
    for (const [part, message] of wrong) reportPart([part], message);
    const { data } = ruleSchema.safeParse(entry);
    if (!data || wrong.length > 0) return [];
    const { key: _key, ...rest } = data;
    const key = keyOf(isList(written) ? written[index] : undefined);
    const rule: Rule = { ...rest, ...(key && { key }), pair: name };
    for (const [path, message] of naming ? hiddenParts(rule, pair, naming(pair)) : []) reportPart(path, message);
    return [rule];
  });
}

/** The parts of a key as a report shows them. */
function keyOf(rule: Maybe): KnownDriftRule['key'] {
  const key = isFields(rule) ? rule.get('key') : undefined;
  if (!isFields(key)) return undefined;
  return Object.fromEntries([...key].map(([column, said]) => [column, shownScalar(said)]));
}

/** A whole number keeps its leading zeros: it may be a text. */
function shownScalar(said: Maybe): string | null {
  if (isScalar(said)) return said.kind !== 'number' ? null : /^-?\d+$/.test(said.text) ? said.text : (canonicalDecimal(said.text) ?? said.text);
  return typeof said === 'string' || typeof said === 'boolean' ? String(said) : null;
}

function pairOf(rule: unknown, names: ReadonlySet<string>, report: (part: string | undefined, message: string) => void): string | undefined {
  const pair = isRaw(rule) ? rule['pair'] : undefined;
  if (typeof pair === 'string') {
    if (pair === builtIn || names.has(pair)) return pair;
    report('pair', `the pair ${quoted(pair)} is not declared. Declare it under pairs, or correct the name`);
    return undefined;
  }
  const [only = builtIn, ...more] = names;
  if (more.length === 0) return only;
  report(undefined, 'the file declares several pairs, and the rule names none. Add pair');
  return undefined;
}

type Wrong = readonly (readonly [part: string, message: string])[];
type Raw = Readonly<Record<string, unknown>>;

const isOther = (value: unknown, known: readonly string[]): boolean => typeof value === 'string' && !known.includes(value);

/** A type that only the other kind of pair has. The schema reports anything that is not a type at all. */
const isOfOthers = (type: unknown, own: readonly string[], others: readonly string[]): boolean => isOther(type, own) && !isOther(type, others);

function wrongOfBuiltIn({ type, level, key }: Raw): Wrong {
  return [
    ...(isOfOthers(type, habitTypes, rowTypes) ? [['type', `is not a type of ${builtIn}. Its types are ${habitTypes.join(', ')}`] as const] : []),
    ...(isOther(level, habitLevels) ? [['level', `is not a level of ${builtIn}. Its levels are ${habitLevels.join(', ')}`] as const] : []),
    ...wrongKey(key, ['child', 'week']),
  ];
}

function wrongOfDeclared({ type, level, key, child, week }: Raw, name: string, pair: PairDeclaration | undefined): Wrong {
  const entities = pair && [...pair.entities.values()].filter((entity) => typeof level !== 'string' || entity.name === level);
  return [
    ...(isOfOthers(type, rowTypes, habitTypes) ? [['type', `is not a type of a declared pair. Its types are ${rowTypes.join(', ')}`] as const] : []),
    ...(pair && isOther(level, [...pair.entities.keys()]) ? [['level', `is not an entity of the pair ${name}. Correct the name`] as const] : []),
    ...(entities && entities.length > 0 ? wrongKey(key, [...new Set(entities.flatMap((entity) => entity.key))]) : []),
    ...(child === undefined ? [] : [['child', `belongs to the pair ${builtIn}. Use key, or name that pair`] as const]),
    ...(week === undefined ? [] : [['week', `belongs to the pair ${builtIn}. Use key, or name that pair`] as const]),
  ];
}

const wrongKey = (key: unknown, columns: readonly string[]): Wrong =>
  Object.keys(isRaw(key) ? key : {}).flatMap((column) =>
    columns.includes(column) ? [] : [['key', `${quoted(column)} is not a column of the key, which is ${columns.join(', ')}. Correct the name`] as const],
  );
