import { createRequire as __createRequire } from 'node:module';
const require = __createRequire(import.meta.url);
import {
  iso_exports
} from "./shared-zod.js";
import {
  ProxiedError
} from "./shared-send.js";
import {
  ToldError,
  _enum,
  _null,
  array,
  boolean,
  inert,
  inertCode,
  literal,
  number,
  object,
  record,
  string,
  union
} from "./shared-zod-2.js";

// action/src/privacy/pseudonyms.ts
import { createHmac, createSecretKey, randomBytes } from "node:crypto";

// action/src/document/json.ts
import { randomUUID } from "node:crypto";
function writeJson(root, style) {
  const open = [];
  let value2 = root;
  for (; ; ) {
    let text = null;
    if (value2 !== null && typeof value2 === "object") {
      const keys = Array.isArray(value2) ? void 0 : Object.keys(value2);
      open.push({ keys, items: Object.values(value2), next: 0, kept: [] });
    } else {
      text = style.leaf(value2);
    }
    for (let parent = open.at(-1); ; parent = open.at(-1)) {
      if (!parent) return text;
      if (text !== null) parent.kept.push([parent.keys?.[parent.next - 1] ?? "", text]);
      const item = parent.items[parent.next];
      if (item !== void 0) {
        parent.next += 1;
        value2 = item;
        break;
      }
      open.pop();
      text = parent.keys ? style.object(parent.kept) : style.list(parent.kept.map(([, kept]) => kept));
    }
  }
}
var plainJson = (value2) => writeJson(value2, {
  leaf: (leaf) => JSON.stringify(leaf),
  list: (items) => `[${items.join(",")}]`,
  object: (members) => `{${members.map(([key, text]) => `${JSON.stringify(key)}:${text}`).join(",")}}`
}) ?? "null";
var special = /\d{16}|\d[.eE]/;
var stringOrNumber = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[-+.\deE]*/g;
var mark = `\0${randomUUID()} `;
function readJson(text) {
  try {
    const value2 = JSON.parse(text);
    if (!special.test(text)) return value2;
    return JSON.parse(text.replace(stringOrNumber, (part) => part.startsWith('"') ? part : JSON.stringify(mark + decimal(part))));
  } catch (error) {
    if (error instanceof SyntaxError) return void 0;
    throw error;
  }
}
var numberIn = (text) => text.startsWith(mark) ? text.slice(mark.length) : void 0;
function decimal(source) {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([-+]?\d+))?$/.exec(source) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, "");
  const significant = digits.replace(/0+$/, "");
  if (significant === "") return "0";
  const power = BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - significant.length);
  if (power >= 0n && power <= 20n) return `${sign}${significant}${"0".repeat(Number(power))}`;
  const before = BigInt(significant.length) + power;
  if (power < 0n && before > 0n) return `${sign}${significant.slice(0, Number(before))}.${significant.slice(Number(before))}`;
  if (power < 0n && before > -6n) return `${sign}0.${"0".repeat(-Number(before))}${significant}`;
  return `${sign}${significant}e${power}`;
}

// action/src/document/canonical.ts
var plain = /^[!-~](?:[ -~]*[!-~])?$/;
var endlessMarks = /[\u0300-\u10ff\u1200-\u2fff\u302a-\u302f\u3099\u309a\ua66f-\uabff\ud7a4-\u{10ffff}]{129}/u;
var toNfc = (text) => text.length > 128 && endlessMarks.test(text) ? text : text.normalize("NFC");
function canonicalText(text) {
  if (text === null || text === void 0) return null;
  if (plain.test(text)) return text;
  return toNfc(text).trim() || null;
}
var byKey = ([a, left], [b, right]) => a < b ? -1 : a > b ? 1 : left < right ? -1 : left > right ? 1 : 0;
function canonicalObject(members) {
  const spelled = members.map(([key, text]) => [canonicalText(key) ?? "", text]);
  const times = /* @__PURE__ */ new Map();
  for (const [key] of spelled) times.set(key, (times.get(key) ?? 0) + 1);
  const kept = times.size === spelled.length ? spelled : spelled.map((member, place) => times.get(member[0]) === 1 ? member : members[place] ?? member);
  return kept.length === 0 ? null : `{${kept.toSorted(byKey).map(([key, text]) => `${JSON.stringify(key)}:${text}`).join(",")}}`;
}
var canonical = {
  leaf(value2) {
    if (typeof value2 !== "string") return value2 === null ? null : String(value2);
    const number3 = numberIn(value2);
    if (number3 !== void 0) return number3;
    const text = canonicalText(value2);
    return text === null ? null : JSON.stringify(text);
  },
  list: (items) => items.length === 0 ? null : `[${items.join(",")}]`,
  object: canonicalObject
};
function canonicalJson(text) {
  if (text === null || text === void 0 || text === "{}") return null;
  const value2 = readJson(text);
  return value2 === void 0 ? void 0 : writeJson(value2, canonical);
}

// action/src/document/document.ts
var keyId = (key) => JSON.stringify(key);
var groupId = (group) => JSON.stringify(group);
var groupOf = (key, { group }) => key.slice(0, group);
var isWhole = (key, { group }) => key.slice(group).every((part) => part !== null);
var pathId = (path) => path.join("\0");
var copyMark = "\0\0";
var copyOf = (segment, number3) => `${segment}${copyMark}${number3}`;
function readSegment(segment) {
  const [name = "", copy] = segment.split(copyMark);
  return { name, copy };
}
var plain2 = (value2) => value2 !== null && typeof value2 === "object" ? value2.text : value2;
var placeId = ({ kind, level, path }) => JSON.stringify([kind, level, path]);
var valuesOf = ({ legacy, normalized }) => [plain2(legacy), plain2(normalized)];

// action/src/privacy/api-key.ts
function isPrivilegedKey(key) {
  return key.startsWith("sb_secret_") || claimsOf(key)["role"] === "service_role";
}
function issuedAt(key) {
  const { iat } = claimsOf(key);
  return typeof iat === "number" ? iat * 1e3 : void 0;
}
function claimsOf(key) {
  try {
    const claims = JSON.parse(Buffer.from(key.split(".")[1] ?? "", "base64url").toString());
    return typeof claims === "object" && claims !== null ? { ...claims } : {};
  } catch {
    return {};
  }
}

// action/src/privacy/pseudonyms.ts
var ownerOf = (key, shape) => shape.group > 0 ? groupOf(key, shape) : key;
function shownKey(key, shape, { name }) {
  const parts = shape.key.flatMap(({ name: part, shown }, place) => {
    const value2 = key[place] ?? null;
    if (shown === "never") return [];
    return [[part, value2 === null || shown === "plain" ? value2 : name(part, key.slice(0, place + 1))]];
  });
  return Object.fromEntries(parts);
}
function pseudonymKeyOf({ supabaseKey, pseudonymKey }) {
  return pseudonymKey ?? (isPrivilegedKey(supabaseKey) ? supabaseKey : void 0);
}
var passingPseudonyms = "Pseudonyms hold for this run only: supabase-key is not a secret or service_role key, so anyone who has the app could use it to guess names. Set pseudonym-key to a random secret so that each child keeps its pseudonym from run to run.";
var digitsOf = (said, part) => {
  const digits = said.startsWith(`${part}-`) ? said.slice(part.length + 1) : "";
  return /^[0-9a-f]{8,32}$/.test(digits) ? digits : void 0;
};
var isPseudonym = (text, part = "child") => digitsOf(text, part) !== void 0;
var lengths = [8, 16, 32];
function createPseudonyms(key, reveal) {
  const secret = createSecretKey(key === void 0 ? randomBytes(32) : Buffer.from(key));
  const hmac = (parts) => createHmac("sha256", secret).update(JSON.stringify(parts));
  const canonical2 = (parts) => parts.map((part) => part && (canonicalText(part) ?? ""));
  const fullName = remember((part, ...parts) => `${part}-${hmac([part, ...canonical2(parts)]).digest("hex").slice(0, 32)}`);
  const hiddenText = remember(
    (text, ...of) => `text(${[...text].length}, ${hmac(["text", ...canonical2(of), text]).digest("hex").slice(0, 8)})`
  );
  const hide = (text, of) => hiddenText(text, ...of ?? []);
  const met = /* @__PURE__ */ new Map();
  const toMeet = [];
  const named = /* @__PURE__ */ new Map();
  const cut = (full, part, digits) => full.slice(0, part.length + 1 + digits);
  function know(full, part) {
    const start = cut(full, part, lengths[0]);
    const known = met.get(start);
    if (!known) met.set(start, [full]);
    else if (!known.includes(full)) known.push(full);
  }
  function nameOf(full, part) {
    for (let some = toMeet.shift(); some; some = toMeet.shift()) for (const parts of some.all) know(fullName(some.part, ...parts), some.part);
    know(full, part);
    const given = named.get(full);
    if (given !== void 0) return given;
    const others = (met.get(cut(full, part, lengths[0])) ?? []).filter((other) => other !== full);
    const length = lengths.find((digits) => others.every((other) => !other.startsWith(cut(full, part, digits)))) ?? full.length;
    const name = cut(full, part, length);
    named.set(full, name);
    return name;
  }
  const mayBeNamed = (said, part, parts) => digitsOf(said, part) !== void 0 && fullName(part, ...parts).startsWith(said);
  return {
    name: (part, parts) => reveal ? parts.at(-1) ?? "" : nameOf(fullName(part, ...parts), part),
    text: (text, of) => reveal ? text : hide(text, of),
    naming: reveal ? [hide, (text) => text] : [hide],
    common: (text) => reveal ? text : void 0,
    // With fewer digits than the name has, another one could be meant; with more, none.
    isNamed: (said, part, parts) => reveal && said === parts.at(-1) || mayBeNamed(said, part, parts) && said.length >= nameOf(fullName(part, ...parts), part).length,
    mayBeNamed,
    meet: (part, all) => void toMeet.push({ part, all }),
    // The word is the one that earlier runs hashed with, in issues that are open.
    document: (of) => hmac(["week", ...of]).digest("base64url").slice(0, 5),
    key: hmac(["key"]).digest("base64url").slice(0, 5),
    keyId: key === void 0 ? void 0 : hmac(["key id"]).digest("hex").slice(0, 16)
  };
}
var remembered = 1e3;
var short = 200;
function remember(name) {
  const names = /* @__PURE__ */ new Map();
  return (...parts) => {
    const id = JSON.stringify(parts);
    if (id.length > short) return name(...parts);
    const known = names.get(id);
    if (known !== void 0) return known;
    if (names.size >= remembered) names.clear();
    const made = name(...parts);
    names.set(id, made);
    return made;
  };
}

// action/src/report/numbers.ts
var integers = new Intl.NumberFormat("en-US");
var percentages = new Intl.NumberFormat("en-US", { style: "percent", maximumSignificantDigits: 3 });
var upperBounds = new Intl.NumberFormat("en-US", { style: "percent", maximumSignificantDigits: 3, roundingMode: "ceil" });
var number2 = (value2) => integers.format(value2);
function percent(fraction) {
  const shown = percentages.format(fraction);
  return fraction < 1 && shown === "100%" ? ">99.9%" : shown;
}
var percentAtMost = (fraction) => upperBounds.format(fraction);
var count = (value2, singular, plural = `${singular}s`) => `${number2(value2)} ${value2 === 1 ? singular : plural}`;
var signed = (value2) => value2 === 0 ? "0" : value2 > 0 ? `+${number2(value2)}` : `\u2212${number2(-value2)}`;

// action/src/publish/words.ts
var sideText = (value2) => value2 === null ? "nothing" : String(value2);
function coverage({ drift, mode }) {
  const how = mode === "sample" ? "sampled" : "compared";
  return `${number2(drift.compared)} of ${count(drift.population, "week")} ${how}`;
}
var acceptedTotal = ({ accepted = [] }) => accepted.filter(({ state }) => state === "active").reduce((sum, { findings }) => sum + findings, 0);
function headline(report) {
  if (report.verdict === "unknown") return "Unknown: the comparison could not be finished";
  if (report.verdict === "drift") return `Drift, ${report.severity}`;
  const accepted = acceptedTotal(report);
  return accepted === 0 ? "In sync" : `In sync, except for ${count(accepted, "accepted difference")}`;
}
var nothingDiffers = (report) => acceptedTotal(report) === 0 ? "nothing differs" : "nothing else differs";
var ruleStates = {
  active: "accepted",
  expired: "expired: counts again",
  unmatched: "matches nothing any more"
};
var rulesByState = ({ accepted = [] }) => ["expired", "unmatched", "active"].flatMap((state) => accepted.filter((rule) => rule.state === state));
function acceptedNotes(report) {
  const total = acceptedTotal(report);
  const expired = (report.accepted ?? []).filter(({ state }) => state === "expired");
  const again2 = expired.reduce((sum, { findings }) => sum + findings, 0);
  const idle = (report.accepted ?? []).filter(({ state }) => state === "unmatched").length;
  return [
    ...total === 0 ? [] : [`${count(total, "difference is", "differences are")} accepted, and ${total === 1 ? "does" : "do"} not count.`],
    ...expired.length === 0 ? [] : [`${count(expired.length, "rule of accepted differences has", "rules of accepted differences have")} expired: ${again2 === 0 ? "nothing that was covered is left" : `${count(again2, "difference that was covered counts", "differences that were covered count")} again`}.`],
    ...idle === 0 ? [] : [`${count(idle, "rule of accepted differences matches", "rules of accepted differences match")} nothing any more, and can be removed.`]
  ];
}
function statistics(report) {
  const { drift, verdict, mode, confidence } = report;
  if (drift.compared === 0 && report.findingsTotal === 0) {
    return `No week was compared.${verdict === "unknown" ? " Whether both sides agree is not known." : ""}`;
  }
  const compared = mode === "sample" ? `${number2(drift.compared)} of ${count(drift.population, "week")}, drawn at random,` : `${number2(drift.compared)} of ${count(drift.population, "week")}`;
  const were = drift.population === 1 ? "was" : "were";
  const differ = drift.differing === 0 ? `${compared} ${were} compared, and none of them differs${acceptedTotal(report) === 0 ? "" : " beyond what is accepted"}.` : `${compared} ${were} compared, and ${number2(drift.differing)} ${drift.differing === 1 ? "differs" : "differ"}.`;
  const sure = mode === "sample" && drift.compared > 0 ? ` With ${percent(confidence)} confidence, at most ${percentAtMost(drift.upperBound)} of all weeks differ.` : "";
  const rate = report.findingsTotal > 0 ? ` The drift rate is ${percent(drift.rate)}: above ${percent(report.thresholds.high)} is high, above ${percent(report.thresholds.critical)} is critical.` : "";
  const partial = verdict === "unknown" ? " This is what was seen before the trouble, not the whole." : "";
  return `${differ}${sure}${rate}${partial}`;
}
var finePrint = (report) => report.verdict === "unknown" || report.verdict === "drift" && report.mode === "sample" ? statistics(report) : "";
var skippedWeeks = (report) => report.skipped.filter((skipped) => skipped.count > 0).map((skipped) => `${count(skipped.count, "legacy week")} skipped as expected: not starting on a Monday, never migrated.`);
var settled = (report) => [
  ...report.verdict === "drift" && report.interruption !== void 0 ? [report.interruption] : [],
  ...report.transient === 0 ? [] : [`${count(report.transient, "difference")} settled while being watched, and ${report.transient === 1 ? "does" : "do"} not count.`]
];

// action/src/http/cause.ts
function causeOfError(error) {
  if (error instanceof ToldError) return { kind: "told", status: 0, code: "", message: error.message };
  const code = codeOf(error);
  const proxied = error instanceof ProxiedError ? { proxy: error.proxy } : {};
  const [status] = /(?<=Proxy response \()\d{3}(?=\))|(?<=Proxy .*\()407(?=\))/.exec(error instanceof ProxiedError ? messagesOf(error) : "") ?? [];
  if (status) return { kind: status === "407" ? "proxy-login" : "proxy-refusal", status: Number(status), code: "", message: "", ...proxied };
  if (code === "TypeError" && messagesOf(error).includes("bad port")) return { kind: "refused", status: 0, code: "", message: "" };
  return { kind: kindOf(code, "proxy" in proxied), status: 0, code, message: "", ...proxied };
}
function kindOf(code, isProxied) {
  switch (code) {
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return isProxied ? "proxy-unreached" : "unknown-host";
    case "ECONNREFUSED":
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return isProxied ? "proxy-unreached" : "refused";
    case "ETIMEDOUT":
    case "UND_ERR_CONNECT_TIMEOUT":
    case "UND_ERR_PRX_TLS":
      return isProxied ? "proxy-unreached" : "timeout";
    case "TimeoutError":
    case "AbortError":
    case "UND_ERR_HEADERS_TIMEOUT":
    case "UND_ERR_BODY_TIMEOUT":
      return "timeout";
    case "ECONNRESET":
    case "ECONNABORTED":
    case "EPIPE":
    case "UND_ERR_SOCKET":
    case "UND_ERR_RES_CONTENT_LENGTH_MISMATCH":
    case "ERR_STREAM_PREMATURE_CLOSE":
    case "Z_BUF_ERROR":
    case "Z_DATA_ERROR":
      return "cut";
    default:
      return /CERT|TLS|SSL|SELF_SIGNED|ALTNAME|EPROTO/i.test(code) ? "certificate" : "unreached";
  }
}
function codeOf(error) {
  if (typeof error !== "object" || error === null) return "";
  const { code, name, cause } = error;
  const own = typeof code === "string" && /^\w{1,60}$/.test(code) ? code : "";
  return own || codeOf(cause) || (typeof name === "string" && /^\w{1,60}$/.test(name) && name !== "Error" ? name : "");
}
var messagesOf = (error) => (error instanceof Error ? `${error.message}
${messagesOf(error.cause)}` : "").trim();
function causeOfAnswer({ status, headers, body }, proxy) {
  const said = saidIn(body);
  const waitMs = askedMs(headers, said);
  const facts = { status, code: said?.code ?? "", message: said?.message ?? "", ...waitMs !== void 0 && { waitMs }, ...proxy && { proxy } };
  if (status === 407) return { kind: "proxy-login", ...facts };
  if (status >= 300 && status < 400) return { kind: "redirect", ...facts };
  if (status === 429) return { kind: "limited", ...facts };
  if (said) return { kind: "said", ...facts };
  if (isWebPage(headers, body)) return { kind: status >= 500 && status !== 511 ? "error-page" : "web-page", ...facts };
  return { kind: status >= 500 ? "server-error" : "refusal", ...facts };
}
var isWebPage = (headers, body) => /^\s*(?:text\/html|application\/xhtml)/i.test(headers.get("content-type") ?? "") || /^\s*<(?:!doctype\s+html|html)\b/i.test(body);
function saidIn(body) {
  try {
    const parsed = JSON.parse(body);
    if (typeof parsed !== "object" || parsed === null) return void 0;
    const { code, message, msg, error, retry_after: retryAfter } = parsed;
    const text = [message, msg, error].find((value2) => typeof value2 === "string");
    const numbered = typeof code === "string" || typeof code === "number" ? String(code) : "";
    return text === void 0 && numbered === "" ? void 0 : { code: numbered, message: String(text ?? ""), retryAfter };
  } catch {
    return void 0;
  }
}
var graceMs = 100;
function askedMs(headers, said) {
  const header = headers.get("retry-after")?.trim() ?? "";
  const until = Date.parse(header);
  const now = Date.parse(headers.get("date") ?? "") || Date.now();
  const asked2 = [
    /^\d+(?:\.\d+)?$/.test(header) ? Number(header) * 1e3 : until - now,
    typeof said?.retryAfter === "number" ? said.retryAfter * 1e3 : Number.NaN
  ].filter((ms) => !Number.isNaN(ms));
  return asked2.length === 0 ? void 0 : Math.max(0, ...asked2) + graceMs;
}
var patientTries = 6;
function againAfter({ kind, waitMs }, tries) {
  if (waitMs !== void 0) return { tries: patientTries, waitMs };
  return kind === "limited" ? { tries: patientTries, isLimited: true } : { tries };
}
var isPassing = ({ kind, status, waitMs }) => ["unknown-host", "refused", "timeout", "cut", "unreached", "proxy-unreached", "limited", "error-page", "server-error"].includes(kind) || status >= 500 || waitMs !== void 0;

// action/src/http/sentence.ts
function sentenceFor(cause, host, timeoutMs, doing = "") {
  const { kind, status, code, proxy } = cause;
  const { address, whenDown } = host;
  const who = host.who.charAt(0).toUpperCase() + host.who.slice(1);
  const named = code === "" ? "" : ` (${code})`;
  const through = proxy === void 0 ? "" : ` through the proxy ${proxy}`;
  switch (kind) {
    case "told":
      return cause.message;
    case "unknown-host":
      return `The host of ${address} cannot be found. The address is mistyped, or ${host.whenGone}.`;
    case "refused":
      return `${who} could not be reached${named}: nothing accepts connections at ${address}. The address or its port is wrong, the server is down, or this runner gets out through a proxy only: check ${address}, and set HTTPS_PROXY where there is a proxy.`;
    case "timeout":
      return `${who} did not answer within ${timeoutMs / 1e3} s${through}. It is overloaded, or not reachable from this runner: ${whenDown}.`;
    case "cut":
      return `The connection to ${host.who} broke off${named}${through}: it was cut before the answer was complete. The server restarted, or something in between gave up: ${whenDown}.`;
    case "certificate":
      return certificateSentence(code, address);
    case "unreached":
      return `${who} could not be reached${named}${through}. Check ${address} and the network of this runner: ${whenDown}.`;
    case "proxy-unreached":
      return `The proxy ${proxy} cannot be reached${named}. It is down, or the variable HTTPS_PROXY or HTTP_PROXY that names it is out of date: correct the variable, or list the host of ${address} in NO_PROXY if it needs no proxy.`;
    case "proxy-login":
      return proxy === void 0 ? `A proxy between this runner and ${host.who} wants a user name and a password (HTTP 407). Set HTTPS_PROXY to http://<user>:<password>@<host>:<port>, from a secret.` : `The proxy ${proxy} wants a user name and a password, or other ones (HTTP 407). Set HTTPS_PROXY or HTTP_PROXY to http://<user>:<password>@<host>:<port>, from a secret.`;
    case "proxy-refusal":
      return `The proxy ${proxy} does not connect this runner to ${host.who} (HTTP ${status}). It does not allow the host of ${address}, or cannot reach it itself: have it allowed there, or list it in NO_PROXY if it needs no proxy.`;
    case "redirect":
      return `The address in ${address} redirects to another one (${status}), which is not followed because a secret would travel along. Set ${address} to the final address, if that belongs to ${host.who}.`;
    case "web-page":
      return `A web page came instead of an answer of ${host.who} (HTTP ${status})${through}. A sign-in page, firewall or proxy before it sent the page, or ${address} is the address of something else: check ${address}, and whether this runner is let through to it.`;
    case "error-page":
      return `A web page with a server error came instead of an answer of ${host.who} (HTTP ${status})${through}${doing}. The gateway or proxy before it could not reach it, so it is probably overloaded, restarting or paused: ${whenDown}.`;
    case "said":
    case "server-error":
      if (status < 500) return void 0;
      return `${who} answered with a server error (HTTP ${status})${asked(cause)}${doing}. It is overloaded, restarting or paused: ${whenDown}.`;
    case "limited":
    case "refusal":
      return void 0;
  }
}
var asked = ({ waitMs }) => waitMs === void 0 ? "" : waitMs < 864e5 ? ` and asks to wait ${Math.ceil(waitMs / 1e3)} s` : " and asks to wait for days";
function certificateSentence(code, address) {
  if (/SELF_SIGNED|ISSUER|UNABLE_TO_VERIFY/.test(code)) {
    return `The certificate at ${address} comes from an authority that this runner does not know (${code}). A proxy that inspects connections, or a server with certificates of its own, shows it: set NODE_EXTRA_CA_CERTS to a file with the certificate of that authority.`;
  }
  if (/EXPIRED|NOT_YET_VALID/.test(code)) {
    return `The certificate at ${address} is not valid now (${code}). It was not renewed, or the clock of this runner is wrong: renew it, or set the clock.`;
  }
  if (/ALTNAME/.test(code)) {
    return `The certificate at ${address} is for another host (${code}). The address is mistyped, or something in between answers for it: check ${address}.`;
  }
  return `No secure connection can be made to ${address} (${code}). What answers there does not speak TLS, or not a version of it that is safe: check the address and its port.`;
}

// action/src/report/report.ts
var verdicts = ["in-sync", "drift", "unknown"];
var severities = ["none", "low", "medium", "high", "critical"];
var compareSeverity = (a, b) => severities.indexOf(a) - severities.indexOf(b);
var value = union([string(), number(), _null()]);
var findingSchema = object({
  type: string(),
  severity: _enum(["medium", "high", "critical"]),
  /** One of those that are counted: `children`, `weeks`, `habits` or `records`. */
  level: string(),
  /** The parts of the key as they are shown, by name: `{ child, week }`; `null` for a finding about a whole level. */
  key: record(string(), string().nullable()).nullable(),
  /** The child's pseudonym; `null` for a finding that is not about one child. */
  child: string().nullable(),
  /** Calendar date, after alignment. */
  weekStart: string().nullable(),
  /** `habits/<name>/<date>` and the like; `null` for a finding about a whole week, child or level. */
  path: string().nullable(),
  legacy: value,
  normalized: value,
  /** Table name to row ids. */
  rowIds: record(string(), array(string()))
});
var pathOf = ({ place }) => place && place.join("/");
var writtenFinding = ({ kind: _kind, place, ...finding }) => ({ ...finding, path: pathOf({ place }) });
var levelCountSchema = object({
  level: string(),
  /** What the legacy table holds, skipped weeks and duplicates included. */
  legacy: number(),
  /** What the normalized side should hold according to it. */
  expected: number(),
  normalized: number(),
  /** normalized − expected: negative when something is missing. */
  difference: number()
});
var healthCheckSchema = object({
  check: string(),
  status: _enum(["ok", "warning", "failing"]),
  severity: _enum(severities),
  detail: string()
});
var acceptedRuleSchema = object({
  reason: string(),
  by: string(),
  /** Calendar date, the last day on which it holds. */
  until: string(),
  /** What it matches, in words. */
  what: string(),
  state: _enum(["active", "expired", "unmatched"]),
  /** Differences that it accepts; of an expired rule those that it would. */
  findings: number(),
  weeks: number()
});
var reportSchema = object({
  schemaVersion: literal(2),
  pair: string(),
  mode: _enum(["sample", "full"]),
  engine: _enum(["stream", "digest"]),
  seed: string(),
  startedAt: iso_exports.datetime(),
  finishedAt: iso_exports.datetime(),
  durationMs: number(),
  verdict: _enum(verdicts),
  severity: _enum(severities),
  /** Only when the verdict is `unknown`: what happened, the likely cause, and what to do. */
  reason: string().optional(),
  thresholds: object({ high: number(), critical: number() }),
  confidence: number(),
  drift: object({
    rate: number(),
    upperBound: number(),
    /** Weeks with a finding of any type. */
    differing: number(),
    compared: number(),
    population: number()
  }),
  counts: array(levelCountSchema),
  skipped: array(object({ reason: literal("not-a-monday"), count: number() })),
  /** Differences that settled by themselves. */
  transient: number(),
  sourceVersions: record(string(), number()),
  findings: array(findingSchema),
  findingsTotal: number(),
  findingsTruncated: boolean(),
  health: array(healthCheckSchema),
  /** Rules of accepted differences, absent without a file of them. */
  accepted: array(acceptedRuleSchema).optional()
});
var shownRuns = 60;
var maxFindings = 1e4;

// action/src/http/retry.ts
import { setTimeout as sleep } from "node:timers/promises";
var longestWaitMs = 6 * 36e5;
async function retried(attempt, again2, { firstMs, limitedMs = 1e3, mayWait, stop }) {
  for (let tried = 1; ; tried += 1) {
    const result = await attempt();
    const next = again2(result);
    if (!next || tried >= next.tries) return result;
    const waitMs = Math.max(next.waitMs ?? 0, (next.isLimited ? limitedMs : firstMs) * 2 ** (tried - 1));
    if (waitMs > longestWaitMs || !mayWait(waitMs)) return result;
    await sleep(waitMs, void 0, { signal: stop }).catch(() => void 0);
    if (stop?.aborted) return result;
  }
}

// action/src/privacy/quoted.ts
var longest = 80;
var quoted = (text) => `\u201C${text.slice(0, longest).replaceAll(/[“”]/g, '"')}\u201D`;
var inQuotes = /“([^“”]*)”/g;
var quotesAsCode = (sentence) => sentence.replaceAll(inQuotes, (_, text) => inertCode(text, longest));
var quotesInert = (sentence) => sentence.replaceAll(inQuotes, (_, text) => `\u201C${inert(text, longest)}\u201D`);

// action/src/document/calendar.ts
var dayMs = 864e5;
var dayNumber = (date) => Date.parse(`${date}T00:00:00Z`) / dayMs;
function isCalendarDate(text) {
  if (typeof text !== "string" || !/^\d{4}-\d{2}-\d{2}$/.test(text) || text < "0001") return false;
  const day = dayNumber(text);
  return !Number.isNaN(day) && fromDayNumber(day) === text;
}
function fromDayNumber(day) {
  const text = new Date(day * dayMs).toISOString();
  return text.startsWith("+") ? text.replace(/T.*/, "").replace(/^\+0*/, "") : text.slice(0, text.indexOf("T"));
}
var addDays = (date, days) => fromDayNumber(dayNumber(date) + days);
function sevenDays(date) {
  if (last?.date !== date) last = { date, days: Array.from({ length: 7 }, (_, day) => addDays(date, day)) };
  return last.days;
}
var last;
function daysSinceMonday(date) {
  return ((dayNumber(date) + 3) % 7 + 7) % 7;
}
var mondayOf = (date) => addDays(date, -daysSinceMonday(date));

// action/src/publish/markdown.ts
function table(head, rows) {
  if (rows.length === 0) return "";
  const rule = head.map((name) => name.endsWith("#") ? "---:" : "---");
  const names = head.map((name) => name.replace(/#$/, ""));
  return [names, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
var mostRows = 40;
var paragraphs = (...parts) => parts.filter((part) => part !== "").join("\n\n");
var details = (summary, body) => body === "" ? "" : `<details><summary>${summary}</summary>

${body}

</details>`;
function time(iso) {
  const [, date, minute] = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)/.exec(iso) ?? [];
  return date && minute ? `${date} ${minute} UTC` : inertCode(iso, 40);
}
var icons = { none: "\u{1F7E2}", low: "\u{1F7E1}", medium: "\u{1F7E1}", high: "\u{1F7E0}", critical: "\u{1F534}" };
function verdictLine(report) {
  const { verdict, severity, drift, mode, confidence } = report;
  if (verdict === "unknown") {
    return `\u26AA **${headline(report)}.** ${inertCode(report.reason ?? "No reason was given.", 1e3)}`;
  }
  if (verdict === "in-sync") {
    const sampled = drift.compared < drift.population;
    const weeks2 = sampled ? `${coverage(report)}, and` : `all ${count(drift.population, "week")} compared,`;
    const sure = sampled ? ` With ${percent(confidence)} confidence, at most ${percentAtMost(drift.upperBound)} of all weeks differ.` : "";
    return `${icons.none} **${headline(report)}: ${weeks2} ${nothingDiffers(report)}.**${sure}`;
  }
  const weeks = count(drift.compared, `${mode === "sample" ? "sampled" : "compared"} week`);
  const what = drift.differing === 0 ? "the counts differ, the compared weeks do not" : `${number2(drift.differing)} of ${weeks} ${drift.differing === 1 ? "differs" : "differ"}`;
  return `${icons[severity]} **${headline(report)}: ${what}** (drift rate ${percent(drift.rate)}): ${topTypes(report)}.`;
}
function originList({ origin = [] }) {
  const sentences = origin.map((sentence) => `* ${quotesAsCode(sentence)}`);
  return sentences.length === 0 ? "" : ["**Where it comes from:**", ...sentences].join("\n");
}
function topTypes(report) {
  const types = typesOf(report);
  const shown = types.slice(0, 3).map(({ type, total }) => `${number2(total)} \xD7 ${inertCode(type, 40)}`);
  return types.length > shown.length ? `${shown.join(", ")} and others` : shown.join(", ");
}
function countsTable(report) {
  const rows = report.counts.slice(0, mostRows).map(({ level, legacy, expected, normalized, difference }) => [
    inertCode(level, 40),
    number2(legacy),
    number2(expected),
    number2(normalized),
    difference === 0 ? "0" : `**${signed(difference)}**`
  ]);
  return paragraphs(
    table(["Level", "Legacy#", "Expected#", "Normalized#", "Difference#"], rows),
    [...skippedWeeks(report), ...settled(report), ...acceptedNotes(report)].join(" ")
  );
}
function typesOf(report) {
  const kept = Map.groupBy(report.findings, (finding) => finding.type);
  return Object.entries(report.findingsByType).map(([type, total]) => {
    const findings = kept.get(type) ?? [];
    return { type, total, severity: report.severityByType[type] ?? "none", findings };
  }).sort((a, b) => compareSeverity(b.severity, a.severity) || b.total - a.total);
}
var weekOf = ({ child, weekStart }) => JSON.stringify([child, weekStart]);
function typesTable(report) {
  const atLeast = report.findingsTruncated ? "\u2265 " : "";
  const distinct = (values) => values.length === 0 ? "\u2013" : `${atLeast}${number2(new Set(values).size)}`;
  const types = typesOf(report);
  const rows = types.slice(0, mostRows).map(({ type, total, severity, findings }) => [
    inertCode(type, 40),
    severity === "none" ? "\u2013" : severity,
    number2(total),
    distinct(findings.filter((finding) => finding.weekStart !== null).map(weekOf)),
    distinct(findings.flatMap((finding) => finding.child ?? []))
  ]);
  return paragraphs(table(["Type", "Severity", "Findings#", "Weeks#", "Children#"], rows), more(rows.length, types.length));
}
var orDash = (text, maxLength) => text === null ? "\u2013" : inertCode(String(text), maxLength);
var more = (shown, total) => shown === 0 || shown === total ? "" : `\u2026and ${number2(total - shown)} more; \`report.json\` has what is not shown here.`;
function placesOf(report) {
  const place = (finding) => JSON.stringify([finding.type, finding.child, finding.weekStart, memberOf(finding)]);
  const places = [...Map.groupBy(report.findings, place).values()];
  if (places.length === report.findings.length) return [];
  return places.flatMap((findings) => {
    const [first] = findings;
    if (!first) return [];
    const { type, child, weekStart, level } = first;
    const where = pathOf(findings.length === 1 ? first : { place: memberOf(first) });
    return [{ type, child, weekStart, where: where ?? level, findings: findings.length }];
  });
}
function placesTable(report, limit) {
  const places = placesOf(report);
  const rows = places.slice(0, limit).map(({ type, child, weekStart, where, findings }) => [inertCode(type, 40), orDash(child, 60), orDash(weekStart, 40), orDash(where, 100), number2(findings)]);
  return paragraphs(table(["Type", "Child", "Week", "Where", "Findings#"], rows), more(rows.length, places.length));
}
var memberOf = ({ place }) => place && place.length > 1 ? place.slice(0, -1) : place;
function findingsTable(report, limit) {
  const rows = report.findings.slice(0, limit).map((finding) => [
    finding.severity,
    inertCode(finding.type, 40),
    orDash(finding.child, 60),
    orDash(finding.weekStart, 40),
    orDash(pathOf(finding) ?? finding.level, 120),
    orDash(finding.legacy, 80),
    orDash(finding.normalized, 80),
    Object.entries(finding.rowIds).map(([name, ids]) => inertCode(`${name} ${ids.join(", ")}`, 120)).join(" ") || "\u2013"
  ]);
  return paragraphs(
    table(["Severity", "Type", "Child", "Week", "Where", "Legacy", "Normalized", "Rows"], rows),
    more(rows.length, report.findingsTotal)
  );
}
function healthTable(report) {
  const rows = report.health.filter(({ status }) => status !== "ok").slice(0, mostRows).map(({ check, status, severity, detail }) => [inertCode(check, 80), status, severity, inertCode(detail, 300)]);
  return table(["Check", "Status", "Severity", "Detail"], rows);
}
var mostRules = 20;
function acceptedTable(report) {
  const rules = rulesByState(report);
  const rows = rules.slice(0, mostRules).map(({ state, what, reason, by, until, findings, weeks }) => [
    state === "active" ? ruleStates[state] : `**${ruleStates[state]}**`,
    inertCode(what, 160),
    inertCode(reason, 160),
    inertCode(by, 60),
    inertCode(until, 20),
    number2(findings),
    number2(weeks)
  ]);
  return paragraphs(table(["State", "What", "Reason", "By", "Until", "Differences#", "Weeks#"], rows), more(rows.length, rules.length));
}
function nextSteps(report, context) {
  if (report.verdict === "in-sync") return "";
  const steps = [
    report.verdict === "unknown" ? "Remove what kept this run from finishing, as the reason above says." : "",
    lookAt(report),
    ...(report.repair ?? []).map(repairStep),
    again(report, context)
  ];
  return steps.filter((step) => step !== "").map((step, index) => `${index + 1}. ${step}`).join("\n");
}
var indent = (lines) => lines.map((line) => line === "" ? "" : `   ${line}`).join("\n");
var sqlBlock = (statements) => indent(["```sql", ...statements, "```"]);
var warning = "\u26A0\uFE0F **Cannot be undone.**";
function repairStep({ text, commands }) {
  const blocks = commands.flatMap(({ note, sql, destroys }) => {
    const words = [destroys ? warning : "", note ?? ""].filter((part) => part !== "").join(" ");
    return [words === "" ? "" : indent([words]), sql.length === 0 ? "" : sqlBlock(sql)];
  });
  return paragraphs(text, ...blocks);
}
function lookAt(report) {
  const finding = report.findings.find(({ rowIds }) => Object.values(rowIds).some((ids) => ids.length > 0));
  if (!finding) return "";
  const statements = Object.entries(finding.rowIds).filter(([name, ids]) => ids.length > 0 && /^\w+$/.test(name)).map(([name, ids]) => {
    const values = ids.slice(0, 5).map((id) => `'${inert(id, 100).replaceAll("'", "''")}'`);
    return `select * from ${name} where id in (${values.join(", ")});`;
  });
  const { child, weekStart } = finding;
  const explained = isPseudonym(child ?? "") && isCalendarDate(weekStart) ? `${child} ${weekStart}` : void 0;
  return paragraphs(
    `**Look at the first difference**${explained ? `: \`npx driftwatch explain ${explained}\` in a checkout, or` : ""} in the SQL editor:`,
    statements.length === 0 ? "" : sqlBlock(statements)
  );
}
function again({ mode, seed }, { runUrl, runName, repository }) {
  const runId = /^\d+(?=-\d+$)/.exec(runName)?.[0];
  const how = runUrl && runId && repository ? `Check again: **Re-run all jobs** on [the run's page](${runUrl}), or \`gh run rerun ${runId} --repo ${repository.owner}/${repository.repo}\`.` : "Check again by starting the workflow once more.";
  return mode === "sample" ? `${how} To draw the same sample, set \`seed\` to ${inertCode(seed, 120)}.` : how;
}

export {
  keyId,
  groupId,
  groupOf,
  isWhole,
  pathId,
  copyOf,
  readSegment,
  placeId,
  valuesOf,
  causeOfError,
  causeOfAnswer,
  isWebPage,
  againAfter,
  isPassing,
  sentenceFor,
  asked,
  plainJson,
  canonicalText,
  canonicalJson,
  isPrivilegedKey,
  issuedAt,
  ownerOf,
  shownKey,
  pseudonymKeyOf,
  passingPseudonyms,
  isPseudonym,
  createPseudonyms,
  verdicts,
  severities,
  compareSeverity,
  pathOf,
  writtenFinding,
  reportSchema,
  shownRuns,
  maxFindings,
  retried,
  isCalendarDate,
  addDays,
  sevenDays,
  daysSinceMonday,
  mondayOf,
  number2 as number,
  percent,
  percentAtMost,
  count,
  signed,
  quoted,
  quotesInert,
  sideText,
  coverage,
  acceptedTotal,
  headline,
  nothingDiffers,
  ruleStates,
  rulesByState,
  acceptedNotes,
  statistics,
  finePrint,
  skippedWeeks,
  settled,
  paragraphs,
  details,
  time,
  verdictLine,
  originList,
  countsTable,
  typesTable,
  placesOf,
  placesTable,
  findingsTable,
  healthTable,
  acceptedTable,
  nextSteps
};
