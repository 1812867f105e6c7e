-- Keeps the log tables small: retries failures, and deletes old entries.

-- Retries open failures, in any mode. Returns how many could be resolved.
--
-- No owner's failures hold up another's: the first failure of each owner comes before anybody's second, and those that were
-- tried least often come first. A failure that keeps failing is delayed: it comes after all others until as many minutes
-- have passed as two to the power of its attempts, at most a day. If time runs out, the rest waits for the next call, and
-- so does everything if the call is isolated from what others commit: it could not see what is resolved.
create or replace function retry_dual_write_failures(p_limit int default 1000) returns int
language plpgsql security definer
set search_path = ''
set lock_timeout = '2s'
set jit = off
set row_security = off
as $$
declare
  v_failure public.dual_write_failures;
  v_row pg_catalog.jsonb;
  v_done boolean;
  v_resolved int := 0;
  v_replan int := 10;
begin
  if not public.dual_write_is_current() then
    return 0;
  end if;
  for v_failure in
    with waiting as (
      select f.id, f.attempts, f.payload -> 'user_id' as owner,
        f.attempts > 1 and f.tried_at + least(interval '1 minute' * 2 ^ least(f.attempts, 20), interval '1 day') > now() as has_time
      from public.dual_write_failures f
      where f.resolved_at is null and f.error <> 'duplicate_week'),
    queued as (
      select w.*, row_number() over (partition by w.owner order by w.has_time, w.attempts, w.id) as turn from waiting w)
    select f.* from queued q join public.dual_write_failures f using (id)
    order by q.has_time, q.turn, q.attempts, q.id limit p_limit
  loop
    exit when not public.dual_write_may_sync();
    -- An earlier round may have put it right already: that counts, it was this call's doing.
    if exists (select from public.dual_write_failures f where f.id = v_failure.id and f.resolved_at is not null) then
      v_resolved := v_resolved + 1;
      continue;
    end if;
    if v_failure.operation = 'TRUNCATE' then
      v_done := not public.dual_write_has_unclaimed();
      if not v_done then
        update public.dual_write_failures f set attempts = f.attempts + 1, tried_at = clock_timestamp() where f.id = v_failure.id;
      end if;
    else
      -- The week that it was about, and the one where the row is now.
      v_row := (select to_jsonb(h) from public.habit_tracker h where h.id::pg_catalog.text = v_failure.legacy_id);
      v_done := (v_failure.payload = '{}' or public.dual_write_try(v_failure.payload, v_failure.operation, 'dual_write'))
        and (v_row is null or public.dual_write_try(v_row, v_failure.operation, 'dual_write'));
    end if;
    -- One that no longer says what it is about has another in its place, if the row still cannot be followed.
    if v_done or v_failure.operation <> 'TRUNCATE' and v_failure.payload = '{}' then
      perform public.dual_write_resolve(array[v_failure.id], array[v_failure.attempts]);
    end if;
    if v_done and exists (select from public.dual_write_failures f where f.id = v_failure.id and f.resolved_at is not null) then
      v_resolved := v_resolved + 1;
      -- As the backfill does: plans that were made while a table was empty may read it whole.
      if v_resolved >= v_replan then
        execute 'discard plans';
        v_replan := v_replan * 10;
      end if;
    end if;
  end loop;
  return v_resolved;
end $$;

-- Deletes expired keys, requests older than a week, failures that were resolved a month ago, the times of cells whose week
-- is gone, and what failures say about users and children that no longer exist. When a user's keys were counted is deleted
-- as well: they are counted again. Resolves duplicates whose row is gone, or that say nothing any more. Returns how many keys it deleted.
create or replace function cleanup_idempotency_log() returns int
language plpgsql security definer
set search_path = ''
set row_security = off
as $$
declare
  v_deleted int;
begin
  delete from public.idempotency_log where expires_at < now();
  get diagnostics v_deleted = row_count;
  delete from public.dual_write_requests where created_at < now() - interval '7 days';
  delete from public.dual_write_cells c
    where not exists (select from public.habit_tracker h where h.id::pg_catalog.text = c.legacy_id);
  delete from public.dual_write_failures where resolved_at < now() - interval '30 days';
  -- A child that only the legacy side has is one, too. A row without user_id speaks of a child as long as it is there. Each is a
  -- join, so that the time does not grow with failures times users.
  update public.dual_write_failures f set payload = '{}'
    where f.id in (
      select o.id from public.dual_write_failures o
      where o.payload <> '{}' and o.payload ->> 'user_id' is null
        and not exists (select from public.habit_tracker h where h.id::pg_catalog.text = o.legacy_id)
        and (o.resolved_at is not null or not exists (
          select from public.children c
          where public.dual_write_text(c.name) = public.dual_write_text(o.payload ->> 'child_name')))
      union all
      select o.id from public.dual_write_failures o
      where o.payload ->> 'user_id' is not null
        and not exists (select from auth.users u where u.id::pg_catalog.text = o.payload ->> 'user_id')
      union all
      select o.id from public.dual_write_failures o
      where o.payload ->> 'user_id' is not null
        and not exists (
          select from public.children c
          where c.user_id::pg_catalog.text = o.payload ->> 'user_id'
            and public.dual_write_text(c.name) = public.dual_write_text(o.payload ->> 'child_name'))
        and not exists (
          select from public.habit_tracker h
          where h.user_id::pg_catalog.text = o.payload ->> 'user_id'
            and public.dual_write_text(h.child_name) = public.dual_write_text(o.payload ->> 'child_name')));
  -- One whose row went while its week could not be synced, or that no longer says which week it is about: no sync finds it, and
  -- where the row still loses that week, the next one puts it on record again.
  update public.dual_write_failures f set resolved_at = now()
    where f.resolved_at is null and f.error = 'duplicate_week'
      and (f.payload = '{}' or not exists (select from public.habit_tracker h where h.id::pg_catalog.text = f.legacy_id));
  delete from public.dual_write_quotas where user_id in (select q.user_id from public.dual_write_quotas q for update skip locked);
  return v_deleted;
end $$;

-- Scheduling by name replaces an existing schedule, so this can be applied twice. If pg_cron is enabled only later, apply
-- this file again. Nobody who switched the dual-write off expects a schedule to go on writing.
do $$
begin
  if exists (select from pg_extension where extname = 'pg_cron') then
    perform cron.schedule('cleanup-idempotency-log', '0 2 * * *', 'select public.cleanup_idempotency_log()');
    perform cron.schedule('retry-dual-write-failures', '*/15 * * * *', $cron$select public.retry_dual_write_failures() from public.dual_write_settings where mode = 'on'$cron$);
  end if;
end $$;

select dual_write_restrict();
