import { createRequire as __createRequire } from 'node:module';
const require = __createRequire(import.meta.url);
import {
  InputError,
  readSettings
} from "./shared-inputs.js";
import {
  getInput,
  setFailed,
  setOutput,
  setSecret
} from "./shared-core.js";
import {
  describeDefect,
  sentenceOf
} from "./shared-zod.js";
import "./shared-helpers.js";

// action/src/main.ts
import { setFlagsFromString } from "node:v8";

// action/src/context.ts
function readContext(env) {
  const [owner, repo] = (env["GITHUB_REPOSITORY"] ?? "").split("/");
  const repository = owner && repo ? { owner, repo } : void 0;
  const runId = env["GITHUB_RUN_ID"];
  const attempt = env["GITHUB_RUN_ATTEMPT"] ?? "1";
  const serverUrl = env["GITHUB_SERVER_URL"] || "https://github.com";
  return {
    repository,
    runName: `${runId || "local"}-${attempt}`,
    runUrl: repository && runId ? `${serverUrl}/${repository.owner}/${repository.repo}/actions/runs/${runId}${attempt === "1" ? "" : `/attempts/${attempt}`}` : void 0,
    apiUrl: env["GITHUB_API_URL"] || "https://api.github.com",
    workspace: env["GITHUB_WORKSPACE"] || process.cwd()
  };
}

// action/src/main.ts
async function main() {
  try {
    boundMemory();
    maskSecrets();
    const context = readContext(process.env);
    const settings = readSettings(getInput, context);
    const { run } = await import("./run.js");
    const failures = await run(settings, context);
    if (failures.length > 0) setFailed(failures.join(" "));
  } catch (error) {
    setOutput("verdict", "unknown");
    setOutput("severity", "none");
    setOutput("cutover-ready", "false");
    setFailed(error instanceof InputError ? error.message : sentenceOf(error));
  }
}
function maskSecrets() {
  for (const name of ["supabase-key", "github-token", "discord-webhook-url", "heartbeat-url"]) {
    const secret = getInput(name);
    if (secret === "") continue;
    setSecret(secret);
    const [, token = ""] = /\/webhooks\/[^/]+\/([^/?#]+)/.exec(secret) ?? [];
    if (token.length >= 8) setSecret(token);
    const path = name === "heartbeat-url" && URL.canParse(secret) ? `${new URL(secret).pathname}${new URL(secret).search}` : "";
    if (path.length >= 8) setSecret(path);
  }
}
function boundMemory() {
  setFlagsFromString("--semi-space-growth-factor=1");
  setFlagsFromString("--heap-growing-percent=30");
  for (const flag of ["--liftoff-only", "--no-wasm-tier-up", "--no-wasm-dynamic-tiering"]) setFlagsFromString(flag);
}

// action/src/index.ts
process.once("uncaughtException", (error) => {
  setFailed(describeDefect(error));
  exit();
});
await main();
exit();
function exit() {
  process.stdout.write("", () => process.exit());
}
