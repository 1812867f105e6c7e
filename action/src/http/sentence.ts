import type { Cause } from './cause.ts';

/** A host, in the words of a sentence. */
export type Host = {
  /** Such as `the project`. */
  who: string;
  /** The input that contains the address, such as `supabase-url`. */
  address: string;
  /** Other possible causes if the host is not found, and what to do then. */
  whenGone: string;
  /** What to do when the service itself is in trouble. */
  whenDown: string;
};

/**
 * What happened, the likely cause and what to do, if that is the same for every host: `undefined` if it depends on the service's own
 * message, and for a status that says no more.
 *
 * @param timeoutMs how long the request waited for an answer
 * @param doing what was being done, such as ` when table weeks was read`
 */
export function sentenceFor(cause: Cause, host: Host, timeoutMs: number, doing = ''): string | undefined {
  const { kind, status, code, proxy } = cause;
  const { address, whenDown } = host;
  const who = host.who.charAt(0).toUpperCase() + host.who.slice(1);
  const named = code === '' ? '' : ` (${code})`;
  const through = proxy === undefined ? '' : ` through the proxy ${proxy}`;
  switch (kind) {
    case 'told':
      return cause.message;
    case 'unknown-host':
      return `The host of ${address} cannot be found. The address is mistyped, or ${host.whenGone}.`;
    case 'refused':
      return `${who} could not be reached${named}: nothing accepts connections at ${address}. The address or its port is wrong, the server is down, or this runner can only get out through a proxy: check ${address}, and set HTTPS_PROXY where there is a proxy.`;
    case 'timeout':
      return `${who} did not answer within ${timeoutMs / 1000} s${through}. It is overloaded, or not reachable from this runner: ${whenDown}.`;
    case 'cut':
      return `The connection to ${host.who} broke off${named}${through}: it was cut before the answer was complete. The server restarted, or something in between gave up: ${whenDown}.`;
    case 'certificate':
      return certificateSentence(code, address);
    case 'unreached':
      return `${who} could not be reached${named}${through}. Check ${address} and the network of this runner: ${whenDown}.`;
    case 'proxy-unreached':
      return `The proxy ${proxy} cannot be reached${named}. It is down, or the variable HTTPS_PROXY or HTTP_PROXY that names it is out of date: correct the variable, or list the host of ${address} in NO_PROXY if it needs no proxy.`;
    case 'proxy-login':
      return proxy === undefined
        ? `A proxy between this runner and ${host.who} requires a user name and password (HTTP 407). Set HTTPS_PROXY to http://<user>:<password>@<host>:<port>, from a secret.`
        : `The proxy ${proxy} requires a user name and password, or rejects those it got (HTTP 407). Set HTTPS_PROXY or HTTP_PROXY to http://<user>:<password>@<host>:<port>, from a secret.`;
    case 'proxy-refusal':
      return `The proxy ${proxy} does not connect this runner to ${host.who} (HTTP ${status}). It does not allow the host of ${address}, or cannot reach it itself: have it allowed there, or list it in NO_PROXY if it needs no proxy.`;
    case 'redirect':
      return `The address in ${address} redirects to another one (${status}), which is not followed, because a secret would be sent along. Set ${address} to the final address, if that belongs to ${host.who}.`;
    case 'web-page':
      return `A web page came instead of an answer from ${host.who} (HTTP ${status})${through}. A sign-in page, firewall or proxy in front of it sent the page, or ${address} is the address of something else: check ${address}, and whether this runner is allowed through.`;
    case 'error-page':
      return `A web page with a server error came instead of an answer from ${host.who} (HTTP ${status})${through}${doing}. The gateway or proxy in front of it could not reach it, so it is probably overloaded, restarting or paused: ${whenDown}.`;
    case 'said':
    case 'server-error':
      if (status < 500) return undefined;
      return `${who} answered with a server error (HTTP ${status})${asked(cause)}${doing}. It is overloaded, restarting or paused: ${whenDown}.`;
    case 'limited':
    case 'refusal':
      return undefined;
  }
}

/** For the middle of a sentence. */
export const asked = ({ waitMs }: Pick<Cause, 'waitMs'>): string =>
  waitMs === undefined ? '' : waitMs < 86_400_000 ? ` and asks to wait ${Math.ceil(waitMs / 1000)} s` : ' and asks to wait for days';

function certificateSentence(code: string, address: string): string {
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
