-- One row a write that the app hands to Supabase after Firestore took it. Whoever holds the lock of an operation writes; a worker that
-- died with it loses it after 30 seconds, so that no write is lost because somebody else was going to do it.

create table if not exists public.write_ops (
  op_id          text primary key,
  entity_type    text not null,
  operation_type text not null,
  entity_id      text not null,
  status         text not null default 'pending' check (status in ('pending', 'done', 'failed')),
  error          text,
  -- How often the lock was taken.
  attempts       integer not null default 0,
  -- Subject of the token that took it; null for the service key.
  actor          text,
  created_at     timestamptz not null default now(),
  updated_at     timestamptz not null default now()
);

create index if not exists write_ops_created on public.write_ops (created_at, status);

-- Whether the caller is a user whose token does not say whose it is, or a role of users without any token. Without a subject either would
-- pass for the service key.
create or replace function public.write_ops_nobody() returns boolean
language sql stable
set search_path = ''
as $$
  select auth.jwt() ->> 'sub' is null and 'authenticated' in (auth.jwt() ->> 'role', current_setting('role', true))
$$;

-- Whether the caller is to write. A failed operation is taken again at once, a pending one after 30 seconds, a done one never, and
-- somebody else's never.
create or replace function public.try_acquire_write_lock(p_op_id text, p_entity_type text, p_operation_type text, p_entity_id text)
returns boolean
language plpgsql
security definer
set search_path = ''
as $$
begin
  if public.write_ops_nobody() then
    return false;
  end if;
  -- Of many at once one inserts or updates; the others wait for it and then see what it left. Hence not now(), which is when they began.
  insert into public.write_ops as held (op_id, entity_type, operation_type, entity_id, attempts, actor, created_at, updated_at)
    values (p_op_id, p_entity_type, p_operation_type, p_entity_id, 1, auth.jwt() ->> 'sub', clock_timestamp(), clock_timestamp())
    on conflict (op_id) do update
      set status = 'pending', attempts = held.attempts + 1, updated_at = clock_timestamp()
      where held.actor is not distinct from excluded.actor
        and (held.status = 'failed' or (held.status = 'pending' and held.updated_at < clock_timestamp() - interval '30 seconds'));
  return found;
end $$;

-- Records the outcome, `done` or `failed`. Done is final.
--
-- Answers whether the record says so now.
create or replace function public.complete_write(p_op_id text, p_status text, p_error text default null)
returns boolean
language plpgsql
security definer
set search_path = ''
as $$
begin
  if p_status is null or p_status not in ('done', 'failed') then
    raise exception 'A write ends as done or as failed.' using errcode = 'invalid_parameter_value';
  end if;
  if public.write_ops_nobody() then
    return false;
  end if;
  update public.write_ops w
    set status = p_status, error = case p_status when 'failed' then left(p_error, 2000) end, updated_at = clock_timestamp()
    where w.op_id = p_op_id and w.actor is not distinct from auth.jwt() ->> 'sub' and w.status <> 'done';
  if found then
    return true;
  end if;
  return p_status = 'done' and exists (
    select from public.write_ops w
      where w.op_id = p_op_id and w.actor is not distinct from auth.jwt() ->> 'sub' and w.status = 'done');
end $$;
