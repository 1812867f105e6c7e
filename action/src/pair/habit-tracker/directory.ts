import { isCalendarDate } from '../../document/calendar.ts';
import { canonicalText } from '../../document/canonical.ts';
import { chunksOf } from '../../document/chunks.ts';
import type { Reader } from '../../store/postgrest/reader.ts';
import { createChildren, type Children } from './children.ts';
import { batches, byWeek, dateCondition, idLength, maxKeysPerRead, ofLegacy, ofOwnersOrNobody, ownedDateLength, ownersIn } from './filters.ts';
import { legacyKeyColumns, legacyKeyRow, type LegacyKeyRow, type WeekAlignment } from './legacy.ts';
import { childColumns, childRow, type WeekKeyRow } from './normalized.ts';
import type { WeekKey } from './shape.ts';

/** Which rows belong to which child, and how the names of children are spelled in the tables: a filter compares bytes. */
export type Directory = {
  readonly children: Children;
  readonly learnSpelling: (name: string) => void;
  /** Learns from rows of the legacy side how children are spelled, and dates. */
  readonly learnLegacy: (rows: readonly LegacyKeyRow[]) => void;
  /** Whether a legacy row had a date that is none, so that the column may be text. */
  readonly hasOddDates: () => boolean;
  readonly spellingsOf: (key: WeekKey) => ReadonlySet<string>;
  /** Looks up the children of weeks that `known` does not have: those that were written since the others were read. */
  readonly learnChildren: (weeks: readonly Pick<WeekKeyRow, 'child_id'>[], known: Children) => Promise<void>;
  /**
   * Learns the current spellings of the children of these keys, by meaning: from rows of the owner, and on the legacy side from rows of the
   * date that name no owner.
   *
   * @returns the keys for which a new spelling was found
   */
  readonly learnSpellings: (keys: readonly WeekKey[]) => Promise<WeekKey[]>;
};

export function createDirectory(reader: Reader, alignment: WeekAlignment): Directory {
  /** By canonical name. */
  const spellings = new Map<string, Set<string>>();
  const learnSpelling = (name: string) => {
    const child = canonicalText(name) ?? '';
    const known = spellings.get(child);
    if (known) known.add(name);
    else spellings.set(child, new Set([child, name]));
  };
  let isOdd = false;
  const learnLegacy = (rows: readonly LegacyKeyRow[]): void => {
    for (const { child_name: name, week_start_date: date } of rows) {
      learnSpelling(name);
      isOdd ||= date !== null && !isCalendarDate(date);
    }
  };
  const spellingsOf = (key: WeekKey): Set<string> => spellings.get(key.child) ?? new Set([key.child]);

  async function learnChildren(weeks: readonly Pick<WeekKeyRow, 'child_id'>[], known: Children): Promise<void> {
    const unknown = new Set(weeks.map((week) => week.child_id).filter((id) => !known.childOf(id)));
    for (const ids of chunksOf([...unknown], maxKeysPerRead)) {
      const { rows } = await reader.select('children', childColumns, childRow, (query) => query.in('id', ids));
      rows.forEach((row) => learnSpelling(row.name));
      known.add(rows);
    }
  }

  async function learnSpellings(keys: readonly WeekKey[]): Promise<WeekKey[]> {
    const known = new Map(keys.map((key) => [key, spellingsOf(key).size]));
    for (const some of batches(keys, ownedDateLength, () => idLength)) {
      const owners = ownersIn(some);
      if (owners !== '') {
        for await (const rows of reader.found('children', childColumns, childRow, (query) => query.or(owners))) rows.forEach((row) => learnSpelling(row.name));
      }
      const dates = [...byWeek(ofLegacy(some))].map(([week, same]) => `and(${dateCondition(week, alignment)},${ofOwnersOrNobody(same)})`).join(',');
      if (dates === '') continue;
      for await (const rows of reader.found('habit_tracker', legacyKeyColumns, legacyKeyRow, (query) => query.or(dates))) learnLegacy(rows);
    }
    return keys.filter((key) => spellingsOf(key).size > (known.get(key) ?? 0));
  }

  return { children: createChildren(), learnSpelling, learnLegacy, hasOddDates: () => isOdd, spellingsOf, learnChildren, learnSpellings };
}
