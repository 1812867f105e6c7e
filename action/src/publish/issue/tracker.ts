import { setTimeout as sleep } from 'node:timers/promises';
import { getOctokit } from '@actions/github';
import { throttling } from '@octokit/plugin-throttling';
import { driftLabel } from '../../inputs.ts';
import { askedWait, explain, isFailure } from './github-error.ts';
import { createFetch } from './github-fetch.ts';
import type { Issue, Step } from './plan.ts';

/** What is asked of GitHub. Every method throws `GitHubError`. */
export type Tracker = {
  /** Issues with the drift label, all pages; pull requests are none. */
  issues: (state: 'open' | 'closed') => Promise<Issue[]>;
  /** Names of the labels that the repository has. */
  labels: () => Promise<string[]>;
  createLabel: (label: { name: string; color: string; description: string }) => Promise<void>;
  createIssue: (issue: { title: string; body: string; labels: readonly string[] }) => Promise<IssueRef | undefined>;
  updateIssue: (change: Extract<Step, { do: 'update' }>) => Promise<void>;
  comment: (issue: number, body: string) => Promise<void>;
};

export type IssueRef = { number: number; url: string };

/** How patient the client is; the defaults are GitHub's own rules. */
export type Pace = {
  /** What one second of waiting takes, in milliseconds. */
  secondMs?: number;
  /** For one attempt of one request. */
  timeoutMs?: number;
  /**
   * Options of the throttling plugin that stand above ours. Without any, it leaves a second between two writes and
   * three between two that notify people.
   */
  throttle?: object;
};

/** Longer than this in all, the run fails rather than waits: the next one catches up. */
const longestWait = 60;
const attempts = 4;

type Client = ReturnType<typeof createClient>;

function createClient(token: string, apiUrl: string, { secondMs = 1000, timeoutMs = 30_000, throttle }: Pace) {
  let waited = 0;
  const mayWait = (seconds: number): boolean => {
    waited += seconds;
    return waited <= longestWait;
  };
  const quiet = (): void => {};

  return getOctokit(
    token,
    {
      baseUrl: apiUrl,
      userAgent: 'driftwatch',
      // The plugins' own words hold text from GitHub's answers; what matters of it is in the errors.
      log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
      request: { fetch: createFetch({ apiUrl, timeoutMs, secondMs, mayWait }) },
      throttle: { retryAfterBaseValue: secondMs, onRateLimit: mayWait, onSecondaryRateLimit: mayWait, ...throttle },
    },
    (octokit) => {
      octokit.hook.after('request', (response, request) => {
        if (response.status >= 300) throw Object.assign(new Error('it was moved'), { status: response.status, request, response });
      });
    },
    throttling,
  );
}

/** Creating is not repeatable: after an answer that did not arrive, look first whether it took effect. */
async function createOnce<T>(create: () => Promise<T>, find: () => Promise<T | undefined>, secondMs: number): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await create();
    } catch (error) {
      if (!isFailure(error) || error.status < 500 || attempt >= attempts) throw error;
      const seconds = Math.max(attempt ** 2, askedWait(error) / 1000);
      if (seconds > longestWait) throw error;
      await sleep(seconds * secondMs);
      const found = await find();
      if (found !== undefined) return found;
    }
  }
}

export function createTracker(
  token: string,
  { owner, repo }: { owner: string; repo: string },
  apiUrl: string,
  pace: Pace = {},
): Tracker {
  const client = createClient(token, apiUrl, pace);
  const secondMs = pace.secondMs ?? 1000;
  const where = `${owner}/${repo}`;

  const asked = async <T>(what: string, request: () => Promise<T>): Promise<T> => {
    try {
      return await request();
    } catch (error) {
      throw explain(error, what, apiUrl);
    }
  };

  async function list(state: 'open' | 'closed'): Promise<Issue[]> {
    const found = await client.paginate(client.rest.issues.listForRepo, { owner, repo, state, labels: driftLabel, per_page: 100 });
    return found.filter((issue) => !issue.pull_request).map(toIssue);
  }

  return {
    issues: (state) => asked(`list the issues of ${where}`, () => list(state)),
    labels: () =>
      asked(`list the labels of ${where}`, async () => {
        const found = await client.paginate(client.rest.issues.listLabelsForRepo, { owner, repo, per_page: 100 });
        return found.map(({ name }) => name);
      }),
    createLabel: (label) =>
      asked(`create a label in ${where}`, async () => {
        try {
          await client.rest.issues.createLabel({ owner, repo, ...label });
        } catch (error) {
          // Somebody else was faster, or an earlier attempt was.
          if (!isFailure(error) || error.status !== 422 || !error.message.includes('already_exists')) throw error;
        }
      }),
    createIssue: ({ title, body, labels }) =>
      asked(`open an issue in ${where}`, () =>
        createOnce(
          async (): Promise<IssueRef> => {
            const { data } = await client.rest.issues.create({ owner, repo, title, body, labels: [...labels] });
            return { number: data.number, url: data.html_url };
          },
          async () => (await list('open')).find((issue) => issue.body === body),
          secondMs,
        ),
      ),
    updateIssue: ({ issue, body, state, reason }) =>
      asked(`update issue #${issue} of ${where}`, async () => {
        const change = { ...(body !== undefined && { body }), ...(state && { state }), ...(reason && { state_reason: reason }) };
        await client.rest.issues.update({ owner, repo, issue_number: issue, ...change });
      }),
    comment: (issue, body) =>
      asked(`comment on issue #${issue} of ${where}`, async () => {
        await createOnce(
          async () => {
            await client.rest.issues.createComment({ owner, repo, issue_number: issue, body });
            return true;
          },
          () => hasComment(client, { owner, repo, issue_number: issue }, body),
          secondMs,
        );
      }),
  };
}

/** A comment names its run, so that no earlier one has the same text. */
async function hasComment(
  client: Client,
  where: { owner: string; repo: string; issue_number: number },
  body: string,
): Promise<true | undefined> {
  const comments = await client.paginate(client.rest.issues.listComments, { ...where, per_page: 100 });
  return comments.some((comment) => comment.body === body) ? true : undefined;
}

type ListedIssue = {
  number: number;
  html_url: string;
  body?: string | null | undefined;
  state: string;
  state_reason?: string | null | undefined;
  labels: (string | { name?: string })[];
  locked: boolean;
  created_at: string;
  closed_at: string | null;
};

const toIssue = (issue: ListedIssue): Issue => ({
  number: issue.number,
  url: issue.html_url,
  body: issue.body ?? '',
  state: issue.state === 'open' ? 'open' : 'closed',
  stateReason: issue.state_reason ?? null,
  labels: issue.labels.map((label) => (typeof label === 'string' ? label : (label.name ?? ''))),
  locked: issue.locked,
  createdAt: issue.created_at,
  closedAt: issue.closed_at,
});
