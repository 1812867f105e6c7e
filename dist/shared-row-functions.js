import {
  Columns,
  boundNames,
  buildPath,
  canonical,
  canonicalDecimal,
  canonicalText,
  defaultSource,
  describeColumn,
  equal,
  fieldsIn,
  formatInstant,
  isAbsent,
  isExact,
  isFields,
  isKeyType,
  isList,
  isOpaque,
  isProblem,
  isReadable,
  isReadableKey,
  isScalar,
  isTable,
  isUnread,
  isUnreadable,
  jsonIn,
  looksMachineMade,
  matchPath,
  numberValue,
  parseInstant,
  postgresInstant,
  rowFields,
  segmentNames,
  shownText,
  sideNames,
  sourcesOf,
  timestampText,
  timestampValue,
  typeOf,
  valueAt,
  withoutFill,
  writeFieldSource
} from "./shared-yaml.js";
import {
  addTo
} from "./shared-groups.js";
import {
  ReadError,
  chunksOf,
  commandTarget,
  compareIds,
  compareText,
  createReader,
  encodedLength,
  isPrivilegedKey,
  keyId,
  listOf,
  maxFilterLength,
  maxPageSize,
  pathId,
  patternFor,
  quote,
  stringEnds,
  toNfc,
  toNfd,
  withoutTrailing
} from "./shared-postgrest-js.js";
import {
  _enum,
  array,
  boolean,
  nullable,
  number,
  object,
  prefault,
  string,
  tuple,
  unknown
} from "./shared-zod.js";

// action/src/store/exact-json.ts
var number2 = /-?\d[\d.eE+-]*/y;
var hasMore = /(?:^|[[:,])\s*-?(?:\d{16}|\d+[.eE]|(?<=-)0)|"\d+"\s*:|\\.[^"\\]*"\s*:/;
var deepest = 100;
function valueOf(parsed2, depth) {
  if (typeof parsed2 === "string" || typeof parsed2 === "boolean") return parsed2;
  if (typeof parsed2 === "number") return numberValue(`${parsed2}`);
  if (typeof parsed2 !== "object" || parsed2 === null) return null;
  if (depth === deepest) return void 0;
  if (Array.isArray(parsed2)) {
    const list = [];
    for (const item of parsed2) {
      const value = valueOf(item, depth + 1);
      if (value === void 0) return void 0;
      list.push(value);
    }
    return list;
  }
  const fields = /* @__PURE__ */ new Map();
  for (const name of Object.keys(parsed2)) {
    const value = valueOf(parsed2[name], depth + 1);
    if (value === void 0) return void 0;
    fields.set(name, value);
  }
  return fields;
}
function parseExactJson(text) {
  let parsed2;
  try {
    parsed2 = JSON.parse(text);
  } catch {
    return void 0;
  }
  if (!hasMore.test(text)) {
    const value = valueOf(parsed2, 0);
    if (value !== void 0) return value;
  }
  const containers = [];
  let name;
  let result = null;
  const add = (value) => {
    const container = containers.at(-1);
    if (container === void 0) result = value;
    else if (container instanceof Map) container.set(name ?? "", value);
    else container.push(value);
    name = void 0;
  };
  const endOfString = stringEnds(text);
  for (let at = 0; at < text.length; ) {
    const character = text.charAt(at);
    switch (character) {
      case '"': {
        const end = endOfString(at);
        const string2 = String(JSON.parse(text.slice(at, end)));
        if (name === void 0 && containers.at(-1) instanceof Map) name = string2;
        else add(string2);
        at = end;
        break;
      }
      case "{":
      case "[": {
        const container = character === "{" ? /* @__PURE__ */ new Map() : [];
        add(container);
        containers.push(container);
        at += 1;
        break;
      }
      case "}":
      case "]":
        containers.pop();
        at += 1;
        break;
      case "t":
      case "n":
        add(character === "n" ? null : true);
        at += 4;
        break;
      case "f":
        add(false);
        at += 5;
        break;
      case ",":
      case ":":
      case " ":
        at += 1;
        break;
      default: {
        number2.lastIndex = at;
        const [digits = ""] = number2.exec(text) ?? [];
        if (digits !== "") add(numberValue(digits));
        at += digits.length || 1;
      }
    }
  }
  return result;
}

// action/src/store/list.ts
var mapped = (items, make) => ({
  length: items.length,
  at(index) {
    const item = items.at(index);
    return item === void 0 ? void 0 : make(item);
  },
  slice: (start, end) => mapped(items.slice(start, end), make),
  *[Symbol.iterator]() {
    for (const item of items) yield make(item);
  }
});

// action/src/store/postgrest/row-text.ts
var plainName = /^[A-Za-z_][A-Za-z0-9_]*$/;
var columnName = (name) => plainName.test(name) ? name : `"${name.replaceAll(/["\\]/g, "\\$&")}"`;
var parameters = /* @__PURE__ */ new Set(["select", "columns", "order", "limit", "offset", "on_conflict", "and", "or"]);
var filterKey = (written) => parameters.has(written) ? `"${written}"` : written;
var isPlainName = (name) => plainName.test(name);
var asText = /* @__PURE__ */ new Set(["integer", "number", "json", "bytes"]);
var plainText = /^(?:text|character varying|varchar|name)\b/i;
function selectionOf(described, wanted) {
  if (described === void 0)
    return { columns: wanted === "all" ? "*" : [...wanted].map(columnName).join(","), names: wanted === "all" ? [] : [...wanted], read: readWhole };
  const kinds = new Map([...described].flatMap(([name, format]) => wanted === "all" || wanted.has(name) ? [[name, describeColumn(format)]] : []));
  const [first] = described.keys();
  if (kinds.size === 0 && first !== void 0) return selectionOf(described, /* @__PURE__ */ new Set([first]));
  const isCast = (name) => {
    const column = kinds.get(name);
    return column !== void 0 && !column.isArray && asText.has(column.kind);
  };
  const hasNumbers = [...kinds.values()].some(({ kind, isArray }) => isArray && asText.has(kind));
  const mayHaveNumbers = [...kinds].flatMap(([name, { kind }]) => kind === "text" && !plainText.test(described.get(name) ?? "") ? [name] : []);
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
    return typeof value === "string" ? valueOf2(kindOf.get(alias), value) : value;
  };
  const layout = {
    nameOf: (column) => nameOf.get(column) ?? column,
    columnOf: (name) => columnOf.get(name) ?? name,
    valueOf: (name, parsed2) => valueIn(name, plainValue(parsed2))
  };
  return {
    names,
    columns: [...columnOf].map(([alias, name]) => alias === name ? columnName(name) : `${alias}:${columnName(name)}::text`).join(","),
    read(text) {
      const plain = readPlain(text);
      const isWhole = (row) => [...columnOf.keys()].every((alias) => Object.hasOwn(row, alias));
      if (!plain?.slice(0, 1).every(isWhole)) return void 0;
      if (!hasNumbers && !plain.some((row) => mayHaveNumbers.some((name) => typeof row[name] === "object" && row[name] !== null)))
        return mapped(plain, (row) => new Columns(row, layout));
      const rows = readWhole(text);
      return rows && mapped(rows, (row) => new Map([...row].map(([alias, value]) => [layout.columnOf(alias), valueIn(alias, value)])));
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
function valueOf2(kind, value) {
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
      const number3 = BigInt(text.replace("+", ""));
      return number3 < limit && number3 >= -limit;
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

// action/src/store/postgrest/description.ts
function readDescription(text) {
  return new Map(
    membersOf(parsed(text), "definitions").map(([table, definition]) => {
      const columns = membersOf(definition, "properties");
      return [
        table,
        {
          columns: new Map(
            columns.flatMap(([name, property]) => {
              const format = textOf(property, "format") ?? textOf(property, "type");
              return format === void 0 ? [] : [[name, format]];
            })
          ),
          key: columns.flatMap(([name, property]) => textOf(property, "description")?.includes("<pk/>") ? [name] : []),
          parents: columns.flatMap(([, property]) => /<fk table='([^']+)'/.exec(textOf(property, "description") ?? "")?.[1] ?? [])
        }
      ];
    })
  );
}
var membersOf = (value, name) => isObject(value) && isObject(value[name]) ? Object.entries(value[name]) : [];
function textOf(value, name) {
  const text = isObject(value) ? value[name] : void 0;
  return typeof text === "string" ? text : void 0;
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

// action/src/store/postgrest/conditions.ts
var maxKeysPerRead = 100;
var longestList = 1e3;
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
      const kind = format === void 0 ? "text" : describeColumn(format).kind;
      return { column: pathName(path), texts, list: listIn(kind, texts), isNull: anyOf.includes(null), kind };
    });
    const isPossible = fields.length > 0 && fields.every(({ texts, isNull }) => isNull || texts.length > 0);
    return isPossible ? [{ key, fields, length: encodedLength(fields.map(({ column, list }) => `${column}.in.(${list}),`).join("and()")) }] : [];
  });
  const [short, long] = [wanted.filter(({ length }) => length <= maxFilterLength), wanted.filter(({ length }) => length > maxFilterLength)];
  for (const { key, fields } of long) {
    for (const one of apart(fields.map(inPieces))) {
      yield {
        keys: [key],
        filter: (query) => one.reduce((refined, field) => field.isNull ? isNothing(refined, field.column) : isInOrLike(refined, field), query)
      };
    }
  }
  for (const [isSingle, some] of Map.groupBy(short, ({ fields }) => fields.length === 1 && !fields[0]?.isNull)) {
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
      for (const fields of apart(one.fields.map(nullApart))) {
        yield {
          keys: [one.key],
          filter: (query) => fields.reduce((refined, { column, list, isNull }) => isNull ? isNothing(refined, column) : isIn(refined, column, list), query)
        };
      }
    }
  }
}
var apart = (fields) => fields.reduce((all, ways) => all.flatMap((some) => ways.map((way) => [...some, way])), [[]]);
var nullApart = (field) => field.isNull && field.texts.length > 0 ? [field, { ...field, isNull: false }] : [field];
var inPieces = (field) => nullApart(field).flatMap((way) => {
  if (way.isNull) return [way];
  const batches = batchesOf(way.texts, (text) => encodedLength(`${quote(text)},`), longestList);
  return Array.from(batches, (texts) => ({ ...way, texts, list: listIn(way.kind, texts) }));
});
var isInOrLike = (query, { column, texts, list, kind }) => {
  const [text = ""] = texts;
  const isLong = texts.length === 1 && encodedLength(text) > longestList;
  return isLong && (kind === "text" || kind === "char") ? query.filter(filterKey(column), "like", patternFor(text)) : isIn(query, column, list);
};
var listIn = (kind, texts) => kind === "boolean" ? texts.join(",") : listOf(texts);
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
var inBatches = (wanted) => batchesOf(wanted, ({ length }) => length, maxFilterLength);
function* batchesOf(items, lengthOf, longest) {
  let batch = [];
  let length = 0;
  for (const item of items) {
    const own = lengthOf(item);
    if (batch.length > 0 && (batch.length >= maxKeysPerRead || length + own > longest)) {
      yield batch;
      batch = [];
      length = 0;
    }
    batch.push(item);
    length += own;
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
          const answer = await reader.selectText(table, selected.columns, selected.read, (query) => refine(query).limit(asked), {
            count: counted,
            maySplit: asked > 1
          });
          size = Math.min(maxPageSize, size * 2);
          onRows(answer.rows.length);
          return answer;
        } catch (error) {
          if (!(error instanceof ReadError) || error.tooMuch === void 0) throw error;
          if (asked === 1) {
            const page = error.tooMuch === "bytes" ? await inParts2(selected, refine, counted) : void 0;
            if (page === void 0) throw error;
            return page;
          }
          size = Math.ceil(asked / 2);
          if (error.tooMuch === "time") await sleep(restMs);
        }
      }
    };
  }
  async function inParts2({ names }, refine, counted) {
    const others = names.filter((name) => !order.includes(name));
    if (order.length === 0 || others.length === 0) return void 0;
    const ask = (some) => reader.selectText(table, some.columns, some.read, (query) => refine(query).limit(1), { count: counted });
    const known = await ask(keySelection);
    const first = known.rows.at(0);
    if (first === void 0) return known;
    const row = new Map(first);
    for (const name of others) {
      try {
        const part = (await ask(selectionOf(columns, /* @__PURE__ */ new Set([...order, name])))).rows.at(0);
        if (keyOf(part, order).join("\0") !== keyOf(first, order).join("\0")) return void 0;
        row.set(name, part?.get(name) ?? null);
      } catch (error) {
        if (!(error instanceof ReadError) || error.tooMuch !== "bytes") throw error;
        row.set(name, { kind: "unread", why: error });
      }
    }
    onRows(1);
    return { rows: [row], count: known.count };
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
    let last;
    while (rows.length > 0) {
      const end = keyOf(rows.at(-1), order);
      if (end.join("\0") === last?.join("\0")) throw reader.failed(table, "not-advancing");
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
    for (let last; ; ) {
      let rows = [];
      for (const next of following) {
        ({ rows } = await ask((query) => inOrder(next(whole(query)), order)));
        if (rows.length > 0) break;
      }
      const end = rows.length === 0 ? void 0 : keyOf(rows.at(-1), order);
      if (end === void 0) break;
      if (end.join("\0") === last?.join("\0")) throw reader.failed(table, "not-advancing");
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
    const answer = await reader.selectText(table, keySelection.columns, keySelection.read, (query) => filter(query).limit(1), { count: "exact" });
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
      const idOf = (fields) => JSON.stringify(paths.map((path) => filterText(valueAt({ kind: "field", path }, { segments: noSegments, fields })) ?? null));
      for (const value of found) if (!seen.has(idOf(value))) into.push({ value });
      for (const value of found) seen.add(idOf(value));
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
var noSegments = /* @__PURE__ */ new Map();
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
function createPostgrestStore(name, { url, key, schema = "public" }, budget, limits = {}) {
  const reader = createReader(url, key, budget.signal, { ...limits, remainingMs: budget.remainingMs, schema, store: name === "supabase" ? void 0 : name });
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
    async probe() {
      const all = await describeAll("");
      if (all.size === 0) await reader.call("driftwatch_version", {}, unknown());
    },
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

// action/src/pair/declared/field.ts
var sourceOn = (side2, { from, to }) => side2 === "legacy" ? from : to;
function createField(column, declaration, places) {
  const { from, to, values, readable } = declaration;
  const type = typeOf(declaration, places.column, places.isOfNormalized);
  if (isProblem(type)) return type;
  const written = { isSparse: places.to.isSparse ?? false };
  const standIn = canonical(type, declaration.default, written);
  if (isUnreadable(standIn)) return { problem: `has a default that is not a valid ${type.name}. Correct it` };
  const wrong = [...values?.values() ?? []].some((value) => isUnreadable(canonical(type, value, written)));
  if (wrong) return { problem: `has among its values one that is not a valid ${type.name}. Correct it` };
  const translate = values && createTranslation(values, type);
  return {
    column,
    type,
    from,
    to,
    sameText: meaningOfSameText(type, declaration, places),
    holds: places.to.column,
    readable,
    meant(value) {
      if (isAbsent(value) || typeof value === "string" && isBlank(type, value)) return declaration.default ?? null;
      const translated = translate?.(value);
      return translated === void 0 ? value : translated;
    },
    expected(value) {
      if (isAbsent(value) || typeof value === "string" && isBlank(type, value)) return standIn;
      const translated = translate?.(value);
      return translated === void 0 ? canonical(type, value, places.from) : canonical(type, translated, written);
    },
    actual: (value) => canonical(type, value, places.to)
  };
}
var always = {
  integer: "integer",
  boolean: "boolean",
  uuid: "uuid",
  text: "text",
  char: "text",
  json: "json",
  bytes: "bytes"
};
function meaningOfSameText(type, { values, default: standIn }, { from, to }) {
  const { column } = to;
  if (column === void 0 || column === "unknown" || column !== from.column || values !== void 0 || standIn !== void 0) return "nothing";
  return always[column] === type.name ? "same" : "same-if-readable";
}
var isBlank = (type, text) => type.name === "text" && type.blankIsNull === true && canonicalText(type, text) === null;
function createTranslation(values, type) {
  const options = type.name === "text" ? { ...type, blankIsNull: false } : {};
  const spelling = (text) => canonicalText(options, text) ?? "";
  const byText = new Map([...values].map(([key, value]) => [spelling(key), value]));
  const byNumber = new Map([...values].map(([key, value]) => [canonicalDecimal(key), value]));
  return (value) => {
    if (typeof value === "string") return byText.get(spelling(value));
    if (typeof value === "boolean") return byText.get(String(value));
    if (!isScalar(value)) return void 0;
    if (value.kind === "reference") return byText.get(spelling(value.path));
    const number3 = value.kind === "number" ? canonicalDecimal(value.text) : void 0;
    return number3 === void 0 ? void 0 : byNumber.get(number3);
  };
}

// action/src/pair/declared/not-compared.ts
function createNotCompared(sources, hasEach) {
  const fields = /* @__PURE__ */ new Map();
  const item = /* @__PURE__ */ new Map();
  for (const source of sources) {
    if (source.kind === "field") use(fields, source.path);
    if (source.kind === "item") use(item, ["item", ...source.path]);
  }
  const itemInside = item.get("item") ?? /* @__PURE__ */ new Map();
  const inPart = [...fields].filter(([, inside]) => inside !== "whole").map(([name]) => name);
  return ({ fields: whole, item: element, isSparse }) => {
    const names = [];
    if (!(whole instanceof Columns)) addUnused(whole, fields, { kind: "field", path: [] });
    else if (inPart.length > 0) addUnused(new Map(inPart.map((name) => [name, whole.get(name) ?? null])), fields, { kind: "field", path: [] });
    if (hasEach && itemInside !== "whole") addUnused(element, itemInside, { kind: "item", path: [] });
    return names;
    function addUnused(value, used, above) {
      const fieldsOf = fieldsIn(value, isSparse);
      if (fieldsOf === void 0) return;
      for (const name of fieldsOf.keys()) {
        const below = used.get(name);
        if (below === "whole") continue;
        const inside = fieldsOf.get(name);
        const here = { ...above, path: [...above.path, name] };
        if (below !== void 0 && (inside === null || fieldsIn(inside, isSparse))) addUnused(inside, below, here);
        else names.push(writeFieldSource(here));
      }
    }
  };
}
function use(used, [name = "", ...inside]) {
  const known = used.get(name);
  if (known === "whole") return;
  if (inside.length === 0) {
    used.set(name, "whole");
    return;
  }
  const below = known ?? /* @__PURE__ */ new Map();
  used.set(name, below);
  use(below, inside);
}

// action/src/pair/declared/compiled.ts
function compileEntity(declaration, described) {
  const problems = [];
  const sides = { legacy: describeSide(declaration.legacy, described.legacy), normalized: describeSide([declaration.normalized], described.normalized) };
  const sentence = (column, problem) => void problems.push(`${declaration.name}.${column}: ${problem}`);
  const bound = { legacy: boundNames(declaration.legacy), normalized: boundNames([declaration.normalized]) };
  const complete = (column, line) => ({
    ...line,
    from: line?.from ?? defaultSource(column, bound.legacy),
    to: line?.to ?? defaultSource(column, bound.normalized)
  });
  function add(column, line) {
    const whole = complete(column, line);
    const [from, to] = [sides.legacy.columnOf(whole.from), sides.normalized.columnOf(whole.to)];
    const missing = [
      from === "missing" && missingSentence("legacy", declaration.legacy, whole.from),
      to === "missing" && missingSentence("normalized", [declaration.normalized], whole.to)
    ].filter((problem) => problem !== false);
    for (const problem of missing) sentence(column, problem);
    if (missing.length > 0) return [];
    const own = typeof to === "object" ? to : void 0;
    const places = {
      from: placeOf(from, described.isSparse),
      to: placeOf(to, described.isSparse),
      column: own ?? (typeof from === "object" ? from : void 0),
      isOfNormalized: own !== void 0
    };
    const field = createField(column, whole, places);
    if (!isProblem(field)) return [field];
    sentence(column, field.problem);
    return [];
  }
  const key = declaration.key.flatMap(
    (column) => add(column, declaration.fields.get(column)).map((field) => ({ ...field, mayBeNull: isPartial(field.from, declaration.legacy) }))
  );
  for (const { column, type } of key) if (!isKeyType(type)) sentence(column, "is part of the key, and a key has no tolerance. Remove tolerance");
  const fields = [...declaration.fields].flatMap(([column, line]) => declaration.key.includes(column) ? [] : add(column, line));
  for (const side2 of sideNames) {
    for (const source of otherSources(declaration, side2)) {
      if (sides[side2].columnOf(source) !== "missing") continue;
      sentence(source.kind === "field" ? source.path[0] ?? "" : "", missingSentence(side2, sourcesOf(declaration, side2), source));
    }
  }
  for (const side2 of sideNames) {
    const changed = declaration.changed[side2];
    const column = changed && sides[side2].columnOf(changed.from);
    if (changed === void 0 || typeof column !== "object" || canBeTime(column, changed.unit !== void 0)) continue;
    sentence(writeFieldSource(changed.from), "is not a time at which a row changed. Name a timestamp; for a number, add its unit: { from: \u2026, unit: ms }");
  }
  if (problems.length > 0) return problems;
  const compared = [...key, ...fields];
  const namedOn = (side2) => [
    ...compared.map((field) => sourceOn(side2, field)),
    ...otherSources(declaration, side2),
    ...declaration.ignored[side2]
  ];
  const onlyOf = (side2) => declaration.only[side2].map((condition) => asStored(condition, sides[side2].columnOf(condition.source)));
  return {
    declaration: { ...declaration, only: { legacy: onlyOf("legacy"), normalized: onlyOf("normalized") } },
    key,
    fields,
    changed: Object.fromEntries(
      Object.entries(declaration.changed).map(([side2, { from, unit }]) => {
        const column = sides[side2].columnOf(from);
        return [side2, { from, type: { name: "timestamp", precision: "us", ...unit && { unit } }, place: placeOf(column, described.isSparse) }];
      })
    ),
    notCompared: {
      legacy: createNotCompared(namedOn("legacy"), declaration.each !== void 0),
      normalized: createNotCompared(namedOn("normalized"), false)
    },
    isSparse: described.isSparse
  };
}
var asStored = (condition, column) => typeof column === "object" && column.kind === "uuid" && !column.isArray ? { ...condition, anyOf: condition.anyOf.map((value) => typeof value === "string" ? storedUuid(value) : value) } : condition;
var storedUuid = (text) => {
  const digits = text.replaceAll(/[{}-]/g, "").toLowerCase();
  return /^[\da-f]{32}$/.test(digits) ? digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-") : text;
};
var canBeTime = ({ kind, isArray }, hasUnit) => !isArray && (["timestamptz", "timestamp", "text", "char"].includes(kind) || hasUnit && (kind === "integer" || kind === "number"));
var otherSources = ({ only, changed, each }, side2) => [
  ...only[side2].map(({ source }) => source),
  ...changed[side2] === void 0 ? [] : [changed[side2].from],
  ...side2 === "legacy" && each !== void 0 ? [each] : []
];
var isPartial = (source, sources) => source.kind === "segment" && sources.some((each) => isTable(each) || !segmentNames(each).includes(source.name));
function describeSide(sources, tables) {
  const descriptions = sources.flatMap((source) => isTable(source) ? [tables.get(source.table)] : []);
  return {
    columnOf(source) {
      if (source.kind === "segment" || source.kind === "index") return "segment";
      if (descriptions.length === 0) return "document";
      if (source.kind === "item") return "inside";
      const [name = "", ...inside] = source.path;
      const formats = descriptions.map((description) => description?.get(name));
      if (descriptions.some((description) => description !== void 0 && !description.has(name))) return "missing";
      if (inside.length > 0) return "inside";
      const columns = formats.map((format) => format === void 0 ? void 0 : describeColumn(format));
      const [first] = columns;
      return first !== void 0 && columns.every((other) => other?.kind === first.kind && other.isArray === first.isArray) ? first : "unknown";
    }
  };
}
function placeOf(standing, isSparse) {
  if (typeof standing === "object") return { column: standing.kind, isSparse };
  if (standing === "segment") return { column: "text", isSparse };
  return standing === "unknown" ? { column: "unknown", isSparse } : { isSparse };
}
function missingSentence(side2, sources, source) {
  const name = source.kind === "field" ? source.path[0] : "";
  const tables = sources.flatMap((each) => isTable(each) ? [each.table] : []);
  return `the ${side2} table ${tables.join(" or ")} has no column ${name}. Correct the name in the file, or add the column`;
}

// action/src/pair/declared/row-functions.ts
var functionsVersion = 3;
var migration = "supabase/migrations/021_create_row_functions.sql";
var portionRows = 1e3;
var boundsPage = 100;
var suspectsPage = 1e4;
var cheaperKeys = 8;
var writtenPortions = 200;
var bucketRows = 50;
var rawKey = array(string());
var side = _enum(sideNames);
var planAnswer = object({
  problems: array(object({ side, table: string(), column: nullable(string()), found: nullable(string()), expected: nullable(string()) })),
  strange: array(object({ side, table: string(), column: string(), reason: string() })),
  order: nullable(array(number())),
  key: nullable(array(object({ side, table: string(), is_table: boolean(), columns: array(string()) }))),
  rows: object({ legacy: number(), normalized: number() }),
  keyless: boolean(),
  pages: nullable(object({ legacy: number(), normalized: number() })),
  now: number(),
  sorted: nullable(string()),
  /** Functions of an older release know no parts. */
  parted: prefault(boolean(), false),
  /** Or no index of them. */
  part: prefault(nullable(object({ order: nullable(array(number())), indexes: array(string()) })), null)
});
var boundsAnswer = object({ bounds: array(rawKey), next: boolean() });
var compareAnswer = object({ legacy: number(), normalized: number(), equal: number(), suspects: array(rawKey), more: boolean() });
var pagesAnswer = object({ rows: number(), met: number(), equal: number(), suspects: array(rawKey), more: boolean() });
var writtenAnswer = object({ suspects: array(rawKey), more: boolean() });
var readAnswer = object({ legacy: array(string()), normalized: array(string()) });
var keylessSide = object({ rows: number(), found: array(string()) });
var keylessAnswer = object({ legacy: keylessSide, normalized: keylessSide });
var bucketsAnswer = array(tuple([number(), number(), string()]));
var digestsAnswer = array(tuple([rawKey, string()]));
async function bothOf(ask) {
  const [legacy, normalized] = await Promise.all([ask("legacy"), ask("normalized")]);
  return { legacy, normalized };
}
async function answered(reader, name, parameters2, value, tries) {
  const answer = await reader.call(name, parameters2, value, tries);
  if (answer === void 0) throw reader.refused(name);
  return answer;
}
var answeredOrNot = async (asked) => asked.catch((error) => {
  if (error instanceof ReadError) return void 0;
  throw error;
});
function createRowFunctions(reader, entity, spec) {
  const asked = { spec: spec.text };
  const planOf = (part) => planned(reader, spec, part);
  async function known(part) {
    const plan = await planOf(part);
    if (plan === void 0) throw reader.refused("driftwatch_rows_plan");
    return plan;
  }
  return {
    async probe(part) {
      const version = await versionOf(reader);
      if (version !== functionsVersion) return { ready: false, sentence: versionSentence(version) };
      const plan = await answeredOrNot(planOf(part));
      const reason = plan === void 0 ? `Entity ${entity.declaration.name}: the row functions did not answer` : reasonAgainst(entity, plan);
      const narrows = plan?.parted === true || plan?.pages === null && !spec.hasTolerance;
      return reason === void 0 ? {
        ready: true,
        narrows,
        sentence: "The database compares both sides itself: the row functions are installed.",
        advice: adviceOf(entity, plan?.part?.indexes ?? [])
      } : { ready: false, sentence: readsRows(reason) };
    },
    async plan() {
      const plan = await known();
      return plan.pages === null ? planOfKeys(reader, asked, await everyBound(reader, asked)) : planOfPages(reader, { ...spec, asked }, plan, plan.pages);
    },
    async planPart(part, isIn2) {
      const plan = await known(part);
      if (!plan.parted)
        return planOfDigests({ legacy: reader, normalized: reader }, { spec: spec.orderedText(plan.order) }, await everyBound(reader, asked), isIn2);
      if (plan.part?.order) {
        const askedInOrder = { spec: spec.textWith({ part: { ...part, order: plan.part.order } }) };
        return planOfKeys(reader, askedInOrder, await everyBound(reader, askedInOrder));
      }
      const askedOfPart = { spec: spec.textWith({ part }) };
      if (plan.pages !== null) return planOfPages(reader, { ...spec, isScoped: true, asked: askedOfPart }, plan, plan.pages);
      return planOfKeys(reader, askedOfPart, await everyBound(reader, asked));
    },
    async read(keys) {
      const found = await answered(reader, "driftwatch_rows_read", { ...asked, keys: keysText(entity, keys) }, readAnswer);
      return storedRows(spec, found);
    },
    async keyless() {
      const found = await answered(reader, "driftwatch_rows_keyless", asked, keylessAnswer);
      return { legacy: keylessOf(spec, "legacy", found.legacy), normalized: keylessOf(spec, "normalized", found.normalized) };
    },
    meaningOf: (key) => meaningOf(entity, spec, key)
  };
}
async function planned(reader, spec, part, onlySide) {
  const ask = (text) => reader.call("driftwatch_rows_plan", { spec: text, ...onlySide && { only_side: onlySide } }, planAnswer);
  const plan = await ask(spec.textWith({ part }));
  return part === void 0 || plan?.parted !== false ? plan : ask(spec.text);
}
var adviceOf = ({ declaration: { name } }, statements) => statements.length === 0 ? void 0 : `Entity ${name}: to find the rows of this part, the database looks at every row. To let it skip the others, run: ${statements.map((statement) => `${statement};`).join(" ")}`;
function planOfKeys(reader, asked, bounds) {
  return {
    rows: Array.from({ length: bounds.length + 1 }, () => portionRows),
    digest: inParts(
      async (start, end, tries, page) => answered(reader, "driftwatch_rows_compare", { ...asked, ...rangeOf(bounds, start, end), page }, compareAnswer, tries)
    ),
    written: async () => []
  };
}
async function planOfPages(reader, spec, { rows, now: now2 }, pages) {
  const { asked } = spec;
  const askedKeys = { spec: spec.keysText };
  const bounds = spec.isScoped ? [] : await everyBound(reader, askedKeys);
  const pagesOf = (which) => {
    const size = Math.max(1, Math.round(portionRows * pages[which] / Math.max(rows[which], 1)));
    const count = Math.max(1, Math.ceil(pages[which] / size));
    return Array.from({ length: count }, (_, index) => ({ which, first: index * size, until: index + 1 < count ? (index + 1) * size : void 0 }));
  };
  const portions = [...pagesOf("legacy"), ...pagesOf("normalized")];
  const compared = spec.isScoped ? portions : pagesOf("legacy");
  const keyPortions = spec.isScoped ? 0 : bounds.length + 1;
  const partOf = (from, which, start, end) => {
    const part = from.slice(start, end).filter((portion) => portion.which === which);
    const [first, last] = [part[0], part.at(-1)];
    return first && last && { ...asked, side: which, first: first.first, ...last.until !== void 0 && { until: last.until } };
  };
  return {
    rows: [...compared.map(() => portionRows), ...Array.from({ length: keyPortions }, () => portionRows / cheaperKeys)],
    digest: inParts(async (start, end, tries, page) => {
      const [legacy, normalized] = [partOf(compared, "legacy", start, end), partOf(compared, "normalized", start, end)];
      const [firstKeys, lastKeys] = [Math.max(0, start - compared.length), end - compared.length];
      const ours = legacy && await answered(reader, "driftwatch_rows_pages", { ...legacy, page, met_only: !spec.isScoped }, pagesAnswer, tries);
      const theirs = normalized && await answered(reader, "driftwatch_rows_pages", { ...normalized, page }, pagesAnswer, tries);
      const keys = lastKeys > firstKeys ? await answered(reader, "driftwatch_rows_compare", { ...askedKeys, ...rangeOf(bounds, firstKeys, lastKeys), page }, compareAnswer, tries) : void 0;
      return {
        legacy: (spec.isScoped ? ours?.rows : keys?.legacy) ?? 0,
        normalized: (spec.isScoped ? theirs?.rows : keys?.normalized) ?? 0,
        equal: ours?.equal ?? 0,
        suspects: [ours, theirs, keys].flatMap((answer) => answer?.suspects ?? []),
        more: [ours, theirs, keys].some((answer) => answer?.more)
      };
    }),
    async written() {
      const keys = [];
      for (let start = 0; start < portions.length; start += writtenPortions) {
        for (const which of sideNames) {
          const part = partOf(portions, which, start, start + writtenPortions);
          if (part === void 0) continue;
          for (let page = suspectsPage; ; page *= 10) {
            const { suspects, more } = await answered(reader, "driftwatch_rows_written", { ...part, since: String(now2), page }, writtenAnswer);
            if (more) continue;
            keys.push(...suspects);
            break;
          }
        }
      }
      return keys;
    }
  };
}
function inParts(ask) {
  return async function compare(start, end, tries) {
    for (let page = suspectsPage; ; page *= 10) {
      const { more, ...digest } = await ask(start, end, tries, page);
      if (!more) return digest;
      if (end - start > 1) break;
    }
    const middle = Math.ceil((start + end) / 2);
    return added(await compare(start, middle, tries), await compare(middle, end, tries));
  };
}
function createRowDigests(readers, entity, spec) {
  const plansOf = (part) => bothOf(async (which) => planned(readers[which], spec, part, which));
  async function boundsOf(plans, text) {
    const larger = (plans.legacy?.rows.legacy ?? 0) > (plans.normalized?.rows.normalized ?? 0) ? "legacy" : "normalized";
    return everyBound(readers[larger], { spec: text, only_side: larger });
  }
  return {
    async probe(part) {
      const { name } = entity.declaration;
      if (spec.hasTolerance) return { ready: false, sentence: readsRows(`Entity ${name}: values within a tolerance do not share a digest`) };
      const versions = await bothOf(async (which) => versionOf(readers[which]));
      const strange = sideNames.find((which) => versions[which] !== functionsVersion);
      if (strange !== void 0) return { ready: false, sentence: versionSentence(versions[strange]) };
      const plans = await bothOf(async (which) => answeredOrNot(planned(readers[which], spec, part, which)));
      for (const which of sideNames) {
        const plan = plans[which];
        const reason = plan === void 0 ? `Entity ${name}: the row functions did not answer` : reasonAgainst(entity, plan);
        if (reason !== void 0) return { ready: false, sentence: readsRows(reason) };
      }
      const isAlike = plans.legacy?.sorted === plans.normalized?.sorted && String(plans.legacy?.order) === String(plans.normalized?.order);
      if (!isAlike)
        return { ready: false, sentence: readsRows(`Entity ${name}: the two projects keep its key in different types or sort it in different ways`) };
      const parts = sideNames.map((which) => plans[which]?.part);
      return {
        ready: true,
        narrows: true,
        sentence: "Each project hashes its own rows: the row functions are installed in both.",
        advice: adviceOf(entity, parts.every((one) => one?.order || one?.indexes.length) ? parts.flatMap((one) => one?.indexes ?? []) : [])
      };
    },
    plan: async () => planOfBuckets(readers, (exact) => spec.textWith({ exact }), await boundsOf(await plansOf(), spec.text)),
    async planPart(part, isIn2) {
      const plans = await plansOf(part);
      if (!sideNames.every((which) => plans[which]?.parted)) return planOfDigests(readers, { spec: spec.text }, await boundsOf(plans, spec.text), isIn2);
      const [legacy, normalized] = sideNames.map((which) => plans[which]?.part?.order);
      const order = legacy && String(legacy) === String(normalized) ? legacy : void 0;
      const inOrder2 = order && { ...part, order };
      return planOfBuckets(
        readers,
        (exact) => spec.textWith({ part: inOrder2 ?? part, exact }),
        await boundsOf(plans, inOrder2 ? spec.textWith({ part: inOrder2 }) : spec.text)
      );
    },
    async read(keys) {
      const asked = { spec: spec.text, keys: keysText(entity, keys) };
      const found = await bothOf(async (which) => (await answered(readers[which], "driftwatch_rows_read", { ...asked, only_side: which }, readAnswer))[which]);
      return storedRows(spec, found);
    },
    async keyless() {
      return bothOf(
        async (which) => keylessOf(spec, which, (await answered(readers[which], "driftwatch_rows_keyless", { spec: spec.text, only_side: which }, keylessAnswer))[which])
      );
    },
    meaningOf: (key) => meaningOf(entity, spec, key)
  };
}
function planOfBuckets(readers, specText, bounds) {
  let isExact2 = false;
  return {
    rows: Array.from({ length: bounds.length + 1 }, () => 2 * portionRows),
    async digest(start, end, tries) {
      const askedHere = { spec: specText(isExact2), ...rangeOf(bounds, start, end), buckets: Math.ceil((end - start) * portionRows / bucketRows) };
      const digested = await bothOf(async (which) => answered(readers[which], "driftwatch_rows_buckets", { ...askedHere, side: which }, bucketsAnswer, tries));
      const other = new Map(digested.normalized.map(([bucket, ...rest]) => [bucket, rest.join()]));
      const same = new Set(digested.legacy.flatMap(([bucket, ...rest]) => other.get(bucket) === rest.join() ? [bucket] : []));
      const wanted = [...new Set(sideNames.flatMap((which) => digested[which].map(([bucket]) => bucket)))].filter((bucket) => !same.has(bucket));
      const rowsOf = (which) => digested[which].reduce((sum, [, rows2]) => sum + rows2, 0);
      const sameRows = digested.legacy.reduce((sum, [bucket, rows2]) => sum + (same.has(bucket) ? rows2 : 0), 0);
      if (wanted.length === 0) return { legacy: rowsOf("legacy"), normalized: rowsOf("normalized"), equal: sameRows, suspects: [] };
      const rows = await bothOf(
        async (which) => answered(readers[which], "driftwatch_rows_digests", { ...askedHere, side: which, wanted: `{${wanted.join(",")}}` }, digestsAnswer, tries)
      );
      const { suspects, equal: equal2 } = differing(rows);
      const inVain = wanted.length - suspects.length;
      if (inVain * 10 > same.size + wanted.length) isExact2 = true;
      return { legacy: rowsOf("legacy"), normalized: rowsOf("normalized"), equal: sameRows + equal2, suspects };
    },
    written: async () => []
  };
}
function planOfDigests(readers, asked, bounds, isIn2) {
  const of = async (which, start, end, tries) => {
    const all = await answered(
      readers[which],
      "driftwatch_rows_digests",
      { ...asked, ...rangeOf(bounds, start, end), side: which, buckets: 1, wanted: "{0}" },
      digestsAnswer,
      tries
    );
    return all.filter(([key]) => isIn2(key));
  };
  return {
    rows: Array.from({ length: bounds.length + 1 }, () => 2 * portionRows),
    async digest(start, end, tries) {
      const [legacy, normalized] = await Promise.all([of("legacy", start, end, tries), of("normalized", start, end, tries)]);
      return { legacy: legacy.length, normalized: normalized.length, ...differing({ legacy, normalized }) };
    },
    written: async () => []
  };
}
function differing(rows) {
  const seen = /* @__PURE__ */ new Map();
  for (const which of sideNames) {
    for (const [key, digest] of rows[which]) {
      const id = JSON.stringify(key);
      const one = seen.get(id) ?? { key, legacy: [], normalized: [] };
      one[which].push(digest);
      seen.set(id, one);
    }
  }
  const suspects = [...seen.values()].filter(({ legacy, normalized }) => legacy.length !== 1 || normalized.length !== 1 || legacy[0] !== normalized[0]);
  return { suspects: suspects.map(({ key }) => key), equal: seen.size - suspects.length };
}
var versionOf = (reader) => answeredOrNot(reader.call("driftwatch_rows_version", {}, number()));
var versionSentence = (version) => `The row functions ${version === void 0 ? "are not installed, or this key may not call them" : `have version ${version}, not ${functionsVersion}`}, so rows are compared through the API, which is slower. Apply ${migration} from this release, and use a secret key.`;
var readsRows = (reason) => `${reason}. Its rows are compared through the API, which is slower.`;
function reasonAgainst({ declaration: { name } }, { problems, strange, order, key }) {
  const [problem] = problems;
  if (problem) {
    const { side: which, table, column, found, expected } = problem;
    const what = `the ${which} table ${table}${column === null ? "" : `, column ${column}`}`;
    return found === null ? `Entity ${name}: ${what} is not there` : `Entity ${name}: ${what} holds ${found}, and ${expected} was expected`;
  }
  const [first] = strange;
  if (first) return `Entity ${name}: ${first.side} column ${first.table}.${first.column} ${first.reason}`;
  if (order !== null) return void 0;
  const view = key?.find(({ is_table: isTable2 }) => !isTable2);
  if (view) return `Entity ${name}: ${view.table} is a view, which has no index of its own`;
  const indexes = (key ?? []).map(({ table, columns }) => `${table} (${columns.join(", ")})`);
  return `Entity ${name}: no index serves its key in the same order on both sides. Create indexes on ${indexes.join(" and ")}`;
}
async function everyBound(reader, asked) {
  const all = [];
  for (; ; ) {
    const after2 = all.at(-1);
    const { bounds, next } = await answered(
      reader,
      "driftwatch_rows_bounds",
      { ...asked, size: portionRows, count: boundsPage, ...after2 && { after: JSON.stringify(after2) } },
      boundsAnswer
    );
    all.push(...bounds);
    if (!next) return all;
    if (bounds.length === 0) throw reader.refused("driftwatch_rows_bounds");
  }
}
function rangeOf(bounds, start, end) {
  const after2 = start === 0 ? void 0 : bounds[start - 1];
  const until = bounds[end - 1];
  return { ...after2 && { after: JSON.stringify(after2) }, ...until && { until: JSON.stringify(until) } };
}
var added = (a, b) => ({
  legacy: a.legacy + b.legacy,
  normalized: a.normalized + b.normalized,
  equal: a.equal + b.equal,
  suspects: [...a.suspects, ...b.suspects]
});
function keysText({ key: fields }, keys) {
  const spellings = (part, index) => {
    const name = fields[index]?.type.name;
    if (name === "text") return [part, toNfc(part), toNfd(part)];
    return name === "uuid" ? [part, part.toLowerCase(), part.toUpperCase()] : [part];
  };
  const all = /* @__PURE__ */ new Map();
  for (const key of keys) {
    let spelled = [[]];
    for (const [index, part] of key.entries())
      spelled = [...new Set(spellings(part, index))].flatMap((spelling) => spelled.map((parts) => [...parts, spelling]));
    for (const one of spelled) all.set(JSON.stringify(one), one);
  }
  return JSON.stringify([...all.values()]);
}
function meaningOf(entity, spec, key) {
  const parts = entity.key.map((field, index) => {
    const [root = ""] = field.to.kind === "field" ? field.to.path : [];
    return field.actual(valueOf3(key[index] ?? null, spec.kindOf("normalized", root)));
  });
  const readable = parts.flatMap((part) => isUnreadable(part) || part === null ? [] : [part]);
  return readable.length === parts.length ? readable : void 0;
}
function valueOf3(text, kind) {
  if (text === null) return null;
  if (kind === "integer" || kind === "number") return numberValue(text);
  if (kind === "timestamptz" || kind === "timestamp") return timestampValue(text);
  if (kind === "char") return withoutFill(text);
  return kind === "boolean" ? text === "true" : text;
}
function storedRow(spec, which, text) {
  const value = parseExactJson(text);
  if (!isFields(value)) return { source: 0, value: /* @__PURE__ */ new Map() };
  return {
    source: 0,
    value: new Map([...value].map(([column, part]) => [column, typeof part === "string" ? valueOf3(part, spec.kindOf(which, column)) : part]))
  };
}
var storedRows = (spec, found) => ({
  legacy: found.legacy.map((text) => storedRow(spec, "legacy", text)),
  normalized: found.normalized.map((text) => storedRow(spec, "normalized", text))
});
var keylessOf = (spec, which, { rows, found }) => ({
  rows,
  found: found.map((text) => storedRow(spec, which, text))
});

// action/src/pair/declared/row-spec.ts
import { randomUUID } from "node:crypto";
function createRowSpec(entity, described, schemas) {
  const { name, legacy: sources, normalized, each, only, changed } = entity.declaration;
  const [legacy, ...more] = sources;
  if (legacy === void 0 || !isTable(legacy) || !isTable(normalized))
    return { problem: `Entity ${name}: only the rows of two tables can be compared inside a database` };
  if (more.length > 0) return { problem: `Entity ${name}: several legacy tables read as one cannot be compared inside the database` };
  if (each !== void 0) return { problem: `Entity ${name}: rows made by "each" cannot be compared inside the database` };
  const tables = { legacy: legacy.table, normalized: normalized.table };
  const columns = { legacy: described.legacy.get(tables.legacy), normalized: described.normalized.get(tables.normalized) };
  const problems = [];
  const fieldsOf = (fields) => fields.flatMap((field) => {
    const result = specField(field, entity.declaration.fields.get(field.column), columns);
    if (!isProblem(result)) return [result];
    problems.push(`Entity ${name}.${field.column}: ${result.problem}`);
    return [];
  });
  const side2 = (which) => ({
    schema: schemas[which],
    table: tables[which],
    only: only[which].flatMap((condition) => {
      const result = specCondition(condition, columns[which]);
      if (!isProblem(result)) return [result];
      problems.push(`Entity ${name}, only.${which}: ${result.problem}`);
      return [];
    }),
    more: changed[which]?.from.kind === "field" ? changed[which].from.path.slice(0, 1) : []
  });
  const salt = randomUUID();
  const spec = { salt, key: fieldsOf(entity.key), fields: fieldsOf(entity.fields), legacy: side2("legacy"), normalized: side2("normalized") };
  const text = JSON.stringify(spec);
  const [problem] = problems;
  if (problem !== void 0) return { problem };
  if (/\\u(?:0000|d[89a-f])/.test(text)) return { problem: `Entity ${name}: the file contains characters that no database can store` };
  return {
    text,
    keysText: JSON.stringify({ ...spec, fields: [], legacy: { ...spec.legacy, more: [] }, normalized: { ...spec.normalized, more: [] } }),
    orderedText: (order) => JSON.stringify({ ...spec, ...order && { order } }),
    textWith: ({ part, exact = false }) => JSON.stringify({ ...spec, ...part && { part: { index: part.index, of: part.of, order: part.order } }, ...exact && { exact } }),
    isScoped: only.legacy.length > 0 || only.normalized.length > 0,
    tables,
    hasTolerance: entity.fields.some(({ type }) => "tolerance" in type && type.tolerance !== void 0),
    kindOf(which, column) {
      const format = columns[which]?.get(column);
      return format === void 0 ? void 0 : describeColumn(format).kind;
    }
  };
}
var undescribed = { problem: "nothing describes the column, so it is compared by reading it" };
function placeOf2(source, table) {
  const [root = ""] = source.kind === "field" ? source.path : [];
  const format = table?.get(root);
  if (source.kind !== "field" || format === void 0) return undescribed;
  const { kind, isArray } = describeColumn(format);
  return { path: source.path, kind, array: isArray };
}
function specField(field, line, tables) {
  const { column, type, from, to } = field;
  const [legacy, normalized] = [placeOf2(from, tables.legacy), placeOf2(to, tables.normalized)];
  if (isProblem(legacy)) return legacy;
  if (isProblem(normalized)) return normalized;
  if (type.name === "undescribed") return undescribed;
  const standIn = canonicalOf(type, line?.default);
  if (isProblem(standIn)) return standIn;
  const values = line?.values && specValues(type, line.values);
  if (values && isProblem(values)) return values;
  return {
    column,
    legacy,
    normalized,
    type: specType(type),
    ...standIn.text !== null && { default: standIn.text },
    ...values && { values }
  };
}
var specType = (type) => ({
  ...type,
  ..."tolerance" in type && type.tolerance !== void 0 && { tolerance: canonicalDecimal(`${type.tolerance}`) ?? "0" }
});
function canonicalOf(type, value) {
  const text = canonical(type, value);
  if (isUnreadable(text)) return { problem: `has a value that is not a valid ${type.name}` };
  const isStrange = text !== null && (type.name === "timestamp" && !isPlainInstant(text) || (type.name === "integer" || type.name === "number") && (text.length > 400 || /e/.test(text)));
  return isStrange ? { problem: "has a value in the file that only the action can compare" } : { text };
}
var isPlainInstant = (text) => /^(?!0000)\d{4}-/.test(text) || /^-?infinity$/.test(text);
function specValues(type, values) {
  const options = type.name === "text" ? { ...type, blankIsNull: false } : {};
  const texts = /* @__PURE__ */ new Map();
  const numbers = /* @__PURE__ */ new Map();
  for (const [written, value] of values) {
    const becomes = canonicalOf(type, value);
    if (isProblem(becomes)) return becomes;
    texts.set(canonicalText(options, written) ?? "", becomes.text);
    const number3 = canonicalDecimal(written);
    if (number3 !== void 0 && number3.length < 400 && !/e/.test(number3)) numbers.set(number3, becomes.text);
  }
  return { texts: [...texts], numbers: [...numbers] };
}
function specCondition({ source, anyOf }, table) {
  const place = placeOf2(source, table);
  if (isProblem(place)) return place;
  const texts = anyOf.flatMap((value) => typeof value === "string" ? [toNfc(value)] : []);
  const instants = texts.flatMap((text) => {
    const instant = parseInstant(text, true);
    return instant === void 0 ? [] : [formatInstant(instant)];
  });
  const isTime = place.kind === "timestamptz" || place.kind === "timestamp";
  if (isTime && place.path.length === 1 && instants.some((text) => !isPlainInstant(text) || /\.\d{7}/.test(text)))
    return { problem: "is a time that only the action can compare" };
  return {
    ...place,
    absent: anyOf.includes(null),
    texts,
    numbers: anyOf.flatMap((value) => isScalar(value) && value.kind === "number" ? [canonicalDecimal(value.text) ?? value.text] : []),
    booleans: anyOf.filter((value) => typeof value === "boolean"),
    instants: isTime ? instants : []
  };
}

// action/src/pair/declared/scope.ts
var isInScope = (conditions, valueOf4) => conditions.every(({ source, anyOf }) => {
  const value = valueOf4(source);
  return anyOf.some((wanted) => isSame(value, wanted));
});
function isSame(value, wanted) {
  if (isUnread(value)) throw value.why;
  if (isAbsent(value) || isAbsent(wanted)) return isAbsent(value) && isAbsent(wanted);
  if (typeof value === "string") return typeof wanted === "string" && toNfc(value) === toNfc(wanted);
  if (typeof value === "boolean") return value === wanted;
  if (!isScalar(value)) return false;
  if (value.kind === "number") return isScalar(wanted) && wanted.kind === "number" && isSameNumber(value.text, wanted.text);
  if (typeof wanted !== "string") return false;
  if (value.kind === "timestamp") return value.text === wanted || isSameInstant(value.text, wanted);
  if (value.kind === "reference") return toNfc(value.path) === toNfc(wanted);
  return value.kind === "bytes" && value.base64 === wanted;
}
function isSameNumber(a, b) {
  const number3 = canonicalDecimal(a);
  return number3 !== void 0 && number3 === canonicalDecimal(b);
}
function isSameInstant(a, b) {
  const instants = [a, b].map((text) => parseInstant(text, true));
  const [first, second] = instants.map(
    (instant) => instant && formatInstant(typeof instant === "string" ? instant : { ...instant, fraction: withoutTrailing(instant.fraction, "0") })
  );
  return first !== void 0 && first === second;
}

// action/src/pair/declared/row.ts
function readLegacyRow(entity, stored) {
  const around = surroundings(entity, "legacy", stored);
  if (around === void 0) return [];
  const { each } = entity.declaration;
  if (each === void 0) return [new RowOfSide(entity, "legacy", stored, around)];
  const whole = valueAt(each, around);
  if (isAbsent(whole)) return [];
  const elements = elementsOf(whole, entity.isSparse);
  if (elements === void 0) return [new RowOfSide(entity, "legacy", stored, around, /* @__PURE__ */ new Map([[writeFieldSource(each), shownText(whole)]]))];
  return elements.map(([index, item]) => new RowOfSide(entity, "legacy", stored, { ...around, item, index }));
}
function readNormalizedRow(entity, stored) {
  const around = surroundings(entity, "normalized", stored);
  return around && new RowOfSide(entity, "normalized", stored, around);
}
function surroundings({ declaration, isSparse }, side2, { source, path, value }) {
  const from = side2 === "legacy" ? declaration.legacy[source] : declaration.normalized;
  if (from === void 0) return void 0;
  const segments = isTable(from) ? noSegments2 : matchPath(from, path ?? "");
  return segments && { segments, fields: rowFields(value), isSparse };
}
var noSegments2 = /* @__PURE__ */ new Map();
var noneUnreadable = /* @__PURE__ */ new Map();
function elementsOf(value, isSparse) {
  const elements = isList(value) ? value.map((item, index) => [`${index}`, item]) : isFields(value) ? [...value] : void 0;
  return isSparse ? elements?.filter(([, item]) => item !== null) : elements;
}
var RowOfSide = class {
  key;
  parts;
  unreadableKey;
  #entity;
  #side;
  #stored;
  #around;
  #isWhole;
  #isInScope;
  #fields;
  /** @param instead what `each` cannot make rows of, by its field: then there are no fields */
  constructor(entity, side2, stored, around, instead) {
    this.#entity = entity;
    this.#side = side2;
    this.#stored = stored;
    this.#around = around;
    this.#isWhole = instead === void 0;
    let unreadable = noneUnreadable;
    this.parts = entity.key.map((field) => {
      const part = this.#readPart(field);
      if (isUnreadable(part)) unreadable = new Map([...unreadable, [field.column, part.unreadable]]);
      else if (part === null && !field.mayBeNull) unreadable = new Map([...unreadable, [field.column, null]]);
      return isUnreadable(part) ? null : part;
    });
    this.unreadableKey = instead ?? unreadable;
    this.key = this.unreadableKey.size === 0 ? this.parts : void 0;
  }
  #read(field) {
    const value = this.value(sourceOn(this.#side, field));
    return this.#side === "legacy" ? field.expected(value) : field.actual(value);
  }
  #readPart(field) {
    if (!this.#isWhole && ["item", "index"].includes(sourceOn(this.#side, field).kind)) return null;
    const part = this.#read(field);
    const mayBeJson = field.type.name === "text" && typeof part === "string" && part.startsWith("{");
    const value = mayBeJson ? this.value(sourceOn(this.#side, field)) : null;
    return isFields(value) ? canonical(field.type, value) : part;
  }
  get isInScope() {
    return this.#isInScope ??= isInScope(this.#entity.declaration.only[this.#side], (source) => this.value(source));
  }
  get fields() {
    return this.#fields ??= this.#isWhole ? this.#entity.fields.map((field) => this.#read(field)) : [];
  }
  get changed() {
    return changedOf(this.#entity, this.#side, this.#stored, this.#around);
  }
  get version() {
    return this.#stored.updateTime;
  }
  get id() {
    return rowIdOf(this.#stored, this.#around, this.parts);
  }
  get absent() {
    if (!this.#isWhole) return [];
    return [...this.#entity.key, ...this.#entity.fields].flatMap((field) => this.value(sourceOn(this.#side, field)) === void 0 ? [field.column] : []);
  }
  get notCompared() {
    return this.#entity.notCompared[this.#side](this.#around);
  }
  value(source) {
    return valueAt(source, this.#around);
  }
  plain(source) {
    const { fields } = this.#around;
    const [column, ...inside] = source.kind === "field" ? source.path : [];
    return fields instanceof Columns && column !== void 0 && inside.length === 0 ? fields.plain(column) : void 0;
  }
};
function changedOf({ changed }, side2, { updateTime }, around) {
  const declared = changed[side2];
  if (declared === void 0) return updateTime === void 0 ? void 0 : textOf2(canonical({ name: "timestamp", precision: "us" }, updateTime));
  return textOf2(canonical(declared.type, valueAt(declared.from, around), declared.place));
}
var textOf2 = (value) => typeof value === "string" ? value : void 0;
var idColumn = { kind: "field", path: ["id"] };
function rowIdOf({ path }, around, key) {
  if (path !== void 0) return { path };
  const id = valueAt(idColumn, around);
  return isAbsent(id) ? { key } : { id: shownText(id) };
}
function malformedParts(entity, row) {
  if (!row.fields.some(isUnreadable)) return row.unreadableKey;
  const parts = new Map(row.unreadableKey);
  entity.fields.forEach(({ column }, place) => {
    const value = row.fields[place] ?? null;
    if (isUnreadable(value)) parts.set(column, value.unreadable);
  });
  return parts;
}

// action/src/pair/declared/digester.ts
var maxKeysPerRead2 = 100;
function createDigester(prepared) {
  const spellings = /* @__PURE__ */ new Map();
  let found;
  const find = () => found ??= prepared().then((digesting) => {
    const functions = functionsOf(digesting);
    return typeof functions === "string" ? functions : { ...digesting, functions };
  });
  async function ready() {
    const functions = await find();
    if (typeof functions === "string") throw new ReadError(functions);
    return functions;
  }
  function remember(key, raw) {
    const id = keyId(key);
    const known = spellings.get(id);
    if (known === void 0) spellings.set(id, /* @__PURE__ */ new Map([[JSON.stringify(raw), raw]]));
    else known.set(JSON.stringify(raw), raw);
    return known === void 0;
  }
  async function plan(part) {
    const all = await ready();
    const { functions } = all;
    const { locatorKey } = all.rows;
    const has = part?.has ?? (() => true);
    const unreadable = /* @__PURE__ */ new Map();
    const met = /* @__PURE__ */ new Set();
    let normalizedRows = 0;
    const compared = await (part ? functions.planPart(part, isIn2) : functions.plan());
    const portions = compared.rows.length;
    let isInexact = false;
    function isIn2(raw) {
      const key = functions.meaningOf(raw);
      if (key !== void 0) return has(key);
      unreadable.set(JSON.stringify(raw), raw);
      return false;
    }
    function take2(raws) {
      return raws.flatMap((raw) => {
        const key = functions.meaningOf(raw);
        if (key === void 0) unreadable.set(JSON.stringify(raw), raw);
        else if (!has(key)) return [];
        else if (key.some((text, place) => text !== raw[place])) isInexact = true;
        return key !== void 0 && remember(key, raw) ? [key] : [];
      });
    }
    async function keyless() {
      const without = await functions.keyless();
      const keysOf = (which) => without[which].found.map((stored) => locatorKey(which, stored)).filter(has);
      const beyondOf = (which) => part === void 0 || part.index === 1 ? without[which].rows - without[which].found.length : 0;
      const [legacy, normalized] = [keysOf("legacy"), keysOf("normalized")];
      normalizedRows += normalized.length;
      return { ...noDigest, legacy: [legacy.length + beyondOf("legacy")], differing: distinct([...legacy, ...normalized]), loose: [beyondOf("normalized")] };
    }
    async function strangeRows() {
      const asked = new Map(unreadable);
      const rowsFound = await readRaw(all, [...asked.values()]);
      for (const id of asked.keys()) unreadable.delete(id);
      const keysOf = (which) => rowsFound[which].filter(({ row }) => row.key === void 0 && row.isInScope).map(({ stored }) => locatorKey(which, stored)).filter((key) => has(key) && !met.has(keyId(key)));
      const [legacy, normalized] = [keysOf("legacy"), keysOf("normalized")];
      for (const key of [...legacy, ...normalized]) met.add(keyId(key));
      normalizedRows += normalized.length;
      return { ...noDigest, legacy: [legacy.length], differing: distinct([...legacy, ...normalized]) };
    }
    function digestOf(digest) {
      normalizedRows += digest.normalized;
      return { ...noDigest, legacy: [digest.legacy], claimed: digest.legacy, equal: { ...noDigest.equal, counts: [digest.equal] }, odd: take2(digest.suspects) };
    }
    return {
      groups: [],
      beside: async () => ({ more: [0], loose: [0] }),
      // One more for rows without a key.
      rows: [...compared.rows, 1],
      async digest(start, end, tries) {
        const digest = start < portions ? await compared.digest(start, Math.min(end, portions), tries) : void 0;
        const without = end > portions ? await keyless() : void 0;
        const strange = part && digest ? await strangeRows() : noDigest;
        const known = digest && added2(digestOf(digest), strange);
        return known && without ? added2(known, without) : known ?? without ?? noDigest;
      },
      async after() {
        const written = await compared.written();
        const keys = take2(written);
        isInexact ||= written.length > 0;
        const strange = await readRaw(all, [...unreadable.values()]);
        for (const side2 of sideNames)
          for (const { stored, row } of strange[side2]) if (row.key === void 0 && row.isInScope) keys.push(locatorKey(side2, stored));
        return { keys: distinct(keys), rows: isInexact ? normalizedRows : void 0 };
      }
    };
  }
  async function readWhole2(keys, into) {
    const all = await ready();
    const spelled = (key) => key.map((part, place) => part !== null && all.compiled.key[place]?.type.name === "timestamp" ? postgresInstant(part) : part ?? "");
    const raws = keys.flatMap((key) => [...spellings.get(keyId(key))?.values() ?? [], spelled(key)]);
    try {
      const rows = await readRaw(all, raws);
      const byKey = { legacy: grouped(rows.legacy), normalized: grouped(rows.normalized) };
      for (const key of keys)
        into.set(keyId(key), all.rows.readingOf(key, { legacy: byKey.legacy.get(keyId(key)) ?? [], normalized: byKey.normalized.get(keyId(key)) ?? [] }));
    } catch (error) {
      if (!(error instanceof ReadError) || error.tooMuch === void 0) throw error;
      if (keys.length === 1) {
        if (error.tooMuch !== "bytes") throw error;
        for (const [id, reading] of await all.rows.read(keys)) into.set(id, reading);
        return;
      }
      const middle = Math.ceil(keys.length / 2);
      for (const half of [keys.slice(0, middle), keys.slice(middle)]) await readWhole2(half, into);
    }
  }
  return {
    async probe(part) {
      const functions = await find();
      return typeof functions === "string" ? { ready: false, sentence: functions } : functions.functions.probe(part);
    },
    plan: async () => plan(),
    planPart: plan,
    async read(keys) {
      const { compiled, rows } = await ready();
      const [whole, located] = [keys.filter((key) => key.length === compiled.key.length), keys.filter((key) => key.length > compiled.key.length)];
      const readings = new Map(located.length > 0 ? await rows.read(located) : []);
      for (const some of chunksOf(whole, maxKeysPerRead2)) await readWhole2(some, readings);
      return readings;
    }
  };
}
function functionsOf({ compiled, described, stores }) {
  const { legacy, normalized } = stores;
  if (!isPostgrest(legacy) || !isPostgrest(normalized)) return "Only two Supabase tables can be compared inside a database, so both sides are read.";
  const spec = createRowSpec(compiled, described, { legacy: legacy.schema, normalized: normalized.schema });
  if (isProblem(spec)) return readsRows(spec.problem);
  return legacy.url === normalized.url ? createRowFunctions(normalized.reader, compiled, spec) : createRowDigests({ legacy: legacy.reader, normalized: normalized.reader }, compiled, spec);
}
async function readRaw({ functions, compiled, onReads, onRow }, raws) {
  if (raws.length === 0) return { legacy: [], normalized: [] };
  const { legacy, normalized } = await functions.read(raws);
  onReads("legacy", legacy.length);
  onReads("normalized", normalized.length);
  const found = {
    legacy: legacy.flatMap((stored) => readLegacyRow(compiled, stored).map((row) => ({ stored, row }))),
    normalized: normalized.flatMap((stored) => {
      const row = readNormalizedRow(compiled, stored);
      return row === void 0 ? [] : [{ stored, row }];
    })
  };
  for (const side2 of sideNames) for (const { row } of found[side2]) onRow(side2, row);
  return found;
}
function grouped(found) {
  const rows = /* @__PURE__ */ new Map();
  for (const { row } of found) {
    if (row.key === void 0) continue;
    const id = keyId(row.key);
    addTo(rows, id, row);
  }
  return rows;
}
var distinct = (keys) => [...new Map(keys.map((key) => [keyId(key), key])).values()];
var noDigest = {
  legacy: [0],
  skipped: 0,
  claimed: 0,
  equal: { counts: [0], sourceVersions: {}, groups: [] },
  legacyGroups: [],
  differing: [],
  odd: [],
  loose: [0],
  stray: []
};
var added2 = (a, b) => ({
  ...a,
  legacy: [(a.legacy[0] ?? 0) + (b.legacy[0] ?? 0)],
  differing: [...a.differing, ...b.differing],
  odd: [...a.odd, ...b.odd],
  loose: [(a.loose[0] ?? 0) + (b.loose[0] ?? 0)]
});

// action/src/pair/declared/documents.ts
var writeRowId = (id) => JSON.stringify(id);
var readRowId = (text) => JSON.parse(text);
function rowIdText(id) {
  if ("path" in id) return id.path;
  return "id" in id ? id.id : id.key.map((part) => part ?? "").join("/");
}
function createDocuments(entity) {
  const { name } = entity.declaration;
  const fields = entity.fields.map((field, place) => {
    const common = { path: [field.column], level: 0, attribute: true, rowIds: {} };
    return { field, place, id: pathId([field.column]), common, readable: { ...common, ...privacyOf(field) }, isExact: isExact(field.type) };
  });
  const rowIds = (side2, row) => ({ [side2]: [writeRowId(row.id)] });
  const malformed = (side2, row, key, column, text) => {
    const known = [...entity.key, ...entity.fields].find((field) => field.column === column);
    const { readable } = known ?? { readable: false };
    const isText = known !== void 0 && (readable !== false || privacyOf(known).opaque === void 0);
    return {
      kind: "malformed",
      level: name,
      key,
      path: [column],
      legacy: text === null ? null : { text, readable: readable === true, ...!isText && { opaque: true } },
      normalized: null,
      rowIds: rowIds(side2, row)
    };
  };
  return {
    documentOf(side2, row, key) {
      const malformedOf = side2 === "legacy" ? malformedParts(entity, row) : void 0;
      const unreadable = malformedOf === void 0 || malformedOf.size === 0 ? [] : [...malformedOf];
      const compared = /* @__PURE__ */ new Map();
      for (const { field, place, id, common, readable, isExact: isSameText2 } of fields) {
        const value = row.fields[place] ?? null;
        if (malformedOf?.has(field.column)) continue;
        if (isUnreadable(value)) {
          const shown = field.readable === false ? readable : { ...common, readable: field.readable === true };
          compared.set(id, { ...shown, value: value.unreadable, unreadable: true });
        } else if (isSameText2) compared.set(id, { ...readable, value });
        else compared.set(id, { ...readable, value, isNear: (other) => equal(field.type, value, other) });
      }
      return {
        key,
        fields: compared,
        rowIds: rowIds(side2, row),
        hidden: unreadable.map(([column]) => ({ prefix: [column], depth: 1 })),
        problems: unreadable.map(([column, text]) => malformed(side2, row, key, column, text)),
        version: row.version,
        writtenAt: writtenAt(row)
      };
    },
    unclaimed: (row, key) => [...malformedParts(entity, row)].filter(([column]) => row.unreadableKey.has(column)).map(([column, text]) => malformed("legacy", row, key, column, text))
  };
}
function privacyOf({ type, readable }) {
  if (isReadable(type, readable)) return { readable: true };
  return isReadable(type, void 0) ? { readable: false, opaque: true } : { readable: false };
}
function writtenAt({ changed }) {
  return changed !== void 0 && /^\d{4}-/.test(changed) ? Date.parse(changed) : void 0;
}
function compareRows(a, b) {
  const [left, right] = [a.changed ?? "", b.changed ?? ""];
  return compareInstants(right, left) || compareIds(rowIdText(b.id), rowIdText(a.id)) || compareText(contentOf(a), contentOf(b));
}
var contentOf = ({ fields }) => JSON.stringify(fields);
function compareInstants(a, b) {
  if (a === b) return 0;
  return rank(a) - rank(b) || (a < b === !a.startsWith("-") ? -1 : 1);
}
var rank = (text) => text === "" ? 0 : text === "-infinity" ? 1 : text.startsWith("-") ? 2 : text === "infinity" ? 5 : text.startsWith("+") ? 4 : 3;

// action/src/pair/declared/lookup.ts
var spelledAlike = /* @__PURE__ */ new Set(["text", "uuid", "date", "integer", "undescribed"]);
function createLookup(entity) {
  const { declaration } = entity;
  const templates = declaration.legacy.filter((source) => !isTable(source));
  const fields = [...entity.key, ...entity.fields];
  const said = fields.flatMap((field) => field.from.kind === "segment" ? [{ ...field, segment: field.from.name }] : []);
  const isSpelledAlike = ({ column, type }) => spelledAlike.has(type.name) && declaration.fields.get(column)?.values === void 0 && !(type.name === "text" && (type.trim === true || type.ignoreCase === true));
  const columns = new Map(said.filter(isSpelledAlike).map(({ segment, to }) => [segment, to]));
  const names = [...new Set(templates.flatMap(segmentNames))];
  const lost = names.find((name) => !columns.has(name));
  if (templates.length < declaration.legacy.length) return { problem: `Entity ${declaration.name}: a table is read by its key, not by a path` };
  const otherwise = said.find(({ segment }) => segment === lost);
  if (otherwise !== void 0) {
    return {
      problem: `Entity ${declaration.name}: the column ${otherwise.column} may spell the segment {${otherwise.segment}} differently, so documents cannot be looked up by their path. Compare it as text as it is, without trim, ignore-case and values, or compare everything with mode: full`
    };
  }
  if (lost !== void 0) {
    return {
      problem: `Entity ${declaration.name}: no column says what the segment {${lost}} is, so documents cannot be looked up by their path. Add a line such as ${lost}: "{${lost}}" to its fields`
    };
  }
  return {
    pathsOf(row) {
      const around = { segments: /* @__PURE__ */ new Map(), fields: row };
      const segmentOf = (name) => {
        const source = columns.get(name);
        const value = source && valueAt(source, around);
        return isAbsent(value) ? void 0 : shownText(value);
      };
      const bound = names.filter((name) => segmentOf(name) !== void 0);
      const fitting = templates.filter((template) => bound.every((name) => segmentNames(template).includes(name)));
      return fitting.flatMap((template) => buildPath(template, segmentOf) ?? []);
    }
  };
}

// action/src/pair/declared/claim.ts
var RowClaim = class {
  kind = "claim";
  key;
  row;
  #documents;
  #side;
  constructor(documents, side2, row, key) {
    this.key = key;
    this.row = row;
    this.#documents = documents;
    this.#side = side2;
  }
  get document() {
    return this.#documents.documentOf(this.#side, this.row, this.key);
  }
  get writtenAt() {
    return writtenAt(this.row);
  }
};
function compareClaims({ fields }) {
  const isText = fields.every(({ type }) => isExact(type));
  return {
    // A claim of another entity counts as different, so it is read again.
    agrees: (expected, actual) => expected instanceof RowClaim && actual instanceof RowClaim && fields.every((field) => isSame2(field, expected.row, actual.row)),
    textOf: (claim) => isText && claim instanceof RowClaim ? textOf3(claim.row) : void 0
  };
}
function textOf3({ fields }) {
  let text = "";
  for (const value of fields) {
    if (isUnreadable(value)) return null;
    text += value === null ? "-" : `${value.length} ${value}`;
  }
  return text;
}
function isSame2(field, legacy, normalized) {
  const hasSameText = field.sameText !== "nothing" && isSameText(legacy.plain(field.from), normalized.plain(field.to));
  if (hasSameText && field.sameText === "same") return true;
  const actual = field.actual(normalized.value(field.to));
  if (isUnreadable(actual)) return false;
  if (hasSameText) return true;
  const expected = field.expected(legacy.value(field.from));
  return !isUnreadable(expected) && equal(field.type, expected, actual);
}
var isSameText = (left, right) => left !== void 0 && left === right;

// action/src/pair/declared/find.ts
var maxKeysPerRead3 = 100;
function createFinder(sides, stores) {
  const searches = { legacy: createSearch(sides.legacy.search), normalized: createSearch(sides.normalized.search) };
  let isDrawn = false;
  async function findSome(keys, isAlone, isThorough) {
    const found = { legacy: /* @__PURE__ */ new Map(), normalized: /* @__PURE__ */ new Map() };
    const knew = { legacy: sides.legacy.knowsSpellings(), normalized: sides.normalized.knowsSpellings() };
    const [legacy, normalized] = await Promise.all([sides.legacy.find(keys), sides.normalized.find(keys)]);
    take(found.legacy, legacy, keys);
    take(found.normalized, normalized, keys);
    for (const side2 of sideNames) {
      const other = found[side2 === "legacy" ? "normalized" : "legacy"];
      if (sides[side2].isLost) await findBeside(side2, keys, found[side2], other);
      if (sides[side2].isLost || keys.some(sides[side2].isLoose)) await search(side2, { keys, knew: knew[side2], isAlone, isThorough }, found[side2], other);
    }
    return found;
  }
  async function findBeside(side2, keys, found, other) {
    const lost = keys.filter((key) => !found.has(keyId(key)) && other.has(keyId(key)));
    if (lost.length > 0) take(found, await sides[side2].find(lost, other), lost);
  }
  async function search(side2, { keys, knew, isAlone, isThorough }, found, other) {
    const { isLoose, isLookedFor, leadsToAll, knowsSpellings, find } = sides[side2];
    const mayBeMore = stores[side2].kind === "supabase";
    const isInScope2 = (rows, key) => rows.get(keyId(key))?.some((row) => row.isInScope) ?? false;
    const isFound = (key) => isInScope2(found, key) || found.has(keyId(key)) && !isInScope2(other, key);
    const isSought = (key) => isFound(key) ? mayBeMore && isLoose(key) : (!isDrawn || isLoose(key)) && other.has(keyId(key));
    const mayBeElsewhere = (key) => (isFound(key) ? isThorough : isAlone) && !knowsSpellings() && (isLoose(key) || !leadsToAll(key));
    const sought = keys.filter((key) => mayBeElsewhere(key) || isSought(key) && !isLookedFor(key, other.get(keyId(key)) ?? [], knew));
    if (sought.length === 0) return;
    await searches[side2].for(sought);
    for (const key of sought) found.delete(keyId(key));
    take(found, await find(sought), sought);
  }
  return {
    async find(keys, isAlone, isThorough = false) {
      const rows = /* @__PURE__ */ new Map();
      for (const some of chunksOf(keys, maxKeysPerRead3)) {
        const { legacy, normalized } = await findSome(some, isAlone, isThorough);
        for (const id of some.map(keyId)) rows.set(id, { legacy: legacy.get(id) ?? [], normalized: normalized.get(id) ?? [] });
      }
      return rows;
    },
    drawn: () => void (isDrawn = true),
    expire() {
      for (const side2 of sideNames) searches[side2].expire();
    }
  };
}
function take(found, read, keys) {
  const asked = new Set(keys.map(keyId));
  for (const { row } of read) {
    const id = row.key === void 0 ? "" : keyId(row.key);
    if (asked.has(id)) addTo(found, id, row);
  }
}
function createSearch(search) {
  let latest;
  const expire = () => {
    latest = void 0;
  };
  return {
    async for(keys) {
      const ids = keys.map(keyId);
      const current = latest && !ids.some((id) => latest?.served.has(id)) ? latest : { done: search(), served: /* @__PURE__ */ new Set() };
      latest = current;
      for (const id of ids) current.served.add(id);
      try {
        await current.done;
      } catch (error) {
        if (latest === current) expire();
        throw error;
      }
    },
    expire
  };
}

// action/src/pair/declared/prepared.ts
var mostSought = 1e5;
var itself = [1];
function prepareEntity(entity, sides, stores) {
  const documents = createDocuments(entity);
  const finder = createFinder(sides, stores);
  const locatorKey = (side2, stored) => [...entity.key.map(() => null), `${side2} ${sides[side2].locatorOf(stored)}`];
  const locatorIn = (side2, key) => {
    const text = key.at(-1) ?? "";
    return text.startsWith(`${side2} `) ? text.slice(side2.length + 1) : void 0;
  };
  function entryOf(side2, { stored, row }) {
    if (row.key !== void 0) return { entry: new RowClaim(documents, side2, row, row.key), raw: itself };
    const key = locatorKey(side2, stored);
    if (side2 === "normalized") return { entry: new RowClaim(documents, side2, row, key), raw: itself };
    const [difference] = documents.unclaimed(row, row.parts);
    if (difference === void 0) throw new Error("a row without a key says why");
    return { entry: { kind: "unclaimed", key, difference }, raw: itself };
  }
  const placementOf = (side2, one) => one.row.key === void 0 ? entryOf(side2, one).entry : { kind: "claim", key: one.row.key };
  function* entriesOf(side2, page) {
    for (const one of page) yield entryOf(side2, one);
  }
  async function* scanned(pages, make) {
    try {
      for await (const page of pages) yield make(page);
    } finally {
      finder.expire();
    }
  }
  const keys = (side2, isNow = false) => scanned(sides[side2].scanKeys(isNow), (page) => Array.from(page, (one) => placementOf(side2, one)));
  async function* written(since) {
    for (const side2 of sideNames)
      yield* scanned(
        sides[side2].changedSince?.(since) ?? [],
        (page) => [...page].filter(({ row }) => row.isInScope || row.key !== void 0).map((one) => placementOf(side2, one))
      );
  }
  function readingOf(key, { legacy, normalized }) {
    const inScope = (rows) => rows.filter((row) => row.isInScope).sort(compareRows);
    const [ours, theirs] = [inScope(legacy), inScope(normalized)];
    return {
      get expected() {
        return ours.map((row) => documents.documentOf("legacy", row, key));
      },
      get actual() {
        return theirs.map((row) => documents.documentOf("normalized", row, key));
      },
      unclaimed: [],
      groupExists: true,
      outOfScope: { legacy: legacy.length > ours.length, normalized: normalized.length > theirs.length }
    };
  }
  async function readLocators(side2, located, readings) {
    const own = located.flatMap((key) => {
      const locator = locatorIn(side2, key);
      return locator === void 0 ? [] : [{ key, locator }];
    });
    if (own.length === 0) return;
    const found = await sides[side2].locate(own.map(({ locator }) => locator));
    for (const { key, locator } of own) {
      const rows = (found.get(locator) ?? []).map(({ row }) => row).filter((row) => row.isInScope && row.key === void 0);
      readings.set(keyId(key), {
        expected: [],
        actual: side2 === "legacy" ? [] : rows.map((row) => documents.documentOf(side2, row, key)),
        unclaimed: side2 === "legacy" ? rows.flatMap((row) => documents.unclaimed(row, row.parts)) : [],
        groupExists: true
      });
    }
  }
  async function seekIn(side2, wanted, seen) {
    let rows = 0;
    for await (const page of sides[side2].scanKeys()) {
      for (const { row, stored } of page) {
        rows += 1;
        const key = row.key ?? locatorKey(side2, stored);
        if (wanted.has(keyId(key))) seen.set(keyId(key), key);
      }
      if (rows >= mostSought) return;
    }
  }
  return {
    keys,
    documents: (side2) => scanned(sides[side2].scan(), (page) => entriesOf(side2, page)),
    async *draw() {
      const lookup = createLookup(entity);
      if ("problem" in lookup) throw new ReadError(`${lookup.problem}.`);
      finder.drawn();
      yield* keys("normalized");
    },
    written,
    comparison: compareClaims(entity),
    async read(asked) {
      const readings = /* @__PURE__ */ new Map();
      const [whole, located] = [asked.filter(({ length }) => length === entity.key.length), asked.filter(({ length }) => length > entity.key.length)];
      const found = await finder.find(whole, false);
      for (const key of whole) readings.set(keyId(key), readingOf(key, found.get(keyId(key)) ?? { legacy: [], normalized: [] }));
      for (const side2 of sideNames) await readLocators(side2, located, readings);
      return readings;
    },
    async seek(asked) {
      const wanted = new Set(asked.map(keyId));
      const seen = /* @__PURE__ */ new Map();
      for (const side2 of sideNames) if (stores[side2].kind === "supabase") await seekIn(side2, wanted, seen);
      return [...seen.values()];
    },
    async readOn(side2, asked) {
      const own = asked.filter((key) => key.length === entity.key.length && !sides[side2].isLoose(key));
      const rows = Map.groupBy(await sides[side2].find(own), ({ row: { key } }) => key === void 0 ? "" : keyId(key));
      const rowsOf = (key) => (rows.get(keyId(key)) ?? []).map(({ row }) => row);
      return new Map(own.map((key) => [keyId(key), readingOf(key, { legacy: [], normalized: [], [side2]: rowsOf(key) })]));
    },
    rows: (asked, isThorough) => finder.find(asked, true, isThorough),
    readingOf,
    locatorKey
  };
}

// action/src/pair/declared/remarks.ts
var maxNames = 100;
function createRemarks({ name, legacy, normalized }) {
  const names = { legacy: /* @__PURE__ */ new Set(), normalized: /* @__PURE__ */ new Set() };
  const room = { legacy: maxNames, normalized: maxNames };
  const beyond = /* @__PURE__ */ new Set();
  let rows = 0;
  let isWhole = false;
  const missing = /* @__PURE__ */ new Map();
  const meet = (side2, some) => {
    for (const one of some) {
      if (names[side2].has(one)) continue;
      if (room[side2] === 0) beyond.add(side2);
      else {
        names[side2].add(one);
        room[side2] -= 1;
      }
    }
  };
  return {
    start(entity, described) {
      const tablesOf = (sources, tables) => sources.flatMap((source) => isTable(source) ? [tables.get(source.table)] : []).filter((table) => table !== void 0);
      const meetColumns = (side2, tables) => {
        for (const table of tables)
          for (const one of entity.notCompared[side2]({ segments: /* @__PURE__ */ new Map(), fields: new Map([...table.keys()].map((column) => [column, null])) }))
            names[side2].add(one);
      };
      meetColumns("legacy", tablesOf(legacy, described.legacy));
      meetColumns("normalized", tablesOf([normalized], described.normalized));
      for (const { column, from } of entity.fields) if (from.kind === "field" || from.kind === "item") missing.set(column, writeFieldSource(from));
    },
    add(side2, row) {
      meet(side2, row.notCompared);
      if (side2 === "normalized" || !row.isInScope) return;
      rows += 1;
      if (missing.size > 0) {
        for (const column of missing.keys()) if (!row.absent.includes(column)) missing.delete(column);
      }
    },
    end: () => void (isWhole = true),
    sentences() {
      const ofSome = [...beyond].map(
        (side2) => `Entity ${name}: more than ${maxNames} fields of the ${side2} side are not compared, and not all of them are listed, so a new one may go unnoticed. If their names are ids, the path in the file ends too high; otherwise compare them, or put them in ignored.`
      );
      if (rows === 0) return { ofSome, ofEach: void 0 };
      const ofEach = [...missing].map(
        ([column, field]) => isWhole ? `Entity ${name}: no row of the legacy side has the field ${field}, which ${column} is compared with. Correct the name in the file, or take the line out.` : `Entity ${name}: none of the legacy rows that were read has the field ${field}, which ${column} is compared with. Only some were read: see whether the name in the file is right.`
      );
      return { ofSome, ofEach };
    },
    notCompared: () => ({ legacy: [...names.legacy].toSorted(), normalized: [...names.normalized].toSorted() })
  };
}

// action/src/pair/declared/shown.ts
function shapeOf(declaration, compiled) {
  return {
    key: declaration.key.map((name, place) => ({
      name,
      kind: "text",
      shown(part) {
        const field = compiled()?.key[place];
        if (field !== void 0 && isReadableKey(field.type, field.readable, part)) return "plain";
        return field !== void 0 && field.readable === false && isReadable(field.type, void 0) ? "value" : "key";
      },
      get isOptional() {
        return compiled()?.key[place]?.mayBeNull ?? false;
      }
    })),
    group: 0,
    levels: [{ name: declaration.name, one: "row", many: "rows" }],
    hasDuplicates: true
  };
}
function shownRowId(declaration, side2, id, compiled, hide) {
  const fields = compiled === void 0 ? [] : [...compiled.key, ...compiled.fields];
  const show = (part, field) => part === "" || isReadablePart(part, field) ? part : hide(part);
  const fieldFrom = (isIt) => fields.find((field) => isIt(sourceOn(side2, field)));
  if ("key" in id) return id.key.map((part, place) => show(part ?? "", compiled?.key[place])).join("/");
  if ("id" in id)
    return show(
      id.id,
      fieldFrom((source) => source.kind === "field" && source.path.length === 1 && source.path[0] === "id")
    );
  const template = sourcesOf(declaration, side2).find((source) => !isTable(source) && matchPath(source, id.path) !== void 0);
  return id.path.split("/").map((part, place) => {
    const segment = template?.segments[place];
    if (segment !== void 0 && "fixed" in segment) return part;
    return show(part, segment && fieldFrom((source) => source.kind === "segment" && source.name === segment.bound));
  }).join("/");
}
function isReadablePart(part, field) {
  if (field === void 0) return looksMachineMade(part);
  return isUnreadable(canonical(field.type, part)) ? field.readable ?? looksMachineMade(part) : isReadableKey(field.type, field.readable, part);
}

// action/src/pair/declared/side.ts
import { setImmediate as nextTurn } from "node:timers/promises";

// action/src/pair/declared/written.ts
var numberJson = (text) => text === void 0 || /^-?\d/.test(text) ? text : JSON.stringify(text);
var plainForm = { namesOf: (fields) => [...fields.keys()], nameText: (name) => JSON.stringify(name), scalarText: scalarJson };
var plainJson = (value) => jsonIn(plainForm, value);
function scalarJson(value) {
  if (!isScalar(value)) return JSON.stringify(value);
  switch (value.kind) {
    case "number":
      return numberJson(/^-?\d/.test(value.text) ? value.text.replace(/^(-?)0+(?=\d)/, "$1") : value.text) ?? "null";
    case "timestamp":
      return JSON.stringify(timestampText(value.text));
    case "bytes":
      return JSON.stringify(value.base64);
    case "reference":
      return JSON.stringify(value.path);
    case "geo-point":
      return `{"latitude":${value.latitude},"longitude":${value.longitude}}`;
    case "unread":
      throw value.why;
  }
}

// action/src/pair/declared/spelling.ts
function spellingsOf(field, line, side2, part) {
  const read = side2 === "legacy" ? field.expected : field.actual;
  const nothing = read(null) === part ? [null] : [];
  const mapped2 = side2 === "legacy" ? [...line?.values ?? []].flatMap(([written]) => [...asWritten(field, written)].filter((value) => read(value) === part)) : [];
  const plain = part === null ? [] : asWritten(field, part).filter((value) => read(value) === part);
  return distinct2([...nothing, ...mapped2, ...plain]);
}
function asWritten({ type }, part) {
  switch (type.name) {
    case "text":
      return [...inEveryForm(part), ...type.ignoreCase ? [part.toUpperCase(), part.toLowerCase()].flatMap(inEveryForm) : [], ...asNumber(part)];
    case "uuid":
      return [part, part.toUpperCase()];
    case "integer":
    case "number":
      return [numberValue(part), part];
    case "boolean":
      return [part === "true", part];
    case "timestamp":
      return [timestampValue(postgresInstant(part)), postgresInstant(part)];
    case "undescribed":
      return [...inEveryForm(part), ...asNumber(part), ...part === "true" || part === "false" ? [part === "true"] : []];
    default:
      return [part];
  }
}
var asNumber = (part) => canonical({ name: "number" }, part) === part ? [numberValue(part)] : [];
var inEveryForm = (text) => [text, toNfc(text), toNfd(text)];
var distinct2 = (values) => [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
var isSpelled = (spellings, value) => spellings.some((one) => isSameSpelling(one, value));
var isSameSpelling = (a, b) => a === b || spellingText(a) === spellingText(b);
var spellingText = (value) => isList(value) || isFields(value) ? plainJson(value) : JSON.stringify(value);
function scalarText(value) {
  if (isUnread(value)) return void 0;
  if (isScalar(value) && (value.kind === "number" || value.kind === "timestamp")) return value.text;
  return typeof value === "string" || typeof value === "boolean" || isScalar(value) ? shownText(value) : void 0;
}

// action/src/pair/declared/locator.ts
var readLocator = (text) => JSON.parse(text);
var longestText = 100;
function writeLocator({ source, path, value }, canBe) {
  if (path !== void 0) return JSON.stringify({ source, path });
  const fields = isFields(value) ? value : /* @__PURE__ */ new Map();
  const id = plainOf(fields.get("id") ?? null);
  const all = [...fields].flatMap(([name, part]) => {
    const text = part === null ? null : plainOf(part);
    return text === void 0 || text?.startsWith("\\x") || !canBe(name) ? [] : [[name, text]];
  });
  const short = all.filter(([, text]) => text === null || text.length <= longestText);
  const columns = id === void 0 ? short.some(([, text]) => text !== null) ? short : all : [["id", id]];
  return JSON.stringify({ source, columns });
}
function isLocated({ path, value }, locator) {
  if (path !== void 0) return path === locator.path;
  return isFields(value) && (locator.columns ?? []).every(([name, text]) => text === null ? value.get(name) === null : plainOf(value.get(name) ?? null) === text);
}
function wantedRow(source, { path, columns = [] }) {
  if (isTable(source)) return { segments: /* @__PURE__ */ new Map(), fields: columns.map(([name, text]) => ({ path: [name], anyOf: [text] })) };
  const segments = path === void 0 ? void 0 : matchPath(source, path);
  return segments && buildPath(source, (segment) => segments.get(segment)) !== void 0 ? { segments: new Map([...segments].map(([segment, text]) => [segment, [text]])), fields: [] } : void 0;
}
function plainOf(value) {
  if (isScalar(value) && value.kind === "number") return canonicalDecimal(value.text) ?? value.text;
  return isScalar(value) && value.kind === "timestamp" ? postgresInstant(timestampText(value.text)) : scalarText(value);
}

// action/src/pair/declared/together.ts
async function* together(all) {
  const iterators = all.map((each) => each[Symbol.asyncIterator]());
  const next = (place) => {
    const page = (iterators[place]?.next() ?? Promise.resolve({ done: true, value: void 0 })).then((result) => ({ place, result }));
    page.catch(() => void 0);
    return page;
  };
  const waiting = new Map(iterators.map((_, place) => [place, next(place)]));
  try {
    while (waiting.size > 0) {
      const { place, result } = await Promise.race(waiting.values());
      if (result.done) {
        waiting.delete(place);
        continue;
      }
      waiting.set(place, next(place));
      yield [place, result.value];
    }
  } finally {
    await Promise.all(iterators.map((iterator) => iterator.return?.()).map((ending) => ending?.catch(() => void 0)));
  }
}

// action/src/pair/declared/whereabouts.ts
function createWhereabouts(entity, name) {
  const { declaration } = entity;
  const sources = sourcesOf(declaration, name);
  const sourceOf = (field) => sourceOn(name, field);
  const keySources = entity.key.map(sourceOf);
  const segmentsOfKey = new Set(keySources.flatMap((source) => source.kind === "segment" ? [source.name] : []));
  const paths = /* @__PURE__ */ new Map();
  const isPathOfKey = sources.map((source) => isTable(source) || segmentNames(source).every((segment) => segmentsOfKey.has(segment)));
  const spelled = /* @__PURE__ */ new Map();
  function remember(stored, row) {
    const { key } = row;
    if (key === void 0) return;
    if (stored.path !== void 0 && !isPathOfKey[stored.source]) {
      const id2 = keyId(key);
      const known2 = paths.get(id2);
      if (known2 === void 0) paths.set(id2, stored.path);
      else if (typeof known2 === "object") known2.add(stored.path);
      else if (known2 !== stored.path) paths.set(id2, /* @__PURE__ */ new Set([known2, stored.path]));
    }
    const stands = (source) => row.value(source) ?? null;
    if (keySources.every((source, place) => !isTold(source) || isUsual(source, place, key[place] ?? null, stands(source)))) return;
    const raw = keySources.map((source) => isTold(source) ? stands(source) : null);
    const id = keyId(key);
    const known = spelled.get(id) ?? /* @__PURE__ */ new Map();
    spelled.set(id, known);
    const spelling = JSON.stringify(raw.map(spellingText));
    if (!known.has(spelling)) known.set(spelling, raw);
  }
  function isUsual(from, place, part, value) {
    if (value === part) return true;
    const isNumber = isScalar(value) && value.kind === "number" && !(from.kind === "field" && from.path.length > 1);
    return isNumber && entity.key[place]?.type.name !== "timestamp" || isSpelled(spellings(place, part), value);
  }
  const spellings = (place, part) => {
    const field = entity.key[place];
    return field === void 0 ? [] : spellingsOf(field, declaration.fields.get(field.column), name, part);
  };
  function wantedOf(source, key, beside) {
    if (!isTable(source) && isElsewhere(source, key)) return [];
    const id = keyId(key);
    const texts = (place) => spellings(place, key[place] ?? null);
    const fieldsOf = (valuesOf) => entity.key.flatMap((field, place) => {
      const from = sourceOf(field);
      return from.kind === "field" ? [{ path: from.path, anyOf: valuesOf(place) }] : [];
    });
    const segmentsOf = (valuesOf) => new Map(
      entity.key.flatMap((field, place) => {
        const from = sourceOf(field);
        return from.kind === "segment" ? [[from.name, valuesOf(place).flatMap((value) => scalarText(value) ?? [])]] : [];
      })
    );
    const odd = [...spelled.get(id)?.values() ?? []].map((raw) => (place) => [raw[place] ?? null]);
    const all = [texts, ...odd];
    if (isTable(source)) return [{ segments: /* @__PURE__ */ new Map(), fields: fieldsOf((place) => all.flatMap((valuesOf) => valuesOf(place))) }];
    const wanted = [];
    const stored = paths.get(id) ?? [];
    for (const path of typeof stored === "string" ? [stored] : stored) {
      const segments = matchPath(source, path);
      if (segments !== void 0) wanted.push({ segments: new Map([...segments].map(([segment, text]) => [segment, [text]])), fields: [] });
    }
    for (const valuesOf of all) {
      const segments = segmentsOf(valuesOf);
      for (const [place, field] of entity.fields.entries()) {
        const from = sourceOf(field);
        if (from.kind !== "segment" || segments.has(from.name)) continue;
        const known = beside.flatMap(({ fields: fields2 }) => fields2[place] ?? []).filter((value) => typeof value === "string");
        if (known.length > 0)
          segments.set(
            from.name,
            known.flatMap((text) => [text, toNfd(text)])
          );
      }
      const isKnown = segmentNames(source).every((segment) => (segments.get(segment)?.length ?? 0) > 0);
      const fields = fieldsOf(valuesOf);
      if (isKnown || fields.length > 0 && wanted.length === 0) wanted.push({ segments, fields: isKnown ? [] : fields });
    }
    return wanted;
  }
  function isLookedFor(key, beside) {
    const before = paths.get(keyId(key)) ?? [];
    const known = typeof before === "string" ? [before] : [...before];
    return sources.every((source) => {
      if (isTable(source) || isElsewhere(source, key)) return true;
      return wantedOf(source, key, beside).length > known.filter((path) => matchPath(source, path) !== void 0).length;
    });
  }
  const hasField = keySources.some(({ kind }) => kind === "field");
  const leadsToAll = (key) => hasField || sources.every((source, place) => isTable(source) || isPathOfKey[place] === true || isElsewhere(source, key));
  function isElsewhere(source, key) {
    const bound = segmentNames(source);
    return entity.key.some((field, place) => {
      const from = sourceOf(field);
      return from.kind === "segment" && bound.includes(from.name) === (key[place] === null);
    });
  }
  const ofKey = (source) => isTable(source) ? [] : segmentNames(source).filter((segment) => segmentsOfKey.has(segment));
  const alike = Map.groupBy(sources, (source) => JSON.stringify(ofKey(source).toSorted()));
  const places = Math.max(...[...alike.values()].map(({ length }) => length));
  return { remember, places, isLost: isPathOfKey.includes(false), hasOdd: () => spelled.size > 0, wantedOf, isLookedFor, leadsToAll };
}
var isTold = ({ kind }) => kind !== "item" && kind !== "index";

// action/src/pair/declared/side.ts
var rowsOfTurn = 100;
function createSide({ name, entity, store, documents, tables, onRow }) {
  const { declaration } = entity;
  const sources = sourcesOf(declaration, name);
  const only = declaration.only[name];
  const sourceOf = (field) => sourceOn(name, field);
  const whereabouts = createWhereabouts(entity, name);
  const opened = sources.map((source) => documents.get(source) ?? store.open(source, neededOf(source, false)));
  const openedKeys = sources.map((source) => documents.get(source) ?? store.open(source, neededOf(source, true)));
  const isFindable = entity.key.some((field) => ["field", "segment"].includes(sourceOf(field).kind)) && !entity.key.some(({ type }) => ["json", "list", "set"].includes(type.name));
  const isFreelySpelled = entity.key.some(
    ({ type }) => type.name === "text" && (type.trim || type.ignoreCase) || type.name === "timestamp" && (type.precision !== "us" || !sources.every(isTable))
  );
  const isInText = entity.key.some(
    ({ type, ...field }) => ["integer", "number", "uuid", "bytes"].includes(type.name) && sources.some((source) => mayBeText(source, sourceOf(field)))
  );
  const isText = entity.key.map(({ type }) => sources.every(isTable) && ["text", "undescribed"].includes(type.name));
  const isLoose = (key) => isInText || key.some((part, place) => isText[place] === true && part !== null && hasMixedForms(part));
  let isSeen = false;
  let isSearched = false;
  let reads = 0;
  function mayBeText(source, from) {
    if (from.kind !== "field") return from.kind === "segment";
    const [column = "", ...inside] = from.path;
    const format = isTable(source) && inside.length === 0 ? tables.get(source.table)?.get(column) : void 0;
    return format === void 0 || ["text", "char"].includes(describeColumn(format).kind);
  }
  function neededOf(source, keysOnly) {
    const described = isTable(source) ? tables.get(source.table) : void 0;
    const whole = [...entity.key, ...keysOnly ? [] : entity.fields].map(sourceOf);
    const changed2 = declaration.changed[name]?.from;
    const others = [
      ...only.map((condition) => condition.source),
      ...changed2 === void 0 ? [] : [changed2],
      ...name === "legacy" && declaration.each !== void 0 ? [declaration.each] : []
    ];
    const roots = new Set([...whole, ...others].flatMap((each) => each.kind === "field" ? each.path.slice(0, 1) : []));
    if (described?.has("id")) roots.add("id");
    const key = entity.key.map(sourceOf);
    const plain = key.flatMap((each) => each.kind === "field" && each.path.length === 1 ? each.path : []);
    return { columns: described === void 0 ? "all" : roots, described, key: plain.length === key.length ? plain : [] };
  }
  const rowsOf = (stored) => {
    if (name === "legacy") return readLegacyRow(entity, stored);
    const row = readNormalizedRow(entity, stored);
    return row === void 0 ? [] : [row];
  };
  function read(stored, isWhole = true) {
    return rowsOf(stored).map((row) => {
      if (isWhole) onRow(row);
      whereabouts.remember(stored, row);
      return { stored, row };
    });
  }
  const canBeLookedFor = (source) => (column) => {
    const format = source && isTable(source) ? tables.get(source.table)?.get(column) : void 0;
    return format === void 0 || !(isOpaque(format) || describeColumn(format).kind === "json");
  };
  const pages = (from, wanted, isWhole = true) => rowsIn(
    from.map((each) => each.scan()),
    wanted,
    isWhole
  );
  async function* rowsIn(scans, wanted, isWhole) {
    for await (const [source, page] of together(scans)) {
      reads += page.length;
      for (let start = 0; start < page.length; start += rowsOfTurn) {
        yield readPage(page.slice(start, start + rowsOfTurn), source, wanted, isWhole);
        await nextTurn();
      }
    }
  }
  function* readPage(page, source, wanted, isWhole) {
    for (const raw of page) for (const one of read({ ...raw, source }, isWhole)) if (wanted(one.row)) yield one;
  }
  async function* everyRow(from, wanted, { isWhole = true, isNow = false } = {}) {
    yield* isNow ? rowsIn(from.map(now), wanted, isWhole) : pages(from, wanted, isWhole);
    isSeen = true;
  }
  const { [name]: changed } = declaration.changed;
  function changedSince(since) {
    const instant = parseInstant(since);
    const bound = instant === void 0 ? since : formatInstant(instant, "us");
    const from = changed?.from;
    const scans = from?.kind === "field" ? opened.map((source) => source.changedSince({ path: from.path, ...changed?.unit && { unit: changed.unit } }, since)) : opened.map((source) => source.scan());
    return rowsIn(scans, (row) => row.changed !== void 0 && row.changed >= bound, true);
  }
  async function findByScan(keys) {
    const wanted = new Set(keys.map(keyId));
    const found = [];
    for await (const page of rowsIn(opened.map(now), () => true, true))
      for (const one of page) if (one.row.key !== void 0 && wanted.has(keyId(one.row.key))) found.push(one);
    isSeen = true;
    return found;
  }
  async function findIn(source, index, wanted) {
    if (wanted.length === 0) return [];
    const found = await source.find(wanted);
    reads += found.length;
    const seen = /* @__PURE__ */ new Set();
    const isFirst = (path) => path === void 0 || !seen.has(path) && seen.add(path).size > 0;
    return found.filter(({ path }) => isFirst(path)).flatMap((raw) => read({ ...raw, source: index }));
  }
  async function isFirstOdd() {
    for (const [place, source] of openedKeys.entries())
      for await (const page of now(source)) {
        reads += page.length;
        for (const raw of page) read({ ...raw, source: place }, false);
        break;
      }
    return whereabouts.hasOdd();
  }
  async function withoutWords(locator) {
    const rows = [];
    for await (const page of pages(opened, ({ key }) => key === void 0)) for (const one of page) if (locatorOf(one.stored) === locator) rows.push(one);
    return rows;
  }
  const locatorOf = (stored) => writeLocator(stored, canBeLookedFor(sources[stored.source]));
  const isOfElements = name === "legacy" && declaration.each !== void 0;
  async function countOf(conditions, isRough) {
    const counts = await Promise.all(opened.map((source) => source.count(conditions, isRough)));
    const isUnknown = counts.some((count) => count === void 0 || count.isAtMost && !isRough);
    return isUnknown ? void 0 : counts.reduce((sum, count) => sum + (count?.rows ?? 0), 0);
  }
  return {
    count: async () => isOfElements ? void 0 : countOf(only, false),
    size: async () => (isOfElements ? void 0 : await countOf(only, true)) ?? (isOfElements || only.length > 0 ? countOf([], true) : void 0),
    scans: (size) => Promise.all(
      opened.map(async (source) => ({
        name: source.scanName,
        rows: opened.length === 1 && only.length === 0 ? size : (await source.count([], true))?.rows ?? size
      }))
    ),
    places: whereabouts.places,
    isLost: whereabouts.isLost,
    isLoose,
    knowsSpellings: () => isSeen || isSearched,
    isLookedFor: (key, beside, knew) => !isFindable || isFreelySpelled && !isSeen || whereabouts.isLookedFor(key, beside) && (!isLoose(key) || knew),
    leadsToAll: whereabouts.leadsToAll,
    async search() {
      if (whereabouts.isLost || !store.isBilled || await isFirstOdd())
        for await (const page of rowsIn(openedKeys.map(now), () => true, false)) for (const _ of page) ;
      isSearched = true;
    },
    scan: () => everyRow(opened, (row) => row.isInScope),
    scanKeys: (isNow = false) => everyRow(openedKeys, (row) => row.isInScope, { isWhole: false, isNow }),
    ...changed && { changedSince },
    async find(keys, beside) {
      if (!isFindable || isFreelySpelled && !isSeen) return findByScan(keys);
      const found = await Promise.all(
        sources.map(
          (source, index) => findIn(
            opened[index],
            index,
            keys.flatMap((key) => whereabouts.wantedOf(source, key, beside?.get(keyId(key)) ?? []))
          )
        )
      );
      return found.flat();
    },
    locatorOf,
    async locate(locators) {
      const bySource = Map.groupBy(locators, (locator) => readLocator(locator).source);
      const result = /* @__PURE__ */ new Map();
      for (const [index, some] of bySource) {
        const source = sources[index];
        const from = opened[index];
        if (source === void 0 || from === void 0) continue;
        const found = await findIn(
          from,
          index,
          some.flatMap((locator) => wantedRow(source, readLocator(locator)) ?? [])
        );
        for (const locator of some) {
          const wanted = readLocator(locator);
          const isThere = ({ stored }) => isLocated(stored, wanted);
          result.set(locator, wanted.columns?.length === 0 ? await withoutWords(locator) : found.filter(isThere));
        }
      }
      return result;
    },
    reads: () => reads
  };
}
var now = (source) => (source.scanNow ?? source.scan)();
var hasMixedForms = (text) => [...toNfd(text)].length > [...toNfc(text)].length + 1;

// action/src/pair/declared/declared.ts
function createDeclaredEntities(pair, stores) {
  const declarations = [...pair.entities.values()];
  const describe = onceItWorks(() => describeTables(declarations, stores));
  const entities = declarations.map((declaration) => createDeclaredEntity(declaration, stores, describe));
  const rowsOf = (side2) => entities.reduce((sum, entity) => sum + entity.reads()[side2], 0);
  function reads() {
    const billed = { legacy: stores.legacy.reads(), normalized: stores.normalized.reads() };
    const rows = { legacy: rowsOf("legacy"), normalized: rowsOf("normalized") };
    if (stores.legacy === stores.normalized && stores.legacy.isBilled) {
      const normalized = Math.min(rows.normalized, billed.legacy);
      return { legacy: billed.legacy - normalized, normalized };
    }
    const of = (side2) => (stores[side2].isBilled ? billed : rows)[side2];
    return { legacy: of("legacy"), normalized: of("normalized") };
  }
  return {
    entities,
    notCompared: () => Object.fromEntries(
      entities.flatMap((entity) => {
        const names = entity.notCompared();
        return names.legacy.length + names.normalized.length > 0 ? [[entity.name, names]] : [];
      })
    ),
    remarks: () => entities.map((entity) => entity.remarks()).flatMap(({ ofSome, ofEach = [] }) => [...ofSome, ...ofEach]),
    reads
  };
}
function onceItWorks(ask) {
  let answer;
  return () => answer ??= ask().catch((error) => {
    answer = void 0;
    throw error;
  });
}
async function describeTables(declarations, stores) {
  const tablesOf = (sources) => [...new Set(sources.flatMap((source) => isTable(source) ? [source.table] : []))];
  const none = /* @__PURE__ */ new Map();
  const describe = async (store, tables) => tables.length === 0 ? none : store.describe(tables);
  const [legacy, normalized] = await Promise.all([
    describe(stores.legacy, tablesOf(declarations.flatMap((declaration) => declaration.legacy))),
    describe(stores.normalized, tablesOf(declarations.map((declaration) => declaration.normalized)))
  ]);
  return { legacy, normalized, isSparse: [stores.legacy, stores.normalized].some(({ kind }) => kind === "realtime-database") };
}
function createDeclaredEntity(declaration, stores, describe) {
  const { name } = declaration;
  const remarks = createRemarks(declaration);
  const documentsOf = (side2) => openDocuments(sourcesOf(declaration, side2), stores[side2]);
  const openedDocuments = { legacy: documentsOf("legacy"), normalized: documentsOf("normalized") };
  const digestReads = { legacy: 0, normalized: 0 };
  let ready;
  const prepared = onceItWorks(async () => {
    const described = await describe();
    const compiled = compileEntity(declaration, described);
    if (!("declaration" in compiled)) throw new ReadError(problemsSentence(compiled));
    remarks.start(compiled, described);
    const sideOf2 = (side2) => createSide({
      name: side2,
      entity: compiled,
      store: stores[side2],
      documents: openedDocuments[side2],
      tables: described[side2],
      onRow: (row) => remarks.add(side2, row)
    });
    const sides = { legacy: sideOf2("legacy"), normalized: sideOf2("normalized") };
    ready = { compiled, described, sides, rows: prepareEntity(compiled, sides, stores) };
    return ready;
  });
  const sideOf = (side2) => ({
    async count() {
      const { sides } = await prepared();
      return await sides[side2].count() ?? readToCount(sides[side2]);
    },
    counted: async () => (await prepared()).sides[side2].count(),
    async numbers(isNow) {
      const { sides } = await prepared();
      const counted = await sides[side2].count();
      return counted === void 0 ? readToNumber(sides[side2], isNow) : { rows: counted, keys: counted };
    },
    async size(enough) {
      const { sides } = await prepared();
      return await sides[side2].size() ?? readToCount(sides[side2], enough);
    },
    async *keys(isNow) {
      yield* (await prepared()).rows.keys(side2, isNow);
    },
    async *documents() {
      yield* (await prepared()).rows.documents(side2);
      if (side2 === "legacy") remarks.end();
    }
  });
  const drawFrom = stores.legacy.isBilled && !stores.normalized.isBilled ? "actual" : "expected";
  const billed = sideNames.filter((side2) => stores[side2].isBilled);
  const free = billed.length === 1 ? sideNames.find((side2) => stores[side2].kind === "supabase") : void 0;
  const scans = async (sizes) => {
    const { sides } = await prepared();
    const of = async (side2) => (await sides[side2].scans(sizes[side2])).map(({ name: scan, rows }, place) => ({
      isLegacy: side2 === "legacy",
      name: scan === void 0 ? `${name} ${side2} ${place}` : `${stores.legacy === stores.normalized ? "both" : side2} ${scan}`,
      rows
    }));
    return (await Promise.all(billed.map(of))).flat();
  };
  async function* draw() {
    yield* (await prepared()).rows.draw();
  }
  async function* written(since) {
    yield* (await prepared()).rows.written(since);
  }
  return {
    name,
    declaration,
    comparison: {
      inOrder: stores.legacy.kind === "supabase" && stores.normalized.kind === "supabase",
      inTurns: stores.legacy !== stores.normalized || stores.legacy.kind === "supabase",
      // Rows are read only after `prepare`.
      agrees: (expected, actual) => ready?.rows.comparison.agrees(expected, actual) ?? false,
      textOf: (claim) => ready?.rows.comparison.textOf(claim)
    },
    shape: shapeOf(declaration, () => ready?.compiled),
    expected: sideOf("legacy"),
    actual: sideOf("normalized"),
    prepare: async () => void await prepared(),
    groups: () => [],
    get scanName() {
      return [...openedDocuments.legacy.values(), ...openedDocuments.normalized.values()].find(({ scanName }) => scanName !== void 0)?.scanName;
    },
    drawFrom,
    ...drawFrom === "actual" && { draw },
    ...billed.length > 0 && {
      scans,
      readsOfLookUp: async () => {
        const { sides } = await prepared();
        return billed.reduce((reads, side2) => reads + sides[side2].places, 0);
      }
    },
    canLookUp: async () => drawFrom === "actual" && !("problem" in createLookup((await prepared()).compiled)),
    ...(declaration.changed.legacy ?? declaration.changed.normalized) && { written },
    compiled: async () => (await prepared()).compiled,
    rows: async (keys, isThorough) => (await prepared()).rows.rows(keys, isThorough),
    readingOf: async (key, rows) => (await prepared()).rows.readingOf(key, rows),
    sight: sightOf(name, stores),
    holdings: { total: async () => [0], loose: async () => ({ rows: [0], counted: [0] }), cut: () => new ReadError("") },
    digester: createDigester(async () => {
      const { compiled, described, rows } = await prepared();
      return { compiled, described, stores, rows, onReads: (side2, amount) => void (digestReads[side2] += amount), onRow: remarks.add };
    }),
    read: async (keys) => (await prepared()).rows.read(keys),
    ...free && { watch: { side: free === "legacy" ? "expected" : "actual", read: async (keys) => (await prepared()).rows.readOn(free, keys) } },
    seek: async (keys) => (await prepared()).rows.seek(keys),
    findingType: ({ kind }) => findingTypes[kind] ?? { type: "DATA_MISMATCH", severity: "medium" },
    // Columns, as named in the file.
    renderPath: (path) => path,
    renderRowId: (table, id, hide) => shownRowId(declaration, table === "legacy" ? "legacy" : "normalized", readRowId(id), ready?.compiled, hide),
    remarks: remarks.sentences,
    notCompared: remarks.notCompared,
    reads: () => ({
      legacy: digestReads.legacy + (ready?.sides.legacy.reads() ?? 0),
      normalized: digestReads.normalized + (ready?.sides.normalized.reads() ?? 0)
    })
  };
}
var findingTypes = {
  missing: { type: "MISSING_ROW", severity: "critical" },
  orphan: { type: "ORPHAN_ROW", severity: "high" },
  duplicate: { type: "DUPLICATE_ROW", severity: "high" },
  count: { type: "COUNT_MISMATCH", severity: "high" },
  malformed: { type: "MALFORMED_LEGACY", severity: "medium" }
};
var openDocuments = (sources, store) => new Map(
  sources.flatMap(
    (source) => isTable(source) ? [] : [[source, store.open(source, { columns: "all", described: void 0, key: [] })]]
  )
);
function sightOf(name, stores) {
  const isBlind = (side2) => stores[side2].kind === "supabase" && stores[side2].secret === void 0;
  return {
    troubleWithEmpty(legacyRows, normalizedRows) {
      const side2 = legacyRows === 0 && normalizedRows > 0 ? "legacy" : normalizedRows === 0 && legacyRows > 0 ? "normalized" : void 0;
      return side2 !== void 0 && isBlind(side2) ? emptySentence(name, side2) : void 0;
    },
    troubleWithSeen: () => void 0
  };
}
var emptySentence = (name, side2) => `Entity ${name}: the ${side2} side shows no row while the other side has some, and its key is not a secret or service_role key, so there may be rows that it cannot see. Row-level security may hide them: use a secret key (sb_secret_\u2026) or the service_role key.`;
async function readToCount(side2, enough = Number.POSITIVE_INFINITY) {
  if (enough === 0) return Number.POSITIVE_INFINITY;
  let rows = 0;
  for await (const page of side2.scanKeys()) {
    for (const _ of page) rows += 1;
    if (rows >= enough) return Number.POSITIVE_INFINITY;
  }
  return rows;
}
async function readToNumber(side2, isNow = false) {
  const keys = /* @__PURE__ */ new Set();
  let [rows, unreadable] = [0, 0];
  for await (const page of side2.scanKeys(isNow)) {
    for (const { row } of page) {
      rows += 1;
      if (row.key === void 0) unreadable += 1;
      else keys.add(keyId(row.key));
    }
  }
  return { rows, keys: keys.size + unreadable };
}
var maxProblems = 5;
function problemsSentence(problems) {
  const more = problems.length - maxProblems;
  return [...problems.slice(0, maxProblems).map((problem) => `Entity ${problem}.`), ...more > 0 ? [`And ${more} more.`] : []].join(" ");
}

// action/src/pair/declared/repair.ts
var mostEntities = 10;
function repairSteps(pair, entities, { findings, findingsByType }) {
  const isThere = (type) => (findingsByType[type] ?? 0) > 0;
  const isListed = (type) => (findingsByType[type] ?? 0) === findings.filter((finding) => finding.type === type).length;
  const having = (...types) => types.every(isListed) ? entities.filter((entity) => findings.some(({ level, type }) => level === entity && types.includes(type))) : [];
  const command = (some, flags = "") => {
    const targets = some.length === 0 || some.length > mostEntities ? [""] : some.map((entity) => ` --entity ${entity}`);
    return targets.map((target) => `npx driftwatch repair${pair}${target}${flags}`);
  };
  const written = having("MISSING_ROW", "DATA_MISMATCH");
  const orphans = having("ORPHAN_ROW").toReversed();
  const steps = [
    ...isThere("MALFORMED_LEGACY") ? [
      {
        text: "**Values of the legacy side that are not of their type** (`MALFORMED_LEGACY`): correct them there, or correct the type in the file. A repair leaves them alone.",
        commands: []
      }
    ] : [],
    ...isThere("DUPLICATE_ROW") ? [
      {
        text: "**Rows that have the same key** (`DUPLICATE_ROW`): keep the right one and delete the others. Only the one that was changed last is compared.",
        commands: []
      }
    ] : [],
    ...isThere("MISSING_ROW") || isThere("DATA_MISMATCH") ? [
      {
        text: `**Repair the normalized side from the legacy side**, in a terminal at the root of this repository${command(written).length > 1 ? ", in this order" : ""}:`,
        commands: [
          { note: "This only shows what it would write.", sql: [], shell: command(written) },
          {
            note: `This writes the changes${isThere("DATA_MISMATCH") ? " (columns that differ are overwritten)" : ""}, and compares again.`,
            destroys: isThere("DATA_MISMATCH"),
            sql: [],
            shell: command(written, " --apply")
          }
        ]
      }
    ] : [],
    ...isThere("ORPHAN_ROW") ? [
      {
        text: "**Rows that only the normalized side has** (`ORPHAN_ROW`): most likely they were deleted on the legacy side, and the other side did not follow. Decide which side is right.",
        commands: [
          { note: "This only shows what it would delete.", sql: [], shell: command(orphans, " --delete-orphans") },
          { note: "This deletes them.", destroys: true, sql: [], shell: command(orphans, " --delete-orphans --apply") }
        ]
      }
    ] : []
  ];
  if (steps.length > 0 || !isThere("COUNT_MISMATCH")) return steps;
  return [
    {
      text: "**Only totals differ**; every compared row agrees. Rows that were not compared are missing or left over. If this run compared a sample, `mode: full` finds them. To count again:",
      commands: [{ sql: [], shell: [`npx driftwatch counts${pair}`] }]
    }
  ];
}

// action/src/pair/declared/words.ts
var words = {
  document: { one: "row", many: "rows" },
  skips: {},
  nothing: "There was nothing to compare: no row is in scope. Both sides are empty, or the file misspells its sources or excludes every row with only, or the credentials see nothing: correct the file, or check what the credentials may read.",
  hasTables: false
};

// action/src/pair/declared/pair.ts
function createDeclaredPair(declaration, stores, config) {
  const declared = createDeclaredEntities(declaration, stores);
  const { entities, notCompared, remarks, reads } = declared;
  const named = /* @__PURE__ */ new Map([
    [declaration.legacy, stores.legacy],
    [declaration.normalized, stores.normalized]
  ]);
  const downloads = () => [...named].flatMap(([store, { bytes }]) => bytes ? [{ store, bytes: bytes() }] : []);
  const target = commandTarget({ pair: declaration.name, words, ...config !== void 0 && { config } });
  const pair = {
    name: declaration.name,
    words,
    entities,
    isDeclared: true,
    isBilled: stores.legacy.isBilled || stores.normalized.isBilled,
    aside: () => ({ reads: reads(), notCompared: notCompared(), remarks: remarks(), downloads: downloads() }),
    sourceVersions: /* @__PURE__ */ new Set(),
    repair: (damage) => repairSteps(target, [...declaration.entities.keys()], damage)
  };
  return { pair, declared };
}

export {
  parseExactJson,
  mapped,
  isPostgrest,
  createPostgrestStore,
  createDeclaredPair
};
