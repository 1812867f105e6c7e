import type * as z from 'zod/mini';
import type { DifferenceKind } from '../document/document.ts';
import type { Evidence, levelCountSchema } from './evidence.ts';
import type { acceptedRuleSchema, coverageSchema, findingSchema, healthCheckSchema, reportSchema } from './schema.ts';
import type { Words } from './words.ts';

/**
 * The finished report: the only thing that publishing receives, and, as `report.json`, the interface to other
 * programs. No text of a database leaves the process except through here, and here it is already pseudonymous.
 *
 * Rates are fractions, times are ISO 8601 UTC, durations are milliseconds. A value that is absent was not looked at;
 * `null` means there is none.
 */

export const verdicts = ['in-sync', 'drift', 'unknown'] as const;

export const severities = ['none', 'low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof severities)[number];

/** Negative when `a` is less severe than `b`. */
export const compareSeverity = (a: Severity, b: Severity): number => severities.indexOf(a) - severities.indexOf(b);

/** A finding as the file has it. */
export type WrittenFinding = z.infer<typeof findingSchema>;

/** A finding in memory: where it is stays in its segments, as they are shown, and only the file makes one text of them. */
export type Finding = Omit<WrittenFinding, 'path' | 'child' | 'weekStart'> & {
  readonly kind: DifferenceKind;
  /** `null` for a finding about a whole document, group or level. */
  readonly place: readonly string[] | null;
  /** Calendar date (UTC) on which the document was last written, where a picture goes by it. */
  readonly writtenOn?: string;
};

/** For people and files: nothing takes it apart again. */
export const pathOf = ({ place }: Pick<Finding, 'place'>): string | null => place && place.join('/');

export function writtenFinding({ kind: _kind, place, writtenOn: _day, ...finding }: Finding, { beside = {} }: Pick<Words, 'beside'>): WrittenFinding {
  const parts = Object.entries(beside).map(([name, part]) => [name, finding.key?.[part] ?? null]);
  return { ...finding, ...Object.fromEntries(parts), path: pathOf({ place }) };
}

/** What the file holds beside the findings: that of a part has more than that of a whole run. */
export function writtenBeside(report: Report): object {
  const { findings, findingsByType, evidence, ...rest } = report;
  if (!rest.part || !evidence) return rest;
  return {
    ...rest,
    findingsByType: { ...findingsByType },
    evidence: { ...evidence, findings: findings.map(({ kind, place, writtenOn }) => [kind, place && [...place], writtenOn ?? null]) },
  };
}

/** A finding as it was before it was written. */
export function readFinding(
  { type, severity, level, key, legacy, normalized, rowIds }: WrittenFinding,
  [kind, place, writtenOn]: Evidence['findings'][number],
): Finding {
  return { type, severity, kind, level, key, place, legacy, normalized, rowIds, ...(writtenOn !== null && { writtenOn }) };
}

export const writtenFindings = ({ findings, words }: Pick<Report, 'findings' | 'words'>): WrittenFinding[] =>
  findings.map((finding) => writtenFinding(finding, words));

export type LevelCount = z.infer<typeof levelCountSchema>;

export type HealthCheck = z.infer<typeof healthCheckSchema>;
export type AcceptedRule = Readonly<z.infer<typeof acceptedRuleSchema>>;

export type Coverage = Readonly<z.infer<typeof coverageSchema>>;

/** How much a run looked at of what it was about; nothing where too much was being rewritten on both sides. */
export const extents = ['nothing', 'sample', 'all'] as const;

/** The report in memory: what is in the file, and what channels need to know beyond it. */
export type Report = Omit<z.infer<typeof reportSchema>, 'findings' | 'findingsByType' | 'evidence'> & {
  /** What the pair calls what was compared. */
  words: Words;
  findings: readonly Finding[];
  /** How many findings of each type there are, and how severe they are, also beyond those that are kept. */
  findingsByType: Readonly<Record<string, number>>;
  severityByType: Readonly<Record<string, Finding['severity']>>;
  differingWeeks: DifferingWeeks;
  /** Of the key that pseudonyms were made with; absent where they hold for this run only, and cannot be compared. */
  pseudonymKeyId?: string;
  /** `reason` in a form that every channel can show whole, where it is too long for that. */
  shortReason?: string;
  /** Why not everything was compared that was to be; the verdict may be `drift` all the same. */
  interruption?: string;
  /** Where the drift comes from, as far as the evidence carries it: whole sentences, the strongest first. */
  origin?: readonly string[];
  /** Of a part that is to be put together with others; the file has the places of its findings there too. */
  evidence?: Omit<Evidence, 'findings'>;
  /** What to do about the findings, in order. */
  repair?: readonly RepairStep[];
  /** Runs that are on record, oldest first, this one last; absent where there is no record. */
  trend?: readonly PastRun[];
  /** Where and when what differs was last written; absent where the findings say that by their keys. */
  picture?: Picture;
  /** Of a run that compares one part at a time: what its being in sync amounts to, with the runs before it. */
  standing?: { readonly isConclusive: boolean; readonly isExact: boolean };
  /**
   * What is put on record beside the numbers: a digest of the declaration, how much was looked at, and, where parts were put
   * together, which ones.
   */
  record?: { readonly declaration: string; readonly extent: (typeof extents)[number]; readonly sources?: string };
  /** Whether reading may move to the other side, and if not, what is missing, a sentence each. */
  cutover?: { readonly ready: boolean; readonly reasons: readonly string[] };
};

/** Documents that differ, by what they belong to and the time when they were last written. */
export type Picture = {
  /** What its rows are: values of a part of the key, as they are shown; `null` for entities. */
  readonly part: string | null;
  /** How many days a column stands for. */
  readonly days: number;
  /** In order: each document that differs is counted in one of them. */
  readonly cells: readonly PictureCell[];
  /** Documents that differ and were too many to be drawn. */
  readonly beside: number;
};

export type PictureCell = {
  readonly row: string | null;
  /** Calendar date (UTC) of the column's first day; `null` for what nobody knows the time of. */
  readonly from: string | null;
  readonly kind: DifferenceKind;
  readonly documents: number;
};

/** Text and notes are Markdown in words of ours. */
export type RepairStep = { readonly text: string; readonly commands: readonly RepairCommand[] };

export type RepairCommand = {
  /** What to know before running it. */
  readonly note?: string;
  /** Statements that belong together; row ids are all that they hold of a database. */
  readonly sql: readonly string[];
  /** Or commands for a terminal, which hold nothing of it. */
  readonly shell?: readonly string[];
  /** Whether something that cannot be got back from the other side is lost by it. */
  readonly destroys?: boolean;
};

/** What is kept of a run. */
export type PastRun = {
  /** When it ended, ISO 8601 UTC. */
  readonly at: string;
  readonly verdict: Verdict;
  readonly severity: Severity;
  /** As a fraction. */
  readonly rate: number;
  readonly findings: number;
  readonly differing: number;
  readonly compared: number;
  readonly population: number;
};

/** As many runs as a trend shows. */
export const shownRuns = 60;

/** What a project remembers of a run. */
export type RecordedRun = PastRun & {
  /** Whether it could tell. */
  readonly conclusive: boolean;
  /** Whether it and others before it compared every row, each of them a part. */
  readonly isExact?: boolean;
};

export type Verdict = Report['verdict'];

/** Which documents have findings, also beyond those that are kept: distinct, in order, five characters of a hash each; of very many, the first ones. */
export type DifferingWeeks = {
  /** Tells apart what different keys hash: such documents cannot be compared. */
  readonly key: string;
  readonly weeks: readonly string[];
};

/** As many characters of a reason as every channel shows, once it is inert. */
export const longestReason = 1000;

/** As many findings as a report keeps; `findingsTotal` counts the others too. */
export const maxFindings = 10_000;
