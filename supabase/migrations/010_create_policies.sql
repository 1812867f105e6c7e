-- The policies are written and tested before they are switched on: nothing here enables row-level security, which is a
-- later phase (`alter table … enable row level security`). Until then get_rls_status() says off.
--
-- No policy names a role: without a signed-in user auth.uid() is null and nothing matches. Habits and records have no owner
-- column; they belong to whoever owns the week.
--
-- A policy checks every id in a row, not only its own user_id: any id of another table must belong to the user as well,
-- both in a new row and in a changed one. Otherwise a row could be moved to another family's parent, or reveal through its
-- foreign key which ids exist.

-- The legacy table has policies like the others, and is the first to be switched on: its trigger writes to the other tables
-- with the rights of its owner, so whoever may write here can change what they protect.
drop policy if exists habit_tracker_select_policy on habit_tracker;
create policy habit_tracker_select_policy on habit_tracker for select
  using (user_id = (select auth.uid()));
drop policy if exists habit_tracker_insert_policy on habit_tracker;
create policy habit_tracker_insert_policy on habit_tracker for insert
  with check (user_id = (select auth.uid()));
drop policy if exists habit_tracker_update_policy on habit_tracker;
create policy habit_tracker_update_policy on habit_tracker for update
  using (user_id = (select auth.uid()))
  with check (user_id = (select auth.uid()));
drop policy if exists habit_tracker_delete_policy on habit_tracker;
create policy habit_tracker_delete_policy on habit_tracker for delete
  using (user_id = (select auth.uid()));

drop policy if exists children_select_policy on children;
create policy children_select_policy on children for select
  using (user_id = (select auth.uid()));
drop policy if exists children_insert_policy on children;
create policy children_insert_policy on children for insert
  with check (user_id = (select auth.uid()));
drop policy if exists children_update_policy on children;
create policy children_update_policy on children for update
  using (user_id = (select auth.uid()))
  with check (user_id = (select auth.uid()));
drop policy if exists children_delete_policy on children;
create policy children_delete_policy on children for delete
  using (user_id = (select auth.uid()));

drop policy if exists weeks_select_policy on weeks;
create policy weeks_select_policy on weeks for select
  using (user_id = (select auth.uid()));
drop policy if exists weeks_insert_policy on weeks;
create policy weeks_insert_policy on weeks for insert
  with check (user_id = (select auth.uid())
    and exists (select from children where children.id = weeks.child_id
                and children.user_id = (select auth.uid()))
    and (template_id is null or exists (select from habit_templates where habit_templates.id = weeks.template_id
                and habit_templates.user_id = (select auth.uid()))));
drop policy if exists weeks_update_policy on weeks;
create policy weeks_update_policy on weeks for update
  using (user_id = (select auth.uid()))
  with check (user_id = (select auth.uid())
    and exists (select from children where children.id = weeks.child_id
                and children.user_id = (select auth.uid()))
    and (template_id is null or exists (select from habit_templates where habit_templates.id = weeks.template_id
                and habit_templates.user_id = (select auth.uid()))));
drop policy if exists weeks_delete_policy on weeks;
create policy weeks_delete_policy on weeks for delete
  using (user_id = (select auth.uid()));

drop policy if exists habits_select_policy on habits;
create policy habits_select_policy on habits for select
  using (exists (select from weeks where weeks.id = habits.week_id
            and weeks.user_id = (select auth.uid())));
drop policy if exists habits_insert_policy on habits;
create policy habits_insert_policy on habits for insert
  with check (exists (select from weeks where weeks.id = habits.week_id
            and weeks.user_id = (select auth.uid())));
drop policy if exists habits_update_policy on habits;
create policy habits_update_policy on habits for update
  using (exists (select from weeks where weeks.id = habits.week_id
            and weeks.user_id = (select auth.uid())))
  with check (exists (select from weeks where weeks.id = habits.week_id
            and weeks.user_id = (select auth.uid())));
drop policy if exists habits_delete_policy on habits;
create policy habits_delete_policy on habits for delete
  using (exists (select from weeks where weeks.id = habits.week_id
            and weeks.user_id = (select auth.uid())));

drop policy if exists habit_records_select_policy on habit_records;
create policy habit_records_select_policy on habit_records for select
  using (exists (select from habits join weeks on weeks.id = habits.week_id
            where habits.id = habit_records.habit_id and weeks.user_id = (select auth.uid())));
drop policy if exists habit_records_insert_policy on habit_records;
create policy habit_records_insert_policy on habit_records for insert
  with check (exists (select from habits join weeks on weeks.id = habits.week_id
            where habits.id = habit_records.habit_id and weeks.user_id = (select auth.uid())));
drop policy if exists habit_records_update_policy on habit_records;
create policy habit_records_update_policy on habit_records for update
  using (exists (select from habits join weeks on weeks.id = habits.week_id
            where habits.id = habit_records.habit_id and weeks.user_id = (select auth.uid())))
  with check (exists (select from habits join weeks on weeks.id = habits.week_id
            where habits.id = habit_records.habit_id and weeks.user_id = (select auth.uid())));
drop policy if exists habit_records_delete_policy on habit_records;
create policy habit_records_delete_policy on habit_records for delete
  using (exists (select from habits join weeks on weeks.id = habits.week_id
            where habits.id = habit_records.habit_id and weeks.user_id = (select auth.uid())));

drop policy if exists habit_templates_select_policy on habit_templates;
create policy habit_templates_select_policy on habit_templates for select
  using (user_id = (select auth.uid()));
drop policy if exists habit_templates_insert_policy on habit_templates;
create policy habit_templates_insert_policy on habit_templates for insert
  with check (user_id = (select auth.uid())
    and (child_id is null or exists (select from children where children.id = habit_templates.child_id
                and children.user_id = (select auth.uid()))));
drop policy if exists habit_templates_update_policy on habit_templates;
create policy habit_templates_update_policy on habit_templates for update
  using (user_id = (select auth.uid()))
  with check (user_id = (select auth.uid())
    and (child_id is null or exists (select from children where children.id = habit_templates.child_id
                and children.user_id = (select auth.uid()))));
drop policy if exists habit_templates_delete_policy on habit_templates;
create policy habit_templates_delete_policy on habit_templates for delete
  using (user_id = (select auth.uid()));

-- Returns who sent a notification, to anybody who may read it. A policy sees the new version of the row, and this function
-- the old one: marking a notification as read must keep its sender, and no user may set another one.
create or replace function notification_sender(p_id uuid) returns uuid
language sql stable
set search_path = ''
as $$ select from_user_id from public.notifications where id = p_id $$;

drop policy if exists notifications_select_policy on notifications;
create policy notifications_select_policy on notifications for select
  using (user_id = (select auth.uid()));
drop policy if exists notifications_insert_policy on notifications;
create policy notifications_insert_policy on notifications for insert
  with check (user_id = (select auth.uid())
    and (from_user_id is null or from_user_id = (select auth.uid())));
drop policy if exists notifications_update_policy on notifications;
create policy notifications_update_policy on notifications for update
  using (user_id = (select auth.uid()))
  with check (user_id = (select auth.uid())
    and (from_user_id is null or from_user_id in ((select auth.uid()), notification_sender(id))));
drop policy if exists notifications_delete_policy on notifications;
create policy notifications_delete_policy on notifications for delete
  using (user_id = (select auth.uid()));

-- Policies do not apply to TRUNCATE, which Supabase's default privileges grant as well. Nobody needs it through the API.
do $$
declare
  v_role text;
begin
  for v_role in select rolname from pg_roles where rolname in ('anon', 'authenticated') loop
    execute pg_catalog.format(
      'revoke truncate on habit_tracker, children, weeks, habits, habit_records, habit_templates, notifications from %I', v_role);
  end loop;
end $$;
