import process from 'node:process';
import { copyDatabase } from '../../../action/test/databases.ts';
import { type BoardSystem, boardStatements, startBoardSystem } from '../../../demo/board-system.ts';

export const tables = [
  'blocks',
  'board_waiting_users',
  'boards',
  'comments',
  'drafts',
  'likes',
  'notifications',
  'posts',
  'reactions',
  'replies',
  'reviews',
  'users',
  'write_ops',
];

/** The example with both of its stores; Postgres is on the server that `POSTGRES_URL` names, as it does when all tests run. */
export async function startSystem(): Promise<BoardSystem> {
  const server = process.env['POSTGRES_URL'];
  if (server === undefined) return startBoardSystem();
  const database = await copyDatabase(server, boardStatements());
  const system = await startBoardSystem({ postgres: database.url });
  return {
    ...system,
    async close() {
      await system.close();
      await database.drop();
    },
  };
}
