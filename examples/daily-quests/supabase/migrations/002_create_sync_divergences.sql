-- What an app found to differ between the two stores, with its likely cause. Nothing here is resolved by itself: it is for
-- people who want to know why.
create table if not exists public.sync_divergences (
  id                      bigint generated always as identity primary key,
  couple_id               text not null,
  date                    date not null,
  quest_id                text not null,
  user_id                 text not null,
  type                    text not null,
  cause                   text not null,
  legacy_completed_at     timestamptz(3),
  normalized_completed_at timestamptz(3),
  first_seen_at           timestamptz not null default now(),
  last_seen_at            timestamptz not null default now(),
  seen                    int not null default 1,
  constraint uq_sync_divergences unique (couple_id, date, quest_id, user_id, type),
  constraint ck_sync_divergences_type check (type in ('missing', 'orphan', 'different')),
  constraint ck_sync_divergences_cause check (cause in ('not_sent_yet', 'sent_and_refused', 'other_client', 'clock'))
);

-- For the app's server and the maintainers alone.
alter table public.sync_divergences enable row level security;
revoke all on public.sync_divergences from public, anon, authenticated;
revoke all on sequence public.sync_divergences_id_seq from public, anon, authenticated;
grant all on public.sync_divergences to service_role;

-- Seen again, a divergence stays one row, with what is known of it by now.
create or replace function public.record_sync_divergences(p_rows jsonb)
returns int
language plpgsql
set search_path = ''
as $$
declare
  v_recorded int;
begin
  insert into public.sync_divergences as known (couple_id, date, quest_id, user_id, type, cause, legacy_completed_at, normalized_completed_at)
  select distinct on (r.couple_id, r.date, r.quest_id, r.user_id, r.type)
    r.couple_id, r.date, r.quest_id, r.user_id, r.type, r.cause, r.legacy_completed_at, r.normalized_completed_at
  from pg_catalog.jsonb_to_recordset(coalesce(p_rows, '[]'::pg_catalog.jsonb)) as r(
    couple_id text, date date, quest_id text, user_id text, type text, cause text,
    legacy_completed_at timestamptz, normalized_completed_at timestamptz)
  -- In one order, so that two callers never wait for each other.
  order by r.couple_id, r.date, r.quest_id, r.user_id, r.type
  on conflict on constraint uq_sync_divergences do update
    set last_seen_at = pg_catalog.now(), seen = known.seen + 1, cause = excluded.cause,
        legacy_completed_at = excluded.legacy_completed_at, normalized_completed_at = excluded.normalized_completed_at;
  get diagnostics v_recorded = row_count;
  return v_recorded;
end $$;

revoke all on function public.record_sync_divergences(jsonb) from public, anon, authenticated;
grant execute on function public.record_sync_divergences(jsonb) to service_role;
