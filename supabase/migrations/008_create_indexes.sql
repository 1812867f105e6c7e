-- Only what the UNIQUE constraints do not already cover: their leading columns serve children (user_id), weeks (child_id),
-- habits (week_id) and habit_records (habit_id).

create index if not exists idx_children_name on children (name);
create index if not exists idx_weeks_user_id_week_start_date on weeks (user_id, week_start_date);
create index if not exists idx_weeks_week_start_date on weeks (week_start_date);
create index if not exists idx_weeks_template_id on weeks (template_id);
create index if not exists idx_habit_records_record_date on habit_records (record_date);
create index if not exists idx_habit_templates_user_id on habit_templates (user_id);
create index if not exists idx_habit_templates_child_id on habit_templates (child_id);
create index if not exists idx_notifications_user_id_created_at
  on notifications (user_id, created_at desc);
create index if not exists idx_notifications_from_user_id on notifications (from_user_id);
