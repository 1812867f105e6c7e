import * as z from 'zod/mini';
import { evidenceSchema, levelCountSchema } from './evidence.ts';
import { severities, verdicts } from './report.ts';

/** What `report.json` holds, for whoever writes or reads the file. Nobody else loads it: a run begins to read before this is built. */

const value = z.union([z.string(), z.number(), z.null()]);

export const findingSchema = z.object({
  type: z.string(),
  severity: z.enum(['medium', 'high', 'critical']),
  /** One of those that are counted: an entity, or `children`, `weeks`, `habits` or `records`. */
  level: z.string(),
  /** The parts of the key as they are shown, by name: `{ id }` or `{ child, week }`; `null` for a finding about a whole level. */
  key: z.nullable(z.record(z.string(), z.nullable(z.string()))),
  /** Of the habit tracker, whose findings had these before there were other keys: the child's pseudonym, and the week's date after alignment. */
  child: z.optional(z.nullable(z.string())),
  weekStart: z.optional(z.nullable(z.string())),
  /** A column, `habits/<name>/<date>` and the like; `null` for a finding about a whole row, week, child or level. */
  path: z.nullable(z.string()),
  legacy: value,
  normalized: value,
  /** Row ids by table, or by side. */
  rowIds: z.record(z.string(), z.array(z.string())),
});

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

/** A rule that accepts differences, with what it came to in this run. */
export const acceptedRuleSchema = z.object({
  reason: z.string(),
  by: z.string(),
  /** Calendar date, the last day on which it holds. */
  until: z.string(),
  /** What it matches, in words. */
  what: z.string(),
  state: z.enum(['active', 'expired', 'unmatched']),
  /** Differences that it accepts; of an expired rule those that it would. */
  findings: z.number(),
  weeks: z.number(),
});

export const coverageSchema = z.object({
  parts: z.int().check(z.positive()),
  /** Parts that were verified in sync since drift was last seen, by this run or one before it. */
  verified: z.int().check(z.nonnegative()),
  /** When the part that was verified longest ago was, whatever was found; `null` while one never was. */
  oldest: z.nullable(z.iso.datetime()),
});

export const reportSchema = z.object({
  schemaVersion: z.literal(2),
  pair: z.string(),
  /** `recent`: what was written lately, and nothing else. */
  mode: z.enum(['sample', 'full', 'recent']),
  /** Which of how many parts was compared; absent where it was the whole. */
  part: z.optional(z.object({ index: z.int().check(z.positive()), of: z.int().check(z.positive()) })),
  /** Of a run that compares one part at a time: how far it and the runs before it came. */
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
  /** Of a declared pair: each of its entities alone. */
  entities: z.optional(z.array(entitySchema)),
  /** Rows or documents that were read of each side, those that were read again included. */
  reads: z.object({ legacy: z.number(), normalized: z.number() }),
  /** What somebody should look at although nothing differs, a sentence each; absent where there is nothing. */
  remarks: z.optional(z.array(z.string())),
  /** By entity: fields and columns that were seen, and that the declaration neither compares nor ignores; absent where there are none. */
  notCompared: z.optional(z.record(z.string(), z.object({ legacy: z.array(z.string()), normalized: z.array(z.string()) }))),
  skipped: z.array(z.object({ reason: z.string(), count: z.number() })),
  /** Differences that settled by themselves. */
  transient: z.number(),
  sourceVersions: z.record(z.string(), z.number()),
  findings: z.array(findingSchema),
  findingsTotal: z.number(),
  findingsTruncated: z.boolean(),
  health: z.array(healthCheckSchema),
  /** Rules of accepted differences, absent without a file of them. */
  accepted: z.optional(z.array(acceptedRuleSchema)),
  /** Of a part: how many findings of each type there are, also beyond those that are kept. */
  findingsByType: z.optional(z.record(z.string(), z.number())),
  /** Of a part: what it takes to put the parts together. */
  evidence: z.optional(evidenceSchema),
});
