import * as z from 'zod';
import { levels, placedTypes } from '../pair/habit-tracker/words.ts';

/** The file of accepted differences: what it may hold, for the action and, as JSON schema, for editors. */

const text = (what: string, longest: number) => {
  const error = `${what}, at most ${longest} characters`;
  return z.string({ error }).trim().min(1, { error }).max(longest, { error });
};

const oneOf = <const T extends readonly [string, ...string[]]>(options: T) => z.enum(options, { error: `one of ${options.join(', ')}` });

const untilError = 'the last day on which the rule holds, a calendar date such as 2026-12-31';
const weekError = 'the date on which the week starts, such as 2025-10-13, or from and to in order, of which one may be left out';
const week = z.iso.date({ error: weekError });
const weeks = z
  .strictObject({ from: week.optional(), to: week.optional() }, { error: weekError })
  .refine(({ from, to }) => (from !== undefined || to !== undefined) && (from ?? '') <= (to ?? '9999-12-31'), { error: weekError });

/** At least one of these, or a rule would accept everything. */
const places = ['type', 'child', 'week', 'path'] as const;

const rule = z
  .strictObject(
    {
      reason: text('why the difference is put up with', 500).describe('Why the difference is put up with.'),
      by: text('who accepted it', 100).describe('Who accepted it.'),
      until: z.iso.date({ error: untilError }).describe('The last day on which the rule holds, in UTC. After it the differences count again.'),
      type: oneOf(placedTypes).optional().describe('The type of the finding.'),
      child: text('the child as the report shows it, such as child-1a2b3c4d', 200).optional().describe('The child, as the report shows it: child-1a2b3c4d.'),
      week: z
        .union([week, weeks], { error: weekError })
        .optional()
        .describe('The start of the week as the report shows it, or the first and the last one of several: { from, to }.'),
      path: text('the path as the report shows it', 500).optional().describe('The path, as the report shows it. * stands for any characters: habits/*.'),
      level: oneOf(levels).optional().describe('The level of the finding, to narrow down what else is said.'),
    },
    { error: 'a rule, which says reason, by, until and what it covers' },
  )
  .refine((parts) => places.some((place) => parts[place] !== undefined), { error: `at least one of ${places.join(', ')} is needed, or the rule would accept everything` })
  .meta({ anyOf: places.map((place) => ({ required: [place] })) });

export type KnownDriftRule = z.infer<typeof rule>;

export const maxRules = 200;

export const knownDriftSchema = z
  .strictObject(
    {
      accepted: z
        .array(rule, { error: 'a list of rules' })
        .max(maxRules, { error: `at most ${maxRules} rules` })
        .nullish()
        .describe('Differences that are put up with for a while. They are counted and shown, and are no drift.'),
    },
    { error: 'accepted, and below it a list of rules' },
  )
  .meta({ title: 'Known drift', description: 'Differences between the two sides that Driftwatch is to accept: why, by whom, and until when.' });
