import { groupId, groupOf, isWhole, keyId, type Difference, type Key } from '../document/document.ts';
import { groupLevel } from '../document/shape.ts';
import type { Entity } from '../pair/pair.ts';
import { ownerOf, type Pseudonyms } from '../privacy/pseudonyms.ts';
import type { AcceptedRule } from '../report/report.ts';
import { readPattern } from './pattern.ts';
import type { KnownDriftRule } from './rule.ts';

/** The acceptance rules of one run. */
export type Acceptance = {
  /**
   * Whether an active rule covers a difference of the entity. The difference is counted for the first such rule, or else for the first
   * expired rule that would have covered it.
   */
  of: (entity: Pick<Entity, 'name' | 'shape' | 'findingType' | 'renderPath'>) => Accepts;
  /**
   * In the order of the file.
   *
   * @param complete whether everything was compared: only then is a rule that covered nothing known to be idle
   */
  rules: (complete: boolean) => AcceptedRule[];
  /** Forgets the counts, because the reading turned out to be untrustworthy. */
  clear: () => void;
};

/** @param again whether this difference was passed before, so that it is not counted twice */
export type Accepts = (difference: Difference, again?: boolean) => boolean;

/** What a rule says of one part of the key: its text, null for a part that is null, or the first and the last date of a span. */
type Said = NonNullable<KnownDriftRule['week']> | null;

/** A rule with its counts so far. Differences of one document are passed one after the other. */
type Ledger = {
  readonly rule: KnownDriftRule;
  readonly matchesPath: ((path: string) => boolean) | undefined;
  /** The rule's parts of the key, by name. */
  readonly parts: readonly (readonly [name: string, said: Said])[];
  readonly expired: boolean;
  matched: boolean;
  findings: number;
  documents: number;
  lastDocument: string | undefined;
  readonly missingGroups: Set<string>;
};

/**
 * @param rules of the pair that is compared
 * @param pseudonyms as which the rules name parts of keys and texts; pseudonyms in a file still match when values are revealed
 * @param today calendar date in UTC
 */
export function createAcceptance(rules: readonly KnownDriftRule[], pseudonyms: Pick<Pseudonyms, 'isNamed' | 'value' | 'naming'>, today: string): Acceptance {
  let ledgers = rules.map((rule) => openLedger(rule, today));

  return {
    of(entity) {
      const coverage = coverageOf(entity, pseudonyms);
      return (difference, again = false) => {
        const covers = coverage(difference);
        const covering = ledgers.filter(covers);
        for (const ledger of covering) ledger.matched = true;
        const holding = covering.find(({ expired }) => !expired);
        const first = holding ?? covering[0];
        if (first && !again) count(first, entity, difference);
        return holding !== undefined;
      };
    },
    rules: (complete) =>
      ledgers.map(({ rule, expired, matched, findings, documents }) => ({
        reason: rule.reason,
        by: rule.by,
        until: rule.until,
        what: describe(rule),
        state: expired ? 'expired' : complete && !matched ? 'unmatched' : 'active',
        findings,
        weeks: documents,
      })),
    clear() {
      ledgers = rules.map((rule) => openLedger(rule, today));
    },
  };
}

/** Which rules cover a difference; expensive properties are computed once for all rules. */
function coverageOf({ shape, findingType, renderPath }: Parameters<Acceptance['of']>[0], pseudonyms: Pick<Pseudonyms, 'isNamed' | 'value' | 'naming'>) {
  /** A part that has the same name everywhere, as `shownPart` returns it. */
  const isNamedPart = (part: string, said: string): boolean => pseudonyms.isNamed(said, 'key', [part]) || pseudonyms.value(part, null) === said;

  return (difference: Difference): ((ledger: Ledger) => boolean) => {
    const { key, path, level } = difference;
    if (key === null) return () => false;
    const { type } = findingType(difference);
    const paths = once(() => (path === null ? [] : pseudonyms.naming.map((name) => renderPath(path, (text) => name(text, ownerOf(key, shape))).join('/'))));
    return ({ rule, matchesPath, parts }) =>
      (rule.type === undefined || rule.type === type) &&
      (rule.level === undefined || rule.level === level) &&
      parts.every(([name, said]) => isPart(key, name, said)) &&
      (matchesPath === undefined || paths().some(matchesPath));
  };

  /** Whether the rule means this part of the key. */
  function isPart(key: Key, name: string, said: Said): boolean {
    const place = shape.key.findIndex((part) => part.name === name);
    const shown = shape.key[place]?.shown;
    const part = key[place] ?? null;
    if (shown === undefined || part === null || said === null) return shown !== undefined && part === said;
    if (typeof said !== 'string') return part >= (said.from ?? '') && part <= (said.to ?? '9999-12-31');
    if (typeof shown === 'function') return (shown(part) === 'plain' && part === said) || isNamedPart(part, said);
    return shown === 'plain' ? part === said : pseudonyms.isNamed(said, name, key.slice(0, place + 1));
  }
}

function count(ledger: Ledger, { name, shape }: Parameters<Acceptance['of']>[0], difference: Difference): void {
  const { key } = difference;
  if (key === null) return;
  const id = `${name} ${keyId(key)}`;
  if (isWhole(key, shape) && ledger.lastDocument !== id) ledger.documents += 1;
  ledger.lastDocument = id;
  // One finding, whichever documents of the group show it.
  const isGroup = difference.kind === 'missing' && difference.level === groupLevel(shape);
  const group = `${name} ${groupId(groupOf(key, shape))}`;
  if (!isGroup || !ledger.missingGroups.has(group)) ledger.findings += 1;
  if (isGroup) ledger.missingGroups.add(group);
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

const openLedger = (rule: KnownDriftRule, today: string): Ledger => ({
  rule,
  matchesPath: rule.path === undefined ? undefined : readPattern(rule.path),
  parts: partsOf(rule),
  expired: rule.until < today,
  matched: false,
  findings: 0,
  documents: 0,
  lastDocument: undefined,
  missingGroups: new Set(),
});

/** `child` and `week` are the habit tracker's names for parts of its key. */
const partsOf = ({ key = {}, child, week }: KnownDriftRule): Ledger['parts'] => [
  ...Object.entries(key),
  ...(child === undefined ? [] : [['child', child] as const]),
  ...(week === undefined ? [] : [['week', week] as const]),
];

function describe({ type, level, key = {}, child, week, path }: KnownDriftRule): string {
  const weeks =
    week === undefined || typeof week === 'string'
      ? week && `week ${week}`
      : ['weeks', week.from && `from ${week.from}`, week.to && `to ${week.to}`].filter(Boolean).join(' ');
  const parts = Object.entries(key).map(([name, said]) => `${name}=${said ?? 'null'}`);
  return [type ?? 'anything', level, ...parts, child, weeks, path].filter((part) => part !== undefined).join(', ');
}
