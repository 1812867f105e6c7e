-- Migrates what was written while the dual-write was off, or before it existed.

-- Returns one row for each week that it changed (or would change), and for each legacy row that it skipped. A week that only
-- had an open failure changes as well: the failure is resolved.
--
-- A dry run does the work and rolls it back week by week, which makes it exact, and keeps nobody waiting. Missing weeks come
-- first, so that a series of limited calls does not compare the finished ones again each time. A row that cannot be migrated,
-- such as one without user_id, is skipped with its reason and recorded, and does not stop the others. However many rows claim a
-- week, it is migrated once. A call ends when it has changed weeks of 2,000 children, because it holds a lock on each.
create or replace function backfill_legacy_weeks(
  p_dry_run boolean default true, p_since timestamptz default null, p_limit int default 1000)
returns table (
  legacy_id text, child_name text, week_start_date date, action text, reason text, habits int, records int)
language plpgsql security definer
set search_path = ''
set row_security = off
set lock_timeout = '5s'
set statement_timeout = '15min'
set jit = off
as $$
#variable_conflict use_column
declare
  v_alignment constant pg_catalog.text := public.dual_write_alignment();
  v_row public.habit_tracker;
  v_winner public.habit_tracker;
  -- Not a record: one that was never assigned has no fields to ask for, and the very first row may fail.
  v_action pg_catalog.text;
  v_reason pg_catalog.text;
  v_habits int;
  v_records int;
  v_follows pg_catalog.text;
  v_noted boolean;
  v_error pg_catalog.text;
  v_week pg_catalog.jsonb;
  v_last_week pg_catalog.jsonb;
  v_last_child pg_catalog.jsonb;
  v_changed int := 0;
begin
  -- While the mode is another one, a backfill is no promise about what is written beside it.
  if p_dry_run is false and public.dual_write_mode() = 'on' then
    if not public.dual_write_is_current() then
      raise exception 'The backfill has to see what others commit while it runs, and this transaction does not. Nothing was changed. Run it at the isolation level read committed, which is the default.'
        using errcode = 'object_not_in_prerequisite_state';
    end if;
    if current_setting('dual_write.switched', true) = 'on' then
      raise warning 'The dual-write was switched on in this transaction, so nobody else follows it before the transaction ends, and what is written until then may be missed. Run the backfill once more after that.';
    end if;
    perform public.dual_write_await_earlier();
  end if;
  for v_row in
    select h.* from public.habit_tracker h
    where p_since is null or h.updated_at is null or h.updated_at >= p_since
    order by public.dual_write_week(h.week_start_date, v_alignment) is not null,
      -- Not a join: a child may be there in several spellings, and a legacy row is looked at once.
      exists (
        select from public.children c join public.weeks w on w.child_id = c.id
        where c.user_id = h.user_id and public.dual_write_text(c.name) = public.dual_write_text(h.child_name)
          and w.week_start_date = public.dual_write_week(h.week_start_date, v_alignment)),
      public.dual_write_text(h.child_name), h.user_id, public.dual_write_week(h.week_start_date, v_alignment), h.week_start_date, h.id
  loop
    exit when v_changed >= p_limit or not public.dual_write_has_room();
    v_week := jsonb_build_array(
      v_row.user_id, public.dual_write_text(v_row.child_name), public.dual_write_week(v_row.week_start_date, v_alignment));
    if v_week = v_last_week and v_week -> 2 <> 'null' then
      v_action := 'none';
      v_reason := null;
    else
      v_error := null;
      begin
        select s.action, s.reason, s.habits, s.records, s.winner, s.noted
          into v_action, v_reason, v_habits, v_records, v_follows, v_noted
          from public.dual_write_sync(
            v_row.user_id, v_row.child_name, v_row.week_start_date, v_row.id::pg_catalog.text, 'BACKFILL', 'migration', false) s;
        -- What is taken back here is the lock: nobody has to wait until the end for a child of which nothing changed.
        if p_dry_run is not false or v_action = 'none' and not v_noted then
          raise exception 'as it was' using errcode = 'DW002';
        end if;
      exception when sqlstate 'DW002' then
        null;
      when others then
        v_error := public.dual_write_reason(sqlstate, sqlerrm);
        -- Whoever holds a child for that long may have many weeks here: one is enough to wait for.
        if sqlstate = '55P03' then
          perform set_config('lock_timeout', '10ms', true);
        end if;
      end;
    end if;
    v_last_week := v_week;

    if v_error is null and (v_action in ('create', 'update') or v_action = 'none' and v_reason is not null) then
      v_changed := v_changed + 1;
      -- A plan that was made while a table was empty may read it whole for each week, so plans are made anew as the tables grow.
      if v_changed in (10, 100, 1000, 10000) then
        execute 'discard plans';
      end if;
      -- The first week of a child brings the child with it, which a dry run has taken back by the next one.
      if v_reason = 'the child is missing' and v_week - 2 = v_last_child then
        v_reason := 'the week is missing';
      end if;
      v_last_child := v_week - 2;
      v_winner := v_row;
      if v_follows <> v_row.id::pg_catalog.text then
        select h.* into v_winner from public.habit_tracker h where h.id::pg_catalog.text = v_follows;
      end if;
      legacy_id := coalesce(v_follows, v_row.id::pg_catalog.text);
      child_name := v_winner.child_name;
      week_start_date := v_winner.week_start_date;
      action := case v_action when 'none' then 'update' else v_action end;
      reason := v_reason;
      habits := v_habits;
      records := v_records;
      return next;
    end if;
    if v_error is not null or v_action = 'skip' or v_follows <> v_row.id::pg_catalog.text then
      legacy_id := v_row.id::pg_catalog.text;
      child_name := v_row.child_name;
      week_start_date := v_row.week_start_date;
      action := 'skip';
      reason := coalesce(v_error, case v_action when 'skip' then v_reason else 'duplicate_week' end);
      habits := 0;
      records := 0;
      return next;
    end if;
    if v_error is not null and p_dry_run is false then
      perform public.dual_write_record_failure('BACKFILL', v_row.id::pg_catalog.text, v_error, to_jsonb(v_row));
    end if;
  end loop;
end $$;

-- What there is to say of a week that no legacy row of this user stands for.
create or replace function dual_write_orphan(p_user uuid, p_week weeks) returns jsonb
language sql stable
set search_path = ''
as $$
  select jsonb_build_array(jsonb_build_object('type', 'ORPHAN_WEEK', 'path', null, 'legacy', null, 'normalized', p_week.week_start_date))
    || case when p_week.user_id is distinct from p_user then jsonb_build_array(jsonb_build_object('type', 'WRONG_OWNER', 'path', 'user_id',
      'legacy', p_user, 'normalized', p_week.user_id)) else '[]' end
$$;

-- Every difference between the two sides of one user's week, as [{ "type", "path", "legacy", "normalized" }] with the types
-- of the drift report; null when neither side has the week. Stable, so that everything is read from one snapshot.
create or replace function dual_write_differences(p_user uuid, p_child text, p_date date) returns jsonb
language plpgsql stable
set search_path = ''
set datestyle = 'ISO'
set row_security = off
as $$
declare
  v_alignment constant pg_catalog.text := public.dual_write_alignment();
  v_week constant pg_catalog.date := public.dual_write_week(p_date, v_alignment);
  v_rows public.habit_tracker[];
  v_weeks public.weeks[];
  v_week_row public.weeks;
  v_found pg_catalog.jsonb := '[]';
begin
  if v_week is distinct from p_date then
    -- No legacy row stands for a normalized week of this date.
    select coalesce(jsonb_agg(d), '[]')
      into v_found
      from public.children c join public.weeks w on w.child_id = c.id, jsonb_array_elements(public.dual_write_orphan(p_user, w)) d
      where c.user_id = p_user and public.dual_write_text(c.name) = public.dual_write_text(p_child) and w.week_start_date = p_date;
  end if;
  if v_week is null then
    -- For the legacy side only: its absence on the other side is what should be.
    return case when v_found <> '[]' or exists (select from public.dual_write_claims(p_user, p_child, p_date, 'exact')) then v_found end;
  end if;

  select array_agg(c order by c.updated_at desc nulls last, c.id desc) into v_rows
    from public.dual_write_claims(p_user, p_child, v_week, v_alignment) c left join public.habit_tracker on false;
  select array_agg(w order by w.id) into v_weeks
    from public.children c join public.weeks w on w.child_id = c.id
    where c.user_id = p_user and public.dual_write_text(c.name) = public.dual_write_text(p_child) and w.week_start_date = v_week;
  if v_rows is null and v_weeks is null then
    return nullif(v_found, '[]');
  end if;

  if cardinality(v_rows) > 1 then
    v_found := v_found || jsonb_build_object('type', 'DUPLICATE_WEEK', 'path', null,
      'legacy', cardinality(v_rows), 'normalized', null);
  end if;
  if v_weeks is null then
    return v_found || jsonb_build_object('type', case when exists (
        select from public.children c
        where c.user_id = p_user and public.dual_write_text(c.name) = public.dual_write_text(p_child))
      then 'MISSING_WEEK' else 'MISSING_CHILD' end, 'path', null, 'legacy', v_week, 'normalized', null)
      -- What cannot be read is most likely why it is missing.
      || (
        select coalesce(jsonb_agg(d), '[]')
        from jsonb_array_elements(public.dual_write_compare(
          v_rows[1], jsonb_populate_record(null::public.weeks, jsonb_build_object('week_start_date', v_week)))) d
        where d ->> 'type' = 'MALFORMED_LEGACY');
  end if;
  v_week_row := case when v_rows is not null then public.dual_write_closest(v_rows[1], v_weeks) end;
  select v_found || coalesce(jsonb_agg(d), '[]')
    into v_found
    from unnest(v_weeks) w, jsonb_array_elements(public.dual_write_orphan(p_user, w)) d where w.id is distinct from v_week_row.id;
  if v_rows is null then
    return v_found;
  end if;
  return v_found || public.dual_write_compare(v_rows[1], v_week_row);
end $$;

select dual_write_restrict();
