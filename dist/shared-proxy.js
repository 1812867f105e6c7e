import {
  oneLine
} from "./shared-inert.js";

// action/src/defect.ts
var ToldError = class extends Error {
  name = "ToldError";
};
var sentenceOf = (error) => error instanceof ToldError ? oneLine(error.message) : describeDefect(error);
function describeDefect(error) {
  const stack = error instanceof Error ? error.stack ?? "" : "";
  const [, place] = /^ {4}at (?:async )?([\w.]{1,80}) /m.exec(stack) ?? [];
  const kind = error instanceof Error ? error.constructor.name : typeof error;
  return `Driftwatch failed unexpectedly (${kind}${place ? ` in ${place}` : ""}), so whether both sides agree is unknown. This is a bug: please report it with this sentence and the version of the action.`;
}

// action/src/http/proxy.ts
function proxyFor(target, env = process.env) {
  const scheme = target.protocol.slice(0, -1);
  const [name, value] = [`${scheme}_proxy`, `${scheme.toUpperCase()}_PROXY`].map((variable) => [variable, env[variable]?.trim()]).find(([, text]) => text) ?? [];
  if (!value || isExempt(target, env["no_proxy"] || env["NO_PROXY"] || "")) return void 0;
  const address = value.includes("://") ? value : `http://${value}`;
  if (!URL.canParse(address) || !/^https?:$/.test(new URL(address).protocol)) {
    throw new ToldError(
      `The variable ${name} does not hold the address of a proxy that can be used. Other kinds of proxies, such as SOCKS, are not supported: set it to http://<host>:<port>, or remove it.`
    );
  }
  const proxy = new URL(address);
  return isLoopback(target) && !isLoopback(proxy) ? void 0 : proxy;
}
function isExempt({ hostname, port, protocol }, noProxy) {
  const host = hostname.toLowerCase();
  const actualPort = port || (protocol === "https:" ? "443" : "80");
  return noProxy.toLowerCase().split(/[\s,]+/).some((entry) => {
    if (entry === "*") return true;
    const [, name = "", wantedPort] = /^\*?\.?(.*?)(?::(\d+))?$/.exec(isBareIpv6(entry) ? `[${entry}]` : entry) ?? [];
    return name !== "" && (host === name || host.endsWith(`.${name}`)) && (wantedPort === void 0 || wantedPort === actualPort);
  });
}
var isBareIpv6 = (entry) => /^[0-9a-f:]*:[0-9a-f:]*:[0-9a-f:.]*$/.test(entry);
var isLoopback = ({ hostname }) => hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
var shortestSecret = 4;
function secretsOfProxies(env) {
  return ["https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY"].flatMap((variable) => {
    const value = env[variable]?.trim() ?? "";
    const [, credentials = ""] = /^(?:[a-z][a-z0-9+.-]*:\/\/)?([^/?#]*)@/i.exec(value) ?? [];
    if (credentials === "") return [];
    const plain = safelyDecoded(credentials);
    const password = (text) => text.slice(text.indexOf(":") + 1);
    return [credentials, plain, password(credentials), password(plain), Buffer.from(plain).toString("base64")].filter(
      (secret) => secret.length >= shortestSecret
    );
  });
}
var credentialsOf = ({ username, password }) => `${safelyDecoded(username)}:${safelyDecoded(password)}`;
function safelyDecoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export {
  ToldError,
  sentenceOf,
  describeDefect,
  proxyFor,
  secretsOfProxies,
  credentialsOf
};
