import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { declarableTypes, defaultType, elementType } from '../../../src/pair/declared/column.ts';
import { describeColumn } from '../../../src/store/column.ts';
import type { FieldOptions } from '../../../src/pair/declared/entity.ts';
import { typeOf } from '../../../src/pair/declared/field-type.ts';

const typed = (options: FieldOptions, format?: string) => typeOf(options, format === undefined ? undefined : describeColumn(format));

describe('a column', () => {
  test('has the type that its description says', () => {
    const expected = {
      bigint: 'integer',
      integer: 'integer',
      smallint: 'integer',
      int8: 'integer',
      numeric: 'number',
      'numeric(10,2)': 'number',
      'double precision': 'number',
      real: 'number',
      boolean: 'boolean',
      'timestamp with time zone': 'timestamp',
      'timestamp(3) with time zone': 'timestamp',
      'timestamp without time zone': 'timestamp',
      timestamptz: 'timestamp',
      date: 'date',
      uuid: 'uuid',
      text: 'text',
      'character varying': 'text',
      'character varying(20)': 'text',
      character: 'text',
      'public.status': 'text',
      inet: 'text',
      interval: 'text',
      jsonb: 'json',
      json: 'json',
      bytea: 'bytes',
      'text[]': 'list',
      'bigint[]': 'list',
      'jsonb[]': 'json',
      'timestamp with time zone[]': 'list',
      constructor: 'text',
    };
    assert.deepEqual(Object.fromEntries(Object.keys(expected).map((format) => [format, defaultType(describeColumn(format))])), expected);
    assert.deepEqual(
      ['text[]', 'bigint[]', 'timestamp with time zone[]', 'text', 'jsonb[]'].map((format) => elementType(describeColumn(format))),
      ['text', 'integer', 'timestamp', undefined, undefined],
    );
  });

  test('may be declared as what it can hold', () => {
    const expected = {
      int8: ['integer', 'number', 'text', 'timestamp'],
      numeric: ['number', 'integer', 'text'],
      real: ['number', 'integer', 'text'],
      timestamptz: ['timestamp'],
      timestamp: ['timestamp'],
      date: ['date'],
      boolean: ['boolean'],
      uuid: ['uuid', 'text'],
      text: ['text', 'integer', 'number', 'boolean', 'timestamp', 'date', 'uuid', 'bytes'],
      jsonb: ['json', 'list', 'set'],
      'text[]': ['list', 'set', 'json'],
      bytea: ['bytes'],
    };
    assert.deepEqual(Object.fromEntries(Object.keys(expected).map((format) => [format, declarableTypes(describeColumn(format))])), expected);
    for (const format of Object.keys(expected)) assert.ok(declarableTypes(describeColumn(format)).includes(defaultType(describeColumn(format))), format);
  });

  test('gives its type to a field that declares none', () => {
    assert.deepEqual(typed({}, 'bigint'), { name: 'integer' });
    assert.deepEqual(typed({}, 'text[]'), { name: 'list', of: 'text' });
    assert.deepEqual(typed({ type: 'set' }, 'bigint[]'), { name: 'set', of: 'integer' });
    assert.deepEqual(typed({}), { name: 'undescribed' });
  });

  test('and the options of a field together say the type', () => {
    assert.deepEqual(typed({ 'blank-is-null': true }), { name: 'text', trim: false, ignoreCase: false, blankIsNull: true });
    assert.deepEqual(typed({ precision: 's' }), { name: 'timestamp', precision: 's' });
    assert.deepEqual(typed({ tolerance: '0.5' }), { name: 'number', tolerance: '0.5' });
    assert.deepEqual(typed({ tolerance: '0.5' }, 'bigint'), { name: 'number', tolerance: '0.5' });
    assert.deepEqual(typed({ tolerance: '2s' }, 'timestamptz'), { name: 'timestamp', precision: 'ms', tolerance: 2000 });
    assert.deepEqual(typed({ unit: 'ms' }, 'bigint'), { name: 'timestamp', precision: 'ms', unit: 'ms' });
    assert.deepEqual(typed({ of: 'text' }, 'jsonb'), { problem: 'of do not say which type is meant. Add the type' });
  });

  test('is told where it cannot be what is declared', () => {
    assert.deepEqual(typed({ type: 'text' }, 'timestamptz'), {
      problem: 'is compared as text, but the column can only be timestamp. Correct the type',
    });
    assert.deepEqual(typed({ trim: true }, 'jsonb'), { problem: 'is compared as text, but the column can only be json, list, set. Correct the type' });
    assert.deepEqual(typed({ type: 'timestamp' }, 'bigint'), {
      problem: 'is a timestamp in a column of whole numbers. Say what they count: unit: s or unit: ms',
    });
    assert.deepEqual(typed({ type: 'list' }, 'jsonb'), { problem: 'is a list, but nothing says of what. Add of, such as of: text' });
    assert.deepEqual(typed({ type: 'set' }), { problem: 'is a set, but nothing says of what. Add of, such as of: text' });
  });
});
