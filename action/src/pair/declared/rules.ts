import { maxRules } from '../../known-drift/rule.ts';
import type { PairDeclaration } from './declaration.ts';
import { quoted } from './mistakes.ts';
import { habitLevels, habitTypes, rowTypes, schemas, type AcceptedRule } from './schema.ts';
import type { Report } from './shape-mistakes.ts';
import { isRaw } from './stores.ts';

/** The rules of `accepted`, each for one pair. */

export type Rule = AcceptedRule & { readonly pair: string };

export const builtIn = 'habit-tracker';

/** @param names every pair that is declared, also one of which something is wrong */
export function readRules(raw: unknown, names: ReadonlySet<string>, pairs: ReadonlyMap<string, PairDeclaration>, report: Report): readonly Rule[] {
  // More are a mistake of their own.
  const rules: readonly unknown[] = Array.isArray(raw) ? raw.slice(0, maxRules) : [];
  return rules.flatMap((written, index) => {
    const place = (part?: string) => ['accepted', index, ...(part === undefined ? [] : [part])];
    const pair = pairOf(written, names, (part, message) => report(place(part), message));
    if (pair === undefined || !isRaw(written)) return [];
    const wrong = pair === builtIn ? wrongOfBuiltIn(written) : wrongOfDeclared(written, pair, pairs.get(pair));
    for (const [part, message] of wrong) report(place(part), message);
    const { data } = schemas.rule.safeParse(written);
    return data && wrong.length === 0 ? [{ ...data, pair }] : [];
  });
}

function pairOf(rule: unknown, names: ReadonlySet<string>, report: (part: string | undefined, message: string) => void): string | undefined {
  const pair = isRaw(rule) ? rule['pair'] : undefined;
  if (typeof pair === 'string') {
    if (pair === builtIn || names.has(pair)) return pair;
    report('pair', `the pair ${quoted(pair)} is not declared. Declare it below pairs, or correct the name`);
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

/** A type of the other kind of pair only: what is no type at all, the schema says. */
const isOfOthers = (type: unknown, own: readonly string[], others: readonly string[]): boolean => isOther(type, own) && !isOther(type, others);

function wrongOfBuiltIn({ type, level, key }: Raw): Wrong {
  return [
    ...(isOfOthers(type, habitTypes, rowTypes) ? [['type', `is no type of ${builtIn}. Its types are ${habitTypes.join(', ')}`] as const] : []),
    ...(isOther(level, habitLevels) ? [['level', `is no level of ${builtIn}. Its levels are ${habitLevels.join(', ')}`] as const] : []),
    ...wrongKey(key, ['child', 'week']),
  ];
}

function wrongOfDeclared({ type, level, key, child, week }: Raw, name: string, pair: PairDeclaration | undefined): Wrong {
  const entities = pair && [...pair.entities.values()].filter((entity) => typeof level !== 'string' || entity.name === level);
  return [
    ...(isOfOthers(type, rowTypes, habitTypes) ? [['type', `is no type of a declared pair. Its types are ${rowTypes.join(', ')}`] as const] : []),
    ...(pair && isOther(level, [...pair.entities.keys()]) ? [['level', `is no entity of the pair ${name}. Correct the name`] as const] : []),
    ...(entities && entities.length > 0 ? wrongKey(key, [...new Set(entities.flatMap((entity) => entity.key))]) : []),
    ...(child === undefined ? [] : [['child', `belongs to the pair ${builtIn}. Use key, or name that pair`] as const]),
    ...(week === undefined ? [] : [['week', `belongs to the pair ${builtIn}. Use key, or name that pair`] as const]),
  ];
}

const wrongKey = (key: unknown, columns: readonly string[]): Wrong =>
  Object.keys(isRaw(key) ? key : {}).flatMap((column) => (columns.includes(column) ? [] : [['key', `${quoted(column)} is no column of the key, which is ${columns.join(', ')}. Correct the name`] as const]));
