import {
  describeColumn,
  isOpaque,
  withoutFill
} from "./shared-column.js";
import {
  mapped
} from "./shared-list.js";
import {
  parseExactJson
} from "./shared-exact-json.js";
import {
  Columns,
  isFields,
  isList,
  isScalar,
  isTable,
  numberValue,
  timestampValue
} from "./shared-source.js";
import {
  encodedLength,
  listOf,
  maxFilterLength,
  quote
} from "./shared-filter.js";
import {
  ReadError,
  createReader,
  isPrivilegedKey,
  maxPageSize
} from "./shared-postgrest-js.js";
import {
  object,
  optional,
  record,
  string
} from "./shared-zod.js";

// action/src/store/postgrest/description.ts
var property = object({ format: optional(string()), type: optional(string()), description: optional(string()) });
var definitions = object({ definitions: optional(record(string(), object({ properties: optional(record(string(), property)) }))) });
function readDescription(text) {
  const { data } = definitions.safeParse(parsed(text));
  return new Map(
    Object.entries(data?.definitions ?? {}).map(([table, { properties = {} }]) => {
      const columns = Object.entries(properties);
      return [
        table,
        {
          columns: new Map(
            columns.flatMap(([name, { format, type }]) => (format ?? type) === void 0 ? [] : [[name, format ?? type ?? ""]])
          ),
          key: columns.flatMap(([name, { description = "" }]) => description.includes("<pk/>") ? [name] : [])
        }
      ];
    })
  );
}
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return void 0;
  }
}

// action/src/store/postgrest/table.ts
import { setTimeout as sleep } from "node:timers/promises";

// action/src/store/postgrest/row-text.ts
var plainName = /^[A-Za-z_][A-Za-z0-9_]*$/;
var columnName = (name) => plainName.test(name) ? name : `"${name.replaceAll(/["\\]/g, "\\$&")}"`;
var parameters = /* @__PURE__ */ new Set(["select", "columns", "order", "limit", "offset", "on_conflict", "and", "or"]);
var filterKey = (written) => parameters.has(written) ? `"${written}"` : written;
var isPlainName = (name) => plainName.test(name);
var asText = /* @__PURE__ */ new Set(["integer", "number", "json", "bytes"]);
function selectionOf(described, wanted) {
  if (described === void 0) return { columns: wanted === "all" ? "*" : [...wanted].map(columnName).join(","), read: readWhole };
  const kinds = new Map([...described].flatMap(([name, format]) => wanted === "all" || wanted.has(name) ? [[name, describeColumn(format)]] : []));
  const [first] = described.keys();
  if (kinds.size === 0 && first !== void 0) return selectionOf(described, /* @__PURE__ */ new Set([first]));
  const isCast = (name) => {
    const column = kinds.get(name);
    return column !== void 0 && !column.isArray && asText.has(column.kind);
  };
  const hasNumbers = [...kinds.values()].some(({ kind, isArray }) => isArray && asText.has(kind));
  const names = [...kinds.keys()];
  const columnOf = new Map(names.map((name, place) => [isCast(name) ? `driftwatch_${place}` : name, name]));
  const kindOf = new Map(
    [...columnOf].flatMap(([alias, name]) => {
      const column = kinds.get(name);
      return column === void 0 || column.isArray && column.kind !== "bytes" ? [] : [[alias, column.kind]];
    })
  );
  const nameOf = new Map([...columnOf].map(([alias, name]) => [name, alias]));
  const valueIn = (alias, value) => {
    if (isList(value) && kindOf.get(alias) === "bytes") return value.map((item) => valueIn(alias, item));
    return typeof value === "string" ? valueOf(kindOf.get(alias), value) : value;
  };
  const layout = {
    nameOf: (column) => nameOf.get(column) ?? column,
    columnOf: (name) => columnOf.get(name) ?? name,
    valueOf: (column, parsed2) => valueIn(nameOf.get(column) ?? column, plainValue(parsed2))
  };
  return {
    columns: [...columnOf].map(([alias, name]) => alias === name ? columnName(name) : `${alias}:${columnName(name)}::text`).join(","),
    read(text) {
      if (hasNumbers) {
        const rows2 = readWhole(text);
        return rows2 && mapped(rows2, (row) => new Map([...row].map(([alias, value]) => [layout.columnOf(alias), valueIn(alias, value)])));
      }
      const rows = readPlain(text);
      return rows && mapped(rows, (row) => new Columns(row, layout));
    }
  };
}
function readWhole(text) {
  const rows = parseExactJson(text);
  return isList(rows) && rows.every(isFields) ? rows : void 0;
}
var isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
function readPlain(text) {
  let rows;
  try {
    rows = JSON.parse(text);
  } catch {
    return void 0;
  }
  return Array.isArray(rows) && rows.every(isObject) ? rows : void 0;
}
function plainValue(value) {
  if (typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") return numberValue(String(value));
  if (Array.isArray(value)) return value.map(plainValue);
  return typeof value === "object" && value !== null ? new Map(Object.entries(value).map(([name, part]) => [name, plainValue(part)])) : null;
}
function valueOf(kind, value) {
  switch (kind) {
    case "integer":
    case "number":
      return numberValue(value);
    case "timestamptz":
    case "timestamp":
      return timestampValue(value);
    case "json":
      return exactJson(value);
    case "char":
      return withoutFill(value);
    case "bytes":
      return withoutEscapes(value);
    default:
      return value;
  }
}
function withoutEscapes(text) {
  if (text.startsWith("\\x")) return text;
  const bytes = text.replaceAll(
    /\\(\\|[0-3][0-7]{2})/g,
    (_, escaped) => escaped === "\\" ? escaped : String.fromCharCode(Number.parseInt(escaped, 8))
  );
  return `\\x${Buffer.from(bytes, "latin1").toString("hex")}`;
}
function exactJson(text) {
  const value = parseExactJson(text);
  return value === void 0 ? text : value;
}
function filterText(value) {
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return String(value);
  if (!isScalar(value)) return void 0;
  switch (value.kind) {
    case "number":
    case "timestamp":
      return value.text;
    case "bytes":
      return `\\x${Buffer.from(value.base64, "base64").toString("hex")}`;
    case "reference":
      return value.path;
    default:
      return void 0;
  }
}
var ranges = { smallint: 2n ** 15n, int2: 2n ** 15n, integer: 2n ** 31n, int: 2n ** 31n, int4: 2n ** 31n };
function mayHold(format, text) {
  if (text.includes("\0") || !text.isWellFormed()) return false;
  if (format === void 0) return true;
  switch (describeColumn(format).kind) {
    case "integer": {
      if (!/^[+-]?\d{1,30}$/.test(text)) return false;
      const limit = ranges[format.toLowerCase()] ?? 2n ** 63n;
      const number = BigInt(text.replace("+", ""));
      return number < limit && number >= -limit;
    }
    case "number":
      return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,6})?$/i.test(text) || /^(?:NaN|-?Infinity)$/.test(text);
    case "uuid":
      return /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i.test(text);
    case "boolean":
      return text === "true" || text === "false";
    case "date":
      return /^(?:\d{4,7}-\d\d-\d\d(?: BC)?|-?infinity)$/.test(text);
    default:
      return true;
  }
}

// action/src/store/postgrest/conditions.ts
var maxKeysPerRead = 100;
var hasSpaces = (text) => text.trim() !== text;
var needsEscape = (text) => /["\\)]/.test(text);
function after(columns, values) {
  const isPlain = columns.every(isPlainName) && !values.some(needsEscape);
  if (isPlain && (columns.length > 1 || values.some(hasSpaces))) {
    const conditions = columns.map((column, place) => {
      const same = columns.slice(0, place).map((earlier, index) => `${earlier}.eq.${quote(values[index] ?? "")}`);
      const greater = `${column}.gt.${quote(values[place] ?? "")}`;
      return same.length === 0 ? greater : `and(${[...same, greater].join(",")})`;
    });
    return [(query) => query.or(conditions.join(","))];
  }
  return columns.map((_, index) => {
    const place = columns.length - 1 - index;
    return (query) => {
      const same = columns.slice(0, place).reduce((refined, earlier, at) => isAmong(refined, columnName(earlier), [values[at] ?? ""]), query);
      return same.filter(filterKey(columnName(columns[place] ?? "")), "gt", values[place] ?? "");
    };
  });
}
var isIn = (query, column, list) => query.filter(filterKey(column), "in", `(${list})`);
var isNothing = (query, column) => query.is(filterKey(column), null);
var isAmong = (query, column, values) => isIn(query, column, listOf(values));
var anyNull = (query, columns) => {
  const [only, ...more] = columns;
  if (only === void 0) return query;
  return more.length === 0 ? isNothing(query, columnName(only)) : query.or(columns.map((column) => `${columnName(column)}.is.null`).join(","));
};
function pathName(path) {
  const [column = "", ...inside] = path;
  return inside.reduce((name, part, index) => `${name}${index === inside.length - 1 ? "->>" : "->"}${columnName(part)}`, columnName(column));
}
function* lookups(keys, formatOf) {
  const wanted = keys.flatMap((key) => {
    const fields = key.fields.map(({ path, anyOf }) => {
      const format = formatOf(path);
      const texts = [...new Set(anyOf.flatMap((value) => filterText(value) ?? []))].filter((text) => mayHold(format, text));
      const isBoolean = format !== void 0 && describeColumn(format).kind === "boolean";
      return { column: pathName(path), texts, list: isBoolean ? texts.join(",") : listOf(texts), isNull: anyOf.includes(null) };
    });
    const isPossible = fields.length > 0 && fields.every(({ texts, isNull }) => isNull || texts.length > 0);
    return isPossible ? [{ key, fields, length: encodedLength(fields.map(({ column, list }) => `${column}.in.(${list}),`).join("and()")) }] : [];
  });
  for (const [isSingle, some] of Map.groupBy(wanted, ({ fields }) => fields.length === 1 && !fields[0]?.isNull)) {
    if (isSingle) {
      for (const [column, same] of Map.groupBy(some, ({ fields }) => fields[0]?.column ?? "")) {
        for (const batch of inBatches(same))
          yield { keys: batch.map(({ key }) => key), filter: (query) => isIn(query, column, batch.map(({ fields }) => fields[0]?.list ?? "").join(",")) };
      }
      continue;
    }
    const [plain, odd] = [some.filter(isPlainWanted), some.filter((one) => !isPlainWanted(one))];
    for (const batch of inBatches(plain)) yield { keys: batch.map(({ key }) => key), filter: (query) => query.or(batch.map(conditionOf).join(",")) };
    for (const one of odd) {
      yield {
        keys: [one.key],
        filter: (query) => one.fields.reduce((refined, { column, list, isNull }) => isNull ? isNothing(refined, column) : isIn(refined, column, list), query)
      };
    }
  }
}
var isPlainWanted = ({ fields }) => fields.every(
  ({ column, texts, isNull }) => !(isNull && texts.length === 0 && fields.length === 1) && isPlainName(column) && texts.every((text) => !needsEscape(text) && !hasSpaces(text))
);
function conditionOf({ fields }) {
  const conditions = fields.map(({ column, list, isNull }) => {
    const isOneOf = list === "" ? void 0 : `${column}.in.(${list})`;
    if (!isNull) return isOneOf ?? "";
    return isOneOf === void 0 ? `${column}.is.null` : `or(${column}.is.null,${isOneOf})`;
  });
  return conditions.length === 1 ? conditions[0] ?? "" : `and(${conditions.join(",")})`;
}
function* inBatches(wanted) {
  let batch = [];
  let length = 0;
  for (const one of wanted) {
    if (batch.length > 0 && (batch.length >= maxKeysPerRead || length + one.length > maxFilterLength)) {
      yield batch;
      batch = [];
      length = 0;
    }
    batch.push(one);
    length += one.length;
  }
  if (batch.length > 0) yield batch;
}
function conditionFilter({ source, anyOf }, columns) {
  if (source.kind !== "field" || source.path.length !== 1) return void 0;
  const [name = ""] = source.path;
  const format = columns?.get(name);
  const kind = format === void 0 ? void 0 : describeColumn(format);
  const others = anyOf.filter((value) => value !== null);
  const isNull = others.length < anyOf.length;
  if (others.length > 0 && (kind === void 0 || kind.isArray)) return void 0;
  const texts = [];
  for (const value of others) {
    const text = kind === void 0 ? void 0 : comparableText(kind.kind, format, value);
    if (text === void 0) return void 0;
    if (text !== "never") texts.push(text.is);
  }
  if (kind?.kind === "json" && isNull) return void 0;
  const column = columnName(name);
  if (kind?.kind === "boolean" && texts.length > 0)
    return isPlainName(name) ? (query) => query.or([...texts, ...isNull ? ["null"] : []].map((text) => `${column}.is.${text}`).join(",")) : void 0;
  if (!isNull) return texts.length === 0 ? "none" : (query) => isAmong(query, column, texts);
  if (texts.length === 0) return (query) => isNothing(query, column);
  return isPlainName(name) && !texts.some((text) => needsEscape(text) || hasSpaces(text)) ? (query) => query.or(`${column}.is.null,${column}.in.(${listOf(texts)})`) : void 0;
}
function comparableText(kind, format, value) {
  if (kind === "json") return void 0;
  if (typeof value === "boolean") return kind === "boolean" ? { is: String(value) } : "never";
  if (isScalar(value)) {
    if (value.kind !== "number" || kind !== "integer" && kind !== "number") return "never";
    const text = kind === "integer" ? value.text.replace(/\.0*$/, "") : value.text;
    return mayHold(format, text) ? { is: text } : void 0;
  }
  if (typeof value !== "string") return void 0;
  if (kind === "boolean" || kind === "integer" || kind === "number") return "never";
  if (kind === "text") return /^[ -~]*$/.test(value) ? { is: value } : void 0;
  if (kind === "uuid") return value === value.toLowerCase() && mayHold(format, value) ? { is: value } : "never";
  return void 0;
}

// action/src/store/postgrest/table.ts
var restMs = 500;
function openTable(reader, table, needed, described, onRows) {
  const columns = described?.columns ?? needed.described;
  const formatOf = (path) => path.length === 1 ? columns?.get(path[0] ?? "") : void 0;
  const hasKey = described !== void 0 && described.key.length > 0;
  const order = hasKey ? described.key : needed.key;
  const selection = selectionOf(columns, needed.columns === "all" ? "all" : /* @__PURE__ */ new Set([...needed.columns, ...order]));
  const keySelection = selectionOf(columns, order.length > 0 ? new Set(order) : needed.columns);
  function createPages(selected) {
    let size = maxPageSize;
    return async (refine, wanted = maxPageSize, counted) => {
      for (; ; ) {
        const asked = Math.min(size, wanted);
        try {
          const answer = await reader.selectText(table, selected.columns, selected.read, (query) => refine(query).limit(asked), counted);
          size = Math.min(maxPageSize, size * 2);
          onRows(answer.rows.length);
          return answer;
        } catch (error) {
          if (!(error instanceof ReadError) || error.tooMuch === void 0 || asked === 1) throw error;
          size = Math.ceil(asked / 2);
          if (error.tooMuch === "time") await sleep(restMs);
        }
      }
    };
  }
  async function* pages(filter, selected, onCount = () => void 0) {
    const ask = createPages(selected);
    const ordered = (query) => inOrder(filter(query), order);
    const first = await ask(ordered, maxPageSize, "exact");
    if (first.count === void 0) throw reader.failed(table, "uncounted");
    onCount(first.count);
    if (first.rows.length >= first.count) {
      if (first.rows.length > 0) yield first.rows;
      return;
    }
    if (hasKey) yield* pagesByKey(filter, ask, first.rows);
    else if (order.length > 0) yield* pagesByGroups(filter, ask);
    else yield* pagesByPlace((query) => inOrder(filter(query), sortable(columns, first.rows)), ask);
  }
  async function* pagesByKey(filter, ask, first) {
    let rows = first;
    let last = [];
    while (rows.length > 0) {
      const end = keyOf(rows.at(-1), order);
      if (end.join("\0") === last.join("\0")) throw reader.failed(table, "not-advancing");
      last = end;
      yield rows;
      rows = [];
      for (const following of after(order, last)) {
        ({ rows } = await ask((query) => inOrder(following(filter(query)), order)));
        if (rows.length > 0) break;
      }
    }
  }
  async function* pagesByGroups(filter, ask) {
    const whole = (query) => order.reduce((refined, column) => refined.not(filterKey(columnName(column)), "is", null), filter(query));
    let following = [(query) => query];
    for (let last = []; ; ) {
      let rows = [];
      for (const next of following) {
        ({ rows } = await ask((query) => inOrder(next(whole(query)), order)));
        if (rows.length > 0) break;
      }
      const end = rows.length === 0 ? void 0 : keyOf(rows.at(-1), order);
      if (end === void 0) break;
      if (end.join("\0") === last.join("\0")) throw reader.failed(table, "not-advancing");
      last = end;
      const among = /* @__PURE__ */ new Set([end.join("\0")]);
      for await (const group of pagesByPlace(
        (query) => inOrder(
          order.reduce((refined, column, place) => isAmong(refined, columnName(column), [end[place] ?? ""]), filter(query)),
          sortable(columns, rows)
        ),
        ask
      )) {
        for (const row of group) among.add(keyOf(row, order).join("\0"));
        yield group;
      }
      const before = [...rows].filter((row) => !among.has(keyOf(row, order).join("\0")));
      if (before.length > 0) yield before;
      following = after(order, last);
    }
    yield* pagesByPlace((query) => inOrder(anyNull(filter(query), order), sortable(columns, [])), ask);
  }
  async function* pagesByPlace(refine, ask) {
    for (let place = 0; ; ) {
      const start = place;
      const page = await ask((query) => offset(refine(query), start), maxPageSize, start === 0 ? "exact" : void 0);
      if (page.rows.length === 0) return;
      yield page.rows;
      place += page.rows.length;
      if (start === 0 && page.count !== void 0 && page.rows.length >= page.count) return;
    }
  }
  async function total(filter) {
    const answer = await reader.selectText(table, keySelection.columns, keySelection.read, (query) => filter(query).limit(1), "exact");
    if (answer.count === void 0) throw reader.failed(table, "uncounted");
    return answer.count;
  }
  async function* scan() {
    const all = (query) => query;
    let before = 0;
    let read = 0;
    for await (const rows of pages(all, selection, (there) => void (before = there))) {
      read += rows.length;
      yield mapped(rows, rawRow);
    }
    if (read >= before) return;
    const then = await total(all);
    if (read >= then) return;
    let again = 0;
    for await (const rows of pages(all, keySelection)) again += rows.length;
    if (again < Math.min(then, await total(all))) throw reader.failed(table, "truncated");
  }
  const find = async (keys) => {
    const rows = [];
    const seen = /* @__PURE__ */ new Set();
    for (const lookup of lookups(keys, formatOf)) await collect(lookup, rows, seen);
    return rows;
  };
  async function collect({ keys, filter }, into, seen) {
    try {
      const found = [];
      for await (const rows of pages(filter, selection)) found.push(...rows);
      const paths = keys[0]?.fields.map(({ path }) => path) ?? [];
      const idOf = (row) => JSON.stringify(paths.map(([column = ""]) => filterText(row.get(column)) ?? null));
      for (const value of found) if (!seen.has(idOf(value))) into.push({ value });
      if (paths.every((path) => path.length === 1)) for (const value of found) seen.add(idOf(value));
    } catch (error) {
      if (!(error instanceof ReadError) || !error.isImpossible) throw error;
      const middle = Math.ceil(keys.length / 2);
      const [only] = keys.length === 1 ? keys : [];
      const parts = only ? await withoutImpossible(only) : [keys.slice(0, middle), keys.slice(middle)];
      for (const part of parts) for (const lookup of lookups(part, formatOf)) await collect(lookup, into, seen);
    }
  }
  async function withoutImpossible(key) {
    const fields = [];
    for (const { path, anyOf } of key.fields) {
      const possible = [];
      for (const value of anyOf) if (anyOf.length === 1 || await isPossible({ path, anyOf: [value] })) possible.push(value);
      fields.push({ path, anyOf: possible });
    }
    const isLess = fields.some(({ anyOf }, place) => anyOf.length < (key.fields[place]?.anyOf.length ?? 0));
    return isLess ? [[{ ...key, fields }]] : [];
  }
  async function isPossible(field) {
    try {
      for (const { filter } of lookups([{ segments: /* @__PURE__ */ new Map(), fields: [field] }], formatOf))
        await reader.selectText(table, keySelection.columns, keySelection.read, (query) => filter(query).limit(1));
      return true;
    } catch (error) {
      if (error instanceof ReadError && error.isImpossible) return false;
      throw error;
    }
  }
  async function count(only) {
    const filters = only.map((condition) => conditionFilter(condition, columns));
    if (filters.some((filter) => filter === void 0)) return void 0;
    if (filters.includes("none")) return { rows: 0 };
    try {
      return { rows: await total((query) => filters.reduce((refined, filter) => typeof filter === "function" ? filter(refined) : refined, query)) };
    } catch (error) {
      if (error instanceof ReadError && error.isImpossible) return void 0;
      throw error;
    }
  }
  async function* changedSince({ path, unit }, since) {
    const format = formatOf(path);
    const kind = format === void 0 ? void 0 : describeColumn(format);
    const bound = unit === void 0 ? since : String(unit === "s" ? Date.parse(since) / 1e3 : Date.parse(since));
    const isTime = kind !== void 0 && !kind.isArray && (unit === void 0 ? ["timestamptz", "timestamp"].includes(kind.kind) : kind.kind === "number");
    const isWhole = unit !== void 0 && kind?.kind === "integer";
    const filter = isTime || isWhole ? (query) => query.gte(filterKey(columnName(path[0] ?? "")), isWhole ? Math.floor(Number(bound)) : bound) : (query) => query;
    for await (const rows of pages(filter, selection)) yield mapped(rows, rawRow);
  }
  return { count, scan, changedSince, find };
}
var rawRow = (value) => ({ value });
var inOrder = (query, columns) => columns.reduce((ordered, column) => ordered.order(columnName(column)), query);
var offset = (query, rows) => rows === 0 ? query : query.range(rows, rows);
var keyOf = (row, columns) => columns.map((column) => filterText(row?.get(column)) ?? "");
function sortable(columns, page) {
  if (columns !== void 0) return [...columns].flatMap(([name, format]) => isOpaque(format) ? [] : [name]);
  const rows = [...page];
  return [...rows[0]?.keys() ?? []].filter((name) => rows.every((row) => filterText(row.get(name)) !== void 0 || row.get(name) === null));
}

// action/src/store/postgrest/store.ts
var isPostgrest = (store) => store.kind === "supabase" && "reader" in store;
function createPostgrestStore(name, { url, key, schema = "public" }, budget) {
  const reader = createReader(url, key, budget.signal, { remainingMs: budget.remainingMs, schema, store: name === "supabase" ? void 0 : name });
  let rowsRead = 0;
  let described;
  let known = /* @__PURE__ */ new Map();
  function describeAll(about) {
    described ??= reader.description(about).then(
      (text) => known = text === void 0 ? /* @__PURE__ */ new Map() : readDescription(text),
      (error) => {
        described = void 0;
        throw error;
      }
    );
    return described;
  }
  return {
    kind: "supabase",
    isBilled: false,
    secret: isPrivilegedKey(key) ? key : void 0,
    reader,
    url,
    schema,
    probe: async () => void await describeAll(""),
    async describe(tables) {
      const all = await describeAll(tables[0] ?? "");
      return new Map(
        tables.flatMap((table) => {
          const found = all.get(table);
          return found === void 0 ? [] : [[table, found.columns]];
        })
      );
    },
    open(source, needed) {
      const table = isTable(source) ? source.table : source.text;
      return openTable(reader, table, needed, known.get(table), (rows) => void (rowsRead += rows));
    },
    reads: () => rowsRead
  };
}

export {
  isPostgrest,
  createPostgrestStore
};
