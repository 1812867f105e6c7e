import {
  InputError,
  defaults
} from "./shared-inputs.js";
import {
  setOutput,
  warning
} from "./shared-core.js";
import {
  ToldError
} from "./shared-proxy.js";
import {
  inert
} from "./shared-inert.js";

// action/src/pair/config.ts
import { constants, open } from "node:fs/promises";

// action/src/file-error.ts
var causes = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk is full",
  ENOENT: "there is no such file or directory",
  ENOTDIR: "a part of that path is a file",
  EEXIST: "there is a file of that name",
  EISDIR: "there is a directory of that name"
};
function causeOf(error) {
  const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
  return causes[code] ?? inert(code, 100);
}
var utf8 = new TextDecoder("utf-8", { fatal: true });
function readUtf8(bytes) {
  try {
    return utf8.decode(bytes);
  } catch {
    return void 0;
  }
}

// action/src/workspace.ts
import { lstat, mkdir, realpath } from "node:fs/promises";
import { dirname, relative, resolve, sep } from "node:path";
var OutsideError = class extends ToldError {
  name = "OutsideError";
};
var codeOf = (error) => error instanceof Error && "code" in error ? String(error.code) : "";
async function placeInWorkspace(workspace, path) {
  const root = await follow(resolve(workspace));
  const place = await follow(resolve(workspace, path));
  const inside = relative(root, place);
  if (inside === ".." || inside.startsWith(`..${sep}`) || resolve(root, inside) !== place)
    throw new OutsideError("leads out of the workspace through a symbolic link, where nothing is read or written");
  return place;
}
async function directoryInWorkspace(workspace, path) {
  const place = await placeInWorkspace(workspace, path);
  await mkdir(place, { recursive: true });
  return placeInWorkspace(workspace, path);
}
async function follow(path) {
  try {
    return await realpath(path);
  } catch (error) {
    if (codeOf(error) === "ELOOP") throw new OutsideError("is a symbolic link that leads nowhere", { cause: error });
    if (codeOf(error) !== "ENOENT" || path === dirname(path)) throw error;
    if (await lstat(path).then(
      (found) => found.isSymbolicLink(),
      () => false
    ))
      throw new OutsideError("is a symbolic link that leads nowhere", { cause: error });
    const parent = await follow(dirname(path));
    return resolve(parent, relative(dirname(path), path));
  }
}

// action/src/pair/config.ts
var maxBytes = 1024 * 1024;
async function readConfig(settings, workspace, environment) {
  const { config } = settings;
  const text = await readText(config, workspace);
  if (text === void 0) return void 0;
  const { readDeclaration } = await import("./declaration.js");
  const declaration = readDeclaration(text, environment, settings);
  if (!("mistakes" in declaration)) return declaration;
  const { describeMistakes } = await import("./mistakes.js");
  throw new InputError(describeMistakes(config, declaration.mistakes));
}
async function foresee(read, workspace, environment) {
  const config = read("config").trim() || (defaults["config"] ?? "");
  try {
    const settings = {
      config,
      revealValues: !/^(?:false)?$/i.test(read("reveal-values").trim()),
      supabaseKey: read("supabase-key").trim(),
      pseudonymKey: read("pseudonym-key").trim() || void 0
    };
    const declaration = await readConfig(settings, workspace, environment);
    const pair = choosePair({ pair: read("pair").trim(), config }, declaration);
    if (read("changed-within").trim() !== "") checkChanged(config, pair);
    return { declaration, needsSupabase: needsSupabase(pair), problem: void 0 };
  } catch (error) {
    if (error instanceof InputError) return { declaration: void 0, needsSupabase: false, problem: error };
    throw error;
  }
}
var rulesOf = (declaration, pair) => declaration?.accepted.filter((rule) => rule.pair === pair);
function declarationOf(asked, declaration, rules) {
  const pair = choosePair(asked, declaration);
  const stores = [pair?.legacy, pair?.normalized].map((name) => {
    const { type, ...rest } = declaration?.stores.get(name ?? "") ?? { type: "supabase" };
    return { name, type, ..."project" in rest && { project: rest.project, database: rest.database }, ..."schema" in rest && { schema: rest.schema } };
  });
  return { pair, stores, accepted: rules ?? [] };
}
async function readText(name, workspace) {
  const file = inert(name, 200);
  try {
    const handle = await open(await placeInWorkspace(workspace, name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const found = await handle.stat();
      if (!found.isFile()) throw new InputError(`The file ${file} is not a regular file. Correct the input config, or put a file there.`);
      if (found.size > maxBytes) throw new InputError(`${file}:1: the file is larger than 1 MiB. Make it smaller.`);
      const text = readUtf8(await handle.readFile());
      if (text === void 0) throw new InputError(`${file}:1: the file is not UTF-8 text. Save it as UTF-8.`);
      return text;
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof InputError) throw error;
    if (error instanceof OutsideError)
      throw new InputError(`Input config is "${file}", which ${error.message}. Replace the link with a file.`, { cause: error, input: "config" });
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    const isAbsent = code === "ENOENT" || code === "ENOTDIR";
    if (isAbsent && name === defaults["config"]) return void 0;
    throw new InputError(
      isAbsent ? `Input config is "${file}", and there is no such file in the workspace. Correct the path, or check the repository out (actions/checkout) before this step.` : `The file ${file} cannot be read (${inert(code, 40)}). Make it a file that the runner may read.`,
      { cause: error, input: "config" }
    );
  }
}
var builtIn = "habit-tracker";
var inputStore = "supabase";
function choosePair({ pair: name, config }, declaration) {
  const pairs = declaration?.pairs ?? /* @__PURE__ */ new Map();
  const names = [...pairs.keys()];
  if (name === builtIn) return void 0;
  if (name !== "") {
    const found = pairs.get(name);
    if (found) return found;
    throw new InputError(`Input pair is "${name}", which ${config} does not declare; accepted: ${[...names, builtIn].join(", ")}.`, { input: "pair" });
  }
  if (names.length > 1)
    throw new InputError(`Input pair is missing, and ${config} declares several pairs; accepted: ${[...names, builtIn].join(", ")}.`, { input: "pair" });
  return pairs.values().next().value;
}
function checkChangedWithin({ changedWithinSeconds, config }, pair) {
  if (changedWithinSeconds !== void 0) checkChanged(config, pair);
}
function checkChanged(config, pair) {
  if (pair === void 0)
    throw new InputError(
      `Input changed-within is for pairs that ${config} declares, and ${builtIn} is built in. Leave it out, or name such a pair with pair.`,
      { input: "changed-within" }
    );
  const says = [...pair.entities.values()].some(({ changed }) => changed.legacy !== void 0 || changed.normalized !== void 0);
  if (!says)
    throw new InputError(
      `Input changed-within is set, and no entity of the pair ${pair.name} says when its rows were written. Declare changed in ${config}, or leave changed-within out.`,
      { input: "changed-within" }
    );
}
var needsSupabase = (pair) => pair === void 0 || pair.legacy === inputStore || pair.normalized === inputStore;

// action/src/publish/outputs.ts
import { randomUUID } from "node:crypto";
import { appendFileSync, statSync, truncateSync } from "node:fs";
var withoutReport = {
  verdict: "unknown",
  severity: "none",
  "drift-rate": 0,
  "drift-rate-upper-bound": 1,
  compared: 0,
  population: 0,
  findings: 0,
  "reads-legacy": 0,
  "reads-normalized": 0,
  "issue-number": "",
  "issue-url": "",
  report: "",
  "report-html": "",
  seed: "",
  "cutover-ready": "false",
  "cutover-reasons": "This run was inconclusive: whether both sides agree is unknown."
};
function writeOutputs(outputs) {
  const file = process.env["GITHUB_OUTPUT"] ?? "";
  if (file === "") {
    for (const [name, value] of Object.entries(outputs)) setOutput(name, value);
    warning("GITHUB_OUTPUT is not set, so the outputs were printed as commands, which newer runners do not read; nothing else is affected.");
    return;
  }
  const end = `end_${randomUUID()}`;
  const text = Object.entries(outputs).map(([name, value]) => `${name}<<${end}
${value}
${end}
`).join("");
  let before;
  try {
    before = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    appendFileSync(file, text);
  } catch (error) {
    if (before !== void 0) takeBack(file, before);
    warning(
      `The outputs could not be written (${causeOf(error)}), so later steps see none; nothing else is affected. Check the runner's disk and the file that GITHUB_OUTPUT names.`
    );
  }
}
function takeBack(file, size) {
  try {
    truncateSync(file, size);
  } catch {
  }
}

export {
  causeOf,
  OutsideError,
  placeInWorkspace,
  directoryInWorkspace,
  foresee,
  rulesOf,
  declarationOf,
  choosePair,
  checkChangedWithin,
  withoutReport,
  writeOutputs
};
