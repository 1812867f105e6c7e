-- What hangs on a deleted row is deleted in the same transaction, whoever it belongs to: that is why these functions run as their owner.
-- What hangs on it is what lies below the document's path; what a deleted user wrote elsewhere stays, as it does in Firestore.

create or replace function public.delete_what_hangs_on_users() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  delete from public.blocks b using gone g where b.blocker_id = g.id;
  delete from public.drafts d using gone g where d.user_id = g.id;
  delete from public.notifications n using gone g where n.recipient_id = g.id;
  return null;
end $$;

create or replace function public.delete_what_hangs_on_posts() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  delete from public.comments c using gone g where c.post_id = g.id and c.board_id = g.board_id;
  delete from public.replies r using gone g where r.post_id = g.id and r.board_id = g.board_id;
  delete from public.likes l using gone g where l.post_id = g.id and l.board_id = g.board_id;
  delete from public.reactions r using gone g where r.post_id = g.id and r.board_id = g.board_id;
  return null;
end $$;

create or replace function public.delete_what_hangs_on_comments() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  delete from public.replies r using gone g where r.comment_id = g.id and r.post_id = g.post_id and r.board_id = g.board_id;
  delete from public.reactions r using gone g where r.comment_id = g.id and r.post_id = g.post_id and r.board_id = g.board_id;
  return null;
end $$;

create or replace function public.delete_what_hangs_on_replies() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  delete from public.reactions r using gone g where r.reply_id = g.id and r.post_id = g.post_id and r.board_id = g.board_id;
  return null;
end $$;

create or replace trigger delete_what_hangs after delete on public.users
  referencing old table as gone for each statement execute function public.delete_what_hangs_on_users();
create or replace trigger delete_what_hangs after delete on public.posts
  referencing old table as gone for each statement execute function public.delete_what_hangs_on_posts();
create or replace trigger delete_what_hangs after delete on public.comments
  referencing old table as gone for each statement execute function public.delete_what_hangs_on_comments();
create or replace trigger delete_what_hangs after delete on public.replies
  referencing old table as gone for each statement execute function public.delete_what_hangs_on_replies();
