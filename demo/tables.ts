import { openDescribed } from './description.ts';
import { startWorld, type World } from './world.ts';

/**
 * A shop that moved its customers and orders to new tables, with the kind of SQL that people write. Nothing failed, and the usual checks
 * pass. `tables.yml` declares the pair.
 */

const schema = `
  create table shop_customers (id bigint primary key, "fullName" text not null, "emailAddress" text, address jsonb, "createdAt" timestamptz not null, deleted boolean not null);
  create table shop_orders (id bigint primary key, "customerId" bigint not null references shop_customers, state text not null, amount numeric not null, "placedAt" timestamptz not null, tags text[] not null);
  create type order_status as enum ('open', 'paid', 'shipped', 'refunded');
  create table customers (id bigint primary key, name text not null, email text, street text, city text, zip text, created_at timestamptz not null, deleted_at timestamptz);
  create table orders (id bigint primary key, customer_id bigint not null references customers, status order_status not null, total numeric not null, placed_at timestamptz not null);
  create table order_tags (order_id bigint not null references orders, tag text not null, primary key (order_id, tag));`;

const legacyRows = `
  insert into shop_customers
  select n, (array['Noor', 'Sam', 'Zoë', 'Jun', 'Lia'])[1 + n % 5] || ' ' || (array['Weber', 'Silva', 'Kim', 'Okafor'])[1 + n % 4],
    case when n % 7 > 0 then 'User' || n || '@Example.com' else '' end,
    jsonb_build_object('street', 'Gasse ' || n, 'city', (array['Dresden', 'Köln', 'Bonn', 'Ulm'])[1 + n % 4], 'zip', (array['01067', '50667', '53111', '89073'])[1 + n % 4]),
    '2024-01-01 08:00:00+00'::timestamptz + n * interval '31 hours', n % 20 = 0
  from generate_series(1, 120) as n;
  insert into shop_orders
  select n, 1 + n % 119, (array['NEW', 'PAID', 'SHIPPED', 'PAID', 'SHIPPED', 'PAID', 'SHIPPED', 'REFUNDED'])[1 + n % 8], (n * 37 % 5000) / 100.0,
    '2025-01-01 09:30:00+00'::timestamptz + n * interval '4 hours',
    case when n % 3 = 0 then '{}' when n % 50 = 1 then array['gift, wrapped', 'express'] else array['web', (array['express', 'pickup'])[1 + n % 2]] end
  from generate_series(1, 600) as n;`;

const migration = `
  insert into customers
  select id, "fullName", nullif(lower("emailAddress"), ''), address ->> 'street', address ->> 'city',
    (address ->> 'zip')::int::text, -- a number has no leading zero
    "createdAt", case when deleted then address ->> 'deletedAt' end::timestamptz -- where the old app never wrote it
  from shop_customers;
  insert into orders
  select id, "customerId", (case state when 'PAID' then 'paid' when 'SHIPPED' then 'shipped' else 'open' end)::order_status, -- and refunded?
    amount, ("placedAt" at time zone 'UTC') at time zone 'Europe/London' -- the same in winter
  from shop_orders;
  insert into order_tags
  select id, regexp_split_to_table(array_to_string(tags, ','), ',') -- a tag may have a comma
  from shop_orders where cardinality(tags) > 0;`;

export type Moved = { readonly world: World; readonly url: string; readonly note: string; readonly close: () => Promise<void> };

export async function openMovedShop(start = startWorld): Promise<Moved> {
  const world = await start({ migrations: false });
  try {
    await world.sql(schema);
    await world.sql(legacyRows);
    await world.sql(migration);
    const [counts] = await world.sql<Record<string, number>>(`
      select (select count(*)::int from shop_customers) as "oldCustomers", (select count(*)::int from customers) as "newCustomers",
        (select count(*)::int from shop_orders) as "oldOrders", (select count(*)::int from orders) as "newOrders",
        (select count(*)::int from orders o left join customers c on c.id = o.customer_id where c.id is null) as strays`);
    // Hosted Supabase describes its tables at the root of the API, and so does this proxy for the embedded one.
    const door = await openDescribed(world);
    return {
      world,
      url: door.url,
      note: `What a usual check says: customers ${counts?.['oldCustomers']} = ${counts?.['newCustomers']}, orders ${counts?.['oldOrders']} = ${counts?.['newOrders']}, orders without a customer ${counts?.['strays']}. Complete.`,
      async close() {
        await door.close();
        await world.close();
      },
    };
  } catch (error) {
    await world.close();
    throw error;
  }
}
