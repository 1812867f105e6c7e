import { readText } from './body.ts';
import { credentialsOf, proxyFor } from './proxy.ts';

/** A request through a proxy that got no answer; `cause` is the reason. */
export class ProxiedError extends Error {
  override name = 'ProxiedError';
  /** Host and port: the rest of its address may be secret. */
  proxy: string;
  constructor(proxy: URL, cause: unknown) {
    super('no answer through a proxy', { cause });
    this.proxy = proxy.host;
  }
}

/**
 * One request to any host, like `fetch`: through the proxy for the address, and without following redirects, since the new host would
 * receive a secret that is not meant for it.
 */
export async function send(address: string | URL, init: RequestInit = {}): Promise<Response> {
  const proxy = proxyFor(new URL(address));
  if (!proxy) return fetch(address, { ...init, redirect: 'manual' });
  const through = await openProxy(proxy);
  try {
    return await through(address, { ...init, redirect: 'manual' });
  } catch (error) {
    throw new ProxiedError(proxy, error);
  }
}

export type Answer = {
  readonly status: number;
  readonly headers: Headers;
  /** As far as it was read. */
  readonly body: string;
  /** Whether it is longer than the part that was read. */
  readonly isTooLarge: boolean;
};

/** In an error answer, the message comes first. */
const maxErrorBytes = 64 * 2 ** 10;

/** One request with the text of its answer, up to a limit. */
export async function ask(address: string | URL, init: RequestInit, maxBytes: number): Promise<Answer> {
  const response = await send(address, init);
  const { status, headers, ok } = response;
  const reading = readText(response, ok ? maxBytes : maxErrorBytes);
  // An error counts even if the rest of its body does not arrive.
  const { text, isWhole } = await (ok ? reading : reading.catch(() => ({ text: '', isWhole: false })));
  return { status, headers, body: text, isTooLarge: ok && !isWhole };
}

const opened = new Map<string, Promise<typeof fetch>>();

/** Loaded only if there is a proxy: Node's own `fetch` does not support one, and may not accept another version's dispatcher. */
function openProxy(proxy: URL): Promise<typeof fetch> {
  const known = opened.get(proxy.href);
  if (known) return known;
  const loaded = import('undici').then(({ default: { fetch: fetchThrough, ProxyAgent } }) => {
    const dispatcher = new ProxyAgent({
      uri: proxy.origin,
      // An unencrypted connection needs no tunnel, and many proxies would refuse one.
      proxyTunnel: false,
      ...(proxy.username && { token: `Basic ${Buffer.from(credentialsOf(proxy)).toString('base64')}` }),
    });
    // The interface of `fetch`, which undici declares again.
    return (async (address: string | URL, init: object) => fetchThrough(address, { ...init, dispatcher })) as unknown as typeof fetch;
  });
  opened.set(proxy.href, loaded);
  return loaded;
}
