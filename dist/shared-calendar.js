// action/src/document/document.ts
var keyId = (key) => JSON.stringify(key);
var groupId = (group) => JSON.stringify(group);
var groupOf = (key, { group }) => key.slice(0, group);
var isWhole = (key, { group, key: parts }) => key.slice(group).every((part, place) => part !== null || parts[group + place]?.isOptional);
var pathId = (path) => path.join("\0");
var copyMark = "\0\0";
var copyOf = (segment, number) => `${segment}${copyMark}${number}`;
function readSegment(segment) {
  const [name = "", copy] = segment.split(copyMark);
  return { name, copy };
}
var plain = (value) => value !== null && typeof value === "object" ? value.text : value;
var placeId = ({ kind, level, path }) => JSON.stringify([kind, level, path]);
var valuesOf = ({ legacy, normalized }) => [
  plain(legacy),
  plain(normalized)
];

// action/src/document/calendar.ts
var dayMs = 864e5;
var dayNumber = (date) => Date.parse(`${date}T00:00:00Z`) / dayMs;
function isCalendarDate(text) {
  if (typeof text !== "string" || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const [year, month, day] = [Number(text.slice(0, 4)), Number(text.slice(5, 7)), Number(text.slice(8))];
  return year >= 1 && day >= 1 && day <= daysOfMonth(month, year);
}
var isLeap = (year) => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
var lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
var daysOfMonth = (month, year) => month === 2 && isLeap(year) ? 29 : lengths[month - 1] ?? 0;
function fromDayNumber(day) {
  const text = new Date(day * dayMs).toISOString();
  return text.startsWith("+") ? text.replace(/T.*/, "").replace(/^\+0*/, "") : text.slice(0, text.indexOf("T"));
}
var addDays = (date, days) => fromDayNumber(dayNumber(date) + days);
function sevenDays(date) {
  const [month, first] = [date.slice(0, -2), Number(date.slice(-2))];
  const isWithinMonth = first + 6 <= 28;
  return Array.from({ length: 7 }, (_, day) => isWithinMonth ? `${month}${`${first + day}`.padStart(2, "0")}` : addDays(date, day));
}
function daysSinceMonday(date) {
  return ((dayNumber(date) + 3) % 7 + 7) % 7;
}
var weekdays = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
var mondayOf = (date) => addDays(date, -daysSinceMonday(date));

export {
  isCalendarDate,
  daysOfMonth,
  addDays,
  sevenDays,
  daysSinceMonday,
  weekdays,
  mondayOf,
  keyId,
  groupId,
  groupOf,
  isWhole,
  pathId,
  copyOf,
  readSegment,
  placeId,
  valuesOf
};
