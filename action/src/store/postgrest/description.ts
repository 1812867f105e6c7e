import { parseExactJson } from '../exact-json.ts';
import type { TableDescription } from '../store.ts';
import { fieldsIn, type Fields, type Maybe } from '../value.ts';

/** What PostgREST's OpenAPI description says of tables and views. */

export type Described = {
  readonly columns: TableDescription;
  /** The columns of the primary key; none of a view. */
  readonly key: readonly string[];
  /** The tables that its columns refer to. */
  readonly parents: readonly string[];
};

/** @returns nothing of what is no description, which leaves columns undescribed */
export function readDescription(text: string): ReadonlyMap<string, Described> {
  return new Map(
    [...membersOf(parseExactJson(text), 'definitions')].map(([table, definition]) => {
      const columns = [...membersOf(definition, 'properties')];
      return [
        table,
        {
          columns: new Map(
            columns.flatMap(([name, property]): [string, string][] => {
              const format = textOf(property, 'format') ?? textOf(property, 'type');
              return format === undefined ? [] : [[name, format]];
            }),
          ),
          key: columns.flatMap(([name, property]) => (textOf(property, 'description')?.includes('<pk/>') ? [name] : [])),
          parents: columns.flatMap(([, property]) => /<fk table='([^']+)'/.exec(textOf(property, 'description') ?? '')?.[1] ?? []),
        },
      ];
    }),
  );
}

const membersOf = (value: Maybe, name: string): Fields => fieldsIn(fieldsIn(value)?.get(name)) ?? new Map();

function textOf(value: Maybe, name: string): string | undefined {
  const text = fieldsIn(value)?.get(name);
  return typeof text === 'string' ? text : undefined;
}
