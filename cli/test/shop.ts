import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { openDescribed, type Door } from '../../demo/description.ts';
import { startWorld, type World } from '../../action/test/world.ts';
import { driftwatch, type CommandRun } from './command.ts';
import { emptying } from '../../demo/data.ts';

/** A shop whose tables are being replaced, declared in a file of pairs, with the command line to compare it. */
export type Shop = {
  readonly world: World;
  readonly door: Door;
  readonly directory: string;
  /** Recreates both sides, in sync. */
  readonly reset: () => Promise<void>;
  /** @param text the new content of `.github/driftwatch.yml` */
  readonly declare: (text: string) => void;
  readonly run: (...args: readonly string[]) => Promise<CommandRun>;
  readonly close: () => Promise<void>;
};

const tables = `
  create table old_customers (
    id bigint primary key, "fullName" text, mail text, kind text, points bigint, balance numeric, prefs jsonb, labels text[], photo bytea,
    seen bigint, joined timestamptz, deleted boolean not null default false, changed timestamptz default now(), scratch text);
  create table customers (
    id bigint primary key, name text not null, email text, status text check (status in ('person', 'company')), points bigint, balance numeric, meta jsonb, labels text[], photo bytea,
    seen_ms bigint, joined_at timestamptz, deleted_at timestamptz, updated_at timestamptz default now(), note text);
  create table old_orders (id uuid primary key, customer bigint, placed timestamptz, changed timestamptz default now());
  create table orders (id uuid primary key, customer_id bigint not null references customers(id), placed_at timestamptz, updated_at timestamptz default now());
  create table old_lines (order_id uuid, position int, sku text, amount int, primary key (order_id, position));
  create table order_lines (order_id uuid references orders(id), position int, sku text, quantity int, primary key (order_id, position));
  create table customer_labels (customer_id bigint references customers(id), label text, place int, primary key (customer_id, label));
  create table old_words (word text primary key, meaning text);
  create table words (word text primary key, meaning text);
  create table saved_words (word text, gone boolean, meaning text, primary key (word, gone));
  create table places (name text primary key);
  create table old_notes (slug text primary key, body text);
  create table notes (id int generated always as identity primary key, slug text, body text, deleted_at timestamptz);
  create table old_replies (id int primary key, parent int);
  create table replies (id int primary key, parent_id int references replies);`;

export const shopPair = `pairs:
  shop:
    legacy: supabase
    normalized: supabase
    entities:
      customers:
        legacy: old_customers
        normalized: customers
        fields:
          name: fullName
          email: { from: mail, blank-is-null: true, ignore-case: true, trim: true }
          status: { from: kind, values: { P: person, C: company }, default: person }
          points: points
          balance: balance
          theme: { from: prefs.theme, to: meta.look.theme }
          labels: labels
          photo: photo
          seen_ms: { from: seen, type: timestamp, unit: ms }
          joined_at: joined
        only: { legacy: { deleted: false }, normalized: { deleted_at: null } }
        ignored: { legacy: [scratch], normalized: [note] }
        changed: { legacy: changed, normalized: updated_at }
      labels:
        legacy: old_customers
        each: labels
        normalized: customer_labels
        key: [customer_id, label]
        fields: { customer_id: id, label: "{item}", place: "{index}" }
        only: { legacy: { deleted: false } }
      orders:
        legacy: old_orders
        normalized: orders
        fields: { customer_id: customer, placed_at: placed }
        changed: { legacy: changed, normalized: updated_at }
      lines:
        legacy: old_lines
        normalized: order_lines
        key: [order_id, position]
        fields: { sku: sku, quantity: amount }
      words:
        legacy: old_words
        normalized: words
        key: [word]
        fields: { meaning: meaning }
`;

const order = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
export const [firstOrder, secondOrder] = [order(1), order(2)];

const rows = `
  ${emptying(...[...tables.matchAll(/^ *create table (\w+)/gm)].map(([, table = '']) => table))}
  insert into old_customers (id, "fullName", mail, kind, points, balance, prefs, labels, photo, seen, joined, deleted, changed, scratch) values
    (1, 'Ada', 'Ada@example.com', 'P', 9007199254740993, 12.10, '{"theme": "dark"}', '{vip,"a, b"}', '\\x00ff10', 1760000000123, '2025-01-02 03:04:05.678901+00', false, '2025-03-01+00', 'x'),
    (2, 'Ben', '  ', 'C', 20, 0.1, '{"theme": null}', '{}', null, null, '2025-02-02 00:00:00+00', false, '2025-03-01+00', null),
    (3, 'Cyd', null, null, 30, null, null, null, null, null, null, false, '2025-03-01+00', null),
    (9, 'Gone', null, 'P', 0, null, null, null, null, null, null, true, '2025-03-01+00', null);
  insert into customers (id, name, email, status, points, balance, meta, labels, photo, seen_ms, joined_at, deleted_at, updated_at, note) values
    (1, 'Ada', 'ada@example.com', 'person', 9007199254740993, 12.1, '{"look": {"theme": "dark", "size": 9007199254740995}, "other": [1.50, "kept"]}', '{vip,"a, b"}', '\\x00ff10', 1760000000123, '2025-01-02 03:04:05.678901+00', null, '2025-03-01+00', 'n'),
    (2, 'Ben', null, 'company', 20, 0.1, '{"look": {}}', '{}', null, null, '2025-02-02 00:00:00+00', null, '2025-03-01+00', null),
    (3, 'Cyd', null, 'person', 30, null, null, null, null, null, null, null, '2025-03-01+00', null);
  insert into customer_labels values (1, 'vip', 0), (1, 'a, b', 1);
  insert into old_orders values ('${firstOrder}', 1, '2025-02-03 04:05:06.123456+00', '2025-03-01+00'), ('${secondOrder}', 2, '2025-02-04+00', '2025-03-01+00');
  insert into orders values ('${firstOrder}', 1, '2025-02-03 04:05:06.123456+00', '2025-03-01+00'), ('${secondOrder}', 2, '2025-02-04+00', '2025-03-01+00');
  insert into old_lines values ('${firstOrder}', 1, 'tea', 2), ('${firstOrder}', 2, 'cup', 1), ('${secondOrder}', 1, 'tea', 5);
  insert into order_lines values ('${firstOrder}', 1, 'tea', 2), ('${firstOrder}', 2, 'cup', 1), ('${secondOrder}', 1, 'tea', 5);
  insert into old_words values ('Bücher', 'books'), ('it''s "so"', 'quoted \\ and so');
  insert into words values ('Bücher', 'books'), ('it''s "so"', 'quoted \\ and so');`;

export async function openShop(): Promise<Shop> {
  const world = await startWorld({ migrations: false });
  await world.sql(tables);
  const door = await openDescribed(world);
  const directory = mkdtempSync(join(tmpdir(), 'driftwatch-shop-'));
  const file = join(directory, '.github/driftwatch.yml');
  mkdirSync(dirname(file));
  return {
    world,
    door,
    directory,
    reset: async () => void (await world.sql(rows)),
    declare: (text) => writeFileSync(file, text),
    run: (...args) => driftwatch(args, { directory, env: { SUPABASE_URL: door.url, SUPABASE_KEY: world.secretKey } }),
    async close() {
      rmSync(directory, { recursive: true });
      await door.close();
      await world.close();
    },
  };
}
