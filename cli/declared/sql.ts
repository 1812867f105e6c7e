import { isTable } from '../../action/src/store/source.ts';
import { literal } from '../literal.ts';
import { keyPathsOf, type Change } from './changes.ts';

/** Changes as SQL. Values go through JSON, as they do through the API, so that both write the same. */

const name = (text: string): string => `"${text.replaceAll('"', '""')}"`;

const tableName = ({ declaration: { normalized } }: Change['entity'], schema: string): string =>
  `${name(schema)}.${name(isTable(normalized) ? normalized.table : '')}`;

export function statementOf(change: Change, schema: string): string {
  const { entity, action, values, where, merged, scoped } = change;
  const table = tableName(entity, schema);
  const json = `{${[...values].map(([column, value]) => `${JSON.stringify(column)}:${value}`).join(',')}}`;
  const columns = [...values.keys()].map(name);
  const source = `json_populate_record(null::${table}, ${literal(json)})`;
  const found = where.map(({ path, text }) => (text === null ? `${reference(path)} is null` : `${reference(path)} = ${literal(text)}`)).join(' and ');
  if (action === 'delete') return `delete from ${table} as t where ${found};`;
  // What stands beside it inside of JSON is written along: it has to be as it was read.
  const asRead = [...merged].map(([column, there]) =>
    there === 'null' ? ` and coalesce(t.${name(column)}::jsonb, 'null') = 'null'` : ` and t.${name(column)}::jsonb = ${literal(there)}::jsonb`,
  );
  if (action === 'update')
    return `update ${table} as t set ${columns.map((column) => `${column} = r.${column}`).join(', ')} from ${source} as r where ${found}${asRead.join('')};`;
  const paths = keyPathsOf(change);
  const insertion = `insert into ${table} (${columns.join(', ')}) overriding system value select ${columns.join(', ')} from ${source}`;
  if (scoped.length > 0 || paths.some(([, ...inside]) => inside.length > 0)) {
    // No constraint need say that these are unique.
    const same = [...paths, ...scoped.map((column) => [column] as const)].map((path) => `${reference(path)} is not distinct from ${reference(path, 'r')}`);
    return `${insertion} as r where not exists (select from ${table} as t where ${same.join(' and ')});`;
  }
  const key = paths.map(([column]) => name(column));
  const others = columns.filter((column) => !key.includes(column));
  const conflict = others.length === 0 ? 'do nothing' : `do update set ${others.map((column) => `${column} = excluded.${column}`).join(', ')}`;
  return `${insertion} on conflict (${key.join(', ')}) ${conflict};`;
}

const reference = ([column = '', ...inside]: readonly string[], from = 't'): string =>
  inside.reduce((text, part, index) => `${text} ${index === inside.length - 1 ? '->>' : '->'} ${literal(part)}`, `${from}.${name(column)}`);

/** A sequence does not see numbers that it did not give, and would give them again. Where the column has none, nothing is done. */
export function sequenceStatements(changes: readonly Change[], schema: string): string[] {
  const statements = changes.flatMap(({ entity, numbered }) => {
    if (numbered === undefined) return [];
    const table = tableName(entity, schema);
    const next = 'coalesce(pg_sequence_last_value(s::regclass) + 1, (select seqstart from pg_sequence where seqrelid = s::regclass))';
    return [
      `select setval(s::regclass, most) from pg_get_serial_sequence(${literal(table)}, ${literal(numbered)}) as s, (select max(${name(numbered)}) as most from ${table}) as held where s is not null and most >= ${next};`,
    ];
  });
  return [...new Set(statements)];
}
