/** `npm start -- daily-quests`: a dual-write from the Realtime Database to Postgres, from an export that stopped to a loss that nobody noticed, and the bot that sees it. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createQuestSyncService, type Mark, type QuestSyncService } from '../examples/daily-quests/src/questSyncService.ts';
import {
  configure,
  localStore,
  openPhone,
  projectId,
  questApi,
  rules,
  serveRoute,
  startKeys,
  startTables,
  type Endpoint,
  type Keys,
  type Phone,
} from '../examples/daily-quests/test/stage.ts';
import { openDescribed, type Door } from './description.ts';
import { closes, type Circle } from './numbers.ts';
import { startRealtimeDatabase, type RealtimeDatabase } from './realtime-database/server.ts';
import { heading, seconds } from './terminal.ts';
import type { World } from './world.ts';

const root = join(import.meta.dirname, '..');
const config = 'examples/daily-quests/driftwatch.yml';

const couples = [
  ['mia', 'ben'],
  ['zoe', 'tom'],
  ['ana', 'leo'],
] as const;
const quests = ['walk', 'read', 'cook', 'call'] as const;
/** Before the dual-write, with it, and while Supabase is down. */
const days = { before: ['2026-03-01', '2026-03-02', '2026-03-03'], with: ['2026-03-04', '2026-03-05'], away: ['2026-03-06'] } as const;
/** The export was made at the end of this day. */
const exported = days.before[0];

type QuestsCircle = Circle & {
  pair: 'daily-quests';
  missingAtStart: { completions: number };
  /** The drift rate of the run that found the losses, as a fraction. */
  driftRate: number;
};

type System = { readonly world: World; readonly door: Door; readonly live: RealtimeDatabase; readonly keys: Keys; readonly endpoint: Endpoint };

async function runCircle(tell: (line: string) => void, chapter: (title: string) => void): Promise<QuestsCircle> {
  const started = performance.now();
  const closing: (() => unknown)[] = [];
  const opened = <T extends { close: () => unknown }>(part: T): T => {
    closing.push(part.close);
    return part;
  };
  try {
    const world = opened(await startTables());
    const system: System = {
      world,
      door: opened(await openDescribed(world)),
      live: opened(await startRealtimeDatabase({ rules })),
      keys: opened(await startKeys()),
      endpoint: opened(await serveRoute()),
    };
    configure({
      FIREBASE_PROJECT_ID: projectId,
      FIREBASE_JWKS_URL: system.keys.url,
      SUPABASE_URL: world.url,
      SUPABASE_SERVICE_ROLE_KEY: world.secretKey,
      SUPABASE_SECRET_KEY: undefined,
      ENABLE_SUPABASE_DUAL_WRITE: 'true',
    });
    return await tellAll(system, opened, tell, chapter, started);
  } finally {
    for (const close of closing.toReversed()) await close();
  }
}

async function tellAll(
  system: System,
  opened: <T extends { close: () => unknown }>(part: T) => T,
  tell: (line: string) => void,
  chapter: (title: string) => void,
  started: number,
): Promise<QuestsCircle> {
  const { world } = system;

  chapter('1. The export stopped, but the app kept writing');
  await liveWithout(system);
  const first = await check(system);
  const missing = count(first, 'MISSING_ROW');
  tell(`Exported until ${exported}; after that, the app wrote only to the Realtime Database.`);
  tell(`Driftwatch: ${first.verdict}, ${missing} completions are missing in Postgres.`);
  const dryRun = (await repair(system)).changes.length;
  tell(`driftwatch repair: would write ${dryRun} rows.`);
  const repaired = (await repair(system, '--apply')).changes.length;
  tell(`driftwatch repair --apply: wrote ${repaired} rows.`);
  const afterRepair = await check(system);
  tell(`Driftwatch: ${afterRepair.verdict}.`);

  chapter('2. Dual-write on: both stores, by the app and its endpoint');
  const phones = new Map(couples.flat().map((uid) => [uid, opened(openPhone(system.live, uid))]));
  const onWay = await useApps(openApps(system, phones, patientMs), days.with);
  await until(() => recordedBy(system) >= onWay.writes);
  const withDualWrite = await check(system);
  tell(`${onWay.writes} completions, ${onWay.failed} of them failed for a user; the endpoint answered ${tally(system.endpoint.answered)}.`);
  tell(`Driftwatch: ${withDualWrite.verdict}.`);

  chapter('3. Supabase goes down, and nobody notices');
  configure({ SUPABASE_URL: 'http://127.0.0.1:9' });
  const before = system.endpoint.answered.length;
  const printError = console.error;
  // The endpoint's log is for its operators, and not part of the demonstration.
  console.error = () => undefined;
  const apps = openApps(system, phones, hurriedMs);
  const away = await useApps(apps, days.away);
  await until(() => system.endpoint.answered.length >= before + away.writes * (hurriedMs.length + 1));
  console.error = printError;
  configure({ SUPABASE_URL: world.url });
  const seen = await apps.get('mia')?.compareInBackground('mia+ben', days.away[0]);
  tell(
    `${away.writes} completions, ${away.failed} of them failed for a user. The app itself, comparing: ${seen?.status}, ${[...new Set(seen?.divergences.map(({ type, cause }) => `${type} (${cause})`))].join(', ')}.`,
  );
  const lost = away.writes - away.failed;
  const second = await check(system);
  const found = count(second, 'MISSING_ROW');
  tell(`Driftwatch: ${second.verdict}, ${found} completions are missing: ${(second.drift.rate * 100).toFixed(1)}% of them all. The plan allows 1%.`);

  chapter('4. Repaired');
  const repairedAfter = (await repair(system, '--apply')).changes.length;
  tell(`driftwatch repair --apply: wrote ${repairedAfter} rows.`);
  const last = await check(system);
  tell(`Driftwatch: ${last.verdict}.`);

  return {
    pair: 'daily-quests',
    missingAtStart: { completions: missing },
    missing,
    dryRun,
    repaired,
    inSync: afterRepair.verdict === 'in-sync' && withDualWrite.verdict === 'in-sync',
    writes: onWay.writes + away.writes,
    failedForUsers: onWay.failed + away.failed,
    lost,
    found,
    repairedAfter,
    inSyncAtEnd: last.verdict === 'in-sync',
    driftRate: second.drift.rate,
    seconds: Math.round((performance.now() - started) / 100) / 10,
  };
}

const timeOf = (date: string, hour: number): number => Date.parse(`${date}T00:00:00.000Z`) + hour * 3_600_000 + hour * 7;

/** The app before the dual-write existed, and the rows from the export. */
async function liveWithout({ live, world }: System): Promise<void> {
  for (const [first, second] of couples) {
    for (const [day, date] of days.before.entries()) {
      for (const [hour, quest] of quests.entries()) {
        const completions = {
          [first]: { completedAt: timeOf(date, hour) },
          ...((hour + day) % 2 === 0 && { [second]: { completedAt: timeOf(date, hour + 12) } }),
        };
        live.set(`daily_quests/${first}+${second}/${date}/${quest}`, { title: quest, kind: 'daily', sortOrder: hour, completions });
        if (date !== exported) continue;
        for (const [user, { completedAt }] of Object.entries(completions)) {
          await world.sql('insert into quest_completions (couple_id, date, quest_id, user_id, partner_id, completed_at) values ($1, $2, $3, $4, $5, $6)', [
            `${first}+${second}`,
            date,
            quest,
            user,
            user === first ? second : first,
            new Date(completedAt).toISOString(),
          ]);
        }
      }
    }
  }
}

/** Pauses between attempts at the endpoint: as in the app, and shorter ones for the outage, so that the demonstration goes on. */
const patientMs = [1000, 5000, 25_000];
const hurriedMs = [20, 40, 80];

type Apps = ReadonlyMap<string, QuestSyncService>;

const openApps = ({ endpoint, world, keys }: System, phones: ReadonlyMap<string, Phone>, retryDelaysMs: number[]): Apps =>
  new Map(
    [...phones].map(([uid, { database }]) => {
      const api = questApi({ endpoint, world, token: () => keys.token(uid) });
      return [uid, createQuestSyncService({ database, local: localStore(), api, enabled: () => true, log: () => undefined, retryDelaysMs })];
    }),
  );

/** Everybody completes all quests of these days; a repeated tap counts once. */
async function useApps(apps: Apps, dates: readonly string[]): Promise<{ writes: number; failed: number }> {
  const marks = couples.flatMap(([first, second]) =>
    dates.flatMap((date) =>
      quests.flatMap((questId) =>
        [
          [first, second],
          [second, first],
        ].map(([userId = '', partnerId = '']): Mark => ({ coupleId: `${first}+${second}`, date, questId, userId, partnerId })),
      ),
    ),
  );
  const outcomes = await Promise.allSettled(marks.map(async (mark) => Promise.all([0, 1].map(() => apps.get(mark.userId)?.markQuestCompleted(mark)))));
  return { writes: marks.length, failed: outcomes.filter(({ status }) => status === 'rejected').length };
}

async function until(isDone: () => boolean): Promise<void> {
  while (!isDone()) await new Promise((resolve) => setTimeout(resolve, 5));
}

const recordedBy = ({ endpoint }: System): number => endpoint.answered.filter((status) => status < 300).length;

const tally = (statuses: readonly number[]): string =>
  [...Map.groupBy(statuses, (status) => status)].map(([status, all]) => `${all.length} × ${status}`).join(', ');

type Report = {
  readonly verdict: string;
  readonly reason?: string;
  readonly drift: { readonly rate: number };
  readonly findings: readonly { readonly type: string }[];
};

const count = ({ findings }: Report, type: string): number => findings.filter((finding) => finding.type === type).length;

/** The `driftwatch` command, as a maintainer would call it. */
async function driftwatch<T>({ door, live, world }: System, command: string, ...flags: readonly string[]): Promise<T> {
  const child = spawn(process.execPath, ['cli/driftwatch.mjs', command, '--json', '--pair', 'daily-quests', '--config', config, ...flags], {
    cwd: root,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], SUPABASE_URL: door.url, SUPABASE_KEY: world.secretKey, FIREBASE_DATABASE_URL: live.url },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [printed, complaint] = await Promise.all([text(child.stdout), text(child.stderr)]);
  try {
    return JSON.parse(printed) as T;
  } catch {
    throw new Error(`driftwatch ${command} gave no JSON: ${printed}${complaint}`);
  }
}

async function check(system: System): Promise<Report> {
  const report = await driftwatch<Report>(system, 'check', '--mode', 'full');
  if (report.verdict === 'unknown') throw new Error(`driftwatch check does not know: ${report.reason}`);
  return report;
}

const repair = (system: System, ...flags: readonly string[]): Promise<{ applied: boolean; changes: readonly unknown[] }> =>
  driftwatch(system, 'repair', ...flags);

export async function tellDailyQuests(): Promise<void> {
  heading('The system');
  console.log('Daily quests of three couples: the Realtime Database is primary, Postgres follows. Booting both, the endpoint, and the app on six phones …');
  const circle = await runCircle((line) => console.log(line), heading);
  console.log(`\nAll of it took ${seconds(circle.seconds * 1000)}. examples/daily-quests/README.md says how it works.`);
  console.log(`circle: ${JSON.stringify(circle)}`);
  if (!closes(circle)) process.exitCode = 1;
}
