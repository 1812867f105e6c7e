import { cheapRows, type PairComparison } from './compare/compare-pair.ts';
import type { Comparison } from './compare/comparison.ts';
import { migration, readHistory } from './history/history.ts';
import { declarationDigest, idOf } from './history/id.ts';
import { runOf } from './history/run.ts';
import type { Turn } from './history/turn.ts';
import { otherConfig, type Settings } from './inputs.ts';
import type { Aside, Health, Pair } from './pair/pair.ts';
import type { Connection } from './pair/pairs.ts';
import { assemble, type Parts } from './report/assemble.ts';
import { shownRuns, type extents, type HealthCheck, type Report } from './report/report.ts';
import { coverageSentence, documents, type Words } from './report/words.ts';
import { ReadError } from './store/errors.ts';
import { createReader } from './store/postgrest/create-reader.ts';
import { judgeCutover } from './verdict/cutover.ts';
import { judge } from './verdict/verdict.ts';

/** Judges what was found and turns it into a report, together with health and recorded runs. */

/** What a run needs to know about itself. */
export type About = {
  readonly settings: Settings;
  readonly connection: Connection;
  /** The time for the report; durations are measured separately. */
  readonly now: () => Date;
  /** The declaration of the pair (`declarationOf`): anything verified under a different one does not count. */
  readonly declaration?: unknown;
};

export const digestOf = ({ settings, connection: { pair }, declaration = null }: About): string =>
  declarationDigest([declaration, pair.isDeclared ? null : settings.weekAlignment]);

/** What a run has found, whether it compared by itself or merged parts. */
export type Found = {
  readonly startedAt: Date;
  readonly finishedAt?: Date;
  readonly durationMs: () => number;
  readonly comparison: Omit<PairComparison, 'entities'> & { readonly entities: readonly (Comparison & { readonly name: string })[] };
  readonly aside: Aside;
  readonly sourceVersions: Report['sourceVersions'];
  readonly findings: Parts['findings'];
  readonly pseudonymKeyId: string | undefined;
  readonly accepted: Parts['accepted'];
  readonly origin: readonly string[];
  readonly picture: Report['picture'];
  /** Calendar date (UTC) since which everything that differs was last written, if known. */
  readonly since: string | undefined;
  /** Which parts were merged; absent if this run compared by itself. */
  readonly sources?: string | undefined;
  /** A shorter `comparison.trouble`, if it is too long for channels. */
  readonly shortReason?: string | undefined;
};

type History = Awaited<ReturnType<typeof readHistory>>;

/** The recorded runs; parts are not among them. */
export function historyOf({ settings: { part }, connection: { record, budget, pair }, now }: About): Promise<History> | undefined {
  return part || !record ? undefined : readHistory(createReader(record.url, record.key, budget.signal, budget), pair.name, now);
}

/** Judges what was found and creates the report, including health and history. */
export async function conclude(about: About, found: Found, recorded: Promise<History> | undefined, turn?: Turn): Promise<Report> {
  const {
    settings,
    connection: { pair },
    now,
  } = about;
  const { comparison, findings } = found;
  const { checks, obstacles } = comparison.trouble === undefined && !settings.part ? await readHealth(pair) : { checks: [], obstacles: [] };
  const history = await recorded;
  // If there is trouble, it has already been reported.
  const health = [...checks];
  if (comparison.restless > 0) health.push(remark(`${pair.words.document.many} in motion`, inMotion(comparison.restless, pair.words)));
  if (comparison.isLooseUnknown && comparison.interruption === undefined && comparison.trouble === undefined)
    health.push(remark('rows without a parent', looseUnknown));
  if (typeof history === 'string' && comparison.trouble === undefined) health.push(remark('history', history));
  if (turn?.problem !== undefined && comparison.trouble === undefined) health.push(remark('rotation', turn.problem));
  const thresholds = { high: settings.highThreshold, critical: settings.criticalThreshold };
  const judged = (one: Comparison) => ({ ...one, counts: one.judged });
  const entities = comparison.entities.map(judged);
  const judgement = await judge(
    { ...judged(comparison), words: pair.words, entities: entities.length > 0 ? entities : undefined, findings: findings.total, health },
    thresholds,
    settings.confidence,
  );
  const { list, byType: findingsByType } = findings;
  const since = comparison.legacyRows > cheapRows ? found.since : undefined;
  const assembled = assemble({
    ...found,
    pair,
    settings,
    thresholds,
    finishedAt: found.finishedAt ?? now(),
    durationMs: found.durationMs(),
    entities: comparison.entities.map((one, place) => ({ name: one.name, comparison: one, rated: judgement.entities[place] })),
    judgement,
    health,
    repair: pair.repair({ findings: list, findingsByType, health, since }),
  });
  const config = otherConfig(settings);
  const report = {
    ...assembled,
    ...(found.shortReason !== undefined && { shortReason: found.shortReason }),
    ...(config !== undefined && { config }),
  };
  if (settings.part) return report;
  const recordable = {
    ...report,
    record: { declaration: digestOf(about), extent: extentOfCheck(comparison, settings), ...(found.sources !== undefined && { sources: found.sources }) },
  };
  const complete = turn ? inTurn(recordable, turn) : recordable;
  return { ...complete, ...withHistory(complete, history, obstacles, settings) };
}

/** How much the run looked at, for later runs that rely on it. */
function extentOfCheck({ mode, restless, compared }: Found['comparison'], { highThreshold }: Settings): (typeof extents)[number] {
  if (mode === 'recent' || restless > highThreshold * compared) return 'nothing';
  return mode === 'sample' ? 'sample' : 'all';
}

/** Adds the result of this run together with those that compared other parts. */
function inTurn(report: Report, { part, standing: standingOf }: Turn): Report {
  const { coverage, ...standing } = standingOf(report);
  return { ...report, part, coverage, standing };
}

/** Adds the recorded runs, and what they mean for the cut-over. */
function withHistory(report: Report, history: History, obstacles: readonly string[], { readyAfter }: Settings): Pick<Report, 'trend' | 'cutover'> {
  const thisRun = runOf(report);
  const id = idOf(report);
  // An earlier attempt may have merged and recorded the same parts already.
  const earlier =
    (typeof history === 'object' ? history.filter((run) => run.id !== id).map(({ id: _id, ...run }) => run) : history) ??
    `No earlier run is on record: apply ${migration} and use a secret key.`;
  return {
    ...(typeof earlier === 'string' ? {} : { trend: [...earlier, thisRun].slice(-shownRuns) }),
    cutover: judgeCutover({
      words: report.words,
      mode: report.mode,
      coverage: report.coverage && coverageSentence(report.coverage, report.finishedAt),
      thisRun,
      earlier,
      readyAfter,
      obstacles,
    }),
  };
}

const inMotion = (howMany: number, words: Words): string =>
  `${documents(words, howMany)} ${howMany === 1 ? 'was' : 'were'} being rewritten on both sides for as long as this run watched, so whether they agree is unknown. The next run looks again; if this persists, find out what rewrites them.`;

const looseUnknown =
  'Habits and records that belong to no week were not counted: that took longer than the database or the time budget allows. Everything else was compared; run again at a quieter time, or raise time-budget-seconds.';

/** If anything besides the rows cannot be read, that is a remark, never trouble: the comparison stands without it. */
const remark = (name: string, detail: string): HealthCheck => ({ check: name, status: 'warning', severity: 'low', detail });

async function readHealth(pair: Pair): Promise<Health> {
  if (pair.health === undefined) return { checks: [], obstacles: [] };
  try {
    return await pair.health();
  } catch (error) {
    const detail = error instanceof ReadError ? error.message : 'The time budget ran out before it could be read.';
    return {
      checks: [remark('health', detail)],
      obstacles: ['The health of the dual-write could not be read, so whether it is on and without failures is unknown.'],
    };
  }
}

/** For a pair with several entities: how many documents of each were compared. */
export const comparedOf = (entities: Found['comparison']['entities']): ReadonlyMap<string, number> | undefined =>
  entities.length > 1 ? new Map(entities.map(({ name, compared }) => [name, compared])) : undefined;
