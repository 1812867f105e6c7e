-- The legacy side: one row is one child's week, with its habits in one JSON column.

create table if not exists habit_tracker (
  id              bigserial primary key,
  user_id         uuid,
  child_name      text not null,
  week_period     text not null default '',
  week_start_date date,
  theme           text,
  reward          text,
  habits          jsonb default '[]',
  reflection      jsonb default '{}',
  created_at      timestamptz default now(),
  updated_at      timestamptz default now(),
  constraint habit_tracker_child_name_week_period_key unique (child_name, week_period)
);

create index if not exists idx_habit_tracker_user_child_week
  on habit_tracker (user_id, child_name, week_start_date);
create index if not exists idx_habit_tracker_child_week
  on habit_tracker (child_name, week_start_date);
create index if not exists idx_habit_tracker_updated_at
  on habit_tracker (updated_at);
