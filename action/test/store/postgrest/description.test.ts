import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readDescription } from '../../../src/store/postgrest/description.ts';

test('the description of a table names each column, also one that means something to JavaScript, or is a number', () => {
  const text = `{ "swagger": "2.0", "definitions": { "posts": { "required": ["id"], "type": "object", "properties": {
    "title": { "format": "text", "type": "string", "maxLength": 100 },
    "id": { "description": "Note:\\nThis is a Primary Key.<pk/>", "format": "bigint", "type": "integer" },
    "__proto__": { "format": "text", "type": "string" },
    "constructor": { "format": "jsonb" },
    "2024": { "description": "This is a Foreign Key to \`years.id\`.<fk table='years' column='id'/>", "type": "integer" },
    "odd": {}
  } } } }`;
  assert.deepEqual(
    readDescription(text),
    new Map([
      [
        'posts',
        {
          columns: new Map([
            ['title', 'text'],
            ['id', 'bigint'],
            ['__proto__', 'text'],
            ['constructor', 'jsonb'],
            ['2024', 'integer'],
          ]),
          key: ['id'],
          parents: ['years'],
        },
      ],
    ]),
  );
});

test('what is no description describes nothing', () => {
  for (const text of ['', '<html>', 'null', '[]', '{"definitions": []}', '{"definitions": null}']) assert.equal(readDescription(text).size, 0, text);
});
