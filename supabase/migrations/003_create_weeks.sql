create table if not exists weeks (
  id              uuid primary key default gen_random_uuid(),
  user_id         uuid not null,
  child_id        uuid not null,
  week_start_date date not null,
  week_end_date   date not null,
  theme           text,
  reflection      jsonb default '{}',
  reward          text,
  template_id     uuid,
  source_version  text default 'new_schema',
  created_at      timestamptz not null default now(),
  updated_at      timestamptz not null default now(),
  constraint weeks_child_id_week_start_date_key
    unique (child_id, week_start_date) deferrable initially immediate,
  constraint ck_weeks_source_version
    check (source_version in ('new_schema', 'migration', 'dual_write', 'new_schema_only'))
);
