-- Lets the table of runs accept every name that a pair may have, and runs that compare one part of a pair at a time.
-- Optional, like the table itself.

alter table driftwatch_history drop constraint if exists driftwatch_history_pair_check;
alter table driftwatch_history add constraint driftwatch_history_pair_check check (pair ~ '^[a-z0-9][a-z0-9_-]{0,63}$');

-- Which part of how many was compared; null for a run that compared the whole.
alter table driftwatch_history
  add column if not exists part integer,
  add column if not exists parts integer;
alter table driftwatch_history drop constraint if exists driftwatch_history_part_check;
alter table driftwatch_history add constraint driftwatch_history_part_check
  check ((part is null) = (parts is null) and (parts is null or (parts between 1 and 1000 and part between 1 and parts)));

-- As before, with the part. `driftwatch_recent_runs` returns whatever the table has.
create or replace function driftwatch_record_run(run text) returns boolean
language plpgsql
set search_path = ''
as $$
begin
  delete from public.driftwatch_history where finished_at < now() - interval '13 months';
  insert into public.driftwatch_history
    (id, pair, finished_at, verdict, severity, conclusive, rate, findings, differing, compared, population, part, parts)
  select r.id, r.pair, now() - make_interval(secs => least(greatest(coalesce(r.age_seconds, 0), 0), 86400)), r.verdict, r.severity, r.conclusive, r.rate, r.findings, r.differing, r.compared, r.population, r.part, r.parts
  from jsonb_to_record(run::pg_catalog.jsonb) as r(
    id text, pair text, verdict text, severity text, conclusive boolean, rate double precision,
    findings bigint, differing bigint, compared bigint, population bigint, part integer, parts integer, age_seconds double precision)
  on conflict (id) do nothing;
  return found;
end $$;

-- `create or replace` keeps grants; they are repeated for a project in which the function is new.
do $$
declare
  role text;
begin
  revoke all on function driftwatch_record_run(text) from public;
  foreach role in array array['anon', 'authenticated'] loop
    if exists (select from pg_roles where rolname = role) then
      execute pg_catalog.format('revoke all on function driftwatch_record_run(text) from %I', role);
    end if;
  end loop;
  if exists (select from pg_roles where rolname = 'service_role') then
    grant execute on function driftwatch_record_run(text) to service_role;
  end if;
end $$;
