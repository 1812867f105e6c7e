-- The dual-write's foundation: its switch, its log tables, the one function that makes a week of the normalized side match
-- the legacy side, and the trigger that calls it.
--
-- Everything here depends on state, not on events: whatever happened to a legacy row, both the week it belonged to and the
-- week it belongs to now are made to match the current legacy table. Doing this twice, late or in another order therefore
-- has the same result.
--
-- The rules that every function keeps:
--
-- - A name gives no right. A child is found by user and name, and so is its lock. A legacy row without user_id belongs to
--   no child: it is recorded as `no_owner` until assign_legacy_owner() assigns an owner.
-- - A problem here never blocks the legacy write: it is recorded instead. The legacy write is never kept alive either: a
--   statement that times out or is cancelled ends. To avoid that, the trigger waits two seconds at most, stops when a third
--   of the statement's time is over, and records the rest.
-- - No row costs more than the square of 200 habits, and no row prevents others from being synced.
-- - A function that is SECURITY DEFINER, or called by one, has an empty search_path and schema-qualifies everything that
--   somebody could shadow: tables and functions in `public`, and types, which are looked for in pg_temp before pg_catalog.
--   Only helpers that must be inlined have no search_path: they are a single expression, which is bound when it is created,
--   or qualify everything.
-- - Row-level security must not make a sync see less than there is. It reads with row_security off, which turns a policy
--   that would hide a row into an error, and so into a recorded failure.

-- Applied again, this waits until nobody is writing legacy rows, and lets nobody start, before it changes anything that
-- a sync needs: otherwise a sync could fail because of it, and the failure could not be recorded either. Before that it waits for
-- the Edge Function's operations: they look up their key before they write a legacy row, so that locking their log only below
-- would end in a deadlock.
do $$
begin
  if to_regclass('idempotency_log') is not null then
    lock table idempotency_log in access exclusive mode;
  end if;
  lock table habit_tracker in share row exclusive mode;
end $$;

-- Records ---------------------------------------------------------------------------------------

create table if not exists dual_write_settings (
  mode           text not null default 'off'
    constraint ck_dual_write_settings_mode check (mode in ('off', 'legacy_only', 'on')),
  week_alignment text not null default 'skip'
    constraint ck_dual_write_settings_week_alignment check (week_alignment in ('skip', 'monday', 'exact')),
  updated_at     timestamptz not null default now()
);
create unique index if not exists idx_dual_write_settings_one_row on dual_write_settings ((true));
-- Makes the mode a key, so that `for key share` tells whether it changed, and not whether anything did.
create unique index if not exists idx_dual_write_settings_mode on dual_write_settings (mode);
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
-- Not `if not exists`: that would lock the table even where there is nothing to add, and whoever asks for the health reads it
-- before idempotency_log, which is locked above.
do $$
begin
  if not exists (select from pg_attribute where attrelid = 'dual_write_failures'::regclass::oid and attname = 'tried_at') then
    alter table dual_write_failures add column tried_at timestamptz not null default now();
  end if;
end $$;
comment on column dual_write_failures.error is
  '`duplicate_week` for a legacy row that lost its week to another one: on record, but not an open failure';
comment on column dual_write_failures.payload is
  'Which week the legacy row was about: id, user_id, child_name, week_start_date. Empty once that user or child is gone';
comment on column dual_write_failures.tried_at is 'When the sync failed last: the more attempts, the longer it has time';
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
-- Phase 0 created it as a constraint, and a plain index with this name as well.
do $$
begin
  if exists (select from pg_index where indexrelid = to_regclass('idx_idempotency_key')::oid and not indisunique) then
    drop index idx_idempotency_key;
  end if;
end $$;
create unique index if not exists idx_idempotency_key on idempotency_log (key);
alter table idempotency_log drop constraint if exists idempotency_log_key_key;
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

-- When each cell was last written through the Edge Function, since a cleared cell has no record that could remember it. Not
-- a foreign key: legacy ids are opaque text, and a legacy delete must not wait here.
create table if not exists dual_write_cells (
  legacy_id   text not null,
  habit       text not null,
  day         smallint not null,
  occurred_at timestamptz not null,
  primary key (legacy_id, habit, day)
);

-- Counts every key that is written, whoever owns or writes it. Counting a user's own keys at each operation would soon cost
-- more than the operation; it is not needed while all keys written since the last count could be the user's without being
-- too many.
create sequence if not exists dual_write_keys;
create table if not exists dual_write_quotas (
  user_id uuid primary key,
  until   bigint not null
);
comment on column dual_write_quotas.until is 'Where dual_write_keys is when the user''s keys have to be counted again';

-- No row-level security on these tables: their privileges keep everybody but the service role out. Supabase grants EXECUTE
-- and ALL to the API roles by default privileges, so revoking from PUBLIC is not enough. Every migration that adds
-- something to the dual-write ends by calling this.
create or replace function dual_write_restrict() returns void
language plpgsql
set search_path = ''
as $$
declare
  v_object pg_catalog.text;
  v_role pg_catalog.text;
begin
  for v_object in
    select 'function ' || p.oid::pg_catalog.regprocedure
    from pg_catalog.pg_proc p
    where p.pronamespace = 'public'::pg_catalog.regnamespace
      and (p.proname like 'dual\_write\_%' or p.proname in (
        'sync_old_to_new', 'set_dual_write_mode', 'retry_dual_write_failures', 'cleanup_idempotency_log',
        'backfill_legacy_weeks', 'validate_pending_constraints', 'get_policies', 'get_rls_status', 'assign_legacy_owner'))
    union all
    select 'table ' || c.oid::pg_catalog.regclass
    from pg_catalog.pg_class c
    where c.relnamespace = 'public'::pg_catalog.regnamespace and c.relkind = 'r'
      and (c.relname like 'dual\_write\_%' or c.relname = 'idempotency_log')
    union all
    select 'sequence ' || c.oid::pg_catalog.regclass
    from pg_catalog.pg_class c
    where c.relnamespace = 'public'::pg_catalog.regnamespace and c.relkind = 'S' and c.relname like 'dual\_write\_%'
  loop
    execute format('revoke all on %s from public', v_object);
    for v_role in select rolname from pg_catalog.pg_roles where rolname in ('anon', 'authenticated') loop
      execute format('revoke all on %s from %I', v_object, v_role);
    end loop;
    if exists (select from pg_catalog.pg_roles where rolname = 'service_role') then
      execute format('grant all on %s to service_role', v_object);
    end if;
  end loop;
end $$;

-- The switch ------------------------------------------------------------------------------------

create or replace function dual_write_mode() returns text
language sql stable
return coalesce((select s.mode from public.dual_write_settings s), 'off');

create or replace function dual_write_alignment() returns text
language sql stable
return coalesce((select s.week_alignment from public.dual_write_settings s), 'skip');

-- Switching waits for no write, and no write waits for it. Those that began before it was switched on may go on without being
-- followed; the backfill, which comes next and can see who they are, waits for them (dual_write_await_earlier).
create or replace function set_dual_write_mode(p_mode text) returns text
language plpgsql security definer
set search_path = ''
set lock_timeout = '2s'
as $$
begin
  if p_mode is null or p_mode not in ('off', 'legacy_only', 'on') then
    raise exception 'The dual-write mode is one of off, legacy_only and on, not %.', coalesce(quote_literal(p_mode), 'null')
      using errcode = 'invalid_parameter_value';
  end if;
  insert into public.dual_write_settings (mode) values (p_mode)
    on conflict ((true)) do update set mode = excluded.mode;
  -- For a backfill in the same transaction, until it ends.
  perform set_config('dual_write.switched', p_mode, true);
  return p_mode;
exception when lock_not_available then
  raise exception 'Another transaction has locked dual_write_settings for more than two seconds, so the mode was not changed. Try again when it has ended.'
    using errcode = 'lock_not_available';
end $$;

-- Waits for the transactions that wrote legacy rows before the dual-write was switched on, up to five seconds: whoever reads the
-- legacy table earlier would miss what they commit. Nobody queues behind it, as it takes no lock.
--
-- dual_write_try_mode marks each of them with a shared lock and reads the mode after that. One that has no mark when the new
-- mode can be read therefore reads the new mode. Later marks are not waited for: where the mode is not committed yet, there would
-- always be another one.
create or replace function dual_write_await_earlier() returns void
language plpgsql
set search_path = ''
as $$
declare
  v_mark constant pg_catalog.int8 := hashtextextended('dual_write_earlier', 0);
  v_until constant pg_catalog.timestamptz := clock_timestamp() + interval '5 seconds';
  v_earlier pg_catalog.text[];
begin
  loop
    v_earlier := array(
      select l.virtualtransaction from pg_catalog.pg_locks l
      where l.locktype = 'advisory' and l.mode = 'ShareLock' and l.objsubid = 1
        and l.classid::pg_catalog.int8 << 32 | l.objid::pg_catalog.int8 = v_mark
        and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = current_database())
        and l.pid is distinct from pg_backend_pid()
        and (v_earlier is null or l.virtualtransaction = any (v_earlier)));
    exit when v_earlier = '{}';
    if clock_timestamp() >= v_until then
      raise exception 'A transaction that wrote to habit_tracker before the dual-write was switched on is still open, and its rows cannot be seen yet. Nothing was changed. Try again when it has ended.'
        using errcode = 'object_not_in_prerequisite_state';
    end if;
    perform pg_sleep(0.02);
  end loop;
end $$;

-- Equality, and where a legacy row belongs ----------------------------------------------------------

-- Text after Unicode NFC and without white space at either end: what String.prototype.trim removes.
--
-- NFC puts combining marks in order, which costs the square of how many follow each other and cannot be cancelled. So a
-- text with 129 consecutive characters that may be marks stays as it is spelled; Latin, Hangul, kana and Chinese characters
-- never count as marks. The action (canonical.ts) and driftwatch_text follow the same rule.
create or replace function dual_write_text(p_text text) returns text
language sql immutable parallel safe
return pg_catalog.btrim(
    case when pg_catalog.octet_length(p_text) > 256
      and p_text ~ '[^\u0001-\u02ff\u1100-\u11ff\u3000-\u3029\u3030-\u3098\u309b-\ua66e\uac00-\ud7a3]{129}'
    then p_text else normalize(p_text, NFC) end,
    E' \t\n\x0b\f\r\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff');

-- The log tables identify a legacy row by its id as text, whatever the column's type.
create index if not exists idx_habit_tracker_id_text on habit_tracker ((id::text));

do $do$
declare
  -- dual_write_text written out: an index on the function itself would require everybody who writes a child to have the
  -- right to execute it.
  v_canonical constant text := $text$btrim(
    case when octet_length(%) > 256
      and % ~ '[^\u0001-\u02ff\u1100-\u11ff\u3000-\u3029\u3030-\u3098\u309b-\ua66e\uac00-\ud7a3]{129}'
    then % else normalize(%, NFC) end,
    E' \t\n\x0b\f\r\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff')$text$;
begin
  -- With the owner, so that looking for rows without one never scans the rows of others, however many there are.
  execute 'create index if not exists idx_children_spelling_owner on children ('
    || replace(v_canonical, '%', 'name') || ', user_id)';
  execute 'create index if not exists idx_habit_tracker_spelling_owner_week on habit_tracker ('
    || replace(v_canonical, '%', 'child_name') || $index$, (coalesce(user_id, '00000000-0000-0000-0000-000000000000')), week_start_date)$index$;
  -- Every sync looks for what is recorded about its week, however many records there are. A name that is too long for a
  -- child is not too long for the log.
  execute $index$create index if not exists idx_dual_write_failures_spelling_week on dual_write_failures ((payload ->> 'user_id'), left($index$
    || replace(v_canonical, '%', $name$(payload ->> 'child_name')$name$) || $index$, 100), (payload ->> 'week_start_date'))$index$;
end $do$;
-- Earlier ones, of text as it was compared then, and without the owner.
drop index if exists idx_dual_write_failures_child, idx_dual_write_failures_week, idx_children_canonical_name, idx_habit_tracker_canonical_week,
  idx_children_spelling, idx_habit_tracker_spelling_week;

-- JSON that is nested deeper than this is not compared: each level costs as much as its content, and Postgres stores more
-- levels than it can traverse.
create or replace function dual_write_is_deep(p_json jsonb) returns boolean
language sql immutable parallel safe
return pg_catalog.jsonb_path_exists(p_json, 'strict $.**{101}'::pg_catalog.jsonpath);

-- JSON without empty values (null, '', and whatever becomes empty without them), with texts as above. Keys that become
-- equal once canonical keep their spelling, so that none of their values is lost.
--
-- Not a single expression: starting a query costs more than a text, and each part would start all of them.
create or replace function dual_write_canonical(p_json jsonb) returns jsonb
language plpgsql immutable parallel safe
set search_path = ''
as $$
begin
  case jsonb_typeof(p_json)
    when 'null' then
      return null;
    when 'string' then
      return to_jsonb(nullif(public.dual_write_text(p_json #>> '{}'), ''));
    when 'object' then
      return (
        select jsonb_object_agg(case when m.twins = 1 then m.spelled else m.key end, m.value)
        from (
          select e.key, public.dual_write_text(e.key) as spelled, c.value,
            count(*) over (partition by public.dual_write_text(e.key)) as twins
          from jsonb_each(p_json) e, lateral public.dual_write_canonical(e.value) c (value)
          where c.value is not null) m);
    when 'array' then
      return (
        select jsonb_agg(c.value order by e.place)
        from jsonb_array_elements(p_json) with ordinality e (value, place),
          lateral public.dual_write_canonical(e.value) c (value)
        where c.value is not null);
    else
      return p_json;
  end case;
end $$;

-- Whether a date is in the calendar that both sides have. Others (infinity, BC, after the year 9999) do not count as dates.
create or replace function dual_write_is_date(p_date date) returns boolean
language sql immutable parallel safe
return coalesce(p_date between '0001-01-01' and '9999-12-31', false);

-- The week that a date belongs to; null for a week that exists on the legacy side only, and for what is not a date.
create or replace function dual_write_week(p_date date, p_alignment text) returns date
language sql immutable parallel safe
return case
  when not coalesce(p_date between '0001-01-01' and '9999-12-31', false) then null
  when p_alignment = 'monday' then p_date - (extract(isodow from p_date)::int - 1)
  when p_alignment = 'skip' and extract(isodow from p_date)::int <> 1 then null
  else p_date
end;

-- Names do not show who owns a row without user_id.
drop function if exists dual_write_owners(text);

-- A transaction that changes a child's weeks on both sides holds this lock until its end. It is taken after the legacy
-- row's own lock, never before, since that is the order of the legacy app's statements.
--
-- The lock is polled, not queued for: a transaction that queues while holding a legacy row may become part of a deadlock,
-- and Postgres would resolve that by failing any of its statements, possibly the legacy app's own.
drop function if exists dual_write_lock(text);
create or replace function dual_write_lock(p_user uuid, p_child text) returns void
language plpgsql
set search_path = ''
as $$
declare
  v_key constant pg_catalog.int8 := hashtextextended('dual_write/' || p_user || '/' || public.dual_write_text(p_child), 0);
  v_until pg_catalog.timestamptz;
begin
  while not pg_try_advisory_xact_lock(v_key) loop
    v_until := coalesce(v_until,
      clock_timestamp() + least(nullif(current_setting('lock_timeout'), '0')::interval, interval '2 seconds'));
    if clock_timestamp() >= v_until then
      raise exception 'lock timeout: another transaction is changing this child''s weeks' using errcode = 'lock_not_available';
    end if;
    -- The longer it waits, the more often it asks: whoever came later does not get before it again and again.
    perform pg_sleep(greatest(0, extract(epoch from v_until - clock_timestamp())) / 400);
  end loop;
  -- At least as many as there are: a lock that is taken again counts again.
  perform set_config('dual_write.locks',
    (coalesce(nullif(current_setting('dual_write.locks', true), ''), '0')::int + 1)::pg_catalog.text, true);
end $$;

-- Whether this transaction may lock another child. All locks of a server share one table, often with room for about 5,000.
-- If a bulk write filled it, nobody could record a failure, and statements of others would fail.
--
-- To count takes milliseconds and holds up everybody's locks, so no transaction does it for each row: without room it stays
-- without, unless it goes back to a savepoint, which takes back this setting as well.
create or replace function dual_write_has_room() returns boolean
language plpgsql
set search_path = ''
as $$
declare
  v_most constant int := 2000;
  v_full constant int := 1000000000;
  v_locks int := coalesce(nullif(current_setting('dual_write.locks', true), ''), '0')::int;
begin
  if v_locks >= v_most and v_locks < v_full then
    v_locks := (select count(*) from pg_catalog.pg_locks l where l.pid = pg_backend_pid() and l.locktype = 'advisory');
    if v_locks >= v_most then
      v_locks := v_full;
    end if;
    perform set_config('dual_write.locks', v_locks::pg_catalog.text, true);
  end if;
  return v_locks < v_most;
end $$;

-- Why a row that was written has not been looked at yet.
create or replace function dual_write_why_late() returns text
language plpgsql
set search_path = ''
as $$
begin
  return case when public.dual_write_has_room() then 'no_time: the statement was about to time out'
    else 'no_room: the transaction changes the weeks of more than 2,000 children' end;
end $$;

-- The status of one cell of a legacy habit; null if there is no record.
drop function if exists dual_write_cell(jsonb, int);
create or replace function dual_write_cell(p_times jsonb, p_day int) returns text
language sql immutable parallel safe
return nullif(nullif(public.dual_write_text(p_times ->> p_day), ''), 'none');

-- The habits that a legacy row implies: position, name (distinct within the week), seven statuses (null if there is no
-- record). Raises DW001 for what cannot be read, naming the place; without p_strict (a comparison) a habit that cannot be read
-- keeps no other from being read: it has a problem in place of its name or its cells.
create or replace function dual_write_habits(p_habits jsonb, p_strict boolean)
returns table (place int, name text, cells text[], problem text)
language plpgsql immutable
set search_path = ''
as $$
declare
  -- Unpacked once, however often it is looked at below.
  v_habits constant pg_catalog.jsonb := p_habits #> '{}';
  v_count int;
  v_habit pg_catalog.jsonb;
  v_times pg_catalog.jsonb;
  v_names pg_catalog.text[] := '{}';
  v_problems pg_catalog.text[] := '{}';
  v_taken pg_catalog.text[];
  v_first int;
  -- For each name, by the place where it stands first, the number that is tried next.
  v_next int[];
  v_number int;
begin
  if v_habits is null or jsonb_typeof(v_habits) = 'null' then
    return;
  end if;
  if jsonb_typeof(v_habits) <> 'array' then
    raise exception 'malformed: habits is not an array' using errcode = 'DW001';
  end if;
  v_count := jsonb_array_length(v_habits);
  if v_count > 200 then
    raise exception 'malformed: habits has more than 200 elements' using errcode = 'DW001';
  end if;

  for i in 0 .. v_count - 1 loop
    v_habit := v_habits -> i;
    name := case when jsonb_typeof(v_habit -> 'name') = 'string' then nullif(public.dual_write_text(v_habit ->> 'name'), '') end;
    v_times := v_habit -> 'times';
    problem := case
      when jsonb_typeof(v_habit) <> 'object' then format('habits[%s] is not an object', i)
      when name is null then format('habits[%s].name is not a name', i)
      when jsonb_typeof(v_times) is distinct from 'array' or jsonb_array_length(v_times) <> 7 then format('habits[%s].times is not seven cells', i)
    end;
    if problem is not null then
      if p_strict then
        raise exception 'malformed: %', problem using errcode = 'DW001';
      end if;
      v_problems[i + 1] := problem;
    end if;
    v_names := array_append(v_names, name);
  end loop;

  v_taken := v_names;
  v_next := array_fill(2, array[v_count]);
  for i in 0 .. v_count - 1 loop
    name := v_names[i + 1];
    v_first := array_position(v_names, name);
    if name is not null and v_first <= i then
      v_number := v_next[v_first];
      while format('%s (%s)', v_names[i + 1], v_number) = any (v_taken) loop
        v_number := v_number + 1;
      end loop;
      v_next[v_first] := v_number + 1;
      name := format('%s (%s)', v_names[i + 1], v_number);
      v_taken := v_taken || name;
    end if;
    place := i;
    problem := v_problems[i + 1];
    if problem is not null then
      cells := null;
      return next;
      continue;
    end if;
    -- Written out: a query for each habit would be most of what this function costs. So would be to look for accents and spaces
    -- where every cell holds what cells are made for.
    v_times := v_habits -> i -> 'times';
    cells := array[nullif(v_times ->> 0, ''), nullif(v_times ->> 1, ''), nullif(v_times ->> 2, ''), nullif(v_times ->> 3, ''),
      nullif(v_times ->> 4, ''), nullif(v_times ->> 5, ''), nullif(v_times ->> 6, '')];
    if not array_remove(cells, null) <@ '{green,yellow,red}' then
      cells := array[public.dual_write_cell(v_times, 0), public.dual_write_cell(v_times, 1), public.dual_write_cell(v_times, 2),
        public.dual_write_cell(v_times, 3), public.dual_write_cell(v_times, 4), public.dual_write_cell(v_times, 5),
        public.dual_write_cell(v_times, 6)];
    end if;
    return next;
  end loop;
end $$;

-- A sync needs all of them. Parameters and result stay as they are: functions of an earlier release call this while these files are
-- applied one by one, and the files of an earlier release may be applied again.
-- One with a second parameter that has a default fits the same call.
drop function if exists dual_write_expected(jsonb, boolean);
create or replace function dual_write_expected(p_habits jsonb)
returns table (place int, name text, cells text[])
language sql immutable
as $$
  select h.place, h.name, h.cells from public.dual_write_habits(p_habits, true) h
$$;

-- One user's legacy rows that claim one week of a child, in order of precedence: updated last, then the highest id. Without
-- a user, the rows that have none.
--
-- Whoever takes whole rows of this names the table as well, in a join that reads nothing: a plan that is kept knows only the
-- function, and would fail until its connection ends once a column of the table is dropped.
drop function if exists dual_write_claims(uuid, text, date, text, boolean);
create or replace function dual_write_claims(p_owner uuid, p_child text, p_week date, p_alignment text)
returns setof habit_tracker
language sql stable
as $$
  select h.* from public.habit_tracker h
  -- Twice: an index finds by the first, and the second keeps a user of that very id apart.
  where coalesce(h.user_id, '00000000-0000-0000-0000-000000000000'::pg_catalog.uuid)
      = coalesce(p_owner, '00000000-0000-0000-0000-000000000000'::pg_catalog.uuid)
    and h.user_id is not distinct from p_owner
    and h.week_start_date between p_week and case when p_alignment = 'monday' then p_week + 6 else p_week end
    and public.dual_write_text(h.child_name) = public.dual_write_text(p_child)
  order by h.updated_at desc nulls last, h.id desc
$$;

-- Every difference between a legacy row and its normalized week, as [{ "type", "path", "legacy", "normalized" }] with the
-- types of the drift report.
create or replace function dual_write_compare(p_row habit_tracker, p_week weeks) returns jsonb
language plpgsql stable
set search_path = ''
set datestyle = 'ISO'
-- How many habits a week has cannot be known: a loop within a loop would cost the square of it.
set enable_nestloop = off
as $$
#variable_conflict use_column
declare
  v_week constant pg_catalog.date := p_week.week_start_date;
  v_habits constant pg_catalog.uuid[] := array(select h.id from public.habits h where h.week_id = p_week.id);
  v_found pg_catalog.jsonb := '[]';
  v_expected pg_catalog.jsonb;
  v_malformed pg_catalog.jsonb := jsonb_build_object('type', 'MALFORMED_LEGACY', 'legacy', null, 'normalized', null);
begin
  if p_week.user_id is distinct from p_row.user_id then
    v_found := v_found || jsonb_build_object('type', 'WRONG_OWNER', 'path', 'user_id',
      'legacy', p_row.user_id, 'normalized', p_week.user_id);
  end if;
  if public.dual_write_is_deep(p_row.reflection) then
    v_found := v_found || (v_malformed || '{"path": "reflection"}');
  end if;
  select v_found || coalesce(jsonb_agg(jsonb_build_object(
      'type', 'DATA_MISMATCH', 'path', f.path, 'legacy', f.legacy, 'normalized', f.normalized)), '[]')
    into v_found
    from (values
      ('theme', to_jsonb(p_row.theme), to_jsonb(p_week.theme)),
      ('reward', to_jsonb(p_row.reward), to_jsonb(p_week.reward)),
      ('reflection', p_row.reflection, p_week.reflection),
      ('week_end_date', to_jsonb(v_week + 6), to_jsonb(p_week.week_end_date))) f (path, legacy, normalized)
    where f.legacy is distinct from f.normalized
      -- What is too deep on the normalized side only is not the same.
      and case when public.dual_write_is_deep(f.legacy) then false when public.dual_write_is_deep(f.normalized) then true
        else public.dual_write_canonical(f.legacy) is distinct from public.dual_write_canonical(f.normalized) end;

  begin
    select coalesce(jsonb_agg(to_jsonb(e) order by e.place), '[]'),
      v_found || coalesce(jsonb_agg(v_malformed || jsonb_build_object('path', split_part(e.problem, ' ', 1)) order by e.place)
        filter (where e.problem is not null), '[]')
      into v_expected, v_found
      from public.dual_write_habits(p_row.habits, false) e;
  exception when sqlstate 'DW001' then
    -- What cannot be read cannot be compared.
    return v_found || (v_malformed || jsonb_build_object('path', substring(sqlerrm from 'malformed: (habits[^ ]*)')));
  end;

  with legacy as (
    select e.place, e.name, e.cells
    from jsonb_to_recordset(v_expected) e (place int, name pg_catalog.text, cells pg_catalog.jsonb)
    where e.name is not null),
  cell as (
    select l.place, l.name, v_week + c.day::int - 1 as date, c.day::int - 1 as day, c.status
    from legacy l, jsonb_array_elements_text(l.cells) with ordinality c (status, day)
    where c.status is not null),
  entry as (
    select r.habit_id, r.record_date as date, public.dual_write_text(r.status) as status
    from public.habit_records r
    where r.habit_id = any (v_habits) and public.dual_write_text(r.status) not in ('', 'none')),
  present as (
    select h.id, public.dual_write_text(h.name) as name from public.habits h where h.week_id = p_week.id),
  -- For each entry, one more or one less than if it were not there.
  difference as (
    select p.id, sum(case when c.status is null then 1 when c.status = e.status then -1 else 0 end) as count
    from entry e join present p on p.id = e.habit_id left join cell c on c.name = p.name and c.date = e.date
    group by p.id),
  -- Of several habits of one name the one that agrees best stands for the legacy side's, the others are too many.
  normalized as (
    select p.id, p.name, row_number() over (partition by p.name order by coalesce(d.count, 0), p.id) as copy
    from present p left join difference d on d.id = p.id),
  habit as (
    select case when n.id is null then 'MISSING_HABIT' else 'ORPHAN_HABIT' end as type,
      'habits/' || coalesce(l.name, n.name) || case when n.copy > 1 then ' [row ' || n.copy || ']' else '' end as path,
      to_jsonb(l.name) as legacy, to_jsonb(n.name) as normalized
    from legacy l full join normalized n on n.name = l.name and n.copy = 1
    -- A habit without a name may have become one whose name is empty.
    where n.id is null or l.name is null and (n.name <> '' or n.copy > 1 or not v_expected @> '[{"name": null}]')),
  record as (
    select case
        when e.status is null then 'MISSING_RECORD'
        when c.status is null then 'ORPHAN_RECORD'
        else 'DATA_MISMATCH' end as type,
      format('habits/%s/%s', name, date) as path, to_jsonb(c.status) as legacy, to_jsonb(e.status) as normalized
    from (select c.* from cell c join normalized n on n.name = c.name and n.copy = 1) c
    full join (
      select n.name, e.date, e.status
      from legacy l join normalized n on n.name = l.name and n.copy = 1 join entry e on e.habit_id = n.id
      where l.cells is not null) e using (name, date)
    where c.status is distinct from e.status and coalesce(c.status in ('green', 'yellow', 'red'), true)),
  -- Whatever the other side has.
  malformed as (
    select 'MALFORMED_LEGACY' as type, format('habits[%s].times[%s]', c.place, c.day) as path, to_jsonb(c.status) as legacy, null::pg_catalog.jsonb as normalized
    from cell c where c.status not in ('green', 'yellow', 'red'))
  select v_found || coalesce(jsonb_agg(to_jsonb(d) order by d.path), '[]') into v_found
    from (select * from habit union all select * from record union all select * from malformed) d;
  return v_found;
end $$;

-- Of several normalized weeks for one legacy row the one that agrees best: with the fewest differences, then the lowest id.
create or replace function dual_write_closest(p_row habit_tracker, p_weeks weeks[]) returns weeks
language sql stable
set search_path = ''
as $$
  select w from unnest(p_weeks) w order by jsonb_array_length(public.dual_write_compare(p_row, w)), w.id limit 1
$$;

-- One week -------------------------------------------------------------------------------------

-- Makes one week of the normalized side match a legacy row. Changes only what differs: equal rows keep their ids and
-- timestamps. Expects the child's lock to be held, and a row that has an owner.
--
-- p_strict also moves display_order to the position in the array and removes records that say `none`; without it (the
-- backfill), differences of form only are left alone.
drop function if exists dual_write_apply(habit_tracker, uuid, date, text, boolean);
create or replace function dual_write_apply(
  p_row habit_tracker, p_week date, p_source text, p_strict boolean,
  out action text, out reason text, out habits int, out records int, out week_id uuid)
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
declare
  v_name constant pg_catalog.text := public.dual_write_text(p_row.child_name);
  v_children pg_catalog.uuid[];
  v_weeks public.weeks[];
  v_week public.weeks;
  v_theme boolean;
  v_reward boolean;
  v_reflection boolean;
  v_rest boolean;
  v_reasons pg_catalog.text[] := '{}';
  v_count int;
  -- The habits by place in the array, and the filled cells: what should be.
  v_names pg_catalog.text[];
  v_places int[];
  v_days int[];
  v_statuses pg_catalog.text[];
  -- What is there (null where nothing is), and what differs.
  v_ids pg_catalog.uuid[];
  v_extra pg_catalog.uuid[] := '{}';
  v_moved pg_catalog.uuid[] := '{}';
  v_missing int[];
  v_extra_records pg_catalog.uuid[] := '{}';
  v_changed_records pg_catalog.uuid[] := '{}';
  v_changed_statuses pg_catalog.text[];
begin
  habits := 0;
  records := 0;

  if public.dual_write_is_deep(p_row.reflection) then
    raise exception 'malformed: reflection is nested more than 100 levels deep' using errcode = 'DW001';
  end if;
  with expected as materialized (select * from public.dual_write_expected(p_row.habits)),
    cell as (
      select e.place, c.day::int - 1 as day, c.status
      from expected e, unnest(e.cells) with ordinality c (status, day)
      where c.status is not null)
  select (select coalesce(array_agg(e.name order by e.place), '{}') from expected e),
    coalesce(array_agg(cell.place), '{}'), coalesce(array_agg(cell.day), '{}'), coalesce(array_agg(cell.status), '{}')
    into v_names, v_places, v_days, v_statuses from cell;

  -- Names that are equal after trimming may be several children, each with this week. The one that is spelled right comes
  -- first, a week that is there before one that is not.
  select array_agg(c.id order by c.name = v_name desc, c.created_at, c.id),
    array_agg(w order by w.id) filter (where w.id is not null)
    into v_children, v_weeks
    from public.children c left join public.weeks w on w.child_id = c.id and w.week_start_date = p_week
    where c.user_id = p_row.user_id and public.dual_write_text(c.name) = v_name;
  if cardinality(v_weeks) > 1 then
    v_week := public.dual_write_closest(p_row, v_weeks);
  else
    v_week := v_weeks[1];
  end if;

  if v_week.id is null then
    action := 'create';
    reason := case when v_children is null then 'the child is missing' else 'the week is missing' end;
    if v_children is null then
      insert into public.children (user_id, name, source_version) values (p_row.user_id, v_name, p_source)
        returning array[id] into v_children;
    end if;
    insert into public.weeks (user_id, child_id, week_start_date, week_end_date, theme, reward, reflection, source_version)
      values (p_row.user_id, v_children[1], p_week, p_week + 6, p_row.theme, p_row.reward, coalesce(p_row.reflection, '{}'), p_source)
      returning id into v_week.id;
  else
    v_theme := coalesce(public.dual_write_text(v_week.theme), '') <> coalesce(public.dual_write_text(p_row.theme), '');
    v_reward := coalesce(public.dual_write_text(v_week.reward), '') <> coalesce(public.dual_write_text(p_row.reward), '');
    -- Much JSON that is written differently counts as different: to walk through it costs more than to write it.
    v_reflection := v_week.reflection is distinct from p_row.reflection
      and (greatest(0, octet_length(v_week.reflection::pg_catalog.text), octet_length(p_row.reflection::pg_catalog.text)) > 10000
        or public.dual_write_is_deep(v_week.reflection) is true
        or public.dual_write_canonical(v_week.reflection) is distinct from public.dual_write_canonical(p_row.reflection));
    v_rest := v_week.week_end_date <> p_week + 6 or v_week.user_id <> p_row.user_id;
    if v_theme or v_reward or v_reflection or v_rest then
      update public.weeks w set
        user_id = p_row.user_id,
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
      select h.id, h.display_order, public.dual_write_text(h.name) as name,
        row_number() over (partition by public.dual_write_text(h.name)
          order by h.name = public.dual_write_text(h.name) desc, h.created_at, h.id) as copy
      from public.habits h where h.week_id = v_week.id),
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
      full join (select r.* from public.habit_records r where r.habit_id = any (v_ids)) r using (habit_id, record_date);
  end if;
  week_id := v_week.id;

  if v_extra <> '{}' then
    delete from public.habit_records r where r.habit_id = any (v_extra);
    get diagnostics v_count = row_count;
    records := records + v_count;
    delete from public.habits h where h.id = any (v_extra);
    habits := habits + cardinality(v_extra);
  end if;
  if v_moved <> '{}' then
    update public.habits h set display_order = array_position(v_ids, h.id) - 1, source_version = p_source
      where h.id = any (v_moved);
    habits := habits + cardinality(v_moved);
  end if;
  v_missing := array(select i from generate_subscripts(v_names, 1) i where v_ids[i] is null);
  if v_missing <> '{}' then
    v_ids := array(select coalesce(v_ids[i], gen_random_uuid()) from generate_subscripts(v_names, 1) i order by i);
    insert into public.habits (id, week_id, name, display_order, source_version)
      select v_ids[i], v_week.id, v_names[i], i - 1, p_source from unnest(v_missing) i;
    habits := habits + cardinality(v_missing);
  end if;

  if v_extra_records <> '{}' then
    delete from public.habit_records r where r.id = any (v_extra_records);
    records := records + cardinality(v_extra_records);
  end if;
  if v_changed_records <> '{}' then
    update public.habit_records r set status = c.status, source_version = p_source
      from unnest(v_changed_records, v_changed_statuses) c (id, status) where r.id = c.id;
    records := records + cardinality(v_changed_records);
  end if;
  if v_places <> '{}' then
    insert into public.habit_records (habit_id, record_date, status, source_version)
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

-- The name of a failure: our own words for what cannot be synced; otherwise those of Postgres, without the data that it
-- quotes.
create or replace function dual_write_reason(p_state text, p_message text) returns text
language sql immutable
return case
  when p_state = 'DW001' then p_message
  else pg_catalog."left"(case when p_state like '22%' then pg_catalog.regexp_replace(p_message, '".*"'::text, '"…"'::text) else p_message end, 300)
    || ' (' || p_state || ')'
end;

-- The week that a legacy row claims to be about, as one text.
create or replace function dual_write_key(p_row jsonb) returns text
language sql immutable
return pg_catalog.jsonb_build_array(
  p_row -> 'user_id'::text, p_row -> 'week_start_date'::text, public.dual_write_text(p_row ->> 'child_name'::text))::text;

-- What a failure keeps of a legacy row: enough to find its week again. The rest is in the legacy table, if anywhere.
create or replace function dual_write_payload(p_row jsonb) returns jsonb
language sql immutable
return pg_catalog.jsonb_build_object('id'::text, p_row -> 'id'::text, 'user_id'::text, p_row -> 'user_id'::text,
  'child_name'::text, p_row -> 'child_name'::text, 'week_start_date'::text, p_row -> 'week_start_date'::text);

-- Earlier ones kept the whole row.
update dual_write_failures f set payload = dual_write_payload(f.payload)
  where f.payload <> '{}' and f.payload <> dual_write_payload(f.payload);

-- Whether a statement sees everything that others committed before it began. A transaction with a stricter isolation level
-- sees the state at its own start, and cannot know whether both sides agree.
create or replace function dual_write_is_current() returns boolean
language sql stable
return pg_catalog.current_setting('transaction_isolation'::text) in ('read committed', 'read uncommitted');

-- Records a failure. It neither waits nor fails, because its caller has something else to finish.
create or replace function dual_write_record_failure(p_operation text, p_legacy_id text, p_error text, p_payload jsonb)
returns void
language plpgsql
set search_path = ''
as $$
begin
  -- Saving a bad row again and again is one failure that was tried again, not a new one each time. One that another
  -- transaction changed since an isolated one began cannot be changed there, so that there may be several: all were tried again.
  if public.dual_write_is_current() then
    update public.dual_write_failures f
      set operation = p_operation, error = p_error, payload = public.dual_write_payload(p_payload), attempts = f.attempts + 1,
        tried_at = clock_timestamp()
      where f.id in (
        select o.id from public.dual_write_failures o
        where o.resolved_at is null and o.legacy_id = p_legacy_id
          and (o.error = 'duplicate_week') = (p_error = 'duplicate_week')
          and public.dual_write_payload(o.payload) = public.dual_write_payload(p_payload)
        for update skip locked);
  end if;
  if not found then
    insert into public.dual_write_failures (operation, legacy_id, error, payload)
      values (p_operation, p_legacy_id, p_error, public.dual_write_payload(p_payload));
  end if;
exception when others then
  raise warning 'Dual-write: a failed sync of habit_tracker % could not be recorded: %', p_legacy_id, sqlerrm;
end $$;

-- Resolves failures if nobody has touched them since they were tried this often. Those that another transaction is
-- recording again right now stay open and are not waited for. Returns whether any was resolved.
--
-- p_losers: legacy rows that lost their week, which stays on record.
create or replace function dual_write_resolve(p_failures int8[], p_attempts int[], p_losers text[] default '{}') returns boolean
language plpgsql
set search_path = ''
as $$
begin
  update public.dual_write_failures f set resolved_at = now()
    where f.id in (
      select o.id
      from unnest(p_failures, p_attempts) k (id, attempts)
      join public.dual_write_failures o on o.id = k.id and o.attempts = k.attempts
      where o.resolved_at is null and (o.error <> 'duplicate_week' or o.legacy_id <> all (p_losers))
      for update of o skip locked);
  return found;
end $$;

-- Makes the normalized week of (user, child, date) match the current legacy table, and keeps the failures up to date.
-- p_legacy_id is the row it is done for.
--
-- action: create, update, delete, none, or skip (a week that exists on the legacy side only). winner: the legacy row that
-- the week follows. noted: whether what is recorded about the week changed. Raises DW001 if the legacy side cannot be
-- synced, and lets every other error pass.
drop function if exists dual_write_sync(uuid, text, date, text, text, text, boolean);
create or replace function dual_write_sync(
  p_user uuid, p_child text, p_date date, p_legacy_id text, p_operation text, p_source text, p_strict boolean,
  out action text, out reason text, out habits int, out records int, out week_id uuid, out winner text, out noted boolean)
language plpgsql
set search_path = ''
-- One week is a handful of rows in tables of any size. Plans are kept, because to make them anew costs more than the
-- work, and one that was made while a table was empty would read it whole ever after: a backfill's cost would grow with
-- its square.
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set jit = off
set row_security = off
as $$
#variable_conflict use_column
declare
  v_alignment constant pg_catalog.text := public.dual_write_alignment();
  v_week constant pg_catalog.date := public.dual_write_week(p_date, v_alignment);
  v_name constant pg_catalog.text := public.dual_write_text(p_child);
  v_rows public.habit_tracker[];
  v_row public.habit_tracker;
  v_claims pg_catalog.int8;
  v_losers pg_catalog.text[] := '{}';
  v_problem pg_catalog.text;
  -- The failures about this week that are open before the legacy side is read, and how often each was tried. One that is
  -- recorded or tried again after that may be about a write that is not seen here.
  v_open pg_catalog.int8[];
  v_attempts int[];
begin
  habits := 0;
  records := 0;
  action := 'none';
  noted := false;

  -- What no sync can follow is a failure while the row is there and says so.
  if p_date is null then
    v_problem := 'malformed: week_start_date is missing';
  elsif not public.dual_write_is_date(p_date) then
    v_problem := 'malformed: week_start_date is not between 0001-01-01 and 9999-12-31';
  elsif v_week is null then
    action := 'skip';
    reason := 'not-a-monday';
  elsif v_week > '9999-12-25' then
    v_problem := 'malformed: the week ends after 9999-12-31';
  elsif p_user is null then
    v_problem := 'no_owner: the row has no user_id';
  end if;
  if v_week is null or v_problem is not null then
    select array_agg(f.id), array_agg(f.attempts) into v_open, v_attempts
      from public.dual_write_failures f
      where f.resolved_at is null and f.legacy_id = p_legacy_id
        and f.payload ->> 'user_id' is not distinct from p_user::pg_catalog.text
        and f.payload -> 'week_start_date' is not distinct from coalesce(to_jsonb(p_date), 'null')
        and public.dual_write_text(f.payload ->> 'child_name') = v_name;
  end if;
  if v_problem is not null then
    if exists (
      select from public.habit_tracker h
      where h.id::pg_catalog.text = p_legacy_id and h.user_id is not distinct from p_user
        and h.week_start_date is not distinct from p_date and public.dual_write_text(h.child_name) = v_name) then
      raise exception '%', v_problem using errcode = 'DW001';
    end if;
    -- The week that a migration once made of a row without user_id is somebody's now, and nobody's to delete here.
    if p_user is null and v_week is not null and exists (
      select from public.children c join public.weeks w on w.child_id = c.id
      where public.dual_write_text(c.name) = v_name and w.week_start_date = v_week
        and w.source_version in ('migration', 'dual_write')
        and not exists (select from public.dual_write_claims(null, p_child, v_week, v_alignment))
        and not exists (select from public.dual_write_claims(c.user_id, p_child, v_week, v_alignment))) then
      raise exception 'no_owner: the row is gone, had no user_id, and may have been brought over before' using errcode = 'DW001';
    end if;
  end if;

  if v_week is null or v_problem is not null then
    noted := public.dual_write_resolve(v_open, v_attempts);
    return;
  end if;

  perform public.dual_write_lock(p_user, p_child);
  if exists (select from public.dual_write_failures f where f.resolved_at is null) then
    select array_agg(o.id), array_agg(o.attempts) into v_open, v_attempts
      from (
        -- About this very week, whichever row it was about. Not what is on record about the same row in another week: that
        -- one may still be wrong.
        select f.id, f.attempts from public.dual_write_failures f
        where f.resolved_at is null
          and f.payload ->> 'user_id' = p_user::pg_catalog.text
          and left(public.dual_write_text(f.payload ->> 'child_name'), 100) = left(v_name, 100)
          and f.payload ->> 'week_start_date' = any (array(
            select to_char(v_week + d, 'YYYY-MM-DD') from generate_series(0, case when v_alignment = 'monday' then 6 else 0 end) d))
          and public.dual_write_text(f.payload ->> 'child_name') = v_name
        union all
        -- About its rows while they had no owner.
        select f.id, f.attempts from public.dual_write_failures f
        where f.resolved_at is null and f.payload -> 'user_id' = 'null' and f.legacy_id = any (array(
          select c.id::pg_catalog.text from public.dual_write_claims(p_user, p_child, v_week, v_alignment) c))) o;
  end if;
  select array_agg(f.c), min(f.claims) into v_rows, v_claims
    from (
      select c, count(*) over () as claims
      from public.dual_write_claims(p_user, p_child, v_week, v_alignment) c left join public.habit_tracker on false limit 1) f;
  if v_rows is null then
    delete from public.weeks w using public.children c
      where c.id = w.child_id and c.user_id = p_user and public.dual_write_text(c.name) = v_name
        and w.week_start_date = v_week;
    if found then
      action := 'delete';
    end if;
  else
    v_row := v_rows[1];
    winner := v_row.id::pg_catalog.text;
    select a.action, a.reason, a.habits, a.records, a.week_id into action, reason, habits, records, week_id
      from public.dual_write_apply(v_row, v_week, p_source, p_strict) a;
    if v_claims > 1 then
      v_losers := array(
        select c.id::pg_catalog.text from public.dual_write_claims(p_user, p_child, v_week, v_alignment) c
        where c.id <> v_row.id);
      perform public.dual_write_record_failure(p_operation, c.id::pg_catalog.text, 'duplicate_week', to_jsonb(c))
        from public.dual_write_claims(p_user, p_child, v_week, v_alignment) c left join public.habit_tracker on false
        -- Unless it is on record about this week: what is on record about another week is resolved with that one.
        where c.id <> v_row.id and c.id::pg_catalog.text not in (
          select f.legacy_id from public.dual_write_failures f
          where f.id = any (v_open) and f.error = 'duplicate_week');
      noted := found;
    end if;
  end if;

  if v_open is not null and public.dual_write_resolve(v_open, v_attempts, v_losers) then
    noted := true;
    -- One that is put on record again below is as it was, and a backfill that reported it would never be finished.
    if public.dual_write_is_current() then
      reason := coalesce(reason, 'differs: what is on record');
    end if;
  end if;
  -- Others may have changed the week since, and nothing that is read here says so.
  if not public.dual_write_is_current() then
    perform public.dual_write_record_failure(
      p_operation, p_legacy_id, 'isolated: the transaction may not have seen what others changed, so that the retry looks again',
      jsonb_build_object('id', p_legacy_id, 'user_id', p_user, 'child_name', p_child, 'week_start_date', p_date));
    noted := true;
  end if;
end $$;

-- Whether there is room and time for a sync within the statement that waits for it, which must not end because of it. After a third
-- of its time there is none: to put a row on record takes no longer than to write it, so that the rest is enough for that
-- however many rows there are. A lock is waited for two seconds at most, a quarter of what is left, and only once in vain.
create or replace function dual_write_may_sync() returns boolean
language plpgsql
set search_path = ''
as $$
declare
  v_limit constant interval := nullif(current_setting('statement_timeout'), '0')::interval;
  v_left constant interval := v_limit - (clock_timestamp() - statement_timestamp());
  v_wait int := 2000;
begin
  if v_left < v_limit / 3 * 2 or not public.dual_write_has_room() then
    return false;
  end if;
  if current_setting('dual_write.waited', true) = extract(epoch from statement_timestamp())::pg_catalog.text then
    v_wait := 1;
  elsif v_left is not null then
    v_wait := greatest(1, least(2000, extract(epoch from v_left) * 1000 / 4));
  end if;
  perform set_config('lock_timeout', v_wait::pg_catalog.text, true);
  return true;
end $$;

-- The same for callers that must not fail: a failed sync leaves a row in dual_write_failures and nothing else. Returns
-- whether it succeeded. A cancel is not caught: it ends what it is meant to end.
--
-- p_row is the legacy row as JSON, because what the app's own statement waits for must not depend on the types of its
-- columns.
drop function if exists dual_write_try(uuid, text, date, text, text, text, jsonb);
create or replace function dual_write_try(p_row jsonb, p_operation text, p_source text) returns boolean
language plpgsql
set search_path = ''
as $$
declare
  v_error pg_catalog.text;
begin
  begin
    perform public.dual_write_sync((p_row ->> 'user_id')::pg_catalog.uuid, p_row ->> 'child_name',
      (p_row ->> 'week_start_date')::pg_catalog.date, p_row ->> 'id', p_operation, p_source, true);
    perform set_config('dual_write.followed', public.dual_write_key(p_row), true);
    return true;
  exception when others then
    v_error := public.dual_write_reason(sqlstate, sqlerrm);
    if sqlstate = '55P03' then
      perform set_config('dual_write.waited', extract(epoch from statement_timestamp())::pg_catalog.text, true);
    end if;
  end;
  perform public.dual_write_record_failure(p_operation, p_row ->> 'id', v_error, p_row);
  return false;
end $$;

-- The trigger ----------------------------------------------------------------------------------

-- Whether the trigger is enabled if the mode is `on`: disabling this one trigger disables all of them.
drop function if exists dual_write_is_on(oid);
create or replace function dual_write_is_enabled(p_table oid) returns boolean
language plpgsql stable
set search_path = ''
as $$
begin
  return exists (
    select from pg_catalog.pg_trigger t
    where t.tgrelid = p_table and t.tgname = 'trigger_habit_tracker_dual_write' and t.tgenabled in ('O', 'A'));
end $$;

-- The mode, or why it cannot be read. Whoever holds the settings is waited for once in a statement, not for each of its rows.
create or replace function dual_write_try_mode(out mode text, out error text)
language plpgsql
set search_path = ''
as $$
declare
  v_statement constant pg_catalog.text := extract(epoch from statement_timestamp())::pg_catalog.text;
  v_wait constant pg_catalog.text := current_setting('lock_timeout');
begin
  if current_setting('dual_write.waited', true) is distinct from v_statement then
    mode := public.dual_write_mode();
  else
    perform set_config('lock_timeout', '1', true);
    mode := public.dual_write_mode();
    perform set_config('lock_timeout', v_wait, true);
  end if;
  -- Marked first and read again, so that a backfill knows whom to wait for. Nobody takes this lock in a way that conflicts.
  if mode <> 'on' then
    perform pg_try_advisory_xact_lock_shared(hashtextextended('dual_write_earlier', 0));
    mode := public.dual_write_mode();
  end if;
  -- Who is isolated may not see that it was switched on since: then this fails. It does not where only something else changed,
  -- as that is no key. A switch that is not committed yet is none, and the backfill that follows it finds the mark. Nothing stays
  -- locked, so that nobody who switches waits.
  if mode <> 'on' and not public.dual_write_is_current() then
    begin
      perform set_config('lock_timeout', '1', true);
      perform from public.dual_write_settings s for key share;
      raise exception 'unlocked' using errcode = 'DW002';
    exception when sqlstate 'DW002' or lock_not_available then
      null;
    end;
  end if;
exception when others then
  mode := null;
  error := public.dual_write_reason(sqlstate, sqlerrm);
  if sqlstate = '55P03' then
    perform set_config('dual_write.waited', v_statement, true);
  end if;
end $$;

-- With the owner's rights, because neither the app's users nor their policies reach the normalized side.
create or replace function sync_old_to_new() returns trigger
language plpgsql security definer
set search_path = ''
set lock_timeout = '2s'
as $$
declare
  v_mode pg_catalog.text;
  v_row pg_catalog.jsonb;
  v_old pg_catalog.jsonb;
  v_error pg_catalog.text;
  v_late constant pg_catalog.text := 'dual_write.late_' || lower(tg_op) || pg_trigger_depth();
begin
  -- A deleted row's week waits for the end of the transaction (below): an insert may claim it again.
  if tg_op = 'DELETE' then
    perform set_config('dual_write.followed', '', true);
  end if;
  if current_setting(v_late, true) <> '' then
    return null;
  end if;
  select m.mode, m.error into v_mode, v_error from public.dual_write_try_mode() m;
  -- The Edge Function's operation does both sides itself, and fails as a whole.
  if coalesce(v_mode, 'on') = 'on' and (tg_op = 'DELETE' or current_setting('dual_write.writer', true) = 'function') then
    return null;
  end if;
  v_row := case when tg_op = 'DELETE' then to_jsonb(old) else to_jsonb(new) end;
  if v_mode <> 'on' then
    raise notice 'Dual-write trigger fired: table=%, operation=%, id=%', tg_table_name, tg_op, v_row ->> 'id';
    raise notice 'Trigger details: child_name=%, week_start_date=%', v_row ->> 'child_name', v_row ->> 'week_start_date';
    return null;
  end if;
  -- Where the mode is unknown, a retry looks again.
  if v_error is not null then
    perform public.dual_write_record_failure(tg_op, v_row ->> 'id', v_error, v_row);
    if tg_op = 'UPDATE' then
      perform public.dual_write_record_failure(tg_op, v_row ->> 'id', v_error, to_jsonb(old));
    end if;
    return null;
  end if;

  if not public.dual_write_may_sync() then
    perform set_config(v_late, v_row ->> 'id', true);
    return null;
  end if;
  perform public.dual_write_try(v_row, tg_op, 'dual_write');
  if tg_op = 'UPDATE' then
    v_old := to_jsonb(old);
    if (v_old -> 'user_id', v_old -> 'child_name', v_old -> 'week_start_date')
      is distinct from (v_row -> 'user_id', v_row -> 'child_name', v_row -> 'week_start_date') then
      -- Asked again, because whoever was waited for in vain is not waited for twice, nor the statement's time used up.
      if public.dual_write_may_sync() then
        perform public.dual_write_try(v_old, tg_op, 'dual_write');
      else
        perform public.dual_write_record_failure(tg_op, v_old ->> 'id', public.dual_write_why_late(), v_old);
      end if;
    end if;
  end if;
  return null;
end $$;

-- Records, all at once, the rows of a statement that ran out of time or room: the first of them, for which the trigger above has
-- left a note, and all after it.
create or replace function dual_write_after_statement() returns trigger
language plpgsql security definer
set search_path = ''
as $$
declare
  v_note constant pg_catalog.text := 'dual_write.late_' || lower(tg_op) || pg_trigger_depth();
  v_first constant pg_catalog.text := nullif(current_setting(v_note, true), '');
  v_error pg_catalog.text;
begin
  if v_first is null then
    return null;
  end if;
  v_error := public.dual_write_why_late();
  perform set_config(v_note, '', true);
  -- The columns one by one: to make JSON of habits that nobody looks at is most of what a row would cost.
  with written as (
    select n.id::pg_catalog.text, row_number() over () as place, jsonb_build_object(
      'id', n.id, 'user_id', n.user_id, 'child_name', n.child_name, 'week_start_date', n.week_start_date) as payload
    from new_rows n),
  late as (
    select w.id, w.payload from written w
    where w.place >= coalesce((select f.place from written f where f.id = v_first), 1)),
  -- As for a single row: what is on record already was tried again, so that nobody resolves it who has not seen this write.
  again as (
    update public.dual_write_failures f
      set operation = tg_op, error = v_error, attempts = f.attempts + 1, tried_at = clock_timestamp()
      where f.id in (
        select o.id
        from late l join public.dual_write_failures o on o.legacy_id = l.id and o.payload = l.payload
        where o.resolved_at is null and o.error <> 'duplicate_week' and public.dual_write_is_current()
        for update of o skip locked)
      returning f.legacy_id, f.payload)
  insert into public.dual_write_failures (operation, legacy_id, error, payload)
  select tg_op, l.id, v_error, l.payload
  from late l
  where not exists (select from again a where a.legacy_id = l.id and a.payload = l.payload);
  -- The weeks that the rows were about before. Whatever is on record about them already, this is not too much.
  if tg_op = 'UPDATE' then
    insert into public.dual_write_failures (operation, legacy_id, error, payload)
    select tg_op, o.id, v_error, o.payload
    from (
      select r.id::pg_catalog.text, row_number() over () as place, jsonb_build_object(
        'id', r.id, 'user_id', r.user_id, 'child_name', r.child_name, 'week_start_date', r.week_start_date) as payload
      from old_rows r) o
    join (
      select row_number() over () as place, jsonb_build_object(
        'id', r.id, 'user_id', r.user_id, 'child_name', r.child_name, 'week_start_date', r.week_start_date) as payload
      from new_rows r) n using (place)
    where o.payload <> n.payload;
  end if;
  return null;
exception when others then
  raise warning 'Dual-write: rows of habit_tracker that were not synced could not be recorded: %', sqlerrm;
  return null;
end $$;

-- The legacy app saves by delete and insert. Only at the end of the transaction is it known whether the week was deleted or
-- saved; until then its normalized rows stay, and keep their ids.
create or replace function dual_write_after_delete() returns trigger
language plpgsql security definer
set search_path = ''
set lock_timeout = '2s'
as $$
declare
  v_statement pg_catalog.text;
  v_old pg_catalog.jsonb;
  v_mode pg_catalog.text;
  v_error pg_catalog.text;
begin
  v_old := to_jsonb(old);
  select m.mode, m.error into v_mode, v_error from public.dual_write_try_mode() m;
  if v_mode <> 'on' then
    return null;
  end if;
  if v_error is not null then
    if public.dual_write_is_enabled(tg_relid) then
      perform public.dual_write_record_failure(tg_op, v_old ->> 'id', v_error, v_old);
    end if;
    return null;
  end if;
  v_statement := extract(epoch from statement_timestamp())::pg_catalog.text;
  -- A commit does not time out, so that nothing else would end this in time.
  if current_setting('dual_write.late', true) is distinct from v_statement then
    if not public.dual_write_is_enabled(tg_relid) then
      return null;
    end if;
    begin
      delete from public.dual_write_cells c where c.legacy_id = v_old ->> 'id';
    -- The cleanup finds them as well.
    exception when others then
      null;
    end;
    -- The usual save: after the last delete this very week was inserted again, and followed.
    if public.dual_write_key(v_old) is not distinct from current_setting('dual_write.followed', true) then
      return null;
    end if;
    if public.dual_write_may_sync() then
      perform public.dual_write_try(v_old, tg_op, 'dual_write');
      return null;
    end if;
    perform set_config('dual_write.late', v_statement, true);
  end if;
  insert into public.dual_write_failures (operation, legacy_id, error, payload)
    values (tg_op, v_old ->> 'id', public.dual_write_why_late(), public.dual_write_payload(v_old));
  return null;
exception when others then
  perform public.dual_write_record_failure(tg_op, v_old ->> 'id', public.dual_write_reason(sqlstate, sqlerrm), v_old);
  return null;
end $$;

-- All legacy rows are gone at once, but nobody asked for their normalized rows to be deleted: those are recorded until they
-- are gone or the legacy rows are back. dual_write_cells would refer to rows with new numbers.
create or replace function dual_write_after_truncate() returns trigger
language plpgsql security definer
set search_path = ''
set lock_timeout = '2s'
as $$
declare
  v_mode pg_catalog.text;
  v_error pg_catalog.text;
begin
  select m.mode, m.error into v_mode, v_error from public.dual_write_try_mode() m;
  if v_mode <> 'on' then
    raise notice 'Dual-write trigger fired: table=%, operation=%', tg_table_name, tg_op;
    return null;
  end if;
  if not public.dual_write_is_enabled(tg_relid) then
    return null;
  end if;
  delete from public.dual_write_cells;
  if (v_error is not null or public.dual_write_has_unclaimed()) and not exists (
    select from public.dual_write_failures f where f.resolved_at is null and f.operation = 'TRUNCATE') then
    insert into public.dual_write_failures (operation, error)
      values (tg_op, 'truncated: the rows of habit_tracker are gone, and the weeks that they were brought to are not');
  end if;
  return null;
end $$;

-- Whether the normalized side has a week of the migration or the dual-write that no legacy row claims, or whether that is
-- unknown: neither a TRUNCATE nor the retry of others ends because of it.
create or replace function dual_write_has_unclaimed() returns boolean
language plpgsql stable
set search_path = ''
set row_security = off
as $$
declare
  v_alignment pg_catalog.text;
begin
  v_alignment := public.dual_write_alignment();
  return not public.dual_write_is_current() or exists (
    select from public.weeks w join public.children c on c.id = w.child_id
    where w.source_version in ('migration', 'dual_write')
      and not exists (select from public.dual_write_claims(c.user_id, c.name, w.week_start_date, v_alignment))
      and not exists (select from public.dual_write_claims(null, c.name, w.week_start_date, v_alignment)));
exception when others then
  return true;
end $$;

-- Not `create or replace`: that would enable a disabled trigger again.
do $$
declare
  v_trigger text[];
begin
  foreach v_trigger slice 1 in array array[
    ['trigger_habit_tracker_dual_write', 'create trigger %I after insert or update or delete on habit_tracker
      for each row execute function sync_old_to_new()'],
    ['trigger_habit_tracker_dual_write_commit', 'create constraint trigger %I after delete on habit_tracker
      deferrable initially deferred for each row execute function dual_write_after_delete()'],
    ['trigger_habit_tracker_dual_write_insert', 'create trigger %I after insert on habit_tracker
      referencing new table as new_rows for each statement execute function dual_write_after_statement()'],
    ['trigger_habit_tracker_dual_write_update', 'create trigger %I after update on habit_tracker
      referencing old table as old_rows new table as new_rows for each statement execute function dual_write_after_statement()'],
    ['trigger_habit_tracker_dual_write_truncate', 'create trigger %I after truncate on habit_tracker
      for each statement execute function dual_write_after_truncate()']]
  loop
    if not exists (
      select from pg_trigger where tgrelid = 'habit_tracker'::regclass::oid and tgname = v_trigger[1]
    ) then
      execute pg_catalog.format(v_trigger[2], v_trigger[1]);
    end if;
  end loop;
end $$;

-- Deletion of old entries ------------------------------------------------------------------------

-- A failure names a user and a child. When they are deleted, so is what it says about them; the fact that something failed
-- stays.
create or replace function dual_write_forget() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  if tg_relid = 'public.children'::pg_catalog.regclass then
    update public.dual_write_failures f set payload = '{}'
      where f.id in (
        select o.id from public.dual_write_failures o join gone g on o.payload ->> 'user_id' = g.user_id::pg_catalog.text
          and left(public.dual_write_text(o.payload ->> 'child_name'), 100) = left(public.dual_write_text(g.name), 100)
        -- Another spelling of the child may be there.
        where not exists (
          select from public.children c
          where c.user_id = g.user_id and public.dual_write_text(c.name) = public.dual_write_text(g.name))
        for update of o skip locked);
  else
    update public.dual_write_failures f set payload = '{}'
      where f.id in (
        select o.id from public.dual_write_failures o join gone g on o.payload ->> 'user_id' = g.id::pg_catalog.text
        for update of o skip locked);
  end if;
  return null;
-- Nobody who deletes a child waits for this, or fails because of it: the cleanup finds it as well.
exception when others then
  raise warning 'Dual-write: failures still speak of a child or user that is gone: %', sqlerrm;
  return null;
end $$;

create or replace trigger trigger_children_dual_write_forget
  after delete on children referencing old table as gone for each statement execute function dual_write_forget();
do $$
begin
  create or replace trigger trigger_users_dual_write_forget
    after delete on auth.users referencing old table as gone for each statement execute function public.dual_write_forget();
-- Where this role may not: then the cleanup does it.
exception when insufficient_privilege then
  null;
end $$;

select dual_write_restrict();
