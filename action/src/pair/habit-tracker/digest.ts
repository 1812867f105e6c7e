import * as z from 'zod/mini';
import { canonicalText } from '../../document/canonical.ts';
import type { Key } from '../../document/document.ts';
import { quote } from '../../store/postgrest/filter.ts';
import { isOutOfTime, ReadError } from '../../store/errors.ts';
import { rowsOf, type Reader, type Tries } from '../../store/postgrest/reader.ts';
import type { Beside, Digest, Digester, DigestPlan } from '../pair.ts';
import type { Directory } from './directory.ts';
import { checkTypes } from './columns.ts';
import { legacyRow, type WeekAlignment } from './legacy.ts';
import { briefWeekRow, childRow } from './normalized.ts';
import { childId, groupOfChild, keyOf, type Child, type WeekKey } from './shape.ts';

/** Of the functions in `supabase/migrations/014_create_drift_functions.sql`. */
const functionsVersion = 4;
const migration = 'supabase/migrations/014_create_drift_functions.sql';

const childrenAnswer = z.object({
  legacy: z.array(z.tuple([z.nullable(z.string()), z.string(), z.number()])),
  normalized: z.array(z.tuple([z.string(), z.nullable(z.string()), z.number()])),
  next: z.nullable(z.record(z.string(), z.string())),
});

const weeksAnswer = z.nullable(z.array(z.tuple([z.string(), z.number()])));

/** A child by its place in what was asked, and its week. */
const week = z.tuple([z.number(), z.string()]);

const compareAnswer = z.object({
  rows: z.number(),
  habits: z.number(),
  records: z.number(),
  skipped: z.number(),
  claimed: z.number(),
  equal: z.object({ weeks: z.number(), habits: z.number(), records: z.number(), versions: z.record(z.string(), z.number()) }),
  legacy_children: z.array(z.number()),
  equal_children: z.array(z.number()),
  differing: z.array(week),
  odd: z.array(week),
  undated: z.array(z.number()),
  stray: z.array(week),
  loose: z.number(),
});

const looseAnswer = z.tuple([z.number(), z.number()]);

const rowsAnswer = z.object({ children: rowsOf(childRow), legacy: rowsOf(legacyRow), weeks: rowsOf(briefWeekRow) });

/**
 * Where more rows start on one day, or more children would have to be named in every statement, or no index finds the rows
 * of a date, weeks are compared some children at a time: it is slower, and knows no such limits.
 */
const maxRowsADay = 20_000;
const maxChildren = 20_000;
const maxNamesLength = 2_000_000;

/** As the function has it; fewer where their names, which are as long as somebody likes, are too much for one answer. */
const childrenPage = 10_000;

/** Who is one child on both sides. */
type Kin = {
  readonly key: Child;
  /** Of both sides. */
  rows: number;
  /** How each side identifies the child: user and name; row id, and the user of its weeks if that is needed to distinguish them. */
  readonly legacy: [owner: string | null, name: string][];
  readonly normalized: [id: string, owner: string | null][];
};

/** Has the drift functions compare `habit_tracker` with `children`, `weeks`, `habits` and `habit_records`. */
export function createDigester(
  reader: Reader,
  alignment: WeekAlignment,
  { children, learnChildren, learnSpelling }: Pick<Directory, 'children' | 'learnChildren' | 'learnSpelling'>,
): Omit<Digester, 'read'> {
  async function everyChild(): Promise<Kin[]> {
    const found = new Map<string, Kin>();
    const childOf = (key: Kin['key'], rows: number): Kin => {
      const id = childId(key);
      const child = found.get(id) ?? { key, rows: 0, legacy: [], normalized: [] };
      found.set(id, child);
      child.rows += rows;
      return child;
    };

    let after: string | undefined;
    let size = childrenPage;
    const read = async (): Promise<z.infer<typeof childrenAnswer>> => {
      try {
        return await answered(
          reader,
          'driftwatch_children',
          { ...(after !== undefined && { after }), ...(size < childrenPage && { page: size }) },
          childrenAnswer,
        );
      } catch (error) {
        if (!(error instanceof ReadError) || error.tooMuch !== 'bytes' || size === 1) throw error;
        size = Math.ceil(size / 4);
        return read();
      }
    };
    for (;;) {
      const page = await read();
      for (const [user, name, rows] of page.legacy) {
        learnSpelling(name);
        const child = canonicalText(name) ?? '';
        const owners = user === null ? children.ownersOf(child) : new Set([user]);
        const [owner = null] = owners.size === 1 ? owners : [];
        childOf({ owner, child }, rows).legacy.push([user, name]);
      }
      await learnChildren(
        page.normalized.filter(([, user]) => user === null).map(([id]) => ({ child_id: id })),
        children,
      );
      for (const [id, user, rows] of page.normalized) {
        const known = children.childOf(id);
        childOf(known ?? { owner: user, child: id }, rows).normalized.push([id, known ? null : user]);
      }
      if (page.next === null) return [...found.values()];
      const next = JSON.stringify(page.next);
      if (next === after) throw reader.refused('driftwatch_children');
      after = next;
    }
  }

  const compare = (who: Record<string, string>, tries: number, dates: Record<string, string>) =>
    answered(reader, 'driftwatch_compare', { ...who, alignment, ...dates }, compareAnswer, tries);

  async function looseInDatabase(withRecords: boolean): Promise<Beside['loose']> {
    try {
      return [0, 0, ...(await answered(reader, 'driftwatch_loose', { with_records: withRecords }, looseAnswer, { ofTooMuch: 1 }))];
    } catch (error) {
      if (isOutOfTime(error)) return undefined;
      throw error;
    }
  }

  /** @param countsLoose whether rows without a parent, which belong to no child, are counted here */
  const planOfChildren = (kin: readonly Kin[], countsLoose: boolean): DigestPlan => ({
    groups: kin.map(({ key }) => groupOfChild(key)),
    beside: async () => ({ more: moreRows(kin), loose: countsLoose ? await looseInDatabase(true) : [0, 0, 0, 0] }),
    rows: kin.map(({ rows }) => rows),
    async digest(start, end, tries) {
      return readAnswer(await compare(namesOf(kin.slice(start, end)), tries, {}), kin, start, () => Number.NaN);
    },
  });

  return {
    async probe() {
      // Whatever prevents an answer: reading the rows will show whether the project itself is in trouble.
      const version = await reader.call('driftwatch_version', {}, z.number()).catch((error: unknown) => {
        if (error instanceof ReadError) return undefined;
        throw error;
      });
      if (version === functionsVersion) {
        const respelled = checkTypes(await answered(reader, 'driftwatch_types', {}, z.record(z.string(), z.string())));
        if (respelled === undefined)
          return { ready: true, narrows: true, sentence: 'The database compares both sides itself: the drift functions are installed.' };
        return {
          ready: false,
          sentence: `The drift functions do not compare the type of ${respelled}, so weeks are compared through the API, which is slower.`,
        };
      }
      const why = version === undefined ? 'are not installed, or this key may not call them' : `have version ${version}, not ${functionsVersion}`;
      return {
        ready: false,
        sentence: `The drift functions ${why}, so weeks are compared through the API, which is slower. Apply ${migration} from this release, and use a secret key.`,
      };
    },

    async planPart({ index, has }) {
      const kin = (await everyChild()).filter(({ key }) => has(keyOf({ ...key, week: null })));
      return planOfChildren(kin, index === 1);
    },

    async plan() {
      const counting = answered(reader, 'driftwatch_weeks', { alignment }, weeksAnswer);
      // Awaited below, unless the children cannot be read.
      counting.catch(() => undefined);
      const kin = await everyChild();
      const weeks = await counting;
      const namesLength = kin.reduce((sum, { legacy }) => legacy.reduce((length, [, name]) => length + name.length, sum), 0);
      const byChildren = weeks === null || kin.length > maxChildren || namesLength > maxNamesLength || weeks.some(([, rows]) => rows > maxRowsADay);
      if (byChildren) return planOfChildren(kin, true);

      const everyone = namesOf(kin);
      const portionOf = (date: string) => weeks.findLastIndex(([since]) => since <= date);
      return {
        groups: kin.map(({ key }) => groupOfChild(key)),
        beside: async () => ({ more: moreRows(kin), loose: await looseInDatabase(false) }),
        rows: weeks.map(([, rows]) => rows),
        async digest(start, end, tries) {
          const [since] = (start > 0 && weeks[start]) || ['-infinity'];
          const [until] = weeks[end] ?? [];
          return readAnswer(await compare(everyone, tries, { since, ...(until !== undefined && { until }) }), kin, 0, portionOf);
        },
      };
    },
  };
}

/** A child with several rows is one child, but each of its rows exists. */
const moreRows = (kin: readonly Kin[]): Beside['more'] => [
  kin.reduce((sum, { normalized }) => sum + Math.max(0, new Set(normalized.map(([id]) => id)).size - 1), 0),
  0,
  0,
  0,
];

/**
 * Both sides of weeks, in one statement and so on one snapshot.
 *
 * @param spellings of the child of each week
 */
export async function readInDatabase(
  reader: Reader,
  alignment: WeekAlignment,
  spellings: readonly (Pick<WeekKey, 'owner' | 'week'> & { name: string })[],
): Promise<z.infer<typeof rowsAnswer>> {
  return answered(
    reader,
    'driftwatch_read',
    {
      owners: array(spellings.map(({ owner }) => owner)),
      names: array(spellings.map(({ name }) => quote(name))),
      weeks: array(spellings.map(({ week: start }) => start && quote(start))),
      alignment,
    },
    rowsAnswer,
  );
}

async function answered<T>(
  reader: Reader,
  name: string,
  parameters: Readonly<Record<string, string | number | boolean>>,
  value: z.ZodMiniType<T>,
  tries?: Tries,
): Promise<T> {
  const answer = await reader.call(name, parameters, value, tries);
  if (answer === undefined) throw reader.refused(name);
  return answer;
}

/** In the notation of Postgres. */
const array = (items: readonly (string | number | null)[]): string => `{${items.map(String).join(',')}}`;

/** Which names are one child on both sides, by index, in the form that `driftwatch_compare` expects. */
function namesOf(kin: readonly Kin[]): Record<string, string> {
  const listed = (side: 'legacy' | 'normalized') => kin.flatMap((child, place) => child[side].map(([first, second]) => ({ place, first, second })));
  const [legacy, normalized] = [listed('legacy'), listed('normalized')];
  return {
    legacy_places: array(legacy.map(({ place }) => place)),
    legacy_users: array(legacy.map(({ first }) => first)),
    legacy_names: array(legacy.map(({ second }) => quote(second ?? ''))),
    normalized_places: array(normalized.map(({ place }) => place)),
    normalized_ids: array(normalized.map(({ first }) => first)),
    normalized_users: array(normalized.map(({ second }) => second)),
    normalized_owners: array(normalized.map(({ place }) => kin[place]?.key.owner ?? null)),
  };
}

/** @param first the index of the first child that was asked about: the answer counts from there */
function readAnswer(answer: z.infer<typeof compareAnswer>, kin: readonly Kin[], first: number, portionOf: (date: string) => number): Digest {
  const nobody = { owner: null, child: '' };
  const childAt = (place: number): Kin['key'] => kin[first + place]?.key ?? nobody;
  const placeOf = (place: number): number => first + place;
  const placed = ([place, start]: z.infer<typeof week>): Key => keyOf({ ...childAt(place), week: start });
  const { weeks, habits, records, versions } = answer.equal;
  return {
    legacy: [0, answer.rows, answer.habits, answer.records],
    skipped: answer.skipped,
    claimed: answer.claimed,
    equal: {
      counts: [0, weeks, habits, records],
      sourceVersions: versions,
      groups: answer.equal_children.map(placeOf),
    },
    legacyGroups: answer.legacy_children.map(placeOf),
    differing: [...answer.differing.map(placed), ...answer.undated.map((place) => keyOf({ ...childAt(place), week: null }))],
    odd: answer.odd.map(placed),
    loose: [0, 0, 0, answer.loose],
    stray: answer.stray.map((one) => ({ key: placed(one), portion: portionOf(one[1]) })),
  };
}
