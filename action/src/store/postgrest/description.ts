import type { TableDescription } from '../store.ts';
import { isObject } from './row-text.ts';

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
    membersOf(parsed(text), 'definitions').map(([table, definition]) => {
      const columns = membersOf(definition, 'properties');
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

/** Not through a schema: zod's record leaves out what is named __proto__. */
const membersOf = (value: unknown, name: string): [string, unknown][] => (isObject(value) && isObject(value[name]) ? Object.entries(value[name]) : []);

function textOf(value: unknown, name: string): string | undefined {
  const text = isObject(value) ? value[name] : undefined;
  return typeof text === 'string' ? text : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
