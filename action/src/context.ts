import { InputError, isSafe } from './inputs.ts';

/** The environment of this run, as GitHub's runner describes it. */
export type RunContext = {
  /** `undefined` outside of GitHub Actions: then there is no issue to write. */
  repository: { owner: string; repo: string } | undefined;
  /** `<run id>-<run attempt>`; `local-1` outside of GitHub Actions. */
  runName: string;
  /** How many runs of the workflow there were, this one included; 1 outside of GitHub Actions. */
  runNumber: number;
  /** Web page of this run, if there is one. */
  runUrl: string | undefined;
  /** Base URL of the REST API. */
  apiUrl: string;
  /** Directory that `report-directory` is relative to. */
  workspace: string;
};

/** @throws {InputError} if the token would be sent unencrypted */
export function readContext(env: Readonly<Record<string, string | undefined>>): RunContext {
  const [owner, repo] = (env['GITHUB_REPOSITORY'] ?? '').split('/');
  const repository = owner && repo ? { owner, repo } : undefined;
  const runId = env['GITHUB_RUN_ID'];
  const attempt = env['GITHUB_RUN_ATTEMPT'] ?? '1';
  const serverUrl = env['GITHUB_SERVER_URL'] || 'https://github.com';
  return {
    repository,
    runName: `${runId || 'local'}-${attempt}`,
    runNumber: Number(/^[1-9]\d{0,14}$/.exec(env['GITHUB_RUN_NUMBER'] ?? '')?.[0] ?? 1),
    runUrl:
      repository && runId
        ? `${serverUrl}/${repository.owner}/${repository.repo}/actions/runs/${runId}${attempt === '1' ? '' : `/attempts/${attempt}`}`
        : undefined,
    apiUrl: readApiUrl(env['GITHUB_API_URL'] || 'https://api.github.com'),
    workspace: env['GITHUB_WORKSPACE'] || process.cwd(),
  };
}

function readApiUrl(text: string): string {
  if (URL.canParse(text) && isSafe(new URL(text))) return text.replace(/\/+$/, '');
  throw new InputError(
    'GITHUB_API_URL, which the runner sets, is not an https address, so anyone on the network path could read the token sent to it. Make the GitHub server use https.',
  );
}
