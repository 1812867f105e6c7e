import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaults, InputError, readSettings, renamed } from '../action/src/inputs.ts';
import { metadata } from '../cli/metadata.ts';

const context = { runName: '1-1' };

test('the code reads every input of action.yml, and no other', () => {
  const asked: string[] = [];
  const secrets: Record<string, string> = { 'supabase-url': 'https://project.example', 'supabase-key': 'key' };
  readSettings((name) => {
    asked.push(name);
    return secrets[name] ?? '';
  }, context);
  // And the former name of an input, which the runner passes on although it is not declared.
  const before = Object.keys(renamed);
  assert.deepEqual(asked.toSorted(), [...Object.keys(metadata.inputs), ...before].toSorted());
  for (const name of before) assert.ok(!(name in metadata.inputs) && (renamed[name] ?? '') in metadata.inputs, name);
});

test('outside of a runner the defaults are those of action.yml', () => {
  // These two come from the run.
  const { 'github-token': _token, seed: _seed, ...inputs } = metadata.inputs;
  for (const [name, input] of Object.entries(inputs)) assert.equal(defaults[name] ?? '', input.default ?? '', name);
  for (const name of Object.keys(defaults)) assert.ok(name in inputs, name);
});

test('the inputs that action.yml requires are the ones that a run cannot do without', () => {
  const required = Object.entries(metadata.inputs).flatMap(([name, input]) => (input.required ? [name] : []));
  assert.throws(
    () => readSettings(() => '', context),
    (error) => {
      assert.ok(error instanceof InputError);
      const missing = error.message.split('\n').flatMap((line) => /^- ([\w-]+) is missing/.exec(line)?.[1] ?? []);
      assert.deepEqual(missing.toSorted(), required.toSorted());
      return true;
    },
  );
});
