import { createRequire as __createRequire } from 'node:module';
const require = __createRequire(import.meta.url);
import {
  NEVER,
  ToldError,
  _enum,
  inert,
  object,
  string
} from "./shared-zod.js";

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
  knownDrift: "known-drift",
  readyAfter: "ready-after",
  heartbeatUrl: "heartbeat-url"
};
var secrets = /* @__PURE__ */ new Set(["supabase-key", "discord-webhook-url", "github-token", "heartbeat-url"]);
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
  "known-drift": ".github/driftwatch.yml",
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
var flag = string().transform((text, context) => {
  if (/^(true|True|TRUE)$/.test(text)) return true;
  if (/^(false|False|FALSE)$/.test(text)) return false;
  context.addIssue({ code: "custom", message: "true or false" });
  return NEVER;
});
var webUrl = string().transform((text, context) => {
  const url = URL.canParse(text) ? new URL(text) : void 0;
  const plain = url && (url.protocol === "https:" || url.protocol === "http:") && !url.username && !url.password && !url.search && !url.hash;
  if (plain) return url.href.replace(/\/+$/, "").replace(/\/rest\/v1$/, "");
  context.addIssue({
    code: "custom",
    message: "the base URL of the project, such as https://<project>.supabase.co (Project Settings > Data API)"
  });
  return NEVER;
});
var webhookUrl = string().transform((text, context) => {
  if (text === "") return void 0;
  const url = URL.canParse(text) ? new URL(text) : void 0;
  if (url && /^https?:$/.test(url.protocol) && /\/webhooks\/[^/]+\/[^/]+\/?$/.test(url.pathname)) return url;
  context.addIssue({
    code: "custom",
    message: "a webhook URL that ends in /webhooks/<id>/<token> (Discord: Channel settings > Integrations > Webhooks), or nothing"
  });
  return NEVER;
});
var heartbeatUrl = string().transform((text, context) => {
  if (text === "") return void 0;
  const url = URL.canParse(text) ? new URL(text) : void 0;
  if (url && /^https?:$/.test(url.protocol) && !url.username && !url.password) return url;
  context.addIssue({ code: "custom", message: "a web address without user name and password that is requested at the end of a conclusive run, or nothing" });
  return NEVER;
});
var readyAfter = string().transform((text, context) => {
  const runs = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (runs > 0 && runs <= 1e3) return runs;
  context.addIssue({ code: "custom", message: "a whole number of runs from 1 to 1000" });
  return NEVER;
});
var sampleSize = string().transform((text, context) => {
  if (text === "auto") return "auto";
  const size = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (size > 0) return size;
  context.addIssue({ code: "custom", message: "auto or a whole number of at least 1" });
  return NEVER;
});
var driftLabel = "drift-detection";
var labels = string().transform((text, context) => {
  const seen = new Map([...text.split(","), driftLabel].map((label) => label.trim()).filter(Boolean).map((label) => [label.toLowerCase(), label]));
  if ([...seen.values()].every((label) => [...label].length <= 50)) return [...seen.values()];
  context.addIssue({ code: "custom", message: "labels of at most 50 characters each, separated by commas" });
  return NEVER;
});
var requiredText = (message) => string().min(1, { error: message });
var isInside = (path) => !path.startsWith("/") && !path.split(/[\\/]/).includes("..");
var settingsSchema = object({
  supabaseUrl: webUrl,
  supabaseKey: requiredText("the secret key (sb_secret_\u2026) or the service_role key of the project").regex(/^[\x21-\x7e]+$/, {
    error: "a key without white space or line breaks; copy it again"
  }),
  discordWebhookUrl: webhookUrl,
  githubToken: string(),
  mode: oneOf("auto", "sample", "full"),
  sampleSize,
  confidence: number("a number from 0.5 to 0.9999", 0.5, 0.9999),
  seed: requiredText("any text"),
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
  revealValues: flag,
  dryRun: flag,
  reportDirectory: requiredText("a directory relative to the workspace").refine(isInside, {
    error: "a directory inside the workspace, such as drift-report"
  }),
  knownDrift: requiredText("a file relative to the workspace").refine(isInside, {
    error: "a file inside the workspace, such as .github/driftwatch.yml"
  }),
  readyAfter,
  heartbeatUrl
});
var InputError = class extends ToldError {
  name = "InputError";
};
function readSettings(read, context) {
  const raw = Object.fromEntries(
    Object.entries(names).map(([key, name]) => {
      const fallback = name === "seed" ? context.runName : defaults[name] ?? "";
      return [key, read(name).trim() || fallback];
    })
  );
  const result = settingsSchema.safeParse(raw);
  const problems = /* @__PURE__ */ new Map();
  for (const issue of result.error?.issues ?? []) {
    const key = String(issue.path[0]);
    if (!problems.has(key)) problems.set(key, issue.message);
  }
  const high = fraction.safeParse(raw["highThreshold"]);
  const critical = fraction.safeParse(raw["criticalThreshold"]);
  if (high.success && critical.success && critical.data < high.data) {
    problems.set("criticalThreshold", `at least high-threshold (${raw["highThreshold"]})`);
  }
  if (result.success && problems.size === 0) return result.data;
  const lines = [...problems].map(([key, accepted]) => {
    const name = names[key];
    return `${name} ${describeValue(name, raw[key] ?? "")}; accepted: ${accepted}.`;
  });
  throw new InputError(
    lines.length === 1 ? `Input ${lines[0]}` : ["These inputs cannot be used:", ...lines].join("\n- "),
    { cause: result.error }
  );
}
var looksSecret = /sb_secret_|eyJ|\/webhooks\/|gh[a-z]_|github_pat_|@/;
function describeValue(name, value) {
  if (value === "") return "is missing";
  return secrets.has(name) || looksSecret.test(value) ? "is not valid" : `is ${JSON.stringify(inert(value, 200))}`;
}

export {
  defaults,
  driftLabel,
  InputError,
  readSettings
};
