import {
  boolean,
  object,
  string
} from "./shared-zod-2.js";

// action/src/event.ts
import { readFileSync } from "node:fs";
var repository = object({ full_name: string(), private: boolean(), visibility: string(), fork: boolean() }).partial();
var eventSchema = object({ repository, pull_request: object({ head: object({ repo: repository.nullable() }).partial() }).partial() }).partial();
function readEvent(env) {
  const event = parse(env["GITHUB_EVENT_PATH"] ?? "");
  return { isPrivate: isPrivateIn(event.repository, env["GITHUB_REPOSITORY"]), secretsMissing: whySecretsAreMissing(event, env["GITHUB_ACTOR"]) };
}
function parse(path) {
  if (path === "") return {};
  try {
    return eventSchema.safeParse(JSON.parse(readFileSync(path, "utf8")), { jitless: true }).data ?? {};
  } catch {
    return {};
  }
}
function isPrivateIn(said, name) {
  if (said?.full_name !== void 0 && said.full_name.toLowerCase() !== name?.toLowerCase()) return void 0;
  if (said?.visibility !== void 0) return said.visibility === "private" && said.private !== false;
  return said?.private;
}
var repositorySchema = repository;
function whySecretsAreMissing({ repository: own, pull_request: pull }, actor) {
  if (actor === "dependabot[bot]")
    return "Dependabot started this run, and GitHub does not pass Actions secrets to such runs: start it on a schedule or by hand.";
  if (pull?.head && pull.head.repo?.full_name !== own?.full_name)
    return "A pull request from a fork started this run, and GitHub does not pass secrets to such runs: start it on a schedule or by hand.";
  if (own?.fork === true) return "This repository is a fork, and forks do not have the secrets of the original: set its own, or disable the workflow here.";
  return "Secrets that are not set, or whose names are misspelled, arrive empty (Settings > Secrets and variables > Actions), and so does every secret in a run that a fork or Dependabot started.";
}

export {
  readEvent,
  isPrivateIn,
  repositorySchema
};
