import { ToldError } from '../defect.ts';
import type { Again } from './retry.ts';
import { ProxiedError, type Answer } from './send.ts';

/**
 * Why a request failed, for every host. The cause is derived from the network's error code, or else from the content, or else from the
 * service's own code and message. The status comes last, since a gateway, a proxy or a sign-in page uses the same ones. So a key, a webhook
 * or a permission is blamed only if the service itself does: if the kind is `said`.
 */
export type Cause = {
  readonly kind:
    | 'unknown-host'
    | 'refused'
    | 'timeout'
    | 'cut'
    | 'certificate'
    | 'unreached'
    /** The error already explains everything. */
    | 'told'
    | 'proxy-unreached'
    | 'proxy-login'
    | 'proxy-refusal'
    | 'redirect'
    /** A page for people instead of an answer. */
    | 'web-page'
    /** A page for people, with a server's error. */
    | 'error-page'
    | 'limited'
    /** The service's own message. */
    | 'said'
    | 'server-error'
    | 'refusal';
  /** 0 if there was no answer. */
  readonly status: number;
  /** The service's own code or the network's; empty if there is none. */
  readonly code: string;
  /** The service's own message, used to recognize the error. It may contain anything, so it is never shown. */
  readonly message: string;
  /** How long the answer asks to wait. */
  readonly waitMs?: number;
  /** Host and port of the proxy in between. */
  readonly proxy?: string;
};

/** @param error was thrown instead of an answer */
export function causeOfError(error: unknown): Cause {
  if (error instanceof ToldError) return { kind: 'told', status: 0, code: '', message: error.message };
  const code = codeOf(error);
  const proxied = error instanceof ProxiedError ? { proxy: error.proxy } : {};
  // Undici gives the status of a proxy's own answer nowhere else.
  const [status] = /(?<=Proxy response \()\d{3}(?=\))|(?<=Proxy .*\()407(?=\))/.exec(error instanceof ProxiedError ? messagesOf(error) : '') ?? [];
  if (status) return { kind: status === '407' ? 'proxy-login' : 'proxy-refusal', status: Number(status), code: '', message: '', ...proxied };
  // Ports that browsers avoid are rejected by `fetch` itself, without a code.
  if (code === 'TypeError' && messagesOf(error).includes('bad port')) return { kind: 'refused', status: 0, code: '', message: '' };
  return { kind: kindOf(code, 'proxy' in proxied), status: 0, code, message: '', ...proxied };
}

function kindOf(code: string, isProxied: boolean): Cause['kind'] {
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return isProxied ? 'proxy-unreached' : 'unknown-host';
    case 'ECONNREFUSED':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return isProxied ? 'proxy-unreached' : 'refused';
    case 'ETIMEDOUT':
    case 'UND_ERR_CONNECT_TIMEOUT':
    case 'UND_ERR_PRX_TLS':
      return isProxied ? 'proxy-unreached' : 'timeout';
    case 'TimeoutError':
    case 'AbortError':
    case 'UND_ERR_HEADERS_TIMEOUT':
    case 'UND_ERR_BODY_TIMEOUT':
      return 'timeout';
    case 'ECONNRESET':
    case 'ECONNABORTED':
    case 'EPIPE':
    case 'UND_ERR_SOCKET':
    case 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH':
    case 'ERR_STREAM_PREMATURE_CLOSE':
    case 'Z_BUF_ERROR':
    case 'Z_DATA_ERROR':
      return 'cut';
    default:
      return /CERT|TLS|SSL|SELF_SIGNED|ALTNAME|EPROTO/i.test(code) ? 'certificate' : 'unreached';
  }
}

/** The code that is closest to the cause; otherwise the error's name. */
function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  const { code, name, cause } = error as { code?: unknown; name?: unknown; cause?: unknown };
  const own = typeof code === 'string' && /^\w{1,60}$/.test(code) ? code : '';
  return own || codeOf(cause) || (typeof name === 'string' && /^\w{1,60}$/.test(name) && name !== 'Error' ? name : '');
}

const messagesOf = (error: unknown): string => (error instanceof Error ? `${error.message}\n${messagesOf(error.cause)}` : '').trim();

type Answered = Pick<Answer, 'status' | 'headers' | 'body'>;

/** @param answer an error, or an answer that cannot be understood */
export function causeOfAnswer({ status, headers, body }: Answered, proxy?: string): Cause {
  const said = saidIn(body);
  const waitMs = askedMs(headers, said);
  const facts = { status, code: said?.code ?? '', message: said?.message ?? '', ...(waitMs !== undefined && { waitMs }), ...(proxy && { proxy }) };
  if (status === 407) return { kind: 'proxy-login', ...facts };
  if (status >= 300 && status < 400) return { kind: 'redirect', ...facts };
  if (status === 429) return { kind: 'limited', ...facts };
  if (said) return { kind: 'said', ...facts };
  if (isWebPage(headers, body)) return { kind: status >= 500 && status !== 511 ? 'error-page' : 'web-page', ...facts };
  return { kind: status >= 500 ? 'server-error' : 'refusal', ...facts };
}

/** The result of a request for data, if it is of no use. */
export type Failure<Defect extends string = string> = {
  /** The error, if there was no answer. */
  readonly thrown?: unknown;
  readonly answer?: Answered;
  /** What is wrong with an answer whose status is success. */
  readonly defect?: Defect;
};

/** The service's message takes precedence over everything else, and a web page is never an answer, not even with the status 200. */
export function causeOf({ thrown, answer, defect }: Failure): Cause | undefined {
  if (thrown !== undefined) return causeOfError(thrown);
  if (!answer || (defect !== undefined && !(defect === 'not-json' && isWebPage(answer.headers, answer.body)))) return undefined;
  return causeOfAnswer(answer);
}

const isWebPage = (headers: Headers, body: string): boolean =>
  /^\s*(?:text\/html|application\/xhtml)/i.test(headers.get('content-type') ?? '') || /^\s*<(?:!doctype\s+html|html)\b/i.test(body);

type Said = { code: string; message: string; retryAfter: unknown };

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;

/** A service's error in JSON: PostgREST, the gateway in front of it, Discord, GitHub and Google. */
function saidIn(body: string): Said | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    // Google's streaming answers are lists.
    const said: unknown = Array.isArray(parsed) ? parsed.at(-1) : parsed;
    if (!isObject(said)) return undefined;
    if (isObject(said['error'])) return saidByGoogle(said['error']);
    const { code, message, msg, error, retry_after: retryAfter } = said;
    const text = [message, msg, error].find((value) => typeof value === 'string');
    const numbered = typeof code === 'string' || typeof code === 'number' ? String(code) : '';
    return text === undefined && numbered === '' ? undefined : { code: numbered, message: String(text ?? ''), retryAfter };
  } catch {
    return undefined;
  }
}

/** `{ code: 429, status: 'RESOURCE_EXHAUSTED', message, details: [{ retryDelay: '3.5s' }] }` */
function saidByGoogle({ status, message, details }: Readonly<Record<string, unknown>>): Said | undefined {
  if (typeof status !== 'string' && typeof message !== 'string') return undefined;
  const delays = (Array.isArray(details) ? details : []).flatMap((detail: unknown) =>
    isObject(detail) && typeof detail['retryDelay'] === 'string' ? [detail['retryDelay']] : [],
  );
  const [, seconds] = /^(\d+(?:\.\d+)?)s$/.exec(delays[0] ?? '') ?? [];
  return { code: String(status ?? ''), message: String(message ?? ''), retryAfter: seconds === undefined ? undefined : Number(seconds) };
}

/** Slightly longer than requested, because clocks differ. */
const graceMs = 100;

/** In seconds or as a date in the header, or in seconds in the body of Discord or Google; the longest of them. */
function askedMs(headers: Headers, said: Said | undefined): number | undefined {
  const header = headers.get('retry-after')?.trim() ?? '';
  const until = Date.parse(header);
  // By the clock of the server that asks for it.
  const now = Date.parse(headers.get('date') ?? '') || Date.now();
  const asked = [
    /^\d+(?:\.\d+)?$/.test(header) ? Number(header) * 1000 : until - now,
    typeof said?.retryAfter === 'number' ? said.retryAfter * 1000 : Number.NaN,
  ].filter((ms) => !Number.isNaN(ms));
  return asked.length === 0 ? undefined : Math.max(0, ...asked) + graceMs;
}

/** Attempts if a service limits requests, or says how long to wait. */
const patientTries = 6;

/** @param tries in total, if the answer does not ask to wait */
export function againAfter({ kind, waitMs }: Cause, tries: number): Again {
  if (waitMs !== undefined) return { tries: patientTries, waitMs };
  return kind === 'limited' ? { tries: patientTries, isLimited: true } : { tries };
}

/** Whether another attempt may succeed although nothing changes meanwhile. */
export const isPassing = ({ kind, status, waitMs }: Cause): boolean =>
  ['unknown-host', 'refused', 'timeout', 'cut', 'unreached', 'proxy-unreached', 'limited', 'error-page', 'server-error'].includes(kind) ||
  status >= 500 ||
  waitMs !== undefined;
