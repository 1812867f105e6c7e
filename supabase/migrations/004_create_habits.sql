create table if not exists habits (
  id             uuid primary key default gen_random_uuid(),
  week_id        uuid not null,
  name           text not null,
  time_period    text,
  display_order  int not null default 0,
  source_version text default 'new_schema',
  created_at     timestamptz not null default now(),
  updated_at     timestamptz not null default now(),
  constraint habits_week_id_name_key unique (week_id, name) deferrable initially immediate,
  constraint ck_habits_source_version
    check (source_version in ('new_schema', 'migration', 'dual_write', 'new_schema_only'))
);
