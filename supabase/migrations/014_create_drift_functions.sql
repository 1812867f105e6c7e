-- What Driftwatch asks the database when it compares every week: which children there are, which of their weeks are
-- not surely the same on both sides, and what is in those. Nothing here writes, and only the service role may call it.
--
-- The rule that everything follows: two weeks that these functions call equal are equal for the action as well. A week
-- that is odd in a way that only the action understands (a part of it cannot be read, a name repeats, white space
-- inside a status …) is handed to it as odd, whatever its digest says.

-- Nobody's own functions are looked for (an empty search_path): what may be created in `public` is not always for the owner to say.

-- The action works with one version and compares without these functions where it finds another.
create or replace function driftwatch_version() returns int
language sql immutable parallel safe
set search_path = ''
as $$ select 4 $$;

-- The type of each column that is compared, as { "table.column": type }: the functions below are written for the types of the
-- schema, and what another type means is for the action to say.
create or replace function driftwatch_types() returns jsonb
language sql stable
set search_path = ''
as $$
  select coalesce(jsonb_object_agg(t.relname || '.' || a.attname, format_type(a.atttypid, null)), '{}')
  from pg_class t join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
  where t.relnamespace = 'public'::pg_catalog.regnamespace and t.relname in ('habit_tracker', 'children', 'weeks', 'habits', 'habit_records')
$$;

-- Rows below the weeks that hang on nothing, which a foreign key that is NOT VALID lets be: [habits, records]. No week leads to
-- them. Records are looked for only where nobody goes through them by their dates (`driftwatch_compare`).
drop function if exists driftwatch_loose();
create or replace function driftwatch_loose(with_records boolean) returns jsonb
language sql stable
set search_path = ''
set jit = off
set work_mem = '64MB'
as $$
  select jsonb_build_array(
    (select count(*) from public.habits h where not exists (select from public.weeks w where w.id = h.week_id)),
    case when with_records then (
      select count(*) from public.habit_records r
      where r.status not in ('none', '')
        and not exists (select from public.habits h join public.weeks w on w.id = h.week_id where h.id = r.habit_id)
    ) else 0 end
  )
$$;

-- Optional text as it is compared: Unicode NFC, without the white space that JavaScript's trim removes; empty is null.
-- Most text has none of it at either end, which is cheaper to see than to trim.
-- Not `set search_path`, which would keep it from being inlined: a body of this kind is bound when it is created.
create or replace function driftwatch_text(value text) returns text
language sql immutable parallel safe
return case
  -- Nothing can cancel NFC over a long row of combining marks, which costs the square of its length: see dual_write_text.
  when octet_length(value) > 256
    and value ~ '[^\u0001-\u02ff\u1100-\u11ff\u3000-\u3029\u3030-\u3098\u309b-\ua66e\uac00-\ud7a3]{129}'
  then nullif(
    btrim(
      value,
      E' \t\n\u000b\f\r\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff'
    ),
    ''
  )
  when ascii(value) > 32 and ascii(right(value, 1)) > 32 and value is nfc normalized
    and ascii(value) not in (
      160, 5760, 8192, 8193, 8194, 8195, 8196, 8197, 8198, 8199, 8200, 8201, 8202, 8232, 8233, 8239, 8287, 12288, 65279
    )
    and ascii(right(value, 1)) not in (
      160, 5760, 8192, 8193, 8194, 8195, 8196, 8197, 8198, 8199, 8200, 8201, 8202, 8232, 8233, 8239, 8287, 12288, 65279
    )
  then value
  else nullif(
    btrim(
      normalize(value, nfc),
      E' \t\n\u000b\f\r\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff'
    ),
    ''
  )
end;

-- The answers of a reflection that say something, as they are compared; null when one of them is not plain text, and for
-- what is no set of answers, which only the action understands.
create or replace function driftwatch_answers(reflection jsonb) returns jsonb
language sql immutable parallel safe
set search_path = ''
as $$
  select case
    when reflection is null or jsonb_typeof(reflection) = 'null' then '{}'
    when jsonb_typeof(reflection) = 'object' then (
      select case
        when bool_or(jsonb_typeof(value) not in ('string', 'null') or key is distinct from public.driftwatch_text(key)) then null
        else coalesce(jsonb_object_agg(key, public.driftwatch_text(value #>> '{}')) filter (where public.driftwatch_text(value #>> '{}') is not null), '{}')
      end
      from jsonb_each(reflection)
    )
  end
$$;

-- One cell of a habit, to be summed up: three bits a day for the status, above them (2^21) the number of filled cells, and
-- above that (2^28) a mark for what only the action can read. The number of cells shows when two of them share a day,
-- which the sum of their bits alone could hide.
create or replace function driftwatch_cell(status text, day int) returns int
language sql immutable parallel safe
return case coalesce(status, '')
  when 'green' then 2097152 + (1 << 3 * day)
  when 'yellow' then 2097152 + (2 << 3 * day)
  when 'red' then 2097152 + (3 << 3 * day)
  when '' then 0
  when 'none' then 0
  else 268435456
end;

-- Children of both sides and how many weeks each has, at most `page` of a side in one answer.
--
-- after: JSON text, the `next` of the answer before; null for the first.
-- returns {
--   legacy: [[user_id, child_name, rows] …], in any order, one for each spelling;
--   normalized: [[child_id, user_id, weeks] …], with the weeks' user_id only where the row of the child is missing;
--   next: null when this was all
-- }
create or replace function driftwatch_children(after text default null, page int default 10000) returns jsonb
language plpgsql stable
set search_path = ''
set jit = off
as $$
declare
  -- { owner, name }: the last child of the legacy side; { ownerless }: the last one that names no user; { child }: of the other.
  position pg_catalog.jsonb := coalesce(after, '{}')::pg_catalog.jsonb;
  legacy pg_catalog.jsonb;
  ownerless pg_catalog.jsonb;
  normalized pg_catalog.jsonb;
begin
  if position ? 'owner' then
    select coalesce(jsonb_agg(jsonb_build_array(user_id, child_name, n) order by user_id, child_name), '[]') into legacy
    from (
      select user_id, child_name, count(*) as n from public.habit_tracker
      where user_id is not null and (user_id, child_name) > ((position ->> 'owner')::pg_catalog.uuid, position ->> 'name')
      group by user_id, child_name order by user_id, child_name limit page
    ) as children;
  else
    select coalesce(jsonb_agg(jsonb_build_array(user_id, child_name, n) order by user_id, child_name), '[]') into legacy
    from (
      select user_id, child_name, count(*) as n from public.habit_tracker
      where user_id is not null
      group by user_id, child_name order by user_id, child_name limit page
    ) as children;
  end if;

  select coalesce(jsonb_agg(jsonb_build_array(null, child_name, n) order by child_name), '[]') into ownerless
  from (
    select child_name, count(*) as n from public.habit_tracker
    where user_id is null and (not position ? 'ownerless' or child_name > position ->> 'ownerless')
    group by child_name order by child_name limit page
  ) as children;

  select coalesce(jsonb_agg(jsonb_build_array(w.child_id, w.user_id, w.n) order by w.child_id), '[]') into normalized
  from (
    select child_id, count(*) as n from public.weeks
    where not position ? 'child' or child_id > (position ->> 'child')::pg_catalog.uuid
    group by child_id order by child_id limit page
  ) as known
  left join public.children c on c.id = known.child_id
  cross join lateral (
    select known.child_id, null::pg_catalog.uuid as user_id, known.n where c.id is not null
    union all
    -- An index tells the rest; whose a week is, only its row.
    select w.child_id, w.user_id, count(*) from public.weeks w where c.id is null and w.child_id = known.child_id group by 1, 2
  ) as w;

  return jsonb_build_object(
    'legacy', legacy || ownerless,
    'normalized', normalized,
    'next', case when greatest(jsonb_array_length(legacy), jsonb_array_length(ownerless), jsonb_array_length(normalized)) >= page
      then jsonb_strip_nulls(position || jsonb_build_object(
        'owner', coalesce(legacy -> -1 -> 0, position -> 'owner'),
        'name', coalesce(legacy -> -1 -> 1, position -> 'name'),
        'ownerless', coalesce(ownerless -> -1 -> 1, position -> 'ownerless'),
        'child', coalesce(normalized -> -1 -> 0, position -> 'child')
      )) end
  );
end
$$;

-- How many rows of both sides there are by the date on which a week starts, in its order: [[date, rows] …]. Under `monday`
-- dates are Mondays. Rows without a date are with the last, and dates of no calendar with those next to them. Null where there
-- is no index by which a date's rows are found: each of many statements would go through the whole table.
create or replace function driftwatch_weeks(alignment text) returns jsonb
language sql stable
set search_path = ''
set jit = off
as $$
  select case when (
    -- Records and weeks are looked up by the date alone, legacy rows by child and date.
    select bool_or(of_table = 'habit_records' and place = 1) and bool_or(of_table = 'weeks' and place = 1)
      and bool_or(of_table = 'habit_tracker' and place > 1)
    from (
      select t.relname as of_table, key.place
      from pg_class t
      join pg_index i on i.indrelid = t.oid and i.indisvalid and i.indpred is null
      cross join lateral unnest(i.indkey::pg_catalog.int2[]) with ordinality as key(attribute, place)
      join pg_attribute a on a.attrelid = t.oid and a.attnum = key.attribute
      where t.relnamespace = 'public'::pg_catalog.regnamespace
        and (t.relname, a.attname) in (('habit_records', 'record_date'), ('weeks', 'week_start_date'), ('habit_tracker', 'week_start_date'))
    ) as indexed
  ) then coalesce(jsonb_agg(jsonb_build_array(start, rows) order by start), '[]') end
  from (
    select start - case alignment when 'monday' then (start - pg_catalog.date '0001-01-01') % 7 else 0 end as start, sum(rows) as rows
    from (
      -- 9999-12-27 is the last Monday of the calendar.
      select greatest(pg_catalog.date '0001-01-01', least(pg_catalog.date '9999-12-27', week_start_date)) as start, rows
      from (
        select week_start_date, count(*) as rows from public.habit_tracker group by week_start_date
        union all
        select week_start_date, count(*) from public.weeks group by week_start_date
      ) as both_sides
    ) as placed
    group by 1
  ) as starts
$$;

-- Compares weeks, both sides in one statement and so in one snapshot: all the weeks of some children, or of all children those
-- that start within some dates. The latter costs much less, since records are found side by side by their date rather than
-- one here and one there by the random id of their habit.
--
-- legacy_places, legacy_users, legacy_names: who is one child on both sides, as arrays in the notation of Postgres, which it reads
--   many times faster than JSON: for each spelling the place of its child, a number, the user_id or null, and the child_name.
-- normalized_places, normalized_ids, normalized_users, normalized_owners: the same of the other side: for each child_id the place
--   of its child, a user_id where only the weeks of that user are meant, else null, and whose the child is and its weeks should be.
-- alignment: `skip`, `monday` or `exact`.
-- since, until: the dates, the second one excluded; under `monday` Mondays. `-infinity` and null leave an end open. Without
--   `since` it is all the weeks of the children.
-- returns {
--   rows, habits, records, skipped: of the legacy side, as they are;
--   claimed: weeks that the legacy side implies;
--   equal: { weeks, habits, records, versions: { source_version: weeks } };
--   legacy_children, equal_children: [child …], those with legacy rows and those with equal weeks, by their places, in any order;
--   differing: [[child, week] …];
--   odd: [[child, week] …], for the action to judge;
--   undated: [child …] with a row from which no date can be read;
--   stray: [[child, week] …] that start at other dates and have a record dated within these: odd, whatever else is said of them;
--   loose: how many records within the dates hang on nothing
-- }
drop function if exists driftwatch_compare(text, text);
drop function if exists driftwatch_compare(text, text, text, text);
drop function if exists driftwatch_compare(text, text, text, text, text, text, text, text, text);
create or replace function driftwatch_compare(
  legacy_places text, legacy_users text, legacy_names text, normalized_places text, normalized_ids text, normalized_users text,
  normalized_owners text, alignment text, since text default null, until text default null
) returns jsonb
language sql stable
set search_path = ''
-- A result is never asked for twice, so remembering it only costs; and where an index finds a handful of rows that lie side by
-- side, so does reading them ahead (a quarter of the time from Postgres 18 on, which leaves that to other processes).
set jit = off
set enable_memoize = off
set enable_bitmapscan = off
set enable_mergejoin = off
set work_mem = '16MB'
as $$
with bounds as materialized (
  select
    coalesce(since, '-infinity')::pg_catalog.date as first, coalesce(until::pg_catalog.date - 1, 'infinity') as last,
    -- Nobody knew it when they wrote the rows, so that no row could be made to look like another.
    (random() * 2305843009213693952)::bigint as salt,
    exists (
      select from pg_index
      where indrelid = 'public.habits'::pg_catalog.regclass and indisunique and indisvalid and indpred is null and indexprs is null
        and indkey[0:indnkeyatts - 1]::pg_catalog.int2[] <@ (
          select array_agg(attnum) from pg_attribute where attrelid = indrelid and attname in ('week_id', 'name')
        )
    ) as unique_names
), legacy_child as materialized (
  select * from unnest(legacy_places::int[], legacy_users::pg_catalog.uuid[], legacy_names::pg_catalog.text[]) as legacy_child(child, owner, name)
  -- Never there: it has the planner expect many, where it cannot know. What it takes for a few it joins by trying each with each.
  union all select null, null, null from generate_series(1, 10000) where alignment = ''
), normalized_child as materialized (
  select * from unnest(normalized_places::int[], normalized_ids::pg_catalog.uuid[], normalized_users::pg_catalog.uuid[], normalized_owners::pg_catalog.uuid[])
    as normalized_child(child, id, of_user, owner)
  union all select null, null, null, null from generate_series(1, 10000) where alignment = ''
), normalized_week as materialized (
  select
    c.child, w.*, w.user_id is distinct from c.owner as of_another,
    -- Dates that cannot be reckoned with are left to the action.
    case when w.week_start_date between pg_catalog.date '0001-01-01' and pg_catalog.date '9999-12-25' then w.week_start_date end as start
  from (
    select w.child_id, w.user_id, w.ctid as row, w.id, w.week_start_date, w.week_end_date, w.source_version
    from public.weeks w
    where since is not null and w.week_start_date >= (select first from bounds) and w.week_start_date <= (select last from bounds)
    union all
    select w.*
    from (select distinct id from normalized_child where since is null) as c
    cross join lateral (
      select w.child_id, w.user_id, w.ctid as row, w.id, w.week_start_date, w.week_end_date, w.source_version
      from public.weeks w where w.child_id = c.id
      offset 0
    ) as w
  ) as w
  join normalized_child c on c.id = w.child_id and (c.of_user is null or w.user_id = c.of_user)
  union all select null, null, null, null, null, null, null, null, null, null from generate_series(1, 10000) where alignment = ''
), habit as materialized (
  select w.row, w.start, (w.start - pg_catalog.date '0001-01-01') % 7 as weekday, h.id, h.name
  from normalized_week w
  cross join lateral (select h.id, h.name from public.habits h where h.week_id = w.id offset 0) as h
), plain_name as materialized (
  -- A few names come again and again: most of them stand as they are compared, which is cheaper to look up than to find out.
  select name from (select distinct name from habit offset 0) as names where name = public.driftwatch_text(name)
), legacy as materialized (
  select
    c.child, placed.week,
    alignment = 'skip' and (placed.week - pg_catalog.date '0001-01-01') % 7 <> 0 as skipped,
    coalesce(h.odd, false) or placed.week > pg_catalog.date '9999-12-25' as odd,
    h.habits, coalesce(h.records, 0) as records, coalesce(h.half_1, 0) as half_1, coalesce(h.half_2, 0) as half_2,
    t.row
  from bounds b cross join legacy_child c
  -- One by one, so that a statement costs what its own children cost, whatever the planner makes of the whole table.
  cross join lateral (
    select t.ctid as row, t.week_start_date, t.habits from public.habit_tracker t
    where t.user_id = c.owner and t.child_name = c.name and t.week_start_date >= b.first and t.week_start_date <= b.last
    union all
    select t.ctid as row, t.week_start_date, t.habits from public.habit_tracker t
    where c.owner is null and t.user_id is null and t.child_name = c.name and t.week_start_date >= b.first and t.week_start_date <= b.last
    union all
    select t.ctid as row, t.week_start_date, t.habits from public.habit_tracker t
    where b.last = 'infinity' and t.user_id is not distinct from c.owner and t.child_name = c.name and t.week_start_date is null
  ) as t
  cross join lateral (
    select case when t.week_start_date between pg_catalog.date '0001-01-01' and pg_catalog.date '9999-12-31' then
      t.week_start_date - case alignment when 'monday' then (t.week_start_date - pg_catalog.date '0001-01-01') % 7 else 0 end
    end as week
    offset 0
  ) as placed
  cross join lateral (
    select
      count(*) as habits, sum(records) as records,
      sum(hashtextextended(name, (select salt from bounds) + cells)) as half_1, sum(hashtextextended(name, (select salt from bounds) + cells + 4294967296)) as half_2,
      bool_or(name is null or cells >= 268435456) or jsonb_typeof(t.habits) not in ('array', 'null') or count(*) > 200 as odd
    from (
      select
        name, cells,
        case when cells < 268435456 then cells >> 21 else (
          select count(*) from jsonb_array_elements(case jsonb_typeof(times) when 'array' then times else '[]' end)
          where jsonb_typeof(value) <> 'null'
            and (jsonb_typeof(value) <> 'string' or coalesce(public.driftwatch_text(value #>> '{}'), 'none') <> 'none')
        ) end as records
      from (
        select
          case when raw_name in (select name from plain_name) then raw_name else public.driftwatch_text(raw_name) end as name, times,
          case when jsonb_typeof(times) = 'array' then
            case when jsonb_array_length(times) = 7 then
              public.driftwatch_cell(times ->> 0, 0) + public.driftwatch_cell(times ->> 1, 1) + public.driftwatch_cell(times ->> 2, 2)
                + public.driftwatch_cell(times ->> 3, 3) + public.driftwatch_cell(times ->> 4, 4) + public.driftwatch_cell(times ->> 5, 5)
                + public.driftwatch_cell(times ->> 6, 6)
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
), record as (
  select
    habit_id, min(record_date) as first, max(record_date) as last,
    sum(public.driftwatch_cell(status, case when isfinite(record_date) then (record_date - pg_catalog.date '0001-01-01') % 7 else 0 end)) as cells
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
    h.row, r.habit_id, r.first, r.last,
    case when h.name in (select name from plain_name) then h.name else public.driftwatch_text(h.name) end as name, h.name as raw_name,
    h.start is null or r.first < h.start or r.last > h.start + 6 or r.cells >= 268435456 as odd,
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
  join normalized_child c on c.id = w.child_id and (c.of_user is null or w.user_id = c.of_user)
  where f.row is null and f.first <= b.last
), loose as (
  -- Records within these dates that no week leads to.
  select r.record_date
  from bounds b cross join filled f
  cross join lateral (
    select r.record_date from public.habit_records r
    where r.habit_id = f.habit_id and r.record_date >= b.first and r.record_date <= b.last and r.status not in ('none', '')
    offset 0
  ) as r
  where f.row is null and f.first <= b.last
    and not exists (select from public.habits h join public.weeks w on w.id = h.week_id where h.id = f.habit_id)
), normalized as materialized (
  select
    w.child, w.week_start_date as week, w.source_version as version,
    coalesce(h.odd, false) or w.start is null as odd, coalesce(h.respelled, false) as respelled,
    coalesce(h.habits, 0) as habits, w.week_end_date is distinct from w.start + 6 or w.of_another as wrong,
    coalesce(h.half_1, 0) as half_1, coalesce(h.half_2, 0) as half_2,
    w.row
  from normalized_week w
  left join (
    select
      row, count(*) as habits,
      sum(hashtextextended(name, (select salt from bounds) + cells)) as half_1, sum(hashtextextended(name, (select salt from bounds) + cells + 4294967296)) as half_2,
      bool_or(odd or name is null) as odd, bool_or(name is distinct from raw_name) as respelled
    from filled
    where row is not null
    group by row
  ) as h using (row)
), met as materialized (
  select
    child, week, sum(claims) as claims, max(habits) as habits, max(records) as records, max(version) as version,
    max(legacy_row) as legacy_row, max(week_row) as week_row,
    bool_or(odd) as odd, bool_or(respelled) as respelled,
    sum(claims) = 1 and count(*) = 2 and not bool_or(wrong) and min(habits) = max(habits)
      and min(half_1) = max(half_1) and min(half_2) = max(half_2) as equal
  from (
    select
      child, week, 1 as claims, habits, records, null as version, odd, false as respelled, false as wrong, half_1, half_2,
      row as legacy_row, null::pg_catalog.tid as week_row
    from legacy where week is not null and not skipped
    union all
    select
      child, week, 0, habits, null, version, odd, respelled, wrong, half_1, half_2,
      null, row
    from normalized
  ) as both_sides
  group by child, week
), week as materialized (
  select
    child, week, claims, habits, records, version,
    odd or repeated or equal and same_text is null as odd, equal and coalesce(same_text, false) as equal
  from (
    select *,
      -- A name that repeats is another one on the normalized side. Of two sides with the same names, it is seen on that one,
      -- where no name repeats but by becoming the same as another.
      case when not odd and legacy_row is not null and not (equal and not respelled and (select unique_names from bounds)) then (
        select count(distinct public.driftwatch_text(value ->> 'name')) < count(*)
        from (select habits from public.habit_tracker where ctid = met.legacy_row offset 0) as t,
          jsonb_array_elements(case jsonb_typeof(t.habits) when 'array' then t.habits else '[]' end)
      ) else false end as repeated,
      case when equal then (
        select
          -- Texts that are not the same as they stand may still be so as they are compared.
          (t.theme is not distinct from w.theme or public.driftwatch_text(t.theme) is not distinct from public.driftwatch_text(w.theme))
          and (t.reward is not distinct from w.reward or public.driftwatch_text(t.reward) is not distinct from public.driftwatch_text(w.reward))
          and (t.reflection is not distinct from w.reflection or public.driftwatch_answers(t.reflection) = public.driftwatch_answers(w.reflection))
        from (select theme, reward, reflection from public.habit_tracker where ctid = met.legacy_row offset 0) as t,
          (select theme, reward, reflection from public.weeks where ctid = met.week_row offset 0) as w
      ) end as same_text
    from met
    offset 0
  ) as met
)
select jsonb_build_object(
  'rows', (select count(*) from legacy),
  'habits', (select coalesce(sum(habits), 0) from legacy),
  'records', (select coalesce(sum(records), 0) from legacy),
  'skipped', (select count(*) from legacy where skipped),
  'claimed', (select count(*) from week where claims > 0),
  'equal', (
    select jsonb_build_object(
      'weeks', coalesce(sum(weeks), 0), 'habits', coalesce(sum(habits), 0), 'records', coalesce(sum(records), 0),
      'versions', coalesce(jsonb_object_agg(version, weeks) filter (where version is not null), '{}')
    )
    from (
      select version, count(*) as weeks, sum(habits) as habits, sum(records) as records
      from week where equal and not odd group by version
    ) as versions
  ),
  'legacy_children', (select coalesce(jsonb_agg(child), '[]') from (select distinct child from legacy) as children),
  'equal_children', (select coalesce(jsonb_agg(child), '[]') from (select distinct child from week where equal and not odd) as children),
  'differing', (select coalesce(jsonb_agg(jsonb_build_array(child, week)), '[]') from week where not equal and not odd),
  'odd', (select coalesce(jsonb_agg(jsonb_build_array(child, week)), '[]') from week where odd),
  'undated', (select coalesce(jsonb_agg(distinct child), '[]') from legacy where week is null),
  'stray', (select coalesce(jsonb_agg(jsonb_build_array(child, week)), '[]') from stray),
  'loose', (select count(*) from loose)
)
$$;

-- Both sides of some weeks as they are, in one snapshot, for the action to compare.
--
-- owners, names, weeks: which, as arrays in the notation of Postgres: for each spelling of a week's child the user_id or null, the
--   name, and the date; null for the legacy rows from which none can be read. A child whose row is missing goes by its id.
-- alignment: `skip`, `monday` or `exact`.
-- returns {
--   children: [{ row_id, user_id, name } …]: all of these names, whosever they are;
--   legacy: [{ row_id, user_id, child_name, week_start_date, theme, reward, habits, reflection, updated_at } …], JSON as text;
--   weeks: [{ row_id, user_id, child_id, week_start_date, week_end_date, theme, reward, reflection, source_version, created_at,
--     updated_at, habits: [[id, name, [[id, record_date, status] …]] …] } …]
-- }
create or replace function driftwatch_read(owners text, names text, weeks text, alignment text) returns json
language sql stable
set search_path = ''
set jit = off
set enable_memoize = off
set enable_bitmapscan = off
as $$
with asked as materialized (
  select
    owner, name, week,
    -- The last week of the calendar is cut short.
    case when alignment = 'monday' and week between pg_catalog.date '0001-01-01' and pg_catalog.date '9999-12-31'
      then least(week, pg_catalog.date '9999-12-25') + 6 else week end as last
  from unnest(owners::pg_catalog.uuid[], names::pg_catalog.text[], weeks::pg_catalog.date[]) as asked(owner, name, week)
), span as materialized (
  select owner, name, week as first, last from asked where week is not null
  union all
  -- Dates of no calendar; rows without any are below.
  select owner, name, outside.first, outside.last
  from asked cross join (values (pg_catalog.date '-infinity', pg_catalog.date '0001-12-31 BC'), (pg_catalog.date '10000-01-01', pg_catalog.date 'infinity')) as outside(first, last)
  where week is null
), legacy as materialized (
  -- A row that names no user is found by every user who has such a child. Each condition is one that an index can serve.
  select t.id from span a cross join lateral (
    select t.id from public.habit_tracker t
    where t.user_id = a.owner and t.child_name = a.name and t.week_start_date >= a.first and t.week_start_date <= a.last
    union all
    select t.id from public.habit_tracker t
    where t.user_id is null and t.child_name = a.name and t.week_start_date >= a.first and t.week_start_date <= a.last
  ) as t
  union
  select t.id from asked a cross join lateral (
    select t.id from public.habit_tracker t
    where a.week is null and t.user_id = a.owner and t.child_name = a.name and t.week_start_date is null
    union all
    select t.id from public.habit_tracker t
    where a.week is null and t.user_id is null and t.child_name = a.name and t.week_start_date is null
  ) as t
), normalized as materialized (
  select w.id from asked a cross join lateral (
    select w.id from public.children c join public.weeks w on w.child_id = c.id
    where c.user_id = a.owner and c.name = a.name and w.week_start_date = a.week
    union all
    select w.id from public.children c join public.weeks w on w.child_id = c.id
    where a.owner is null and c.user_id is null and c.name = a.name and w.week_start_date = a.week
  ) as w
  union
  select w.id from asked a cross join lateral (
    select w.id from public.weeks w
    where w.child_id = case when a.name ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then a.name::pg_catalog.uuid end and w.week_start_date = a.week
  ) as w
)
select json_build_object(
  'children', (
    select coalesce(json_agg(json_build_object('row_id', c.id, 'user_id', c.user_id, 'name', c.name)), '[]')
    from public.children c where c.name in (select name from asked)
  ),
  'legacy', (
    select coalesce(json_agg(json_build_object(
      'row_id', t.id::pg_catalog.text, 'user_id', t.user_id, 'child_name', t.child_name, 'week_start_date', t.week_start_date,
      -- Without a date nothing else is compared.
      'theme', case when d.is_dated then t.theme end, 'reward', case when d.is_dated then t.reward end,
      'habits', case when d.is_dated then t.habits::pg_catalog.text end, 'reflection', case when d.is_dated then t.reflection::pg_catalog.text end,
      'updated_at', t.updated_at
    ) order by t.id), '[]')
    from legacy l
    cross join lateral (select * from public.habit_tracker t where t.id = l.id offset 0) as t
    cross join lateral (select coalesce(t.week_start_date between pg_catalog.date '0001-01-01' and pg_catalog.date '9999-12-31', false) as is_dated) as d
  ),
  'weeks', (
    select coalesce(json_agg(json_build_object(
      'row_id', w.id, 'user_id', w.user_id, 'child_id', w.child_id, 'week_start_date', w.week_start_date, 'week_end_date', w.week_end_date,
      'theme', w.theme, 'reward', w.reward, 'reflection', w.reflection::pg_catalog.text, 'source_version', w.source_version,
      'created_at', w.created_at, 'updated_at', w.updated_at,
      'habits', (
        select coalesce(json_agg(json_build_array(h.id, h.name, (
          select coalesce(json_agg(json_build_array(r.id, r.record_date, r.status)), '[]') from public.habit_records r where r.habit_id = h.id
        ))), '[]')
        from public.habits h where h.week_id = w.id
      )
    ) order by w.id), '[]')
    from normalized n
    cross join lateral (select * from public.weeks w where w.id = n.id offset 0) as w
  )
)
$$;

-- PUBLIC may execute a new function, and Supabase's default privileges grant more by name.
do $$
declare
  name text;
  role text;
begin
  foreach name in array array[
    'driftwatch_version()', 'driftwatch_types()', 'driftwatch_loose(boolean)', 'driftwatch_text(text)', 'driftwatch_answers(jsonb)', 'driftwatch_cell(text, int)',
    'driftwatch_children(text, int)', 'driftwatch_weeks(text)', 'driftwatch_compare(text, text, text, text, text, text, text, text, text, text)',
    'driftwatch_read(text, text, text, text)'
  ] loop
    execute pg_catalog.format('revoke all on function %s from public', name);
    foreach role in array array['anon', 'authenticated', 'service_role'] loop
      if exists (select from pg_roles where rolname = role) then
        execute pg_catalog.format('revoke all on function %s from %I', name, role);
        if role = 'service_role' then execute pg_catalog.format('grant execute on function %s to %I', name, role); end if;
      end if;
    end loop;
  end loop;
end $$;
