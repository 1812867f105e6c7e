import { groupId, groupOf, isWhole, keyId, type Difference, type Key } from '../document/document.ts';
import { groupLevel, type Shape } from '../document/shape.ts';
import type { Entity } from '../pair/pair.ts';
import { ownerOf, type Pseudonyms } from '../privacy/pseudonyms.ts';
import type { AcceptedRule } from '../report/report.ts';
import type { KnownDriftRule } from './rule.ts';

/** What a difference is told apart by. */
type Described = Pick<Entity, 'shape' | 'findingType' | 'renderPath'>;

/** The rules of accepted differences at work in one run. */
export type Acceptance = {
  /**
   * Whether a rule that holds covers the difference. It is counted for the first such rule, or else for the first
   * expired one that would have covered it.
   *
   * @param again whether this difference was asked about before: it is not counted twice
   */
  accepts: (difference: Difference, entity: Described, again?: boolean) => boolean;
  /**
   * In the order of the file.
   *
   * @param complete whether everything was compared: only then is a rule that covered nothing known to be idle
   */
  rules: (complete: boolean) => AcceptedRule[];
  /** Forgets what was counted: the reading turned out not to be trustworthy. */
  clear: () => void;
};

/** A rule with what it has come to so far. Differences of one week are asked about one after the other. */
type Ledger = {
  readonly rule: KnownDriftRule;
  readonly matchesPath: ((path: string) => boolean) | undefined;
  readonly expired: boolean;
  matched: boolean;
  findings: number;
  weeks: number;
  lastWeek: string | undefined;
  readonly missingGroups: Set<string>;
};

/**
 * @param pseudonyms in whose words the rules name children and texts; those of a file go on working when values are revealed
 * @param today calendar date in UTC
 */
export function createAcceptance(
  rules: readonly KnownDriftRule[],
  pseudonyms: Pick<Pseudonyms, 'isNamed' | 'naming'>,
  today: string,
): Acceptance {
  let ledgers = rules.map((rule) => openLedger(rule, today));

  /** Which rules cover a difference; what takes long is asked for once for all of them. */
  function coverage(difference: Difference, { shape, findingType, renderPath }: Described): (ledger: Ledger) => boolean {
    const { key, path, level } = difference;
    if (key === null) return () => false;
    const { type } = findingType(difference);
    const paths = once(() => (path === null ? [] : pseudonyms.naming.map((name) => renderPath(path, (text) => name(text, ownerOf(key, shape))).join('/'))));
    return ({ rule, matchesPath }) =>
      (rule.type === undefined || rule.type === type) &&
      (rule.level === undefined || rule.level === level) &&
      isOf(key, shape, { child: rule.child, week: rule.week }) &&
      (matchesPath === undefined || paths().some(matchesPath));
  }

  /** Whether each part of the key that is spoken of is the one that is meant. */
  function isOf(key: Key, shape: Shape, wanted: Readonly<Record<string, KnownDriftRule['week']>>): boolean {
    const spoken = Object.entries(wanted).filter((part): part is [string, NonNullable<KnownDriftRule['week']>] => part[1] !== undefined);
    return spoken.every(([name, said]) => {
      const place = shape.key.findIndex((part) => part.name === name);
      const part = key[place] ?? null;
      if (part === null) return false;
      if (typeof said !== 'string' || shape.key[place]?.shown === 'plain') return isIn(part, said);
      return pseudonyms.isNamed(said, name, key.slice(0, place + 1));
    });
  }

  function count(ledger: Ledger, difference: Difference, { shape }: Described): void {
    const { key } = difference;
    if (key === null) return;
    const id = keyId(key);
    if (isWhole(key, shape) && ledger.lastWeek !== id) ledger.weeks += 1;
    ledger.lastWeek = id;
    // One finding, whichever of its documents show it.
    const isGroup = difference.kind === 'missing' && difference.level === groupLevel(shape);
    const group = groupId(groupOf(key, shape));
    if (!isGroup || !ledger.missingGroups.has(group)) ledger.findings += 1;
    if (isGroup) ledger.missingGroups.add(group);
  }

  return {
    accepts(difference, entity, again = false) {
      const covers = coverage(difference, entity);
      const covering = ledgers.filter(covers);
      for (const ledger of covering) ledger.matched = true;
      const holding = covering.find(({ expired }) => !expired);
      const first = holding ?? covering[0];
      if (first && !again) count(first, difference, entity);
      return holding !== undefined;
    },
    rules: (complete) =>
      ledgers.map(({ rule, expired, matched, findings, weeks }) => ({
        reason: rule.reason,
        by: rule.by,
        until: rule.until,
        what: describe(rule),
        state: expired ? 'expired' : complete && !matched ? 'unmatched' : 'active',
        findings,
        weeks,
      })),
    clear() {
      ledgers = rules.map((rule) => openLedger(rule, today));
    },
  };
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

const openLedger = (rule: KnownDriftRule, today: string): Ledger => ({
  rule,
  matchesPath: rule.path === undefined ? undefined : readPattern(rule.path),
  expired: rule.until < today,
  matched: false,
  findings: 0,
  weeks: 0,
  lastWeek: undefined,
  missingGroups: new Set(),
});

function isIn(date: string, wanted: NonNullable<KnownDriftRule['week']>): boolean {
  if (typeof wanted === 'string') return date === wanted;
  return date >= (wanted.from ?? '') && date <= (wanted.to ?? '9999-12-31');
}

/** `*` stands for any characters, also none. Every part is looked for once, so that no pattern takes long. */
export function readPattern(pattern: string): (text: string) => boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return (text) => text === pattern;
  return (text) => {
    if (!text.startsWith(first)) return false;
    let at = first.length;
    for (const part of rest) {
      const found = text.indexOf(part, at);
      if (found === -1) return false;
      at = found + part.length;
    }
    return text.length - last.length >= at && text.endsWith(last);
  };
}

function describe({ type, level, child, week, path }: KnownDriftRule): string {
  const weeks =
    week === undefined || typeof week === 'string'
      ? week && `week ${week}`
      : ['weeks', week.from && `from ${week.from}`, week.to && `to ${week.to}`].filter(Boolean).join(' ');
  return [type ?? 'anything', level, child, weeks, path].filter((part) => part !== undefined).join(', ');
}
