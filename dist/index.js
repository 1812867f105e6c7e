import {
  readEvent
} from "./shared-event.js";
import {
  foresee,
  withoutReport,
  writeOutputs
} from "./shared-config.js";
import {
  InputError,
  isSafe,
  mustBePrivate,
  partsOf,
  readSettings,
  revealedInPublic,
  secretInputs
} from "./shared-inputs.js";
import {
  getInput,
  setFailed,
  setSecret
} from "./shared-core.js";
import "./shared-zod.js";
import {
  ToldError,
  describeDefect,
  proxyFor,
  secretsOfProxies,
  sentenceOf
} from "./shared-proxy.js";
import "./shared-zod-2.js";
import "./shared-inert.js";
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
    runNumber: Number(/^[1-9]\d{0,14}$/.exec(env["GITHUB_RUN_NUMBER"] ?? "")?.[0] ?? 1),
    runUrl: repository && runId ? `${serverUrl}/${repository.owner}/${repository.repo}/actions/runs/${runId}${attempt === "1" ? "" : `/attempts/${attempt}`}` : void 0,
    apiUrl: readApiUrl(env["GITHUB_API_URL"] || "https://api.github.com"),
    workspace: env["GITHUB_WORKSPACE"] || process.cwd()
  };
}
function readApiUrl(text) {
  if (URL.canParse(text) && isSafe(new URL(text))) return text.replace(/\/+$/, "");
  throw new InputError(
    "GITHUB_API_URL, which the runner sets, is not an https address, so anyone on the network path could read the token sent to it. Make the GitHub server use https."
  );
}

// action/src/main.ts
async function main() {
  try {
    boundMemory();
    maskSecrets();
    refuseOldNode(process.versions.node);
    lookAtProxies();
    const context = readContext(process.env);
    const { settings, declaration } = await readInputs(context);
    const { run } = await import("./run.js");
    const failures = await run(settings, context, declaration);
    if (failures.length > 0) setFailed(failures.join(" "));
  } catch (error) {
    writeOutputs(withoutReport);
    setFailed(error instanceof InputError ? error.message : sentenceOf(error));
  }
}
async function readInputs(context) {
  const event = readEvent(process.env);
  const { declaration, ...foreseen } = await foresee(getInput, context.workspace, process.env);
  const settings = readSettings(getInput, { ...context, ...event, ...foreseen });
  if (!mustBePrivate(getInput) || event.isPrivate === true) return { settings, declaration };
  const { askWhetherPrivate } = await import("./visibility.js");
  const isPrivate = await askWhetherPrivate(context, settings.githubToken);
  if (isPrivate !== true) throw new InputError(`Input ${revealedInPublic(getInput("reveal-values"), isPrivate)}`);
  return { settings, declaration };
}
function refuseOldNode(version) {
  if (Number.parseInt(version, 10) >= 22) return;
  throw new ToldError(
    `The action runs on Node 24, and this is Node ${version}, which cannot load it. GitHub's runners bring the right one: let a workflow start the action, or start dist/index.js with Node 24.`
  );
}
function maskSecrets() {
  const secrets = secretInputs.flatMap((name) => [getInput(name, { trimWhitespace: false }), ...partsOf(getInput(name))]);
  for (const secret of new Set(secrets)) if (secret.trim() !== "") setSecret(secret);
}
function lookAtProxies() {
  for (const secret of secretsOfProxies(process.env)) setSecret(secret);
  for (const address of ["https://driftwatch.invalid", "http://driftwatch.invalid"]) proxyFor(new URL(address));
}
function boundMemory() {
  setFlagsFromString("--semi-space-growth-factor=1");
  setFlagsFromString("--heap-growing-percent=30");
  for (const flag of ["--liftoff-only", "--no-wasm-tier-up", "--no-wasm-dynamic-tiering"]) setFlagsFromString(flag);
}

// action/src/index.ts
process.on("uncaughtException", (error) => {
  setFailed(describeDefect(error));
  exit();
});
await main();
exit();
function exit() {
  process.stdout.write("", () => process.exit());
}
