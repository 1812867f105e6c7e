-- NOT VALID: the constraint applies to new rows at once, and to old rows when validate_pending_constraints() runs. An
-- existing constraint is left alone, so that applying this again never un-validates it.

do $$
begin
  if not exists (
    select from pg_constraint where conname = 'fk_children_user_id' and conrelid = 'children'::regclass::oid
  ) then
    alter table children add constraint fk_children_user_id
      foreign key (user_id) references auth.users (id) on delete cascade not valid;
  end if;

  if not exists (
    select from pg_constraint where conname = 'fk_weeks_user_id' and conrelid = 'weeks'::regclass::oid
  ) then
    alter table weeks add constraint fk_weeks_user_id
      foreign key (user_id) references auth.users (id) on delete cascade not valid;
  end if;

  if not exists (
    select from pg_constraint where conname = 'fk_weeks_child_id' and conrelid = 'weeks'::regclass::oid
  ) then
    alter table weeks add constraint fk_weeks_child_id
      foreign key (child_id) references children (id) on delete cascade not valid;
  end if;

  if not exists (
    select from pg_constraint where conname = 'fk_habits_week_id' and conrelid = 'habits'::regclass::oid
  ) then
    alter table habits add constraint fk_habits_week_id
      foreign key (week_id) references weeks (id) on delete cascade not valid;
  end if;

  if not exists (
    select from pg_constraint where conname = 'fk_habit_records_habit_id' and conrelid = 'habit_records'::regclass::oid
  ) then
    alter table habit_records add constraint fk_habit_records_habit_id
      foreign key (habit_id) references habits (id) on delete cascade not valid;
  end if;
end $$;
