-- The Edge Function's operations. One call is one transaction: the key, the work on both sides and the answer commit
-- together or not at all, so a worker that dies never leaves half of it behind.
--
-- Every function here has an empty search_path and schema-qualifies everything it uses, including types: a temporary object
-- would be found first.

-- `2025년 10월 14일 ~ 2025년 10월 20일`
create or replace function dual_write_period(p_start date) returns text
language sql immutable
set search_path = ''
as $$
  select to_char(p_start, 'FMYYYY"년" FMMM"월" FMDD"일"') || ' ~ ' || to_char(p_start + 6, 'FMYYYY"년" FMMM"월" FMDD"일"')
$$;

create or replace function dual_write_error(p_status int, p_code text, p_message text, p_details jsonb default null)
returns jsonb
language sql immutable
set search_path = ''
as $$
  select jsonb_build_object('status', p_status, 'body', jsonb_build_object('status', 'error', 'error',
    jsonb_strip_nulls(jsonb_build_object('code', p_code, 'message', p_message, 'details', p_details))))
$$;

create or replace function dual_write_no_monday() returns jsonb
language sql immutable
set search_path = ''
as $$
  select public.dual_write_error(400, 'invalid_field',
    'The week does not start on a Monday, which the weeks of the new schema must.',
    jsonb_build_array(jsonb_build_object('field', 'data.week_start_date', 'message', 'must be a Monday')))
$$;

-- The legacy row of a user's week, locked. The row of that very date, or else, where weeks move to their Monday, the one
-- that stands for the week. Raises DW404.
--
-- This function enforces that a name gives no right: the operations read, change or delete legacy rows only through the
-- caller's own user_id. A row without user_id belongs to nobody.
create or replace function dual_write_find(p_owner uuid, p_child text, p_date date) returns public.habit_tracker
language plpgsql
set search_path = ''
as $$
declare
  v_seen public.habit_tracker;
  v_row public.habit_tracker;
begin
  for v_try in 1 .. 10 loop
    select c.* into v_seen
      from public.dual_write_claims(p_owner, p_child, p_date, 'exact') c left join public.habit_tracker on false limit 1;
    if not found and public.dual_write_alignment() = 'monday' then
      select c.* into v_seen
        from public.dual_write_claims(
          p_owner, p_child, public.dual_write_week(p_date, 'monday'), 'monday') c left join public.habit_tracker on false limit 1;
    end if;
    if v_seen.id is null then
      raise exception 'There is no such week for this child.' using errcode = 'DW404';
    end if;
    select h.* into v_row from public.habit_tracker h where h.id = v_seen.id for update;
    -- While this waited the legacy app may have saved, by delete and insert: look again.
    if found and (v_row.user_id, v_row.child_name, v_row.week_start_date)
      is not distinct from (v_seen.user_id, v_seen.child_name, v_seen.week_start_date) then
      return v_row;
    end if;
  end loop;
  raise exception 'The week is being saved too often.' using errcode = 'serialization_failure';
end $$;

create or replace function dual_write_create_week(p_owner uuid, p_data jsonb, p_mode text) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_alignment pg_catalog.text := public.dual_write_alignment();
  v_name pg_catalog.text := public.dual_write_text(p_data ->> 'child_name');
  v_date pg_catalog.date := (p_data ->> 'week_start_date')::pg_catalog.date;
  v_id pg_catalog.text;
  v_week_id pg_catalog.uuid;
begin
  insert into public.habit_tracker (user_id, child_name, week_period, week_start_date, theme, reward, habits, reflection)
    values (p_owner, v_name, public.dual_write_period(v_date), v_date, p_data ->> 'theme', p_data ->> 'reward',
      (select coalesce(jsonb_agg(jsonb_build_object(
          'id', coalesce(nullif(h.value -> 'id', 'null'), to_jsonb(h.place)),
          'name', h.value -> 'name',
          'times', (select jsonb_agg(coalesce(t.cell #>> '{}', '') order by t.day)
            from jsonb_array_elements(h.value -> 'times') with ordinality t (cell, day))) order by h.place), '[]')
        from jsonb_array_elements(p_data -> 'habits') with ordinality h (value, place)),
      coalesce(nullif(p_data -> 'reflection', 'null'), '{}'))
    returning id::pg_catalog.text into v_id;

  perform public.dual_write_lock(p_owner, v_name);
  -- UNIQUE is about names and periods; a week is a child's date, which another period may hold.
  if exists (
    select from public.dual_write_claims(p_owner, v_name, v_date, 'exact') c where c.id::pg_catalog.text <> v_id
    union all
    select from public.dual_write_claims(p_owner, v_name, public.dual_write_week(v_date, v_alignment), v_alignment) c
      where c.id::pg_catalog.text <> v_id) then
    raise exception 'week exists' using errcode = 'DW409';
  end if;

  if p_mode = 'on' then
    select s.week_id into v_week_id
      from public.dual_write_sync(p_owner, v_name, v_date, v_id, 'INSERT', 'dual_write', true) s;
  end if;
  return jsonb_build_object('legacy_id', v_id, 'week_id', v_week_id, 'child_name', v_name,
    'week_start_date', v_date, 'week_period', public.dual_write_period(v_date));
end $$;

create or replace function dual_write_update_habit_record(p_owner uuid, p_data jsonb, p_mode text) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_row public.habit_tracker := public.dual_write_find(
    p_owner, p_data ->> 'child_name', (p_data ->> 'week_start_date')::pg_catalog.date);
  v_habit pg_catalog.text := public.dual_write_text(p_data ->> 'habit_name');
  v_day int := (p_data ->> 'day')::int;
  v_status pg_catalog.text := p_data ->> 'status';
  v_place int;
  v_unreadable int;
  v_path pg_catalog.text[];
  v_last pg_catalog.timestamptz;
  v_occurred pg_catalog.timestamptz;
  v_applied boolean;
begin
  perform public.dual_write_lock(v_row.user_id, v_row.child_name);
  -- What cannot be read elsewhere in the row could not be followed; the very cell that is written may hold anything.
  select min(e.place) filter (where e.name = v_habit),
    min(e.place) filter (where not array_remove(
      case when e.name = v_habit then e.cells[:v_day] || e.cells[v_day + 2:] else e.cells end, null) <@ '{green,yellow,red}')
    into v_place, v_unreadable
    from public.dual_write_expected(v_row.habits) e;
  if v_place is null then
    raise exception 'There is no such habit in this week.' using errcode = 'DW404';
  end if;
  if v_unreadable is not null then
    raise exception 'malformed: habits[%].times[%] is no status', v_unreadable, (
        select min(c.day) - 1
        from public.dual_write_expected(v_row.habits) e, unnest(e.cells) with ordinality c (status, day)
        where e.place = v_unreadable and c.status not in ('green', 'yellow', 'red') and not (e.place = v_place and c.day = v_day + 1))
      using errcode = 'DW001';
  end if;
  v_path := array[v_place::pg_catalog.text, 'times', v_day::pg_catalog.text];

  -- Milliseconds, because that is as exact as a client can tell when it saw the week created. The old app's users may have put
  -- a time into the row that lies ahead: it is none.
  v_last := greatest(case when v_row.created_at <= clock_timestamp() then date_trunc('milliseconds', v_row.created_at) end, (
    select c.occurred_at from public.dual_write_cells c
    where c.legacy_id = v_row.id::pg_catalog.text and c.habit = v_habit and c.day = v_day));
  -- Now is when it is this update's turn, not when it began to wait.
  v_occurred := coalesce((p_data ->> 'occurred_at')::pg_catalog.timestamptz, clock_timestamp());
  v_applied := v_last is null or v_occurred >= v_last;

  if v_applied then
    if v_row.habits #>> v_path is distinct from v_status then
      update public.habit_tracker set habits = jsonb_set(habits, v_path, to_jsonb(v_status)) where id = v_row.id;
    end if;
    insert into public.dual_write_cells (legacy_id, habit, day, occurred_at)
      values (v_row.id::pg_catalog.text, v_habit, v_day, v_occurred)
      on conflict (legacy_id, habit, day) do update set occurred_at = excluded.occurred_at;
    if p_mode = 'on' then
      perform public.dual_write_sync(v_row.user_id, v_row.child_name, v_row.week_start_date, v_row.id::pg_catalog.text,
        'UPDATE', 'dual_write', true);
    end if;
  end if;

  return jsonb_build_object('applied', v_applied, 'child_name', public.dual_write_text(v_row.child_name),
    'week_start_date', v_row.week_start_date, 'habit_name', v_habit, 'day', v_day,
    'status', case when v_applied then v_status else coalesce(v_row.habits #>> v_path, '') end,
    'occurred_at', v_occurred);
end $$;

create or replace function dual_write_delete_week(p_owner uuid, p_data jsonb, p_mode text) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_row public.habit_tracker := public.dual_write_find(
    p_owner, p_data ->> 'child_name', (p_data ->> 'week_start_date')::pg_catalog.date);
  v_ids pg_catalog.text[];
begin
  perform public.dual_write_lock(v_row.user_id, v_row.child_name);
  -- Every row of that date: to the user they are one week.
  with gone as (
    delete from public.habit_tracker h
      using public.dual_write_claims(p_owner, v_row.child_name, v_row.week_start_date, 'exact') c
      where h.id = c.id returning h.id)
  select array_agg(gone.id::pg_catalog.text) into v_ids from gone;
  delete from public.dual_write_cells c where c.legacy_id = any (v_ids);

  if p_mode = 'on' then
    perform public.dual_write_sync(p_owner, v_row.child_name, v_row.week_start_date, v_row.id::pg_catalog.text,
      'DELETE', 'dual_write', true);
    -- The trigger that looks at deleted rows when the transaction ends finds it done.
    perform set_config('dual_write.followed', public.dual_write_key(to_jsonb(v_row)), true);
  end if;
  return jsonb_build_object('deleted', true, 'child_name', public.dual_write_text(v_row.child_name),
    'week_start_date', v_row.week_start_date);
end $$;

create or replace function dual_write_verify(p_owner uuid, p_data jsonb) returns jsonb
language plpgsql stable
set search_path = ''
as $$
declare
  v_differences pg_catalog.jsonb := public.dual_write_differences(
    p_owner, p_data ->> 'child_name', (p_data ->> 'week_start_date')::pg_catalog.date);
begin
  if v_differences is null then
    raise exception 'There is no such week for this child.' using errcode = 'DW404';
  end if;
  return jsonb_build_object('consistent', v_differences = '[]', 'differences', v_differences);
end $$;

-- The keys -----------------------------------------------------------------------------------------

-- In byte order, a user's keys are next to each other in their index, as counting them requires.
do $$
begin
  if not exists (
    select from pg_attribute
    where attrelid = 'idempotency_log'::regclass::oid and attname = 'key' and attcollation = '"C"'::regcollation::oid
  ) then
    alter table idempotency_log alter column key type text collate "C";
  end if;
end $$;

create or replace function dual_write_count_key() returns trigger
language plpgsql
set search_path = ''
as $$
declare
  v_count constant pg_catalog.int8 := nextval('public.dual_write_keys');
begin
  return new;
end $$;
-- Before, because an expired key that is used again becomes an update.
create or replace trigger trigger_idempotency_log_count_key
  before insert on idempotency_log for each row execute function dual_write_count_key();

-- After how many seconds a user with 10,000 keys in the last 24 hours may have another one; null for everybody else. Uses
-- the user's part of the index, however many keys the others have and whatever plan is cached.
create or replace function dual_write_wait(p_owner uuid) returns int
language plpgsql
set search_path = ''
set enable_seqscan = off
as $$
declare
  v_now pg_catalog.int8;
  v_count int;
  v_first pg_catalog.timestamptz;
begin
  if exists (
    select from public.dual_write_quotas q, public.dual_write_keys k
    where q.user_id = p_owner and q.until > k.last_value + k.is_called::int) then
    return null;
  end if;

  -- First how far it is: what is counted twice does no harm.
  select k.last_value + k.is_called::int into v_now from public.dual_write_keys k;
  select count(*), min(mine.created_at) into v_count, v_first
    from (
      select l.created_at from public.idempotency_log l
      where l.key >= p_owner || ':' and l.key < p_owner || ';' and l.created_at > clock_timestamp() - interval '24 hours'
      order by l.created_at desc limit 10000) mine;
  if v_count = 10000 then
    return greatest(1, ceil(extract(epoch from v_first + interval '24 hours' - clock_timestamp())));
  end if;
  -- Nobody waits for this: whoever comes at the same time has counted as well. Who is isolated saw fewer keys than there are.
  if public.dual_write_is_current() and pg_try_advisory_xact_lock(hashtextextended('dual_write_quota/' || p_owner, 0)) then
    insert into public.dual_write_quotas (user_id, until) values (p_owner, v_now + 10000 - v_count)
      on conflict (user_id) do update set until = excluded.until;
  end if;
  return null;
end $$;

-- One request of the Edge Function, which has checked its shape and who is asking. As text, because
-- not every server hands a JSON argument over as JSON.
--
-- A statement timeout or a cancel is not caught: it ends the statement, and takes everything back. PostgREST arms the one below;
-- the Edge Function waits a little longer.
--
-- { "user": verified id or null, "service": boolean, "key", "operation", "data", "elapsed_ms" }
-- → { "status": HTTP status, "body": the answer, "replayed": boolean, "retry_after"?: seconds }
drop function if exists dual_write_digest(jsonb), dual_write_kept(jsonb);
create or replace function dual_write_operation(p_request text) returns jsonb
language plpgsql security definer
set search_path = ''
set datestyle = 'ISO, YMD'
set timezone = 'UTC'
-- An owner whom row-level security binds would find nothing there: an error, not a week that seems to be missing.
set row_security = off
set lock_timeout = '5s'
set statement_timeout = '12s'
set jit = off
as $$
declare
  v_started pg_catalog.timestamptz := clock_timestamp();
  v_request pg_catalog.jsonb := p_request::pg_catalog.jsonb;
  v_operation pg_catalog.text := v_request ->> 'operation';
  v_data pg_catalog.jsonb := v_request -> 'data';
  v_mode pg_catalog.text := public.dual_write_mode();
  v_service boolean := (v_request -> 'service')::boolean;
  v_owner pg_catalog.uuid;
  -- Null for what writes nothing.
  v_key pg_catalog.text;
  v_body pg_catalog.jsonb := jsonb_build_object('operation', v_operation, 'data', v_data);
  -- What tells two requests apart.
  v_digest pg_catalog.text := encode(sha256(convert_to(v_body::pg_catalog.text, 'UTF8')), 'hex');
  v_logged public.idempotency_log;
  v_wait int;
  -- What set_config answers: PERFORM would cost twice as much.
  v_set pg_catalog.text;
  v_answer pg_catalog.jsonb;
  v_table pg_catalog.text;
  v_constraint pg_catalog.text;
begin
  if v_operation = 'create_week' and v_mode = 'on'
    and public.dual_write_alignment() = 'exact'
    and extract(isodow from (v_data ->> 'week_start_date')::pg_catalog.date) <> 1
    and exists (
      select from pg_catalog.pg_constraint c
      where c.conrelid = 'public.weeks'::pg_catalog.regclass and c.conname = 'ck_weeks_start_monday') then
    return public.dual_write_log(v_request, public.dual_write_no_monday(), false, v_started);
  end if;

  if v_mode = 'off' then
    return jsonb_build_object('status', 501, 'replayed', false, 'body', jsonb_build_object(
      'message', 'The dual-write is switched off.', 'status', 'not_implemented', 'phase', 'Phase 0',
      'received', v_body || jsonb_build_object('idempotencyKey', v_request -> 'key')));
  end if;

  if not v_service and v_data ->> 'user_id' is not null and (v_data ->> 'user_id')::pg_catalog.uuid <> (v_request ->> 'user')::pg_catalog.uuid then
    return public.dual_write_log(v_request,
      public.dual_write_error(403, 'forbidden', 'The token belongs to another user than user_id.'), false, v_started);
  end if;
  v_owner := case when v_service then (v_data ->> 'user_id')::pg_catalog.uuid else (v_request ->> 'user')::pg_catalog.uuid end;

  if v_operation <> 'verify_consistency' then
    -- The claim is a lock that dies with its transaction, so that no claim outlives its worker. One whose
    -- connection is gone without a word ends here, too.
    v_set := set_config('idle_in_transaction_session_timeout', '30s', true);
    v_key := v_owner || ':' || (v_request ->> 'key');
    if not pg_try_advisory_xact_lock(hashtextextended('dual_write_key/' || v_key, 0)) then
      return public.dual_write_log(v_request, public.dual_write_error(409, 'in_progress', 'A request with this key is being processed.')
        || '{"retry_after": 1}', false, v_started);
    end if;

    select l.* into v_logged from public.idempotency_log l where l.key = v_key and l.expires_at > clock_timestamp();
    if found then
      -- A claim that this function did not write holds the body itself.
      if v_logged.request_data ->> 'digest' is distinct from v_digest and v_logged.request_data is distinct from v_body then
        return public.dual_write_log(v_request,
          public.dual_write_error(422, 'key_reused', 'The idempotency key was used with another body.'), false, v_started);
      end if;
      if v_logged.response_data is not null then
        return public.dual_write_log(v_request, v_logged.response_data, true, v_started);
      end if;
      -- A claim that somebody committed without an answer: theirs for half a minute, then anybody's.
      if v_logged.created_at > clock_timestamp() - interval '30 seconds' then
        return public.dual_write_log(v_request, public.dual_write_error(409, 'in_progress', 'A request with this key is being processed.')
          || '{"retry_after": 1}', false, v_started);
      end if;
    end if;

    v_wait := public.dual_write_wait(v_owner);
    if v_wait is not null then
      return public.dual_write_log(v_request, public.dual_write_error(429, 'rate_limited',
          'There were 10,000 operations of this user in the last 24 hours. Try again when the oldest of them is a day ago.')
        || jsonb_build_object('retry_after', v_wait), false, v_started);
    end if;
  end if;

  begin
    -- In another mode the trigger goes by what the mode is by then: this may have waited while it was switched on.
    v_set := set_config('dual_write.writer', case when v_mode = 'on' then 'function' else '' end, true);
    v_answer := case v_operation
      when 'create_week' then public.dual_write_create_week(v_owner, v_data, v_mode)
      when 'update_habit_record' then public.dual_write_update_habit_record(v_owner, v_data, v_mode)
      when 'delete_week' then public.dual_write_delete_week(v_owner, v_data, v_mode)
      when 'verify_consistency' then public.dual_write_verify(v_owner, v_data)
    end;
    v_answer := jsonb_build_object('status', case v_operation when 'create_week' then 201 else 200 end,
      'body', jsonb_build_object('status', 'success', 'operation', v_operation, 'data', v_answer));
  exception
    when sqlstate 'DW404' then
      v_answer := public.dual_write_error(404, 'not_found', sqlerrm);
    when sqlstate 'DW409' then
      v_answer := public.dual_write_error(409, 'week_exists', 'This week exists already.');
    when others then
      get stacked diagnostics v_table = table_name, v_constraint = constraint_name;
      v_answer := case
        when sqlstate = '23505' and v_table = 'habit_tracker' then
          public.dual_write_error(409, 'week_exists', 'This week exists already.')
        when sqlstate = '23503' and (v_table = 'habit_tracker' or v_constraint in ('fk_children_user_id', 'fk_weeks_user_id')) then
          public.dual_write_error(404, 'not_found', 'There is no such user.')
        -- What an update would write is known only once the row is found and compared.
        when sqlstate = '23514' and v_constraint = 'ck_weeks_start_monday' then public.dual_write_no_monday()
        -- Values that this database does not take: those of the request, where it brings the week, else those of the row.
        when sqlstate = 'DW001' or sqlstate in ('23502', '23514') or left(sqlstate, 2) in ('22', '54') then
          case when v_operation = 'create_week'
            then public.dual_write_error(400, 'invalid_field', 'A value of this week cannot be stored.',
              jsonb_build_array(jsonb_build_object('field', 'data', 'message', 'holds a value that the database does not take')))
            else public.dual_write_error(422, 'malformed_week', 'The legacy row of this week cannot be read, and nothing was changed'
              || case when sqlstate = 'DW001' then ': ' || regexp_replace(sqlerrm, '^malformed: ', '') else '' end || '.') end
        -- Somebody else was quicker, or there is no room right now.
        when sqlstate in ('23503', '23505') or left(sqlstate, 2) in ('40', '53', '55') then
          public.dual_write_error(503, 'unavailable', 'The database is busy. Try again in a moment.') || '{"retry_after": 1}'
        else public.dual_write_error(500, 'internal', 'Something unexpected happened.')
      end;
      raise log 'dual_write_operation: % (%)', sqlerrm, sqlstate;
  end;
  v_set := set_config('dual_write.writer', '', true);

  -- Of the request is kept what it was about, and the digest: neither a field that nobody asked for nor a text of any length.
  -- A wrong field leaves the key to the corrected body.
  if v_key is not null and (v_answer ->> 'status')::int < 500 and (v_answer ->> 'status')::int <> 400 then
    insert into public.idempotency_log (key, operation, request_data, response_data, status)
      values (v_key, v_operation, jsonb_build_object('operation', v_operation, 'digest', v_digest,
          'data', jsonb_strip_nulls(jsonb_build_object(
            'user_id', v_data -> 'user_id', 'child_name', v_data -> 'child_name', 'week_start_date', v_data -> 'week_start_date',
            'habit_name', v_data -> 'habit_name', 'day', v_data -> 'day', 'status', v_data -> 'status',
            'occurred_at', v_data -> 'occurred_at'))), v_answer,
        case when (v_answer ->> 'status')::int < 300 then 'success' else 'failed' end)
      on conflict (key) do update set operation = excluded.operation, request_data = excluded.request_data,
        response_data = excluded.response_data, status = excluded.status,
        created_at = excluded.created_at, expires_at = excluded.expires_at;
  end if;
  return public.dual_write_log(v_request, v_answer, false, v_started);
end $$;

-- Notes an answer in dual_write_requests, and completes it.
create or replace function dual_write_log(p_request jsonb, p_answer jsonb, p_replayed boolean, p_started timestamptz)
returns jsonb
language plpgsql
set search_path = ''
as $$
begin
  insert into public.dual_write_requests (operation, status, code, replayed, duration_ms)
    values (p_request ->> 'operation', (p_answer ->> 'status')::int, p_answer #>> '{body,error,code}', p_replayed,
      coalesce((p_request ->> 'elapsed_ms')::double precision, 0)
        + extract(epoch from clock_timestamp() - p_started) * 1000);
  return p_answer || jsonb_build_object('replayed', p_replayed);
end $$;

-- Notes an answer that the Edge Function gave without an operation: a 400, or a 5xx of its own.
create or replace function dual_write_log_request(p_request text) returns void
language plpgsql security definer
set search_path = ''
as $$
declare
  v_request pg_catalog.jsonb := p_request::pg_catalog.jsonb;
begin
  insert into public.dual_write_requests (operation, status, code, duration_ms)
    values (v_request ->> 'operation', (v_request ->> 'status')::int, v_request ->> 'code',
      coalesce((v_request ->> 'elapsed_ms')::double precision, 0));
end $$;

select dual_write_restrict();
