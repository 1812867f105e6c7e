import { setTimeout as sleep } from 'node:timers/promises';
import { getOctokit } from '@actions/github';
import { throttling } from '@octokit/plugin-throttling';
import { driftLabel } from '../../inputs.ts';
import { signatureOf } from './comments.ts';
import { askedWait, explain, GitHubError, isFailure, isRefused } from './github-error.ts';
import { createFetch } from './github-fetch.ts';
import type { Issue, Step } from './plan.ts';

/** Requests to GitHub. Every method throws `GitHubError`. */
export type Tracker = {
  /** Issues with the drift label that were changed since then, from all pages, without pull requests. */
  issues: (state: 'open' | 'closed', since?: string) => Promise<Issue[]>;
  /** Names of the repository's labels. */
  labels: () => Promise<string[]>;
  createLabel: (label: { name: string; color: string; description: string }) => Promise<void>;
  createIssue: (issue: { title: string; body: string; labels: readonly string[] }) => Promise<Issue | undefined>;
  /** @returns what GitHub rejects permanently, if the rest of the change was made without it */
  updateIssue: (change: Extract<Step, { do: 'update' }>) => Promise<readonly Refused[]>;
  /** @returns the same; a comment is refused as a whole */
  comment: (comment: Omit<Extract<Step, { do: 'comment' }>, 'do'>) => Promise<readonly Refused[]>;
};

export type Refused = 'reason' | 'body' | 'comment';

/** The issue is not the one that was planned for: it was deleted, moved to another repository, or locked meanwhile. */
export const hasChanged = (error: unknown): boolean =>
  error instanceof GitHubError && isFailure(error.cause) && ([301, 302, 307, 308, 404, 410].includes(error.cause.status) || isLocked(error.cause));

/** How patient the client is; by default, by GitHub's own rules. */
export type Pace = {
  /** How long one second of waiting takes, in milliseconds. */
  secondMs?: number;
  /** For one attempt at one request. */
  timeoutMs?: number;
  /**
   * Options of the throttling plugin that override ours. Without any, it leaves a second between two writes and three between two that
   * notify people.
   */
  throttle?: object;
};

/** After this long in total, the run fails instead of waiting: the next one catches up. */
const longestWait = 60;
const attempts = 4;

/** Requests of one run: several times what the longest lists take. A list whose pages link back to earlier ones never ends. */
const mostAnswers = 200;

type Client = ReturnType<typeof createClient>;

function createClient(token: string, apiUrl: string, { secondMs = 1000, timeoutMs = 30_000, throttle }: Pace) {
  let waited = 0;
  let answers = 0;
  const mayWait = (seconds: number): boolean => {
    if (waited + seconds > longestWait) return false;
    waited += seconds;
    return true;
  };
  const quiet = (): void => {};

  return getOctokit(
    token,
    {
      baseUrl: apiUrl,
      userAgent: 'driftwatch',
      // The plugins' log messages contain text from GitHub's answers; anything important is in the errors.
      log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
      request: { fetch: createFetch({ apiUrl, timeoutMs, secondMs, mayWait }) },
      throttle: { retryAfterBaseValue: secondMs, onRateLimit: mayWait, onSecondaryRateLimit: mayWait, ...throttle },
    },
    (octokit) => {
      octokit.hook.after('request', (response, request) => {
        answers += 1;
        if (answers > mostAnswers) throw new Error('it has no end');
        if (response.status >= 300) throw Object.assign(new Error('it was moved'), { status: response.status, request, response });
      });
    },
    throttling,
  );
}

/** Creating cannot simply be repeated: if the answer did not arrive, check first whether it took effect. */
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

export function createTracker(token: string, { owner, repo }: { owner: string; repo: string }, apiUrl: string, pace: Pace = {}): Tracker {
  const client = createClient(token, apiUrl, pace);
  const secondMs = pace.secondMs ?? 1000;
  const where = `${owner}/${repo}`;
  const gone = new Set<number>();

  const asked = async <T>(what: string, request: () => Promise<T>): Promise<T> => {
    try {
      return await request();
    } catch (error) {
      throw explain(error, what, apiUrl);
    }
  };

  /** An issue that was deleted or moved to another repository does not come back, though a list may still show it. */
  const askedOf = <T>(issue: number, what: string, request: () => Promise<T>): Promise<T> =>
    asked(`${what} issue #${issue} of ${where}`, async () => {
      try {
        return await request();
      } catch (error) {
        if (isFailure(error) && [301, 410].includes(error.status)) gone.add(issue);
        throw error;
      }
    });

  async function list(state: 'open' | 'closed', since?: string): Promise<Issue[]> {
    const found = await client.paginate(client.rest.issues.listForRepo, {
      owner,
      repo,
      state,
      labels: driftLabel,
      ...(since !== undefined && { since }),
      per_page: 100,
    });
    // A server that does not know this filter returns all issues.
    return found
      .filter((issue) => !issue.pull_request)
      .map(toIssue)
      .filter((issue) => issue.state === state && issue.labels.some(isDriftLabel) && !gone.has(issue.number));
  }

  async function update(
    issue: number,
    change: { body?: string; state?: 'open' | 'closed'; state_reason?: 'completed' | 'duplicate' | 'not_planned' | 'reopened' },
  ): Promise<void> {
    await client.rest.issues.update({ owner, repo, issue_number: issue, ...change });
  }

  return {
    issues: (state, since) => asked(`list the issues of ${where}`, () => list(state, since)),
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
          // It was created meanwhile, or GitHub rejects its description.
          if (!isInvalid(error)) throw error;
        }
      }),
    createIssue: async ({ title, body, labels }) => {
      const create = (names: readonly string[]): Promise<Issue> =>
        createOnce(
          async () => toIssue((await client.rest.issues.create({ owner, repo, title, body, labels: [...names] })).data),
          async () => (await list('open')).find((issue) => issue.body === body),
          secondMs,
        );
      const issue = await asked(`open an issue in ${where}`, () =>
        create(labels).catch((error: unknown) => {
          if (!isInvalid(error)) throw error;
          return create([driftLabel]);
        }),
      );
      if (issue.labels.some(isDriftLabel)) return issue;
      // GitHub leaves out labels that the token may not set. No run would find this issue again, so each would open another one.
      const isClosed = await update(issue.number, { state: 'closed', state_reason: 'not_planned' }).then(
        () => true,
        () => false,
      );
      throw new GitHubError(
        `GitHub opened issue #${issue.number} of ${where} without the label ${driftLabel}, by which the next run would find it${isClosed ? ', so it was closed again' : '. Close it'}. The owner of the token may not set labels: give \`github-token\` the value \${{ github.token }}, or the token of somebody with write access.`,
      );
    },
    updateIssue: ({ issue, body, state, reason }) =>
      askedOf(issue, 'update', async (): Promise<readonly Refused[]> => {
        const text = body === undefined ? {} : { body };
        // Each attempt has less than the one before; the last one has only the essential change.
        const changes: { refused: readonly Refused[]; change: Parameters<typeof update>[1] }[] = [
          { refused: [], change: { ...text, ...(state && { state }), ...(reason && { state_reason: reason }) } },
        ];
        if (state && reason) changes.push({ refused: ['reason'], change: { ...text, state } });
        if (state && body !== undefined) changes.push({ refused: ['reason', 'body'], change: { state } });
        for (const { refused, change } of changes.slice(0, -1)) {
          try {
            await update(issue, change);
            return refused;
          } catch (error) {
            if (!isInvalid(error)) throw error;
          }
        }
        const last = changes.at(-1);
        if (last) await update(issue, last.change);
        return last?.refused ?? [];
      }),
    comment: ({ issue, body, since }) =>
      askedOf(issue, 'comment on', async () => {
        const find = () => findComment(client, { owner, repo, issue_number: issue, since }, body);
        if (await find()) return [];
        try {
          await createOnce(
            async () => {
              await client.rest.issues.createComment({ owner, repo, issue_number: issue, body });
              return true;
            },
            find,
            secondMs,
          );
        } catch (error) {
          // Such as on an issue with very many comments. If the token may do nothing at all, the next step says so.
          if (!isRefused(error) || isLocked(error)) throw error;
          return ['comment'];
        }
        return [];
      }),
  };
}

/** GitHub rejects what the request contains, however often it is sent. */
const isInvalid = (error: unknown): boolean => isFailure(error) && error.status === 422;

const isLocked = (error: unknown): boolean => isFailure(error) && error.status === 403 && /is locked/i.test(error.message);

/**
 * Whether the comment was posted since then. A similar comment by an outsider does not count; one with exactly this text
 * does, because nobody can know it in advance.
 */
async function findComment(
  client: Client,
  where: { owner: string; repo: string; issue_number: number; since: string },
  body: string,
): Promise<true | undefined> {
  const comments = await client.paginate(client.rest.issues.listComments, { ...where, per_page: 100 });
  const isSaid = comments.some((comment) => comment.body === body || (isTrusted(comment) && signatureOf(comment.body ?? '') === signatureOf(body)));
  return isSaid ? true : undefined;
}

/** GitHub gives these roles to no outsider. */
const insiders: ReadonlySet<string> = new Set(['OWNER', 'MEMBER', 'COLLABORATOR']);

const isTrusted = ({ user, author_association: association }: { user?: { type?: string } | null; author_association?: string }): boolean =>
  user?.type === 'Bot' || insiders.has(association ?? '');

const isDriftLabel = (name: string): boolean => name.toLowerCase() === driftLabel;

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
  user?: { type?: string } | null;
  author_association?: string;
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
  isTrusted: isTrusted(issue),
});
