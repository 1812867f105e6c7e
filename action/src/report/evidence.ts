import * as z from 'zod/mini';
import type { DifferenceKind } from '../document/document.ts';

/** What a part's report carries beside what every report says: what it takes to judge all parts together as one run. */

const kinds = [
  'missing',
  'orphan',
  'mismatch',
  'duplicate',
  'malformed',
  'ambiguous-owner',
  'wrong-owner',
  'count',
] as const satisfies readonly DifferenceKind[];
const number = z.number();
const calendarDate = z.iso.date();

export const levelCountSchema = z.object({
  level: z.string(),
  /** What the legacy side holds; with what is skipped and claimed twice, where it is one table. */
  legacy: number,
  /** What the normalized side should hold according to it. */
  expected: number,
  normalized: number,
  /** normalized − expected: negative when something is missing. */
  difference: number,
});

/** How many there are of something. */
const howMany = z.int().check(z.nonnegative());

const entityEvidenceSchema = z.object({
  name: z.string(),
  differing: howMany,
  compared: howMany,
  population: howMany,
  unsettled: howMany,
  restless: howMany,
  isLooseUnknown: z.boolean(),
  legacyRows: howMany,
  skipped: howMany,
  counts: z.array(levelCountSchema),
  /** The same as if what is accepted were mended. */
  judged: z.array(levelCountSchema),
});
export type EntityEvidence = z.infer<typeof entityEvidenceSchema>;

const pictureSchema = z.object({
  part: z.nullable(z.string()),
  days: number,
  cells: z.array(z.object({ row: z.nullable(z.string()), from: z.nullable(calendarDate), kind: z.enum(kinds), documents: number })),
  beside: number,
});

const share = { hit: howMany, all: howMany };
/** How many by day, in days since 1970. */
const byDay = z.record(z.string().check(z.regex(/^-?\d{1,9}$/)), howMany);

/**
 * What differing documents of an entity have in common, as far as it takes all parts to see it. Values are named as in findings;
 * what is named differently from document to document is sealed, so that only a run with the same key sees what is the same.
 */
const cluesSchema = z.object({
  entity: z.string(),
  documents: z.object(share),
  kinds: z.array(z.object({ kind: z.enum(kinds), documents: howMany })),
  normalizedOnly: howMany,
  undated: howMany,
  beforeMigration: howMany,
  /** When the legacy rows were last written. */
  written: z.object({ differing: byDay, equal: byDay }),
  /** By part of the key, the values that most of what differs has. */
  keys: z.array(
    z.object({
      part: z.string(),
      values: z.array(z.object({ value: z.string(), ...share, normalizedOnly: howMany, name: z.optional(z.string()), rows: z.optional(howMany) })),
      /** Where there are more: how many differ that have one of those, at most. */
      others: z.optional(howMany),
    }),
  ),
  /** All rows of the legacy side, of all parts. */
  census: z.optional(z.object({ documents: howMany, days: byDay })),
  members: z.array(
    z.object({
      kind: z.enum(kinds),
      level: z.string(),
      findings: howMany,
      members: z.object(share),
      traits: z.array(z.object({ name: z.string(), ...share, findings: howMany })),
      /** All attributes; of members the one name that nearly all have. */
      names: z.array(z.object({ name: z.string(), shown: z.optional(z.string()), ...share, findings: howMany })),
      /** How many are of one name, at most. */
      ofOneName: howMany,
      dates: z.array(z.object({ date: z.string(), ...share })),
    }),
  ),
  /** Where documents belong to something: the one that nearly all belong to, and what the store says. */
  weeks: z.optional(
    z.object({
      group: z.optional(z.object({ name: z.string(), ...share, legacyOnly: howMany, rows: z.optional(howMany) })),
      starts: z.array(z.object({ date: z.string(), ...share, legacyOnly: howMany })),
      startCounts: z.array(z.object({ from: z.string(), to: z.optional(z.string()), rows: howMany })),
      writtenCounts: z.array(z.object({ since: z.string(), rows: howMany })),
      /** Beginning of the dual-write to the minute, and what is older or newer; absent where it is not known. */
      ages: z.object({ start: z.optional(z.iso.datetime()), older: howMany, newerOrphans: howMany }),
    }),
  ),
});
export type Clues = z.infer<typeof cluesSchema>;

export const evidenceSchema = z.object({
  /** Of the pair, its declaration, the commit and the inputs: parts of one run have the same. */
  measure: z.string(),
  /** Why not everything was compared that was to be. */
  interruption: z.optional(z.string()),
  entities: z.array(entityEvidenceSchema),
  severityByType: z.record(z.string(), z.enum(['medium', 'high', 'critical'])),
  differingWeeks: z.object({ key: z.string(), weeks: z.array(z.string()) }),
  pseudonymKeyId: z.optional(z.string()),
  /** Calendar date (UTC) on which the first document that differs was last written, where that is known. */
  firstWrite: z.optional(calendarDate),
  picture: z.optional(pictureSchema),
  /** Where the drift may come from, of each entity of which documents were read; absent where there is too much to say. */
  clues: z.optional(z.array(cluesSchema)),
  /** Of each finding, in their order: its kind, its place in segments, and when what it is about was last written. */
  findings: z.array(z.tuple([z.enum(kinds), z.nullable(z.array(z.string())), z.nullable(calendarDate)])),
});
export type Evidence = z.infer<typeof evidenceSchema>;
