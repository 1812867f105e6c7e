import * as z from 'zod';
import type { DifferenceKind } from '../document/document.ts';

/** What a part's report carries beside what every report says: what it takes to judge all parts together as one run. */

const kinds = ['missing', 'orphan', 'mismatch', 'duplicate', 'malformed', 'ambiguous-owner', 'wrong-owner', 'count'] as const satisfies readonly DifferenceKind[];
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
const howMany = z.int().nonnegative();

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

export const pictureSchema = z.object({
  part: z.string().nullable(),
  days: number,
  cells: z.array(z.object({ row: z.string().nullable(), from: calendarDate.nullable(), kind: z.enum(kinds), documents: number })),
  beside: number,
});

export const evidenceSchema = z.object({
  /** Of the pair, its declaration, the commit and the inputs: parts of one run have the same. */
  measure: z.string(),
  /** Why not everything was compared that was to be. */
  interruption: z.string().optional(),
  entities: z.array(entityEvidenceSchema),
  severityByType: z.record(z.string(), z.enum(['medium', 'high', 'critical'])),
  differingWeeks: z.object({ key: z.string(), weeks: z.array(z.string()) }),
  pseudonymKeyId: z.string().optional(),
  /** Calendar date (UTC) on which the first document that differs was last written, where that is known. */
  firstWrite: calendarDate.optional(),
  picture: pictureSchema.optional(),
  /** Of each finding, in their order: its kind, its place in segments, and when what it is about was last written. */
  findings: z.array(z.tuple([z.enum(kinds), z.array(z.string()).nullable(), calendarDate.nullable()])),
});
export type Evidence = z.infer<typeof evidenceSchema>;
