import {
  credentialsOf,
  proxyFor
} from "./shared-proxy.js";

// action/src/http/retry.ts
import { setTimeout as sleep } from "node:timers/promises";
var longestWaitMs = 6 * 36e5;
async function retried(attempt, again, { firstMs, limitedMs = 1e3, mayWait, stop }) {
  for (let tried = 1; ; tried += 1) {
    const result = await attempt();
    const next = again(result);
    if (!next || tried >= next.tries) return result;
    const waitMs = Math.max(next.waitMs ?? 0, (next.isLimited ? limitedMs : firstMs) * 2 ** (tried - 1));
    if (waitMs > longestWaitMs || !mayWait(waitMs)) return result;
    await sleep(waitMs, void 0, { signal: stop }).catch(() => void 0);
    if (stop?.aborted) return result;
  }
}

// action/src/http/body.ts
async function readText(response, maxBytes) {
  const reader = response.body?.getReader();
  if (!reader) return { text: "", isWhole: true };
  const pieces = [];
  const text = () => new TextDecoder().decode(Buffer.concat(pieces));
  for (let bytes = 0; ; ) {
    const { done, value } = maxBytes === 0 ? {} : await reader.read();
    if (done) return { text: text(), isWhole: true };
    bytes += value?.length ?? 0;
    if (!value || bytes > maxBytes) {
      reader.cancel().catch(() => void 0);
      return { text: text(), isWhole: false };
    }
    pieces.push(value);
  }
}

// action/src/http/send.ts
var ProxiedError = class extends Error {
  name = "ProxiedError";
  /** Host and port: nothing else of its address is fit to be seen. */
  proxy;
  constructor(proxy, cause) {
    super("no answer through a proxy", { cause });
    this.proxy = proxy.host;
  }
};
async function send(address, init = {}) {
  const proxy = proxyFor(new URL(address));
  if (!proxy) return fetch(address, { ...init, redirect: "manual" });
  const through = await openProxy(proxy);
  try {
    return await through(address, { ...init, redirect: "manual" });
  } catch (error) {
    throw new ProxiedError(proxy, error);
  }
}
var maxErrorBytes = 64 * 2 ** 10;
async function ask(address, init, maxBytes) {
  const response = await send(address, init);
  const { status, headers, ok } = response;
  const reading = readText(response, ok ? maxBytes : maxErrorBytes);
  const { text, isWhole } = await (ok ? reading : reading.catch(() => ({ text: "", isWhole: false })));
  return { status, headers, body: text, isTooLarge: ok && !isWhole };
}
var opened = /* @__PURE__ */ new Map();
function openProxy(proxy) {
  const known = opened.get(proxy.href);
  if (known) return known;
  const loaded = import("./undici.js").then(({ default: { fetch: fetchThrough, ProxyAgent } }) => {
    const dispatcher = new ProxyAgent({
      uri: proxy.origin,
      // To an address in the clear there is nothing to tunnel, and many proxies would not.
      proxyTunnel: false,
      ...proxy.username && { token: `Basic ${Buffer.from(credentialsOf(proxy)).toString("base64")}` }
    });
    return (async (address, init) => fetchThrough(address, { ...init, dispatcher }));
  });
  opened.set(proxy.href, loaded);
  return loaded;
}

export {
  retried,
  ProxiedError,
  ask
};
