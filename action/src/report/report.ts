import type * as z from 'zod/mini';
import type { DifferenceKind } from '../document/document.ts';
import type { Evidence, levelCountSchema } from './evidence.ts';
import type { acceptedRuleSchema, coverageSchema, findingSchema, healthCheckSchema, reportSchema } from './schema.ts';
import type { Words } from './words.ts';

/**
 * The finished report: the only thing that publishing receives, and, as `report.json`, the interface to other programs. No text of a
 * database leaves the process except through here, and here it is already pseudonymous.
 *
 * Rates are fractions, times are ISO 8601 UTC, durations are milliseconds. An absent value was not looked at; `null` means there is none.
 */

export const verdicts = ['in-sync', 'drift', 'unknown'] as const;

export const severities = ['none', 'low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof severities)[number];

/** Negative when `a` is less severe than `b`. */
export const compareSeverity = (a: Severity, b: Severity): number => severities.indexOf(a) - severities.indexOf(b);

/** A finding in the form of the file. */
export type WrittenFinding = z.infer<typeof findingSchema>;

/** A finding in memory: its place is a list of shown segments, which only the file joins into one text. */
export type Finding = Omit<WrittenFinding, 'path' | 'child' | 'weekStart'> & {
  readonly kind: DifferenceKind;
  /** `null` for a finding about a whole document, group or level. */
  readonly place: readonly string[] | null;
  /** Calendar date (UTC) on which the document was last written, if a chart uses it. */
  readonly writtenOn?: string;
};

/** For people and files: nothing splits it again. */
export const pathOf = ({ place }: Pick<Finding, 'place'>): string | null => place && place.join('/');

export function writtenFinding({ kind: _kind, place, writtenOn: _day, ...finding }: Finding, { beside = {} }: Pick<Words, 'beside'>): WrittenFinding {
  const parts = Object.entries(beside).map(([name, part]) => [name, finding.key?.[part] ?? null]);
  return { ...finding, ...Object.fromEntries(parts), path: pathOf({ place }) };
}

/** The file's content besides the findings: a part has more of it than a whole run. */
export function writtenBeside(report: Report): object {
  const { findings, findingsByType, evidence, ...rest } = report;
  if (!rest.part || !evidence) return rest;
  return {
    ...rest,
    findingsByType: { ...findingsByType },
    evidence: { ...evidence, findings: findings.map(({ kind, place, writtenOn }) => [kind, place && [...place], writtenOn ?? null]) },
  };
}

/** The finding that was written to the file. */
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

/** How much a run looked at; `nothing` if both sides were rewriting too much. */
export const extents = ['nothing', 'sample', 'all'] as const;

/** The report in memory: the content of the file, and what channels need in addition. */
export type Report = Omit<z.infer<typeof reportSchema>, 'findings' | 'findingsByType' | 'evidence'> & {
  /** The pair's words for what was compared. */
  words: Words;
  /** The file that declares the pair, if it is not where it usually is. */
  config?: string;
  findings: readonly Finding[];
  /** How many findings of each type there are, and their severities, including those that are not kept. */
  findingsByType: Readonly<Record<string, number>>;
  severityByType: Readonly<Record<string, Finding['severity']>>;
  differingWeeks: DifferingWeeks;
  /** Identifies the key that pseudonyms were made with; absent if they hold for this run only, so that they cannot be compared. */
  pseudonymKeyId?: string;
  /** A shorter `reason` that every channel can show completely, if it is too long for that. */
  shortReason?: string;
  /** Why not everything was compared as planned; the verdict may still be `drift`. */
  interruption?: string;
  /** Where the drift comes from, as far as the evidence supports it: whole sentences, the strongest first. */
  origin?: readonly string[];
  /** For a part that will be merged with others; in the file, it also contains the places of its findings. */
  evidence?: Omit<Evidence, 'findings'>;
  /** What to do about the findings, in order. */
  repair?: readonly RepairStep[];
  /** Recorded runs, oldest first and this one last; absent if runs are not recorded. */
  trend?: readonly PastRun[];
  /** When and in which group differing documents were last written; absent if the keys of the findings say that. */
  picture?: Picture;
  /** For a run that compares one part at a time: the certainty of in sync, together with the runs before it. */
  standing?: { readonly isConclusive: boolean; readonly isExact: boolean };
  /** What is recorded besides the numbers: a digest of the declaration, how much was looked at, and which parts were merged, if any. */
  record?: { readonly declaration: string; readonly extent: (typeof extents)[number]; readonly sources?: string };
  /** Whether reading may move to the other side, and if not, what is missing, as sentences. */
  cutover?: { readonly ready: boolean; readonly reasons: readonly string[] };
};

/** Documents that differ, by group and time of the last write. */
export type Picture = {
  /** What its rows are: values of this part of the key, as they are shown; `null` for entities. */
  readonly part: string | null;
  /** How many days a column covers. */
  readonly days: number;
  /** Sorted; each differing document is counted in one of them. */
  readonly cells: readonly PictureCell[];
  /** Differing documents that were too many to be drawn. */
  readonly beside: number;
};

export type PictureCell = {
  readonly row: string | null;
  /** Calendar date (UTC) of the column's first day; `null` if the time is unknown. */
  readonly from: string | null;
  readonly kind: DifferenceKind;
  readonly documents: number;
};

/** Text and notes are Markdown in our own words. */
export type RepairStep = { readonly text: string; readonly commands: readonly RepairCommand[] };

export type RepairCommand = {
  /** What to know before running it. */
  readonly note?: string;
  /** Statements that belong together; they contain nothing from a database except row ids. */
  readonly sql: readonly string[];
  /** Or commands for a terminal, which contain nothing from a database. */
  readonly shell?: readonly string[];
  /** Whether the command deletes something that the other side cannot restore. */
  readonly destroys?: boolean;
};

/** What is kept about a run. */
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

/** How many runs a trend shows. */
export const shownRuns = 60;

/** What a project records about a run. */
export type RecordedRun = PastRun & {
  /** Whether it was conclusive. */
  readonly conclusive: boolean;
  /** Whether this run and those before it compared every row, one part each. */
  readonly isExact?: boolean;
};

export type Verdict = Report['verdict'];

/**
 * Which documents have findings, including those that are not kept: distinct and sorted, five characters of a hash each; if there are too
 * many, the first ones.
 */
export type DifferingWeeks = {
  /** Identifies the hash key: documents hashed with different keys cannot be compared. */
  readonly key: string;
  readonly weeks: readonly string[];
};

/** How many characters of a reason every channel shows, once it is inert. */
export const longestReason = 1000;

/** The same of the sentences beside it, such as remarks, in every channel but Discord. */
export const longestRemark = 600;

/** How many findings a report keeps; `findingsTotal` counts the others too. */
export const maxFindings = 10_000;
