import { ToldError } from '../defect.ts';
import type { Again } from './retry.ts';
import { ProxiedError, type Answer } from './send.ts';

/**
 * Why a request was not answered as it should be, for every host that is asked. It goes by what was said: the network's
 * code, else the content, else the service's own code and message. The status comes last, since a gateway, a proxy or a
 * sign-in page gives the same ones. So a key, a webhook or a permission can be blamed only where the service itself does:
 * where the kind is `said`.
 */
export type Cause = {
  readonly kind:
    | 'unknown-host'
    | 'refused'
    | 'timeout'
    | 'cut'
    | 'certificate'
    | 'unreached'
    /** The error says it all. */
    | 'told'
    | 'proxy-unreached'
    | 'proxy-login'
    | 'proxy-refusal'
    | 'redirect'
    /** A page for people, instead of an answer. */
    | 'web-page'
    /** A page for people, with an error of a server. */
    | 'error-page'
    | 'limited'
    /** The service's own words. */
    | 'said'
    | 'server-error'
    | 'refusal';
  /** 0 where no answer came. */
  readonly status: number;
  /** The service's own or the network's; empty where there is none. */
  readonly code: string;
  /** The service's own words, to be recognized. They may hold anything, so they are not for showing. */
  readonly message: string;
  /** How long the answer asks to wait. */
  readonly waitMs?: number;
  /** Host and port of the proxy in between. */
  readonly proxy?: string;
};

/** @param error what was thrown instead of an answer */
export function causeOfError(error: unknown): Cause {
  if (error instanceof ToldError) return { kind: 'told', status: 0, code: '', message: error.message };
  const code = codeOf(error);
  const proxied = error instanceof ProxiedError ? { proxy: error.proxy } : {};
  // Undici gives the status of a proxy's own answer in no other place.
  const [status] = /(?<=Proxy response \()\d{3}(?=\))|(?<=Proxy .*\()407(?=\))/.exec(error instanceof ProxiedError ? messagesOf(error) : '') ?? [];
  if (status) return { kind: status === '407' ? 'proxy-login' : 'proxy-refusal', status: Number(status), code: '', message: '', ...proxied };
  // What `fetch` refuses by itself has no code: a port that browsers keep clear of.
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

/** The code that is closest to what happened; a name where there is none. */
function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  const { code, name, cause } = error as { code?: unknown; name?: unknown; cause?: unknown };
  const own = typeof code === 'string' && /^\w{1,60}$/.test(code) ? code : '';
  return own || codeOf(cause) || (typeof name === 'string' && /^\w{1,60}$/.test(name) && name !== 'Error' ? name : '');
}

const messagesOf = (error: unknown): string => (error instanceof Error ? `${error.message}\n${messagesOf(error.cause)}` : '').trim();

type Answered = Pick<Answer, 'status' | 'headers' | 'body'>;

/** @param answer that is no success, or that cannot be understood */
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

/** What came of a request for something to read, where that is of no use. */
export type Failure<Defect extends string = string> = {
  /** What was thrown, if no answer came. */
  readonly thrown?: unknown;
  readonly answer?: Answered;
  /** What is wrong with an answer that says that all is well. */
  readonly defect?: Defect;
};

/** Before anything else comes what was said, and a web page is nobody's answer, with a status of 200 neither. */
export function causeOf({ thrown, answer, defect }: Failure): Cause | undefined {
  if (thrown !== undefined) return causeOfError(thrown);
  if (!answer || (defect !== undefined && !(defect === 'not-json' && isWebPage(answer.headers, answer.body)))) return undefined;
  return causeOfAnswer(answer);
}

const isWebPage = (headers: Headers, body: string): boolean =>
  /^\s*(?:text\/html|application\/xhtml)/i.test(headers.get('content-type') ?? '') || /^\s*<(?:!doctype\s+html|html)\b/i.test(body);

type Said = { code: string; message: string; retryAfter: unknown };

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;

/** What a service says of an error in JSON: PostgREST, the gateway before it, Discord, GitHub and Google. */
function saidIn(body: string): Said | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    // Google's answers that are streams are lists.
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

/** A moment more than is asked for, as clocks differ. */
const graceMs = 100;

/** In seconds or as a date in the header, or in seconds in what Discord or Google says; the longest of them. */
function askedMs(headers: Headers, said: Said | undefined): number | undefined {
  const header = headers.get('retry-after')?.trim() ?? '';
  const until = Date.parse(header);
  // By the clock of whoever asks for it.
  const now = Date.parse(headers.get('date') ?? '') || Date.now();
  const asked = [
    /^\d+(?:\.\d+)?$/.test(header) ? Number(header) * 1000 : until - now,
    typeof said?.retryAfter === 'number' ? said.retryAfter * 1000 : Number.NaN,
  ].filter((ms) => !Number.isNaN(ms));
  return asked.length === 0 ? undefined : Math.max(0, ...asked) + graceMs;
}

/** Where a service limits, or says how long to wait. */
const patientTries = 6;

/** @param tries in all, where the answer asks for nothing */
export function againAfter({ kind, waitMs }: Cause, tries: number): Again {
  if (waitMs !== undefined) return { tries: patientTries, waitMs };
  return kind === 'limited' ? { tries: patientTries, isLimited: true } : { tries };
}

/** Whether another try may go better although nothing is changed meanwhile. */
export const isPassing = ({ kind, status, waitMs }: Cause): boolean =>
  ['unknown-host', 'refused', 'timeout', 'cut', 'unreached', 'proxy-unreached', 'limited', 'error-page', 'server-error'].includes(kind) ||
  status >= 500 ||
  waitMs !== undefined;
