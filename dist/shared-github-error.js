import {
  acceptedTable,
  acceptedTotal,
  paragraphs,
  partName,
  statistics,
  time,
  typesTable,
  verdictLine
} from "./shared-markdown.js";
import {
  againAfter,
  ask,
  asked,
  capitalized,
  causeOfAnswer,
  causeOfError,
  count,
  documents,
  isPassing,
  retried,
  sentenceFor
} from "./shared-postgrest-js.js";
import {
  ToldError,
  inert
} from "./shared-zod.js";

// action/src/publish/issue/github-fetch.ts
var maxBytes = 32 * 2 ** 20;
var tries = 4;
var hostOf = (apiUrl) => ({
  who: `GitHub's API at ${new URL(apiUrl).host}`,
  address: "GITHUB_API_URL",
  whenGone: "this runner cannot look names up: check the runner's network; the next run catches up",
  whenDown: "look at githubstatus.com and at the runner's network and proxy; the next run catches up"
});
function createFetch({ apiUrl, timeoutMs, secondMs, mayWait }) {
  const host = hostOf(apiUrl);
  const foreign = `What answers at ${host.address} is not GitHub. Check the runner's network and proxy; the next run catches up.`;
  const unanswered = (cause) => new Error(sentenceFor(cause, host, timeoutMs) ?? foreign);
  async function attempt(url, init) {
    try {
      const answer = await ask(url, { ...init, signal: AbortSignal.timeout(timeoutMs) }, maxBytes);
      const cause = causeOf(answer);
      return cause ? { answer: withoutToken(answer, init), cause } : { answer };
    } catch (error) {
      return { cause: causeOfError(error) };
    }
  }
  return async (url, init) => {
    if (new URL(url).origin !== new URL(apiUrl).origin) throw new Error(foreign);
    const mayRepeat = isRepeatable(url, init.method);
    const { answer, cause } = await retried(
      () => attempt(url, init),
      (result) => scaled(againOf(result, mayRepeat), secondMs),
      { firstMs: secondMs, limitedMs: secondMs, mayWait: (ms) => mayWait(ms / secondMs) }
    );
    if (answer && (!cause || answer.status >= 300))
      return new Response(hasNoBody(answer.status) ? null : answer.body, { status: answer.status, headers: withoutEncoding(answer.headers) });
    throw unanswered(cause ?? causeOfError(void 0));
  };
}
function causeOf(answer) {
  if (answer.status >= 300) return causeOfAnswer(answer);
  if (hasNoBody(answer.status)) return void 0;
  if (!answer.isTooLarge && isJson(answer.body)) return void 0;
  const cause = causeOfAnswer(answer);
  return cause.kind === "web-page" ? cause : { ...cause, kind: "cut" };
}
function againOf({ answer, cause }, mayRepeat) {
  if (!cause || answer && isKnownLimit(answer)) return void 0;
  const isRefused2 = cause.status >= 400 && cause.status < 500;
  if (!isRefused2 && !mayRepeat) return void 0;
  return againAfter(cause, isPassing(cause) ? tries : 1);
}
var scaled = (again, secondMs) => again && { ...again, waitMs: again.waitMs === void 0 ? void 0 : again.waitMs * secondMs / 1e3 };
var isKnownLimit = ({ status, headers, body }) => (status === 403 || status === 429) && (headers.get("x-ratelimit-remaining") === "0" || /\bsecondary rate\b/i.test(body));
var isRepeatable = (url, method = "GET") => method !== "POST" || new URL(url).pathname.endsWith("/labels");
var hasNoBody = (status) => status === 204 || status === 205 || status === 304;
function isJson(text) {
  try {
    return typeof JSON.parse(text) === "object";
  } catch {
    return false;
  }
}
function withoutToken(answer, { headers }) {
  const [, token = ""] = /^\w+ (.+)$/.exec(new Headers(headers).get("authorization") ?? "") ?? [];
  return token === "" ? answer : { ...answer, body: answer.body.replaceAll(token, "***") };
}
function withoutEncoding(headers) {
  const kept = new Headers(headers);
  for (const name of ["content-encoding", "content-length", "transfer-encoding"]) kept.delete(name);
  return kept;
}

// action/src/publish/issue/github-error.ts
var GitHubError = class extends ToldError {
  name = "GitHubError";
};
var isFailure = (error) => error instanceof Error && "status" in error && typeof error.status === "number";
function explain(error, what, apiUrl) {
  return new GitHubError(sentence(error, what, apiUrl), { cause: error });
}
var headersOf = ({ headers }) => new Headers(Object.entries(headers).flatMap(([name, value]) => value === void 0 ? [] : [[name, String(value)]]));
var bodyOf = ({ data }) => typeof data === "string" ? data : JSON.stringify(data ?? null);
var causeOf2 = (status, response) => causeOfAnswer({ status, headers: headersOf(response), body: bodyOf(response) });
var askedWait = ({ status, response }) => (response && causeOf2(status, response).waitMs) ?? 0;
var isUsedUp = (status, headers) => headers.get("x-ratelimit-remaining") === "0" && (status === 403 || status === 429);
var isSlowedDown = (status, message, { waitMs }) => status === 429 || /secondary rate|submitted too quickly/i.test(message) || status === 403 && waitMs !== void 0;
function isRefused(error) {
  if (!isFailure(error) || !error.response) return false;
  const { status, response, message } = error;
  const cause = causeOf2(status, response);
  return (status === 403 || status === 422) && cause.kind === "said" && !isUsedUp(status, headersOf(response)) && !isSlowedDown(status, message, cause);
}
function sentence(error, what, apiUrl) {
  const failed = `GitHub did not ${what}`;
  if (!isFailure(error)) return `${failed}: its answer could not be understood. Run the job again; the next run catches up.`;
  const { status, response, message } = error;
  if (!response) return `${failed}. ${message}`;
  const headers = headersOf(response);
  const cause = causeOf2(status, response);
  if (isUsedUp(status, headers)) {
    const reset = Number(headers.get("x-ratelimit-reset")) * 1e3;
    const until = reset > 0 && reset < 864e13 ? ` until ${new Date(reset).toISOString().slice(0, 16).replace("T", " ")} UTC` : "";
    return `${failed}: the rate limit of this token is used up${until}. Run this job less often or give it a token of its own; the next run catches up.`;
  }
  if (isSlowedDown(status, message, cause)) {
    return `${failed}: it asks to slow down for longer than this run can wait (${status})${asked(cause)}. The next run catches up.`;
  }
  if (status >= 300 && status < 400) {
    return `${failed}: it was moved to another address (${status}), where the token is not sent. The issue was transferred, or the repository was renamed meanwhile; the next run catches up.`;
  }
  if (status >= 500 && cause.kind !== "error-page") {
    return `${failed}: it answered ${status}${asked(cause) || ", even after trying again"}. This usually passes soon (see githubstatus.com); the next run catches up.`;
  }
  if (cause.kind === "said") return saidByGitHub(failed, status, inert(message, 300), headers);
  const shared = sentenceFor(cause, hostOf(apiUrl), 0);
  return shared === void 0 ? `${failed}: it was refused at GITHUB_API_URL (${status}), but not by GitHub. Check the runner's network and proxy; the next run catches up.` : `${failed}. ${shared}`;
}
function saidByGitHub(failed, status, said, headers) {
  switch (status) {
    case 401:
      return `${failed}: it does not recognize the token (401). Give \`github-token\` the value \${{ github.token }}, or renew the token you set.`;
    case 403:
      if (headers.has("x-github-sso") || /\bSAML\b|single sign-on/i.test(said)) {
        return `${failed}: the organization requires single sign-on, for which the token is not authorized (403: ${said}). Authorize the token for the organization, or give \`github-token\` the value \${{ github.token }}.`;
      }
      if (/\bIP\b.*allow list|allow list.*\bIP\b/i.test(said)) {
        return `${failed}: the organization or enterprise only allows listed IP addresses, and this runner's is not one of them (403: ${said}). Use a runner whose address is on the list.`;
      }
      if (/archived/i.test(said)) return `${failed}: the repository is archived (403: ${said}). Unarchive it, or set \`issue-on: never\`.`;
      if (/is locked/i.test(said)) return `${failed}: the issue is locked (403: ${said}). Unlock it, or leave it locked; the next run catches up.`;
      if (/blocked|suspended/i.test(said))
        return `${failed}: the repository or the owner of the token is blocked (403: ${said}). Ask the owner of the repository, or GitHub's support.`;
      return `${failed}: the token may not do that (403: ${said}). Give the job \`permissions: issues: write\`; runs of a pull request from a fork never get it.`;
    case 404:
      return `${failed}: it does not exist, or this token cannot see it (404). Give the job \`permissions: issues: write\`, and check that the token belongs to this repository.`;
    case 410:
      return /delet/i.test(said) ? `${failed}: the issue was deleted (410). Nothing needs to be done: the next run opens another one if there still is drift.` : `${failed}: issues are disabled in this repository (410). Enable them in Settings > General > Features, or set \`issue-on: never\`.`;
    case 451:
      return `${failed}: access to the repository is blocked for legal reasons (451: ${said}). Look at the notice that GitHub shows on the repository's page.`;
    default:
      return `${failed}: it refused the request (${status}: ${said}). This may be a bug in Driftwatch; please open an issue that names its version.`;
  }
}

// action/src/publish/issue/comments.ts
import { createHash } from "node:crypto";
var signed = (text, about) => paragraphs(text, `<!-- driftwatch:said ${createHash("sha256").update(JSON.stringify(about)).digest("base64url").slice(0, 22)} -->`);
var signatureOf = (body) => /^<!-- driftwatch:said [\w-]+ -->$/m.exec(body)?.[0] ?? body;
var thisRun = ({ runUrl }) => runUrl ? `[this run](${runUrl})` : "this run";
function otherWeeks(report, now, earlier) {
  const { words, coverage } = report;
  const before = earlier.weeks?.count ?? 0;
  const [those, known] = [documents(words, now.count), documents(words, before)];
  return coverage ? `${capitalized(words.document.many)} differ that were not known to: ${those} ${now.count === 1 ? "differs" : "differ"} in ${partName(report)}; in all parts, ${known} ${before === 1 ? "was" : "were"} known to differ.` : `Different ${words.document.many} differ now: ${those}, against ${known} when drift was last seen.`;
}
function worsenedComment(report, context, before, change) {
  const rose = change.rose ? `Severity rose from ${before.severity} to ${report.severity}.` : "";
  const others = change.weeks ? otherWeeks(report, change.weeks, before) : "";
  return paragraphs(
    verdictLine(report),
    [rose, others, `Seen by ${thisRun(context)}; the description above is up to date.`].filter(Boolean).join(" "),
    typesTable(report)
  );
}
function recoveredComment(report, context, before) {
  const seen = before.runs > 0 ? `, seen by ${count(before.runs, "run")}, at worst ${before.worst}` : "";
  const lasted = `The drift lasted ${lasting(before.firstSeen, report.finishedAt)}: first seen ${time(before.firstSeen)}${seen}.`;
  const differed = report.mode === "full" && !report.coverage && acceptedTotal(report) === 0 ? before.weeks?.count ?? 0 : 0;
  const agree = differed > 0 ? ` The ${documents(report.words, differed)} that differed when drift was last seen no longer ${differed === 1 ? "does" : "do"}.` : "";
  return paragraphs(verdictLine(report), lasted, `Cleared by ${thisRun(context)}: ${statistics(report)}${agree}`, acceptedTable(report));
}
var duplicateComment = (winner) => `Duplicate of #${winner}, the newest open issue about this drift. It is the one that is kept up to date.`;
function lasting(from, to) {
  const minutes = Math.max(Math.floor((Date.parse(to) - Date.parse(from)) / 6e4), 0);
  const days = Math.floor(minutes / 1440);
  const hours = Math.floor(minutes % 1440 / 60);
  if (days === 0 && hours === 0) return minutes === 0 ? "less than a minute" : count(minutes, "minute");
  const parts = [days > 0 ? count(days, "day") : "", hours > 0 ? count(hours, "hour") : ""];
  return parts.filter(Boolean).join(" ");
}

export {
  createFetch,
  GitHubError,
  isFailure,
  explain,
  askedWait,
  isRefused,
  signed,
  signatureOf,
  worsenedComment,
  recoveredComment,
  duplicateComment
};
