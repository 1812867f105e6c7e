create or replace function s_child(children text, alignment text, since text default null, until text default null) returns jsonb
language sql stable
set search_path = pg_catalog, public, pg_temp
-- A result is never asked for twice, so remembering it only costs.
set jit = off
set enable_memoize = off
set enable_mergejoin = off
set work_mem = '16MB'
as $$
with bounds as materialized (
  select coalesce(since, '-infinity')::date as first, coalesce(until::date - 1, 'infinity') as last
), child as materialized (
  select (ordinality - 1)::int as child, value
  from jsonb_array_elements(children::jsonb) with ordinality
), legacy_child as materialized (
  select child, (value ->> 0)::uuid as owner, value ->> 1 as name
  from (select child, jsonb_array_elements(value -> 'legacy') as value from child) as names
), normalized_child as materialized (
  select child, (value ->> 0)::uuid as id, (value ->> 1)::uuid as owner
  from (select child, jsonb_array_elements(value -> 'normalized') as value from child) as ids
), legacy as materialized (
  select
    c.child, placed.week,
    alignment = 'skip' and (placed.week - date '0001-01-01') % 7 <> 0 as skipped,
    coalesce(h.odd, false) or placed.week > date '9999-12-25' as odd,
    h.habits, coalesce(h.records, 0) as records, coalesce(h.half_1, 0) as half_1, coalesce(h.half_2, 0) as half_2,
    t.row, coalesce(t.theme, '') as theme, coalesce(t.reward, '') as reward, coalesce(nullif(t.reflection, 'null'), '{}') as reflection
  from bounds b cross join legacy_child c
  -- One by one, so that a statement costs what its own children cost, whatever the planner makes of the whole table.
  cross join lateral (
    select t.ctid as row, t.week_start_date, t.theme, t.reward, t.habits, t.reflection from public.habit_tracker t
    where t.user_id = c.owner and t.child_name = c.name and t.week_start_date >= b.first and t.week_start_date <= b.last
    union all
    select t.ctid as row, t.week_start_date, t.theme, t.reward, t.habits, t.reflection from public.habit_tracker t
    where c.owner is null and t.user_id is null and t.child_name = c.name and t.week_start_date >= b.first and t.week_start_date <= b.last
    union all
    select t.ctid as row, t.week_start_date, t.theme, t.reward, t.habits, t.reflection from public.habit_tracker t
    where b.last = 'infinity' and t.user_id is not distinct from c.owner and t.child_name = c.name and t.week_start_date is null
  ) as t
  cross join lateral (
    select case when t.week_start_date between date '0001-01-01' and date '9999-12-31' then
      t.week_start_date - case alignment when 'monday' then (t.week_start_date - date '0001-01-01') % 7 else 0 end
    end as week
    offset 0
  ) as placed
  cross join lateral (
    select
      count(*) as habits, sum(records) as records,
      sum(hashtextextended(name, cells)) as half_1, sum(hashtextextended(name, cells + 4294967296)) as half_2,
      -- A name that repeats is another one on the normalized side.
      bool_or(name is null or cells >= 268435456) or jsonb_typeof(t.habits) not in ('array', 'null')
        or count(distinct hashtextextended(name, 0)) < count(*) as odd
    from (
      select
        name, cells,
        case when cells < 268435456 then cells >> 21 else (
          select count(*) from jsonb_array_elements(case jsonb_typeof(times) when 'array' then times else '[]' end)
          where jsonb_typeof(value) <> 'null'
            and (jsonb_typeof(value) <> 'string' or coalesce(driftwatch_text(value #>> '{}'), 'none') <> 'none')
        ) end as records
      from (
        select
          driftwatch_text(raw_name) as name, times,
          case when jsonb_typeof(times) = 'array' then
            case when jsonb_array_length(times) = 7 then
              driftwatch_cell(times ->> 0, 0) + driftwatch_cell(times ->> 1, 1) + driftwatch_cell(times ->> 2, 2)
                + driftwatch_cell(times ->> 3, 3) + driftwatch_cell(times ->> 4, 4) + driftwatch_cell(times ->> 5, 5)
                + driftwatch_cell(times ->> 6, 6)
            else 268435456 end
          else 268435456 end as cells
        from (
          select
            case jsonb_typeof(value -> 'name') when 'string' then value ->> 'name' end as raw_name, value -> 'times' as times
          from jsonb_array_elements(case jsonb_typeof(t.habits) when 'array' then t.habits else '[]' end)
          offset 0
        ) as element
        offset 0
      ) as habit
    ) as habit
  ) as h
), normalized_week as materialized (
  select
    c.child, w.*,
    -- Dates that cannot be reckoned with are left to the action.
    case when w.week_start_date between date '0001-01-01' and date '9999-12-25' then w.week_start_date end as start
  from bounds b cross join normalized_child c
  cross join lateral (
    select w.ctid as row, w.id, w.week_start_date, w.week_end_date, w.theme, w.reward, w.reflection, w.source_version
    from public.weeks w
    where w.child_id = c.id and (c.owner is null or w.user_id = c.owner) and w.week_start_date >= b.first and w.week_start_date <= b.last
    offset 0
  ) as w
), habit as materialized (
  select w.row, w.start, (w.start - date '0001-01-01') % 7 as weekday, h.id, driftwatch_text(h.name) as name
  from normalized_week w
  cross join lateral (select h.id, h.name from public.habits h where h.week_id = w.id offset 0) as h
), record as (
  select
    habit_id, min(record_date) as first, max(record_date) as last,
    sum(driftwatch_cell(status, case when isfinite(record_date) then (record_date - date '0001-01-01') % 7 else 0 end)) as cells
  from (
    select habit_id, record_date, status
    from public.habit_records
    where since is not null and record_date >= (select first from bounds)
      -- A week that is no week of the calendar may reach into the next part.
      and record_date <= greatest((select last from bounds), (select max(start) + 6 from normalized_week))
    union all
    select r.habit_id, r.record_date, r.status
    from habit h
    cross join lateral (select r.habit_id, r.record_date, r.status from public.habit_records r where r.habit_id = h.id offset 0) as r
    where since is null
  ) as r
  group by habit_id
), filled as materialized (
  select
    h.row, h.name, r.habit_id, r.first, r.last,
    h.start is null or r.first < h.start or r.last > h.start + 6 or r.cells >= 268435456 or h.id is not null and h.name is null as odd,
    case
      when r.cells is null then 0
      when h.weekday = 0 then r.cells
      else (r.cells >> 21 << 21) + (((r.cells & 2097151) >> 3 * h.weekday) | ((r.cells & 2097151) << 21 - 3 * h.weekday) & 2097151)
    end as cells
  from habit h full join record r on r.habit_id = h.id
), stray as (
  select distinct c.child, w.week_start_date as week
  from bounds b cross join filled f
  cross join lateral (
    select w.child_id, w.user_id, w.week_start_date
    from public.habits h join public.weeks w on w.id = h.week_id
    where h.id = f.habit_id
      and not coalesce(f.first >= w.week_start_date and f.last <= least(w.week_start_date, '9999-12-25') + 6, false)
    offset 0
  ) as w
  join normalized_child c on c.id = w.child_id and (c.owner is null or w.user_id = c.owner)
  where f.row is null and f.first <= b.last
), normalized as materialized (
  select
    w.child, w.week_start_date as week, w.source_version as version,
    coalesce(h.odd, false) or w.start is null as odd,
    coalesce(h.habits, 0) as habits, w.week_end_date is distinct from w.start + 6 as wrong_end,
    coalesce(h.half_1, 0) as half_1, coalesce(h.half_2, 0) as half_2,
    w.row, coalesce(w.theme, '') as theme, coalesce(w.reward, '') as reward, coalesce(nullif(w.reflection, 'null'), '{}') as reflection
  from normalized_week w
  left join (
    select
      row, count(*) as habits,
      sum(hashtextextended(name, cells)) as half_1, sum(hashtextextended(name, cells + 4294967296)) as half_2,
      bool_or(odd) as odd
    from filled
    where row is not null
    group by row
  ) as h using (row)
), met as materialized (
  select
    child, week, sum(claims) as claims, max(habits) as habits, max(records) as records, max(version) as version,
    max(legacy_row) as legacy_row, max(week_row) as week_row,
    bool_or(odd) as odd,
    sum(claims) = 1 and count(*) = 2 and not bool_or(wrong_end) and min(habits) = max(habits)
      and min(half_1) = max(half_1) and min(half_2) = max(half_2) as equal,
    min(text_1) = max(text_1) and min(text_2) = max(text_2) as same_text
  from (
    select
      child, week, 1 as claims, habits, records, null as version, odd, false as wrong_end, half_1, half_2,
      hashtextextended(theme, hashtextextended(reward, jsonb_hash_extended(reflection, 1))) as text_1,
      hashtextextended(theme, hashtextextended(reward, jsonb_hash_extended(reflection, 2))) as text_2,
      row as legacy_row, null::tid as week_row
    from legacy where week is not null and not skipped
    union all
    select
      child, week, 0, habits, null, version, odd, wrong_end, half_1, half_2,
      hashtextextended(theme, hashtextextended(reward, jsonb_hash_extended(reflection, 1))),
      hashtextextended(theme, hashtextextended(reward, jsonb_hash_extended(reflection, 2))),
      null, row
    from normalized
  ) as both_sides
  group by child, week
), week as materialized (
  select
    child, week, claims, habits, records, version,
    odd or equal and not same_text and compared is null as odd, equal and (same_text or coalesce(compared, false)) as equal
  from (
    select *,
      -- Texts that are not the same as they stand may still be so as they are compared.
      case when equal and not same_text then (
        select
          driftwatch_text(t.theme) is not distinct from driftwatch_text(w.theme)
          and driftwatch_text(t.reward) is not distinct from driftwatch_text(w.reward)
          and driftwatch_answers(t.reflection) = driftwatch_answers(w.reflection)
        from (select theme, reward, reflection from public.habit_tracker where ctid = met.legacy_row offset 0) as t,
          (select theme, reward, reflection from public.weeks where ctid = met.week_row offset 0) as w
      ) end as compared
    from met
    offset 0
  ) as met
)
select jsonb_build_object(1,(select count(*) from legacy_child),2,(select count(*) from normalized_child))
$$;
create or replace function s_legacy(children text, alignment text, since text default null, until text default null) returns jsonb
language sql stable
set search_path = pg_catalog, public, pg_temp
-- A result is never asked for twice, so remembering it only costs.
set jit = off
set enable_memoize = off
set enable_mergejoin = off
set work_mem = '16MB'
as $$
with bounds as materialized (
  select coalesce(since, '-infinity')::date as first, coalesce(until::date - 1, 'infinity') as last
), child as materialized (
  select (ordinality - 1)::int as child, value
  from jsonb_array_elements(children::jsonb) with ordinality
), legacy_child as materialized (
  select child, (value ->> 0)::uuid as owner, value ->> 1 as name
  from (select child, jsonb_array_elements(value -> 'legacy') as value from child) as names
), normalized_child as materialized (
  select child, (value ->> 0)::uuid as id, (value ->> 1)::uuid as owner
  from (select child, jsonb_array_elements(value -> 'normalized') as value from child) as ids
), legacy as materialized (
  select
    c.child, placed.week,
    alignment = 'skip' and (placed.week - date '0001-01-01') % 7 <> 0 as skipped,
    coalesce(h.odd, false) or placed.week > date '9999-12-25' as odd,
    h.habits, coalesce(h.records, 0) as records, coalesce(h.half_1, 0) as half_1, coalesce(h.half_2, 0) as half_2,
    t.row, coalesce(t.theme, '') as theme, coalesce(t.reward, '') as reward, coalesce(nullif(t.reflection, 'null'), '{}') as reflection
  from bounds b cross join legacy_child c
  -- One by one, so that a statement costs what its own children cost, whatever the planner makes of the whole table.
  cross join lateral (
    select t.ctid as row, t.week_start_date, t.theme, t.reward, t.habits, t.reflection from public.habit_tracker t
    where t.user_id = c.owner and t.child_name = c.name and t.week_start_date >= b.first and t.week_start_date <= b.last
    union all
    select t.ctid as row, t.week_start_date, t.theme, t.reward, t.habits, t.reflection from public.habit_tracker t
    where c.owner is null and t.user_id is null and t.child_name = c.name and t.week_start_date >= b.first and t.week_start_date <= b.last
    union all
    select t.ctid as row, t.week_start_date, t.theme, t.reward, t.habits, t.reflection from public.habit_tracker t
    where b.last = 'infinity' and t.user_id is not distinct from c.owner and t.child_name = c.name and t.week_start_date is null
  ) as t
  cross join lateral (
    select case when t.week_start_date between date '0001-01-01' and date '9999-12-31' then
      t.week_start_date - case alignment when 'monday' then (t.week_start_date - date '0001-01-01') % 7 else 0 end
    end as week
    offset 0
  ) as placed
  cross join lateral (
    select
      count(*) as habits, sum(records) as records,
      sum(hashtextextended(name, cells)) as half_1, sum(hashtextextended(name, cells + 4294967296)) as half_2,
      -- A name that repeats is another one on the normalized side.
      bool_or(name is null or cells >= 268435456) or jsonb_typeof(t.habits) not in ('array', 'null')
        or count(distinct hashtextextended(name, 0)) < count(*) as odd
    from (
      select
        name, cells,
        case when cells < 268435456 then cells >> 21 else (
          select count(*) from jsonb_array_elements(case jsonb_typeof(times) when 'array' then times else '[]' end)
          where jsonb_typeof(value) <> 'null'
            and (jsonb_typeof(value) <> 'string' or coalesce(driftwatch_text(value #>> '{}'), 'none') <> 'none')
        ) end as records
      from (
        select
          driftwatch_text(raw_name) as name, times,
          case when jsonb_typeof(times) = 'array' then
            case when jsonb_array_length(times) = 7 then
              driftwatch_cell(times ->> 0, 0) + driftwatch_cell(times ->> 1, 1) + driftwatch_cell(times ->> 2, 2)
                + driftwatch_cell(times ->> 3, 3) + driftwatch_cell(times ->> 4, 4) + driftwatch_cell(times ->> 5, 5)
                + driftwatch_cell(times ->> 6, 6)
            else 268435456 end
          else 268435456 end as cells
        from (
          select
            case jsonb_typeof(value -> 'name') when 'string' then value ->> 'name' end as raw_name, value -> 'times' as times
          from jsonb_array_elements(case jsonb_typeof(t.habits) when 'array' then t.habits else '[]' end)
          offset 0
        ) as element
        offset 0
      ) as habit
    ) as habit
  ) as h
), normalized_week as materialized (
  select
    c.child, w.*,
    -- Dates that cannot be reckoned with are left to the action.
    case when w.week_start_date between date '0001-01-01' and date '9999-12-25' then w.week_start_date end as start
  from bounds b cross join normalized_child c
  cross join lateral (
    select w.ctid as row, w.id, w.week_start_date, w.week_end_date, w.theme, w.reward, w.reflection, w.source_version
    from public.weeks w
    where w.child_id = c.id and (c.owner is null or w.user_id = c.owner) and w.week_start_date >= b.first and w.week_start_date <= b.last
    offset 0
  ) as w
), habit as materialized (
  select w.row, w.start, (w.start - date '0001-01-01') % 7 as weekday, h.id, driftwatch_text(h.name) as name
  from normalized_week w
  cross join lateral (select h.id, h.name from public.habits h where h.week_id = w.id offset 0) as h
), record as (
  select
    habit_id, min(record_date) as first, max(record_date) as last,
    sum(driftwatch_cell(status, case when isfinite(record_date) then (record_date - date '0001-01-01') % 7 else 0 end)) as cells
  from (
    select habit_id, record_date, status
    from public.habit_records
    where since is not null and record_date >= (select first from bounds)
      -- A week that is no week of the calendar may reach into the next part.
      and record_date <= greatest((select last from bounds), (select max(start) + 6 from normalized_week))
    union all
    select r.habit_id, r.record_date, r.status
    from habit h
    cross join lateral (select r.habit_id, r.record_date, r.status from public.habit_records r where r.habit_id = h.id offset 0) as r
    where since is null
  ) as r
  group by habit_id
), filled as materialized (
  select
    h.row, h.name, r.habit_id, r.first, r.last,
    h.start is null or r.first < h.start or r.last > h.start + 6 or r.cells >= 268435456 or h.id is not null and h.name is null as odd,
    case
      when r.cells is null then 0
      when h.weekday = 0 then r.cells
      else (r.cells >> 21 << 21) + (((r.cells & 2097151) >> 3 * h.weekday) | ((r.cells & 2097151) << 21 - 3 * h.weekday) & 2097151)
    end as cells
  from habit h full join record r on r.habit_id = h.id
), stray as (
  select distinct c.child, w.week_start_date as week
  from bounds b cross join filled f
  cross join lateral (
    select w.child_id, w.user_id, w.week_start_date
    from public.habits h join public.weeks w on w.id = h.week_id
    where h.id = f.habit_id
      and not coalesce(f.first >= w.week_start_date and f.last <= least(w.week_start_date, '9999-12-25') + 6, false)
    offset 0
  ) as w
  join normalized_child c on c.id = w.child_id and (c.owner is null or w.user_id = c.owner)
  where f.row is null and f.first <= b.last
), normalized as materialized (
  select
    w.child, w.week_start_date as week, w.source_version as version,
    coalesce(h.odd, false) or w.start is null as odd,
    coalesce(h.habits, 0) as habits, w.week_end_date is distinct from w.start + 6 as wrong_end,
    coalesce(h.half_1, 0) as half_1, coalesce(h.half_2, 0) as half_2,
    w.row, coalesce(w.theme, '') as theme, coalesce(w.reward, '') as reward, coalesce(nullif(w.reflection, 'null'), '{}') as reflection
  from normalized_week w
  left join (
    select
      row, count(*) as habits,
      sum(hashtextextended(name, cells)) as half_1, sum(hashtextextended(name, cells + 4294967296)) as half_2,
      bool_or(odd) as odd
    from filled
    where row is not null
    group by row
  ) as h using (row)
), met as materialized (
  select
    child, week, sum(claims) as claims, max(habits) as habits, max(records) as records, max(version) as version,
    max(legacy_row) as legacy_row, max(week_row) as week_row,
    bool_or(odd) as odd,
    sum(claims) = 1 and count(*) = 2 and not bool_or(wrong_end) and min(habits) = max(habits)
      and min(half_1) = max(half_1) and min(half_2) = max(half_2) as equal,
    min(text_1) = max(text_1) and min(text_2) = max(text_2) as same_text
  from (
    select
      child, week, 1 as claims, habits, records, null as version, odd, false as wrong_end, half_1, half_2,
      hashtextextended(theme, hashtextextended(reward, jsonb_hash_extended(reflection, 1))) as text_1,
      hashtextextended(theme, hashtextextended(reward, jsonb_hash_extended(reflection, 2))) as text_2,
      row as legacy_row, null::tid as week_row
    from legacy where week is not null and not skipped
    union all
    select
      child, week, 0, habits, null, version, odd, wrong_end, half_1, half_2,
      hashtextextended(theme, hashtextextended(reward, jsonb_hash_extended(reflection, 1))),
      hashtextextended(theme, hashtextextended(reward, jsonb_hash_extended(reflection, 2))),
      null, row
    from normalized
  ) as both_sides
  group by child, week
), week as materialized (
  select
    child, week, claims, habits, records, version,
    odd or equal and not same_text and compared is null as odd, equal and (same_text or coalesce(compared, false)) as equal
  from (
    select *,
      -- Texts that are not the same as they stand may still be so as they are compared.
      case when equal and not same_text then (
        select
          driftwatch_text(t.theme) is not distinct from driftwatch_text(w.theme)
          and driftwatch_text(t.reward) is not distinct from driftwatch_text(w.reward)
          and driftwatch_answers(t.reflection) = driftwatch_answers(w.reflection)
        from (select theme, reward, reflection from public.habit_tracker where ctid = met.legacy_row offset 0) as t,
          (select theme, reward, reflection from public.weeks where ctid = met.week_row offset 0) as w
      ) end as compared
    from met
    offset 0
  ) as met
)
select jsonb_build_object(1,(select sum(half_1) from legacy))
$$;
create or replace function s_nweek(children text, alignment text, since text default null, until text default null) returns jsonb
language sql stable
set search_path = pg_catalog, public, pg_temp
-- A result is never asked for twice, so remembering it only costs.
set jit = off
set enable_memoize = off
set enable_mergejoin = off
set work_mem = '16MB'
as $$
with bounds as materialized (
  select coalesce(since, '-infinity')::date as first, coalesce(until::date - 1, 'infinity') as last
), child as materialized (
  select (ordinality - 1)::int as child, value
  from jsonb_array_elements(children::jsonb) with ordinality
), legacy_child as materialized (
  select child, (value ->> 0)::uuid as owner, value ->> 1 as name
  from (select child, jsonb_array_elements(value -> 'legacy') as value from child) as names
), normalized_child as materialized (
  select child, (value ->> 0)::uuid as id, (value ->> 1)::uuid as owner
  from (select child, jsonb_array_elements(value -> 'normalized') as value from child) as ids
), legacy as materialized (
  select
    c.child, placed.week,
    alignment = 'skip' and (placed.week - date '0001-01-01') % 7 <> 0 as skipped,
    coalesce(h.odd, false) or placed.week > date '9999-12-25' as odd,
    h.habits, coalesce(h.records, 0) as records, coalesce(h.half_1, 0) as half_1, coalesce(h.half_2, 0) as half_2,
    t.row, coalesce(t.theme, '') as theme, coalesce(t.reward, '') as reward, coalesce(nullif(t.reflection, 'null'), '{}') as reflection
  from bounds b cross join legacy_child c
  -- One by one, so that a statement costs what its own children cost, whatever the planner makes of the whole table.
  cross join lateral (
    select t.ctid as row, t.week_start_date, t.theme, t.reward, t.habits, t.reflection from public.habit_tracker t
    where t.user_id = c.owner and t.child_name = c.name and t.week_start_date >= b.first and t.week_start_date <= b.last
    union all
    select t.ctid as row, t.week_start_date, t.theme, t.reward, t.habits, t.reflection from public.habit_tracker t
    where c.owner is null and t.user_id is null and t.child_name = c.name and t.week_start_date >= b.first and t.week_start_date <= b.last
    union all
    select t.ctid as row, t.week_start_date, t.theme, t.reward, t.habits, t.reflection from public.habit_tracker t
    where b.last = 'infinity' and t.user_id is not distinct from c.owner and t.child_name = c.name and t.week_start_date is null
  ) as t
  cross join lateral (
    select case when t.week_start_date between date '0001-01-01' and date '9999-12-31' then
      t.week_start_date - case alignment when 'monday' then (t.week_start_date - date '0001-01-01') % 7 else 0 end
    end as week
    offset 0
  ) as placed
  cross join lateral (
    select
      count(*) as habits, sum(records) as records,
      sum(hashtextextended(name, cells)) as half_1, sum(hashtextextended(name, cells + 4294967296)) as half_2,
      -- A name that repeats is another one on the normalized side.
      bool_or(name is null or cells >= 268435456) or jsonb_typeof(t.habits) not in ('array', 'null')
        or count(distinct hashtextextended(name, 0)) < count(*) as odd
    from (
      select
        name, cells,
        case when cells < 268435456 then cells >> 21 else (
          select count(*) from jsonb_array_elements(case jsonb_typeof(times) when 'array' then times else '[]' end)
          where jsonb_typeof(value) <> 'null'
            and (jsonb_typeof(value) <> 'string' or coalesce(driftwatch_text(value #>> '{}'), 'none') <> 'none')
        ) end as records
      from (
        select
          driftwatch_text(raw_name) as name, times,
          case when jsonb_typeof(times) = 'array' then
            case when jsonb_array_length(times) = 7 then
              driftwatch_cell(times ->> 0, 0) + driftwatch_cell(times ->> 1, 1) + driftwatch_cell(times ->> 2, 2)
                + driftwatch_cell(times ->> 3, 3) + driftwatch_cell(times ->> 4, 4) + driftwatch_cell(times ->> 5, 5)
                + driftwatch_cell(times ->> 6, 6)
            else 268435456 end
          else 268435456 end as cells
        from (
          select
            case jsonb_typeof(value -> 'name') when 'string' then value ->> 'name' end as raw_name, value -> 'times' as times
          from jsonb_array_elements(case jsonb_typeof(t.habits) when 'array' then t.habits else '[]' end)
          offset 0
        ) as element
        offset 0
      ) as habit
    ) as habit
  ) as h
), normalized_week as materialized (
  select
    c.child, w.*,
    -- Dates that cannot be reckoned with are left to the action.
    case when w.week_start_date between date '0001-01-01' and date '9999-12-25' then w.week_start_date end as start
  from bounds b cross join normalized_child c
  cross join lateral (
    select w.ctid as row, w.id, w.week_start_date, w.week_end_date, w.theme, w.reward, w.reflection, w.source_version
    from public.weeks w
    where w.child_id = c.id and (c.owner is null or w.user_id = c.owner) and w.week_start_date >= b.first and w.week_start_date <= b.last
    offset 0
  ) as w
), habit as materialized (
  select w.row, w.start, (w.start - date '0001-01-01') % 7 as weekday, h.id, driftwatch_text(h.name) as name
  from normalized_week w
  cross join lateral (select h.id, h.name from public.habits h where h.week_id = w.id offset 0) as h
), record as (
  select
    habit_id, min(record_date) as first, max(record_date) as last,
    sum(driftwatch_cell(status, case when isfinite(record_date) then (record_date - date '0001-01-01') % 7 else 0 end)) as cells
  from (
    select habit_id, record_date, status
    from public.habit_records
    where since is not null and record_date >= (select first from bounds)
      -- A week that is no week of the calendar may reach into the next part.
      and record_date <= greatest((select last from bounds), (select max(start) + 6 from normalized_week))
    union all
    select r.habit_id, r.record_date, r.status
    from habit h
    cross join lateral (select r.habit_id, r.record_date, r.status from public.habit_records r where r.habit_id = h.id offset 0) as r
    where since is null
  ) as r
  group by habit_id
), filled as materialized (
  select
    h.row, h.name, r.habit_id, r.first, r.last,
    h.start is null or r.first < h.start or r.last > h.start + 6 or r.cells >= 268435456 or h.id is not null and h.name is null as odd,
    case
      when r.cells is null then 0
      when h.weekday = 0 then r.cells
      else (r.cells >> 21 << 21) + (((r.cells & 2097151) >> 3 * h.weekday) | ((r.cells & 2097151) << 21 - 3 * h.weekday) & 2097151)
    end as cells
  from habit h full join record r on r.habit_id = h.id
), stray as (
  select distinct c.child, w.week_start_date as week
  from bounds b cross join filled f
  cross join lateral (
    select w.child_id, w.user_id, w.week_start_date
    from public.habits h join public.weeks w on w.id = h.week_id
    where h.id = f.habit_id
      and not coalesce(f.first >= w.week_start_date and f.last <= least(w.week_start_date, '9999-12-25') + 6, false)
    offset 0
  ) as w
  join normalized_child c on c.id = w.child_id and (c.owner is null or w.user_id = c.owner)
  where f.row is null and f.first <= b.last
), normalized as materialized (
  select
    w.child, w.week_start_date as week, w.source_version as version,
    coalesce(h.odd, false) or w.start is null as odd,
    coalesce(h.habits, 0) as habits, w.week_end_date is distinct from w.start + 6 as wrong_end,
    coalesce(h.half_1, 0) as half_1, coalesce(h.half_2, 0) as half_2,
    w.row, coalesce(w.theme, '') as theme, coalesce(w.reward, '') as reward, coalesce(nullif(w.reflection, 'null'), '{}') as reflection
  from normalized_week w
  left join (
    select
      row, count(*) as habits,
      sum(hashtextextended(name, cells)) as half_1, sum(hashtextextended(name, cells + 4294967296)) as half_2,
      bool_or(odd) as odd
    from filled
    where row is not null
    group by row
  ) as h using (row)
), met as materialized (
  select
    child, week, sum(claims) as claims, max(habits) as habits, max(records) as records, max(version) as version,
    max(legacy_row) as legacy_row, max(week_row) as week_row,
    bool_or(odd) as odd,
    sum(claims) = 1 and count(*) = 2 and not bool_or(wrong_end) and min(habits) = max(habits)
      and min(half_1) = max(half_1) and min(half_2) = max(half_2) as equal,
    min(text_1) = max(text_1) and min(text_2) = max(text_2) as same_text
  from (
    select
      child, week, 1 as claims, habits, records, null as version, odd, false as wrong_end, half_1, half_2,
      hashtextextended(theme, hashtextextended(reward, jsonb_hash_extended(reflection, 1))) as text_1,
      hashtextextended(theme, hashtextextended(reward, jsonb_hash_extended(reflection, 2))) as text_2,
      row as legacy_row, null::tid as week_row
    from legacy where week is not null and not skipped
    union all
    select
      child, week, 0, habits, null, version, odd, wrong_end, half_1, half_2,
      hashtextextended(theme, hashtextextended(reward, jsonb_hash_extended(reflection, 1))),
      hashtextextended(theme, hashtextextended(reward, jsonb_hash_extended(reflection, 2))),
      null, row
    from normalized
  ) as both_sides
  group by child, week
), week as materialized (
  select
    child, week, claims, habits, records, version,
    odd or equal and not same_text and compared is null as odd, equal and (same_text or coalesce(compared, false)) as equal
  from (
    select *,
      -- Texts that are not the same as they stand may still be so as they are compared.
      case when equal and not same_text then (
        select
          driftwatch_text(t.theme) is not distinct from driftwatch_text(w.theme)
          and driftwatch_text(t.reward) is not distinct from driftwatch_text(w.reward)
          and driftwatch_answers(t.reflection) = driftwatch_answers(w.reflection)
        from (select theme, reward, reflection from public.habit_tracker where ctid = met.legacy_row offset 0) as t,
          (select theme, reward, reflection from public.weeks where ctid = met.week_row offset 0) as w
      ) end as compared
    from met
    offset 0
  ) as met
)
select jsonb_build_object(1,(select count(*) from normalized_week))
$$;
create or replace function s_habit(children text, alignment text, since text default null, until text default null) returns jsonb
language sql stable
set search_path = pg_catalog, public, pg_temp
-- A result is never asked for twice, so remembering it only costs.
set jit = off
set enable_memoize = off
set enable_mergejoin = off
set work_mem = '16MB'
as $$
with bounds as materialized (
  select coalesce(since, '-infinity')::date as first, coalesce(until::date - 1, 'infinity') as last
), child as materialized (
  select (ordinality - 1)::int as child, value
  from jsonb_array_elements(children::jsonb) with ordinality
), legacy_child as materialized (
  select child, (value ->> 0)::uuid as owner, value ->> 1 as name
  from (select child, jsonb_array_elements(value -> 'legacy') as value from child) as names
), normalized_child as materialized (
  select child, (value ->> 0)::uuid as id, (value ->> 1)::uuid as owner
  from (select child, jsonb_array_elements(value -> 'normalized') as value from child) as ids
), legacy as materialized (
  select
    c.child, placed.week,
    alignment = 'skip' and (placed.week - date '0001-01-01') % 7 <> 0 as skipped,
    coalesce(h.odd, false) or placed.week > date '9999-12-25' as odd,
    h.habits, coalesce(h.records, 0) as records, coalesce(h.half_1, 0) as half_1, coalesce(h.half_2, 0) as half_2,
    t.row, coalesce(t.theme, '') as theme, coalesce(t.reward, '') as reward, coalesce(nullif(t.reflection, 'null'), '{}') as reflection
  from bounds b cross join legacy_child c
  -- One by one, so that a statement costs what its own children cost, whatever the planner makes of the whole table.
  cross join lateral (
    select t.ctid as row, t.week_start_date, t.theme, t.reward, t.habits, t.reflection from public.habit_tracker t
    where t.user_id = c.owner and t.child_name = c.name and t.week_start_date >= b.first and t.week_start_date <= b.last
    union all
    select t.ctid as row, t.week_start_date, t.theme, t.reward, t.habits, t.reflection from public.habit_tracker t
    where c.owner is null and t.user_id is null and t.child_name = c.name and t.week_start_date >= b.first and t.week_start_date <= b.last
    union all
    select t.ctid as row, t.week_start_date, t.theme, t.reward, t.habits, t.reflection from public.habit_tracker t
    where b.last = 'infinity' and t.user_id is not distinct from c.owner and t.child_name = c.name and t.week_start_date is null
  ) as t
  cross join lateral (
    select case when t.week_start_date between date '0001-01-01' and date '9999-12-31' then
      t.week_start_date - case alignment when 'monday' then (t.week_start_date - date '0001-01-01') % 7 else 0 end
    end as week
    offset 0
  ) as placed
  cross join lateral (
    select
      count(*) as habits, sum(records) as records,
      sum(hashtextextended(name, cells)) as half_1, sum(hashtextextended(name, cells + 4294967296)) as half_2,
      -- A name that repeats is another one on the normalized side.
      bool_or(name is null or cells >= 268435456) or jsonb_typeof(t.habits) not in ('array', 'null')
        or count(distinct hashtextextended(name, 0)) < count(*) as odd
    from (
      select
        name, cells,
        case when cells < 268435456 then cells >> 21 else (
          select count(*) from jsonb_array_elements(case jsonb_typeof(times) when 'array' then times else '[]' end)
          where jsonb_typeof(value) <> 'null'
            and (jsonb_typeof(value) <> 'string' or coalesce(driftwatch_text(value #>> '{}'), 'none') <> 'none')
        ) end as records
      from (
        select
          driftwatch_text(raw_name) as name, times,
          case when jsonb_typeof(times) = 'array' then
            case when jsonb_array_length(times) = 7 then
              driftwatch_cell(times ->> 0, 0) + driftwatch_cell(times ->> 1, 1) + driftwatch_cell(times ->> 2, 2)
                + driftwatch_cell(times ->> 3, 3) + driftwatch_cell(times ->> 4, 4) + driftwatch_cell(times ->> 5, 5)
                + driftwatch_cell(times ->> 6, 6)
            else 268435456 end
          else 268435456 end as cells
        from (
          select
            case jsonb_typeof(value -> 'name') when 'string' then value ->> 'name' end as raw_name, value -> 'times' as times
          from jsonb_array_elements(case jsonb_typeof(t.habits) when 'array' then t.habits else '[]' end)
          offset 0
        ) as element
        offset 0
      ) as habit
    ) as habit
  ) as h
), normalized_week as materialized (
  select
    c.child, w.*,
    -- Dates that cannot be reckoned with are left to the action.
    case when w.week_start_date between date '0001-01-01' and date '9999-12-25' then w.week_start_date end as start
  from bounds b cross join normalized_child c
  cross join lateral (
    select w.ctid as row, w.id, w.week_start_date, w.week_end_date, w.theme, w.reward, w.reflection, w.source_version
    from public.weeks w
    where w.child_id = c.id and (c.owner is null or w.user_id = c.owner) and w.week_start_date >= b.first and w.week_start_date <= b.last
    offset 0
  ) as w
), habit as materialized (
  select w.row, w.start, (w.start - date '0001-01-01') % 7 as weekday, h.id, driftwatch_text(h.name) as name
  from normalized_week w
  cross join lateral (select h.id, h.name from public.habits h where h.week_id = w.id offset 0) as h
), record as (
  select
    habit_id, min(record_date) as first, max(record_date) as last,
    sum(driftwatch_cell(status, case when isfinite(record_date) then (record_date - date '0001-01-01') % 7 else 0 end)) as cells
  from (
    select habit_id, record_date, status
    from public.habit_records
    where since is not null and record_date >= (select first from bounds)
      -- A week that is no week of the calendar may reach into the next part.
      and record_date <= greatest((select last from bounds), (select max(start) + 6 from normalized_week))
    union all
    select r.habit_id, r.record_date, r.status
    from habit h
    cross join lateral (select r.habit_id, r.record_date, r.status from public.habit_records r where r.habit_id = h.id offset 0) as r
    where since is null
  ) as r
  group by habit_id
), filled as materialized (
  select
    h.row, h.name, r.habit_id, r.first, r.last,
    h.start is null or r.first < h.start or r.last > h.start + 6 or r.cells >= 268435456 or h.id is not null and h.name is null as odd,
    case
      when r.cells is null then 0
      when h.weekday = 0 then r.cells
      else (r.cells >> 21 << 21) + (((r.cells & 2097151) >> 3 * h.weekday) | ((r.cells & 2097151) << 21 - 3 * h.weekday) & 2097151)
    end as cells
  from habit h full join record r on r.habit_id = h.id
), stray as (
  select distinct c.child, w.week_start_date as week
  from bounds b cross join filled f
  cross join lateral (
    select w.child_id, w.user_id, w.week_start_date
    from public.habits h join public.weeks w on w.id = h.week_id
    where h.id = f.habit_id
      and not coalesce(f.first >= w.week_start_date and f.last <= least(w.week_start_date, '9999-12-25') + 6, false)
    offset 0
  ) as w
  join normalized_child c on c.id = w.child_id and (c.owner is null or w.user_id = c.owner)
  where f.row is null and f.first <= b.last
), normalized as materialized (
  select
    w.child, w.week_start_date as week, w.source_version as version,
    coalesce(h.odd, false) or w.start is null as odd,
    coalesce(h.habits, 0) as habits, w.week_end_date is distinct from w.start + 6 as wrong_end,
    coalesce(h.half_1, 0) as half_1, coalesce(h.half_2, 0) as half_2,
    w.row, coalesce(w.theme, '') as theme, coalesce(w.reward, '') as reward, coalesce(nullif(w.reflection, 'null'), '{}') as reflection
  from normalized_week w
  left join (
    select
      row, count(*) as habits,
      sum(hashtextextended(name, cells)) as half_1, sum(hashtextextended(name, cells + 4294967296)) as half_2,
      bool_or(odd) as odd
    from filled
    where row is not null
    group by row
  ) as h using (row)
), met as materialized (
  select
    child, week, sum(claims) as claims, max(habits) as habits, max(records) as records, max(version) as version,
    max(legacy_row) as legacy_row, max(week_row) as week_row,
    bool_or(odd) as odd,
    sum(claims) = 1 and count(*) = 2 and not bool_or(wrong_end) and min(habits) = max(habits)
      and min(half_1) = max(half_1) and min(half_2) = max(half_2) as equal,
    min(text_1) = max(text_1) and min(text_2) = max(text_2) as same_text
  from (
    select
      child, week, 1 as claims, habits, records, null as version, odd, false as wrong_end, half_1, half_2,
      hashtextextended(theme, hashtextextended(reward, jsonb_hash_extended(reflection, 1))) as text_1,
      hashtextextended(theme, hashtextextended(reward, jsonb_hash_extended(reflection, 2))) as text_2,
      row as legacy_row, null::tid as week_row
    from legacy where week is not null and not skipped
    union all
    select
      child, week, 0, habits, null, version, odd, wrong_end, half_1, half_2,
      hashtextextended(theme, hashtextextended(reward, jsonb_hash_extended(reflection, 1))),
      hashtextextended(theme, hashtextextended(reward, jsonb_hash_extended(reflection, 2))),
      null, row
    from normalized
  ) as both_sides
  group by child, week
), week as materialized (
  select
    child, week, claims, habits, records, version,
    odd or equal and not same_text and compared is null as odd, equal and (same_text or coalesce(compared, false)) as equal
  from (
    select *,
      -- Texts that are not the same as they stand may still be so as they are compared.
      case when equal and not same_text then (
        select
          driftwatch_text(t.theme) is not distinct from driftwatch_text(w.theme)
          and driftwatch_text(t.reward) is not distinct from driftwatch_text(w.reward)
          and driftwatch_answers(t.reflection) = driftwatch_answers(w.reflection)
        from (select theme, reward, reflection from public.habit_tracker where ctid = met.legacy_row offset 0) as t,
          (select theme, reward, reflection from public.weeks where ctid = met.week_row offset 0) as w
      ) end as compared
    from met
    offset 0
  ) as met
)
select jsonb_build_object(1,(select count(name) from habit))
$$;
create or replace function s_record(children text, alignment text, since text default null, until text default null) returns jsonb
language sql stable
set search_path = pg_catalog, public, pg_temp
-- A result is never asked for twice, so remembering it only costs.
set jit = off
set enable_memoize = off
set enable_mergejoin = off
set work_mem = '16MB'
as $$
with bounds as materialized (
  select coalesce(since, '-infinity')::date as first, coalesce(until::date - 1, 'infinity') as last
), child as materialized (
  select (ordinality - 1)::int as child, value
  from jsonb_array_elements(children::jsonb) with ordinality
), legacy_child as materialized (
  select child, (value ->> 0)::uuid as owner, value ->> 1 as name
  from (select child, jsonb_array_elements(value -> 'legacy') as value from child) as names
), normalized_child as materialized (
  select child, (value ->> 0)::uuid as id, (value ->> 1)::uuid as owner
  from (select child, jsonb_array_elements(value -> 'normalized') as value from child) as ids
), legacy as materialized (
  select
    c.child, placed.week,
    alignment = 'skip' and (placed.week - date '0001-01-01') % 7 <> 0 as skipped,
    coalesce(h.odd, false) or placed.week > date '9999-12-25' as odd,
    h.habits, coalesce(h.records, 0) as records, coalesce(h.half_1, 0) as half_1, coalesce(h.half_2, 0) as half_2,
    t.row, coalesce(t.theme, '') as theme, coalesce(t.reward, '') as reward, coalesce(nullif(t.reflection, 'null'), '{}') as reflection
  from bounds b cross join legacy_child c
  -- One by one, so that a statement costs what its own children cost, whatever the planner makes of the whole table.
  cross join lateral (
    select t.ctid as row, t.week_start_date, t.theme, t.reward, t.habits, t.reflection from public.habit_tracker t
    where t.user_id = c.owner and t.child_name = c.name and t.week_start_date >= b.first and t.week_start_date <= b.last
    union all
    select t.ctid as row, t.week_start_date, t.theme, t.reward, t.habits, t.reflection from public.habit_tracker t
    where c.owner is null and t.user_id is null and t.child_name = c.name and t.week_start_date >= b.first and t.week_start_date <= b.last
    union all
    select t.ctid as row, t.week_start_date, t.theme, t.reward, t.habits, t.reflection from public.habit_tracker t
    where b.last = 'infinity' and t.user_id is not distinct from c.owner and t.child_name = c.name and t.week_start_date is null
  ) as t
  cross join lateral (
    select case when t.week_start_date between date '0001-01-01' and date '9999-12-31' then
      t.week_start_date - case alignment when 'monday' then (t.week_start_date - date '0001-01-01') % 7 else 0 end
    end as week
    offset 0
  ) as placed
  cross join lateral (
    select
      count(*) as habits, sum(records) as records,
      sum(hashtextextended(name, cells)) as half_1, sum(hashtextextended(name, cells + 4294967296)) as half_2,
      -- A name that repeats is another one on the normalized side.
      bool_or(name is null or cells >= 268435456) or jsonb_typeof(t.habits) not in ('array', 'null')
        or count(distinct hashtextextended(name, 0)) < count(*) as odd
    from (
      select
        name, cells,
        case when cells < 268435456 then cells >> 21 else (
          select count(*) from jsonb_array_elements(case jsonb_typeof(times) when 'array' then times else '[]' end)
          where jsonb_typeof(value) <> 'null'
            and (jsonb_typeof(value) <> 'string' or coalesce(driftwatch_text(value #>> '{}'), 'none') <> 'none')
        ) end as records
      from (
        select
          driftwatch_text(raw_name) as name, times,
          case when jsonb_typeof(times) = 'array' then
            case when jsonb_array_length(times) = 7 then
              driftwatch_cell(times ->> 0, 0) + driftwatch_cell(times ->> 1, 1) + driftwatch_cell(times ->> 2, 2)
                + driftwatch_cell(times ->> 3, 3) + driftwatch_cell(times ->> 4, 4) + driftwatch_cell(times ->> 5, 5)
                + driftwatch_cell(times ->> 6, 6)
            else 268435456 end
          else 268435456 end as cells
        from (
          select
            case jsonb_typeof(value -> 'name') when 'string' then value ->> 'name' end as raw_name, value -> 'times' as times
          from jsonb_array_elements(case jsonb_typeof(t.habits) when 'array' then t.habits else '[]' end)
          offset 0
        ) as element
        offset 0
      ) as habit
    ) as habit
  ) as h
), normalized_week as materialized (
  select
    c.child, w.*,
    -- Dates that cannot be reckoned with are left to the action.
    case when w.week_start_date between date '0001-01-01' and date '9999-12-25' then w.week_start_date end as start
  from bounds b cross join normalized_child c
  cross join lateral (
    select w.ctid as row, w.id, w.week_start_date, w.week_end_date, w.theme, w.reward, w.reflection, w.source_version
    from public.weeks w
    where w.child_id = c.id and (c.owner is null or w.user_id = c.owner) and w.week_start_date >= b.first and w.week_start_date <= b.last
    offset 0
  ) as w
), habit as materialized (
  select w.row, w.start, (w.start - date '0001-01-01') % 7 as weekday, h.id, driftwatch_text(h.name) as name
  from normalized_week w
  cross join lateral (select h.id, h.name from public.habits h where h.week_id = w.id offset 0) as h
), record as (
  select
    habit_id, min(record_date) as first, max(record_date) as last,
    sum(driftwatch_cell(status, case when isfinite(record_date) then (record_date - date '0001-01-01') % 7 else 0 end)) as cells
  from (
    select habit_id, record_date, status
    from public.habit_records
    where since is not null and record_date >= (select first from bounds)
      -- A week that is no week of the calendar may reach into the next part.
      and record_date <= greatest((select last from bounds), (select max(start) + 6 from normalized_week))
    union all
    select r.habit_id, r.record_date, r.status
    from habit h
    cross join lateral (select r.habit_id, r.record_date, r.status from public.habit_records r where r.habit_id = h.id offset 0) as r
    where since is null
  ) as r
  group by habit_id
), filled as materialized (
  select
    h.row, h.name, r.habit_id, r.first, r.last,
    h.start is null or r.first < h.start or r.last > h.start + 6 or r.cells >= 268435456 or h.id is not null and h.name is null as odd,
    case
      when r.cells is null then 0
      when h.weekday = 0 then r.cells
      else (r.cells >> 21 << 21) + (((r.cells & 2097151) >> 3 * h.weekday) | ((r.cells & 2097151) << 21 - 3 * h.weekday) & 2097151)
    end as cells
  from habit h full join record r on r.habit_id = h.id
), stray as (
  select distinct c.child, w.week_start_date as week
  from bounds b cross join filled f
  cross join lateral (
    select w.child_id, w.user_id, w.week_start_date
    from public.habits h join public.weeks w on w.id = h.week_id
    where h.id = f.habit_id
      and not coalesce(f.first >= w.week_start_date and f.last <= least(w.week_start_date, '9999-12-25') + 6, false)
    offset 0
  ) as w
  join normalized_child c on c.id = w.child_id and (c.owner is null or w.user_id = c.owner)
  where f.row is null and f.first <= b.last
), normalized as materialized (
  select
    w.child, w.week_start_date as week, w.source_version as version,
    coalesce(h.odd, false) or w.start is null as odd,
    coalesce(h.habits, 0) as habits, w.week_end_date is distinct from w.start + 6 as wrong_end,
    coalesce(h.half_1, 0) as half_1, coalesce(h.half_2, 0) as half_2,
    w.row, coalesce(w.theme, '') as theme, coalesce(w.reward, '') as reward, coalesce(nullif(w.reflection, 'null'), '{}') as reflection
  from normalized_week w
  left join (
    select
      row, count(*) as habits,
      sum(hashtextextended(name, cells)) as half_1, sum(hashtextextended(name, cells + 4294967296)) as half_2,
      bool_or(odd) as odd
    from filled
    where row is not null
    group by row
  ) as h using (row)
), met as materialized (
  select
    child, week, sum(claims) as claims, max(habits) as habits, max(records) as records, max(version) as version,
    max(legacy_row) as legacy_row, max(week_row) as week_row,
    bool_or(odd) as odd,
    sum(claims) = 1 and count(*) = 2 and not bool_or(wrong_end) and min(habits) = max(habits)
      and min(half_1) = max(half_1) and min(half_2) = max(half_2) as equal,
    min(text_1) = max(text_1) and min(text_2) = max(text_2) as same_text
  from (
    select
      child, week, 1 as claims, habits, records, null as version, odd, false as wrong_end, half_1, half_2,
      hashtextextended(theme, hashtextextended(reward, jsonb_hash_extended(reflection, 1))) as text_1,
      hashtextextended(theme, hashtextextended(reward, jsonb_hash_extended(reflection, 2))) as text_2,
      row as legacy_row, null::tid as week_row
    from legacy where week is not null and not skipped
    union all
    select
      child, week, 0, habits, null, version, odd, wrong_end, half_1, half_2,
      hashtextextended(theme, hashtextextended(reward, jsonb_hash_extended(reflection, 1))),
      hashtextextended(theme, hashtextextended(reward, jsonb_hash_extended(reflection, 2))),
      null, row
    from normalized
  ) as both_sides
  group by child, week
), week as materialized (
  select
    child, week, claims, habits, records, version,
    odd or equal and not same_text and compared is null as odd, equal and (same_text or coalesce(compared, false)) as equal
  from (
    select *,
      -- Texts that are not the same as they stand may still be so as they are compared.
      case when equal and not same_text then (
        select
          driftwatch_text(t.theme) is not distinct from driftwatch_text(w.theme)
          and driftwatch_text(t.reward) is not distinct from driftwatch_text(w.reward)
          and driftwatch_answers(t.reflection) = driftwatch_answers(w.reflection)
        from (select theme, reward, reflection from public.habit_tracker where ctid = met.legacy_row offset 0) as t,
          (select theme, reward, reflection from public.weeks where ctid = met.week_row offset 0) as w
      ) end as compared
    from met
    offset 0
  ) as met
)
select jsonb_build_object(1,(select sum(cells) from record))
$$;
create or replace function s_filled(children text, alignment text, since text default null, until text default null) returns jsonb
language sql stable
set search_path = pg_catalog, public, pg_temp
-- A result is never asked for twice, so remembering it only costs.
set jit = off
set enable_memoize = off
set enable_mergejoin = off
set work_mem = '16MB'
as $$
with bounds as materialized (
  select coalesce(since, '-infinity')::date as first, coalesce(until::date - 1, 'infinity') as last
), child as materialized (
  select (ordinality - 1)::int as child, value
  from jsonb_array_elements(children::jsonb) with ordinality
), legacy_child as materialized (
  select child, (value ->> 0)::uuid as owner, value ->> 1 as name
  from (select child, jsonb_array_elements(value -> 'legacy') as value from child) as names
), normalized_child as materialized (
  select child, (value ->> 0)::uuid as id, (value ->> 1)::uuid as owner
  from (select child, jsonb_array_elements(value -> 'normalized') as value from child) as ids
), legacy as materialized (
  select
    c.child, placed.week,
    alignment = 'skip' and (placed.week - date '0001-01-01') % 7 <> 0 as skipped,
    coalesce(h.odd, false) or placed.week > date '9999-12-25' as odd,
    h.habits, coalesce(h.records, 0) as records, coalesce(h.half_1, 0) as half_1, coalesce(h.half_2, 0) as half_2,
    t.row, coalesce(t.theme, '') as theme, coalesce(t.reward, '') as reward, coalesce(nullif(t.reflection, 'null'), '{}') as reflection
  from bounds b cross join legacy_child c
  -- One by one, so that a statement costs what its own children cost, whatever the planner makes of the whole table.
  cross join lateral (
    select t.ctid as row, t.week_start_date, t.theme, t.reward, t.habits, t.reflection from public.habit_tracker t
    where t.user_id = c.owner and t.child_name = c.name and t.week_start_date >= b.first and t.week_start_date <= b.last
    union all
    select t.ctid as row, t.week_start_date, t.theme, t.reward, t.habits, t.reflection from public.habit_tracker t
    where c.owner is null and t.user_id is null and t.child_name = c.name and t.week_start_date >= b.first and t.week_start_date <= b.last
    union all
    select t.ctid as row, t.week_start_date, t.theme, t.reward, t.habits, t.reflection from public.habit_tracker t
    where b.last = 'infinity' and t.user_id is not distinct from c.owner and t.child_name = c.name and t.week_start_date is null
  ) as t
  cross join lateral (
    select case when t.week_start_date between date '0001-01-01' and date '9999-12-31' then
      t.week_start_date - case alignment when 'monday' then (t.week_start_date - date '0001-01-01') % 7 else 0 end
    end as week
    offset 0
  ) as placed
  cross join lateral (
    select
      count(*) as habits, sum(records) as records,
      sum(hashtextextended(name, cells)) as half_1, sum(hashtextextended(name, cells + 4294967296)) as half_2,
      -- A name that repeats is another one on the normalized side.
      bool_or(name is null or cells >= 268435456) or jsonb_typeof(t.habits) not in ('array', 'null')
        or count(distinct hashtextextended(name, 0)) < count(*) as odd
    from (
      select
        name, cells,
        case when cells < 268435456 then cells >> 21 else (
          select count(*) from jsonb_array_elements(case jsonb_typeof(times) when 'array' then times else '[]' end)
          where jsonb_typeof(value) <> 'null'
            and (jsonb_typeof(value) <> 'string' or coalesce(driftwatch_text(value #>> '{}'), 'none') <> 'none')
        ) end as records
      from (
        select
          driftwatch_text(raw_name) as name, times,
          case when jsonb_typeof(times) = 'array' then
            case when jsonb_array_length(times) = 7 then
              driftwatch_cell(times ->> 0, 0) + driftwatch_cell(times ->> 1, 1) + driftwatch_cell(times ->> 2, 2)
                + driftwatch_cell(times ->> 3, 3) + driftwatch_cell(times ->> 4, 4) + driftwatch_cell(times ->> 5, 5)
                + driftwatch_cell(times ->> 6, 6)
            else 268435456 end
          else 268435456 end as cells
        from (
          select
            case jsonb_typeof(value -> 'name') when 'string' then value ->> 'name' end as raw_name, value -> 'times' as times
          from jsonb_array_elements(case jsonb_typeof(t.habits) when 'array' then t.habits else '[]' end)
          offset 0
        ) as element
        offset 0
      ) as habit
    ) as habit
  ) as h
), normalized_week as materialized (
  select
    c.child, w.*,
    -- Dates that cannot be reckoned with are left to the action.
    case when w.week_start_date between date '0001-01-01' and date '9999-12-25' then w.week_start_date end as start
  from bounds b cross join normalized_child c
  cross join lateral (
    select w.ctid as row, w.id, w.week_start_date, w.week_end_date, w.theme, w.reward, w.reflection, w.source_version
    from public.weeks w
    where w.child_id = c.id and (c.owner is null or w.user_id = c.owner) and w.week_start_date >= b.first and w.week_start_date <= b.last
    offset 0
  ) as w
), habit as materialized (
  select w.row, w.start, (w.start - date '0001-01-01') % 7 as weekday, h.id, driftwatch_text(h.name) as name
  from normalized_week w
  cross join lateral (select h.id, h.name from public.habits h where h.week_id = w.id offset 0) as h
), record as (
  select
    habit_id, min(record_date) as first, max(record_date) as last,
    sum(driftwatch_cell(status, case when isfinite(record_date) then (record_date - date '0001-01-01') % 7 else 0 end)) as cells
  from (
    select habit_id, record_date, status
    from public.habit_records
    where since is not null and record_date >= (select first from bounds)
      -- A week that is no week of the calendar may reach into the next part.
      and record_date <= greatest((select last from bounds), (select max(start) + 6 from normalized_week))
    union all
    select r.habit_id, r.record_date, r.status
    from habit h
    cross join lateral (select r.habit_id, r.record_date, r.status from public.habit_records r where r.habit_id = h.id offset 0) as r
    where since is null
  ) as r
  group by habit_id
), filled as materialized (
  select
    h.row, h.name, r.habit_id, r.first, r.last,
    h.start is null or r.first < h.start or r.last > h.start + 6 or r.cells >= 268435456 or h.id is not null and h.name is null as odd,
    case
      when r.cells is null then 0
      when h.weekday = 0 then r.cells
      else (r.cells >> 21 << 21) + (((r.cells & 2097151) >> 3 * h.weekday) | ((r.cells & 2097151) << 21 - 3 * h.weekday) & 2097151)
    end as cells
  from habit h full join record r on r.habit_id = h.id
), stray as (
  select distinct c.child, w.week_start_date as week
  from bounds b cross join filled f
  cross join lateral (
    select w.child_id, w.user_id, w.week_start_date
    from public.habits h join public.weeks w on w.id = h.week_id
    where h.id = f.habit_id
      and not coalesce(f.first >= w.week_start_date and f.last <= least(w.week_start_date, '9999-12-25') + 6, false)
    offset 0
  ) as w
  join normalized_child c on c.id = w.child_id and (c.owner is null or w.user_id = c.owner)
  where f.row is null and f.first <= b.last
), normalized as materialized (
  select
    w.child, w.week_start_date as week, w.source_version as version,
    coalesce(h.odd, false) or w.start is null as odd,
    coalesce(h.habits, 0) as habits, w.week_end_date is distinct from w.start + 6 as wrong_end,
    coalesce(h.half_1, 0) as half_1, coalesce(h.half_2, 0) as half_2,
    w.row, coalesce(w.theme, '') as theme, coalesce(w.reward, '') as reward, coalesce(nullif(w.reflection, 'null'), '{}') as reflection
  from normalized_week w
  left join (
    select
      row, count(*) as habits,
      sum(hashtextextended(name, cells)) as half_1, sum(hashtextextended(name, cells + 4294967296)) as half_2,
      bool_or(odd) as odd
    from filled
    where row is not null
    group by row
  ) as h using (row)
), met as materialized (
  select
    child, week, sum(claims) as claims, max(habits) as habits, max(records) as records, max(version) as version,
    max(legacy_row) as legacy_row, max(week_row) as week_row,
    bool_or(odd) as odd,
    sum(claims) = 1 and count(*) = 2 and not bool_or(wrong_end) and min(habits) = max(habits)
      and min(half_1) = max(half_1) and min(half_2) = max(half_2) as equal,
    min(text_1) = max(text_1) and min(text_2) = max(text_2) as same_text
  from (
    select
      child, week, 1 as claims, habits, records, null as version, odd, false as wrong_end, half_1, half_2,
      hashtextextended(theme, hashtextextended(reward, jsonb_hash_extended(reflection, 1))) as text_1,
      hashtextextended(theme, hashtextextended(reward, jsonb_hash_extended(reflection, 2))) as text_2,
      row as legacy_row, null::tid as week_row
    from legacy where week is not null and not skipped
    union all
    select
      child, week, 0, habits, null, version, odd, wrong_end, half_1, half_2,
      hashtextextended(theme, hashtextextended(reward, jsonb_hash_extended(reflection, 1))),
      hashtextextended(theme, hashtextextended(reward, jsonb_hash_extended(reflection, 2))),
      null, row
    from normalized
  ) as both_sides
  group by child, week
), week as materialized (
  select
    child, week, claims, habits, records, version,
    odd or equal and not same_text and compared is null as odd, equal and (same_text or coalesce(compared, false)) as equal
  from (
    select *,
      -- Texts that are not the same as they stand may still be so as they are compared.
      case when equal and not same_text then (
        select
          driftwatch_text(t.theme) is not distinct from driftwatch_text(w.theme)
          and driftwatch_text(t.reward) is not distinct from driftwatch_text(w.reward)
          and driftwatch_answers(t.reflection) = driftwatch_answers(w.reflection)
        from (select theme, reward, reflection from public.habit_tracker where ctid = met.legacy_row offset 0) as t,
          (select theme, reward, reflection from public.weeks where ctid = met.week_row offset 0) as w
      ) end as compared
    from met
    offset 0
  ) as met
)
select jsonb_build_object(1,(select sum(cells) from filled))
$$;
create or replace function s_norm(children text, alignment text, since text default null, until text default null) returns jsonb
language sql stable
set search_path = pg_catalog, public, pg_temp
-- A result is never asked for twice, so remembering it only costs.
set jit = off
set enable_memoize = off
set enable_mergejoin = off
set work_mem = '16MB'
as $$
with bounds as materialized (
  select coalesce(since, '-infinity')::date as first, coalesce(until::date - 1, 'infinity') as last
), child as materialized (
  select (ordinality - 1)::int as child, value
  from jsonb_array_elements(children::jsonb) with ordinality
), legacy_child as materialized (
  select child, (value ->> 0)::uuid as owner, value ->> 1 as name
  from (select child, jsonb_array_elements(value -> 'legacy') as value from child) as names
), normalized_child as materialized (
  select child, (value ->> 0)::uuid as id, (value ->> 1)::uuid as owner
  from (select child, jsonb_array_elements(value -> 'normalized') as value from child) as ids
), legacy as materialized (
  select
    c.child, placed.week,
    alignment = 'skip' and (placed.week - date '0001-01-01') % 7 <> 0 as skipped,
    coalesce(h.odd, false) or placed.week > date '9999-12-25' as odd,
    h.habits, coalesce(h.records, 0) as records, coalesce(h.half_1, 0) as half_1, coalesce(h.half_2, 0) as half_2,
    t.row, coalesce(t.theme, '') as theme, coalesce(t.reward, '') as reward, coalesce(nullif(t.reflection, 'null'), '{}') as reflection
  from bounds b cross join legacy_child c
  -- One by one, so that a statement costs what its own children cost, whatever the planner makes of the whole table.
  cross join lateral (
    select t.ctid as row, t.week_start_date, t.theme, t.reward, t.habits, t.reflection from public.habit_tracker t
    where t.user_id = c.owner and t.child_name = c.name and t.week_start_date >= b.first and t.week_start_date <= b.last
    union all
    select t.ctid as row, t.week_start_date, t.theme, t.reward, t.habits, t.reflection from public.habit_tracker t
    where c.owner is null and t.user_id is null and t.child_name = c.name and t.week_start_date >= b.first and t.week_start_date <= b.last
    union all
    select t.ctid as row, t.week_start_date, t.theme, t.reward, t.habits, t.reflection from public.habit_tracker t
    where b.last = 'infinity' and t.user_id is not distinct from c.owner and t.child_name = c.name and t.week_start_date is null
  ) as t
  cross join lateral (
    select case when t.week_start_date between date '0001-01-01' and date '9999-12-31' then
      t.week_start_date - case alignment when 'monday' then (t.week_start_date - date '0001-01-01') % 7 else 0 end
    end as week
    offset 0
  ) as placed
  cross join lateral (
    select
      count(*) as habits, sum(records) as records,
      sum(hashtextextended(name, cells)) as half_1, sum(hashtextextended(name, cells + 4294967296)) as half_2,
      -- A name that repeats is another one on the normalized side.
      bool_or(name is null or cells >= 268435456) or jsonb_typeof(t.habits) not in ('array', 'null')
        or count(distinct hashtextextended(name, 0)) < count(*) as odd
    from (
      select
        name, cells,
        case when cells < 268435456 then cells >> 21 else (
          select count(*) from jsonb_array_elements(case jsonb_typeof(times) when 'array' then times else '[]' end)
          where jsonb_typeof(value) <> 'null'
            and (jsonb_typeof(value) <> 'string' or coalesce(driftwatch_text(value #>> '{}'), 'none') <> 'none')
        ) end as records
      from (
        select
          driftwatch_text(raw_name) as name, times,
          case when jsonb_typeof(times) = 'array' then
            case when jsonb_array_length(times) = 7 then
              driftwatch_cell(times ->> 0, 0) + driftwatch_cell(times ->> 1, 1) + driftwatch_cell(times ->> 2, 2)
                + driftwatch_cell(times ->> 3, 3) + driftwatch_cell(times ->> 4, 4) + driftwatch_cell(times ->> 5, 5)
                + driftwatch_cell(times ->> 6, 6)
            else 268435456 end
          else 268435456 end as cells
        from (
          select
            case jsonb_typeof(value -> 'name') when 'string' then value ->> 'name' end as raw_name, value -> 'times' as times
          from jsonb_array_elements(case jsonb_typeof(t.habits) when 'array' then t.habits else '[]' end)
          offset 0
        ) as element
        offset 0
      ) as habit
    ) as habit
  ) as h
), normalized_week as materialized (
  select
    c.child, w.*,
    -- Dates that cannot be reckoned with are left to the action.
    case when w.week_start_date between date '0001-01-01' and date '9999-12-25' then w.week_start_date end as start
  from bounds b cross join normalized_child c
  cross join lateral (
    select w.ctid as row, w.id, w.week_start_date, w.week_end_date, w.theme, w.reward, w.reflection, w.source_version
    from public.weeks w
    where w.child_id = c.id and (c.owner is null or w.user_id = c.owner) and w.week_start_date >= b.first and w.week_start_date <= b.last
    offset 0
  ) as w
), habit as materialized (
  select w.row, w.start, (w.start - date '0001-01-01') % 7 as weekday, h.id, driftwatch_text(h.name) as name
  from normalized_week w
  cross join lateral (select h.id, h.name from public.habits h where h.week_id = w.id offset 0) as h
), record as (
  select
    habit_id, min(record_date) as first, max(record_date) as last,
    sum(driftwatch_cell(status, case when isfinite(record_date) then (record_date - date '0001-01-01') % 7 else 0 end)) as cells
  from (
    select habit_id, record_date, status
    from public.habit_records
    where since is not null and record_date >= (select first from bounds)
      -- A week that is no week of the calendar may reach into the next part.
      and record_date <= greatest((select last from bounds), (select max(start) + 6 from normalized_week))
    union all
    select r.habit_id, r.record_date, r.status
    from habit h
    cross join lateral (select r.habit_id, r.record_date, r.status from public.habit_records r where r.habit_id = h.id offset 0) as r
    where since is null
  ) as r
  group by habit_id
), filled as materialized (
  select
    h.row, h.name, r.habit_id, r.first, r.last,
    h.start is null or r.first < h.start or r.last > h.start + 6 or r.cells >= 268435456 or h.id is not null and h.name is null as odd,
    case
      when r.cells is null then 0
      when h.weekday = 0 then r.cells
      else (r.cells >> 21 << 21) + (((r.cells & 2097151) >> 3 * h.weekday) | ((r.cells & 2097151) << 21 - 3 * h.weekday) & 2097151)
    end as cells
  from habit h full join record r on r.habit_id = h.id
), stray as (
  select distinct c.child, w.week_start_date as week
  from bounds b cross join filled f
  cross join lateral (
    select w.child_id, w.user_id, w.week_start_date
    from public.habits h join public.weeks w on w.id = h.week_id
    where h.id = f.habit_id
      and not coalesce(f.first >= w.week_start_date and f.last <= least(w.week_start_date, '9999-12-25') + 6, false)
    offset 0
  ) as w
  join normalized_child c on c.id = w.child_id and (c.owner is null or w.user_id = c.owner)
  where f.row is null and f.first <= b.last
), normalized as materialized (
  select
    w.child, w.week_start_date as week, w.source_version as version,
    coalesce(h.odd, false) or w.start is null as odd,
    coalesce(h.habits, 0) as habits, w.week_end_date is distinct from w.start + 6 as wrong_end,
    coalesce(h.half_1, 0) as half_1, coalesce(h.half_2, 0) as half_2,
    w.row, coalesce(w.theme, '') as theme, coalesce(w.reward, '') as reward, coalesce(nullif(w.reflection, 'null'), '{}') as reflection
  from normalized_week w
  left join (
    select
      row, count(*) as habits,
      sum(hashtextextended(name, cells)) as half_1, sum(hashtextextended(name, cells + 4294967296)) as half_2,
      bool_or(odd) as odd
    from filled
    where row is not null
    group by row
  ) as h using (row)
), met as materialized (
  select
    child, week, sum(claims) as claims, max(habits) as habits, max(records) as records, max(version) as version,
    max(legacy_row) as legacy_row, max(week_row) as week_row,
    bool_or(odd) as odd,
    sum(claims) = 1 and count(*) = 2 and not bool_or(wrong_end) and min(habits) = max(habits)
      and min(half_1) = max(half_1) and min(half_2) = max(half_2) as equal,
    min(text_1) = max(text_1) and min(text_2) = max(text_2) as same_text
  from (
    select
      child, week, 1 as claims, habits, records, null as version, odd, false as wrong_end, half_1, half_2,
      hashtextextended(theme, hashtextextended(reward, jsonb_hash_extended(reflection, 1))) as text_1,
      hashtextextended(theme, hashtextextended(reward, jsonb_hash_extended(reflection, 2))) as text_2,
      row as legacy_row, null::tid as week_row
    from legacy where week is not null and not skipped
    union all
    select
      child, week, 0, habits, null, version, odd, wrong_end, half_1, half_2,
      hashtextextended(theme, hashtextextended(reward, jsonb_hash_extended(reflection, 1))),
      hashtextextended(theme, hashtextextended(reward, jsonb_hash_extended(reflection, 2))),
      null, row
    from normalized
  ) as both_sides
  group by child, week
), week as materialized (
  select
    child, week, claims, habits, records, version,
    odd or equal and not same_text and compared is null as odd, equal and (same_text or coalesce(compared, false)) as equal
  from (
    select *,
      -- Texts that are not the same as they stand may still be so as they are compared.
      case when equal and not same_text then (
        select
          driftwatch_text(t.theme) is not distinct from driftwatch_text(w.theme)
          and driftwatch_text(t.reward) is not distinct from driftwatch_text(w.reward)
          and driftwatch_answers(t.reflection) = driftwatch_answers(w.reflection)
        from (select theme, reward, reflection from public.habit_tracker where ctid = met.legacy_row offset 0) as t,
          (select theme, reward, reflection from public.weeks where ctid = met.week_row offset 0) as w
      ) end as compared
    from met
    offset 0
  ) as met
)
select jsonb_build_object(1,(select sum(half_1) from normalized))
$$;
create or replace function s_met(children text, alignment text, since text default null, until text default null) returns jsonb
language sql stable
set search_path = pg_catalog, public, pg_temp
-- A result is never asked for twice, so remembering it only costs.
set jit = off
set enable_memoize = off
set enable_mergejoin = off
set work_mem = '16MB'
as $$
with bounds as materialized (
  select coalesce(since, '-infinity')::date as first, coalesce(until::date - 1, 'infinity') as last
), child as materialized (
  select (ordinality - 1)::int as child, value
  from jsonb_array_elements(children::jsonb) with ordinality
), legacy_child as materialized (
  select child, (value ->> 0)::uuid as owner, value ->> 1 as name
  from (select child, jsonb_array_elements(value -> 'legacy') as value from child) as names
), normalized_child as materialized (
  select child, (value ->> 0)::uuid as id, (value ->> 1)::uuid as owner
  from (select child, jsonb_array_elements(value -> 'normalized') as value from child) as ids
), legacy as materialized (
  select
    c.child, placed.week,
    alignment = 'skip' and (placed.week - date '0001-01-01') % 7 <> 0 as skipped,
    coalesce(h.odd, false) or placed.week > date '9999-12-25' as odd,
    h.habits, coalesce(h.records, 0) as records, coalesce(h.half_1, 0) as half_1, coalesce(h.half_2, 0) as half_2,
    t.row, coalesce(t.theme, '') as theme, coalesce(t.reward, '') as reward, coalesce(nullif(t.reflection, 'null'), '{}') as reflection
  from bounds b cross join legacy_child c
  -- One by one, so that a statement costs what its own children cost, whatever the planner makes of the whole table.
  cross join lateral (
    select t.ctid as row, t.week_start_date, t.theme, t.reward, t.habits, t.reflection from public.habit_tracker t
    where t.user_id = c.owner and t.child_name = c.name and t.week_start_date >= b.first and t.week_start_date <= b.last
    union all
    select t.ctid as row, t.week_start_date, t.theme, t.reward, t.habits, t.reflection from public.habit_tracker t
    where c.owner is null and t.user_id is null and t.child_name = c.name and t.week_start_date >= b.first and t.week_start_date <= b.last
    union all
    select t.ctid as row, t.week_start_date, t.theme, t.reward, t.habits, t.reflection from public.habit_tracker t
    where b.last = 'infinity' and t.user_id is not distinct from c.owner and t.child_name = c.name and t.week_start_date is null
  ) as t
  cross join lateral (
    select case when t.week_start_date between date '0001-01-01' and date '9999-12-31' then
      t.week_start_date - case alignment when 'monday' then (t.week_start_date - date '0001-01-01') % 7 else 0 end
    end as week
    offset 0
  ) as placed
  cross join lateral (
    select
      count(*) as habits, sum(records) as records,
      sum(hashtextextended(name, cells)) as half_1, sum(hashtextextended(name, cells + 4294967296)) as half_2,
      -- A name that repeats is another one on the normalized side.
      bool_or(name is null or cells >= 268435456) or jsonb_typeof(t.habits) not in ('array', 'null')
        or count(distinct hashtextextended(name, 0)) < count(*) as odd
    from (
      select
        name, cells,
        case when cells < 268435456 then cells >> 21 else (
          select count(*) from jsonb_array_elements(case jsonb_typeof(times) when 'array' then times else '[]' end)
          where jsonb_typeof(value) <> 'null'
            and (jsonb_typeof(value) <> 'string' or coalesce(driftwatch_text(value #>> '{}'), 'none') <> 'none')
        ) end as records
      from (
        select
          driftwatch_text(raw_name) as name, times,
          case when jsonb_typeof(times) = 'array' then
            case when jsonb_array_length(times) = 7 then
              driftwatch_cell(times ->> 0, 0) + driftwatch_cell(times ->> 1, 1) + driftwatch_cell(times ->> 2, 2)
                + driftwatch_cell(times ->> 3, 3) + driftwatch_cell(times ->> 4, 4) + driftwatch_cell(times ->> 5, 5)
                + driftwatch_cell(times ->> 6, 6)
            else 268435456 end
          else 268435456 end as cells
        from (
          select
            case jsonb_typeof(value -> 'name') when 'string' then value ->> 'name' end as raw_name, value -> 'times' as times
          from jsonb_array_elements(case jsonb_typeof(t.habits) when 'array' then t.habits else '[]' end)
          offset 0
        ) as element
        offset 0
      ) as habit
    ) as habit
  ) as h
), normalized_week as materialized (
  select
    c.child, w.*,
    -- Dates that cannot be reckoned with are left to the action.
    case when w.week_start_date between date '0001-01-01' and date '9999-12-25' then w.week_start_date end as start
  from bounds b cross join normalized_child c
  cross join lateral (
    select w.ctid as row, w.id, w.week_start_date, w.week_end_date, w.theme, w.reward, w.reflection, w.source_version
    from public.weeks w
    where w.child_id = c.id and (c.owner is null or w.user_id = c.owner) and w.week_start_date >= b.first and w.week_start_date <= b.last
    offset 0
  ) as w
), habit as materialized (
  select w.row, w.start, (w.start - date '0001-01-01') % 7 as weekday, h.id, driftwatch_text(h.name) as name
  from normalized_week w
  cross join lateral (select h.id, h.name from public.habits h where h.week_id = w.id offset 0) as h
), record as (
  select
    habit_id, min(record_date) as first, max(record_date) as last,
    sum(driftwatch_cell(status, case when isfinite(record_date) then (record_date - date '0001-01-01') % 7 else 0 end)) as cells
  from (
    select habit_id, record_date, status
    from public.habit_records
    where since is not null and record_date >= (select first from bounds)
      -- A week that is no week of the calendar may reach into the next part.
      and record_date <= greatest((select last from bounds), (select max(start) + 6 from normalized_week))
    union all
    select r.habit_id, r.record_date, r.status
    from habit h
    cross join lateral (select r.habit_id, r.record_date, r.status from public.habit_records r where r.habit_id = h.id offset 0) as r
    where since is null
  ) as r
  group by habit_id
), filled as materialized (
  select
    h.row, h.name, r.habit_id, r.first, r.last,
    h.start is null or r.first < h.start or r.last > h.start + 6 or r.cells >= 268435456 or h.id is not null and h.name is null as odd,
    case
      when r.cells is null then 0
      when h.weekday = 0 then r.cells
      else (r.cells >> 21 << 21) + (((r.cells & 2097151) >> 3 * h.weekday) | ((r.cells & 2097151) << 21 - 3 * h.weekday) & 2097151)
    end as cells
  from habit h full join record r on r.habit_id = h.id
), stray as (
  select distinct c.child, w.week_start_date as week
  from bounds b cross join filled f
  cross join lateral (
    select w.child_id, w.user_id, w.week_start_date
    from public.habits h join public.weeks w on w.id = h.week_id
    where h.id = f.habit_id
      and not coalesce(f.first >= w.week_start_date and f.last <= least(w.week_start_date, '9999-12-25') + 6, false)
    offset 0
  ) as w
  join normalized_child c on c.id = w.child_id and (c.owner is null or w.user_id = c.owner)
  where f.row is null and f.first <= b.last
), normalized as materialized (
  select
    w.child, w.week_start_date as week, w.source_version as version,
    coalesce(h.odd, false) or w.start is null as odd,
    coalesce(h.habits, 0) as habits, w.week_end_date is distinct from w.start + 6 as wrong_end,
    coalesce(h.half_1, 0) as half_1, coalesce(h.half_2, 0) as half_2,
    w.row, coalesce(w.theme, '') as theme, coalesce(w.reward, '') as reward, coalesce(nullif(w.reflection, 'null'), '{}') as reflection
  from normalized_week w
  left join (
    select
      row, count(*) as habits,
      sum(hashtextextended(name, cells)) as half_1, sum(hashtextextended(name, cells + 4294967296)) as half_2,
      bool_or(odd) as odd
    from filled
    where row is not null
    group by row
  ) as h using (row)
), met as materialized (
  select
    child, week, sum(claims) as claims, max(habits) as habits, max(records) as records, max(version) as version,
    max(legacy_row) as legacy_row, max(week_row) as week_row,
    bool_or(odd) as odd,
    sum(claims) = 1 and count(*) = 2 and not bool_or(wrong_end) and min(habits) = max(habits)
      and min(half_1) = max(half_1) and min(half_2) = max(half_2) as equal,
    min(text_1) = max(text_1) and min(text_2) = max(text_2) as same_text
  from (
    select
      child, week, 1 as claims, habits, records, null as version, odd, false as wrong_end, half_1, half_2,
      hashtextextended(theme, hashtextextended(reward, jsonb_hash_extended(reflection, 1))) as text_1,
      hashtextextended(theme, hashtextextended(reward, jsonb_hash_extended(reflection, 2))) as text_2,
      row as legacy_row, null::tid as week_row
    from legacy where week is not null and not skipped
    union all
    select
      child, week, 0, habits, null, version, odd, wrong_end, half_1, half_2,
      hashtextextended(theme, hashtextextended(reward, jsonb_hash_extended(reflection, 1))),
      hashtextextended(theme, hashtextextended(reward, jsonb_hash_extended(reflection, 2))),
      null, row
    from normalized
  ) as both_sides
  group by child, week
), week as materialized (
  select
    child, week, claims, habits, records, version,
    odd or equal and not same_text and compared is null as odd, equal and (same_text or coalesce(compared, false)) as equal
  from (
    select *,
      -- Texts that are not the same as they stand may still be so as they are compared.
      case when equal and not same_text then (
        select
          driftwatch_text(t.theme) is not distinct from driftwatch_text(w.theme)
          and driftwatch_text(t.reward) is not distinct from driftwatch_text(w.reward)
          and driftwatch_answers(t.reflection) = driftwatch_answers(w.reflection)
        from (select theme, reward, reflection from public.habit_tracker where ctid = met.legacy_row offset 0) as t,
          (select theme, reward, reflection from public.weeks where ctid = met.week_row offset 0) as w
      ) end as compared
    from met
    offset 0
  ) as met
)
select jsonb_build_object(1,(select count(*) from met where equal))
$$;
create or replace function s_week(children text, alignment text, since text default null, until text default null) returns jsonb
language sql stable
set search_path = pg_catalog, public, pg_temp
-- A result is never asked for twice, so remembering it only costs.
set jit = off
set enable_memoize = off
set enable_mergejoin = off
set work_mem = '16MB'
as $$
with bounds as materialized (
  select coalesce(since, '-infinity')::date as first, coalesce(until::date - 1, 'infinity') as last
), child as materialized (
  select (ordinality - 1)::int as child, value
  from jsonb_array_elements(children::jsonb) with ordinality
), legacy_child as materialized (
  select child, (value ->> 0)::uuid as owner, value ->> 1 as name
  from (select child, jsonb_array_elements(value -> 'legacy') as value from child) as names
), normalized_child as materialized (
  select child, (value ->> 0)::uuid as id, (value ->> 1)::uuid as owner
  from (select child, jsonb_array_elements(value -> 'normalized') as value from child) as ids
), legacy as materialized (
  select
    c.child, placed.week,
    alignment = 'skip' and (placed.week - date '0001-01-01') % 7 <> 0 as skipped,
    coalesce(h.odd, false) or placed.week > date '9999-12-25' as odd,
    h.habits, coalesce(h.records, 0) as records, coalesce(h.half_1, 0) as half_1, coalesce(h.half_2, 0) as half_2,
    t.row, coalesce(t.theme, '') as theme, coalesce(t.reward, '') as reward, coalesce(nullif(t.reflection, 'null'), '{}') as reflection
  from bounds b cross join legacy_child c
  -- One by one, so that a statement costs what its own children cost, whatever the planner makes of the whole table.
  cross join lateral (
    select t.ctid as row, t.week_start_date, t.theme, t.reward, t.habits, t.reflection from public.habit_tracker t
    where t.user_id = c.owner and t.child_name = c.name and t.week_start_date >= b.first and t.week_start_date <= b.last
    union all
    select t.ctid as row, t.week_start_date, t.theme, t.reward, t.habits, t.reflection from public.habit_tracker t
    where c.owner is null and t.user_id is null and t.child_name = c.name and t.week_start_date >= b.first and t.week_start_date <= b.last
    union all
    select t.ctid as row, t.week_start_date, t.theme, t.reward, t.habits, t.reflection from public.habit_tracker t
    where b.last = 'infinity' and t.user_id is not distinct from c.owner and t.child_name = c.name and t.week_start_date is null
  ) as t
  cross join lateral (
    select case when t.week_start_date between date '0001-01-01' and date '9999-12-31' then
      t.week_start_date - case alignment when 'monday' then (t.week_start_date - date '0001-01-01') % 7 else 0 end
    end as week
    offset 0
  ) as placed
  cross join lateral (
    select
      count(*) as habits, sum(records) as records,
      sum(hashtextextended(name, cells)) as half_1, sum(hashtextextended(name, cells + 4294967296)) as half_2,
      -- A name that repeats is another one on the normalized side.
      bool_or(name is null or cells >= 268435456) or jsonb_typeof(t.habits) not in ('array', 'null')
        or count(distinct hashtextextended(name, 0)) < count(*) as odd
    from (
      select
        name, cells,
        case when cells < 268435456 then cells >> 21 else (
          select count(*) from jsonb_array_elements(case jsonb_typeof(times) when 'array' then times else '[]' end)
          where jsonb_typeof(value) <> 'null'
            and (jsonb_typeof(value) <> 'string' or coalesce(driftwatch_text(value #>> '{}'), 'none') <> 'none')
        ) end as records
      from (
        select
          driftwatch_text(raw_name) as name, times,
          case when jsonb_typeof(times) = 'array' then
            case when jsonb_array_length(times) = 7 then
              driftwatch_cell(times ->> 0, 0) + driftwatch_cell(times ->> 1, 1) + driftwatch_cell(times ->> 2, 2)
                + driftwatch_cell(times ->> 3, 3) + driftwatch_cell(times ->> 4, 4) + driftwatch_cell(times ->> 5, 5)
                + driftwatch_cell(times ->> 6, 6)
            else 268435456 end
          else 268435456 end as cells
        from (
          select
            case jsonb_typeof(value -> 'name') when 'string' then value ->> 'name' end as raw_name, value -> 'times' as times
          from jsonb_array_elements(case jsonb_typeof(t.habits) when 'array' then t.habits else '[]' end)
          offset 0
        ) as element
        offset 0
      ) as habit
    ) as habit
  ) as h
), normalized_week as materialized (
  select
    c.child, w.*,
    -- Dates that cannot be reckoned with are left to the action.
    case when w.week_start_date between date '0001-01-01' and date '9999-12-25' then w.week_start_date end as start
  from bounds b cross join normalized_child c
  cross join lateral (
    select w.ctid as row, w.id, w.week_start_date, w.week_end_date, w.theme, w.reward, w.reflection, w.source_version
    from public.weeks w
    where w.child_id = c.id and (c.owner is null or w.user_id = c.owner) and w.week_start_date >= b.first and w.week_start_date <= b.last
    offset 0
  ) as w
), habit as materialized (
  select w.row, w.start, (w.start - date '0001-01-01') % 7 as weekday, h.id, driftwatch_text(h.name) as name
  from normalized_week w
  cross join lateral (select h.id, h.name from public.habits h where h.week_id = w.id offset 0) as h
), record as (
  select
    habit_id, min(record_date) as first, max(record_date) as last,
    sum(driftwatch_cell(status, case when isfinite(record_date) then (record_date - date '0001-01-01') % 7 else 0 end)) as cells
  from (
    select habit_id, record_date, status
    from public.habit_records
    where since is not null and record_date >= (select first from bounds)
      -- A week that is no week of the calendar may reach into the next part.
      and record_date <= greatest((select last from bounds), (select max(start) + 6 from normalized_week))
    union all
    select r.habit_id, r.record_date, r.status
    from habit h
    cross join lateral (select r.habit_id, r.record_date, r.status from public.habit_records r where r.habit_id = h.id offset 0) as r
    where since is null
  ) as r
  group by habit_id
), filled as materialized (
  select
    h.row, h.name, r.habit_id, r.first, r.last,
    h.start is null or r.first < h.start or r.last > h.start + 6 or r.cells >= 268435456 or h.id is not null and h.name is null as odd,
    case
      when r.cells is null then 0
      when h.weekday = 0 then r.cells
      else (r.cells >> 21 << 21) + (((r.cells & 2097151) >> 3 * h.weekday) | ((r.cells & 2097151) << 21 - 3 * h.weekday) & 2097151)
    end as cells
  from habit h full join record r on r.habit_id = h.id
), stray as (
  select distinct c.child, w.week_start_date as week
  from bounds b cross join filled f
  cross join lateral (
    select w.child_id, w.user_id, w.week_start_date
    from public.habits h join public.weeks w on w.id = h.week_id
    where h.id = f.habit_id
      and not coalesce(f.first >= w.week_start_date and f.last <= least(w.week_start_date, '9999-12-25') + 6, false)
    offset 0
  ) as w
  join normalized_child c on c.id = w.child_id and (c.owner is null or w.user_id = c.owner)
  where f.row is null and f.first <= b.last
), normalized as materialized (
  select
    w.child, w.week_start_date as week, w.source_version as version,
    coalesce(h.odd, false) or w.start is null as odd,
    coalesce(h.habits, 0) as habits, w.week_end_date is distinct from w.start + 6 as wrong_end,
    coalesce(h.half_1, 0) as half_1, coalesce(h.half_2, 0) as half_2,
    w.row, coalesce(w.theme, '') as theme, coalesce(w.reward, '') as reward, coalesce(nullif(w.reflection, 'null'), '{}') as reflection
  from normalized_week w
  left join (
    select
      row, count(*) as habits,
      sum(hashtextextended(name, cells)) as half_1, sum(hashtextextended(name, cells + 4294967296)) as half_2,
      bool_or(odd) as odd
    from filled
    where row is not null
    group by row
  ) as h using (row)
), met as materialized (
  select
    child, week, sum(claims) as claims, max(habits) as habits, max(records) as records, max(version) as version,
    max(legacy_row) as legacy_row, max(week_row) as week_row,
    bool_or(odd) as odd,
    sum(claims) = 1 and count(*) = 2 and not bool_or(wrong_end) and min(habits) = max(habits)
      and min(half_1) = max(half_1) and min(half_2) = max(half_2) as equal,
    min(text_1) = max(text_1) and min(text_2) = max(text_2) as same_text
  from (
    select
      child, week, 1 as claims, habits, records, null as version, odd, false as wrong_end, half_1, half_2,
      hashtextextended(theme, hashtextextended(reward, jsonb_hash_extended(reflection, 1))) as text_1,
      hashtextextended(theme, hashtextextended(reward, jsonb_hash_extended(reflection, 2))) as text_2,
      row as legacy_row, null::tid as week_row
    from legacy where week is not null and not skipped
    union all
    select
      child, week, 0, habits, null, version, odd, wrong_end, half_1, half_2,
      hashtextextended(theme, hashtextextended(reward, jsonb_hash_extended(reflection, 1))),
      hashtextextended(theme, hashtextextended(reward, jsonb_hash_extended(reflection, 2))),
      null, row
    from normalized
  ) as both_sides
  group by child, week
), week as materialized (
  select
    child, week, claims, habits, records, version,
    odd or equal and not same_text and compared is null as odd, equal and (same_text or coalesce(compared, false)) as equal
  from (
    select *,
      -- Texts that are not the same as they stand may still be so as they are compared.
      case when equal and not same_text then (
        select
          driftwatch_text(t.theme) is not distinct from driftwatch_text(w.theme)
          and driftwatch_text(t.reward) is not distinct from driftwatch_text(w.reward)
          and driftwatch_answers(t.reflection) = driftwatch_answers(w.reflection)
        from (select theme, reward, reflection from public.habit_tracker where ctid = met.legacy_row offset 0) as t,
          (select theme, reward, reflection from public.weeks where ctid = met.week_row offset 0) as w
      ) end as compared
    from met
    offset 0
  ) as met
)
select jsonb_build_object(1,(select count(*) from week where equal))
$$;
