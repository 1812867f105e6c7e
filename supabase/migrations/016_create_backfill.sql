-- Brings over what was written while the dual-write was not on, or before it existed.

-- One row for each week that it changed (or would), and for each legacy row that it skipped.
--
-- A dry run does the work and takes it back, which is what makes it exact. Weeks that are missing
-- come first, so that a series of limited calls does not compare the finished ones again each time.
create or replace function backfill_legacy_weeks(
  p_dry_run boolean default true, p_since timestamptz default null, p_limit int default 1000)
returns table (
  legacy_id text, child_name text, week_start_date date, action text, reason text, habits int, records int)
language plpgsql security definer
set search_path = pg_catalog, public, pg_temp
set lock_timeout = '5s'
set statement_timeout = '15min'
set jit = off
as $$
#variable_conflict use_column
declare
  v_alignment text := coalesce((select s.week_alignment from dual_write_settings s), 'skip');
  v_row habit_tracker;
  v_winner habit_tracker;
  -- Not a record: one that was never assigned has no fields to ask for, and the very first row may fail.
  v_action text;
  v_reason text;
  v_habits int;
  v_records int;
  v_follows text;
  v_error text;
  v_changed int := 0;
begin
  begin
    for v_row in
      select h.* from habit_tracker h
      left join children c on c.user_id = h.user_id and dual_write_text(c.name) = dual_write_text(h.child_name)
      left join weeks w on w.child_id = c.id and w.week_start_date = dual_write_week(h.week_start_date, v_alignment)
      where p_since is null or h.updated_at is null or h.updated_at >= p_since
      -- Rows without owner last: the child that makes them somebody's may only come with this run.
      order by dual_write_week(h.week_start_date, v_alignment) is not null, h.user_id is null, w.id is not null,
        dual_write_text(h.child_name), h.week_start_date, h.id
    loop
      exit when v_changed >= p_limit;
      v_error := null;
      begin
        select s.action, s.reason, s.habits, s.records, s.winner
          into v_action, v_reason, v_habits, v_records, v_follows
          from dual_write_sync(
            v_row.user_id, v_row.child_name, v_row.week_start_date, v_row.id::text, 'BACKFILL', 'migration', false) s;
      exception
        when sqlstate 'DW001' then v_error := sqlerrm;
        when others then v_error := format('%s (%s)', sqlerrm, sqlstate);
      end;

      -- A row that is answered stays answered when a dry run takes back what was done for it.
      if v_error is null and v_action in ('create', 'update') then
        v_changed := v_changed + 1;
        v_winner := v_row;
        if v_follows <> v_row.id::text then
          select h.* into v_winner from habit_tracker h where h.id::text = v_follows;
        end if;
        legacy_id := v_follows;
        child_name := v_winner.child_name;
        week_start_date := v_winner.week_start_date;
        action := v_action;
        reason := v_reason;
        habits := v_habits;
        records := v_records;
        return next;
      end if;
      if v_error is not null or v_action = 'skip' or v_follows <> v_row.id::text then
        legacy_id := v_row.id::text;
        child_name := v_row.child_name;
        week_start_date := v_row.week_start_date;
        action := 'skip';
        reason := coalesce(v_error, case v_action when 'skip' then v_reason else 'duplicate_week' end);
        habits := 0;
        records := 0;
        return next;
      end if;
      if v_error is not null then
        perform dual_write_record_failure('BACKFILL', v_row.id::text, v_error, to_jsonb(v_row));
      end if;
    end loop;
    if p_dry_run is not false then
      raise exception 'dry run' using errcode = 'DW000';
    end if;
  exception when sqlstate 'DW000' then
    null;
  end;
end $$;

-- Every difference between the two sides of one week, as
-- [{ "type", "path", "legacy", "normalized" }] with the types of the drift report; null when neither
-- side has the week. Stable, so that all of it is read from one snapshot.
create or replace function dual_write_differences(p_user uuid, p_child text, p_date date) returns jsonb
language plpgsql stable
set search_path = pg_catalog, public, pg_temp
as $$
#variable_conflict use_column
declare
  v_alignment text := coalesce((select s.week_alignment from dual_write_settings s), 'skip');
  v_week date := dual_write_week(p_date, v_alignment);
  v_name text := dual_write_text(p_child);
  v_owners uuid[] := dual_write_owners(p_child);
  v_rows habit_tracker[];
  v_row habit_tracker;
  v_child uuid;
  v_normalized weeks;
  v_found jsonb := '[]';
  v_expected jsonb;
begin
  if v_week is null then
    -- For the legacy side only: its absence on the other side is what should be.
    return (select '[]'::jsonb where exists (
      select from dual_write_claims(p_user, p_child, p_date, 'exact', v_owners = array[p_user])));
  end if;

  select array_agg(c order by c.updated_at desc nulls last, c.id desc) into v_rows
    from dual_write_claims(p_user, p_child, v_week, v_alignment, v_owners = array[p_user]) c;
  v_row := v_rows[1];
  select c.id into v_child from children c
    where c.user_id = p_user and dual_write_text(c.name) = v_name
    order by c.name = v_name desc, c.created_at, c.id limit 1;
  select w.* into v_normalized from weeks w where w.child_id = v_child and w.week_start_date = v_week;

  if p_user = any (v_owners) and cardinality(v_owners) > 1 and exists (
    select from dual_write_claims(null, p_child, v_week, v_alignment, true)) then
    v_found := v_found || jsonb_build_object('type', 'AMBIGUOUS_OWNER', 'path', null, 'legacy', null, 'normalized', null);
  end if;
  if cardinality(v_rows) > 1 then
    v_found := v_found || jsonb_build_object('type', 'DUPLICATE_WEEK', 'path', null,
      'legacy', cardinality(v_rows), 'normalized', null);
  end if;

  if v_row.id is null then
    if v_normalized.id is null then
      return nullif(v_found, '[]');
    end if;
    return v_found || jsonb_build_object('type', 'ORPHAN_WEEK', 'path', null, 'legacy', null, 'normalized', v_week);
  end if;
  if v_normalized.id is null then
    return v_found || jsonb_build_object('type', case when v_child is null then 'MISSING_CHILD' else 'MISSING_WEEK' end,
      'path', null, 'legacy', v_week, 'normalized', null);
  end if;

  select v_found || coalesce(jsonb_agg(jsonb_build_object(
      'type', 'DATA_MISMATCH', 'path', f.path, 'legacy', f.legacy, 'normalized', f.normalized)), '[]')
    into v_found
    from (values
      ('theme', to_jsonb(v_row.theme), to_jsonb(v_normalized.theme)),
      ('reward', to_jsonb(v_row.reward), to_jsonb(v_normalized.reward)),
      ('reflection', v_row.reflection, v_normalized.reflection),
      ('week_end_date', to_jsonb(v_week + 6), to_jsonb(v_normalized.week_end_date))) f (path, legacy, normalized)
    where dual_write_canonical(f.legacy) is distinct from dual_write_canonical(f.normalized);

  begin
    select coalesce(jsonb_agg(to_jsonb(e) order by e.place), '[]') into v_expected
      from dual_write_expected(v_row.habits) e;
  exception when sqlstate 'DW001' then
    -- What cannot be read cannot be compared.
    return v_found || jsonb_build_object('type', 'MALFORMED_LEGACY',
      'path', substring(sqlerrm from 'malformed: (habits[^ ]*)'), 'legacy', null, 'normalized', null);
  end;

  with legacy as (
    select e.place, e.name, e.cells from jsonb_to_recordset(v_expected) e (place int, name text, cells jsonb)),
  normalized as (
    select h.id, dual_write_text(h.name) as name from habits h where h.week_id = v_normalized.id),
  habit as (
    select case when n.id is null then 'MISSING_HABIT' else 'ORPHAN_HABIT' end as type,
      'habits/' || coalesce(l.name, n.name) as path, to_jsonb(l.name) as legacy, to_jsonb(n.name) as normalized
    from legacy l full join normalized n using (name)
    where l.name is null or n.id is null),
  cell as (
    select l.place, l.name, v_week + c.day::int - 1 as date, c.day::int - 1 as day, c.status
    from legacy l, jsonb_array_elements_text(l.cells) with ordinality c (status, day)
    where c.status is not null),
  entry as (
    select n.name, r.record_date as date, r.status
    from normalized n join habit_records r on r.habit_id = n.id
    where exists (select from legacy l where l.name = n.name) and r.status <> 'none'),
  record as (
    select case
        when c.status not in ('green', 'yellow', 'red') then 'MALFORMED_LEGACY'
        when e.status is null then 'MISSING_RECORD'
        when c.status is null then 'ORPHAN_RECORD'
        else 'DATA_MISMATCH' end as type,
      case when c.status not in ('green', 'yellow', 'red') then format('habits[%s].times[%s]', c.place, c.day)
        else format('habits/%s/%s', name, date) end as path,
      to_jsonb(c.status) as legacy, to_jsonb(e.status) as normalized
    from cell c full join entry e using (name, date)
    where c.status is distinct from e.status
      and (c.status is null or exists (select from normalized n where n.name = c.name)))
  select v_found || coalesce(jsonb_agg(to_jsonb(d) order by d.path), '[]') into v_found
    from (select * from habit union all select * from record) d;
  return v_found;
end $$;

select dual_write_restrict();
