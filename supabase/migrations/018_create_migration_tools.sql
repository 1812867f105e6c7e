-- Validates every NOT VALID constraint of the schema, each separately, so that a failing one does not stop the others. A
-- dry run only lists them.
create or replace function validate_pending_constraints(p_dry_run boolean default true)
returns table (
  table_name text, constraint_name text, constraint_type text, status text, duration_ms double precision, error text)
language plpgsql security definer
set search_path = ''
set statement_timeout = '15min'
as $$
declare
  v_pending pg_catalog.record;
  v_started pg_catalog.timestamptz;
begin
  for v_pending in
    select t.relname::pg_catalog.text as table_name, c.conname::pg_catalog.text as name, case c.contype when 'f' then 'FK' else 'CHECK' end as type
    from pg_catalog.pg_constraint c join pg_catalog.pg_class t on t.oid = c.conrelid
    where not c.convalidated and c.contype in ('f', 'c') and c.connamespace = 'public'::pg_catalog.regnamespace
    order by c.contype desc, 1, 2
  loop
    table_name := v_pending.table_name;
    constraint_name := v_pending.name;
    constraint_type := v_pending.type;
    status := 'pending';
    duration_ms := null;
    error := null;
    if p_dry_run is false then
      v_started := clock_timestamp();
      begin
        execute format('alter table public.%I validate constraint %I', v_pending.table_name, v_pending.name);
        status := 'validated';
      exception when others then
        status := 'failed';
        error := sqlerrm;
      end;
      duration_ms := extract(epoch from clock_timestamp() - v_started) * 1000;
    end if;
    return next;
  end loop;
end $$;

-- The tables with the families' data: the old one and the six new ones.
create or replace function dual_write_tables() returns name[]
language sql immutable
set search_path = ''
as $$
  select array['habit_tracker', 'children', 'weeks', 'habits', 'habit_records', 'habit_templates', 'notifications']::pg_catalog.name[]
$$;

create or replace function get_policies()
returns table (
  table_name text, policy_name text, command text, permissive boolean, roles text[],
  using_expression text, check_expression text)
language sql stable security definer
set search_path = ''
as $$
  select p.tablename::pg_catalog.text, p.policyname::pg_catalog.text, p.cmd, p.permissive = 'PERMISSIVE', p.roles::pg_catalog.text[], p.qual, p.with_check
  from pg_catalog.pg_policies p
  where p.schemaname = 'public' and p.tablename = any (public.dual_write_tables())
  order by p.tablename, p.policyname
$$;

create or replace function get_rls_status()
returns table (table_name text, rls_enabled boolean)
language sql stable security definer
set search_path = ''
as $$
  select c.relname::pg_catalog.text, c.relrowsecurity
  from pg_catalog.pg_class c
  where c.relnamespace = 'public'::pg_catalog.regnamespace and c.relname = any (public.dual_write_tables())
  order by c.relname
$$;

-- Assigns an owner to the legacy rows of a child's name that have no user_id. A name gives no right, so only a maintainer
-- can do this, with the service role. Returns how many rows there are; a dry run changes none. If the dual-write is on, the
-- trigger migrates them; otherwise the retry and the backfill do.
create or replace function assign_legacy_owner(p_child_name text, p_user_id uuid, p_dry_run boolean default true) returns int
language plpgsql security definer
set search_path = ''
set row_security = off
as $$
declare
  v_rows int;
begin
  if coalesce(public.dual_write_text(p_child_name), '') = '' then
    raise exception 'The name of the child is missing.' using errcode = 'invalid_parameter_value';
  end if;
  if not exists (select from auth.users u where u.id = p_user_id) then
    raise exception 'There is no user %.', coalesce(p_user_id::pg_catalog.text, 'null') using errcode = 'invalid_parameter_value';
  end if;
  if p_dry_run is not false then
    return (
      select count(*) from public.habit_tracker h
      where h.user_id is null and public.dual_write_text(h.child_name) = public.dual_write_text(p_child_name));
  end if;
  update public.habit_tracker h set user_id = p_user_id
    where h.user_id is null and public.dual_write_text(h.child_name) = public.dual_write_text(p_child_name);
  get diagnostics v_rows = row_count;
  return v_rows;
end $$;

select dual_write_restrict();
