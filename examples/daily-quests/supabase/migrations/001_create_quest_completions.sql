-- Who has completed which quest of a couple's day. The Realtime Database is the primary store; a row here follows what it holds.
create table if not exists public.quest_completions (
  couple_id    text not null,
  date         date not null,
  quest_id     text not null,
  user_id      text not null,
  -- Null where a row was brought by a repair: the Realtime Database does not say who the partner is.
  partner_id   text,
  completed_at timestamptz(3) not null,
  created_at   timestamptz not null default now(),
  constraint uq_quest_completions unique (couple_id, date, quest_id, user_id),
  constraint ck_quest_completions_partner check (partner_id <> user_id)
);

-- Written by the endpoint alone, with the service key. A user of the app sees what is theirs or their partner's.
alter table public.quest_completions enable row level security;
revoke all on public.quest_completions from public, anon, authenticated;
grant select on public.quest_completions to authenticated;
grant all on public.quest_completions to service_role;

drop policy if exists quest_completions_select_policy on public.quest_completions;
create policy quest_completions_select_policy on public.quest_completions for select to authenticated
  using ((select auth.jwt() ->> 'sub') in (user_id, partner_id));

-- The earliest completion stays, in whatever order requests arrive; whoever sent it named the partner that stays.
create or replace function public.record_quest_completion(
  p_couple_id text, p_date date, p_quest_id text, p_user_id text, p_partner_id text, p_completed_at timestamptz)
returns text
language plpgsql
set search_path = ''
as $$
declare
  v_is_new boolean;
begin
  insert into public.quest_completions as kept (couple_id, date, quest_id, user_id, partner_id, completed_at)
  -- Cut, as the Realtime Database does: to be stored it would be rounded.
  values (p_couple_id, p_date, p_quest_id, p_user_id, p_partner_id, pg_catalog.date_trunc('milliseconds', p_completed_at))
  on conflict on constraint uq_quest_completions do update
    set completed_at = excluded.completed_at, partner_id = excluded.partner_id
    where excluded.completed_at < kept.completed_at or (excluded.completed_at = kept.completed_at and kept.partner_id is null)
  -- A row version that replaced none has no transaction that ends an earlier one.
  returning xmax = 0 into v_is_new;
  return case when v_is_new then 'recorded' else 'already_recorded' end;
end $$;

create or replace function public.quest_completions_of(p_couple_id text, p_date date)
returns table (quest_id text, user_id text, completed_at timestamptz)
language sql stable
set search_path = ''
as $$
  select c.quest_id, c.user_id, c.completed_at
  from public.quest_completions c
  where c.couple_id = p_couple_id and c.date = p_date
  order by c.quest_id, c.user_id
$$;

revoke all on function public.record_quest_completion(text, date, text, text, text, timestamptz) from public, anon, authenticated;
revoke all on function public.quest_completions_of(text, date) from public, anon, authenticated;
grant execute on function public.record_quest_completion(text, date, text, text, text, timestamptz) to service_role;
grant execute on function public.quest_completions_of(text, date) to service_role;
