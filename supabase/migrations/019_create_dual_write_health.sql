-- The tables of families that anybody with the publishable key can reach: no row-level security, and a privilege. The
-- server is asked which privileges a role has, because Supabase grants them all by default and a project may have revoked
-- them.
create or replace function dual_write_open_tables() returns text[]
language sql stable
set search_path = ''
as $$
  select coalesce(array_agg(c.relname::pg_catalog.text order by c.relname), '{}')
  from pg_catalog.pg_class c
  where c.relnamespace = 'public'::pg_catalog.regnamespace and c.relname = any (public.dual_write_tables()) and not c.relrowsecurity
    and exists (
      select from pg_catalog.pg_roles r
      where r.rolname = 'anon' and has_schema_privilege(r.oid, 'public', 'usage')
        and (has_table_privilege(r.oid, c.oid, 'select, insert, update, delete')
          or has_any_column_privilege(r.oid, c.oid, 'select, insert, update')))
$$;

-- The tables whose row-level security applies to an owner of the dual-write's functions: the functions would miss rows
-- there, without an error.
create or replace function dual_write_bound_tables() returns text[]
language sql stable
set search_path = ''
as $$
  select coalesce(array_agg(distinct c.relname::pg_catalog.text order by c.relname::pg_catalog.text), '{}')
  from pg_catalog.pg_class c, pg_catalog.pg_proc p join pg_catalog.pg_roles r on r.oid = p.proowner
  where c.relnamespace = 'public'::pg_catalog.regnamespace and c.relkind = 'r' and c.relrowsecurity
    and (c.relname = any (public.dual_write_tables()) or c.relname like 'dual\_write\_%' or c.relname = 'idempotency_log')
    and p.pronamespace = 'public'::pg_catalog.regnamespace and p.prosecdef
    and (p.proname like 'dual\_write\_%' or p.proname in (
      'sync_old_to_new', 'retry_dual_write_failures', 'cleanup_idempotency_log', 'backfill_legacy_weeks', 'assign_legacy_owner'))
    and not r.rolsuper and not r.rolbypassrls
    and (c.relforcerowsecurity or not pg_has_role(r.oid, c.relowner, 'usage'))
$$;

-- The state of the dual-write, as one JSON object. Rates are fractions of the window's requests (null if there are none),
-- durations are milliseconds. A window that is longer than a thousand years counts as a thousand years.
create or replace function dual_write_health(p_window interval default '24 hours') returns jsonb
language plpgsql stable security definer
set search_path = ''
as $$
declare
  v_versions pg_catalog.jsonb := '{}';
  v_table pg_catalog.text;
  v_counts pg_catalog.jsonb;
begin
  if p_window is null or p_window < interval '0' then
    raise exception 'The window is an interval of 0 or more, such as 24 hours, not %.', coalesce(quote_literal(p_window), 'null')
      using errcode = 'invalid_parameter_value';
  end if;
  foreach v_table in array array_remove(public.dual_write_tables(), 'habit_tracker') loop
    execute format($q$
      select coalesce(jsonb_object_agg(v.version, v.count), '{}') from (
        select coalesce(source_version, 'null') as version, count(*) from public.%I group by 1) v
    $q$, v_table) into v_counts;
    v_versions := v_versions || jsonb_build_object(v_table, v_counts);
  end loop;

  return (
    select jsonb_build_object(
      'window_seconds', extract(epoch from p_window)::double precision,
      'mode', public.dual_write_mode(),
      'week_alignment', public.dual_write_alignment(),
      'requests', count(*),
      'requests_per_minute', count(*) / nullif(extract(epoch from p_window)::double precision / 60, 0),
      'success_rate', count(*) filter (where r.status between 200 and 299)::double precision / nullif(count(*), 0),
      'error_rate', count(*) filter (where r.status >= 500)::double precision / nullif(count(*), 0),
      'replay_rate', count(*) filter (where r.replayed)::double precision / nullif(count(*), 0),
      'latency_ms', jsonb_build_object(
        'p50', percentile_cont(0.5) within group (order by r.duration_ms),
        'p95', percentile_cont(0.95) within group (order by r.duration_ms),
        'p99', percentile_cont(0.99) within group (order by r.duration_ms)),
      'open_failures', (
        select count(*) from public.dual_write_failures f where f.resolved_at is null and f.error <> 'duplicate_week'),
      'duplicate_weeks', (
        select count(*) from public.dual_write_failures f where f.resolved_at is null and f.error = 'duplicate_week'),
      'expired_keys', (select count(*) from public.idempotency_log l where l.expires_at < now()),
      'trigger_enabled', (
        select bool_and(exists (
          select from pg_catalog.pg_trigger t
          where t.tgrelid = to_regclass('public.habit_tracker') and t.tgname = 'trigger_habit_tracker_dual_write' || n.name
            and t.tgenabled in ('O', 'A')))
        from unnest(array['', '_commit', '_insert', '_update', '_truncate']) n (name)),
      'pending_constraints', (
        select coalesce(jsonb_agg(v.constraint_name order by v.constraint_name), '[]') from (
          select c.conname as constraint_name from pg_catalog.pg_constraint c
          where not c.convalidated and c.contype in ('f', 'c') and c.conrelid <> 0
            and c.connamespace = 'public'::pg_catalog.regnamespace) v),
      'rls', (select jsonb_object_agg(s.table_name, s.rls_enabled) from public.get_rls_status() s),
      'open_tables', to_jsonb(public.dual_write_open_tables()),
      'bound_tables', to_jsonb(public.dual_write_bound_tables()),
      'source_versions', v_versions)
    from public.dual_write_requests r
    where r.created_at >= now() - least(p_window, interval '1000 years'));
end $$;

select dual_write_restrict();
