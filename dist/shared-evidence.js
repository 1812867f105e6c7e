import {
  compiled
} from "./shared-compiled.js";
import {
  severities,
  verdicts
} from "./shared-postgrest-js.js";
import {
  _enum,
  _nonnegative,
  _null,
  _positive,
  _regex,
  array,
  boolean,
  int,
  iso_exports,
  literal,
  nullable,
  number,
  object,
  optional,
  record,
  string,
  tuple,
  union
} from "./shared-zod.js";

// action/src/report/evidence.ts
var kinds = [
  "missing",
  "orphan",
  "mismatch",
  "duplicate",
  "malformed",
  "ambiguous-owner",
  "wrong-owner",
  "count"
];
var number2 = number();
var calendarDate = iso_exports.date();
var levelCountSchema = object({
  level: string(),
  /** What the legacy side holds, including skipped rows and duplicate claims if it is a single table. */
  legacy: number2,
  /** What the normalized side should hold according to it. */
  expected: number2,
  normalized: number2,
  /** normalized − expected: negative when something is missing. */
  difference: number2
});
var howMany = int().check(_nonnegative());
var entityEvidenceSchema = object({
  name: string(),
  differing: howMany,
  compared: howMany,
  population: howMany,
  unsettled: howMany,
  restless: howMany,
  isLooseUnknown: boolean(),
  legacyRows: howMany,
  skipped: howMany,
  counts: array(levelCountSchema),
  /** The same counts as if every accepted difference were fixed. */
  judged: array(levelCountSchema),
  /** Which of the report's remarks are about the rows of this entity: those that are true if one part says so, and those that each part has to say that read any. */
  remarks: optional(object({ ofSome: array(string()), ofEach: optional(array(string())) }))
});
var pictureSchema = object({
  part: nullable(string()),
  days: number2,
  cells: array(object({ row: nullable(string()), from: nullable(calendarDate), kind: _enum(kinds), documents: number2 })),
  beside: number2
});
var share = { hit: howMany, all: howMany };
var byDay = record(string().check(_regex(/^-?\d{1,9}$/)), howMany);
var cluesSchema = object({
  entity: string(),
  documents: object(share),
  kinds: array(object({ kind: _enum(kinds), documents: howMany })),
  normalizedOnly: howMany,
  undated: howMany,
  beforeMigration: howMany,
  /** When the legacy rows were last written. */
  written: object({ differing: byDay, equal: byDay }),
  /** By part of the key, the values that most of the differing documents have. */
  keys: array(
    object({
      part: string(),
      values: array(object({ value: string(), ...share, normalizedOnly: howMany, name: optional(string()), rows: optional(howMany) })),
      /** If there are more values: the largest number of differing documents that any of those has. */
      others: optional(howMany)
    })
  ),
  /** All rows of the legacy side, of all parts. */
  census: optional(object({ documents: howMany, days: byDay })),
  members: array(
    object({
      kind: _enum(kinds),
      level: string(),
      findings: howMany,
      members: object(share),
      traits: array(object({ name: string(), ...share, findings: howMany })),
      /** All attributes; for members, the one name that nearly all have. */
      names: array(object({ name: string(), shown: optional(string()), ...share, findings: howMany })),
      /** The largest number that share a name. */
      ofOneName: howMany,
      dates: array(object({ date: string(), ...share }))
    })
  ),
  /** For documents with a group: the group that nearly all belong to, and the answers of the store. */
  weeks: optional(
    object({
      group: optional(object({ name: string(), ...share, legacyOnly: howMany, rows: optional(howMany) })),
      starts: array(object({ date: string(), ...share, legacyOnly: howMany })),
      startCounts: array(object({ from: string(), to: optional(string()), rows: howMany })),
      writtenCounts: array(object({ since: string(), rows: howMany })),
      /** Beginning of the dual-write to the minute, and what is older or newer; absent if unknown. */
      ages: object({ start: optional(iso_exports.datetime()), older: howMany, newerOrphans: howMany })
    })
  )
});
var downloadSchema = object({ store: string(), bytes: howMany });
var evidenceSchema = object({
  /** Digest of the pair, its declaration, the commit and the inputs: the same for all parts of one run. */
  measure: string(),
  /** Why not everything was compared as planned. */
  interruption: optional(string()),
  entities: array(entityEvidenceSchema),
  severityByType: record(string(), _enum(["medium", "high", "critical"])),
  differingWeeks: object({ key: string(), weeks: array(string()) }),
  pseudonymKeyId: optional(string()),
  /** Calendar date (UTC) on which the first differing document was last written, if known. */
  firstWrite: optional(calendarDate),
  picture: optional(pictureSchema),
  /** Of each store that bills them. */
  downloads: optional(array(downloadSchema)),
  /** Where the drift may come from, for each entity whose documents were read; absent if there is too much to say. */
  clues: optional(array(cluesSchema)),
  /** For each finding, in order: its kind, the segments of its place, and when its document was last written. */
  findings: array(tuple([_enum(kinds), nullable(array(string())), nullable(calendarDate)]))
});

// action/src/report/schema.ts
var value = union([string(), number(), _null()]);
var findingSchema = compiled(
  object({
    type: string(),
    severity: _enum(["medium", "high", "critical"]),
    /** A counted level: an entity, or `children`, `weeks`, `habits` or `records`. */
    level: string(),
    /** The shown parts of the key, by name: `{ id }` or `{ child, week }`; `null` for a finding about a whole level. */
    key: nullable(record(string(), nullable(string()))),
    /**
     * Only for the habit tracker, whose findings had these before there were other keys: the child's pseudonym, and the week's date after
     * alignment.
     */
    child: optional(nullable(string())),
    weekStart: optional(nullable(string())),
    /** A column, `habits/<name>/<date>` and the like; `null` for a finding about a whole row, week, child or level. */
    path: nullable(string()),
    legacy: value,
    normalized: value,
    /** Row ids by table, or by side. */
    rowIds: record(string(), array(string()))
  })
);
var entitySchema = object({
  name: string(),
  compared: number(),
  population: number(),
  differing: number(),
  rate: number(),
  upperBound: number()
});
var healthCheckSchema = object({
  check: string(),
  status: _enum(["ok", "warning", "failing"]),
  severity: _enum(severities),
  detail: string()
});
var acceptedRuleSchema = object({
  reason: string(),
  by: string(),
  /** Calendar date, the last day on which it applies. */
  until: string(),
  /** What it matches, in words. */
  what: string(),
  state: _enum(["active", "expired", "unmatched"]),
  /** How many differences it accepts; for an expired rule, how many it would accept. */
  findings: number(),
  weeks: number()
});
var coverageSchema = object({
  parts: int().check(_positive()),
  /** Parts that were verified in sync since drift was last seen, by this run or one before it. */
  verified: int().check(_nonnegative()),
  /** When the part that was verified longest ago was verified, whatever was found; `null` while any part never was. */
  oldest: nullable(iso_exports.datetime())
});
var reportSchema = object({
  schemaVersion: literal(2),
  pair: string(),
  /** `recent`: only what was written recently. */
  mode: _enum(["sample", "full", "recent"]),
  /** Which of how many parts was compared; absent for a whole run. */
  part: optional(object({ index: int().check(_positive()), of: int().check(_positive()) })),
  /** For a run that compares one part at a time: how far this run and those before it got. */
  coverage: optional(coverageSchema),
  engine: _enum(["stream", "digest"]),
  seed: string(),
  startedAt: iso_exports.datetime(),
  finishedAt: iso_exports.datetime(),
  durationMs: number(),
  verdict: _enum(verdicts),
  severity: _enum(severities),
  /** Only when the verdict is `unknown`: what happened, the likely cause, and what to do. */
  reason: optional(string()),
  thresholds: object({ high: number(), critical: number() }),
  confidence: number(),
  drift: object({
    rate: number(),
    upperBound: number(),
    /** Documents with a finding of any type. */
    differing: number(),
    compared: number(),
    population: number()
  }),
  counts: array(levelCountSchema),
  /** For a declared pair: each of its entities. */
  entities: optional(array(entitySchema)),
  /** Rows or documents that were read from each side, including those that were read again. */
  reads: object({ legacy: number(), normalized: number() }),
  /** What somebody should look at although nothing differs, as sentences; absent if there is nothing. */
  remarks: optional(array(string())),
  /** By entity: fields and columns that exist but that the declaration neither compares nor ignores; absent if there are none. */
  notCompared: optional(record(string(), object({ legacy: array(string()), normalized: array(string()) }))),
  skipped: array(object({ reason: string(), count: number() })),
  /** Differences that resolved themselves. */
  transient: number(),
  sourceVersions: record(string(), number()),
  findings: array(findingSchema),
  findingsTotal: number(),
  findingsTruncated: boolean(),
  health: array(healthCheckSchema),
  /** Acceptance rules; absent without a file of rules. */
  accepted: optional(array(acceptedRuleSchema)),
  /** For a part: how many findings of each type there are, including those that are not kept. */
  findingsByType: optional(record(string(), number())),
  /** For a part: what is needed to merge the parts. */
  evidence: optional(evidenceSchema)
});

export {
  evidenceSchema,
  reportSchema
};
