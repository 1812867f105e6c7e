import * as z from 'zod/mini';
import type { TableDescription } from '../store.ts';

/** What PostgREST's OpenAPI description says of tables and views. */

export type Described = {
  readonly columns: TableDescription;
  /** The columns of the primary key; none of a view. */
  readonly key: readonly string[];
  /** The tables that its columns refer to. */
  readonly parents: readonly string[];
};

const property = z.object({ format: z.optional(z.string()), type: z.optional(z.string()), description: z.optional(z.string()) });
const definitions = z.object({ definitions: z.optional(z.record(z.string(), z.object({ properties: z.optional(z.record(z.string(), property)) }))) });

/** @returns nothing of what is no description, which leaves columns undescribed */
export function readDescription(text: string): ReadonlyMap<string, Described> {
  const { data } = definitions.safeParse(parsed(text));
  return new Map(
    Object.entries(data?.definitions ?? {}).map(([table, { properties = {} }]) => {
      const columns = Object.entries(properties);
      return [
        table,
        {
          columns: new Map(
            columns.flatMap(([name, { format, type }]): [string, string][] => ((format ?? type) === undefined ? [] : [[name, format ?? type ?? '']])),
          ),
          key: columns.flatMap(([name, { description = '' }]) => (description.includes('<pk/>') ? [name] : [])),
          parents: columns.flatMap(([, { description = '' }]) => /<fk table='([^']+)'/.exec(description)?.[1] ?? []),
        },
      ];
    }),
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
