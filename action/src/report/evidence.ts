import * as z from 'zod/mini';
import type { DifferenceKind } from '../document/document.ts';

/** What a part's report contains in addition to a normal report: what is needed to judge all parts together as one run. */

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
  /** What the legacy side holds, including skipped rows and duplicate claims if it is a single table. */
  legacy: number,
  /** What the normalized side should hold according to it. */
  expected: number,
  normalized: number,
  /** normalized − expected: negative when something is missing. */
  difference: number,
});

/** A count. */
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
  /** The same counts as if every accepted difference were fixed. */
  judged: z.array(levelCountSchema),
  /** Which of the report's remarks are about the rows of this entity: those that are true if one part says so, and those that each part has to say that read any. */
  remarks: z.optional(z.object({ ofSome: z.array(z.string()), ofEach: z.optional(z.array(z.string())) })),
});
export type EntityEvidence = z.infer<typeof entityEvidenceSchema>;

const pictureSchema = z.object({
  part: z.nullable(z.string()),
  days: number,
  cells: z.array(z.object({ row: z.nullable(z.string()), from: z.nullable(calendarDate), kind: z.enum(kinds), documents: number })),
  beside: number,
});

const share = { hit: howMany, all: howMany };
/** Counts by day, in days since 1970. */
const byDay = z.record(z.string().check(z.regex(/^-?\d{1,9}$/)), howMany);

/**
 * What the differing documents of an entity have in common, as far as it takes all parts to see it. Values are named as in findings; a
 * value whose name changes from document to document is sealed, so that only a run with the same key can compare it.
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
  /** By part of the key, the values that most of the differing documents have. */
  keys: z.array(
    z.object({
      part: z.string(),
      values: z.array(z.object({ value: z.string(), ...share, normalizedOnly: howMany, name: z.optional(z.string()), rows: z.optional(howMany) })),
      /** If there are more values: the largest number of differing documents that any of those has. */
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
      /** All attributes; for members, the one name that nearly all have. */
      names: z.array(z.object({ name: z.string(), shown: z.optional(z.string()), ...share, findings: howMany })),
      /** The largest number that share a name. */
      ofOneName: howMany,
      dates: z.array(z.object({ date: z.string(), ...share })),
    }),
  ),
  /** For documents with a group: the group that nearly all belong to, and the answers of the store. */
  weeks: z.optional(
    z.object({
      group: z.optional(z.object({ name: z.string(), ...share, legacyOnly: howMany, rows: z.optional(howMany) })),
      starts: z.array(z.object({ date: z.string(), ...share, legacyOnly: howMany })),
      startCounts: z.array(z.object({ from: z.string(), to: z.optional(z.string()), rows: howMany })),
      writtenCounts: z.array(z.object({ since: z.string(), rows: howMany })),
      /** Beginning of the dual-write to the minute, and what is older or newer; absent if unknown. */
      ages: z.object({ start: z.optional(z.iso.datetime()), older: howMany, newerOrphans: howMany }),
    }),
  ),
});
export type Clues = z.infer<typeof cluesSchema>;

const downloadSchema = z.object({ store: z.string(), bytes: howMany });
export type Download = z.infer<typeof downloadSchema>;

export const evidenceSchema = z.object({
  /** Digest of the pair, its declaration, the commit and the inputs: the same for all parts of one run. */
  measure: z.string(),
  /** Why not everything was compared as planned. */
  interruption: z.optional(z.string()),
  entities: z.array(entityEvidenceSchema),
  severityByType: z.record(z.string(), z.enum(['medium', 'high', 'critical'])),
  differingWeeks: z.object({ key: z.string(), weeks: z.array(z.string()) }),
  pseudonymKeyId: z.optional(z.string()),
  /** Calendar date (UTC) on which the first differing document was last written, if known. */
  firstWrite: z.optional(calendarDate),
  picture: z.optional(pictureSchema),
  /** Of each store that bills them. */
  downloads: z.optional(z.array(downloadSchema)),
  /** Where the drift may come from, for each entity whose documents were read; absent if there is too much to say. */
  clues: z.optional(z.array(cluesSchema)),
  /** For each finding, in order: its kind, the segments of its place, and when its document was last written. */
  findings: z.array(z.tuple([z.enum(kinds), z.nullable(z.array(z.string())), z.nullable(calendarDate)])),
});
export type Evidence = z.infer<typeof evidenceSchema>;
