// action/src/pair/habit-tracker/words.ts
var levels = ["children", "weeks", "habits", "records"];
var placedTypes = [
  "MISSING_CHILD",
  "MISSING_WEEK",
  "ORPHAN_WEEK",
  "DUPLICATE_WEEK",
  "MISSING_HABIT",
  "ORPHAN_HABIT",
  "MISSING_RECORD",
  "ORPHAN_RECORD",
  "DATA_MISMATCH",
  "MALFORMED_LEGACY",
  "WRONG_OWNER",
  "AMBIGUOUS_OWNER"
];
var words = {
  document: { one: "week", many: "weeks" },
  group: { part: "child", one: "child", many: "children" },
  key: ["child", "week"],
  skips: { "not-a-monday": "not starting on a Monday, never migrated" },
  health: "health of the dual-write",
  nothing: "There was nothing to compare: no legacy week is in scope. Either every week is skipped under this week-alignment, or no row can be read: compare week-alignment with what the migration did.",
  hasTables: true,
  beside: { child: "child", weekStart: "week" }
};

export {
  levels,
  placedTypes,
  words
};
