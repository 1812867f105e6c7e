create table if not exists habit_records (
  id             uuid primary key default gen_random_uuid(),
  habit_id       uuid not null,
  record_date    date not null,
  status         text not null,
  note           text,
  source_version text default 'new_schema',
  created_at     timestamptz not null default now(),
  updated_at     timestamptz not null default now(),
  constraint habit_records_habit_id_record_date_key
    unique (habit_id, record_date) deferrable initially immediate,
  constraint ck_habit_records_source_version
    check (source_version in ('new_schema', 'migration', 'dual_write', 'new_schema_only'))
);
