-- Validates every NOT VALID constraint of the schema, each on its own: one that fails does not keep
-- the others. A dry run only lists them.
create or replace function validate_pending_constraints(p_dry_run boolean default true)
returns table (
  table_name text, constraint_name text, constraint_type text, status text, duration_ms double precision, error text)
language plpgsql security definer
set search_path = ''
set statement_timeout = '15min'
as $$
declare
  v_pending record;
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

-- The tables that hold what families wrote: the old one and the six new ones.
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

select dual_write_restrict();
