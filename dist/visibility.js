import { createRequire as __createRequire } from 'node:module';
const require = __createRequire(import.meta.url);
import {
  isPrivateIn,
  repositorySchema
} from "./shared-event.js";
import {
  ask
} from "./shared-send.js";
import "./shared-proxy.js";
import "./shared-zod-2.js";
import "./shared-inert.js";
import "./shared-helpers.js";

// action/src/visibility.ts
var answerMs = 1e4;
var maxBytes = 2 ** 20;
async function askWhetherPrivate({ repository, apiUrl }, token) {
  if (!repository || token === "") return void 0;
  const name = `${repository.owner}/${repository.repo}`;
  try {
    const headers = { accept: "application/vnd.github+json", authorization: `Bearer ${token}`, "user-agent": "driftwatch" };
    const { status, body } = await ask(`${apiUrl}/repos/${repository.owner}/${repository.repo}`, { headers, signal: AbortSignal.timeout(answerMs) }, maxBytes);
    if (status !== 200) return void 0;
    return isPrivateIn(repositorySchema.safeParse(JSON.parse(body)).data, name);
  } catch {
    return void 0;
  }
}
export {
  askWhetherPrivate
};
