import {
  ask,
  retried
} from "./shared-postgrest-js.js";
import {
  isPrivateIn,
  repositorySchema
} from "./shared-zod.js";
import "./shared-helpers.js";

// action/src/visibility.ts
var answerMs = 1e4;
var retryMs = 500;
var maxBytes = 2 ** 20;
async function askWhetherPrivate({ repository, apiUrl }, token) {
  if (!repository || token === "") return void 0;
  const name = `${repository.owner}/${repository.repo}`;
  const headers = { accept: "application/vnd.github+json", authorization: `Bearer ${token}`, "user-agent": "driftwatch" };
  const answer = await retried(
    () => ask(`${apiUrl}/repos/${name}`, { headers, signal: AbortSignal.timeout(answerMs) }, maxBytes).catch(() => void 0),
    (answered) => answered === void 0 || answered.status >= 500 ? { tries: 2 } : void 0,
    { firstMs: retryMs, mayWait: () => true }
  );
  if (answer?.status !== 200) return void 0;
  try {
    return isPrivateIn(repositorySchema.safeParse(JSON.parse(answer.body)).data, name);
  } catch {
    return void 0;
  }
}
export {
  askWhetherPrivate
};
