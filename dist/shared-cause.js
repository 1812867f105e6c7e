import {
  ProxiedError
} from "./shared-send.js";
import {
  ToldError
} from "./shared-proxy.js";

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
function causeOf({ thrown, answer, defect }) {
  if (thrown !== void 0) return causeOfError(thrown);
  if (!answer || defect !== void 0 && !(defect === "not-json" && isWebPage(answer.headers, answer.body))) return void 0;
  return causeOfAnswer(answer);
}
var isWebPage = (headers, body) => /^\s*(?:text\/html|application\/xhtml)/i.test(headers.get("content-type") ?? "") || /^\s*<(?:!doctype\s+html|html)\b/i.test(body);
var isObject = (value) => typeof value === "object" && value !== null;
function saidIn(body) {
  try {
    const parsed = JSON.parse(body);
    const said = Array.isArray(parsed) ? parsed.at(-1) : parsed;
    if (!isObject(said)) return void 0;
    if (isObject(said["error"])) return saidByGoogle(said["error"]);
    const { code, message, msg, error, retry_after: retryAfter } = said;
    const text = [message, msg, error].find((value) => typeof value === "string");
    const numbered = typeof code === "string" || typeof code === "number" ? String(code) : "";
    return text === void 0 && numbered === "" ? void 0 : { code: numbered, message: String(text ?? ""), retryAfter };
  } catch {
    return void 0;
  }
}
function saidByGoogle({ status, message, details }) {
  if (typeof status !== "string" && typeof message !== "string") return void 0;
  const delays = (Array.isArray(details) ? details : []).flatMap(
    (detail) => isObject(detail) && typeof detail["retryDelay"] === "string" ? [detail["retryDelay"]] : []
  );
  const [, seconds] = /^(\d+(?:\.\d+)?)s$/.exec(delays[0] ?? "") ?? [];
  return { code: String(status ?? ""), message: String(message ?? ""), retryAfter: seconds === void 0 ? void 0 : Number(seconds) };
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
      return `${who} could not be reached${named}: nothing accepts connections at ${address}. The address or its port is wrong, the server is down, or this runner can only get out through a proxy: check ${address}, and set HTTPS_PROXY where there is a proxy.`;
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
      return proxy === void 0 ? `A proxy between this runner and ${host.who} requires a user name and password (HTTP 407). Set HTTPS_PROXY to http://<user>:<password>@<host>:<port>, from a secret.` : `The proxy ${proxy} requires a user name and password, or rejects those it got (HTTP 407). Set HTTPS_PROXY or HTTP_PROXY to http://<user>:<password>@<host>:<port>, from a secret.`;
    case "proxy-refusal":
      return `The proxy ${proxy} does not connect this runner to ${host.who} (HTTP ${status}). It does not allow the host of ${address}, or cannot reach it itself: have it allowed there, or list it in NO_PROXY if it needs no proxy.`;
    case "redirect":
      return `The address in ${address} redirects to another one (${status}), which is not followed, because a secret would be sent along. Set ${address} to the final address, if that belongs to ${host.who}.`;
    case "web-page":
      return `A web page came instead of an answer from ${host.who} (HTTP ${status})${through}. A sign-in page, firewall or proxy in front of it sent the page, or ${address} is the address of something else: check ${address}, and whether this runner is allowed through.`;
    case "error-page":
      return `A web page with a server error came instead of an answer from ${host.who} (HTTP ${status})${through}${doing}. The gateway or proxy in front of it could not reach it, so it is probably overloaded, restarting or paused: ${whenDown}.`;
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
    return `The certificate at ${address} comes from an authority that this runner does not know (${code}). A proxy that inspects connections, or a server with its own certificates, presented it: set NODE_EXTRA_CA_CERTS to a file with the certificate of that authority.`;
  }
  if (/EXPIRED|NOT_YET_VALID/.test(code)) {
    return `The certificate at ${address} is not valid now (${code}). It was not renewed, or the clock of this runner is wrong: renew it, or set the clock.`;
  }
  if (/ALTNAME/.test(code)) {
    return `The certificate at ${address} is for another host (${code}). The address is mistyped, or something in between answers for it: check ${address}.`;
  }
  return `No secure connection can be made to ${address} (${code}). The server there does not speak TLS, or no safe version of it: check the address and its port.`;
}

export {
  causeOfError,
  causeOfAnswer,
  causeOf,
  againAfter,
  isPassing,
  sentenceFor,
  asked
};
