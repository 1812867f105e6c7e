/** Runs the route of examples/daily-quests in a separate process, which prints its address and ends with its stdin. */
import { serveRoute } from '../examples/daily-quests/test/stage.ts';

const { url } = await serveRoute();
console.log(url);
process.stdin.resume().once('end', () => process.exit());
