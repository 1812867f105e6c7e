-- The dual-write's foundation: its switch, its books, the one function that brings a week of the
-- normalized side to what the legacy side says, and the trigger that calls it.
--
-- Everything here is driven by state, not by events: whatever happened to a legacy row, the week it
-- belonged to and the week it belongs to are brought to what the legacy table says now. Doing it
-- twice, late or in another order therefore ends in the same place.

-- Books ---------------------------------------------------------------------------------------

create table if not exists dual_write_settings (
  mode           text not null default 'off'
    constraint ck_dual_write_settings_mode check (mode in ('off', 'legacy_only', 'on')),
  week_alignment text not null default 'skip'
    constraint ck_dual_write_settings_week_alignment check (week_alignment in ('skip', 'monday', 'exact')),
  updated_at     timestamptz not null default now()
);
create unique index if not exists idx_dual_write_settings_one_row on dual_write_settings ((true));
insert into dual_write_settings default values on conflict do nothing;
create or replace trigger trigger_dual_write_settings_updated_at
  before update on dual_write_settings for each row execute function set_updated_at();

create table if not exists dual_write_failures (
  id           bigint generated always as identity primary key,
  source_table text not null default 'habit_tracker',
  operation    text not null,
  legacy_id    text,
  error        text not null,
  payload      jsonb not null default '{}',
  attempts     int not null default 1,
  created_at   timestamptz not null default now(),
  resolved_at  timestamptz
);
comment on column dual_write_failures.error is
  '`duplicate_week` for a legacy row that lost its week to another one: on record, but not an open failure';
comment on column dual_write_failures.payload is 'The legacy row as it was when the sync failed';
create index if not exists idx_dual_write_failures_open
  on dual_write_failures (legacy_id) where resolved_at is null;

create table if not exists idempotency_log (
  id            uuid primary key default gen_random_uuid(),
  key           text not null,
  operation     text not null,
  request_data  jsonb,
  response_data jsonb,
  status        text not null,
  created_at    timestamptz not null default now(),
  expires_at    timestamptz not null default now() + interval '24 hours'
);
comment on column idempotency_log.key is 'The owner''s id, a colon, and the X-Idempotency-Key: keys belong to a user';
comment on column idempotency_log.response_data is '{ "status": HTTP status code, "body": the answer }';
create unique index if not exists idx_idempotency_key on idempotency_log (key);
create index if not exists idx_idempotency_expires on idempotency_log (expires_at);
create index if not exists idx_idempotency_status on idempotency_log (status);
create index if not exists idx_idempotency_created on idempotency_log (created_at);

create table if not exists dual_write_requests (
  id          bigint generated always as identity primary key,
  created_at  timestamptz not null default now(),
  operation   text,
  status      int not null,
  code        text,
  replayed    boolean not null default false,
  duration_ms double precision not null
);
create index if not exists idx_dual_write_requests_created on dual_write_requests (created_at);

-- When each cell was last written through the Edge Function. A cleared cell has no record that could
-- remember it. Not a foreign key: legacy ids are opaque text, and a legacy delete must not wait here.
create table if not exists dual_write_cells (
  legacy_id   text not null,
  habit       text not null,
  day         smallint not null,
  occurred_at timestamptz not null,
  primary key (legacy_id, habit, day)
);

-- No row-level security on the books: their privileges keep everybody but the service out.
-- Supabase grants EXECUTE and ALL to the API roles by default privileges, so that revoking from
-- PUBLIC is not enough. Every migration that adds something to the dual-write ends by calling this.
create or replace function dual_write_restrict() returns void
language plpgsql
set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_object text;
  v_role text;
begin
  for v_object in
    select 'function ' || p.oid::regprocedure
    from pg_proc p
    where p.pronamespace = 'public'::regnamespace
      and (p.proname like 'dual\_write\_%' or p.proname in (
        'sync_old_to_new', 'set_dual_write_mode', 'retry_dual_write_failures', 'cleanup_idempotency_log',
        'backfill_legacy_weeks', 'validate_pending_constraints', 'get_policies', 'get_rls_status'))
    union all
    select 'table ' || c.oid::regclass
    from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
      and (c.relname like 'dual\_write\_%' or c.relname = 'idempotency_log')
    union all
    select 'sequence ' || c.oid::regclass
    from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'S' and c.relname like 'dual\_write\_%'
  loop
    execute format('revoke all on %s from public', v_object);
    for v_role in select rolname from pg_roles where rolname in ('anon', 'authenticated') loop
      execute format('revoke all on %s from %I', v_object, v_role);
    end loop;
    if exists (select from pg_roles where rolname = 'service_role') then
      execute format('grant all on %s to service_role', v_object);
    end if;
  end loop;
end $$;

-- The switch ------------------------------------------------------------------------------------

create or replace function dual_write_mode() returns text
language sql stable
as $$ select coalesce((select mode from public.dual_write_settings), 'off') $$;

create or replace function set_dual_write_mode(p_mode text) returns text
language plpgsql security definer
set search_path = pg_catalog, public, pg_temp
as $$
begin
  if p_mode is null or p_mode not in ('off', 'legacy_only', 'on') then
    raise exception 'The dual-write mode is one of off, legacy_only and on, not %.', coalesce(quote_literal(p_mode), 'null')
      using errcode = 'invalid_parameter_value';
  end if;
  insert into dual_write_settings (mode) values (p_mode)
    on conflict ((true)) do update set mode = excluded.mode;
  return p_mode;
end $$;

-- What counts as the same, and where a legacy row belongs -------------------------------------------

-- Text after Unicode NFC and without white space at either end: what String.prototype.trim removes.
create or replace function dual_write_text(p_text text) returns text
language sql immutable parallel safe
as $$
  select btrim(normalize(p_text, NFC),
    E' \t\n\x0b\f\r\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff')
$$;

-- Every sync looks for what is on record about its child, however much is on record.
create index if not exists idx_dual_write_failures_child
  on dual_write_failures (dual_write_text(payload ->> 'child_name')) where resolved_at is null;

-- The books know a legacy row by its id as text, whatever the column's type.
create index if not exists idx_habit_tracker_id_text on habit_tracker ((id::text));

-- JSON without what is empty (null, '', and what is empty once they are gone), texts as above.
create or replace function dual_write_canonical(p_json jsonb) returns jsonb
language plpgsql immutable parallel safe
set search_path = pg_catalog, public, pg_temp
as $$
begin
  return case jsonb_typeof(p_json)
    when 'null' then null
    when 'string' then to_jsonb(nullif(dual_write_text(p_json #>> '{}'), ''))
    when 'object' then (
      select nullif(jsonb_object_agg(dual_write_text(e.key), c.value), '{}')
      from jsonb_each(p_json) e, lateral dual_write_canonical(e.value) c (value)
      where c.value is not null)
    when 'array' then (
      select nullif(jsonb_agg(c.value order by e.place), '[]')
      from jsonb_array_elements(p_json) with ordinality e (value, place),
        lateral dual_write_canonical(e.value) c (value)
      where c.value is not null)
    else p_json
  end;
end $$;

-- The week that a date belongs to; null for a week that is written to the legacy side only.
create or replace function dual_write_week(p_date date, p_alignment text) returns date
language sql immutable parallel safe
as $$
  select case
    when p_alignment = 'monday' then p_date - (extract(isodow from p_date)::int - 1)
    when p_alignment = 'skip' and extract(isodow from p_date) <> 1 then null
    else p_date
  end
$$;

-- The users who have a child of this name.
create or replace function dual_write_owners(p_child text) returns uuid[]
language sql stable
as $$
  select coalesce(array_agg(distinct user_id), '{}') from public.children
  where public.dual_write_text(name) = public.dual_write_text(p_child)
$$;

do $$
begin
  -- The expression is dual_write_text's own, written out: an index on the function itself would ask
  -- everybody who writes a child for the right to execute it.
  execute $index$
    create index if not exists idx_children_canonical_name on children (btrim(normalize(name, NFC),
    E' \t\n\x0b\f\r\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff'))
  $index$;
  execute $index$
    create index if not exists idx_habit_tracker_canonical_week on habit_tracker (btrim(normalize(child_name, NFC),
    E' \t\n\x0b\f\r\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff'),
    week_start_date)
  $index$;
end $$;

-- Whoever changes a child's weeks on both sides holds this until the end of the transaction. By name
-- alone, because whose a legacy row without user_id is depends on every child of that name. Taken
-- after the legacy row's own lock, never before: the legacy app's statements come in that order.
create or replace function dual_write_lock(p_child text) returns void
language sql
as $$ select pg_advisory_xact_lock(hashtextextended('dual_write/' || public.dual_write_text(p_child), 0)) $$;

-- What one cell of a legacy habit says; null where there is no record.
create or replace function dual_write_cell(p_habit jsonb, p_day int) returns text
language sql immutable parallel safe
as $$ select nullif(nullif(public.dual_write_text(p_habit -> 'times' ->> p_day), ''), 'none') $$;

-- The habits that a legacy row implies: position, name (distinct within the week), seven statuses
-- (null where there is no record). Raises DW001 for what cannot be read, naming the place.
create or replace function dual_write_expected(p_habits jsonb)
returns table (place int, name text, cells text[])
language plpgsql immutable
set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_count int;
  v_habit jsonb;
  v_names text[] := '{}';
  v_taken text[];
  v_seen text[] := '{}';
  v_number int;
begin
  if p_habits is null or jsonb_typeof(p_habits) = 'null' then
    return;
  end if;
  if jsonb_typeof(p_habits) <> 'array' then
    raise exception 'malformed: habits is not an array' using errcode = 'DW001';
  end if;

  v_count := jsonb_array_length(p_habits);
  for i in 0 .. v_count - 1 loop
    v_habit := p_habits -> i;
    if jsonb_typeof(v_habit) <> 'object' or jsonb_typeof(v_habit -> 'name') is distinct from 'string'
      or dual_write_text(v_habit ->> 'name') = '' then
      raise exception 'malformed: habits[%] has no name', i using errcode = 'DW001';
    end if;
    if jsonb_typeof(v_habit -> 'times') is distinct from 'array' or jsonb_array_length(v_habit -> 'times') <> 7 then
      raise exception 'malformed: habits[%].times is not seven cells', i using errcode = 'DW001';
    end if;
    v_names := v_names || dual_write_text(v_habit ->> 'name');
  end loop;

  v_taken := v_names;
  for i in 0 .. v_count - 1 loop
    name := v_names[i + 1];
    if name = any (v_seen) then
      v_number := 2;
      while format('%s (%s)', v_names[i + 1], v_number) = any (v_taken) loop
        v_number := v_number + 1;
      end loop;
      name := format('%s (%s)', v_names[i + 1], v_number);
      v_taken := v_taken || name;
    end if;
    v_seen := v_seen || name;
    place := i;
    -- Written out: a query for each habit would be most of what this function costs.
    v_habit := p_habits -> i;
    cells := array[dual_write_cell(v_habit, 0), dual_write_cell(v_habit, 1), dual_write_cell(v_habit, 2),
      dual_write_cell(v_habit, 3), dual_write_cell(v_habit, 4), dual_write_cell(v_habit, 5), dual_write_cell(v_habit, 6)];
    return next;
  end loop;
end $$;

-- One week -------------------------------------------------------------------------------------

-- Brings one week of the normalized side to what a legacy row says. Touches only what differs: what
-- is equal keeps ids and timestamps. Expects the child's lock to be held.
--
-- p_strict also moves display_order to the position in the array and removes records that say
-- `none`; without it (the backfill) what merely looks different stays as it is.
create or replace function dual_write_apply(
  p_row habit_tracker, p_owner uuid, p_week date, p_source text, p_strict boolean,
  out action text, out reason text, out habits int, out records int, out week_id uuid, out new_child boolean)
language plpgsql
set search_path = pg_catalog, public, pg_temp
as $$
#variable_conflict use_column
declare
  v_name text := dual_write_text(p_row.child_name);
  v_child uuid;
  v_week weeks;
  v_theme boolean;
  v_reward boolean;
  v_reflection boolean;
  v_rest boolean;
  v_reasons text[] := '{}';
  v_count int;
  -- The habits by place in the array, and the filled cells: what should be.
  v_names text[];
  v_places int[];
  v_days int[];
  v_statuses text[];
  -- What is there (null where nothing is), and what differs.
  v_ids uuid[];
  v_extra uuid[] := '{}';
  v_moved uuid[] := '{}';
  v_missing int[];
  v_extra_records uuid[] := '{}';
  v_changed_records uuid[] := '{}';
  v_changed_statuses text[];
begin
  habits := 0;
  records := 0;
  new_child := false;

  with expected as materialized (select * from dual_write_expected(p_row.habits)),
    cell as (
      select e.place, c.day::int - 1 as day, c.status
      from expected e, unnest(e.cells) with ordinality c (status, day)
      where c.status is not null)
  select (select coalesce(array_agg(e.name order by e.place), '{}') from expected e),
    coalesce(array_agg(cell.place), '{}'), coalesce(array_agg(cell.day), '{}'), coalesce(array_agg(cell.status), '{}')
    into v_names, v_places, v_days, v_statuses from cell;

  select c.id into v_child from children c
    where c.user_id = p_owner and dual_write_text(c.name) = v_name
    order by c.name = v_name desc, c.created_at, c.id limit 1;
  if v_child is null then
    insert into children (user_id, name, source_version) values (p_owner, v_name, p_source) returning id into v_child;
    new_child := true;
  end if;

  select w.* into v_week from weeks w where w.child_id = v_child and w.week_start_date = p_week;
  if v_week.id is null then
    insert into weeks (user_id, child_id, week_start_date, week_end_date, theme, reward, reflection, source_version)
      values (p_owner, v_child, p_week, p_week + 6, p_row.theme, p_row.reward, coalesce(p_row.reflection, '{}'), p_source)
      returning id into v_week.id;
    action := 'create';
    reason := case when new_child then 'the child is missing' else 'the week is missing' end;
  else
    v_theme := coalesce(dual_write_text(v_week.theme), '') <> coalesce(dual_write_text(p_row.theme), '');
    v_reward := coalesce(dual_write_text(v_week.reward), '') <> coalesce(dual_write_text(p_row.reward), '');
    v_reflection := v_week.reflection is distinct from p_row.reflection
      and dual_write_canonical(v_week.reflection) is distinct from dual_write_canonical(p_row.reflection);
    v_rest := v_week.week_end_date <> p_week + 6 or v_week.user_id <> p_owner;
    if v_theme or v_reward or v_reflection or v_rest then
      update weeks w set
        user_id = p_owner,
        week_end_date = p_week + 6,
        theme = case when v_theme then p_row.theme else w.theme end,
        reward = case when v_reward then p_row.reward else w.reward end,
        reflection = case when v_reflection then coalesce(p_row.reflection, '{}') else w.reflection end,
        source_version = p_source
      where w.id = v_week.id;
      v_reasons := v_reasons
        || array_remove(array[
          case when v_theme then 'theme' end, case when v_reward then 'reward' end,
          case when v_reflection then 'reflection' end, case when v_rest then 'week_end_date or owner' end], null);
    end if;

    -- Of several habits whose names are equal after trimming one is kept.
    with present as (
      select h.id, h.display_order, dual_write_text(h.name) as name,
        row_number() over (partition by dual_write_text(h.name)
          order by h.name = dual_write_text(h.name) desc, h.created_at, h.id) as copy
      from habits h where h.week_id = v_week.id),
    matched as (
      select e.place, p.id, p.display_order
      from unnest(v_names) with ordinality e (name, place) left join present p on p.name = e.name and p.copy = 1)
    select
      (select coalesce(array_agg(m.id order by m.place), '{}') from matched m),
      (select coalesce(array_agg(p.id), '{}') from present p where p.copy > 1 or p.name <> all (v_names)),
      (select coalesce(array_agg(m.id), '{}') from matched m where m.display_order <> m.place - 1 and p_strict)
      into v_ids, v_extra, v_moved;

    select
      coalesce(array_agg(r.id) filter (where c.status is null and (p_strict or r.status <> 'none')), '{}'),
      coalesce(array_agg(r.id) filter (where r.status <> c.status), '{}'),
      coalesce(array_agg(c.status) filter (where r.status <> c.status), '{}'),
      coalesce(array_agg(c.place) filter (where r.id is null), '{}'),
      coalesce(array_agg(c.day) filter (where r.id is null), '{}'),
      coalesce(array_agg(c.status) filter (where r.id is null), '{}')
      into v_extra_records, v_changed_records, v_changed_statuses, v_places, v_days, v_statuses
      from (
        select v_ids[c.place + 1] as habit_id, p_week + c.day as record_date, c.place, c.day, c.status
        from unnest(v_places, v_days, v_statuses) c (place, day, status)) c
      full join (select r.* from habit_records r where r.habit_id = any (v_ids)) r using (habit_id, record_date);
  end if;
  week_id := v_week.id;

  if v_extra <> '{}' then
    delete from habit_records r where r.habit_id = any (v_extra);
    get diagnostics v_count = row_count;
    records := records + v_count;
    delete from habits h where h.id = any (v_extra);
    habits := habits + cardinality(v_extra);
  end if;
  if v_moved <> '{}' then
    update habits h set display_order = array_position(v_ids, h.id) - 1, source_version = p_source
      where h.id = any (v_moved);
    habits := habits + cardinality(v_moved);
  end if;
  v_missing := array(select i from generate_subscripts(v_names, 1) i where v_ids[i] is null);
  if v_missing <> '{}' then
    v_ids := array(select coalesce(v_ids[i], gen_random_uuid()) from generate_subscripts(v_names, 1) i order by i);
    insert into habits (id, week_id, name, display_order, source_version)
      select v_ids[i], v_week.id, v_names[i], i - 1, p_source from unnest(v_missing) i;
    habits := habits + cardinality(v_missing);
  end if;

  if v_extra_records <> '{}' then
    delete from habit_records r where r.id = any (v_extra_records);
    records := records + cardinality(v_extra_records);
  end if;
  if v_changed_records <> '{}' then
    update habit_records r set status = c.status, source_version = p_source
      from unnest(v_changed_records, v_changed_statuses) c (id, status) where r.id = c.id;
    records := records + cardinality(v_changed_records);
  end if;
  if v_places <> '{}' then
    insert into habit_records (habit_id, record_date, status, source_version)
      select v_ids[c.place + 1], p_week + c.day, c.status, p_source
      from unnest(v_places, v_days, v_statuses) c (place, day, status);
    records := records + cardinality(v_places);
  end if;

  if action is null then
    if habits > 0 then
      v_reasons := v_reasons || format('%s habit%s', habits, case when habits > 1 then 's' end);
    end if;
    if records > 0 then
      v_reasons := v_reasons || format('%s record%s', records, case when records > 1 then 's' end);
    end if;
    action := case when v_reasons = '{}' then 'none' else 'update' end;
    reason := nullif('differs: ' || array_to_string(v_reasons, ', '), 'differs: ');
  end if;
end $$;

-- The legacy rows that claim one week of one owner's child, the one that counts first: updated last,
-- then the highest id. p_sole says that rows without user_id are this owner's as well.
create or replace function dual_write_claims(p_owner uuid, p_child text, p_week date, p_alignment text, p_sole boolean)
returns setof habit_tracker
language sql stable
as $$
  select h.* from public.habit_tracker h
  where (h.user_id = p_owner or p_sole and h.user_id is null)
    and h.week_start_date between p_week and case when p_alignment = 'monday' then p_week + 6 else p_week end
    and public.dual_write_text(h.child_name) = public.dual_write_text(p_child)
  order by h.updated_at desc nulls last, h.id desc
$$;

create or replace function dual_write_record_failure(p_operation text, p_legacy_id text, p_error text, p_payload jsonb)
returns void
language plpgsql
set search_path = pg_catalog, public, pg_temp
as $$
begin
  -- Saving a bad row again and again is one failure that was tried again, not a new one each time.
  update dual_write_failures f
    set operation = p_operation, error = p_error, payload = p_payload, attempts = f.attempts + 1
    where f.resolved_at is null and f.legacy_id = p_legacy_id
      and (f.error = 'duplicate_week') = (p_error = 'duplicate_week')
      and f.payload -> 'user_id' is not distinct from p_payload -> 'user_id'
      and f.payload -> 'child_name' is not distinct from p_payload -> 'child_name'
      and f.payload -> 'week_start_date' is not distinct from p_payload -> 'week_start_date';
  if not found then
    insert into dual_write_failures (operation, legacy_id, error, payload)
      values (p_operation, p_legacy_id, p_error, p_payload);
  end if;
end $$;

-- Brings the week that (user, child, date) belongs to on the normalized side to what the legacy
-- table says now, and keeps the failures' books. p_legacy_id is the row it is done for.
--
-- action: create, update, delete, none, or skip (a week that is for the legacy side only).
-- winner: the legacy row that the week follows.
-- Raises DW001 where the legacy side cannot be followed, and lets every other error pass.
create or replace function dual_write_sync(
  p_user uuid, p_child text, p_date date, p_legacy_id text, p_operation text, p_source text, p_strict boolean,
  out action text, out reason text, out habits int, out records int, out week_id uuid, out winner text)
language plpgsql
set search_path = pg_catalog, public, pg_temp
-- One week is a handful of rows in tables of any size. Plans are kept, though, and one that was made
-- while a table was empty reads it whole ever after: a backfill's cost would grow with its square.
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
declare
  v_alignment text := coalesce((select s.week_alignment from dual_write_settings s), 'skip');
  v_week date := dual_write_week(p_date, v_alignment);
  v_name text := dual_write_text(p_child);
  v_owners uuid[];
  v_owner uuid;
  v_row habit_tracker;
  v_rows habit_tracker[];
  v_ids text[] := '{}';
  v_losers text[] := '{}';
  v_new_child boolean := false;
  v_removed int;
  v_again jsonb;
begin
  habits := 0;
  records := 0;
  action := 'none';
  perform dual_write_lock(p_child);

  if p_date is null then
    if exists (select from habit_tracker h where h.id::text = p_legacy_id and h.week_start_date is null) then
      raise exception 'malformed: week_start_date is missing' using errcode = 'DW001';
    end if;
  elsif v_week is null then
    action := 'skip';
    reason := 'not-a-monday';
  else
    v_owners := case when p_user is null then dual_write_owners(p_child) else array[p_user] end;
    if cardinality(v_owners) <> 1 and exists (
      select from dual_write_claims(null, p_child, v_week, v_alignment, true)) then
      if v_owners = '{}' then
        raise exception 'no_owner: the row has no user_id, and no user has a child of this name' using errcode = 'DW001';
      end if;
      raise exception 'ambiguous_owner: the row has no user_id, and % users have a child of this name', cardinality(v_owners)
        using errcode = 'DW001';
    end if;

    foreach v_owner in array v_owners loop
      select array_agg(c order by c.updated_at desc nulls last, c.id desc) into v_rows
        from dual_write_claims(v_owner, p_child, v_week, v_alignment,
          cardinality(v_owners) = 1 and (p_user is null or dual_write_owners(p_child) = array[v_owner])) c;
      if v_rows is null then
        -- Nobody asked for a week that only came here because a row without owner once was this user's.
        delete from weeks w using children c
          where c.id = w.child_id and c.user_id = v_owner and dual_write_text(c.name) = v_name
            and w.week_start_date = v_week
            and (p_user is not null or cardinality(v_owners) = 1 or w.source_version in ('dual_write', 'migration'));
        get diagnostics v_removed = row_count;
        if v_removed > 0 then
          action := 'delete';
        end if;
      else
        v_row := v_rows[1];
        v_ids := v_ids || (select array_agg(r.id::text) from unnest(v_rows) r);
        select a.action, a.reason, a.habits, a.records, a.week_id, a.new_child
          into action, reason, habits, records, week_id, v_new_child
          from dual_write_apply(v_row, v_owner, v_week, p_source, p_strict) a;
        if cardinality(v_rows) > 1 then
          v_losers := v_losers || (select array_agg(r.id::text) from unnest(v_rows[2:]) r);
          perform dual_write_record_failure(p_operation, r.id::text, 'duplicate_week', to_jsonb(r))
            from unnest(v_rows[2:]) r
            where not exists (
              select from dual_write_failures f
              where f.resolved_at is null and f.legacy_id = r.id::text and f.error = 'duplicate_week');
        end if;
      end if;
    end loop;
    winner := v_ids[1];
  end if;

  -- What was on record about this very week, whichever row it was about. Not what is on record about the same row in
  -- another week: that one may still be wrong.
  update dual_write_failures f set resolved_at = now()
    where f.resolved_at is null
      and dual_write_text(f.payload ->> 'child_name') = v_name
      and (f.error <> 'duplicate_week' or f.legacy_id <> all (v_losers))
      and case
        when v_week is null then
          f.legacy_id = p_legacy_id and (f.payload ->> 'week_start_date')::date is not distinct from p_date
        when dual_write_week((f.payload ->> 'week_start_date')::date, v_alignment) is distinct from v_week then false
        when f.payload ->> 'user_id' is not null then (f.payload ->> 'user_id')::uuid = any (v_owners)
        else p_user is null or f.legacy_id = any (v_ids)
          or not exists (select from habit_tracker h where h.id::text = f.legacy_id)
      end;

  -- Whose a row without user_id is may just have changed: it follows its one owner, or is on record.
  if v_new_child and p_strict then
    for v_again in
      select to_jsonb(h) from habit_tracker h where h.user_id is null and dual_write_text(h.child_name) = v_name
    loop
      perform dual_write_try(v_again, p_operation, p_source);
    end loop;
  end if;
end $$;

-- Which week a legacy row says it is about, as one text.
create or replace function dual_write_key(p_row jsonb) returns text
language sql immutable
as $$
  select jsonb_build_array(p_row -> 'user_id', p_row -> 'week_start_date', public.dual_write_text(p_row ->> 'child_name'))::text
$$;

-- The same for whoever must not fail: a sync that cannot be done leaves a row in dual_write_failures
-- and nothing else. Answers whether it could be done.
--
-- p_row is the legacy row as JSON: what the app's own statement waits for must not depend on the types of its columns.
create or replace function dual_write_try(p_row jsonb, p_operation text, p_source text) returns boolean
language plpgsql
set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_error text;
begin
  begin
    perform dual_write_sync((p_row ->> 'user_id')::uuid, p_row ->> 'child_name', (p_row ->> 'week_start_date')::date,
      p_row ->> 'id', p_operation, p_source, true);
    perform set_config('dual_write.followed', dual_write_key(p_row), true);
    return true;
  -- Others does not include a statement timeout. The legacy write did nothing to deserve it.
  exception when query_canceled or others then
    v_error := format('%s (%s)', sqlerrm, sqlstate);
  end;
  perform dual_write_record_failure(p_operation, p_row ->> 'id', v_error, p_row);
  return false;
exception when others then
  raise warning 'Dual-write: a failed sync of habit_tracker % could not be recorded: %', p_row ->> 'id', sqlerrm;
  return false;
end $$;

-- The trigger ----------------------------------------------------------------------------------

-- The owner's rights, because neither the app's users nor their policies reach the normalized side's
-- books. Less patience than any caller's statement timeout: a lock that does not come is a failure on
-- record, not a legacy write that hangs.
create or replace function sync_old_to_new() returns trigger
language plpgsql security definer
set search_path = pg_catalog, public, pg_temp
set lock_timeout = '2s'
set jit = off
as $$
declare
  v_row jsonb;
  v_old jsonb;
begin
  if tg_op <> 'INSERT' then
    v_old := to_jsonb(old);
  end if;
  v_row := case when tg_op = 'DELETE' then v_old else to_jsonb(new) end;

  if dual_write_mode() <> 'on' then
    raise notice 'Dual-write trigger fired: table=%, operation=%, id=%', tg_table_name, tg_op, v_row ->> 'id';
    raise notice 'Trigger details: child_name=%, week_start_date=%', v_row ->> 'child_name', v_row ->> 'week_start_date';
    return null;
  end if;
  -- The Edge Function's operation does both sides itself, and fails as a whole.
  if current_setting('dual_write.writer', true) = 'function' then
    return null;
  end if;

  -- A deleted row's week waits for the end of the transaction (below): an insert may claim it again.
  if tg_op = 'DELETE' then
    perform set_config('dual_write.followed', '', true);
    return null;
  end if;

  perform dual_write_try(v_row, tg_op, 'dual_write');
  if tg_op = 'UPDATE' and (v_old -> 'user_id', v_old -> 'child_name', v_old -> 'week_start_date')
    is distinct from (v_row -> 'user_id', v_row -> 'child_name', v_row -> 'week_start_date') then
    perform dual_write_try(v_old, tg_op, 'dual_write');
  end if;
  return null;
end $$;

-- The legacy app saves by delete and insert. At the end of the transaction it is known whether the
-- week was deleted or saved; until then its normalized rows stay, and keep their ids.
create or replace function dual_write_after_delete() returns trigger
language plpgsql security definer
set search_path = pg_catalog, public, pg_temp
set lock_timeout = '2s'
set jit = off
as $$
begin
  -- One trigger to switch off: without the other one this one is off as well.
  if dual_write_mode() <> 'on' or not exists (
    select from pg_trigger t where t.tgrelid = tg_relid
      and t.tgname = 'trigger_habit_tracker_dual_write' and t.tgenabled in ('O', 'A')) then
    return null;
  end if;
  delete from dual_write_cells c where c.legacy_id = to_jsonb(old) ->> 'id';
  -- The usual save: after the last delete this very week was inserted again, and followed.
  if dual_write_key(to_jsonb(old)) is distinct from current_setting('dual_write.followed', true) then
    perform dual_write_try(to_jsonb(old), tg_op, 'dual_write');
  end if;
  return null;
end $$;

-- Not `create or replace`: that would switch a disabled trigger on again.
do $$
begin
  if not exists (
    select from pg_trigger
    where tgrelid = 'habit_tracker'::regclass and tgname = 'trigger_habit_tracker_dual_write'
  ) then
    create trigger trigger_habit_tracker_dual_write
      after insert or update or delete on habit_tracker
      for each row execute function sync_old_to_new();
  end if;
  if not exists (
    select from pg_trigger
    where tgrelid = 'habit_tracker'::regclass and tgname = 'trigger_habit_tracker_dual_write_commit'
  ) then
    create constraint trigger trigger_habit_tracker_dual_write_commit
      after delete on habit_tracker deferrable initially deferred
      for each row execute function dual_write_after_delete();
  end if;
end $$;

select dual_write_restrict();
