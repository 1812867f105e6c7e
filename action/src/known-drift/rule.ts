import * as z from 'zod/mini';
import { levels, placedTypes } from '../pair/habit-tracker/words.ts';

/** The schema of an acceptance rule, for the action and, as part of the file's JSON schema, for editors. */

const text = (what: string, longest: number) => {
  const error = `${what}, at most ${longest} characters`;
  return z.string({ error }).check(z.trim(), z.minLength(1, { error }), z.maxLength(longest, { error }));
};

const untilError = 'the last day on which the rule holds, a calendar date such as 2026-12-31';
const weekError = 'the date on which the week starts, such as 2025-10-13, or from and to in order, of which one may be left out';
const week = z.iso.date({ error: weekError });
const weeks = z
  .strictObject({ from: z.optional(week), to: z.optional(week) }, { error: weekError })
  .check(z.refine(({ from, to }) => (from !== undefined || to !== undefined) && (from ?? '') <= (to ?? '9999-12-31'), { error: weekError }));

const scalar = z.union([z.string().check(z.maxLength(500)), z.number(), z.boolean(), z.null()], {
  error: 'must be text of at most 500 characters, a number, true, false or null',
});

export const habitLevels: readonly string[] = levels;
export const habitTypes: readonly string[] = placedTypes;
/** Types of findings of a declared pair that have a place. */
export const rowTypes = ['MISSING_ROW', 'ORPHAN_ROW', 'DUPLICATE_ROW', 'DATA_MISMATCH', 'MALFORMED_LEGACY'] as const;

/** At least one of these is required, or a rule would accept everything. */
const covers = ['type', 'child', 'week', 'key', 'path'] as const;

export const ruleSchema = z
  .strictObject(
    {
      reason: text('why the difference is accepted', 500).check(z.describe('Why the difference is accepted.')),
      by: text('who accepted it', 100).check(z.describe('Who accepted it.')),
      until: z.iso.date({ error: untilError }).check(z.describe('The last day on which the rule holds, in UTC. After it the differences count again.')),
      pair: z.optional(text('the name of a pair', 100)).check(z.describe('The pair; by default the only one, or habit-tracker.')),
      level: z.optional(text('an entity of the pair', 100)).check(z.describe('The entity, or the level of habit-tracker, to narrow the rule down.')),
      type: z
        .optional(z.enum([...new Set([...placedTypes, ...rowTypes])], { error: 'must be the type of a finding that has a place, such as MISSING_ROW' }))
        .check(z.describe('The type of the finding.')),
      key: z
        .optional(
          z.record(z.string(), scalar, { error: 'must be the key as the report shows it, such as { id: key-1a2b3c4d }' }).check(
            z.refine((parts) => Object.keys(parts).length > 0, { error: 'must name a column of the key' }),
            z.meta({ minProperties: 1 }),
          ),
        )
        .check(z.describe('The key, or parts of it, as the report shows it.')),
      path: z
        .optional(text('the path as the report shows it', 500))
        .check(z.describe('The path, as the report shows it: a column, or habits/* where * stands for any characters.')),
      child: z
        .optional(text('the child as the report shows it, such as child-1a2b3c4d', 200))
        .check(z.describe('The child, as the report shows it: child-1a2b3c4d. Of habit-tracker only.')),
      week: z
        .optional(z.union([week, weeks], { error: weekError }))
        .check(z.describe('The start of the week as the report shows it, or the first and the last one of several: { from, to }. Of habit-tracker only.')),
    },
    { error: 'must be a rule with reason, by, until and what it covers' },
  )
  .check(
    z.refine((parts) => covers.some((part) => parts[part] !== undefined), {
      error: `at least one of ${covers.join(', ')} is needed, or the rule would accept everything`,
    }),
    z.meta({ anyOf: covers.map((part) => ({ required: [part] })) }),
  );

/** A parsed rule: numbers and booleans of its key are the text that a report shows. */
export type KnownDriftRule = Omit<z.infer<typeof ruleSchema>, 'pair' | 'key'> & { readonly key?: Readonly<Record<string, string | null>> };

export const maxRules = 200;
