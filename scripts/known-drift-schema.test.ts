import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { parse } from 'yaml';
import { file, schema } from './known-drift-schema.ts';
import { root } from './metadata.ts';

const written = readFileSync(file, 'utf8');
const ajv = new Ajv2020({ allErrors: true });
formats.default(ajv);
const isValid = ajv.compile(JSON.parse(written));
const rule = { reason: 'a', by: 'b', until: '2026-12-31', type: 'MISSING_WEEK' };

describe('the JSON schema of known drift', () => {
  test('is what the action itself goes by; `node scripts/known-drift-schema.ts` writes it', () => {
    assert.equal(written, schema);
  });

  test('takes the documented example, and what the action takes', () => {
    const [, example = ''] = /```yaml\n([^]*?)```/.exec(readFileSync(join(root, 'docs/known-drift.md'), 'utf8')) ?? [];
    assert.ok(isValid(parse(example)), ajv.errorsText(isValid.errors));
    for (const content of [{}, { accepted: null }, { accepted: [] }, { accepted: [rule, { ...rule, week: { from: '2025-10-13' } }] }]) assert.ok(isValid(content), JSON.stringify(content));
  });

  test('shows in an editor what the action would refuse', () => {
    const { type: _type, ...anything } = rule;
    const { until: _until, ...endless } = rule;
    for (const wrong of [anything, endless, { ...rule, type: 'COUNT_MISMATCH' }, { ...rule, until: '2026-02-30' }, { ...rule, week: 'now' }, { ...rule, wek: 1 }, { ...rule, level: 'week' }]) {
      assert.ok(!isValid({ accepted: [wrong] }), JSON.stringify(wrong));
    }
    assert.ok(!isValid({ ignored: [] }));
  });
});
