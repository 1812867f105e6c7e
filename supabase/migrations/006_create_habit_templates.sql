create table if not exists habit_templates (
  id             uuid primary key default gen_random_uuid(),
  user_id        uuid not null references auth.users (id) on delete cascade,
  child_id       uuid references children (id) on delete cascade,
  name           text not null,
  description    text,
  habits         jsonb not null default '[]',
  is_default     boolean not null default false,
  source_version text default 'new_schema',
  created_at     timestamptz not null default now(),
  updated_at     timestamptz not null default now(),
  constraint ck_habit_templates_source_version
    check (source_version in ('new_schema', 'migration', 'dual_write', 'new_schema_only'))
);

-- Here and in the blocks of the files below, an oid is compared with an oid, because an operator in `public` could match
-- other types better.
do $$
begin
  if not exists (
    select from pg_constraint
    where conname = 'fk_weeks_template_id' and conrelid = 'weeks'::regclass::oid
  ) then
    alter table weeks add constraint fk_weeks_template_id
      foreign key (template_id) references habit_templates (id) on delete set null;
  end if;
end $$;
