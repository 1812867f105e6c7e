/** Where this run happens, as GitHub's runner describes it in the environment. */
export type RunContext = {
  /** `undefined` outside of GitHub Actions: then there is no issue to write. */
  repository: { owner: string; repo: string } | undefined;
  /** `<run id>-<run attempt>`; `local-1` outside of GitHub Actions. */
  runName: string;
  /** Web page of this run, where there is one. */
  runUrl: string | undefined;
  /** Base URL of the REST API. */
  apiUrl: string;
  /** Directory that `report-directory` is relative to. */
  workspace: string;
};

export function readContext(env: Readonly<Record<string, string | undefined>>): RunContext {
  const [owner, repo] = (env['GITHUB_REPOSITORY'] ?? '').split('/');
  const repository = owner && repo ? { owner, repo } : undefined;
  const runId = env['GITHUB_RUN_ID'];
  const attempt = env['GITHUB_RUN_ATTEMPT'] ?? '1';
  const serverUrl = env['GITHUB_SERVER_URL'] || 'https://github.com';
  return {
    repository,
    runName: `${runId || 'local'}-${attempt}`,
    runUrl:
      repository && runId
        ? `${serverUrl}/${repository.owner}/${repository.repo}/actions/runs/${runId}${attempt === '1' ? '' : `/attempts/${attempt}`}`
        : undefined,
    apiUrl: env['GITHUB_API_URL'] || 'https://api.github.com',
    workspace: env['GITHUB_WORKSPACE'] || process.cwd(),
  };
}
