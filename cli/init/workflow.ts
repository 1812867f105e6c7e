/** For a pair of tables of one project. */
const tables = `name: Drift detection
on:
  schedule:
    - cron: '23 */6 * * *' # at an odd minute: runs on the hour start late or are dropped
  workflow_dispatch:
permissions:
  contents: read # for .github/driftwatch.yml, which declares the pair
  issues: write
concurrency: drift-detection
jobs:
  compare:
    # A fork has no secrets, and no business with the databases.
    if: \${{ !github.event.repository.fork }}
    runs-on: ubuntu-latest
    timeout-minutes: 20
    steps:
      - uses: actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2
        with:
          persist-credentials: false
      - uses: OWNER/driftwatch@COMMIT # the repository and the full commit id you reviewed
        with:
          supabase-url: \${{ secrets.SUPABASE_URL }}
          supabase-key: \${{ secrets.SUPABASE_KEY }}
          discord-webhook-url: \${{ secrets.DISCORD_WEBHOOK_URL }} # optional
          heartbeat-url: \${{ secrets.HEARTBEAT_URL }} # optional
      - uses: actions/upload-artifact@b7c566a772e6b6bfb58ed0dc250532a479d7789f # v6.0.0
        if: always() && github.event.repository.visibility == 'private' # others could download it
        with:
          name: drift-report-\${{ github.run_attempt }}
          path: drift-report/
          if-no-files-found: ignore
          retention-days: 30
`;

/** With the key of the legacy project. */
const projects = tables.replace(
  /^( +)with:\n +supabase-url/m,
  (found, space: string) => `${space}env:\n${space}  OLD_SUPABASE_KEY: \${{ secrets.OLD_SUPABASE_KEY }} # of the legacy project\n${found}`,
);

/** With the way in to Google. */
const google = tables
  .replace(/^( +)issues: write$/m, (found, space: string) => `${space}id-token: write # for Google, in place of a stored key\n${found}`)
  .replace(
    /^( +)- uses: OWNER\/driftwatch@COMMIT/m,
    (found, space: string) => `${space}- uses: google-github-actions/auth@7c6bc770dae815cd3e89ee6cdf493a5fab2cc093 # v3.0.0
${space}  with:
${space}    workload_identity_provider: projects/123456789012/locations/global/workloadIdentityPools/github/providers/github # yours
${space}    service_account: driftwatch@demo-board.iam.gserviceaccount.com # yours
${found}`,
  );

/** The workflow for the drafted pair, by the kind of its legacy side; the same as in `docs/workflows`. */
export const workflows = { tables, projects, google } as const;

/** With a config file in an unusual place. */
export const withConfig = (workflow: string, file: string): string =>
  workflow.replace(/^( +)supabase-url:/m, (found, space: string) => `${space}config: ${JSON.stringify(file)}\n${found}`);
