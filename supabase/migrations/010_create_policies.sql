-- Written and tested before they are switched on: nothing here enables row-level security, that is
-- a later phase (`alter table … enable row level security`). Until then get_rls_status() says off.
--
-- No policy names a role: without a signed-in user auth.uid() is null and nothing matches. Habits
-- and records have no owner of their own, they belong to whoever owns the week.

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
                and children.user_id = (select auth.uid())));
drop policy if exists weeks_update_policy on weeks;
create policy weeks_update_policy on weeks for update
  using (user_id = (select auth.uid()))
  with check (user_id = (select auth.uid())
    and exists (select from children where children.id = weeks.child_id
                and children.user_id = (select auth.uid())));
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
  with check (user_id = (select auth.uid()));
drop policy if exists habit_templates_update_policy on habit_templates;
create policy habit_templates_update_policy on habit_templates for update
  using (user_id = (select auth.uid()))
  with check (user_id = (select auth.uid()));
drop policy if exists habit_templates_delete_policy on habit_templates;
create policy habit_templates_delete_policy on habit_templates for delete
  using (user_id = (select auth.uid()));

drop policy if exists notifications_select_policy on notifications;
create policy notifications_select_policy on notifications for select
  using (user_id = (select auth.uid()));
drop policy if exists notifications_insert_policy on notifications;
create policy notifications_insert_policy on notifications for insert
  with check (user_id = (select auth.uid()));
drop policy if exists notifications_update_policy on notifications;
create policy notifications_update_policy on notifications for update
  using (user_id = (select auth.uid()))
  with check (user_id = (select auth.uid()));
drop policy if exists notifications_delete_policy on notifications;
create policy notifications_delete_policy on notifications for delete
  using (user_id = (select auth.uid()));
