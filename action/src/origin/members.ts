import { daysSinceMonday, isCalendarDate, weekdays } from '../document/calendar.ts';
import type { DifferenceKind } from '../document/document.ts';
import { compareText } from '../document/order.ts';
import type { Pseudonyms } from '../privacy/pseudonyms.ts';
import { quoted } from '../privacy/quoted.ts';
import type { MemberFacts, Share } from './facts.ts';
import { allOf, chanceOf, largest, sides, smallestShare, strongest, sum, unknowable, type Pattern } from './pattern.ts';

/** What differences inside documents have in common: columns, members by name or trait, and days. */

const adjectives: Partial<Record<DifferenceKind, string>> = { missing: 'missing', orphan: 'orphan', mismatch: 'differing' };

/** Whether the differences are in attributes of documents, whose names are our own. */
export const areAttributes = ({ level, dates }: Pick<MemberFacts, 'level' | 'dates'>, memberLevel: string): boolean =>
  level !== memberLevel && dates.size === 0;

/**
 * @param memberLevel the level of the documents' members; '' if documents have only attributes
 * @param traits how to describe members with a trait, by its name
 * @param entity of the documents, if there are several
 */
export function memberPattern(
  facts: MemberFacts,
  memberLevel: string,
  traits: Readonly<Record<string, string>>,
  pseudonyms: Pick<Pseudonyms, 'text' | 'common'>,
  entity?: string,
): Pattern | undefined {
  const isAttribute = areAttributes(facts, memberLevel);
  const within = entity === undefined ? '' : ` in ${quoted(entity)}`;
  const attributes = `${facts.kind === 'malformed' ? 'unreadable values' : 'content differences'}${within}`;
  const what = isAttribute ? attributes : `${adjectives[facts.kind] ?? facts.kind} ${facts.level}`;

  const ofMembers = (group: Share & { findings: number }, sentence: string, such: string): Pattern | undefined => {
    if (group.findings < smallestShare * facts.findings) return undefined;
    const chance = chanceOf(group, facts.members);
    if (chance === undefined) return undefined;
    const numbers = isAttribute ? '' : ` (${sides(group, facts.members, such)})`;
    return { chance, sentence: `${allOf(group.findings, facts.findings, what)} ${sentence}${numbers}.` };
  };
  const byTrait = [...facts.traits]
    .toSorted(([a], [b]) => compareText(a, b))
    .map(([trait, group]) => ofMembers(group, `belong to ${memberLevel} ${traits[trait] ?? quoted(trait)}`, `such ${memberLevel} in these weeks`));
  const byName = [...facts.names].map(([name, group]) => {
    // Attributes of a document have names of our own.
    if (isAttribute) return ofMembers(group, `are in ${quoted(name)}`, 'in these weeks');
    const shown = group.group ? pseudonyms.text(name, group.group) : pseudonyms.common(name);
    return ofMembers(
      group,
      `belong to ${memberLevel} ${shown === undefined ? 'with the same name, which several children use' : `named ${quoted(shown)}`}`,
      'in these weeks',
    );
  });
  return strongest([...byTrait, ...byName, facts.isNameUnknown ? unknowable : undefined, datePattern(facts, what)]);
}

function datePattern({ dates, findings, level }: MemberFacts, what: string): Pattern | undefined {
  if (dates.size === 0) return undefined;
  const total = sum(dates.values());
  const ofDates = (group: Share, day: string, that: string): Pattern | undefined => {
    const chance = chanceOf(group, total);
    return chance === undefined
      ? undefined
      : { chance, sentence: `${allOf(group.hit, findings, what)} are of ${day} (${sides(group, total, `${level} of ${that} in these weeks`)}).` };
  };
  const [date, share] = largest(dates) ?? [];
  const oneDate = date !== undefined && share && isCalendarDate(date) ? ofDates(share, `one day, ${date}`, 'that day') : undefined;
  if (oneDate) return oneDate;

  const byWeekday = Map.groupBy(
    [...dates].filter(([day]) => isCalendarDate(day)),
    ([day]) => daysSinceMonday(day),
  );
  const [weekday, group] = largest(new Map([...byWeekday].map(([day, shares]) => [day, sum(shares.map(([, each]) => each))]))) ?? [];
  const name = weekdays[weekday ?? -1];
  return group && name ? ofDates(group, `a ${name}`, 'that weekday') : undefined;
}
