import { createRequire as __createRequire } from 'node:module';
const require = __createRequire(import.meta.url);
import {
  setOutput,
  warning
} from "./shared-core.js";
import {
  inert
} from "./shared-zod-2.js";

// action/src/publish/outputs.ts
import { randomUUID } from "node:crypto";
import { appendFileSync, statSync, truncateSync } from "node:fs";

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

// action/src/publish/outputs.ts
function writeOutputs(outputs) {
  const file = process.env["GITHUB_OUTPUT"] ?? "";
  if (file === "") {
    for (const [name, value] of Object.entries(outputs)) setOutput(name, value);
    warning("GITHUB_OUTPUT is not set, so the outputs were printed as commands, which newer runners do not read; everything else of this run stands.");
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
    warning(`The outputs could not be written (${causeOf(error)}), so later steps see none; everything else of this run stands. Check the runner's disk and the file that GITHUB_OUTPUT names.`);
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
  writeOutputs
};
