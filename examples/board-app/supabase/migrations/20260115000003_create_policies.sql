-- While Firestore is primary a user reads and writes their own rows and nothing else: the app reads from Firestore. `anon` does nothing
-- at all, and the service key, which the Cloud Functions and Driftwatch use, everything.

-- Supabase grants everything on new tables and functions to every role of the API.
revoke all on public.users, public.boards, public.posts, public.comments, public.replies, public.likes, public.reactions, public.blocks,
  public.drafts, public.reviews, public.board_waiting_users, public.notifications, public.write_ops from public, anon, authenticated;
grant select, insert, update, delete on public.users, public.boards, public.posts, public.comments, public.replies, public.likes, public.reactions,
  public.blocks, public.drafts, public.reviews, public.board_waiting_users, public.notifications, public.write_ops to service_role;
grant select, insert, update, delete on public.users, public.posts, public.comments, public.replies, public.likes, public.reactions, public.blocks,
  public.drafts, public.reviews, public.board_waiting_users to authenticated;
grant select, update (read) on public.notifications to authenticated;

alter table public.users enable row level security;
alter table public.boards enable row level security;
alter table public.posts enable row level security;
alter table public.comments enable row level security;
alter table public.replies enable row level security;
alter table public.likes enable row level security;
alter table public.reactions enable row level security;
alter table public.blocks enable row level security;
alter table public.drafts enable row level security;
alter table public.reviews enable row level security;
alter table public.board_waiting_users enable row level security;
alter table public.notifications enable row level security;
alter table public.write_ops enable row level security;

-- Whose a row is. The subject is that of the Firebase user's own token; in a subquery it is read once a statement, not once a row.
do $$
declare
  v_table text;
  v_owner text;
begin
  for v_table, v_owner in
    values ('users', 'id'), ('posts', 'author_id'), ('comments', 'user_id'), ('replies', 'user_id'), ('likes', 'user_id'),
      ('reactions', 'user_id'), ('blocks', 'blocker_id'), ('drafts', 'user_id'), ('reviews', 'reviewer_id'),
      ('board_waiting_users', 'user_id')
  loop
    execute format('drop policy if exists own_rows on public.%I', v_table);
    execute format(
      'create policy own_rows on public.%I for all to authenticated
         using (%I = (select auth.jwt() ->> ''sub'')) with check (%I = (select auth.jwt() ->> ''sub''))',
      v_table, v_owner, v_owner);
  end loop;
end $$;

-- Notifications are made by the service key; a recipient marks them as read.
drop policy if exists own_rows on public.notifications;
drop policy if exists mark_as_read on public.notifications;
create policy own_rows on public.notifications for select to authenticated using (recipient_id = (select auth.jwt() ->> 'sub'));
create policy mark_as_read on public.notifications for update to authenticated
  using (recipient_id = (select auth.jwt() ->> 'sub')) with check (recipient_id = (select auth.jwt() ->> 'sub'));

revoke all on function public.try_acquire_write_lock(text, text, text, text), public.complete_write(text, text, text), public.write_ops_nobody(),
  public.delete_what_hangs_on_users(), public.delete_what_hangs_on_posts(), public.delete_what_hangs_on_comments(),
  public.delete_what_hangs_on_replies() from public, anon, authenticated;
grant execute on function public.try_acquire_write_lock(text, text, text, text), public.complete_write(text, text, text) to authenticated, service_role;
