import * as z from 'zod';
import { canonicalText } from '../../document/canonical.ts';
import { childId, type Key } from '../../document/document.ts';
import { ReadError, type Reader } from '../../side/reader.ts';
import type { Digest, Digester, Kin } from '../pair.ts';
import type { Children } from './children.ts';
import type { WeekAlignment } from './legacy.ts';

/** Of the functions in `supabase/migrations/014_create_drift_functions.sql`. */
const functionsVersion = 1;
const migration = 'supabase/migrations/014_create_drift_functions.sql';

const childrenAnswer = z.object({
  legacy: z.array(z.tuple([z.string().nullable(), z.string(), z.number()])),
  normalized: z.array(z.tuple([z.string(), z.string().nullable(), z.number()])),
  next: z.record(z.string(), z.string()).nullable(),
});

/** A child by its place in what was asked, and its week. */
const week = z.tuple([z.number(), z.string()]);

const compareAnswer = z.object({
  rows: z.number(),
  habits: z.number(),
  records: z.number(),
  skipped: z.number(),
  claimed: z.number(),
  equal: z.object({ weeks: z.number(), habits: z.number(), records: z.number(), versions: z.record(z.string(), z.number()) }),
  children: z.array(z.tuple([z.number(), z.number(), z.number()])),
  differing: z.array(week),
  odd: z.array(week),
  undated: z.array(z.number()),
});

/** While its rows are being collected. */
type Child = { key: Kin['key']; rows: number; legacy: Kin['legacy'][number][]; normalized: Kin['normalized'][number][] };

/** Has the drift functions compare `habit_tracker` with `children`, `weeks`, `habits` and `habit_records`. */
export function createDigester(
  reader: Reader,
  alignment: WeekAlignment,
  /** As `open` learned them. */
  children: Children,
  /** Looks up children that were not there at `open`. */
  learnChildren: (ids: readonly string[]) => Promise<void>,
  learnSpelling: (name: string) => void,
): Digester {
  return {
    async probe() {
      // Whatever keeps it from answering: reading the rows will tell whether the project itself is in trouble.
      const version = await reader.call('driftwatch_version', {}, z.number()).catch((error: unknown) => {
        if (error instanceof ReadError) return undefined;
        throw error;
      });
      if (version === functionsVersion) return { ready: true, sentence: 'The database compares by itself: its drift functions are there.' };
      const why = version === undefined ? 'are not installed, or not for this key' : `have version ${version}, not ${functionsVersion}`;
      return {
        ready: false,
        sentence: `The drift functions ${why}, so weeks are read to be compared, which is slower. Apply ${migration} of this release and use a secret key.`,
      };
    },

    async children() {
      const found = new Map<string, Child>();
      const childOf = (key: Omit<Key, 'week'>, rows: number): Child => {
        const id = childId({ ...key, week: null });
        const child = found.get(id) ?? { key, rows: 0, legacy: [], normalized: [] };
        found.set(id, child);
        child.rows += rows;
        return child;
      };

      let after: string | undefined;
      for (;;) {
        const page = await reader.call('driftwatch_children', after === undefined ? {} : { after }, childrenAnswer);
        if (page === undefined) throw reader.refused('driftwatch_children');
        for (const [user, name, rows] of page.legacy) {
          learnSpelling(name);
          const child = canonicalText(name) ?? '';
          const owners = user === null ? children.ownersOf(child) : new Set([user]);
          const [owner = null] = owners.size === 1 ? owners : [];
          childOf({ owner, child }, rows).legacy.push([user, name]);
        }
        await learnChildren(page.normalized.filter(([id, user]) => user === null && !children.childOf(id)).map(([id]) => id));
        for (const [id, user, rows] of page.normalized) {
          const known = children.childOf(id);
          childOf(known ?? { owner: user, child: id }, rows).normalized.push([id, known ? null : user]);
        }
        if (page.next === null) return [...found.values()];
        const next = JSON.stringify(page.next);
        if (next === after) throw reader.refused('driftwatch_children');
        after = next;
      }
    },

    async digest(part, tries) {
      const asked = JSON.stringify(part.map(({ legacy, normalized }) => ({ legacy, normalized })));
      const answer = await reader.call('driftwatch_compare', { children: asked, alignment }, compareAnswer, tries);
      if (answer === undefined) throw reader.refused('driftwatch_compare');
      return readAnswer(answer, part);
    },
  };
}

function readAnswer(answer: z.infer<typeof compareAnswer>, part: readonly Kin[]): Digest {
  const nobody = { owner: null, child: '' };
  const childAt = (place: number): Omit<Key, 'week'> => part[place]?.key ?? nobody;
  const keyOf = ([place, start]: z.infer<typeof week>): Key => ({ ...childAt(place), week: start });
  const { weeks, habits, records, versions } = answer.equal;
  return {
    legacy: [answer.rows, answer.habits, answer.records],
    skipped: answer.skipped,
    claimed: answer.claimed,
    equal: {
      weeks,
      members: [habits, records],
      sourceVersions: versions,
      children: answer.children.filter(([, , equal]) => equal > 0).map(([place]) => childAt(place)),
    },
    legacyChildren: answer.children.filter(([, rows]) => rows > 0).map(([place]) => childAt(place)),
    differing: [...answer.differing.map(keyOf), ...answer.undated.map((place): Key => ({ ...childAt(place), week: null }))],
    odd: answer.odd.map(keyOf),
  };
}
