-- The twelve tables that follow Firestore. Each row has a column for every segment that is bound in its document's path, so that
-- it can be looked up by path.
--
-- There are no foreign keys while both stores are written: a parent that was lost must not take its children with it. They come
-- with the cut-over.

create table if not exists public.users (
  id                text primary key,
  real_name         text,
  nickname          text,
  email             text,
  phone_number      text,
  profile_photo_url text,
  bio               text,
  created_at        timestamptz,
  updated_at        timestamptz
);

create table if not exists public.boards (
  id          text primary key,
  title       text,
  description text,
  first_day   timestamptz,
  last_day    timestamptz,
  cohort      integer,
  created_at  timestamptz
);

create table if not exists public.posts (
  id                  text primary key,
  board_id            text not null,
  author_id           text,
  title               text,
  content             text,
  content_json        jsonb,
  thumbnail_image_url text,
  visibility          text,
  count_of_comments   integer default 0,
  count_of_replies    integer default 0,
  count_of_likes      integer default 0,
  created_at          timestamptz,
  updated_at          timestamptz
);

create table if not exists public.comments (
  id         text primary key,
  board_id   text not null,
  post_id    text not null,
  user_id    text,
  content    text,
  created_at timestamptz,
  updated_at timestamptz
);

create table if not exists public.replies (
  id         text primary key,
  board_id   text not null,
  post_id    text not null,
  comment_id text not null,
  user_id    text,
  content    text,
  created_at timestamptz,
  updated_at timestamptz
);

create table if not exists public.likes (
  board_id   text not null,
  post_id    text not null,
  user_id    text not null,
  created_at timestamptz,
  primary key (post_id, user_id)
);

-- A reaction is to a comment or to a reply. That of a reply names no comment: the reply does.
create table if not exists public.reactions (
  id         text primary key,
  board_id   text not null,
  post_id    text not null,
  comment_id text,
  reply_id   text,
  user_id    text,
  content    text,
  created_at timestamptz,
  constraint reactions_one_parent check (num_nonnulls(comment_id, reply_id) = 1)
);

create table if not exists public.blocks (
  blocker_id text not null,
  blocked_id text not null,
  blocked_at timestamptz,
  primary key (blocker_id, blocked_id)
);

create table if not exists public.drafts (
  id           text primary key,
  user_id      text not null,
  board_id     text,
  title        text,
  content      text,
  content_json jsonb,
  saved_at     timestamptz
);

create table if not exists public.reviews (
  board_id      text not null,
  reviewer_id   text not null,
  keep_text     text,
  problem_text  text,
  try_text      text,
  nps           integer,
  will_continue boolean,
  created_at    timestamptz,
  primary key (board_id, reviewer_id)
);

create table if not exists public.board_waiting_users (
  board_id text not null,
  user_id  text not null,
  primary key (board_id, user_id)
);

create table if not exists public.notifications (
  id           text primary key,
  recipient_id text not null,
  type         text,
  from_user_id text,
  message      text,
  post_id      text,
  read         boolean,
  "timestamp"  timestamptz
);

-- What the app lists, and what a deleted parent takes along.
create index if not exists posts_board on public.posts (board_id, created_at desc);
create index if not exists posts_author on public.posts (author_id);
create index if not exists comments_post on public.comments (post_id, created_at);
create index if not exists comments_user on public.comments (user_id);
create index if not exists replies_post on public.replies (post_id);
create index if not exists replies_comment on public.replies (comment_id, created_at);
create index if not exists replies_user on public.replies (user_id);
create index if not exists likes_user on public.likes (user_id);
create index if not exists reactions_post on public.reactions (post_id);
create index if not exists reactions_comment on public.reactions (comment_id);
create index if not exists reactions_reply on public.reactions (reply_id);
create index if not exists reactions_user on public.reactions (user_id);
create index if not exists drafts_user_board on public.drafts (user_id, board_id, saved_at desc);
create index if not exists reviews_reviewer on public.reviews (reviewer_id);
create index if not exists waiting_user on public.board_waiting_users (user_id);
create index if not exists notifications_recipient on public.notifications (recipient_id, "timestamp" desc);
