import { get, onValue, ref, runTransaction, type Database, type DataSnapshot } from 'firebase/database';
import { isDay, isId } from './names.ts';

/** Marks quests as done in both stores, and watches in the background whether they agree. The Realtime Database is primary. */

export type Mark = { coupleId: string; date: string; questId: string; userId: string; partnerId: string };

/** What the app shows before any store has answered. The key is `${coupleId}/${date}/${questId}/${userId}`. */
export interface LocalStore {
  get(key: string): Promise<{ completedAt: number } | undefined>;
  put(key: string, value: { completedAt: number }): Promise<void>;
  remove(key: string): Promise<void>;
}

/** The app's own server. */
export interface QuestApi {
  /** The endpoint. Rejects when unreachable. */
  complete(body: { couple_id: string; date: string; quest_id: string; user_id: string; partner_id: string; timestamp: string }): Promise<{ status: number }>;
  /** `quest_completions_of` */
  completions(coupleId: string, date: string): Promise<{ quest_id: string; user_id: string; completed_at: string }[]>;
  /** `record_sync_divergences` */
  recordDivergences(rows: Divergence[]): Promise<void>;
}

export type Divergence = {
  type: 'missing' | 'orphan' | 'different';
  cause: 'not_sent_yet' | 'sent_and_refused' | 'other_client' | 'clock';
  couple_id: string;
  date: string;
  quest_id: string;
  user_id: string;
  legacy_completed_at: string | null;
  normalized_completed_at: string | null;
};

export type Comparison = { status: 'in-sync' | 'drift' | 'unknown'; divergences: Divergence[] };

export type QuestSyncOptions = {
  database: Database;
  local: LocalStore;
  api: QuestApi;
  /** The feature flag of the second write. */
  enabled: () => boolean;
  log: (level: 'info' | 'warn' | 'error', message: string, details: Record<string, unknown>) => void;
  now?: () => number;
  retryDelaysMs?: number[];
};

export type QuestSyncService = {
  /**
   * Resolves once the Realtime Database has it, to when the quest was first completed, and rejects only where it refuses. Without a
   * connection it waits; the app shows the quest as done meanwhile.
   */
  markQuestCompleted(mark: Mark): Promise<{ completedAt: number }>;
  /** Never rejects, and changes nothing in either store. */
  compareInBackground(coupleId: string, date: string): Promise<Comparison>;
};

/** Clocks of two clients differ by less. */
const clockMs = 5 * 60_000;
/** What has not answered by then is not waited for any longer. */
const timeoutMs = 10_000;

export function createQuestSyncService({
  database,
  local,
  api,
  enabled,
  log,
  now = Date.now,
  retryDelaysMs = [1000, 5000, 25_000],
}: QuestSyncOptions): QuestSyncService {
  /** Marks on their way to the Realtime Database: the same one twice is one. */
  const underWay = new Map<string, Promise<{ completedAt: number }>>();
  /** How many times a completion is still to be sent: marked again meanwhile, it is on its way more than once. */
  const waiting = new Map<string, number>();
  /** What the endpoint refused, or did not take in time, and has not taken since. */
  const givenUp = new Set<string>();

  function tell(level: 'info' | 'warn' | 'error', message: string, details: Record<string, unknown>): void {
    try {
      log(level, message, details);
    } catch {
      // A log that fails is no reason to fail.
    }
  }

  function isEnabled(): boolean {
    try {
      return enabled();
    } catch {
      return false;
    }
  }

  /** What this device keeps for itself is no reason to fail. */
  async function locally<T>(key: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      tell('warn', 'A completion could not be kept on this device', { key, error: String(error) });
      return undefined;
    }
  }

  async function mark(given: Mark, key: string): Promise<{ completedAt: number }> {
    const completedAt = Math.trunc(now());
    const before = await locally(key, () => local.get(key));
    await locally(key, () => local.put(key, { completedAt }));
    let held: number;
    try {
      held = await completeFirst(database, given, completedAt);
    } catch (error) {
      await locally(key, () => (before === undefined ? local.remove(key) : local.put(key, before)));
      throw error;
    }
    if (isEnabled()) void send(given, key, held);
    if (held !== completedAt) await locally(key, () => local.put(key, { completedAt: held }));
    return { completedAt: held };
  }

  /** Never rejects: the user is done already. */
  async function send(given: Mark, key: string, completedAt: number): Promise<void> {
    waiting.set(key, (waiting.get(key) ?? 0) + 1);
    if (await isTaken(given, completedAt)) givenUp.delete(key);
    else givenUp.add(key);
    const others = (waiting.get(key) ?? 1) - 1;
    if (others > 0) waiting.set(key, others);
    else waiting.delete(key);
  }

  /** Whether the endpoint took it, sooner or later. */
  async function isTaken({ coupleId, date, questId, userId, partnerId }: Mark, completedAt: number): Promise<boolean> {
    const details = { couple_id: coupleId, date, quest_id: questId, user_id: userId };
    // What a wrong clock says may be no time at all. The endpoint refuses it, as it does any other that it cannot read.
    const body = { ...details, partner_id: partnerId, timestamp: isoOf(timeOf(completedAt)) ?? String(completedAt) };
    for (let attempt = 0; ; attempt += 1) {
      const status = await statusOf(body);
      if (status !== undefined && status >= 200 && status < 300) return true;
      const isRefused = status !== undefined && status >= 300 && status < 500 && status !== 408 && status !== 429;
      const delayMs = retryDelaysMs[attempt];
      if (isRefused || delayMs === undefined) {
        tell('error', isRefused ? 'The endpoint refused a completion' : 'A completion could not be sent to the endpoint', {
          ...details,
          status: status ?? 'unreachable',
          attempts: attempt + 1,
        });
        return false;
      }
      await new Promise((resolve) => setTimeout(resolve, delayMs));
    }
  }

  /** `undefined` where the endpoint cannot be reached, or does not answer: what it records all the same is recorded once */
  async function statusOf(body: Parameters<QuestApi['complete']>[0]): Promise<number | undefined> {
    try {
      return (await inTime(() => api.complete(body))).status;
    } catch {
      return undefined;
    }
  }

  async function compare(coupleId: string, date: string): Promise<Comparison> {
    // Of a day that no store can hold, both hold the same.
    if (!isId(coupleId) || !isDay(date)) throw new TypeError('A comparison needs the id of a couple, and a day such as 2025-11-19.');
    const [legacy, normalized] = await Promise.all([
      inTime(() => dayOf(database, coupleId, date)).then(completionsIn),
      inTime(() => api.completions(coupleId, date)).then(
        (rows) => new Map(rows.map((row) => [`${row.quest_id}/${row.user_id}`, timeOf(Date.parse(row.completed_at)) ?? null])),
      ),
    ]);
    const divergences = [...new Set([...legacy.keys(), ...normalized.keys()])].flatMap((name): Divergence[] => {
      const [quest_id = '', user_id = ''] = name.split('/');
      const [old, other] = [legacy.get(name), normalized.get(name)];
      if (old === other) return [];
      const type = other === undefined ? 'missing' : old === undefined ? 'orphan' : 'different';
      const key = `${coupleId}/${date}/${name}`;
      return [
        {
          type,
          cause: causeOf(type, key, old, other),
          couple_id: coupleId,
          date,
          quest_id,
          user_id,
          legacy_completed_at: isoOf(old),
          normalized_completed_at: isoOf(other),
        },
      ];
    });
    return { status: divergences.length === 0 ? 'in-sync' : 'drift', divergences };
  }

  function causeOf(type: Divergence['type'], key: string, old: Held, other: Held): Divergence['cause'] {
    // While the Realtime Database is being told, its client counts a mark among what it holds.
    if (type === 'missing' && (waiting.has(key) || (underWay.has(key) && isEnabled()))) return 'not_sent_yet';
    if (type === 'missing' && givenUp.has(key)) return 'sent_and_refused';
    if (typeof old === 'number' && typeof other === 'number' && Math.abs(old - other) <= clockMs) return 'clock';
    return 'other_client';
  }

  return {
    async markQuestCompleted(given) {
      const { coupleId, date, questId, userId, partnerId } = given;
      if (![coupleId, questId, userId, partnerId].every(isId) || !isDay(date))
        throw new TypeError('A mark needs ids that can be keys, and a day such as 2025-11-19.');
      const key = `${coupleId}/${date}/${questId}/${userId}`;
      const other = underWay.get(key);
      if (other) return other;
      const marked = mark(given, key).finally(() => underWay.delete(key));
      underWay.set(key, marked);
      return marked;
    },

    async compareInBackground(coupleId, date) {
      let compared: Comparison;
      try {
        compared = await compare(coupleId, date);
      } catch (error) {
        tell('warn', 'The stores could not be compared', { couple_id: coupleId, date, error: String(error) });
        return { status: 'unknown', divergences: [] };
      }
      for (const divergence of compared.divergences) tell('warn', 'The stores differ', { ...divergence });
      try {
        if (compared.divergences.length > 0) await inTime(() => api.recordDivergences(compared.divergences));
      } catch (error) {
        tell('error', 'The divergences could not be recorded', { couple_id: coupleId, date, error: String(error) });
      }
      return compared;
    },
  };
}

const pathOf = (coupleId: string, date: string): string => `daily_quests/${coupleId}/${date}`;

/**
 * Writes the time unless there is one: the first completion stays.
 *
 * @returns what the database holds then
 * @throws where it refuses
 */
async function completeFirst(database: Database, { coupleId, date, questId, userId }: Mark, completedAt: number): Promise<number> {
  const place = ref(database, `${pathOf(coupleId, date)}/${questId}/completions/${userId}`);
  for (;;) {
    try {
      const { snapshot } = await runTransaction(place, (held: unknown) =>
        heldIn(held) === undefined ? { ...(typeof held === 'object' && held), completedAt } : undefined,
      );
      return heldIn(snapshot.val()) ?? completedAt;
    } catch (error) {
      // The connection broke off after it was sent, or the app wrote to the same place: the next try finds out what came of it.
      if (!(error instanceof Error && (error.message === 'disconnect' || error.message === 'set'))) throw error;
    }
  }
}

function heldIn(completion: unknown): number | undefined {
  return typeof completion === 'object' && completion !== null && 'completedAt' in completion ? timeOf(completion.completedAt) : undefined;
}

const [firstTime, lastTime] = [Date.parse('0001-01-01T00:00:00.000Z'), Date.parse('9999-12-31T23:59:59.999Z')];

/** Whole milliseconds within the years that Postgres and this page write alike; whatever else stands there is no time. */
const timeOf = (value: unknown): number | undefined => {
  const time = typeof value === 'number' ? Math.floor(value) : Number.NaN;
  return time >= firstTime && time <= lastTime ? time : undefined;
};

/** When a completion was; null where it is there and does not say so, `undefined` where there is none. */
type Held = number | null | undefined;

const isoOf = (time: Held): string | null => (typeof time === 'number' ? new Date(time).toISOString() : null);

/**
 * What the database holds of a day. Where the app listens to it, its client answers from memory, without a connection too.
 *
 * @throws where there is none: what others wrote since is not known
 */
async function dayOf(database: Database, coupleId: string, date: string): Promise<DataSnapshot> {
  const day = ref(database, pathOf(coupleId, date));
  await get(day);
  const isConnected = await new Promise((resolve, reject) =>
    onValue(ref(database, '.info/connected'), (connected) => resolve(connected.val()), reject, { onlyOnce: true }),
  );
  if (isConnected !== true) throw new Error('there is no connection to the Realtime Database');
  // It may just have come back. Then listeners are told first what they missed, and this is answered next, even if the rules refuse it.
  await get(ref(database, nobodysPlace)).catch(() => undefined);
  return get(day);
}

/** Nothing is there, and nobody listens to it, so that memory cannot answer for it. */
const nobodysPlace = '-';

/** By quest and user. Children are asked for one by one: names that are numbers would come as a list. */
function completionsIn(day: DataSnapshot): Map<string, number | null> {
  const completions = new Map<string, number | null>();
  day.forEach((quest) => {
    quest.child('completions').forEach((completion) => {
      completions.set(`${quest.key}/${completion.key}`, heldIn(completion.val()) ?? null);
    });
  });
  return completions;
}

/** What throws at once fails as what rejects, so that nobody waits alone for the other of two. */
async function inTime<T>(work: () => Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs);
  });
  try {
    return await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}
