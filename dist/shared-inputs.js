import {
  ToldError
} from "./shared-proxy.js";
import {
  NEVER,
  _enum,
  object,
  string
} from "./shared-zod-2.js";
import {
  inert
} from "./shared-inert.js";

// action/src/parts/hash.ts
function hashText(text) {
  const bytes = Buffer.from(text);
  let a = 2654435769 + bytes.length + 3923095 | 0;
  let b = a;
  let c = a;
  let at = 0;
  for (; bytes.length - at >= 12; at += 12) {
    a = a + bytes.readInt32LE(at) | 0;
    b = b + bytes.readInt32LE(at + 4) | 0;
    c = c + bytes.readInt32LE(at + 8) | 0;
    a = a - c ^ rotated(c, 4);
    c = c + b | 0;
    b = b - a ^ rotated(a, 6);
    a = a + c | 0;
    c = c - b ^ rotated(b, 8);
    b = b + a | 0;
    a = a - c ^ rotated(c, 16);
    c = c + b | 0;
    b = b - a ^ rotated(a, 19);
    a = a + c | 0;
    c = c - b ^ rotated(b, 4);
    b = b + a | 0;
  }
  const rest = (place) => bytes[at + place] ?? 0;
  c = c + (rest(8) << 8) + (rest(9) << 16) + (rest(10) << 24) | 0;
  b = b + rest(4) + (rest(5) << 8) + (rest(6) << 16) + (rest(7) << 24) | 0;
  a = a + rest(0) + (rest(1) << 8) + (rest(2) << 16) + (rest(3) << 24) | 0;
  c = (c ^ b) - rotated(b, 14) | 0;
  a = (a ^ c) - rotated(c, 11) | 0;
  b = (b ^ a) - rotated(a, 25) | 0;
  c = (c ^ b) - rotated(b, 16) | 0;
  a = (a ^ c) - rotated(c, 4) | 0;
  b = (b ^ a) - rotated(a, 14) | 0;
  c = (c ^ b) - rotated(b, 24) | 0;
  return c >>> 0;
}
var rotated = (word, bits) => word << bits | word >>> 32 - bits;

// action/src/parts/part.ts
var mostParts = 1e3;
function readPart(text) {
  const [, index, of] = /^([1-9]\d{0,3})\/([1-9]\d{0,3})$/.exec(text) ?? [];
  const part2 = { index: Number(index), of: Number(of) };
  return part2.of <= mostParts && part2.index <= part2.of ? part2 : void 0;
}
var partText = ({ index, of }) => `${index}/${of}`;
var partOf = (text, of) => (hashText(text) & 2147483647) % of + 1;

// action/src/privacy/secrets.ts
var shortestPart = 8;
function partsOf(secret2) {
  const url = URL.canParse(secret2) ? new URL(secret2) : void 0;
  const path = url && /^https?:$/.test(url.protocol) ? [`${url.pathname}${url.search}`] : [];
  const [, token = ""] = /\/webhooks\/[^/]+\/([^/?#]+)/.exec(secret2) ?? [];
  const [, signature = ""] = /^eyJ[\w-]*\.[\w-]*\.([\w-]+)$/.exec(secret2) ?? [];
  const parts = [...path, token, signature, ...secret2.split(/[\r\n]+/).map((line) => line.trim())];
  return [secret2, ...parts.filter((part2) => part2.length >= shortestPart)];
}
var knownBeginnings = /sb_secret_|sb_publishable_|\bsbp_|eyJ|\bgh[a-z]_|github_pat_|\bglpat-|\bxox[a-z]-|\bsk-|\bAKIA/;
var addressWithMore = /\/\/[^/?#\s]*@|:\/\/[^/?#\s]*(?:\/+[^/\s]|\/*[?#])|\/webhooks\//i;
var perhapsAddress = /\b[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}(?::\d+)?\/+\S|@/i;
var longest = 20;
var looksDrawn = (word) => word.length >= longest && (/\d/.test(word) && /[a-z]/i.test(word) || /[a-z]/.test(word) && /[A-Z]/.test(word) || /^[\d-]+$/.test(word));
var holdsSecret = (value) => knownBeginnings.test(value) || addressWithMore.test(value);
var isRepeatable = (value) => !holdsSecret(value) && !perhapsAddress.test(value) && !value.split(/[^\w+=~.-]+/).some(looksDrawn);

// action/src/inputs.ts
var publishLevels = ["medium", "high", "critical", "never"];
var names = {
  supabaseUrl: "supabase-url",
  supabaseKey: "supabase-key",
  discordWebhookUrl: "discord-webhook-url",
  githubToken: "github-token",
  mode: "mode",
  sampleSize: "sample-size",
  confidence: "confidence",
  seed: "seed",
  highThreshold: "high-threshold",
  criticalThreshold: "critical-threshold",
  weekAlignment: "week-alignment",
  settleSeconds: "settle-seconds",
  timeBudgetSeconds: "time-budget-seconds",
  issueOn: "issue-on",
  discordOn: "discord-on",
  failOn: "fail-on",
  issueLabels: "issue-labels",
  remindAfterHours: "remind-after-hours",
  revealValues: "reveal-values",
  dryRun: "dry-run",
  reportDirectory: "report-directory",
  config: "config",
  pair: "pair",
  changedWithinSeconds: "changed-within",
  readBudget: "read-budget",
  pseudonymKey: "pseudonym-key",
  readyAfter: "ready-after",
  heartbeatUrl: "heartbeat-url",
  part: "part",
  merge: "merge",
  rotate: "rotate"
};
var secretInputs = ["supabase-key", "github-token", "discord-webhook-url", "heartbeat-url", "pseudonym-key"];
var renamed = { "known-drift": "config" };
var defaults = {
  mode: "auto",
  "sample-size": "auto",
  confidence: "0.95",
  "high-threshold": "0.1%",
  "critical-threshold": "1%",
  "week-alignment": "skip",
  "settle-seconds": "2",
  "time-budget-seconds": "300",
  "issue-on": "high",
  "discord-on": "high",
  "fail-on": "high",
  "issue-labels": "bug, drift-detection, high-priority",
  "remind-after-hours": "24",
  "reveal-values": "false",
  "dry-run": "false",
  "report-directory": "drift-report",
  config: ".github/driftwatch.yml",
  "read-budget": "10000",
  "ready-after": "12"
};
var decimal = /^\d*\.?\d+$/;
var number = (accepted, min, max) => string().transform((text, context) => {
  const value = decimal.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  context.addIssue({ code: "custom", message: accepted });
  return NEVER;
});
var fraction = string().transform((text, context) => {
  const [, digits, percent] = /^(\d+(?:\.\d+)?)\s*(%?)$/.exec(text) ?? [];
  const value = digits === void 0 ? Number.NaN : percent ? Number(`${digits}e-2`) : Number(digits);
  if (value >= 0 && value <= 1) return value;
  context.addIssue({ code: "custom", message: "a percentage such as 0.1% or a fraction such as 0.001, from 0 to 1" });
  return NEVER;
});
var oneOf = (...options) => _enum(options, { error: `one of ${options.join(", ")}` });
var readFlag = (text) => /^(true|True|TRUE)$/.test(text) ? true : /^(false|False|FALSE)$/.test(text) ? false : void 0;
var flag = string().transform((text, context) => {
  const value = readFlag(text);
  if (value !== void 0) return value;
  context.addIssue({ code: "custom", message: "true or false" });
  return NEVER;
});
var evenInPublic = "even-in-public";
var revealing = string().transform((text, context) => {
  const value = text === evenInPublic || readFlag(text);
  if (value !== void 0) return value;
  context.addIssue({ code: "custom", message: `true or false, or ${evenInPublic} where the repository is not private` });
  return NEVER;
});
function troubleWithUrl(url) {
  if (url.username || url.password) return "has a user name or password in it";
  return isSafe(url) ? void 0 : "begins with http, so anyone on the network path could read the secret sent to it: use https (http is accepted only to this machine itself)";
}
var webUrlOf = (text) => {
  const url = URL.canParse(text) ? new URL(text) : void 0;
  return url && /^https?:$/.test(url.protocol) ? url : void 0;
};
function isSafe(url) {
  return url.protocol === "https:" || url.protocol === "http:" && /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\])\.?$/.test(url.hostname);
}
var baseUrl = "the base URL of the project, such as https://<project>.supabase.co (Project Settings > Data API)";
var otherUrls = [
  { looksSo: ({ protocol }) => /^postgres(ql)?:$/.test(protocol), isThat: "the connection string of the database, which holds its password" },
  { looksSo: ({ hostname }) => /^db\.[^.]+\.supabase\.(co|com)$|\.pooler\.supabase\.com$/.test(hostname), isThat: "the host of the database" },
  { looksSo: ({ hostname }) => /^((app|www|api)\.)?supabase\.(com|io|co)$/.test(hostname), isThat: "the address of the dashboard" },
  { looksSo: ({ hostname }) => /\.(functions|storage|realtime)\.supabase\.(co|com)$/.test(hostname), isThat: "the host of one part of the project" },
  { looksSo: ({ pathname }) => /^\/(auth|storage|functions|realtime|graphql)\/v1(\/|$)/.test(pathname), isThat: "the address of one part of the project" }
];
var webUrl = string().transform((text, context) => {
  const url = webUrlOf(text);
  const any = URL.canParse(text) ? new URL(text) : void 0;
  const other = any && otherUrls.find(({ looksSo }) => looksSo(any));
  const trouble = other ? `is ${other.isThat}` : url && troubleWithUrl(url);
  if (url && trouble === void 0 && !url.search && !url.hash) return url.href.replace(/\/+$/, "").replace(/\/rest\/v1$/, "");
  context.addIssue({ code: "custom", message: baseUrl, params: { trouble } });
  return NEVER;
});
var webhookUrl = string().transform((text, context) => {
  if (text === "") return void 0;
  const url = webUrlOf(text);
  const refuse = (trouble2) => {
    context.addIssue({
      code: "custom",
      message: "a webhook URL that ends in /webhooks/<id>/<token> (Discord: Channel settings > Integrations > Webhooks), or nothing",
      params: { trouble: trouble2 }
    });
    return NEVER;
  };
  if (!url) return refuse();
  const trouble = troubleWithUrl(url);
  if (trouble !== void 0) return refuse(trouble);
  const [, webhook, service] = /^(.*\/webhooks\/[^/]+\/[^/]+?)(\/(?:github|slack))?\/*$/.exec(url.pathname) ?? [];
  if (service !== void 0) return refuse(`ends in ${service}, which is for messages of another service`);
  if (webhook === void 0) return refuse();
  const thread = url.searchParams.get("thread_id");
  if (thread !== null && !/^\d{1,20}$/.test(thread)) return refuse("has a thread_id that is not a number");
  url.pathname = webhook;
  url.hash = "";
  return url;
});
var heartbeatUrl = string().transform((text, context) => {
  if (text === "") return void 0;
  const url = webUrlOf(text);
  const trouble = url && troubleWithUrl(url);
  if (url && trouble === void 0) return url;
  context.addIssue({
    code: "custom",
    message: "a web address without user name and password that is requested at the end of a conclusive run, or nothing",
    params: { trouble }
  });
  return NEVER;
});
var shortestPseudonymKey = 16;
var pseudonymKey = string().transform((text, context) => {
  if (text === "") return void 0;
  const ownKeys = /^sb_publishable_/;
  if (/^[\x21-\x7e]+$/.test(text) && text.length >= shortestPseudonymKey && new Set(text).size >= shortestPseudonymKey / 2 && !ownKeys.test(text)) return text;
  context.addIssue({
    code: "custom",
    message: `a random secret of at least ${shortestPseudonymKey} characters without white space, such as openssl rand -hex 32 makes, or nothing`
  });
  return NEVER;
});
var readyAfter = string().transform((text, context) => {
  const runs = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (runs > 0 && runs <= 1e3) return runs;
  context.addIssue({ code: "custom", message: "a whole number of runs from 1 to 1000" });
  return NEVER;
});
var unitSeconds = { s: 1, m: 60, h: 3600, d: 86400 };
var longestSpanDays = 366;
var span = string().transform((text, context) => {
  if (text === "") return void 0;
  const [, digits, unit] = /^(\d{1,8})([smhd])$/.exec(text) ?? [];
  const seconds = Number(digits) * (unitSeconds[unit ?? ""] ?? Number.NaN);
  if (seconds > 0 && seconds <= longestSpanDays * 86400) return seconds;
  context.addIssue({ code: "custom", message: `a span such as 30m, 6h or 2d, of at most ${longestSpanDays} days, or nothing` });
  return NEVER;
});
var part = string().transform((text, context) => {
  if (text === "") return void 0;
  const value = readPart(text);
  if (value) return value;
  context.addIssue({ code: "custom", message: `a part and how many there are, such as 2/8, of 1 to ${mostParts} parts, or nothing` });
  return NEVER;
});
var rotate = string().transform((text, context) => {
  if (text === "") return void 0;
  const parts = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (parts > 0 && parts <= mostParts) return parts;
  context.addIssue({ code: "custom", message: `a whole number of parts from 1 to ${mostParts}, or nothing` });
  return NEVER;
});
var readBudget = string().transform((text, context) => {
  const documents = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (documents > 0) return documents;
  context.addIssue({ code: "custom", message: "a whole number of documents of at least 1" });
  return NEVER;
});
var pairName = string().regex(/^(?:[a-z][a-z0-9_-]{0,62})?$/, { error: "the name of a pair that the file of the input config declares, or habit-tracker, or nothing" });
var sampleSize = string().transform((text, context) => {
  if (text === "auto") return "auto";
  const size = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (size > 0) return size;
  context.addIssue({ code: "custom", message: "auto or a whole number of at least 1" });
  return NEVER;
});
var driftLabel = "drift-detection";
var mostLabels = 100;
var labels = string().transform((text, context) => {
  const given = [...text.split(/[,\r\n]/), driftLabel].map((label) => label.trim()).filter(Boolean);
  const seen = new Map(given.map((label) => [label.toLowerCase(), label]));
  const isLabel = (label) => [...label].length <= 50 && !new RegExp("\\p{Cc}", "u").test(label) && !holdsSecret(label);
  if (seen.size <= mostLabels && [...seen.values()].every(isLabel)) return [...seen.values()];
  context.addIssue({ code: "custom", message: `up to ${mostLabels} labels of at most 50 characters each, separated by commas` });
  return NEVER;
});
var requiredText = (message) => string().min(1, { error: message });
var isInside = (path) => !/^([\\/]|[a-z]:)/i.test(path) && !path.split(/[\\/]/).includes("..") && !new RegExp("\\p{Cc}", "u").test(path) && !holdsSecret(path);
var longestGlob = 1e3;
var glob = string().transform((text, context) => {
  if (text === "") return void 0;
  if (text.length <= longestGlob && isInside(text)) return text;
  context.addIssue({ code: "custom", message: "a pattern for report.json files inside the workspace, such as parts/*/report.json, or nothing" });
  return NEVER;
});
var settingsSchema = object({
  supabaseUrl: webUrl,
  supabaseKey: requiredText("the secret key (sb_secret_\u2026) or the service_role key of the project").regex(/^[\x21-\x7e]+$/, { error: "a key without white space or line breaks; copy it again" }).refine((key) => !/^(sbp_|https?:|postgres(ql)?:|["'])/.test(key), {
    error: "the secret key (sb_secret_\u2026) or the service_role key of the project, without quotes (Project Settings > API Keys); not an access token of the dashboard (sbp_\u2026), and not an address"
  }),
  discordWebhookUrl: webhookUrl,
  githubToken: string(),
  mode: oneOf("auto", "sample", "full"),
  sampleSize,
  confidence: number("a number from 0.5 to 0.9999", 0.5, 0.9999),
  seed: requiredText("any text").refine((seed) => !holdsSecret(seed), { error: "any text except a secret, because the seed is printed" }),
  highThreshold: fraction,
  criticalThreshold: fraction,
  weekAlignment: oneOf("skip", "monday", "exact"),
  settleSeconds: number("a number of seconds from 0 to 600", 0, 600),
  timeBudgetSeconds: number("a number of seconds from 1 to 21600", 1, 21600),
  issueOn: oneOf(...publishLevels),
  discordOn: oneOf(...publishLevels),
  failOn: oneOf(...publishLevels),
  issueLabels: labels,
  remindAfterHours: number("a number of hours from 0 to 8760", 0, 8760),
  revealValues: revealing,
  dryRun: flag,
  reportDirectory: requiredText("a directory relative to the workspace").refine(isInside, {
    error: "a directory inside the workspace, such as drift-report"
  }),
  config: requiredText("a file relative to the workspace").refine(isInside, {
    error: "a file inside the workspace, such as .github/driftwatch.yml"
  }),
  pair: pairName,
  changedWithinSeconds: span,
  readBudget,
  pseudonymKey,
  readyAfter,
  heartbeatUrl,
  part,
  merge: glob,
  rotate
});
var withoutSupabase = settingsSchema.extend({ supabaseUrl: string(), supabaseKey: string() });
var InputError = class extends ToldError {
  name = "InputError";
  /** The input that it is about, where it is about one that `readSettings` cannot judge. */
  input;
  constructor(message, { input, ...options } = {}) {
    super(message, options);
    this.input = input;
  }
};
var notInTurn = {
  part: "a run compares either a part that is named or the one whose turn it is",
  merge: "a merge compares nothing",
  changedWithinSeconds: "recent writes are compared in every part at once"
};
function revealedInPublic(value, isPrivate) {
  const where = isPrivate === false ? "a repository that is not private" : "a repository that neither the event nor GitHub reports as private";
  return `reveal-values is ${JSON.stringify(inert(value, 20))} in ${where}, so names would be printed where too many people can read them; accepted: false, or ${evenInPublic} if that is what you want.`;
}
function readSettings(read, context) {
  const raw = Object.fromEntries(
    Object.entries(names).map(([key, name]) => {
      const fallback = name === "seed" ? context.runName : defaults[name] ?? "";
      return [key, read(name).trim() || fallback];
    })
  );
  const isWithout = context.needsSupabase === false && raw["supabaseUrl"] === "" && raw["supabaseKey"] === "";
  const result = (isWithout ? withoutSupabase : settingsSchema).safeParse(raw, { jitless: true });
  const problems = /* @__PURE__ */ new Map();
  const refuse = (key, issue) => {
    if (!problems.has(key)) problems.set(key, describeProblem(key, raw[key] ?? "", issue));
  };
  for (const issue of result.error?.issues ?? []) refuse(String(issue.path[0]), issue);
  const [high, critical] = [fraction.safeParse(raw["highThreshold"]), fraction.safeParse(raw["criticalThreshold"])];
  if (high.success && critical.success && critical.data < high.data)
    refuse("criticalThreshold", { message: `at least high-threshold (${raw["highThreshold"]})` });
  for (const [key, why] of Object.entries(notInTurn))
    if (raw["rotate"] !== "" && raw[key] !== "") refuse("rotate", { message: `nothing where ${names[key]} is set, since ${why}` });
  if (context.isPrivate === false && readFlag(raw["revealValues"] ?? "") === true)
    problems.set("revealValues", revealedInPublic(raw["revealValues"] ?? "", false));
  if (raw["part"] !== "" && raw["merge"] !== "")
    refuse("merge", { message: "nothing where part is set, since a run either compares a part or puts parts together" });
  const old = Object.entries(renamed).filter(([name]) => read(name).trim() !== "");
  const lines = [...problems.values(), ...old.map(([name, now]) => `${name} is now called ${now}: rename it in the workflow.`)];
  const { problem } = context;
  const isSaid = [...problems.keys()].some((key) => names[key] === problem?.input);
  const beside = problem === void 0 || isSaid ? [] : problem.message.replace(/^Input /, "").split("\n");
  if (result.success && lines.length === 0) {
    if (problem) throw problem;
    return result.data;
  }
  const lacksSecret = ["supabaseUrl", "supabaseKey"].some((key) => raw[key] === "");
  const cause = lacksSecret && context.secretsMissing !== void 0 ? [context.secretsMissing] : [];
  const all = [...lines, ...beside];
  throw new InputError(
    all.length === 1 ? [`Input ${all[0]}`, ...cause].join(" ") : [["These inputs cannot be used:", ...all].join("\n- "), ...cause].join("\n"),
    { cause: result.error }
  );
}
var mustBePrivate = (read) => readFlag(read("reveal-values").trim()) === true;
function describeProblem(key, value, issue) {
  const name = names[key];
  const { params } = issue;
  const trouble = typeof params === "object" && params !== null && "trouble" in params && typeof params.trouble === "string" ? ` The value ${params.trouble}.` : "";
  return `${name} ${describeValue(name, value)}; accepted: ${issue.message}.${trouble}`;
}
var secret = new Set(secretInputs);
function describeValue(name, value) {
  if (value === "") return "is missing";
  return secret.has(name) || !isRepeatable(value) ? "is not valid" : `is ${JSON.stringify(inert(value, 200))}`;
}

export {
  mostParts,
  partText,
  partOf,
  partsOf,
  secretInputs,
  defaults,
  isSafe,
  driftLabel,
  InputError,
  revealedInPublic,
  readSettings,
  mustBePrivate
};
