-- Where Driftwatch records its runs: the result of each, in numbers and fixed words, for the trend and for the decision
-- whether reading may move to the normalized side. Optional: without it, every run stands alone.

-- No name and no free text fits in here.
create table if not exists driftwatch_history (
  -- The same for a run that is recorded twice, because the answer to the first request was lost.
  id          text primary key check (id ~ '^[0-9a-f]{32}$'),
  pair        text not null check (pair ~ '^[a-z0-9-]{1,64}$'),
  finished_at timestamptz not null,
  verdict     text not null check (verdict in ('in-sync', 'drift', 'unknown')),
  severity    text not null check (severity in ('none', 'low', 'medium', 'high', 'critical')),
  -- Whether the run was conclusive: drift was seen, or enough weeks in sync prove that there is none.
  conclusive  boolean not null,
  rate        double precision not null check (rate between 0 and 1),
  findings    bigint not null check (findings >= 0),
  differing   bigint not null check (differing >= 0),
  compared    bigint not null check (compared >= 0),
  population  bigint not null check (population >= 0)
);
create index if not exists idx_driftwatch_history_finished on driftwatch_history (finished_at desc);

-- There is no policy: the service role is the only one to read it.
alter table driftwatch_history enable row level security;

-- The last thousand runs of a pair, or of all pairs together, the newest first, as one JSON array, because the API limits
-- rows. Each says how long ago it was, in seconds by the server's clock, so that the reader needs no correct clock.
drop function if exists driftwatch_recent_runs();
create or replace function driftwatch_recent_runs(p_pair text default null) returns jsonb
language sql stable
set search_path = ''
as $$
  select coalesce(jsonb_agg(to_jsonb(r) || jsonb_build_object('age_seconds', extract(epoch from now() - r.finished_at))
    order by r.finished_at desc), '[]')
  from (
    select * from public.driftwatch_history h where p_pair is null or h.pair = p_pair
    order by h.finished_at desc limit 1000) as r
$$;

-- Records a run, once, and deletes those of more than 13 months ago. The time is the server's: whether reading may move
-- depends on how long both sides have agreed, which a runner with a wrong clock must not decide. If parts are merged later,
-- the run says how long ago they were compared; more than a day is not accepted.
--
-- run: JSON text, { id, pair, verdict, severity, conclusive, rate, findings, differing, compared, population, age_seconds };
-- anything else in it, such as a time, is ignored.
-- returns whether it was new
create or replace function driftwatch_record_run(run text) returns boolean
language plpgsql
set search_path = ''
as $$
begin
  delete from public.driftwatch_history where finished_at < now() - interval '13 months';
  insert into public.driftwatch_history
    (id, pair, finished_at, verdict, severity, conclusive, rate, findings, differing, compared, population)
  select r.id, r.pair, now() - make_interval(secs => least(greatest(coalesce(r.age_seconds, 0), 0), 86400)), r.verdict, r.severity, r.conclusive, r.rate, r.findings, r.differing, r.compared, r.population
  from jsonb_to_record(run::pg_catalog.jsonb) as r(
    id text, pair text, verdict text, severity text, conclusive boolean, rate double precision,
    findings bigint, differing bigint, compared bigint, population bigint, age_seconds double precision)
  on conflict (id) do nothing;
  return found;
end $$;

-- PUBLIC may execute a new function, and Supabase's default privileges grant more by name.
do $$
declare
  object text;
  role text;
begin
  foreach object in array array[
    'table driftwatch_history', 'function driftwatch_recent_runs(text)', 'function driftwatch_record_run(text)'
  ] loop
    execute pg_catalog.format('revoke all on %s from public', object);
    foreach role in array array['anon', 'authenticated', 'service_role'] loop
      if exists (select from pg_roles where rolname = role) then
        execute pg_catalog.format('revoke all on %s from %I', object, role);
      end if;
    end loop;
  end loop;
  if exists (select from pg_roles where rolname = 'service_role') then
    grant select, insert, delete on driftwatch_history to service_role;
    grant execute on function driftwatch_recent_runs(text), driftwatch_record_run(text) to service_role;
  end if;
end $$;
