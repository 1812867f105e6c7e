import { ToldError } from '../../defect.ts';
import { causeOfAnswer, type Cause } from '../../http/cause.ts';
import { asked, sentenceFor } from '../../http/sentence.ts';
import { inert } from '../../privacy/inert.ts';
import { hostOf } from './github-fetch.ts';

/** A request to GitHub failed. The message says what happened, the likely cause and what to do. */
export class GitHubError extends ToldError {
  override name = 'GitHubError';
}

type Failure = Error & {
  status: number;
  /** Absent if GitHub did not answer; the message is then a sentence. */
  response?: { headers: Record<string, string | number | undefined>; data?: unknown };
};

export const isFailure = (error: unknown): error is Failure => error instanceof Error && 'status' in error && typeof error.status === 'number';

/** @param what the request in words, such as `list the issues of octo-org/habits` */
export function explain(error: unknown, what: string, apiUrl: string): GitHubError {
  return new GitHubError(sentence(error, what, apiUrl), { cause: error });
}

type Response = NonNullable<Failure['response']>;

const headersOf = ({ headers }: Response): Headers =>
  new Headers(Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)] as [string, string]])));

const bodyOf = ({ data }: Response): string => (typeof data === 'string' ? data : JSON.stringify(data ?? null));

const causeOf = (status: number, response: Response): Cause => causeOfAnswer({ status, headers: headersOf(response), body: bodyOf(response) });

/** How long GitHub asks to wait, in milliseconds. */
export const askedWait = ({ status, response }: Failure): number => (response && causeOf(status, response).waitMs) ?? 0;

const isUsedUp = (status: number, headers: Headers): boolean => headers.get('x-ratelimit-remaining') === '0' && (status === 403 || status === 429);

const isSlowedDown = (status: number, message: string, { waitMs }: Cause): boolean =>
  status === 429 || /secondary rate|submitted too quickly/i.test(message) || (status === 403 && waitMs !== undefined);

/** GitHub itself refuses the request, and would do so however often it is sent. */
export function isRefused(error: unknown): boolean {
  if (!isFailure(error) || !error.response) return false;
  const { status, response, message } = error;
  const cause = causeOf(status, response);
  return (status === 403 || status === 422) && cause.kind === 'said' && !isUsedUp(status, headersOf(response)) && !isSlowedDown(status, message, cause);
}

function sentence(error: unknown, what: string, apiUrl: string): string {
  const failed = `GitHub did not ${what}`;
  if (!isFailure(error)) return `${failed}: its answer could not be understood. Run the job again; the next run catches up.`;
  const { status, response, message } = error;
  if (!response) return `${failed}. ${message}`;

  const headers = headersOf(response);
  const cause = causeOf(status, response);
  if (isUsedUp(status, headers)) {
    const reset = Number(headers.get('x-ratelimit-reset')) * 1000;
    const until = reset > 0 && reset < 8.64e15 ? ` until ${new Date(reset).toISOString().slice(0, 16).replace('T', ' ')} UTC` : '';
    return `${failed}: the rate limit of this token is used up${until}. Run this job less often or give it a token of its own; the next run catches up.`;
  }
  if (isSlowedDown(status, message, cause)) {
    return `${failed}: it asks to slow down for longer than this run can wait (${status})${asked(cause)}. The next run catches up.`;
  }
  if (status >= 300 && status < 400) {
    return `${failed}: it was moved to another address (${status}), where the token is not sent. The issue was transferred, or the repository was renamed meanwhile; the next run catches up.`;
  }
  if (status >= 500 && cause.kind !== 'error-page') {
    return `${failed}: it answered ${status}${asked(cause) || ', even after trying again'}. This usually passes soon (see githubstatus.com); the next run catches up.`;
  }
  if (cause.kind === 'said') return saidByGitHub(failed, status, inert(message, 300), headers);
  const shared = sentenceFor(cause, hostOf(apiUrl), 0);
  return shared === undefined
    ? `${failed}: it was refused at GITHUB_API_URL (${status}), but not by GitHub. Check the runner's network and proxy; the next run catches up.`
    : `${failed}. ${shared}`;
}

/** GitHub uses one status for many errors; its message distinguishes them. */
function saidByGitHub(failed: string, status: number, said: string, headers: Headers): string {
  switch (status) {
    case 401:
      return `${failed}: it does not recognize the token (401). Give \`github-token\` the value \${{ github.token }}, or renew the token you set.`;
    case 403:
      if (headers.has('x-github-sso') || /\bSAML\b|single sign-on/i.test(said)) {
        return `${failed}: the organization requires single sign-on, for which the token is not authorized (403: ${said}). Authorize the token for the organization, or give \`github-token\` the value \${{ github.token }}.`;
      }
      if (/\bIP\b.*allow list|allow list.*\bIP\b/i.test(said)) {
        return `${failed}: the organization or enterprise only allows listed IP addresses, and this runner's is not one of them (403: ${said}). Use a runner whose address is on the list.`;
      }
      if (/archived/i.test(said)) return `${failed}: the repository is archived (403: ${said}). Unarchive it, or set \`issue-on: never\`.`;
      if (/is locked/i.test(said)) return `${failed}: the issue is locked (403: ${said}). Unlock it, or leave it locked; the next run catches up.`;
      if (/blocked|suspended/i.test(said))
        return `${failed}: the repository or the owner of the token is blocked (403: ${said}). Ask the owner of the repository, or GitHub's support.`;
      return `${failed}: the token may not do that (403: ${said}). Give the job \`permissions: issues: write\`; runs of a pull request from a fork never get it.`;
    case 404:
      return `${failed}: it does not exist, or this token cannot see it (404). Give the job \`permissions: issues: write\`, and check that the token belongs to this repository.`;
    case 410:
      return /delet/i.test(said)
        ? `${failed}: the issue was deleted (410). Nothing needs to be done: the next run opens another one if there still is drift.`
        : `${failed}: issues are disabled in this repository (410). Enable them in Settings > General > Features, or set \`issue-on: never\`.`;
    case 451:
      return `${failed}: access to the repository is blocked for legal reasons (451: ${said}). Look at the notice that GitHub shows on the repository's page.`;
    default:
      return `${failed}: it refused the request (${status}: ${said}). This may be a bug in Driftwatch; please open an issue that names its version.`;
  }
}
