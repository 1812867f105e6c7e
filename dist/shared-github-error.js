import { createRequire as __createRequire } from 'node:module';
const require = __createRequire(import.meta.url);
import {
  ToldError,
  inert
} from "./shared-zod.js";

// action/src/publish/issue/github-error.ts
var GitHubError = class extends ToldError {
  name = "GitHubError";
};
var isFailure = (error) => error instanceof Error && "status" in error && typeof error.status === "number";
function explain(error, what, apiUrl) {
  return new GitHubError(sentence(error, what, apiUrl), { cause: error });
}
function sentence(error, what, apiUrl) {
  const failed = `GitHub did not ${what}`;
  if (!isFailure(error)) return `${failed}: its answer could not be understood. Run the job again; the next run catches up.`;
  const { status, response } = error;
  const said = inert(error.message, 300);
  if (!response) {
    return `${failed}: ${new URL(apiUrl).host} could not be reached or broke off (${said}). If this happens again, check the runner's network and proxy; the next run catches up.`;
  }
  if (response.headers["x-ratelimit-remaining"] === "0" && (status === 403 || status === 429)) {
    const reset = Number(response.headers["x-ratelimit-reset"]) * 1e3;
    const until = Number.isFinite(reset) ? ` until ${new Date(reset).toISOString().slice(0, 16).replace("T", " ")} UTC` : "";
    return `${failed}: the rate limit of this token is used up${until}. Run this job less often or give it a token of its own; the next run catches up.`;
  }
  if (status === 429 || /secondary rate/i.test(error.message)) {
    return `${failed}: it asks to slow down for longer than this run can wait (${status}). The next run catches up.`;
  }
  if (status === 401) {
    return `${failed}: it does not know the token (401). Give \`github-token\` the value \${{ github.token }}, or renew the token that stands there.`;
  }
  if (status === 403) {
    return `${failed}: the token may not do that (403: ${said}). Give the job \`permissions: issues: write\`; runs of a pull request from a fork never get it.`;
  }
  if (status === 404) {
    return `${failed}: it finds no such thing, or hides it from this token (404). Give the job \`permissions: issues: write\`, and check that the token belongs to this repository.`;
  }
  if (status === 410) {
    return `${failed}: issues are disabled in this repository (410). Enable them in Settings > General > Features, or set \`issue-on: never\`.`;
  }
  if (status >= 500) {
    return `${failed}: it answered ${status}, also when asked again. This is usually over soon (see githubstatus.com); the next run catches up.`;
  }
  return `${failed}: it refused the request (${status}: ${said}). This may be a fault of Driftwatch; please open an issue that names its version.`;
}

export {
  GitHubError,
  isFailure,
  explain
};
