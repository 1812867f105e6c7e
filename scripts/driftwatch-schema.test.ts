import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { parse } from 'yaml';
import { boardApp } from '../action/test/pair/declared/board-app.ts';
import { file, schema } from './driftwatch-schema.ts';
import { root } from '../cli/metadata.ts';

const written = readFileSync(file, 'utf8');
const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true });
formats.default(ajv);
const isValid = ajv.compile(JSON.parse(written));

/** A pair with one entity, of which some parts are replaced. */
const withEntity = (part: Record<string, unknown>) => ({
  pairs: { p: { legacy: 'supabase', normalized: 'supabase', entities: { posts: { legacy: 'old_posts', normalized: 'posts', ...part } } } },
});
const rule = { reason: 'a', by: 'b', until: '2026-12-31', type: 'MISSING_ROW' };

describe('the JSON schema of the file', () => {
  test('is what the action itself goes by; `node scripts/driftwatch-schema.ts` writes it', () => {
    assert.equal(written, schema);
  });

  test('takes the documented example', () => {
    const [, example = ''] = /```yaml\n([^]*?)```/.exec(readFileSync(join(root, 'docs/known-drift.md'), 'utf8')) ?? [];
    assert.ok(isValid(parse(example)), ajv.errorsText(isValid.errors));
  });

  test('takes what the action takes', () => {
    assert.ok(isValid(parse(boardApp)), ajv.errorsText(isValid.errors));
    for (const content of [
      {},
      { stores: null, pairs: null, accepted: null },
      withEntity({}),
      withEntity({ fields: { title: { default: { a: [1] } } } }),
      { accepted: [rule, { ...rule, type: 'MISSING_WEEK', pair: 'habit-tracker', week: { from: '2025-10-13' } }] },
    ]) {
      assert.ok(isValid(content), `${JSON.stringify(content)}: ${ajv.errorsText(isValid.errors)}`);
    }
  });

  test('shows in an editor what the action would refuse', () => {
    const wrong = [
      { store: {} },
      { stores: { Old: { type: 'firestore', project: 'x' } } },
      { stores: { old: { type: 'mysql' } } },
      { stores: { old: { type: 'supabase', url: '$URL', key: 'written out' } } },
      { stores: { old: { type: 'firestore', project: 'x', foo: 1 } } },
      { pairs: { p: { legacy: 'a', normalized: 'b', entities: {} } } },
      withEntity({ filds: {} }),
      withEntity({ key: [] }),
      withEntity({ key: ['id', 'id'] }),
      withEntity({ legacy: ['a/{id}', 'a/{id}'] }),
      withEntity({ key: 'id' }),
      withEntity({ fields: { a: { type: 'string' } } }),
      withEntity({ fields: { a: { trim: 'yes' } } }),
      withEntity({ only: { legacy: { a: [] } } }),
      withEntity({ changed: { legacy: 1 } }),
      withEntity({ changed: {} }),
      { accepted: [{ ...rule, key: {} }] },
      { accepted: [{ ...rule, until: '2026-02-30' }] },
      { accepted: [{ ...rule, type: 'COUNT_MISMATCH' }] },
      { accepted: [{ ...rule, week: 'now' }] },
      { accepted: [{ reason: 'a', by: 'b', until: '2026-12-31', level: 'posts' }] },
    ];
    for (const content of wrong) assert.ok(!isValid(content), JSON.stringify(content));
  });
});
