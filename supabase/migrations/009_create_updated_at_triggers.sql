create or replace function set_updated_at() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  new.updated_at := now();
  return new;
end $$;

create or replace trigger trigger_habit_tracker_updated_at
  before update on habit_tracker for each row execute function set_updated_at();
create or replace trigger trigger_children_updated_at
  before update on children for each row execute function set_updated_at();
create or replace trigger trigger_weeks_updated_at
  before update on weeks for each row execute function set_updated_at();
create or replace trigger trigger_habits_updated_at
  before update on habits for each row execute function set_updated_at();
create or replace trigger trigger_habit_records_updated_at
  before update on habit_records for each row execute function set_updated_at();
create or replace trigger trigger_habit_templates_updated_at
  before update on habit_templates for each row execute function set_updated_at();
