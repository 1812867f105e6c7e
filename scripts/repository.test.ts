import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import * as z from 'zod/mini';
import { driftLabel } from '../action/src/inputs.ts';
import { root } from '../cli/metadata.ts';

/** The parts of GitHub's format for issue forms that are used here; a form that violates the format silently disappears from the list. */
const labelled = z.strictObject({
  label: z.string(),
  description: z.optional(z.string()),
  placeholder: z.optional(z.string()),
  render: z.optional(z.string()),
});
const validations = z.optional(z.strictObject({ required: z.boolean() }));
const id = z.string().check(z.regex(/^[\w-]+$/));
const element = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('markdown'), attributes: z.strictObject({ value: z.string() }) }),
  z.strictObject({ type: z.literal('textarea'), id, attributes: labelled, validations }),
  z.strictObject({ type: z.literal('input'), id, attributes: z.omit(labelled, { render: true }), validations }),
  z.strictObject({
    type: z.literal('dropdown'),
    id,
    attributes: z.extend(z.pick(labelled, { label: true, description: true }), {
      options: z.array(z.string()).check(z.minLength(2)),
      default: z.optional(z.number()),
    }),
    validations,
  }),
  z.strictObject({
    type: z.literal('checkboxes'),
    id,
    attributes: z.extend(z.pick(labelled, { label: true, description: true }), {
      options: z.array(z.strictObject({ label: z.string(), required: z.boolean() })),
    }),
  }),
]);
const form = z.strictObject({ name: z.string(), description: z.string(), labels: z.array(z.string()), body: z.array(element).check(z.minLength(1)) });

describe('an issue form', () => {
  const forms = globSync('.github/ISSUE_TEMPLATE/*.yml', { cwd: root }).filter((path) => basename(path) !== 'config.yml');

  for (const path of forms) {
    const { labels, body } = form.parse(parse(readFileSync(join(root, path), 'utf8')));

    test(`${basename(path)} names every field once and asks for something`, () => {
      const ids = body.flatMap((field) => ('id' in field ? field.id : []));
      assert.equal(new Set(ids).size, ids.length);
      assert.ok(body.some((field) => 'validations' in field && field.validations?.required));
    });

    test(`${basename(path)} sets no label by which the bot finds its own issue`, () => {
      assert.ok(!labels.includes(driftLabel));
    });
  }
});

test('Dependabot looks after the packages and the workflows every week, in groups, and waits for a week', () => {
  const update = z.looseObject({
    directory: z.enum(['/', '/examples/daily-quests']),
    schedule: z.object({ interval: z.literal('weekly') }),
    cooldown: z.object({ 'default-days': z.number().check(z.minimum(7)) }),
    groups: z.record(z.string(), z.unknown()),
  });
  const { updates } = z
    .object({ version: z.literal(2), updates: z.array(z.extend(update, { 'package-ecosystem': z.string() })) })
    .parse(parse(readFileSync(join(root, '.github/dependabot.yml'), 'utf8')));
  assert.deepEqual(
    updates.map((one) => one['package-ecosystem']),
    ['npm', 'npm', 'github-actions'],
  );
});
