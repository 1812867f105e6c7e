create table if not exists notifications (
  id             uuid primary key default gen_random_uuid(),
  user_id        uuid not null references auth.users (id) on delete cascade,
  from_user_id   uuid references auth.users (id) on delete set null,
  type           text,
  title          text,
  message        text not null,
  link_url       text,
  metadata       jsonb default '{}',
  is_read        boolean not null default false,
  source_version text default 'new_schema',
  created_at     timestamptz not null default now(),
  constraint ck_notifications_source_version
    check (source_version in ('new_schema', 'migration', 'dual_write', 'new_schema_only'))
);
