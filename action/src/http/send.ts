import { readText } from './body.ts';
import { credentialsOf, proxyFor } from './proxy.ts';

/** A request that got no answer, although it went to a proxy; `cause` is why. */
export class ProxiedError extends Error {
  override name = 'ProxiedError';
  /** Host and port: nothing else of its address is fit to be seen. */
  proxy: string;
  constructor(proxy: URL, cause: unknown) {
    super('no answer through a proxy', { cause });
    this.proxy = proxy.host;
  }
}

/**
 * One request to whoever it may be, as `fetch` makes it: through the proxy that stands for the address, and along no
 * redirect, since whoever it leads to would be handed a secret that is not for them.
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
  /** It is longer than what was read of it. */
  readonly isTooLarge: boolean;
};

/** Of an answer that is an error, what says so comes first. */
const maxErrorBytes = 64 * 2 ** 10;

/** One request with the text of its answer, up to a limit. */
export async function ask(address: string | URL, init: RequestInit, maxBytes: number): Promise<Answer> {
  const response = await send(address, init);
  const { status, headers, ok } = response;
  const reading = readText(response, ok ? maxBytes : maxErrorBytes);
  // An error is one also where the rest of it does not come.
  const { text, isWhole } = await (ok ? reading : reading.catch(() => ({ text: '', isWhole: false })));
  return { status, headers, body: text, isTooLarge: ok && !isWhole };
}

const opened = new Map<string, Promise<typeof fetch>>();

/** Loaded where there is a proxy only: Node's own `fetch` knows none, and takes no other version's dispatcher for sure. */
function openProxy(proxy: URL): Promise<typeof fetch> {
  const known = opened.get(proxy.href);
  if (known) return known;
  const loaded = import('undici').then(({ default: { fetch: fetchThrough, ProxyAgent } }) => {
    const dispatcher = new ProxyAgent({
      uri: proxy.origin,
      // To an address in the clear there is nothing to tunnel, and many proxies would not.
      proxyTunnel: false,
      ...(proxy.username && { token: `Basic ${Buffer.from(credentialsOf(proxy)).toString('base64')}` }),
    });
    // The interface of `fetch`, which undici declares once more.
    return (async (address: string | URL, init: object) => fetchThrough(address, { ...init, dispatcher })) as unknown as typeof fetch;
  });
  opened.set(proxy.href, loaded);
  return loaded;
}
