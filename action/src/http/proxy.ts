import { ToldError } from '../defect.ts';

/**
 * The proxy that a request to an address goes through, by the variables that every other program on a runner goes by:
 * `HTTPS_PROXY` and `HTTP_PROXY` by the scheme of the address, and `NO_PROXY` for hosts that need none, each also in
 * lower case, which goes first. One rule for every host that is asked for anything.
 *
 * @throws {ToldError} when there is one that cannot be used; its value is not repeated, as it may hold a password
 */
export function proxyFor(target: URL, env: Readonly<Record<string, string | undefined>> = process.env): URL | undefined {
  const scheme = target.protocol.slice(0, -1);
  const [name, value] =
    [`${scheme}_proxy`, `${scheme.toUpperCase()}_PROXY`].map((variable) => [variable, env[variable]?.trim()]).find(([, text]) => text) ?? [];
  if (!value || isExempt(target, env['no_proxy'] || env['NO_PROXY'] || '')) return undefined;
  const address = value.includes('://') ? value : `http://${value}`;
  if (!URL.canParse(address) || !/^https?:$/.test(new URL(address).protocol)) {
    throw new ToldError(
      `The variable ${name} does not hold the address of a proxy that can be used. Other kinds of proxies, such as SOCKS, are not supported: set it to http://<host>:<port>, or remove it.`,
    );
  }
  const proxy = new URL(address);
  // To a proxy on another machine, a loopback address would mean the proxy's machine.
  return isLoopback(target) && !isLoopback(proxy) ? undefined : proxy;
}

/** `NO_PROXY` lists hosts, which include their subdomains, optionally with a port; or `*` for all hosts. */
function isExempt({ hostname, port, protocol }: URL, noProxy: string): boolean {
  const host = hostname.toLowerCase();
  const actualPort = port || (protocol === 'https:' ? '443' : '80');
  return noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => {
      if (entry === '*') return true;
      const [, name = '', wantedPort] = /^\*?\.?(.*?)(?::(\d+))?$/.exec(isBareIpv6(entry) ? `[${entry}]` : entry) ?? [];
      return name !== '' && (host === name || host.endsWith(`.${name}`)) && (wantedPort === undefined || wantedPort === actualPort);
    });
}

const isBareIpv6 = (entry: string): boolean => /^[0-9a-f:]*:[0-9a-f:]*:[0-9a-f:.]*$/.test(entry);

/** Whether an address is on this machine. */
export const isLoopback = ({ hostname }: URL): boolean => hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);

/** Shorter texts occur in ordinary words. */
const shortestSecret = 4;

/** The parts of a proxy's address that must not be printed, in all forms in which they may appear. */
export function secretsOfProxies(env: Readonly<Record<string, string | undefined>>): string[] {
  return ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'].flatMap((variable) => {
    const value = env[variable]?.trim() ?? '';
    const [, credentials = ''] = /^(?:[a-z][a-z0-9+.-]*:\/\/)?([^/?#]*)@/i.exec(value) ?? [];
    if (credentials === '') return [];
    const plain = safelyDecoded(credentials);
    const password = (text: string): string => text.slice(text.indexOf(':') + 1);
    return [credentials, plain, password(credentials), password(plain), Buffer.from(plain).toString('base64')].filter(
      (secret) => secret.length >= shortestSecret,
    );
  });
}

export const credentialsOf = ({ username, password }: URL): string => `${safelyDecoded(username)}:${safelyDecoded(password)}`;

function safelyDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
