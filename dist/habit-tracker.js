import {
  compiled
} from "./shared-compiled.js";
import {
  addTo
} from "./shared-groups.js";
import {
  ReadError,
  addDays,
  canonicalJson,
  canonicalText,
  chunksOf,
  compareIds,
  compareText,
  copyOf,
  count,
  daysSinceMonday,
  encodedLength,
  isCalendarDate,
  isIn,
  isNamed,
  isOutOfTime,
  keyId,
  maxFilterLength,
  maxPageSize,
  mondayOf,
  number as number2,
  pathId,
  percentBeside,
  percentSet,
  plainJson,
  quote,
  readError,
  readSegment,
  rowsOf,
  sevenDays,
  words
} from "./shared-postgrest-js.js";
import {
  array,
  boolean,
  custom,
  extend,
  inert,
  looseObject,
  nullable,
  number,
  object,
  optional,
  pick,
  record,
  string,
  tuple,
  unknown
} from "./shared-zod.js";
import "./shared-helpers.js";

// action/src/pair/habit-tracker/filters.ts
var maxKeysPerRead = 100;
function batches(keys, conditionLength, lengthOf) {
  const sorted = keys.toSorted((a, b) => compareText(a.week ?? "", b.week ?? "") || compareText(a.child, b.child));
  const result = [];
  let length = Number.POSITIVE_INFINITY;
  for (const key of sorted) {
    const batch = result.at(-1);
    const own = lengthOf(key) + (batch?.at(-1)?.week === key.week ? 0 : conditionLength);
    if (!batch || batch.length >= maxKeysPerRead || length + own > maxFilterLength) {
      result.push([key]);
      length = own + conditionLength;
    } else {
      batch.push(key);
      length += own;
    }
  }
  return result;
}
var idLength = 46;
var dateLength = 75;
var ownedDateLength = 110;
var isUuid = (text) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
var ownersIn = (keys) => isIn("user_id", new Set(keys.flatMap(({ owner }) => owner !== null && isUuid(owner) ? owner : [])));
var ofOwnersOrNobody = (keys) => `or(${["user_id.is.null", ownersIn(keys)].filter(Boolean).join(",")})`;
var byWeek = (keys) => Map.groupBy(keys, ({ week: week2 }) => week2);
var ofLegacy = (keys) => keys.filter(({ week: week2 }) => week2 === null || isCalendarDate(week2));
function legacyFilterFor(keys, alignment, spellingsOf, hasOddDates) {
  const conditions = [...byWeek(ofLegacy(keys))].map(([week2, same]) => {
    const who = isNamed("child_name", new Set(same.flatMap((key) => [...spellingsOf(key)])));
    const ofAll = same.every(({ owner }) => owner === null || isUuid(owner)) ? ofOwnersOrNobody(same) : "child_name.not.is.null";
    const when = week2 === null && hasOddDates ? ofAll : dateCondition(week2, alignment);
    return `and(${when},${who.length === 1 ? who.join("") : `or(${who.join(",")})`})`;
  });
  return conditions.join(",");
}
function dateCondition(week2, alignment) {
  if (week2 === null) return "or(week_start_date.is.null,week_start_date.gt.9999-12-31,week_start_date.lt.0001-01-01)";
  if (alignment !== "monday") return `week_start_date.eq.${quote(week2)}`;
  return `week_start_date.gte.${week2},week_start_date.lte.${week2 > "9999-12-25" ? "9999-12-31" : addDays(week2, 6)}`;
}
function weekFilterFor(keys, idsOf) {
  const conditions = [...byWeek(keys)].flatMap(([week2, same]) => {
    const ids = new Set(same.flatMap(idsOf));
    return week2 === null || ids.size === 0 ? [] : [`and(week_start_date.eq.${quote(week2)},${isIn("child_id", ids)})`];
  });
  return conditions.join(",");
}

// action/src/pair/habit-tracker/shape.ts
var shape = {
  key: [
    { name: "owner", kind: "text", shown: "never" },
    { name: "child", kind: "text", shown: "pseudonym" },
    { name: "week", kind: "date", shown: "plain" }
  ],
  group: 2,
  levels: [
    { name: "children", one: "child", many: "children" },
    { name: "weeks", one: "week", many: "weeks" },
    { name: "habits", one: "habit", many: "habits" },
    { name: "records", one: "record", many: "records" }
  ]
};
var level = { children: 0, weeks: 1, habits: 2, records: 3 };
var keyOf = ({ owner, child, week: week2 }) => [owner, child, week2];
var groupOfChild = ({ owner, child }) => [owner, child];
var weekKeyOf = ([owner = null, child, week2 = null]) => ({ owner, child: child ?? "", week: week2 });
var childOf = ([owner = null, child]) => ({ owner, child: child ?? "" });
var childId = (child) => JSON.stringify(groupOfChild(child));
var weekId = (key) => JSON.stringify(keyOf(key));

// action/src/pair/habit-tracker/children.ts
function createChildren() {
  const byRowId = /* @__PURE__ */ new Map();
  const rowIds = /* @__PURE__ */ new Map();
  const owners = /* @__PURE__ */ new Map();
  const nobody = /* @__PURE__ */ new Set();
  return {
    add(rows) {
      for (const { row_id: rowId, user_id: owner, name } of rows) {
        if (byRowId.has(rowId)) continue;
        const child = canonicalText(name) ?? "";
        const id = childId({ owner, child });
        byRowId.set(rowId, { owner, child });
        addTo(rowIds, id, rowId);
        if (owner !== null) owners.set(child, (owners.get(child) ?? /* @__PURE__ */ new Set()).add(owner));
      }
    },
    ownersOf: (child) => owners.get(child) ?? nobody,
    idsOf: (child) => rowIds.get(childId(child)) ?? [],
    childOf: (rowId) => byRowId.get(rowId),
    has: (child) => rowIds.has(childId(child)),
    all: () => byRowId.values()
  };
}
function keyOfWeek(row, known) {
  const child = known.childOf(row.child_id) ?? { owner: row.user_id, child: row.child_id };
  return keyOf({ ...child, week: row.week_start_date });
}
function idsInWeeks(child, known) {
  const ids = known.idsOf(child);
  return ids.length > 0 || !isUuid(child.child) ? ids : [child.child];
}

// action/src/pair/habit-tracker/health.ts
var dualWriteHealth = object({
  window_seconds: number(),
  mode: string(),
  requests: number(),
  error_rate: nullable(number()),
  latency_ms: object({ p95: nullable(number()) }),
  open_failures: number(),
  expired_keys: number(),
  trigger_enabled: boolean(),
  pending_constraints: array(string()),
  rls: nullable(record(string(), boolean())),
  /** Tables without row-level security on which whoever has the publishable key has a privilege. Absent if the function is older. */
  open_tables: optional(array(string())),
  /** Tables whose row-level security applies to an owner of the functions. Absent if the function is older. */
  bound_tables: optional(array(string()))
});
var maxErrorRate = 0.01;
var maxP95Ms = 200;
var maxExpiredKeys = 1e4;
function judgeHealth(health) {
  const hours = Math.round(health.window_seconds / 360) / 10;
  const errorRate = health.error_rate ?? 0;
  const p95 = health.latency_ms.p95 ?? 0;
  const pending = health.pending_constraints;
  const bound = health.bound_tables ?? [];
  return [
    judge(
      "error-rate",
      errorRate <= maxErrorRate,
      "critical",
      `${percentBeside(errorRate, [maxErrorRate])} of ${count(health.requests, "request")} in ${hours} h failed (5xx); the limit is ${percentSet(maxErrorRate)}.`
    ),
    judge(
      "open-failures",
      health.open_failures === 0,
      "high",
      `${count(health.open_failures, "failure is", "failures are")} on record and not resolved; select retry_dual_write_failures() retries ${them(health.open_failures)}.`
    ),
    judge("trigger", health.trigger_enabled, "high", health.trigger_enabled ? "The trigger on habit_tracker is enabled." : triggerIsOff),
    judge(
      "owner",
      bound.length === 0,
      "high",
      bound.length === 0 ? "Row-level security does not apply to the functions' owner." : `Row-level security applies to the functions' owner on ${bound.join(", ")}: rows that it hides are missed without an error. Give the owner BYPASSRLS, or run alter table \u2026 no force row level security.`
    ),
    judge(
      "mode",
      health.mode === "on",
      "medium",
      `The dual-write mode is ${health.mode}${health.mode === "on" ? "." : "; select set_dual_write_mode('on') switches it on."}`
    ),
    judge("latency", p95 <= maxP95Ms, "medium", `95% of the requests took at most ${number2(Math.ceil(p95))} ms; the limit is ${maxP95Ms} ms.`),
    judge(
      "constraints",
      pending.length === 0,
      "low",
      pending.length === 0 ? "Every constraint is validated." : `${count(pending.length, "constraint is", "constraints are")} not validated: ${pending.join(", ")}; select * from validate_pending_constraints(false) validates ${them(pending.length)}.`
    ),
    judgeRowLevelSecurity(health),
    judge(
      "expired-keys",
      health.expired_keys <= maxExpiredKeys,
      "low",
      `${count(health.expired_keys, "expired idempotency key is", "expired idempotency keys are")} kept; select cleanup_idempotency_log() removes ${them(health.expired_keys)}.`
    )
  ];
}
function judgeRowLevelSecurity({ rls, open_tables: open = [] }) {
  const tables = Object.entries(rls ?? {});
  const off = tables.filter(([, isOn]) => !isOn).map(([table]) => table);
  if (off.length === 0) return judge("row-level-security", true, "none", "Row-level security is on.");
  if (open.length === 0 || open.length === tables.length) return judge("row-level-security", false, "low", `Row-level security is off on ${off.join(", ")}.`);
  const order = open.includes("habit_tracker") ? " Start with habit_tracker, whose trigger opens what the others close." : "";
  return judge(
    "row-level-security",
    false,
    "high",
    `Anybody with the publishable key can reach ${open.join(", ")}, while other tables are protected: run alter table \u2026 enable row level security.${order}`
  );
}
function judge(check, isWell, severity, detail) {
  if (isWell) return { check, status: "ok", severity: "none", detail };
  return { check, status: severity === "critical" || severity === "high" ? "failing" : "warning", severity, detail };
}
function readHealth(health) {
  if (!health) return { checks: [], obstacles: [nobodyCanTell] };
  const { mode, open_failures: failures, trigger_enabled: isTriggered } = health;
  const obstacles = [
    failures === 0 ? "" : `${count(failures, "failure of the dual-write is", "failures of the dual-write are")} open: select retry_dual_write_failures() retries ${them(failures)}.`,
    // Any other mode was not written by the migrations.
    mode === "on" ? "" : `The dual-write mode is ${["off", "legacy_only"].includes(mode) ? mode : "none that is known"}, not on: select set_dual_write_mode('on') switches it on.`,
    isTriggered ? "" : triggerIsOff
  ];
  return { checks: judgeHealth(health), obstacles: obstacles.filter((obstacle) => obstacle !== "") };
}
var them = (howMany) => howMany === 1 ? "it" : "them";
var triggerIsOff = "The trigger on habit_tracker is missing or disabled: what the legacy app writes reaches one side only.";
var nobodyCanTell = "dual_write_health is not installed, or this key may not call it, so whether the dual-write is on and without failures is unknown: apply supabase/migrations/013 to 019 and use a secret key.";

// action/src/pair/habit-tracker/columns.ts
var isText = (type) => /^(text|character varying|character|citext|name)$/.test(type);
var isBuiltIn = (type) => /^(bigint|integer|smallint|numeric|real|double precision|money|boolean|date|time.*|interval|jsonb?|xml|bytea|bit.*|uuid|inet|cidr|oid|.*range|.*\[\])$/.test(
  type
);
var meanings = {
  date: { expected: "date", alike: isText },
  json: { expected: "jsonb", alike: (type) => type === "json" || isText(type) },
  text: { expected: "text", alike: isText },
  user: { expected: "uuid", alike: isText },
  // Opaque: any type that distinguishes rows.
  id: { expected: "uuid", alike: () => true },
  time: { expected: "timestamp with time zone", alike: (type) => /^(timestamp|date$)/.test(type) || isText(type), handedOver: true },
  label: { expected: "text", alike: isText, handedOver: true }
};
var columns = {
  habit_tracker: {
    user_id: "user",
    child_name: "text",
    week_start_date: "date",
    theme: "text",
    reward: "text",
    habits: "json",
    reflection: "json",
    updated_at: "time"
  },
  children: { id: "id", user_id: "user", name: "text" },
  weeks: {
    id: "id",
    child_id: "id",
    user_id: "user",
    week_start_date: "date",
    week_end_date: "date",
    theme: "text",
    reward: "text",
    reflection: "json",
    source_version: "label"
  },
  habits: { id: "id", week_id: "id", name: "text" },
  habit_records: { id: "id", habit_id: "id", record_date: "date", status: "text" }
};
var otherType = (table, column, found, expected) => new ReadError(
  `Column ${column} of table ${table} has the type ${found} where ${expected} is expected, so its rows cannot be compared, and nothing is known about drift. A migration changed it: change the type back, or use the release of this action that goes with the new schema.`
);
function checkTypes(types2) {
  let respelled;
  for (const [table, meant] of Object.entries(columns)) {
    for (const [column, meaning] of Object.entries(meant)) {
      const found = types2[`${table}.${column}`];
      const { expected, alike, handedOver } = meanings[meaning];
      if (found === expected || meaning === "text" && found === "character varying") continue;
      if (found !== void 0 && isBuiltIn(found) && !alike(found)) throw otherType(table, column, typeName(found), expected);
      if (!handedOver) respelled ??= `${table}.${column}`;
    }
  }
  return respelled;
}
var typeName = (type) => /^[a-z ]{2,40}(\[\])?$/.test(type) ? type : "that is not known";
var isTime = (text) => text.length > 13 && /^\d{4,}-\d\d-\d\d[T ]\d/.test(text);
var dateText = custom((value) => typeof value === "string" && !isTime(value));
function typeOf(value) {
  if (typeof value === "string") return isTime(value) ? `timestamp ${/(Z|[-+]\d\d(:\d\d)*)$/.test(value) ? "with" : "without"} time zone` : void 0;
  if (typeof value === "number") return "numeric";
  if (typeof value === "boolean") return "boolean";
  if (Array.isArray(value)) return "json or an array";
  return typeof value === "object" && value !== null ? "json" : void 0;
}
function noting(table, row, misfit) {
  return custom((value) => {
    const { success, error } = row.safeParse(value);
    const path = error?.issues[0]?.path ?? [];
    if (!success) misfit.error ??= typeErrorAt(table, path, value);
    return success;
  });
}
function typeErrorAt(table, path, row) {
  const names = path.filter((part) => typeof part === "string");
  const column = names.at(-1) ?? "";
  const of = names.at(-2) ?? table;
  const value = path.reduce(
    (inside, part) => typeof inside === "object" && inside !== null ? Reflect.get(inside, part) : void 0,
    row
  );
  const meaning = columns[of]?.[column];
  const found = typeOf(value);
  return meaning === void 0 || found === void 0 ? void 0 : otherType(of, column, found, meanings[meaning].expected);
}
function withTypes(reader) {
  async function* pages(table, row, read) {
    const misfit = {};
    try {
      yield* read(noting(table, row, misfit));
    } catch (error) {
      throw misfit.error ?? error;
    }
  }
  return {
    ...reader,
    async select(table, selected, row, ...rest) {
      const misfit = {};
      try {
        return await reader.select(table, selected, noting(table, row, misfit), ...rest);
      } catch (error) {
        throw misfit.error ?? error;
      }
    },
    pages: (table, selected, row, ...rest) => pages(table, row, (noted) => reader.pages(table, selected, noted, ...rest)),
    found: (table, selected, row, ...rest) => pages(table, row, (noted) => reader.found(table, selected, noted, ...rest))
  };
}

// action/src/pair/habit-tracker/status.ts
var statuses = /* @__PURE__ */ new Set(["green", "yellow", "red"]);
function knownStatus(text) {
  const status = canonicalText(text) ?? "";
  return statuses.has(status) ? status : void 0;
}

// action/src/pair/habit-tracker/legacy.ts
var legacyKeyColumns = "row_id:id::text,user_id,child_name,week_start_date";
var legacyParts = { theme: "theme", reward: "reward", habits: "habits::text", reflection: "reflection::text" };
var legacyColumns = `${legacyKeyColumns},${Object.values(legacyParts).join(",")},updated_at`;
var legacyKeyRow = object({
  row_id: string(),
  user_id: nullable(string()),
  child_name: string(),
  week_start_date: nullable(dateText)
});
var legacyRow = extend(legacyKeyRow, {
  theme: nullable(string()),
  reward: nullable(string()),
  // JSON. Whatever is in there is checked part by part: a part that cannot be read is a finding, not an error.
  habits: nullable(string()),
  reflection: nullable(string()),
  updated_at: nullable(string()),
  // Parts that are too large to read.
  unread: optional(array(string()))
});
var noIds = {};
var rowIdsOf = (row) => ({ habit_tracker: [row.row_id] });
function placeLegacyRow(row, alignment, ownersOf) {
  const child = canonicalText(row.child_name) ?? "";
  const start = row.week_start_date;
  const unclaimed = (of, difference) => ({
    kind: "unclaimed",
    key: keyOf(of),
    difference: { ...difference, key: keyOf(of), normalized: null, rowIds: rowIdsOf(row) }
  });
  const owners = row.user_id === null ? ownersOf(child) : /* @__PURE__ */ new Set([row.user_id]);
  const [owner = null] = owners.size === 1 ? owners : [];
  if (!isCalendarDate(start)) {
    return unclaimed(
      { owner, child, week: null },
      { kind: "malformed", level: "weeks", path: ["week_start_date"], legacy: start === null ? null : { text: start, readable: false } }
    );
  }
  const week2 = alignment === "monday" ? mondayOf(start) : start;
  const key = { owner, child, week: week2 };
  if (alignment === "skip" && daysSinceMonday(start) !== 0) return { kind: "skipped", key: keyOf(key) };
  if (owners.size > 1) {
    return unclaimed(key, { kind: "ambiguous-owner", level: "children", path: null, legacy: { text: child, readable: false } });
  }
  return { kind: "claim", key: keyOf(key) };
}
function readLegacyRow(row, alignment, ownersOf) {
  const placement = placeLegacyRow(row, alignment, ownersOf);
  const habits = readHabits(row.habits);
  return {
    entry: placement.kind === "claim" ? { ...placement, document: readDocument(row, habits, placement.key, placement.key[2] ?? "") } : placement,
    get raw() {
      return [0, 1, ...countRaw(habits)];
    }
  };
}
function readHabits(text) {
  if (text === null) return { elements: [] };
  let habits;
  try {
    habits = JSON.parse(text);
  } catch {
    return { instead: text };
  }
  return habits === null || Array.isArray(habits) ? { elements: habits ?? [] } : { instead: said(habits) };
}
var said = (value) => typeof value === "string" ? value : plainJson(value);
var isFilled = (cell) => typeof cell === "string" ? (canonicalText(cell) ?? "none") !== "none" : cell !== null && cell !== void 0;
function countRaw(habits) {
  if ("instead" in habits) return [0, 0];
  let records = 0;
  for (const habit of habits.elements) {
    const times = isRecord(habit) ? habit["times"] : void 0;
    if (Array.isArray(times)) {
      for (const cell of times) if (isFilled(cell)) records += 1;
    }
  }
  return [habits.elements.length, records];
}
function isRecord(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
var maxHabits = 200;
function readDocument(row, habits, key, week2) {
  const rowIds = rowIdsOf(row);
  const fields = /* @__PURE__ */ new Map();
  const hidden = [];
  const problems = [];
  const add = (path, value, readable, at, traits) => fields.set(pathId(path), { path, value, level: at, readable, rowIds: noIds, ...traits?.length && { traits } });
  const attribute = (name, value, readable) => fields.set(name, { path: [name], value, level: level.weeks, attribute: true, readable, rowIds: noIds });
  const malformed2 = (place, of, text, counterpart) => {
    const legacy = text === void 0 ? null : { text: text.slice(0, 1e4), readable: false };
    problems.push({ kind: "malformed", level: of, key, path: [place], legacy, normalized: null, rowIds });
    hidden.push(counterpart);
  };
  attribute("theme", canonicalText(row.theme), false);
  attribute("reward", canonicalText(row.reward), false);
  for (const part of row.unread ?? []) malformed2(part, part === "habits" ? "habits" : "weeks", "too large to be read", { prefix: [part], depth: 1 });
  const reflection = canonicalJson(row.reflection);
  if (reflection === void 0) malformed2("reflection", "weeks", row.reflection ?? void 0, { prefix: ["reflection"], depth: 1 });
  attribute("reflection", reflection ?? null, false);
  const days = sevenDays(week2);
  attribute("week_end_date", days[6] ?? null, true);
  if ("instead" in habits) malformed2("habits", "habits", habits.instead, { prefix: ["habits"], depth: 2 });
  let elements = "instead" in habits ? [] : habits.elements;
  if (elements.length > maxHabits) {
    malformed2("habits", "habits", `${elements.length} habits`, { prefix: ["habits"], depth: 2 });
    elements = [];
  }
  const names = elements.map(nameOf);
  const expectedNames = distinctNames(names);
  for (const [index, element] of elements.entries()) {
    const name = expectedNames[index];
    if (name === void 0) {
      const place = isRecord(element) ? `habits[${index}].name` : `habits[${index}]`;
      malformed2(place, "habits", textOf(isRecord(element) ? element["name"] : element), { prefix: ["habits", ""], depth: 2 });
      continue;
    }
    add(["habits", name], name, false, level.habits, traitsOf(element, name !== names[index]));
    const times = isRecord(element) ? element["times"] : void 0;
    if (!Array.isArray(times) || times.length !== 7) {
      malformed2(`habits[${index}].times`, "records", textOf(times), { prefix: ["habits", name], depth: 3 });
      continue;
    }
    for (const [day, cell] of times.entries()) {
      if (!isFilled(cell)) continue;
      const path = ["habits", name, days[day] ?? ""];
      const status = typeof cell === "string" ? knownStatus(cell) : void 0;
      if (status === void 0) malformed2(`habits[${index}].times[${day}]`, "records", textOf(cell), { prefix: path, depth: 3 });
      else add(path, status, true, level.records);
    }
  }
  return { key, fields, rowIds, hidden, problems, writtenAt: timeOf(row.updated_at) };
}
var textOf = (value) => value === void 0 ? void 0 : said(value);
var habitTraits = {
  "millisecond-id": "whose id is a millisecond timestamp",
  "repeated-name": "whose name repeats within the week"
};
function traitsOf(element, isRepeated) {
  const id = isRecord(element) ? Number(element["id"]) : Number.NaN;
  return [...id >= 1e12 && id < 1e13 ? ["millisecond-id"] : [], ...isRepeated ? ["repeated-name"] : []];
}
function nameOf(element) {
  const name = isRecord(element) ? element["name"] : void 0;
  return typeof name === "string" && !name.includes("\0") ? canonicalText(name) ?? void 0 : void 0;
}
function distinctNames(names) {
  const taken = new Set(names);
  const used = /* @__PURE__ */ new Set();
  const nextNumber = /* @__PURE__ */ new Map();
  return names.map((name) => {
    if (name === void 0 || !used.has(name)) {
      if (name !== void 0) used.add(name);
      return name;
    }
    let number3 = nextNumber.get(name) ?? 2;
    while (taken.has(`${name} (${number3})`)) number3 += 1;
    nextNumber.set(name, number3 + 1);
    const distinct = `${name} (${number3})`;
    taken.add(distinct);
    used.add(distinct);
    return distinct;
  });
}
function compareClaims(a, b) {
  return compareTimestamps(b.updated_at, a.updated_at) || compareIds(b.row_id, a.row_id);
}
function compareTimestamps(a, b) {
  return Number(a !== null) - Number(b !== null) || instant(a) - instant(b) || microseconds(a) - microseconds(b);
}
function instant(timestamp) {
  if (timestamp === null || timestamp === "-infinity") return Number.NEGATIVE_INFINITY;
  const time = Date.parse(timestamp.replace(/(\.\d{3})\d+/, "$1"));
  return Number.isNaN(time) ? Number.POSITIVE_INFINITY : time;
}
function timeOf(timestamp) {
  const time = instant(timestamp ?? null);
  return Number.isFinite(time) ? time : void 0;
}
var microseconds = (timestamp) => Number(/\.\d{3}(\d{1,3})/.exec(timestamp ?? "")?.[1]?.padEnd(3, "0") ?? 0);

// action/src/pair/habit-tracker/normalized.ts
var childColumns = "row_id:id::text,user_id,name";
var childRow = object({ row_id: string(), user_id: nullable(string()), name: string() });
var weekKeyColumns = "row_id:id::text,user_id,child_id::text,week_start_date";
var recordColumns = "id::text,record_date,status";
var habitColumns = `id::text,name,habit_records(${recordColumns})`;
var weekParts = { theme: "theme", reward: "reward", reflection: "reflection::text" };
var weekColumns = `${weekKeyColumns},week_end_date,${Object.values(weekParts).join(",")},source_version,habits(${habitColumns})`;
var weekKeyRow = object({
  row_id: string(),
  user_id: nullable(string()),
  child_id: string(),
  week_start_date: dateText
});
var weekColumnsWithTimes = `${weekColumns},created_at,updated_at`;
var attributeColumns = `${weekKeyColumns},week_end_date,source_version,created_at,updated_at`;
var recordRow = object({ id: string(), record_date: dateText, status: string() });
var habitRow = object({ id: string(), name: string(), habit_records: array(recordRow) });
var weekRow = extend(weekKeyRow, {
  week_end_date: nullable(dateText),
  theme: nullable(string()),
  reward: nullable(string()),
  reflection: nullable(string()),
  source_version: nullable(string()),
  created_at: optional(nullable(string())),
  updated_at: optional(nullable(string())),
  habits: array(habitRow),
  // Parts that are too large to read.
  unread: optional(array(string()))
});
var isBriefHabit = (value) => Array.isArray(value) && value.length === 3 && isText2(value[0]) && isText2(value[1]) && Array.isArray(value[2]) && value[2].every(isBriefRecord);
var isBriefRecord = (value) => Array.isArray(value) && value.length === 3 && value.every(isText2);
var isText2 = (value) => typeof value === "string";
var briefWeekRow = compiled(
  extend(weekRow, {
    habits: array(custom(isBriefHabit))
  })
);
function habitsOf({ habits }) {
  return habits.map((habit) => {
    if (!isBrief(habit)) return habit;
    const [id, name, records] = habit;
    return { id, name, habit_records: records.map(([record2, date, status]) => ({ id: record2, record_date: date, status })) };
  });
}
var isBrief = (habit) => Array.isArray(habit);
function readWeekRow(row, key) {
  const fields = /* @__PURE__ */ new Map();
  const rowIds = { weeks: [row.row_id] };
  const copies = /* @__PURE__ */ new Map();
  const copied = [];
  const attribute = (name, value, readable) => fields.set(name, { path: [name], value, level: level.weeks, attribute: true, readable, rowIds: {} });
  const add = (path, value, readable, ids, at) => {
    let own = path;
    const id = pathId(path);
    if (fields.has(id)) {
      const copy = (copies.get(id) ?? 1) + 1;
      copies.set(id, copy);
      own = [...path.slice(0, -1), copyOf(path.at(-1) ?? "", copy)];
      copied.push(own);
    }
    fields.set(own === path ? id : pathId(own), { path: own, value, level: at, readable, rowIds: ids });
    return own;
  };
  const reflection = canonicalJson(row.reflection);
  const attributes = { theme: canonicalText(row.theme), reward: canonicalText(row.reward), reflection: reflection === void 0 ? row.reflection : reflection };
  for (const [name, value] of Object.entries(attributes)) {
    if (row.unread?.includes(name)) attribute(name, "too large to be read", true);
    else attribute(name, value, false);
  }
  attribute("week_end_date", row.week_end_date, true);
  for (const habit of habitsOf(row).sort((a, b) => a.id < b.id ? -1 : 1)) {
    const ids = { habits: [habit.id] };
    const name = canonicalText(habit.name) ?? "";
    const path = add(["habits", name], name, false, ids, level.habits);
    for (const record2 of habit.habit_records) {
      const status = canonicalText(record2.status) ?? "none";
      if (status === "none") continue;
      const known = knownStatus(status) !== void 0;
      add([...path, record2.record_date], status, known, { habits: ids.habits, habit_records: [record2.id] }, level.records);
    }
  }
  return {
    key,
    fields,
    rowIds,
    hidden: [],
    problems: row.user_id === key[0] ? [] : [wrongOwner(row, key, rowIds)],
    ...copied.length > 0 && { copied },
    parent: row.child_id,
    held: [0, 0, row.habits.length, recordsIn(row)],
    sourceVersion: row.source_version ?? void 0,
    writtenAt: timeOf(row.updated_at),
    migratedAt: row.source_version === "migration" && row.updated_at === row.created_at ? timeOf(row.created_at) : void 0
  };
}
function readWeek(row, key) {
  return { entry: { kind: "claim", key, document: readWeekRow(row, key) }, raw: [0, 1, row.habits.length, recordsIn(row)] };
}
function recordsIn({ habits }) {
  let records = 0;
  for (const habit of habits) records += (isBrief(habit) ? habit[2] : habit.habit_records).length;
  return records;
}
function wrongOwner(row, key, rowIds) {
  const shown = (owner) => owner === null ? null : { text: owner, readable: false };
  return { kind: "wrong-owner", level: "weeks", key, path: ["user_id"], legacy: shown(key[0] ?? null), normalized: shown(row.user_id), rowIds };
}

// action/src/pair/habit-tracker/digest.ts
var functionsVersion = 4;
var migration = "supabase/migrations/014_create_drift_functions.sql";
var childrenAnswer = object({
  legacy: array(tuple([nullable(string()), string(), number()])),
  normalized: array(tuple([string(), nullable(string()), number()])),
  next: nullable(record(string(), string()))
});
var weeksAnswer = nullable(array(tuple([string(), number()])));
var week = tuple([number(), string()]);
var compareAnswer = object({
  rows: number(),
  habits: number(),
  records: number(),
  skipped: number(),
  claimed: number(),
  equal: object({ weeks: number(), habits: number(), records: number(), versions: record(string(), number()) }),
  legacy_children: array(number()),
  equal_children: array(number()),
  differing: array(week),
  odd: array(week),
  undated: array(number()),
  stray: array(week),
  loose: number()
});
var looseAnswer = tuple([number(), number()]);
var rowsAnswer = object({ children: rowsOf(childRow), legacy: rowsOf(legacyRow), weeks: rowsOf(briefWeekRow) });
var maxRowsADay = 2e4;
var maxChildren = 2e4;
var maxNamesLength = 2e6;
var childrenPage = 1e4;
function createDigester(reader, alignment, { children, learnChildren, learnSpelling }) {
  async function everyChild() {
    const found = /* @__PURE__ */ new Map();
    const childOf2 = (key, rows) => {
      const id = childId(key);
      const child = found.get(id) ?? { key, rows: 0, legacy: [], normalized: [] };
      found.set(id, child);
      child.rows += rows;
      return child;
    };
    let after;
    let size = childrenPage;
    const read = async () => {
      try {
        return await answered(
          reader,
          "driftwatch_children",
          { ...after !== void 0 && { after }, ...size < childrenPage && { page: size } },
          childrenAnswer
        );
      } catch (error) {
        if (!(error instanceof ReadError) || error.tooMuch !== "bytes" || size === 1) throw error;
        size = Math.ceil(size / 4);
        return read();
      }
    };
    for (; ; ) {
      const page = await read();
      for (const [user, name, rows] of page.legacy) {
        learnSpelling(name);
        const child = canonicalText(name) ?? "";
        const owners = user === null ? children.ownersOf(child) : /* @__PURE__ */ new Set([user]);
        const [owner = null] = owners.size === 1 ? owners : [];
        childOf2({ owner, child }, rows).legacy.push([user, name]);
      }
      await learnChildren(
        page.normalized.filter(([, user]) => user === null).map(([id]) => ({ child_id: id })),
        children
      );
      for (const [id, user, rows] of page.normalized) {
        const known = children.childOf(id);
        childOf2(known ?? { owner: user, child: id }, rows).normalized.push([id, known ? null : user]);
      }
      if (page.next === null) return [...found.values()];
      const next = JSON.stringify(page.next);
      if (next === after) throw reader.refused("driftwatch_children");
      after = next;
    }
  }
  const compare = (who, tries, dates) => answered(reader, "driftwatch_compare", { ...who, alignment, ...dates }, compareAnswer, tries);
  async function looseInDatabase(withRecords) {
    try {
      return [0, 0, ...await answered(reader, "driftwatch_loose", { with_records: withRecords }, looseAnswer, { ofTooMuch: 1 })];
    } catch (error) {
      if (isOutOfTime(error)) return void 0;
      throw error;
    }
  }
  const planOfChildren = (kin, countsLoose) => ({
    groups: kin.map(({ key }) => groupOfChild(key)),
    beside: async () => ({ more: moreRows(kin), loose: countsLoose ? await looseInDatabase(true) : [0, 0, 0, 0] }),
    rows: kin.map(({ rows }) => rows),
    async digest(start, end, tries) {
      return readAnswer(await compare(namesOf(kin.slice(start, end)), tries, {}), kin, start, () => Number.NaN);
    }
  });
  return {
    async probe() {
      const version = await reader.call("driftwatch_version", {}, number()).catch((error) => {
        if (error instanceof ReadError) return void 0;
        throw error;
      });
      if (version === functionsVersion) {
        const respelled = checkTypes(await answered(reader, "driftwatch_types", {}, record(string(), string())));
        if (respelled === void 0)
          return { ready: true, narrows: true, sentence: "The database compares both sides itself: the drift functions are installed." };
        return {
          ready: false,
          sentence: `The drift functions do not compare the type of ${respelled}, so weeks are compared through the API, which is slower.`
        };
      }
      const why = version === void 0 ? "are not installed, or this key may not call them" : `have version ${version}, not ${functionsVersion}`;
      return {
        ready: false,
        sentence: `The drift functions ${why}, so weeks are compared through the API, which is slower. Apply ${migration} from this release, and use a secret key.`
      };
    },
    async planPart({ index, has }) {
      const kin = (await everyChild()).filter(({ key }) => has(keyOf({ ...key, week: null })));
      return planOfChildren(kin, index === 1);
    },
    async plan() {
      const counting = answered(reader, "driftwatch_weeks", { alignment }, weeksAnswer);
      counting.catch(() => void 0);
      const kin = await everyChild();
      const weeks = await counting;
      const namesLength = kin.reduce((sum, { legacy }) => legacy.reduce((length, [, name]) => length + name.length, sum), 0);
      const byChildren = weeks === null || kin.length > maxChildren || namesLength > maxNamesLength || weeks.some(([, rows]) => rows > maxRowsADay);
      if (byChildren) return planOfChildren(kin, true);
      const everyone = namesOf(kin);
      const portionOf = (date) => weeks.findLastIndex(([since]) => since <= date);
      return {
        groups: kin.map(({ key }) => groupOfChild(key)),
        beside: async () => ({ more: moreRows(kin), loose: await looseInDatabase(false) }),
        rows: weeks.map(([, rows]) => rows),
        async digest(start, end, tries) {
          const [since] = start > 0 && weeks[start] || ["-infinity"];
          const [until] = weeks[end] ?? [];
          return readAnswer(await compare(everyone, tries, { since, ...until !== void 0 && { until } }), kin, 0, portionOf);
        }
      };
    }
  };
}
var moreRows = (kin) => [
  kin.reduce((sum, { normalized }) => sum + Math.max(0, new Set(normalized.map(([id]) => id)).size - 1), 0),
  0,
  0,
  0
];
async function readInDatabase(reader, alignment, spellings) {
  return answered(
    reader,
    "driftwatch_read",
    {
      owners: array2(spellings.map(({ owner }) => owner)),
      names: array2(spellings.map(({ name }) => quote(name))),
      weeks: array2(spellings.map(({ week: start }) => start && quote(start))),
      alignment
    },
    rowsAnswer
  );
}
async function answered(reader, name, parameters, value, tries) {
  const answer = await reader.call(name, parameters, value, tries);
  if (answer === void 0) throw reader.refused(name);
  return answer;
}
var array2 = (items) => `{${items.map(String).join(",")}}`;
function namesOf(kin) {
  const listed = (side) => kin.flatMap((child, place) => child[side].map(([first, second]) => ({ place, first, second })));
  const [legacy, normalized] = [listed("legacy"), listed("normalized")];
  return {
    legacy_places: array2(legacy.map(({ place }) => place)),
    legacy_users: array2(legacy.map(({ first }) => first)),
    legacy_names: array2(legacy.map(({ second }) => quote(second ?? ""))),
    normalized_places: array2(normalized.map(({ place }) => place)),
    normalized_ids: array2(normalized.map(({ first }) => first)),
    normalized_users: array2(normalized.map(({ second }) => second)),
    normalized_owners: array2(normalized.map(({ place }) => kin[place]?.key.owner ?? null))
  };
}
function readAnswer(answer, kin, first, portionOf) {
  const nobody = { owner: null, child: "" };
  const childAt = (place) => kin[first + place]?.key ?? nobody;
  const placeOf = (place) => first + place;
  const placed = ([place, start]) => keyOf({ ...childAt(place), week: start });
  const { weeks, habits, records, versions } = answer.equal;
  return {
    legacy: [0, answer.rows, answer.habits, answer.records],
    skipped: answer.skipped,
    claimed: answer.claimed,
    equal: {
      counts: [0, weeks, habits, records],
      sourceVersions: versions,
      groups: answer.equal_children.map(placeOf)
    },
    legacyGroups: answer.legacy_children.map(placeOf),
    differing: [...answer.differing.map(placed), ...answer.undated.map((place) => keyOf({ ...childAt(place), week: null }))],
    odd: answer.odd.map(placed),
    loose: [0, 0, 0, answer.loose],
    stray: answer.stray.map((one) => ({ key: placed(one), portion: portionOf(one[1]) }))
  };
}

// action/src/pair/habit-tracker/directory.ts
function createDirectory(reader, alignment) {
  const spellings = /* @__PURE__ */ new Map();
  const learnSpelling = (name) => {
    const child = canonicalText(name) ?? "";
    const known = spellings.get(child);
    if (known) known.add(name);
    else spellings.set(child, /* @__PURE__ */ new Set([child, name]));
  };
  let isOdd = false;
  const learnLegacy = (rows) => {
    for (const { child_name: name, week_start_date: date } of rows) {
      learnSpelling(name);
      isOdd ||= date !== null && !isCalendarDate(date);
    }
  };
  const spellingsOf = (key) => spellings.get(key.child) ?? /* @__PURE__ */ new Set([key.child]);
  async function learnChildren(weeks, known) {
    const unknown2 = new Set(weeks.map((week2) => week2.child_id).filter((id) => !known.childOf(id)));
    for (const ids of chunksOf([...unknown2], maxKeysPerRead)) {
      const { rows } = await reader.select("children", childColumns, childRow, (query) => query.in("id", ids));
      rows.forEach((row) => learnSpelling(row.name));
      known.add(rows);
    }
  }
  async function learnSpellings(keys) {
    const known = new Map(keys.map((key) => [key, spellingsOf(key).size]));
    for (const some of batches(keys, ownedDateLength, () => idLength)) {
      const owners = ownersIn(some);
      if (owners !== "") {
        for await (const rows of reader.found("children", childColumns, childRow, (query) => query.or(owners))) rows.forEach((row) => learnSpelling(row.name));
      }
      const dates = [...byWeek(ofLegacy(some))].map(([week2, same]) => `and(${dateCondition(week2, alignment)},${ofOwnersOrNobody(same)})`).join(",");
      if (dates === "") continue;
      for await (const rows of reader.found("habit_tracker", legacyKeyColumns, legacyKeyRow, (query) => query.or(dates))) learnLegacy(rows);
    }
    return keys.filter((key) => spellingsOf(key).size > (known.get(key) ?? 0));
  }
  return { children: createChildren(), learnSpelling, learnLegacy, hasOddDates: () => isOdd, spellingsOf, learnChildren, learnSpellings };
}

// action/src/pair/habit-tracker/provenance.ts
var firstWeeks = 20;
var writtenWeek = object({
  created_at: string(),
  updated_at: string(),
  habits: array(object({ source_version: nullable(string()) }))
});
function createProvenance(reader, idsOf) {
  const byDualWrite = (order, limit) => reader.select(
    "weeks",
    "created_at,updated_at,habits(source_version)",
    writtenWeek,
    (query) => query.eq("source_version", "dual_write").order(order).limit(limit)
  );
  const countWeeks = async (refine) => (await reader.select("weeks", "id", unknown(), (query) => refine(query).limit(1), "exact")).count ?? Number.NaN;
  return {
    traits: habitTraits,
    async dualWriteStart() {
      const { rows } = await byDualWrite("created_at", firstWeeks);
      const born = rows.find(({ habits }) => habits.every((habit) => habit.source_version === "dual_write"));
      if (born || rows.length === 0) return timeOf(born?.created_at);
      const [changed] = (await byDualWrite("updated_at", 1)).rows;
      return timeOf(changed?.updated_at);
    },
    countOfGroup: async (group) => {
      const ids = idsOf(childOf(group));
      return ids.length === 0 ? 0 : countWeeks((query) => query.in("child_id", [...ids]));
    },
    countOfStarts: (from, to) => countWeeks((query) => {
      const later = query.gte("week_start_date", from);
      return to === void 0 ? later : later.lte("week_start_date", to);
    }),
    countWrittenSince: async (date) => (await reader.select("habit_tracker", "id", unknown(), (query) => query.gte("updated_at", `${date}T00:00:00Z`).limit(1), "exact")).count ?? Number.NaN
  };
}

// action/src/pair/habit-tracker/repair.ts
var mostIds = 50;
var mostParts = 20;
var migrations = ["013_create_dual_write_triggers.sql", "016_create_backfill.sql"];
var backfilled = ["MISSING_CHILD", "MISSING_WEEK", "MISSING_HABIT", "MISSING_RECORD", "ORPHAN_HABIT", "ORPHAN_RECORD", "DATA_MISMATCH", "WRONG_OWNER"];
var overwritten = ["ORPHAN_HABIT", "ORPHAN_RECORD", "DATA_MISMATCH"];
function repairSteps(damage, alignment) {
  const { findings, findingsByType, health } = damage;
  const of = (type) => findings.filter((finding) => finding.type === type);
  const isThere = (type) => (findingsByType[type] ?? 0) > 0;
  const needsBackfill = ["AMBIGUOUS_OWNER", "MALFORMED_LEGACY", ...backfilled].some(isThere);
  const steps = [
    ...stopTheLoss(health),
    ...ambiguousOwners(of("AMBIGUOUS_OWNER")),
    ...malformed(of("MALFORMED_LEGACY")),
    ...duplicates(of("DUPLICATE_WEEK")),
    ...needsBackfill ? [backfill(damage, overwritten.some(isThere), alignment)] : [],
    ...orphanWeeks(
      of("ORPHAN_WEEK"),
      findingsByType["ORPHAN_WEEK"] ?? 0,
      isThere("AMBIGUOUS_OWNER") || of("MALFORMED_LEGACY").some(({ place }) => place?.[0] === "week_start_date")
    )
  ];
  if (steps.length === 0 && isThere("COUNT_MISMATCH")) steps.push(onlyTotals);
  return steps;
}
var looseHabits = "habits h where not exists (select from weeks w where w.id = h.week_id)";
var looseRecords = "habit_records r where not exists (select from habits h where h.id = r.habit_id)";
var onlyTotals = {
  text: "**Only totals differ**; every compared week agrees. Likely causes: habits or records without a parent, which foreign keys allow until they are validated; two rows in `children` for one child; or, after a sample, rows outside of it, which `mode: full` finds.",
  commands: [
    {
      sql: [
        `select h.* from ${looseHabits};`,
        `select r.* from ${looseRecords};`,
        "select user_id, btrim(normalize(name)) as child, array_agg(id) as ids from children group by 1, 2 having count(*) > 1;"
      ]
    },
    { note: "This deletes the habits and records without a parent.", destroys: true, sql: [`delete from ${looseHabits};`, `delete from ${looseRecords};`] }
  ]
};
function stopTheLoss(health) {
  const isUnwell = (name) => health.some(({ check, status }) => check === name && status !== "ok");
  const isOff = isUnwell("trigger");
  const sql = [
    // All five: health looks at each of them, and whoever disabled one may have disabled all.
    ...isOff ? ["alter table habit_tracker enable trigger user;"] : [],
    ...isUnwell("mode") ? ["select set_dual_write_mode('on');"] : []
  ];
  if (sql.length === 0) return [];
  const missing = isOff ? ` If a trigger is missing, apply \`supabase/migrations/${migrations[0]}\` again.` : "";
  return [
    {
      text: `**Stop the loss first**: the dual-write is not on, so new writes go missing whatever you repair. Skip this only if it is off on purpose.${missing}`,
      commands: [{ sql }]
    }
  ];
}
function ambiguousOwners(findings) {
  const list = idList(findings.flatMap(({ rowIds }) => rowIds["habit_tracker"] ?? []));
  if (list === "") return [];
  return [
    {
      text: "**Rows whose owner is ambiguous** (`AMBIGUOUS_OWNER`): find out who owns them, and replace `USER_ID` with the right `user_id`, row by row if they differ.",
      commands: [
        {
          sql: [
            `select t.id, t.child_name, c.user_id from habit_tracker t join children c on btrim(normalize(c.name)) = btrim(normalize(t.child_name)) where t.id in (${list}) order by 1;`
          ]
        },
        { sql: [`update habit_tracker set user_id = 'USER_ID' where id in (${list});`] }
      ]
    }
  ];
}
function blankFor(path) {
  const [, index, rest = ""] = /^habits\[(\d+)\](.*)$/.exec(path) ?? [];
  const blankCells = '["", "", "", "", "", "", ""]';
  if (index === void 0) return void 0;
  if (rest === "") return { place: `{${index}}`, json: `{"name": "Habit ${Number(index) + 1}", "times": ${blankCells}}` };
  if (rest === ".name") return { place: `{${index},name}`, json: `"Habit ${Number(index) + 1}"` };
  if (rest === ".times") return { place: `{${index},times}`, json: blankCells };
  const [, day] = /^\.times\[(\d+)\]$/.exec(rest) ?? [];
  return day === void 0 ? void 0 : { place: `{${index},times,${day}}`, json: '""' };
}
function mend({ place, rowIds }) {
  const list = idList(rowIds["habit_tracker"] ?? []);
  const [path] = place ?? [];
  if (list === "" || path === void 0) return [];
  if (path === "week_start_date") {
    return [
      `update habit_tracker set week_start_date = to_date(week_period, 'YYYY"\uB144 "FMMM"\uC6D4 "FMDD"\uC77C"') where id in (${list}) and week_period ~ '^[0-9]+\uB144 [0-9]+\uC6D4 [0-9]+\uC77C';`
    ];
  }
  if (path === "habits") return [`update habit_tracker set habits = '[]' where id in (${list});`];
  const blank = blankFor(path);
  return blank ? [`update habit_tracker set habits = jsonb_set(habits, '${blank.place}', '${blank.json}') where id in (${list});`] : [];
}
function malformed(findings) {
  const shown = findings.slice(0, mostParts);
  const list = idList(shown.flatMap(({ rowIds }) => rowIds["habit_tracker"] ?? []));
  if (list === "") return [];
  return [
    {
      text: `**Parts of legacy rows that cannot be read** (\`MALFORMED_LEGACY\`): look at them, and correct them.${more(shown.length, findings.length)}`,
      commands: [
        { sql: [`select id, week_period, week_start_date, jsonb_pretty(habits) as habits from habit_tracker where id in (${list});`] },
        {
          note: "These replace each part with an empty value (for a date: the one in `week_period`, if it starts with one). If you know the right value, write that instead.",
          destroys: true,
          sql: shown.flatMap(mend)
        }
      ]
    }
  ];
}
function duplicates(findings) {
  const all = findings.map(({ rowIds }) => rowIds["habit_tracker"] ?? []);
  const shown = all.slice(0, mostIds);
  const others = idList(shown.flatMap((ids) => ids.slice(1)));
  if (others === "") return [];
  return [
    {
      text: `**Legacy rows that claim the same week** (\`DUPLICATE_WEEK\`): only the one updated last is compared, and only one should stay.${more(shown.length, all.length)}`,
      commands: [
        {
          sql: [
            `select id, week_period, week_start_date, updated_at, theme, jsonb_pretty(habits) as habits from habit_tracker where id in (${idList(shown.flat())}) order by child_name, week_start_date, updated_at desc;`
          ]
        },
        {
          note: "This deletes the others. If one of those is the right row, list the wrong one instead.",
          destroys: true,
          sql: [`delete from habit_tracker where id in (${others});`]
        }
      ]
    }
  ];
}
function backfill({ health, since }, overwrites, alignment) {
  const isInstalled = health.some(({ check }) => check === "mode");
  const install = isInstalled ? "" : ` It needs ${migrations.map((file) => `\`supabase/migrations/${file}\``).join(" and ")} from this action's repository: apply them first if they are not installed (they change no data, and the dual-write stays off).`;
  const from = since === void 0 ? "" : `p_since => '${since}'`;
  const wins = overwrites ? " The legacy side wins: differing content is overwritten, and habits and records that only the normalized side has are removed." : "";
  const commands = [
    {
      note: "A dry run, with a row for each week that it would change:",
      sql: [
        `update dual_write_settings set week_alignment = '${alignment}' where week_alignment <> '${alignment}';`,
        `select * from backfill_legacy_weeks(${from});`
      ]
    },
    {
      note: `This makes the changes, 1,000 weeks per call. Repeat it until it returns no \`create\` and no \`update\`.${wins}`,
      destroys: overwrites,
      sql: [`select * from backfill_legacy_weeks(${["false", from].filter(Boolean).join(", ")});`]
    }
  ];
  return {
    text: `**Repair the normalized side from the legacy side** with the backfill.${install} Each row that it skips says why: \`not-a-monday\` and \`duplicate_week\` are expected, \`no_owner\` needs a \`user_id\` first.`,
    commands
  };
}
function orphanWeeks(findings, total, isUnsure) {
  const shown = findings.slice(0, mostIds);
  const list = idList(shown.flatMap(({ rowIds }) => rowIds["weeks"] ?? []));
  if (list === "") return [];
  const text = "**Weeks that only the normalized side has** (`ORPHAN_WEEK`): deleted or renamed on the legacy side, and the normalized side did not follow. No backfill removes them.";
  if (isUnsure)
    return [
      {
        text: `${text} Some may belong to the rows to correct above: check again after that, and this step will have the commands for the weeks still left over.`,
        commands: []
      }
    ];
  return [
    {
      text: `${text}${more(shown.length, total)}`,
      commands: [
        {
          sql: [
            `select w.id, c.name as child, w.week_start_date, w.theme, w.source_version, w.updated_at, (select count(*) from habits h where h.week_id = w.id) as habits, (select count(*) from habit_tracker t where t.week_start_date = w.week_start_date and btrim(t.child_name) = c.name) as legacy_rows from weeks w left join children c on c.id = w.child_id where w.id in (${list});`
          ]
        },
        {
          note: "This deletes them with their habits and records. Leave out weeks that have a legacy row by now. If the legacy row was deleted by mistake, restore it instead.",
          destroys: true,
          sql: [`delete from weeks where id in (${list});`]
        }
      ]
    }
  ];
}
var more = (shown, total) => shown < total ? ` These are the first ${shown} of ${number2(total)}; check again for the next ones, or let \`npx driftwatch repair\` list them all.` : "";
var idList = (ids) => [...new Set(ids)].filter((id) => id.length <= 100 && inert(id, 100) === id).slice(0, 2 * mostIds).map((id) => `'${id.replaceAll("'", "''")}'`).join(", ");

// action/src/pair/habit-tracker/holdings.ts
var looseHabit = object({ row_id: string() });
var maxIds = 100;
function createHoldings(reader) {
  const counted = async (table, columns2, refine) => (await reader.select(table, columns2, unknown(), (query) => refine(query).limit(1), "exact")).count ?? Number.NaN;
  const filled = (query) => query.not("status", "in", '(none,"")');
  return {
    total: async () => [0, 0, await reader.count("habits"), await reader.count("habit_records")],
    cut: () => readError({ table: "habit_records", defect: "truncated" }, 0),
    async loose() {
      const records = (refine) => counted("habit_records", "id,habits()", (query) => refine(query).is("habits", null));
      let all = await records((query) => query);
      let present = all === 0 ? 0 : await records(filled);
      const habits = [];
      for await (const rows of reader.found("habits", "row_id:id::text,weeks()", looseHabit, (query) => query.is("weeks", null))) {
        habits.push(...rows.map((row) => row.row_id));
      }
      for (const ids of chunksOf(habits, maxIds)) {
        const inside = await counted("habit_records", "id", (query) => query.in("habit_id", ids));
        all += inside;
        if (inside > 0) present += await counted("habit_records", "id", (query) => filled(query.in("habit_id", ids)));
      }
      return { rows: [0, 0, habits.length, all], counted: [0, 0, habits.length, present] };
    }
  };
}

// action/src/pair/habit-tracker/readings.ts
function createReadings(reader, rowReader, { learnChildren, learnSpellings, spellingsOf, hasOddDates }, alignment, reads) {
  const readApart = async (keys, fresh, take) => {
    const names = new Set(keys.flatMap((key) => [...spellingsOf(key)]));
    const who = isNamed("name", names).join(",");
    for await (const rows of reader.found("children", childColumns, childRow, (query) => query.or(who))) fresh.add(rows);
    const legacyFilter = legacyFilterFor(keys, alignment, spellingsOf, hasOddDates());
    const weekFilter = weekFilterFor(keys, (key) => idsInWeeks(key, fresh));
    const legacy = [];
    const weeks = [];
    await Promise.all([
      legacyFilter === "" ? void 0 : collect(
        rowReader.legacy((query) => query.or(legacyFilter)),
        legacy
      ),
      weekFilter === "" ? void 0 : collect(
        rowReader.weeks((query) => query.or(weekFilter)),
        weeks
      )
    ]);
    take.legacy(legacy);
    await take.weeks(weeks);
  };
  const readTogether = async (keys, fresh, take) => {
    const spelled = keys.flatMap((key) => [...spellingsOf(key)].map((name) => ({ ...key, name })));
    const rows = await readInDatabase(reader, alignment, spelled);
    reads.legacy += rows.legacy.length;
    reads.normalized += rows.weeks.length + rows.children.length;
    fresh.add(rows.children);
    take.legacy(rows.legacy);
    await take.weeks(rows.weeks);
  };
  async function readBatch(keys, readRows, readings) {
    const asked = new Map(keys.map((key) => [weekId(key), key]));
    const fresh = createChildren();
    const claims = /* @__PURE__ */ new Map();
    const unclaimed = /* @__PURE__ */ new Map();
    const weeks = /* @__PURE__ */ new Map();
    const found = {
      legacy(rows) {
        for (const row of rows) {
          const placement = placeLegacyRow(row, alignment, fresh.ownersOf);
          if (placement.kind === "skipped") continue;
          const id = keyId(placement.key);
          if (placement.kind === "claim") addTo(claims, id, row);
          else addTo(unclaimed, id, placement.difference);
        }
      },
      async weeks(rows) {
        await learnChildren(rows, fresh);
        for (const row of rows) {
          const id = keyId(keyOfWeek(row, fresh));
          addTo(weeks, id, row);
        }
      }
    };
    await readRows(keys, fresh, found);
    const respelled = await learnSpellings(keys.filter((key) => !claims.has(weekId(key)) || !fresh.has(key)));
    if (respelled.length > 0) {
      for (const key of respelled) for (const rows of [claims, unclaimed, weeks]) rows.delete(weekId(key));
      const isRespelled = new Set(respelled.map(weekId));
      await readRows(respelled, fresh, {
        legacy: (rows) => found.legacy(rows.filter((row) => isRespelled.has(keyId(placeLegacyRow(row, alignment, fresh.ownersOf).key)))),
        async weeks(rows) {
          await learnChildren(rows, fresh);
          await found.weeks(rows.filter((row) => isRespelled.has(keyId(keyOfWeek(row, fresh)))));
        }
      });
    }
    for (const [id, key] of asked) {
      const claiming = (claims.get(id) ?? []).sort(compareClaims);
      readings.set(id, {
        // Documents are many times as large as their rows, so they live only while one week is explained.
        get expected() {
          return claiming.flatMap((row) => {
            const { entry } = readLegacyRow(row, alignment, fresh.ownersOf);
            return entry.kind === "claim" ? [entry.document] : [];
          });
        },
        get actual() {
          return (weeks.get(id) ?? []).map((row) => readWeekRow(row, keyOfWeek(row, fresh)));
        },
        unclaimed: unclaimed.get(id) ?? [],
        groupExists: fresh.has(key)
      });
    }
  }
  async function readAll(parts, readRows) {
    const readings = /* @__PURE__ */ new Map();
    for (const keys of parts) await readPart(keys, readRows, readings);
    return readings;
  }
  async function readPart(keys, readRows, readings) {
    try {
      await readBatch(keys, readRows, readings);
    } catch (error) {
      if (!(error instanceof ReadError) || error.tooMuch !== "bytes" || keys.length === 1 && readRows === readApart) throw error;
      if (keys.length === 1) return readBatch(keys, readApart, readings);
      const middle = Math.ceil(keys.length / 2);
      for (const half of [keys.slice(0, middle), keys.slice(middle)]) await readPart(half, readRows, readings);
    }
  }
  return {
    apart: async (keys) => readAll(
      batches(keys.map(weekKeyOf), dateLength, (key) => {
        const names = encodedLength(isNamed("", spellingsOf(key)).join(","));
        return key.week === null ? names + idLength : Math.max(names, idLength);
      }),
      readApart
    ),
    together: async (keys) => readAll(chunksOf(keys.map(weekKeyOf), maxKeysPerRead), readTogether)
  };
}
async function collect(pages, into) {
  for await (const rows of pages) into.push(...rows);
}

// action/src/pair/habit-tracker/reads.ts
function countingReads(reader, reads) {
  const note = (table, rows) => void (reads[table === "habit_tracker" ? "legacy" : "normalized"] += rows);
  async function* noted(table, pages) {
    for await (const rows of pages) {
      note(table, rows.length);
      yield rows;
    }
  }
  return {
    ...reader,
    async select(table, ...rest) {
      const answer = await reader.select(table, ...rest);
      note(table, answer.rows.length);
      return answer;
    },
    pages: (table, ...rest) => noted(table, reader.pages(table, ...rest)),
    found: (table, ...rest) => noted(table, reader.found(table, ...rest))
  };
}

// action/src/pair/habit-tracker/rows.ts
var weekPageSize = 200;
var legacyPageSize = 500;
function createRowReader(reader) {
  let longestAnswer = 0;
  let limit;
  const seen = (rows) => longestAnswer = Math.max(longestAnswer, rows);
  const learnLimit = () => limit ??= askForLimit();
  async function askForLimit() {
    for (const table of ["habits", "habit_records"]) seen((await reader.select(table, "id", unknown(), (query) => query.limit(maxPageSize))).rows.length);
    return longestAnswer;
  }
  async function listed(table, columns2, row, refine) {
    const all = [];
    for await (const rows of reader.found(table, columns2, row, refine)) all.push(...rows);
    return all;
  }
  async function habitsOf2(weekId2) {
    const columns2 = `row_id:id::text,${habitColumns}`;
    return listed("habits", columns2, extend(habitRow, { row_id: string() }), (query) => query.eq("week_id", weekId2));
  }
  const recordsOf = (habitId) => listed("habit_records", `row_id:id::text,${recordColumns}`, extend(recordRow, { row_id: string() }), (query) => query.eq("habit_id", habitId));
  async function whole(row) {
    const isSure = (length2) => row.habits.length < length2 && row.habits.every((habit) => habit.habit_records.length < length2);
    if (isSure(longestAnswer) || isSure(await learnLimit())) return row;
    const length = await learnLimit();
    const habits = row.habits.length < length ? [...row.habits] : await habitsOf2(row.row_id);
    for (const [place, habit] of habits.entries()) {
      if (habit.habit_records.length >= length) habits[place] = { ...habit, habit_records: await recordsOf(habit.id) };
    }
    return { ...row, habits };
  }
  async function inParts(table, id, columns2, row, parts) {
    const byId = (query) => query.eq("id", id);
    const [known] = (await reader.select(table, columns2, row, byId)).rows;
    if (!known) return void 0;
    const read = {};
    const unread = [];
    for (const [part, column] of Object.entries(parts)) {
      try {
        Object.assign(read, (await reader.select(table, column, looseObject({}), byId)).rows[0]);
      } catch (error) {
        if (!(error instanceof ReadError) || error.tooMuch !== "bytes") throw error;
        read[part] = null;
        unread.push(part);
      }
    }
    return { ...known, ...read, unread };
  }
  async function* pagesOf(table, columns2, row, pageSize, refine, readLarge) {
    let large = [];
    const onUnreadable = (id) => void large.push(id);
    const pages = refine ? reader.found(table, columns2, row, refine, pageSize, onUnreadable) : reader.pages(table, columns2, row, pageSize, onUnreadable);
    const largeRows = async function* () {
      const ids = large;
      large = [];
      for (const id of ids) {
        const found = await readLarge(id);
        if (found) yield [found];
      }
    };
    for await (const rows of pages) {
      seen(rows.length);
      yield* largeRows();
      yield rows;
    }
    yield* largeRows();
  }
  return {
    seen,
    legacy: (refine) => pagesOf("habit_tracker", legacyColumns, legacyRow, legacyPageSize, refine, async (id) => {
      const found = await inParts(
        "habit_tracker",
        id,
        `${legacyKeyColumns},updated_at`,
        extend(legacyKeyRow, { updated_at: nullable(string()) }),
        legacyParts
      );
      return found && legacyRow.parse(found);
    }),
    async *weeks(refine) {
      const columns2 = refine ? weekColumnsWithTimes : weekColumns;
      const readLarge = async (id) => {
        const found = await inParts(
          "weeks",
          id,
          attributeColumns,
          pick(weekRow, {
            row_id: true,
            user_id: true,
            child_id: true,
            week_start_date: true,
            week_end_date: true,
            source_version: true,
            created_at: true,
            updated_at: true
          }),
          weekParts
        );
        return found && weekRow.parse({ ...found, habits: await habitsOf2(id) });
      };
      for await (const rows of pagesOf("weeks", columns2, weekRow, weekPageSize, refine, readLarge)) {
        const all = [];
        for (const row of rows) all.push(await whole(row));
        yield all;
      }
    }
  };
}

// action/src/pair/habit-tracker/visibility.ts
var createSight = (privileged) => ({
  troubleWithEmpty: (legacyRows, normalizedRows) => troubleWithEmptySides(legacyRows, normalizedRows, privileged),
  troubleWithSeen: (seen) => privileged ? void 0 : troubleWithHiddenLevel(seen)
});
var checkRowSecurity = "Row-level security may hide the rows from this key: use a secret key (sb_secret_\u2026) or the service_role key, or compare select count(*) from habit_tracker and select count(*) from weeks in the SQL editor, and look at select relname, relrowsecurity from pg_class where relname in ('habit_tracker', 'children', 'weeks', 'habits', 'habit_records').";
function troubleWithEmptySides(legacyRows, normalizedRows, privileged) {
  if (legacyRows === 0 && normalizedRows === 0) {
    return `Both sides are empty: there is nothing to compare, or the key sees nothing. ${checkRowSecurity}`;
  }
  if (privileged || legacyRows > 0 && normalizedRows > 0) return void 0;
  const [empty, other] = legacyRows === 0 ? ["habit_tracker", "weeks"] : ["weeks", "habit_tracker"];
  return `Table ${empty} shows no row while ${other} has some, and the key is not a secret or service_role key, so there may be rows that it cannot see. ${checkRowSecurity}`;
}
function troubleWithHiddenLevel(seen) {
  const hidden = seen.find((level2) => level2.expected > 0 && level2.normalized === 0);
  return hidden && `The normalized side shows no ${hidden.level} at all while the legacy side implies some, and the key is not a secret or service_role key, so there may be some that it cannot see. ${checkRowSecurity}`;
}

// action/src/pair/habit-tracker/habit-tracker.ts
var types = {
  mismatch: { type: "DATA_MISMATCH", severity: "medium" },
  duplicate: { type: "DUPLICATE_WEEK", severity: "high" },
  malformed: { type: "MALFORMED_LEGACY", severity: "medium" },
  "ambiguous-owner": { type: "AMBIGUOUS_OWNER", severity: "medium" },
  "wrong-owner": { type: "WRONG_OWNER", severity: "critical" },
  count: { type: "COUNT_MISMATCH", severity: "high" }
};
var singular = { children: "CHILD", weeks: "WEEK", habits: "HABIT", records: "RECORD" };
function createHabitTrackerPair(plainReader, alignment, isPrivileged) {
  const reads = { legacy: 0, normalized: 0 };
  const reader = withTypes(countingReads(plainReader, reads));
  const rowReader = createRowReader(reader);
  const directory = createDirectory(reader, alignment);
  const { children, learnSpelling, learnLegacy, learnChildren } = directory;
  const readings = createReadings(reader, rowReader, directory, alignment, reads);
  const weeks = {
    name: "weeks",
    shape,
    // All weeks of a child together, so that a row without an owner is in the part of every child that it may mean.
    partText: ([, child]) => child ?? "",
    async prepare() {
      for await (const rows of reader.pages("children", childColumns, childRow)) {
        rowReader.seen(rows.length);
        rows.forEach((row) => learnSpelling(row.name));
        children.add(rows);
      }
    },
    holdings: createHoldings(reader),
    *groups() {
      for (const child of children.all()) yield groupOfChild(child);
    },
    digester: { ...createDigester(reader, alignment, directory), read: readings.together },
    expected: {
      count: () => reader.count("habit_tracker"),
      async *keys() {
        for await (const rows of reader.pages("habit_tracker", legacyKeyColumns, legacyKeyRow)) {
          learnLegacy(rows);
          yield rows.map((row) => placeLegacyRow(row, alignment, children.ownersOf));
        }
      },
      async *documents() {
        for await (const rows of rowReader.legacy()) {
          learnLegacy(rows);
          yield each(rows, (row) => readLegacyRow(row, alignment, children.ownersOf));
        }
      }
    },
    actual: {
      count: () => reader.count("weeks"),
      async *keys() {
        for await (const rows of reader.pages("weeks", weekKeyColumns, weekKeyRow)) {
          await learnChildren(rows, children);
          yield rows.map((row) => ({ kind: "claim", key: keyOfWeek(row, children) }));
        }
      },
      async *documents() {
        for await (const rows of rowReader.weeks()) {
          await learnChildren(rows, children);
          yield each(rows, (row) => readWeek(row, keyOfWeek(row, children)));
        }
      }
    },
    read: readings.apart,
    sight: createSight(isPrivileged),
    findingType(difference) {
      if (difference.kind !== "missing" && difference.kind !== "orphan") return types[difference.kind];
      const severity = difference.kind === "missing" ? "critical" : "high";
      return { type: `${difference.kind.toUpperCase()}_${singular[difference.level] ?? ""}`, severity };
    },
    renderPath(path, text) {
      if (path.length === 1) return path;
      const [collection = "", ...segments] = path;
      const shown = segments.map((segment, depth) => {
        const { name, copy } = readSegment(segment);
        const plain = depth > 0 && isCalendarDate(name) ? name : text(name);
        return copy === void 0 ? plain : `${plain} [row ${copy}]`;
      });
      return [collection, ...shown];
    }
  };
  const pair = {
    name: "habit-tracker",
    words,
    entities: [weeks],
    isDeclared: false,
    isBilled: false,
    aside: () => ({ reads: { ...reads }, notCompared: {}, remarks: [], downloads: [] }),
    sourceVersions: /* @__PURE__ */ new Set(["new_schema", "migration", "dual_write", "new_schema_only"]),
    health: async () => readHealth(await reader.call("dual_write_health", {}, dualWriteHealth)),
    provenance: createProvenance(reader, (child) => idsInWeeks(child, children)),
    repair: (damage) => repairSteps(damage, alignment)
  };
  return { pair, weeks };
}
function* each(items, make) {
  for (const item of items) yield make(item);
}
export {
  createHabitTrackerPair
};
