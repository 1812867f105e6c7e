/** The phones of daily-quests, in a thread of their own when many are simulated: what they take is no time of a server. */
import assert from 'node:assert/strict';
import { parentPort, workerData } from 'node:worker_threads';
import { measureClients } from './clients.ts';

/** @param tokens one for each user */
export type QuestApp = { readonly url: string; readonly tokens: readonly string[] };

/** @returns the status of the answer */
export async function complete({ url, tokens }: QuestApp, user: number, quest: string, time: number): Promise<number> {
  const body = {
    couple_id: `couple${user}`,
    date: '2026-03-01',
    quest_id: quest,
    user_id: `user${user}`,
    partner_id: 'partner',
    timestamp: new Date(time).toISOString(),
  };
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${tokens[user]}` },
    body: JSON.stringify(body),
  });
  await answer.arrayBuffer();
  // A client tries again if the database is too busy.
  return answer.status === 503 ? complete({ url, tokens }, user, quest, time) : answer.status;
}

/** For each round that is asked for, what `completions` took. */
parentPort?.on('message', async (round: number) => {
  const { app, completions, time } = workerData as { app: QuestApp; completions: number; time: number };
  const clients = app.tokens.length;
  const timing = await measureClients(clients, completions, async (index) =>
    assert.ok((await complete(app, index % clients, `quest${round}-${index}`, time)) < 300),
  );
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort?.postMessage(timing);
});
