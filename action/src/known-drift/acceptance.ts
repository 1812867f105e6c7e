import { childId, keyId, type Difference } from '../document/document.ts';
import type { Pair } from '../pair/pair.ts';
import type { Pseudonyms } from '../privacy/pseudonyms.ts';
import type { AcceptedRule } from '../report/report.ts';
import type { KnownDriftRule } from './rule.ts';

/** The rules of accepted differences at work in one run. */
export type Acceptance = {
  /**
   * Whether a rule that holds covers the difference. It is counted for the first such rule, or else for the first
   * expired one that would have covered it.
   *
   * @param again whether this difference was asked about before: it is not counted twice
   */
  accepts: (difference: Difference, again?: boolean) => boolean;
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
  readonly missingChildren: Set<string>;
};

/**
 * @param pseudonyms in whose words the rules name children and texts; those of a file go on working when values are revealed
 * @param today calendar date in UTC
 */
export function createAcceptance(
  rules: readonly KnownDriftRule[],
  pair: Pick<Pair, 'levels' | 'findingType' | 'renderPath'>,
  pseudonyms: Pick<Pseudonyms, 'isChild' | 'naming'>,
  today: string,
): Acceptance {
  let ledgers = rules.map((rule) => openLedger(rule, today));

  /** Which rules cover a difference; what takes long is asked for once for all of them. */
  function coverage(difference: Difference): (ledger: Ledger) => boolean {
    const { key, path, level } = difference;
    if (key === null) return () => false;
    const { type } = pair.findingType(difference);
    const paths = once(() => (path === null ? [] : pseudonyms.naming.map((name) => pair.renderPath(path, (text) => name(text, key)).join('/'))));
    return ({ rule, matchesPath }) =>
      (rule.type === undefined || rule.type === type) &&
      (rule.level === undefined || rule.level === level) &&
      (rule.week === undefined || isIn(key.week, rule.week)) &&
      (rule.child === undefined || pseudonyms.isChild(rule.child, key.owner, key.child)) &&
      (matchesPath === undefined || paths().some(matchesPath));
  }

  function count(ledger: Ledger, difference: Difference): void {
    const { key } = difference;
    if (key === null) return;
    const id = keyId(key);
    if (key.week !== null && ledger.lastWeek !== id) ledger.weeks += 1;
    ledger.lastWeek = id;
    // One finding, whichever of its weeks show it.
    const isChild = difference.kind === 'missing' && difference.level === pair.levels[0];
    if (!isChild || !ledger.missingChildren.has(childId(key))) ledger.findings += 1;
    if (isChild) ledger.missingChildren.add(childId(key));
  }

  return {
    accepts(difference, again = false) {
      const covers = coverage(difference);
      const covering = ledgers.filter(covers);
      for (const ledger of covering) ledger.matched = true;
      const holding = covering.find(({ expired }) => !expired);
      const first = holding ?? covering[0];
      if (first && !again) count(first, difference);
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
  missingChildren: new Set(),
});

function isIn(week: string | null, wanted: NonNullable<KnownDriftRule['week']>): boolean {
  if (week === null) return false;
  if (typeof wanted === 'string') return week === wanted;
  return week >= (wanted.from ?? '') && week <= (wanted.to ?? '9999-12-31');
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
