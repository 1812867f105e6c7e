-- What keeps the books small: working off failures, and forgetting what is old.

-- Tries every open failure again, in any mode. Answers how many could be resolved.
create or replace function retry_dual_write_failures(p_limit int default 1000) returns int
language plpgsql security definer
set search_path = pg_catalog, public, pg_temp
set lock_timeout = '5s'
set jit = off
as $$
declare
  v_failure dual_write_failures;
  v_row jsonb;
  v_resolved int := 0;
begin
  for v_failure in
    select f.* from dual_write_failures f
    where f.resolved_at is null and f.error <> 'duplicate_week'
    order by f.id limit p_limit
  loop
    -- An earlier round may have put it right already: that counts, it was this call's doing.
    if exists (select from dual_write_failures f where f.id = v_failure.id and f.resolved_at is not null) then
      v_resolved := v_resolved + 1;
      continue;
    end if;
    -- The week that it was about, and the one where the row is now.
    v_row := (select to_jsonb(h) from habit_tracker h where h.id::text = v_failure.legacy_id);
    if dual_write_try(v_failure.payload, v_failure.operation, 'dual_write')
      and (v_row is null or dual_write_try(v_row, v_failure.operation, 'dual_write'))
    then
      update dual_write_failures f set resolved_at = coalesce(f.resolved_at, now()) where f.id = v_failure.id;
      v_resolved := v_resolved + 1;
    end if;
  end loop;
  return v_resolved;
end $$;

-- Removes keys that expired, requests older than a week, and the memory of cells whose week is gone.
-- Answers how many keys it removed.
create or replace function cleanup_idempotency_log() returns int
language plpgsql security definer
set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_deleted int;
begin
  delete from idempotency_log where expires_at < now();
  get diagnostics v_deleted = row_count;
  delete from dual_write_requests where created_at < now() - interval '7 days';
  delete from dual_write_cells c
    where not exists (select from habit_tracker h where h.id::text = c.legacy_id);
  return v_deleted;
end $$;

-- Scheduling by name replaces what is there, so that this can be applied twice. Where pg_cron is
-- switched on only later, apply this file again. Nobody who switched the dual-write off expects a schedule to go on writing.
do $$
begin
  if exists (select from pg_extension where extname = 'pg_cron') then
    perform cron.schedule('cleanup-idempotency-log', '0 2 * * *', 'select public.cleanup_idempotency_log()');
    perform cron.schedule('retry-dual-write-failures', '*/15 * * * *', $cron$select public.retry_dual_write_failures() from public.dual_write_settings where mode = 'on'$cron$);
  end if;
end $$;

select dual_write_restrict();
