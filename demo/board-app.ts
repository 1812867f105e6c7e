/** `npm start -- board-app`: an export with a gap, a dual-write from Firestore to Supabase, an outage that no user notices, and the bot that sees it all. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { styleText } from 'node:util';
import { exported } from '../examples/board-app/test/expected.ts';
import { type BoardSystem, boardApp, startBoardSystem } from './board-system.ts';
import { type Door, openDescribed } from './description.ts';
import { toFields } from './firestore/server.ts';
import { startEmptyGitHub } from './github.ts';
import { runAction } from './run-action.ts';
import { closes, type Circle } from './numbers.ts';
import { heading, seconds } from './terminal.ts';

const story = `A writing community keeps its boards, posts and comments in Firestore and moves to Supabase. An export filled the new tables,
and stopped at T, so only Firestore has what was written since. Firestore here is a small server of our own that Firebase's light client talks to,
Supabase is embedded. Nothing leaves this machine.`;

const root = join(import.meta.dirname, '..');

/** Ids in Firebase's format, so that reports show them. */
const board = 'demoBoard00000000001';
const secondBoard = 'demoBoard00000000002';
const people = ['adaExample00000000000000001x', 'benExample00000000000000002x', 'cloExample00000000000000003x'] as const;

export type BoardCircle = Circle & { pair: 'board-app'; missingAtStart: Record<string, number> };

type Bot = { system: BoardSystem; door: Door; githubUrl: string };

export async function tellBoardApp(): Promise<void> {
  const started = performance.now();
  heading('The app');
  console.log(`${story}\n\nBooting Postgres with the Supabase API and Firestore …`);
  const system = await startBoardSystem();
  const [door, github] = await Promise.all([openDescribed(system.world), startEmptyGitHub()]);
  const bot: Bot = { system, door, githubUrl: github.url };
  try {
    heading('1. The export stopped, but the app kept writing');
    const before = makeApp(system, { on: false });
    makeBoard(system, board);
    await before.day();
    const rows = exported(system.firestore);
    for (const [table, own] of Object.entries(rows)) if (own.length > 0) await system.admin.from(table).insert(own).throwOnError();
    console.log(`- The export brought ${sum(Object.values(rows).map((own) => own.length))} rows`);
    makeBoard(system, secondBoard);
    const gap = makeApp(system, { on: false, boardId: secondBoard });
    await gap.day({ growOnly: true });
    console.log(`- A board and ${gap.writes()} writes followed, only to Firestore`);
    const start = await ask(bot);
    const missingAtStart = countBy(start.findings.filter(({ type }) => type === 'MISSING_ROW').map(({ level }) => level));
    const missing = sum(Object.values(missingAtStart));
    console.log(table(missingAtStart));

    heading('2. The gap is filled');
    const dryRun = await repair(bot, '--dry-run');
    console.log(`It would write ${dryRun} rows.`);
    const repaired = await repair(bot);
    console.log(`It wrote ${repaired} rows.`);

    heading('3. Dual-write on, everybody writes');
    const app = makeApp(system, { on: true });
    await app.day();
    console.log(`- ${app.writes()} writes in all ten domains, ${app.failures()} failed for a user, ${app.lost()} were lost on the way to Supabase`);
    const together = await ask(bot);

    heading('4. Supabase is down for a while');
    system.setReachable(false);
    const away = makeApp(system, { on: true });
    await away.outage(app.made());
    system.setReachable(true);
    console.log(`- ${away.writes()} writes, ${away.failures()} failed for a user, ${away.lost()} were lost on the way to Supabase and reported`);
    const after = await ask(bot);
    const differing = after.findings.filter(({ type }) => type !== 'COUNT_MISMATCH').map(({ level, key }) => `${level} ${JSON.stringify(key)}`);
    const found = new Set(differing).size;
    console.log(table(countBy([...new Set(differing)].map((row) => row.split(' ')[0] ?? ''))));

    heading('5. Repaired');
    const repairedAfter = await repair(bot, '--delete-orphans');
    console.log(`It wrote or deleted ${repairedAfter} rows.`);
    const end = await ask(bot);

    const apps = [before, gap, app, away];
    const circle: BoardCircle = {
      pair: 'board-app',
      missingAtStart,
      missing,
      dryRun,
      repaired,
      inSync: together.verdict === 'in-sync',
      writes: sum(apps.map((one) => one.writes())),
      failedForUsers: sum(apps.map((one) => one.failures())),
      lost: sum(apps.map((one) => one.lost())),
      found,
      repairedAfter,
      inSyncAtEnd: end.verdict === 'in-sync',
      seconds: Math.round((performance.now() - started) / 100) / 10,
    };
    console.log(`\nAll of it took ${seconds(performance.now() - started)}. ${relative(process.cwd(), join(boardApp, 'README.md'))} says how it works.\n`);
    console.log(`circle: ${JSON.stringify(circle)}`);
    if (!closes(circle)) throw new Error('The circle does not close: see the numbers above.');
  } finally {
    await github.close();
    await door.close();
    await system.close();
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

function countBy(names: readonly string[]): Record<string, number> {
  return Object.fromEntries([...Map.groupBy(names, (name) => name)].map(([name, all]) => [name, all.length]));
}

const table = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([name, count]) => `  ${name.padEnd(20)}${String(count).padStart(4)}`)
    .join('\n');

// --- The bot ---

type Finding = { type: string; level: string; key: unknown };
type Report = { verdict: string; findings: Finding[] };

/** One run of the action, as the workflow would start it. */
async function ask({ system, door, githubUrl }: Bot): Promise<Report> {
  const run = await runAction({
    workspace: root,
    githubApiUrl: githubUrl,
    inputs: {
      'supabase-url': door.url,
      'supabase-key': system.world.secretKey,
      config: 'examples/board-app/driftwatch.yml',
      mode: 'full',
      'dry-run': 'true',
      'fail-on': 'never',
    },
    env: { FIRESTORE_EMULATOR_HOST: system.firestore.host },
  });
  const [, sentence = ''] = /\*\*(.+?)\*\*/.exec(run.summary) ?? [];
  console.log(`\nDriftwatch: ${styleText('bold', sentence)}`);
  const path = run.outputs['report'];
  if (path === undefined || run.outputs['verdict'] === 'unknown')
    throw new Error(`The action could not compare. It ended with exit code ${run.exitCode} and this log:\n${run.log}`);
  return JSON.parse(readFileSync(path, 'utf8')) as Report;
}

/** @returns how many rows it changed, or would have changed */
function repair({ system, door }: Bot, ...options: readonly string[]): Promise<number> {
  const script = join(boardApp, 'scripts/migration/backfill-gap.ts');
  console.log(styleText('dim', `$ node scripts/migration/backfill-gap.ts ${options.join(' ')}`));
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [script, ...options, '--json'],
      {
        env: { ...process.env, SUPABASE_URL: door.url, SUPABASE_KEY: system.world.secretKey, FIRESTORE_EMULATOR_HOST: system.firestore.host },
        maxBuffer: 2 ** 26,
      },
      (error, stdout, stderr) => {
        if (error) reject(new Error(`The repair ended with ${error.code ?? error.message}:\n${stderr}${stdout}`));
        else resolve((JSON.parse(stdout) as { changes: unknown[] }).changes.length);
      },
    );
  });
}

// --- The app ---

function makeBoard({ firestore }: BoardSystem, id: string): void {
  firestore.set(
    `boards/${id}`,
    toFields({
      title: 'Winter',
      description: 'Four weeks of writing',
      cohort: 7,
      firstDay: new Date('2026-01-05T00:00:00Z'),
      lastDay: new Date('2026-01-30T00:00:00Z'),
      createdAt: new Date('2025-12-20T09:00:00Z'),
    }),
  );
}

type Made = { postId: string; commentId: string; replyId: string; reactionId: string; draftId: string };

/** The app with three users, and the Cloud Functions behind it. @param on whether the dual-write is on */
function makeApp(system: BoardSystem, { on, boardId = board }: { on: boolean; boardId?: string }) {
  const [ada, ben, clo] = people;
  const users = people.map((id) => system.user(id, { enabled: () => on }));
  const [adasApp, bensApp, closApp] = users.map(({ api }) => api);
  if (!adasApp || !bensApp || !closApp) throw new Error('Somebody is missing.');
  const functions = system.triggers({ enabled: () => on });
  let writes = 0;
  let failures = 0;
  let made: Made | undefined;

  /** Counts the write, whether it succeeds or not. */
  async function write<T>(work: Promise<T>): Promise<T> {
    writes += 1;
    try {
      return await work;
    } catch (error) {
      failures += 1;
      throw error;
    }
  }
  const event = (params: Record<string, string>, userId: string) => ({
    id: crypto.randomUUID(),
    time: new Date().toISOString(),
    params: { boardId, ...params },
    data: { userId },
  });
  const profile = (name: string) => ({
    realName: `${name} Example`,
    nickname: name,
    email: `${name}@example.org`,
    phoneNumber: null,
    profilePhotoURL: null,
    bio: null,
  });

  /** One of everything that the app does in a day. @param growOnly changes and deletes nothing that existed before */
  async function day({ growOnly = false } = {}): Promise<void> {
    if (!adasApp || !bensApp || !closApp) return;
    if (!growOnly)
      for (const [at, api] of [adasApp, bensApp, closApp].entries())
        await write(api.createUser({ id: people[at] ?? '', ...profile(['ada', 'ben', 'clo'][at] ?? '') }));
    const { id: postId } = await write(
      adasApp.createPost({
        boardId,
        authorId: ada,
        title: 'First light',
        content: 'It was still dark.',
        contentJson: { type: 'doc', content: [{ text: 'It was still dark.' }] },
      }),
    );
    const post = { boardId, postId };
    const { id: commentId } = await write(bensApp.createComment({ ...post, userId: ben, content: 'More of this!' }));
    const comment = { ...post, commentId };
    await write(functions.commentOnPost(event({ postId, commentId }, ben)));
    const { id: replyId } = await write(closApp.createReply({ ...comment, userId: clo, content: 'Yes!' }));
    const reply = { ...comment, replyId };
    await write(functions.replyOnComment(event({ postId, commentId, replyId }, clo)));
    await write(functions.replyOnPost(event({ postId, commentId, replyId }, clo)));
    const { id: reactionId } = await write(closApp.createReaction({ ...comment, userId: clo, content: '👏' }));
    await write(functions.reactionOnComment(event({ postId, commentId, reactionId }, clo)));
    await write(adasApp.createReaction({ ...reply, userId: ada, content: '🙏' }));
    await write(bensApp.createLike({ ...post, userId: ben }));
    await write(functions.likeOnPost(event({ postId }, ben)));
    await write(closApp.createLike({ ...post, userId: clo }));
    const { id: draftId } = await write(bensApp.saveDraft({ userId: ben, boardId, title: 'Untitled', content: '' }));
    await write(closApp.createReview({ boardId, reviewerId: clo, keepText: 'Writing every day', nps: 9, willContinue: true }));
    await write(bensApp.addUserToBoardWaitingList({ boardId, userId: ben }));
    made = { postId, commentId, replyId, reactionId, draftId };
    if (growOnly) return;

    await write(adasApp.blockUser({ blockerId: ada, blockedId: clo }));
    await write(adasApp.updateUser({ id: ada, bio: 'Writes at night.' }));
    await write(adasApp.updatePost({ ...post, title: 'First light, again' }));
    await write(bensApp.updateCommentToPost({ ...comment, content: 'Much more of this!' }));
    await write(closApp.updateReplyToComment({ ...reply, content: 'Yes, yes!' }));
    await write(bensApp.saveDraft({ id: draftId, userId: ben, boardId, title: 'A title', content: 'A line' }));
    await write(closApp.addReviewToBoard({ boardId, reviewerId: clo, keepText: 'Writing', createdAt: new Date(Date.now() + 1000) }));
    await write(closApp.deleteUserReaction({ ...comment, userId: clo }));
    await write(adasApp.createReaction({ ...comment, userId: ada, content: '❤️' }));
    await write(closApp.deleteUserLike({ ...post, userId: clo }));
    await write(adasApp.unblockUser({ blockerId: ada, blockedId: clo }));
    await write(adasApp.blockUser({ blockerId: ada, blockedId: ben }));
    const { id: regretted } = await write(adasApp.createPost({ boardId, authorId: ada, title: 'Regretted', content: '' }));
    const { id: answer } = await write(bensApp.createComment({ boardId, postId: regretted, userId: ben, content: 'Why?' }));
    await write(adasApp.createReply({ boardId, postId: regretted, commentId: answer, userId: ada, content: 'Never mind.' }));
    await write(adasApp.deletePost({ boardId, postId: regretted }));
    await write(bensApp.addUserToBoardWaitingList({ boardId, userId: ben }));
    await write(closApp.addUserToBoardWaitingList({ boardId, userId: clo }));
  }

  /** Each write loses one row, or leaves one that should be gone. @param of what existed before */
  async function outage({ postId, commentId, replyId, draftId }: Made): Promise<void> {
    if (!adasApp || !bensApp || !closApp) return;
    const post = { boardId, postId };
    await Promise.allSettled([
      write(adasApp.updateUser({ id: ada, bio: 'Writes in the morning.' })),
      write(adasApp.createPost({ boardId, authorId: ada, title: 'Nobody noticed', content: 'A thing.' })),
      write(adasApp.updatePost({ ...post, title: 'Last light' })),
      write(bensApp.createComment({ ...post, userId: ben, content: 'Still here' })),
      write(bensApp.updateCommentToPost({ ...post, commentId, content: 'Edited' })),
      write(closApp.createReply({ ...post, commentId, userId: clo, content: 'Here, too' })),
      write(bensApp.createReaction({ ...post, commentId, userId: ben, content: '🎈' })),
      write(bensApp.createReaction({ ...post, commentId, replyId, userId: ben, content: '🎈' })),
      write(adasApp.createLike({ ...post, userId: ada })),
      write(bensApp.deleteUserLike({ ...post, userId: ben })),
      write(bensApp.blockUser({ blockerId: ben, blockedId: clo })),
      write(bensApp.deleteDraft({ userId: ben, draftId })),
      write(closApp.saveDraft({ userId: clo, boardId, title: 'Tomorrow', content: '' })),
      write(adasApp.createReview({ boardId, reviewerId: ada, nps: 10 })),
      write(bensApp.removeUserFromBoardWaitingList({ boardId, userId: ben })),
      write(adasApp.addUserToBoardWaitingList({ boardId, userId: ada })),
      write(functions.likeOnPost(event({ postId }, clo))),
    ]);
  }

  return {
    day,
    outage,
    writes: () => writes,
    failures: () => failures,
    /** Each of them was reported. */
    lost: () => sum(users.map(({ reported }) => reported.length)) + functions.reported.length,
    made(): Made {
      if (!made) throw new Error('Nothing was made yet.');
      return made;
    },
  };
}
