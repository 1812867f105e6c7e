-- How the dual-write is doing, in one JSON object. Rates are fractions of the window's requests (null
-- without any), durations are milliseconds.
create or replace function dual_write_health(p_window interval default '24 hours') returns jsonb
language plpgsql stable security definer
set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_versions jsonb := '{}';
  v_table text;
  v_counts jsonb;
begin
  foreach v_table in array array['children', 'weeks', 'habits', 'habit_records', 'habit_templates', 'notifications'] loop
    execute format($q$
      select coalesce(jsonb_object_agg(v.version, v.count), '{}') from (
        select coalesce(source_version, 'null') as version, count(*) from %I group by 1) v
    $q$, v_table) into v_counts;
    v_versions := v_versions || jsonb_build_object(v_table, v_counts);
  end loop;

  return (
    select jsonb_build_object(
      'window_seconds', extract(epoch from p_window)::double precision,
      'mode', dual_write_mode(),
      'week_alignment', coalesce((select s.week_alignment from dual_write_settings s), 'skip'),
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
        select count(*) from dual_write_failures f where f.resolved_at is null and f.error <> 'duplicate_week'),
      'duplicate_weeks', (
        select count(*) from dual_write_failures f where f.resolved_at is null and f.error = 'duplicate_week'),
      'expired_keys', (select count(*) from idempotency_log l where l.expires_at < now()),
      'trigger_enabled', (
        select count(*) = 2 from pg_trigger t
        where t.tgrelid = to_regclass('habit_tracker') and t.tgenabled in ('O', 'A')
          and t.tgname in ('trigger_habit_tracker_dual_write', 'trigger_habit_tracker_dual_write_commit')),
      'pending_constraints', (
        select coalesce(jsonb_agg(v.constraint_name order by v.constraint_name), '[]') from (
          select c.conname as constraint_name from pg_constraint c
          where not c.convalidated and c.contype in ('f', 'c') and c.conrelid <> 0
            and c.connamespace = 'public'::regnamespace) v),
      'rls', (select jsonb_object_agg(s.table_name, s.rls_enabled) from get_rls_status() s),
      'source_versions', v_versions)
    from dual_write_requests r
    where r.created_at >= now() - p_window);
end $$;

select dual_write_restrict();
