import * as z from 'zod/mini';
import { compiled } from '../document/compiled.ts';
import { evidenceSchema, levelCountSchema } from './evidence.ts';
import { severities, verdicts } from './report.ts';

/**
 * The schema of `report.json`, for code that writes or reads the file. Only that code loads it: a run begins to read before the schema is
 * built.
 */

const value = z.union([z.string(), z.number(), z.null()]);

export const findingSchema = compiled(
  z.object({
    type: z.string(),
    severity: z.enum(['medium', 'high', 'critical']),
    /** A counted level: an entity, or `children`, `weeks`, `habits` or `records`. */
    level: z.string(),
    /** The shown parts of the key, by name: `{ id }` or `{ child, week }`; `null` for a finding about a whole level. */
    key: z.nullable(z.record(z.string(), z.nullable(z.string()))),
    /**
     * Only for the habit tracker, whose findings had these before there were other keys: the child's pseudonym, and the week's date after
     * alignment.
     */
    child: z.optional(z.nullable(z.string())),
    weekStart: z.optional(z.nullable(z.string())),
    /** A column, `habits/<name>/<date>` and the like; `null` for a finding about a whole row, week, child or level. */
    path: z.nullable(z.string()),
    legacy: value,
    normalized: value,
    /** Row ids by table, or by side. */
    rowIds: z.record(z.string(), z.array(z.string())),
  }),
);

const entitySchema = z.object({
  name: z.string(),
  compared: z.number(),
  population: z.number(),
  differing: z.number(),
  rate: z.number(),
  upperBound: z.number(),
});

export const healthCheckSchema = z.object({
  check: z.string(),
  status: z.enum(['ok', 'warning', 'failing']),
  severity: z.enum(severities),
  detail: z.string(),
});

/** A rule that accepts differences, with its effect in this run. */
export const acceptedRuleSchema = z.object({
  reason: z.string(),
  by: z.string(),
  /** Calendar date, the last day on which it applies. */
  until: z.string(),
  /** What it matches, in words. */
  what: z.string(),
  state: z.enum(['active', 'expired', 'unmatched']),
  /** How many differences it accepts; for an expired rule, how many it would accept. */
  findings: z.number(),
  weeks: z.number(),
});

export const coverageSchema = z.object({
  parts: z.int().check(z.positive()),
  /** Parts that were verified in sync since drift was last seen, by this run or one before it. */
  verified: z.int().check(z.nonnegative()),
  /** When the part that was verified longest ago was verified, whatever was found; `null` while any part never was. */
  oldest: z.nullable(z.iso.datetime()),
});

export const reportSchema = z.object({
  schemaVersion: z.literal(2),
  pair: z.string(),
  /** `recent`: only what was written recently. */
  mode: z.enum(['sample', 'full', 'recent']),
  /** Which of how many parts was compared; absent for a whole run. */
  part: z.optional(z.object({ index: z.int().check(z.positive()), of: z.int().check(z.positive()) })),
  /** For a run that compares one part at a time: how far this run and those before it got. */
  coverage: z.optional(coverageSchema),
  engine: z.enum(['stream', 'digest']),
  seed: z.string(),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  durationMs: z.number(),
  verdict: z.enum(verdicts),
  severity: z.enum(severities),
  /** Only when the verdict is `unknown`: what happened, the likely cause, and what to do. */
  reason: z.optional(z.string()),
  thresholds: z.object({ high: z.number(), critical: z.number() }),
  confidence: z.number(),
  drift: z.object({
    rate: z.number(),
    upperBound: z.number(),
    /** Documents with a finding of any type. */
    differing: z.number(),
    compared: z.number(),
    population: z.number(),
  }),
  counts: z.array(levelCountSchema),
  /** For a declared pair: each of its entities. */
  entities: z.optional(z.array(entitySchema)),
  /** Rows or documents that were read from each side, including those that were read again. */
  reads: z.object({ legacy: z.number(), normalized: z.number() }),
  /** What somebody should look at although nothing differs, as sentences; absent if there is nothing. */
  remarks: z.optional(z.array(z.string())),
  /** By entity: fields and columns that exist but that the declaration neither compares nor ignores; absent if there are none. */
  notCompared: z.optional(z.record(z.string(), z.object({ legacy: z.array(z.string()), normalized: z.array(z.string()) }))),
  skipped: z.array(z.object({ reason: z.string(), count: z.number() })),
  /** Differences that resolved themselves. */
  transient: z.number(),
  sourceVersions: z.record(z.string(), z.number()),
  findings: z.array(findingSchema),
  findingsTotal: z.number(),
  findingsTruncated: z.boolean(),
  health: z.array(healthCheckSchema),
  /** Acceptance rules; absent without a file of rules. */
  accepted: z.optional(z.array(acceptedRuleSchema)),
  /** For a part: how many findings of each type there are, including those that are not kept. */
  findingsByType: z.optional(z.record(z.string(), z.number())),
  /** For a part: what is needed to merge the parts. */
  evidence: z.optional(evidenceSchema),
});
