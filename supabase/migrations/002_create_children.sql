-- UNIQUE is deferrable so that one transaction can swap names; ON CONFLICT cannot use it.

create table if not exists children (
  id             uuid primary key default gen_random_uuid(),
  user_id        uuid not null,
  name           text not null,
  source_version text default 'new_schema',
  created_at     timestamptz not null default now(),
  updated_at     timestamptz not null default now(),
  constraint children_user_id_name_key unique (user_id, name) deferrable initially immediate,
  constraint ck_children_source_version
    check (source_version in ('new_schema', 'migration', 'dual_write', 'new_schema_only'))
);
