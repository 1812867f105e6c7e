import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { World } from './world.ts';

/**
 * Another address of an embedded Supabase: at the root of its API it describes the tables and views of `public`, as PostgREST does, which the
 * Supabase itself does not.
 */
export type Door = { readonly url: string; readonly close: () => Promise<void> };

/** @param isOpen whether any key may see the description: hosted Supabase shows it only to secret keys */
export async function openDescribed(world: Pick<World, 'serve' | 'sql'>, isOpen: (key: string) => boolean = () => true): Promise<Door> {
  const server = createServer((incoming, outgoing) => {
    if (incoming.method !== 'GET' || new URL(incoming.url ?? '/', 'http://127.0.0.1').pathname !== '/rest/v1/') return world.serve(incoming, outgoing);
    if (!isOpen(String(incoming.headers['apikey'] ?? ''))) {
      const refusal = {
        message: 'Access to the schema via the Data API is only allowed using a secret API key.',
        hint: 'Only secret API keys can be used for this endpoint.',
      };
      outgoing.writeHead(401, { 'content-type': 'application/json' }).end(JSON.stringify(refusal));
      return;
    }
    describe(world).then(
      (definitions) =>
        outgoing
          .writeHead(200, { 'content-type': 'application/openapi+json; charset=utf-8' })
          .end(JSON.stringify({ swagger: '2.0', info: { title: 'standard public schema', version: '14.1' }, definitions })),
      () => outgoing.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

type Column = { table: string; column: string; format: string; required: boolean; key: boolean; parent: string | null };

/**
 * As in PostgREST: the type as Postgres formats it, without its length, for a domain over a built-in type the base type, and notes at the
 * columns of the primary key and of foreign keys (which are taken to refer to an id). Partitions of a partitioned table are left out.
 */
async function describe(world: Pick<World, 'sql'>): Promise<Record<string, { properties: Record<string, unknown>; required: string[]; type: 'object' }>> {
  const columns = await world.sql<Column>(`
    with recursive base as (
      select oid, typbasetype as made_of from pg_catalog.pg_type where typtype = 'd'
      union all select b.oid, t.typbasetype from base b join pg_catalog.pg_type t on t.oid = b.made_of where t.typtype = 'd')
    select r.relname as "table", a.attname as "column", a.attnotnull or (t.typtype = 'd' and t.typnotnull) as required,
      case when t.typtype = 'e' then quote_ident(n.nspname) || '.' || quote_ident(t.typname) else pg_catalog.format_type(coalesce(b.made_of, a.atttypid), null) end as format,
      coalesce(a.attnum = any(i.indkey), false) as key,
      (select p.relname from pg_catalog.pg_constraint f join pg_catalog.pg_class p on p.oid = f.confrelid
        where f.contype = 'f' and f.conrelid = r.oid and f.conkey = array[a.attnum] order by f.conname limit 1) as parent
    from pg_catalog.pg_class r
    join pg_catalog.pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
    join pg_catalog.pg_type t on t.oid = a.atttypid
    join pg_catalog.pg_namespace n on n.oid = t.typnamespace
    left join base b on b.oid = t.oid and exists (
      select from pg_catalog.pg_type m where m.oid = b.made_of and m.typtype <> 'd' and m.typnamespace = 'pg_catalog'::regnamespace)
    left join pg_catalog.pg_index i on i.indrelid = r.oid and i.indisprimary
    where r.relnamespace = 'public'::regnamespace and r.relkind in ('r', 'v', 'f', 'p') and not r.relispartition order by r.relname, a.attnum`);
  return Object.fromEntries(
    [...Map.groupBy(columns, ({ table }) => table)].map(([table, own]) => [
      table,
      {
        type: 'object',
        required: own.filter(({ required }) => required).map(({ column }) => column),
        properties: Object.fromEntries(
          own.map(({ column, format, key, parent }) => {
            const notes = [
              ...(key ? ['This is a Primary Key.<pk/>'] : []),
              ...(parent === null ? [] : [`This is a Foreign Key to \`${parent}.id\`.<fk table='${parent}' column='id'/>`]),
            ];
            return [column, { format, ...(notes.length > 0 && { description: `Note:\n${notes.join('\n')}` }) }];
          }),
        ),
      },
    ]),
  );
}
