import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createContract } from './openapi.ts';

/**
 * GitHub's issues, labels and comments over real HTTP, kept in memory. It refuses what GitHub refuses, and holds every
 * request and every answer of its own against the official description.
 */
export type FakeGitHub = {
  /** Base URL of the REST API: what `GITHUB_API_URL` is to be. */
  url: string;
  owner: string;
  repo: string;
  /** The only token that is let in. */
  token: string;
  issues: StoredIssue[];
  labels: StoredLabel[];
  comments: StoredComment[];
  requests: LoggedRequest[];
  /** What broke the official description: expected to be empty at the end of a test. */
  violations: string[];
  /** Changes that may be made while it runs. */
  settings: {
    visibility: 'public' | 'internal' | 'private';
    readOnly: boolean;
    issuesDisabled: boolean;
    /** An older Enterprise Server does not. */
    knowsDuplicates: boolean;
    /** A server that speaks the same and overlooks what a list is to be filtered by. */
    ignoresFilters: boolean;
    /** Its list still shows issues that are gone. */
    listsGone: boolean;
    /** Whether the owner of the token may set labels: GitHub leaves them out otherwise. */
    setsLabels: boolean;
    /** Who opens issues and comments through the API: the owner of the token. */
    self: Person;
    /** Asked before a request takes effect: `false` ends the connection instead. */
    admits: (method: string) => Promise<boolean>;
    now: () => Date;
  };
  addIssue: (issue: Partial<StoredIssue>) => StoredIssue;
  /** The next `times` requests that match end in the fault. */
  injectFault: (fault: Fault) => void;
  /** Requests that change something, such as `PATCH /issues/3`. */
  writes: () => string[];
  close: () => Promise<void>;
};

export type Person = { login: string; type: 'Bot' | 'User'; association: 'OWNER' | 'MEMBER' | 'COLLABORATOR' | 'CONTRIBUTOR' | 'NONE' };
export const actionsBot: Person = { login: 'github-actions[bot]', type: 'Bot', association: 'NONE' };
export const outsider: Person = { login: 'mallory', type: 'User', association: 'CONTRIBUTOR' };

export type StoredIssue = {
  number: number;
  title: string;
  body: string | null;
  state: 'open' | 'closed';
  stateReason: 'completed' | 'reopened' | 'not_planned' | 'duplicate' | null;
  labels: string[];
  locked: boolean;
  isPullRequest: boolean;
  createdAt: Date;
  updatedAt: Date;
  closedAt: Date | null;
  author: Person;
  /** What became of it: then every request for it ends in 410, or leads elsewhere. */
  gone: 'deleted' | 'moved' | null;
};
export type StoredLabel = { name: string; color: string; description: string | null };
export type StoredComment = { id: number; issue: number; body: string; createdAt: Date; author: Person };
/** `at` is when it came, in milliseconds of a monotonic clock; `status` is 0 where no answer was sent. */
export type LoggedRequest = { method: string; path: string; query: URLSearchParams; body: unknown; status: number; at: number };

export type Fault = {
  method?: string;
  /** Matched against the path behind `/repos/<owner>/<repo>`. */
  path?: RegExp;
  times?: number;
  /** Whether the request takes effect although its answer does not arrive. */
  takesEffect?: boolean;
} & (
  | { kind: 'status'; status: number; message?: string; body?: unknown; headers?: Record<string, string> }
  /** No answer at all. */
  | { kind: 'cut' }
  /** Half of the answer, then the end of the connection. */
  | { kind: 'truncated' }
  /** No answer, and the connection stays open; `noticed` is called instead. */
  | { kind: 'silent'; noticed: () => void }
);

type Answer = { status: number; body?: unknown; headers?: Record<string, string> };

/** The primary limit is used up until `seconds` from now. */
export const primaryRateLimit = (seconds: number): Fault => ({
  kind: 'status',
  status: 403,
  message: 'API rate limit exceeded for installation.',
  headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(Math.floor(Date.now() / 1000) + seconds) },
});

export const secondaryRateLimit = (seconds: number, status: 403 | 429 = 403): Fault => ({
  kind: 'status',
  status,
  message: 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
  headers: { 'retry-after': String(seconds) },
});

const injectedAnswer = ({ status, message, body, headers }: Extract<Fault, { kind: 'status' }>): Answer => ({
  status,
  body: body ?? { message: message ?? 'Server Error' },
  headers: headers ?? {},
});

const limits = { title: 256, body: 65_536, label: 50, description: 100 };

export async function startFakeGitHub(owner = 'octo-org', repo = 'habits'): Promise<FakeGitHub> {
  const contract = createContract('github-issues.openapi.json', { authorization: 'required' });
  const faults: Fault[] = [];
  const server = createServer((request, response) => {
    void handle(request, response);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const base = `/repos/${owner}/${repo}`;

  const github: FakeGitHub = {
    url,
    owner,
    repo,
    token: 'ghs_synthetic',
    issues: [],
    labels: [{ name: 'bug', color: 'd73a4a', description: 'Something is not working' }],
    comments: [],
    requests: [],
    violations: contract.violations,
    settings: {
      visibility: 'private',
      readOnly: false,
      issuesDisabled: false,
      knowsDuplicates: true,
      ignoresFilters: false,
      listsGone: false,
      setsLabels: true,
      self: actionsBot,
      admits: async () => true,
      now: () => new Date(),
    },
    addIssue(issue) {
      const stored: StoredIssue = {
        number: github.issues.length + 1,
        title: 'An issue',
        body: null,
        state: 'open',
        stateReason: null,
        labels: [],
        locked: false,
        isPullRequest: false,
        createdAt: github.settings.now(),
        updatedAt: github.settings.now(),
        author: github.settings.self,
        gone: null,
        closedAt: issue.state === 'closed' ? github.settings.now() : null,
        ...issue,
      };
      github.issues.push(stored);
      return stored;
    },
    injectFault: (fault) => {
      faults.push({ ...fault });
    },
    writes: () =>
      github.requests.filter(({ method, status }) => method !== 'GET' && status < 400).map(({ method, path }) => `${method} ${path.slice(base.length)}`),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const at = performance.now();
    const method = request.method ?? '';
    const target = request.url ?? '/';
    const { pathname: path, searchParams: query } = new URL(target, url);
    const text = await readBody(request);
    // The official description at hand is of issues only.
    const isRepository = method === 'GET' && path === base;
    if (!isRepository) contract.checkRequest({ method, url: target, headers: request.headers, body: text });
    if (!(await github.settings.admits(method))) return void request.socket.destroy();

    const fault = takeFault(method, path.slice(base.length));
    if (fault?.kind === 'silent') return fault.noticed();
    const body = parseJson(text);
    const injected = fault?.kind === 'status' ? injectedAnswer(fault) : undefined;
    const takesEffect = !fault || fault.takesEffect || fault.kind === 'truncated';
    const real = takesEffect ? answer(method, path, query, body, request.headers.authorization) : undefined;
    const sent = injected ?? real;
    github.requests.push({ method, path, query, body, status: fault?.kind === 'cut' ? 0 : (sent?.status ?? 0), at });
    if (fault?.kind === 'cut' || !sent) {
      request.socket.destroy();
      return;
    }
    if (!isRepository) contract.checkResponse({ method, url: target, status: sent.status, body: sent.body });
    const json = sent.body === undefined ? '' : JSON.stringify(sent.body);
    response.writeHead(sent.status, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(json),
      'x-ratelimit-limit': '1000',
      'x-ratelimit-remaining': '999',
      ...sent.headers,
    });
    if (fault?.kind !== 'truncated') {
      response.end(json);
      return;
    }
    response.write(json.slice(0, json.length / 2), () => request.socket.destroy());
  }

  function takeFault(method: string, path: string): Fault | undefined {
    const fault = faults.find((candidate) => (candidate.method ?? method) === method && (candidate.path?.test(path) ?? true));
    if (!fault) return undefined;
    fault.times = (fault.times ?? 1) - 1;
    if (fault.times <= 0) faults.splice(faults.indexOf(fault), 1);
    return fault;
  }

  function answer(method: string, path: string, query: URLSearchParams, body: unknown, authorization: string | undefined): Answer {
    if (authorization?.replace(/^(token|Bearer) /, '') !== github.token) return failure(401, 'Bad credentials');
    if (method === 'GET' && path === base) {
      const { visibility } = github.settings;
      return { status: 200, body: { full_name: `${owner}/${repo}`, private: visibility !== 'public', visibility } };
    }
    if (!path.toLowerCase().startsWith(`${base.toLowerCase()}/`)) return failure(404, 'Not Found');
    if (github.settings.issuesDisabled && path.startsWith(`${base}/issues`)) return failure(410, 'Issues has been disabled in this repository.');
    if (github.settings.readOnly && method !== 'GET') return failure(403, 'Resource not accessible by integration');
    if (method !== 'GET' && !isObject(body)) return failure(400, 'Problems parsing JSON');

    const [kind, id, part] = path.slice(base.length + 1).split('/');
    const fields = isObject(body) ? body : {};
    if (kind === 'labels') return id === undefined ? labelsAnswer(method, path, query, fields) : failure(404, 'Not Found');
    if (kind !== 'issues') return failure(404, 'Not Found');
    if (id === undefined) return method === 'POST' ? createIssue(fields) : listIssues(path, query);
    const issue = github.issues.find(({ number }) => String(number) === id);
    if (!issue) return failure(404, 'Not Found');
    if (issue.gone === 'deleted') return failure(410, 'This issue was deleted');
    // Where there is no description of it, for comments, it is as if there were no issue.
    if (issue.gone === 'moved')
      return part === undefined
        ? { ...failure(301, 'Moved Permanently'), headers: { location: `${url}/repos/${owner}/elsewhere/issues/1` } }
        : failure(404, 'Not Found');
    if (part === 'comments') return commentsAnswer(method, path, query, fields, issue);
    if (part === undefined && method === 'PATCH') return updateIssue(issue, fields);
    return part === undefined && method === 'GET' ? { status: 200, body: issueJson(issue) } : failure(404, 'Not Found');
  }

  function listIssues(path: string, query: URLSearchParams): Answer {
    const wanted = (query.get('labels') ?? '').split(',').filter(Boolean);
    const state = query.get('state') ?? 'open';
    const since = query.get('since');
    const found = github.issues
      .filter(({ gone }) => gone === null || github.settings.listsGone)
      .filter((issue) => github.settings.ignoresFilters || state === 'all' || issue.state === state)
      .filter(({ updatedAt }) => !since || updatedAt >= new Date(since))
      .filter(({ labels }) => github.settings.ignoresFilters || wanted.every((name) => labels.some((label) => sameName(label, name))))
      .sort((a, b) => (query.get('direction') === 'asc' ? a.number - b.number : b.number - a.number));
    return page(path, query, found.map(issueJson));
  }

  function createIssue(fields: JsonObject): Answer {
    const problem = textProblem('Issue', fields, 'title', limits.title) ?? textProblem('Issue', fields, 'body', limits.body);
    if (problem) return problem;
    const labels = github.settings.setsLabels ? list(fields['labels']).map(String) : [];
    for (const name of labels) {
      if (!github.labels.some((label) => sameName(label.name, name))) github.labels.push({ name, color: 'ededed', description: null });
    }
    const issue = github.addIssue({ title: String(fields['title']), body: nullableText(fields['body']), labels });
    return { status: 201, body: issueJson(issue) };
  }

  function updateIssue(issue: StoredIssue, fields: JsonObject): Answer {
    const problem = textProblem('Issue', fields, 'body', limits.body);
    if (problem) return problem;
    if (!github.settings.knowsDuplicates && fields['state_reason'] === 'duplicate') return invalid('Issue', 'state_reason', 'invalid');
    issue.updatedAt = github.settings.now();
    if ('title' in fields) issue.title = String(fields['title']);
    if ('body' in fields) issue.body = nullableText(fields['body']);
    const state = fields['state'];
    if ((state === 'open' || state === 'closed') && state !== issue.state) {
      issue.state = state;
      issue.stateReason = state === 'open' ? 'reopened' : closeReason(fields['state_reason']);
      issue.closedAt = state === 'open' ? null : github.settings.now();
    }
    return { status: 200, body: issueJson(issue) };
  }

  function commentsAnswer(method: string, path: string, query: URLSearchParams, fields: JsonObject, issue: StoredIssue): Answer {
    if (method === 'GET') {
      const since = query.get('since');
      const found = github.comments.filter((comment) => comment.issue === issue.number && (!since || comment.createdAt >= new Date(since)));
      return page(path, query, found.map(commentJson));
    }
    if (issue.locked) return failure(403, 'Unable to create comment because issue is locked.');
    const problem = textProblem('IssueComment', fields, 'body', limits.body);
    if (problem) return problem;
    const comment = {
      id: github.comments.length + 1,
      issue: issue.number,
      body: String(fields['body']),
      createdAt: github.settings.now(),
      author: github.settings.self,
    };
    github.comments.push(comment);
    issue.updatedAt = github.settings.now();
    return { status: 201, body: commentJson(comment) };
  }

  function labelsAnswer(method: string, path: string, query: URLSearchParams, fields: JsonObject): Answer {
    if (method === 'GET') return page(path, query, github.labels.map(labelJson));
    const name = String(fields['name']);
    if (github.labels.some((label) => sameName(label.name, name))) return invalid('Label', 'name', 'already_exists');
    const description = nullableText(fields['description']);
    const color = String(fields['color'] ?? 'ededed');
    if (name.length > limits.label) return invalid('Label', 'name', 'custom', 'name is too long (maximum is 50 characters)');
    if ((description?.length ?? 0) > limits.description)
      return invalid('Label', 'description', 'custom', 'description is too long (maximum is 100 characters)');
    if (!/^[0-9a-f]{6}$/i.test(color)) return invalid('Label', 'color', 'invalid');
    const label = { name, color, description };
    github.labels.push(label);
    return { status: 201, body: labelJson(label) };
  }

  function page(path: string, query: URLSearchParams, items: unknown[]): Answer {
    const size = Math.min(Number(query.get('per_page') ?? 30), 100);
    const current = Number(query.get('page') ?? 1);
    const last = Math.max(Math.ceil(items.length / size), 1);
    const link = (number: number, rel: string): string => {
      const parameters = new URLSearchParams(query);
      parameters.set('page', String(number));
      return `<${url}${path}?${parameters}>; rel="${rel}"`;
    };
    const links = current < last ? [link(current + 1, 'next'), link(last, 'last')] : [];
    return {
      status: 200,
      body: items.slice((current - 1) * size, current * size),
      headers: links.length > 0 ? { link: links.join(', ') } : {},
    };
  }

  const webUrl = (number: number): string => `https://github.com/${owner}/${repo}/issues/${number}`;

  function issueJson(issue: StoredIssue): JsonObject {
    const self = `${url}${base}/issues/${issue.number}`;
    const pull = `${url}${base}/pulls/${issue.number}`;
    return {
      id: 1_000_000 + issue.number,
      node_id: `I_${issue.number}`,
      url: self,
      repository_url: `${url}${base}`,
      labels_url: `${self}/labels{/name}`,
      comments_url: `${self}/comments`,
      events_url: `${self}/events`,
      html_url: webUrl(issue.number),
      number: issue.number,
      state: issue.state,
      state_reason: issue.stateReason,
      title: issue.title,
      body: issue.body,
      user: user(url, issue.author),
      labels: issue.labels.map((name) => labelJson(github.labels.find((label) => sameName(label.name, name)) ?? { name, color: 'ededed', description: null })),
      assignee: null,
      assignees: [],
      milestone: null,
      locked: issue.locked,
      active_lock_reason: null,
      comments: github.comments.filter((comment) => comment.issue === issue.number).length,
      closed_at: timestamp(issue.closedAt),
      created_at: timestamp(issue.createdAt),
      updated_at: timestamp(issue.updatedAt),
      author_association: issue.author.association,
      ...(issue.isPullRequest && { pull_request: { url: pull, html_url: pull, diff_url: `${pull}.diff`, patch_url: `${pull}.patch` } }),
    };
  }

  const labelJson = ({ name, color, description }: StoredLabel): JsonObject => ({
    id: 1,
    node_id: `LA_${name}`,
    url: `${url}${base}/labels/${encodeURIComponent(name)}`,
    name,
    color,
    description,
    default: name === 'bug',
  });

  const commentJson = (comment: StoredComment): JsonObject => ({
    id: comment.id,
    node_id: `IC_${comment.id}`,
    url: `${url}${base}/issues/comments/${comment.id}`,
    html_url: `${webUrl(comment.issue)}#issuecomment-${comment.id}`,
    issue_url: `${url}${base}/issues/${comment.issue}`,
    body: comment.body,
    user: user(url, comment.author),
    created_at: timestamp(comment.createdAt),
    updated_at: timestamp(comment.createdAt),
    author_association: comment.author.association,
  });

  return github;
}

type JsonObject = { [key: string]: unknown };

const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const nullableText = (value: unknown): string | null => (value === null || value === undefined ? null : String(value));
const sameName = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
/** GitHub's times have no fractions of a second. */
const timestamp = (date: Date | null): string | null => date && date.toISOString().replace(/\.\d+Z$/, 'Z');

function closeReason(value: unknown): StoredIssue['stateReason'] {
  return value === 'not_planned' || value === 'duplicate' ? value : 'completed';
}

const failure = (status: number, message: string): Answer => ({
  status,
  body: { message, documentation_url: 'https://docs.github.com/rest', status: String(status) },
});

const invalid = (resource: string, field: string, code: string, message?: string): Answer => ({
  status: 422,
  body: {
    message: 'Validation Failed',
    errors: [{ resource, field, code, ...(message && { message }) }],
    documentation_url: 'https://docs.github.com/rest',
  },
});

function textProblem(resource: string, fields: JsonObject, field: string, maximum: number): Answer | undefined {
  const text = nullableText(fields[field]);
  const required = field === 'title' || resource === 'IssueComment';
  if (required && !text?.trim()) return invalid(resource, field, 'missing_field');
  // GitHub counts code points.
  if (text && [...text].length > maximum) return invalid(resource, field, 'custom', `${field} is too long (maximum is ${maximum} characters)`);
  return undefined;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function user(url: string, { login, type }: Person): JsonObject {
  const self = `${url}/users/${encodeURIComponent(login)}`;
  return {
    login,
    id: 41_898_282,
    node_id: 'MDM6Qm90NDE4OTgyODI=',
    avatar_url: `${self}/avatar`,
    gravatar_id: '',
    url: self,
    html_url: type === 'Bot' ? 'https://github.com/apps/github-actions' : `https://github.com/${login}`,
    followers_url: `${self}/followers`,
    following_url: `${self}/following{/other_user}`,
    gists_url: `${self}/gists{/gist_id}`,
    starred_url: `${self}/starred{/owner}{/repo}`,
    subscriptions_url: `${self}/subscriptions`,
    organizations_url: `${self}/orgs`,
    repos_url: `${self}/repos`,
    events_url: `${self}/events{/privacy}`,
    received_events_url: `${self}/received_events`,
    type,
    site_admin: false,
  };
}
