-- The Edge Function's operations. One call is one transaction: the key, the work on both sides and the
-- answer commit together or not at all, so that there is no moment at which a dying worker leaves
-- half of it behind.

-- `2025년 10월 14일 ~ 2025년 10월 20일`
create or replace function dual_write_period(p_start date) returns text
language sql immutable
as $$
  select to_char(p_start, 'FMYYYY"년" FMMM"월" FMDD"일"') || ' ~ ' || to_char(p_start + 6, 'FMYYYY"년" FMMM"월" FMDD"일"')
$$;

create or replace function dual_write_error(p_status int, p_code text, p_message text, p_details jsonb default null)
returns jsonb
language sql immutable
as $$
  select jsonb_build_object('status', p_status, 'body', jsonb_build_object('status', 'error', 'error',
    jsonb_strip_nulls(jsonb_build_object('code', p_code, 'message', p_message, 'details', p_details))))
$$;

-- The legacy row of a user's week, locked. The row of that very date, or else, where weeks move to
-- their Monday, the one that stands for the week. Raises DW404.
create or replace function dual_write_find(p_owner uuid, p_child text, p_date date) returns habit_tracker
language plpgsql
set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_alignment text := coalesce((select s.week_alignment from dual_write_settings s), 'skip');
  v_seen habit_tracker;
  v_row habit_tracker;
begin
  for v_try in 1 .. 10 loop
    select c.* into v_seen from dual_write_claims(p_owner, p_child, p_date, 'exact') c limit 1;
    if not found and v_alignment = 'monday' then
      select c.* into v_seen
        from dual_write_claims(p_owner, p_child, dual_write_week(p_date, v_alignment), v_alignment) c limit 1;
    end if;
    if v_seen.id is null then
      raise exception 'There is no such week for this child.' using errcode = 'DW404';
    end if;
    select h.* into v_row from habit_tracker h where h.id = v_seen.id for update;
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
set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_alignment text := coalesce((select s.week_alignment from dual_write_settings s), 'skip');
  v_name text := dual_write_text(p_data ->> 'child_name');
  v_date date := (p_data ->> 'week_start_date')::date;
  v_id text;
  v_week_id uuid;
begin
  insert into habit_tracker (user_id, child_name, week_period, week_start_date, theme, reward, habits, reflection)
    values (p_owner, v_name, dual_write_period(v_date), v_date, p_data ->> 'theme', p_data ->> 'reward',
      (select coalesce(jsonb_agg(jsonb_build_object(
          'id', coalesce(nullif(h.value -> 'id', 'null'), to_jsonb(h.place)),
          'name', h.value -> 'name',
          'times', (select jsonb_agg(coalesce(t.cell #>> '{}', '') order by t.day)
            from jsonb_array_elements(h.value -> 'times') with ordinality t (cell, day))) order by h.place), '[]')
        from jsonb_array_elements(p_data -> 'habits') with ordinality h (value, place)),
      coalesce(nullif(p_data -> 'reflection', 'null'), '{}'))
    returning id::text into v_id;

  perform dual_write_lock(p_owner, v_name);
  -- UNIQUE is about names and periods; a week is a child's date, which another period may hold.
  if exists (
    select from dual_write_claims(p_owner, v_name, v_date, 'exact') c
      where c.id::text <> v_id
    union all
    select from dual_write_claims(p_owner, v_name, dual_write_week(v_date, v_alignment), v_alignment) c
      where c.id::text <> v_id) then
    raise exception 'week exists' using errcode = 'DW409';
  end if;

  if p_mode = 'on' then
    select s.week_id into v_week_id
      from dual_write_sync(p_owner, v_name, v_date, v_id, 'INSERT', 'dual_write', true) s;
  end if;
  return jsonb_build_object('legacy_id', v_id, 'week_id', v_week_id, 'child_name', v_name,
    'week_start_date', v_date, 'week_period', dual_write_period(v_date));
end $$;

create or replace function dual_write_update_habit_record(p_owner uuid, p_data jsonb, p_mode text) returns jsonb
language plpgsql
set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_row habit_tracker := dual_write_find(p_owner, p_data ->> 'child_name', (p_data ->> 'week_start_date')::date);
  v_habit text := dual_write_text(p_data ->> 'habit_name');
  v_day int := (p_data ->> 'day')::int;
  v_status text := p_data ->> 'status';
  v_place int;
  v_path text[];
  v_last timestamptz;
  v_occurred timestamptz;
  v_applied boolean;
begin
  perform dual_write_lock(v_row.user_id, v_row.child_name);
  select e.place into v_place from dual_write_expected(v_row.habits) e where e.name = v_habit;
  if v_place is null then
    raise exception 'There is no such habit in this week.' using errcode = 'DW404';
  end if;
  v_path := array[v_place::text, 'times', v_day::text];

  -- Milliseconds, because that is as exact as a client can tell when it saw the week created.
  v_last := greatest(date_trunc('milliseconds', v_row.created_at), (
    select c.occurred_at from dual_write_cells c
    where c.legacy_id = v_row.id::text and c.habit = v_habit and c.day = v_day));
  -- Now is when it is this update's turn, not when it began to wait.
  v_occurred := coalesce((p_data ->> 'occurred_at')::timestamptz, clock_timestamp());
  v_applied := v_last is null or v_occurred >= v_last;

  if v_applied then
    if v_row.habits #>> v_path is distinct from v_status then
      update habit_tracker set habits = jsonb_set(habits, v_path, to_jsonb(v_status)) where id = v_row.id;
    end if;
    insert into dual_write_cells (legacy_id, habit, day, occurred_at)
      values (v_row.id::text, v_habit, v_day, v_occurred)
      on conflict (legacy_id, habit, day) do update set occurred_at = excluded.occurred_at;
    if p_mode = 'on' then
      perform dual_write_sync(v_row.user_id, v_row.child_name, v_row.week_start_date, v_row.id::text,
        'UPDATE', 'dual_write', true);
    end if;
  end if;

  return jsonb_build_object('applied', v_applied, 'child_name', dual_write_text(v_row.child_name),
    'week_start_date', v_row.week_start_date, 'habit_name', v_habit, 'day', v_day,
    'status', case when v_applied then v_status else coalesce(v_row.habits #>> v_path, '') end,
    'occurred_at', v_occurred);
end $$;

create or replace function dual_write_delete_week(p_owner uuid, p_data jsonb, p_mode text) returns jsonb
language plpgsql
set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_row habit_tracker := dual_write_find(p_owner, p_data ->> 'child_name', (p_data ->> 'week_start_date')::date);
  v_ids text[];
begin
  perform dual_write_lock(v_row.user_id, v_row.child_name);
  -- Every row of that date: to the user they are one week.
  with gone as (
    delete from habit_tracker h using dual_write_claims(
        p_owner, v_row.child_name, v_row.week_start_date, 'exact') c
      where h.id = c.id returning h.id)
  select array_agg(gone.id::text) into v_ids from gone;
  delete from dual_write_cells c where c.legacy_id = any (v_ids);

  if p_mode = 'on' then
    perform dual_write_sync(p_owner, v_row.child_name, v_row.week_start_date, v_row.id::text,
      'DELETE', 'dual_write', true);
    -- The trigger that looks at deleted rows when the transaction ends finds it done.
    perform set_config('dual_write.followed', dual_write_key(to_jsonb(v_row)), true);
  end if;
  return jsonb_build_object('deleted', true, 'child_name', dual_write_text(v_row.child_name),
    'week_start_date', v_row.week_start_date);
end $$;

-- One request of the Edge Function, which has checked its shape and who is asking. As text, because
-- not every server hands a JSON argument over as JSON.
--
-- { "user": verified id or null, "service": boolean, "key", "operation", "data", "elapsed_ms" }
-- → { "status": HTTP status, "body": the answer, "replayed": boolean, "retry_after"?: seconds }
create or replace function dual_write_operation(p_request text) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, public, pg_temp
set lock_timeout = '5s'
set jit = off
as $$
declare
  v_started timestamptz := clock_timestamp();
  v_request jsonb := p_request::jsonb;
  v_operation text := v_request ->> 'operation';
  v_data jsonb := v_request -> 'data';
  v_mode text := dual_write_mode();
  v_service boolean := (v_request -> 'service')::boolean;
  v_owner uuid;
  v_key text;
  v_body jsonb := jsonb_build_object('operation', v_operation, 'data', v_data);
  v_logged idempotency_log;
  v_answer jsonb;
  v_replayed boolean := false;
  v_table text;
  v_constraint text;
begin
  if v_operation = 'create_week' and v_mode = 'on'
    and exists (select from dual_write_settings s where s.week_alignment = 'exact')
    and extract(isodow from (v_data ->> 'week_start_date')::date) <> 1
    and exists (
      select from pg_constraint c where c.conrelid = 'weeks'::regclass and c.conname = 'ck_weeks_start_monday') then
    v_answer := dual_write_error(400, 'invalid_field', 'The week does not start on a Monday, which the weeks of the new schema must.',
      jsonb_build_array(jsonb_build_object('field', 'data.week_start_date', 'message', 'must be a Monday')));
    return dual_write_log(v_request, v_answer, false, v_started);
  end if;

  if v_mode = 'off' then
    return jsonb_build_object('status', 501, 'replayed', false, 'body', jsonb_build_object(
      'message', 'The dual-write is switched off.', 'status', 'not_implemented', 'phase', 'Phase 0',
      'received', v_body || jsonb_build_object('idempotencyKey', v_request -> 'key')));
  end if;

  if not v_service and v_data ->> 'user_id' is not null and (v_data ->> 'user_id')::uuid <> (v_request ->> 'user')::uuid then
    return dual_write_log(v_request, dual_write_error(403, 'forbidden', 'The token belongs to another user than user_id.'),
      false, v_started);
  end if;
  v_owner := case when v_service then (v_data ->> 'user_id')::uuid else (v_request ->> 'user')::uuid end;

  if v_operation = 'verify_consistency' then
    v_body := dual_write_differences(v_owner, v_data ->> 'child_name', (v_data ->> 'week_start_date')::date);
    v_answer := case when v_body is null
      then dual_write_error(404, 'not_found', 'There is no such week for this child.')
      else jsonb_build_object('status', 200, 'body', jsonb_build_object('status', 'success', 'operation', v_operation,
        'data', jsonb_build_object('consistent', v_body = '[]', 'differences', v_body))) end;
    return dual_write_log(v_request, v_answer, false, v_started);
  end if;

  -- The claim is a lock that dies with its transaction, so that no claim outlives its worker. One whose
  -- connection is gone without a word ends here, too.
  perform set_config('idle_in_transaction_session_timeout', '30s', true);
  v_key := v_owner || ':' || (v_request ->> 'key');
  if not pg_try_advisory_xact_lock(hashtextextended('dual_write_key/' || v_key, 0)) then
    return dual_write_log(v_request, dual_write_error(409, 'in_progress', 'A request with this key is being processed.')
      || '{"retry_after": 1}', false, v_started);
  end if;

  select l.* into v_logged from idempotency_log l where l.key = v_key and l.expires_at > clock_timestamp();
  if found then
    if v_logged.request_data is distinct from v_body then
      return dual_write_log(v_request, dual_write_error(422, 'key_reused', 'The idempotency key was used with another body.'),
        false, v_started);
    end if;
    if v_logged.response_data is not null then
      return dual_write_log(v_request, v_logged.response_data, true, v_started);
    end if;
    -- A claim that somebody committed without an answer: his for half a minute, then anybody's.
    if v_logged.created_at > clock_timestamp() - interval '30 seconds' then
      return dual_write_log(v_request, dual_write_error(409, 'in_progress', 'A request with this key is being processed.')
        || '{"retry_after": 1}', false, v_started);
    end if;
  end if;

  begin
    perform set_config('dual_write.writer', 'function', true);
    v_answer := case v_operation
      when 'create_week' then dual_write_create_week(v_owner, v_data, v_mode)
      when 'update_habit_record' then dual_write_update_habit_record(v_owner, v_data, v_mode)
      when 'delete_week' then dual_write_delete_week(v_owner, v_data, v_mode)
    end;
    v_answer := jsonb_build_object('status', case v_operation when 'create_week' then 201 else 200 end,
      'body', jsonb_build_object('status', 'success', 'operation', v_operation, 'data', v_answer));
  exception
    when sqlstate 'DW404' then
      v_answer := dual_write_error(404, 'not_found', sqlerrm);
    when sqlstate 'DW409' then
      v_answer := dual_write_error(409, 'week_exists', 'This week exists already.');
    when lock_not_available or deadlock_detected or serialization_failure or query_canceled
      or insufficient_resources or operator_intervention then
      raise log 'dual_write_operation: % (%)', sqlerrm, sqlstate;
      v_answer := dual_write_error(503, 'unavailable', 'The database is busy. Try again in a moment.') || '{"retry_after": 1}';
    when others then
      get stacked diagnostics v_table = table_name, v_constraint = constraint_name;
      if sqlstate = '23505' and v_table = 'habit_tracker' then
        v_answer := dual_write_error(409, 'week_exists', 'This week exists already.');
      elsif sqlstate = '23503' and v_constraint in ('fk_children_user_id', 'fk_weeks_user_id') then
        v_answer := dual_write_error(404, 'not_found', 'There is no such user.');
      elsif sqlstate = '23514' and v_constraint = 'ck_weeks_start_monday' then
        v_answer := dual_write_error(400, 'invalid_field',
          'The week does not start on a Monday, which the weeks of the new schema must.');
      else
        raise log 'dual_write_operation: % (%)', sqlerrm, sqlstate;
        v_answer := dual_write_error(500, 'internal', case when sqlstate = 'DW001'
          then 'The week''s legacy row cannot be followed: ' || sqlerrm else 'Something unexpected happened.' end);
      end if;
  end;
  perform set_config('dual_write.writer', '', true);

  if (v_answer ->> 'status')::int < 500 then
    insert into idempotency_log (key, operation, request_data, response_data, status)
      values (v_key, v_operation, v_body, v_answer,
        case when (v_answer ->> 'status')::int < 300 then 'success' else 'failed' end)
      on conflict (key) do update set operation = excluded.operation, request_data = excluded.request_data,
        response_data = excluded.response_data, status = excluded.status,
        created_at = excluded.created_at, expires_at = excluded.expires_at;
  end if;
  return dual_write_log(v_request, v_answer, false, v_started);
end $$;

-- Notes an answer in dual_write_requests, and completes it.
create or replace function dual_write_log(p_request jsonb, p_answer jsonb, p_replayed boolean, p_started timestamptz)
returns jsonb
language plpgsql
set search_path = pg_catalog, public, pg_temp
as $$
begin
  insert into dual_write_requests (operation, status, code, replayed, duration_ms)
    values (p_request ->> 'operation', (p_answer ->> 'status')::int, p_answer #>> '{body,error,code}', p_replayed,
      coalesce((p_request ->> 'elapsed_ms')::double precision, 0)
        + extract(epoch from clock_timestamp() - p_started) * 1000);
  return p_answer || jsonb_build_object('replayed', p_replayed);
end $$;

-- Notes an answer that the Edge Function gave without an operation: a 400, or a 5xx of its own.
create or replace function dual_write_log_request(p_request text) returns void
language plpgsql security definer
set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_request jsonb := p_request::jsonb;
begin
  insert into dual_write_requests (operation, status, code, duration_ms)
    values (v_request ->> 'operation', (v_request ->> 'status')::int, v_request ->> 'code',
      coalesce((v_request ->> 'elapsed_ms')::double precision, 0));
end $$;

select dual_write_restrict();
