-- NOT VALID: the constraint applies to new rows at once, and to old rows when validate_pending_constraints() runs. An
-- existing constraint is left alone, so that applying this again never un-validates it.

do $$
declare
  v_alignment text;
begin
  if not exists (
    select from pg_constraint where conname = 'ck_children_name_length' and conrelid = 'children'::regclass::oid
  ) then
    alter table children add constraint ck_children_name_length
      check (char_length(name) between 1 and 100) not valid;
  end if;

  if not exists (
    select from pg_constraint where conname = 'ck_weeks_date_range' and conrelid = 'weeks'::regclass::oid
  ) then
    alter table weeks add constraint ck_weeks_date_range
      check (week_end_date = week_start_date + 6) not valid;
  end if;

  -- Where weeks are copied as they are, it had to be dropped, and stays dropped. The settings come with migration 013.
  if to_regclass('dual_write_settings') is not null then
    execute 'select week_alignment from dual_write_settings' into v_alignment;
  end if;
  if v_alignment is distinct from 'exact' and not exists (
    select from pg_constraint where conname = 'ck_weeks_start_monday' and conrelid = 'weeks'::regclass::oid
  ) then
    alter table weeks add constraint ck_weeks_start_monday
      check (extract(isodow from week_start_date) = 1) not valid;
  end if;

  if not exists (
    select from pg_constraint where conname = 'ck_habit_records_status' and conrelid = 'habit_records'::regclass::oid
  ) then
    alter table habit_records add constraint ck_habit_records_status
      check (status in ('green', 'yellow', 'red', 'none')) not valid;
  end if;
end $$;
