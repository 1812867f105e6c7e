import assert from 'node:assert/strict';
import { compileEntity, type CompiledEntity } from '../../../src/pair/declared/compiled.ts';
import { readDeclaration } from '../../../src/pair/declared/declaration.ts';
import type { EntityDeclaration } from '../../../src/pair/declared/entity.ts';
import { readLegacyRow, readNormalizedRow, type Row } from '../../../src/pair/declared/row.ts';
import type { Value } from '../../../src/store/value.ts';
import { toValue } from './values.ts';

type Table = Readonly<Record<string, string>>;

/** Entities as a file would declare them, with what the stores say of their tables. */
type Declared = {
  /** YAML of the entity, with its lines from the first column on. */
  readonly entity: string;
  readonly legacy?: 'firestore' | 'realtime-database' | 'supabase';
  readonly legacyTables?: Readonly<Record<string, Table>>;
  readonly tables?: Readonly<Record<string, Table>>;
};

export function declare(entity: string, legacy: Declared['legacy'] = 'firestore'): EntityDeclaration {
  const store =
    legacy === 'firestore'
      ? '{ type: firestore, project: demo }'
      : legacy === 'supabase'
        ? '{ type: supabase, url: $URL, key: $KEY }'
        : '{ type: realtime-database, url: "https://demo.firebaseio.com" }';
  const text = `stores:\n  old: ${store}\npairs:\n  p:\n    legacy: old\n    normalized: supabase\n    entities:\n      e:\n${entity.replace(/^\n|\n\s*$/g, '').replaceAll(/^/gm, '        ')}\n`;
  const declaration = readDeclaration(text, { URL: 'https://a.supabase.co', KEY: 'k' });
  assert.ok(!('mistakes' in declaration), JSON.stringify(declaration));
  const declared = declaration.pairs.get('p')?.entities.get('e');
  assert.ok(declared);
  return declared;
}

const described = (tables: Readonly<Record<string, Table>> = {}) =>
  new Map(Object.entries(tables).map(([name, table]) => [name, new Map(Object.entries(table))]));

export const tryCompile = ({ entity, legacy = 'firestore', legacyTables, tables }: Declared): CompiledEntity | readonly string[] =>
  compileEntity(declare(entity, legacy), { legacy: described(legacyTables), normalized: described(tables), isSparse: legacy === 'realtime-database' });

export function compile(declared: Declared): CompiledEntity {
  const entity = tryCompile(declared);
  assert.ok('declaration' in entity, String(entity));
  return entity;
}

/** The rows of a document, its fields as JavaScript has them. */
export const documentRows = (entity: CompiledEntity, path: string, fields: unknown, source = 0): readonly Row[] =>
  readLegacyRow(entity, { source, path, value: toValue(fields) });

export function documentRow(entity: CompiledEntity, path: string, fields: unknown): Row {
  const [row, ...more] = documentRows(entity, path, fields);
  assert.ok(row && more.length === 0);
  return row;
}

export function tableRow(entity: CompiledEntity, columns: unknown): Row {
  const value: Value = toValue(columns);
  const row = readNormalizedRow(entity, { source: 0, value });
  assert.ok(row);
  return row;
}
