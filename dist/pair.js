import { createRequire as __createRequire } from 'node:module';
const require = __createRequire(import.meta.url);
import {
  compareIds
} from "./shared-ids.js";
import {
  canonical,
  canonicalDecimal,
  canonicalText,
  equal,
  formatInstant,
  isExact,
  isKeyType,
  isReadable,
  isReadableKey,
  isUnreadable,
  looksMachineMade,
  parseInstant,
  shownText,
  typeOf
} from "./shared-canonical.js";
import {
  keyId,
  pathId
} from "./shared-calendar.js";
import {
  ReadError
} from "./shared-errors.js";
import "./shared-defect.js";
import {
  describeColumn
} from "./shared-column.js";
import {
  boundNames,
  buildPath,
  defaultSource,
  isAbsent,
  isFields,
  isList,
  isProblem,
  isScalar,
  isTable,
  matchPath,
  numberValue,
  segmentNames,
  timestampValue,
  valueAt,
  writeFieldSource
} from "./shared-source.js";
import {
  toNfc
} from "./shared-json.js";
import "./shared-inert.js";
import "./shared-helpers.js";

// action/src/pair/declared/field.ts
function createField(column, declaration, places) {
  const { from, to, values, readable } = declaration;
  const type = typeOf(declaration, places.column, places.isOfNormalized);
  if (isProblem(type)) return type;
  const written = { isSparse: places.to.isSparse ?? false };
  const standIn = canonical(type, declaration.default, written);
  if (isUnreadable(standIn)) return { problem: `has a default that is no ${type.name}. Correct it` };
  const wrong = [...values?.values() ?? []].some((value) => isUnreadable(canonical(type, value, written)));
  if (wrong) return { problem: `has among its values one that is no ${type.name}. Correct it` };
  const translate = values && createTranslation(values, type);
  return {
    column,
    type,
    from,
    to,
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
var isBlank = (type, text) => type.name === "text" && canonicalText(type, text) === null;
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
    const number = value.kind === "number" ? canonicalDecimal(value.text) : void 0;
    return number === void 0 ? void 0 : byNumber.get(number);
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
  return (around) => [
    ...unused(around.fields, fields, [], (path) => writeFieldSource({ kind: "field", path })),
    ...hasEach && itemInside !== "whole" ? unused(around.item, itemInside, [], (path) => writeFieldSource({ kind: "item", path })) : []
  ];
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
function unused(value, used, above, write) {
  if (!isFields(value)) return [];
  const names = [];
  for (const [name, inside] of value) {
    const below = used.get(name);
    if (below === "whole") continue;
    const path = [...above, name];
    if (below !== void 0 && (isFields(inside) || inside === null)) names.push(...unused(inside, below, path, write));
    else names.push(write(path));
  }
  return names;
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
    const missing = [from === "missing" && missingSentence("legacy", declaration.legacy, whole.from), to === "missing" && missingSentence("normalized", [declaration.normalized], whole.to)].filter((problem) => problem !== false);
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
  const key = declaration.key.flatMap((column) => add(column, declaration.fields.get(column)).map((field) => ({ ...field, mayBeNull: isPartial(field.from, declaration.legacy) })));
  for (const { column, type } of key) if (!isKeyType(type)) sentence(column, "is part of the key, and a key has no tolerance. Remove tolerance");
  const fields = [...declaration.fields].flatMap(([column, line]) => declaration.key.includes(column) ? [] : add(column, line));
  for (const side of ["legacy", "normalized"]) {
    for (const source of otherSources(declaration, side)) {
      if (sides[side].columnOf(source) !== "missing") continue;
      const sources = side === "legacy" ? declaration.legacy : [declaration.normalized];
      sentence(source.kind === "field" ? source.path[0] ?? "" : "", missingSentence(side, sources, source));
    }
  }
  for (const side of ["legacy", "normalized"]) {
    const changed = declaration.changed[side];
    const column = changed && sides[side].columnOf(changed.from);
    if (changed === void 0 || typeof column !== "object" || canBeTime(column, changed.unit !== void 0)) continue;
    sentence(writeFieldSource(changed.from), "is no time at which a row changed. Name a timestamp; where numbers count, say what: { from: \u2026, unit: ms }");
  }
  if (problems.length > 0) return problems;
  const compared = [...key, ...fields];
  const sourcesOf = (side) => [
    ...compared.map(({ from, to }) => side === "legacy" ? from : to),
    ...otherSources(declaration, side),
    ...declaration.ignored[side]
  ];
  return {
    declaration,
    key,
    fields,
    changed: Object.fromEntries(
      Object.entries(declaration.changed).map(([side, { from, unit }]) => {
        const column = sides[side].columnOf(from);
        return [side, { from, type: { name: "timestamp", precision: "us", ...unit && { unit } }, place: placeOf(column, described.isSparse) }];
      })
    ),
    notCompared: { legacy: createNotCompared(sourcesOf("legacy"), declaration.each !== void 0), normalized: createNotCompared(sourcesOf("normalized"), false) },
    isSparse: described.isSparse
  };
}
var canBeTime = ({ kind, isArray }, hasUnit) => !isArray && (["timestamptz", "timestamp", "text", "char"].includes(kind) || hasUnit && (kind === "integer" || kind === "number"));
var otherSources = ({ only, changed, each: each2 }, side) => [
  ...only[side].map(({ source }) => source),
  ...changed[side] === void 0 ? [] : [changed[side].from],
  ...side === "legacy" && each2 !== void 0 ? [each2] : []
];
var isPartial = (source, sources) => source.kind === "segment" && sources.some((each2) => isTable(each2) || !segmentNames(each2).includes(source.name));
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
      const [format] = formats;
      return format !== void 0 && formats.every((other) => other === format) ? describeColumn(format) : "unknown";
    }
  };
}
function placeOf(standing, isSparse) {
  if (typeof standing === "object") return { column: standing.kind, isSparse };
  if (standing === "segment") return { column: "text", isSparse };
  return standing === "unknown" ? { column: "unknown", isSparse } : { isSparse };
}
function missingSentence(side, sources, source) {
  const name = source.kind === "field" ? source.path[0] : "";
  const tables = sources.flatMap((each2) => isTable(each2) ? [each2.table] : []);
  return `the ${side} table ${tables.join(" or ")} has no column ${name}. Correct the name in the file, or add the column`;
}

// action/src/pair/declared/scope.ts
var isInScope = (conditions, valueOf) => conditions.every(({ source, anyOf }) => {
  const value = valueOf(source);
  return anyOf.some((wanted) => isSame(value, wanted));
});
function isSame(value, wanted) {
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
  const number = canonicalDecimal(a);
  return number !== void 0 && number === canonicalDecimal(b);
}
function isSameInstant(a, b) {
  const instants = [a, b].map((text) => parseInstant(text, true));
  const [first, second] = instants.map((instant) => instant && formatInstant(typeof instant === "string" ? instant : { ...instant, fraction: instant.fraction.replace(/0+$/, "") }));
  return first !== void 0 && first === second;
}

// action/src/pair/declared/row.ts
function readLegacyRow(entity, stored) {
  const around = surroundings(entity, "legacy", stored);
  if (around === void 0) return [];
  const { each: each2 } = entity.declaration;
  if (each2 === void 0) return [readRow(entity, "legacy", stored, around)];
  const whole = valueAt(each2, around);
  if (isAbsent(whole)) return [];
  const elements = elementsOf(whole, entity.isSparse);
  if (elements === void 0) return [{ ...readRow(entity, "legacy", stored, around), key: void 0, fields: /* @__PURE__ */ new Map(), absent: [], unreadableKey: /* @__PURE__ */ new Map([[writeFieldSource(each2), shownText(whole)]]) }];
  return elements.map(([index, item]) => readRow(entity, "legacy", stored, { ...around, item, index }));
}
function readNormalizedRow(entity, stored) {
  const around = surroundings(entity, "normalized", stored);
  return around && readRow(entity, "normalized", stored, around);
}
function surroundings({ declaration }, side, { source, path, value }) {
  const from = side === "legacy" ? declaration.legacy[source] : declaration.normalized;
  if (from === void 0) return void 0;
  const segments = isTable(from) ? noSegments : matchPath(from, path ?? "");
  return segments && { segments, fields: isFields(value) ? value : /* @__PURE__ */ new Map([["value", value]]) };
}
var noSegments = /* @__PURE__ */ new Map();
function elementsOf(value, isSparse) {
  const elements = isList(value) ? value.map((item, index) => [`${index}`, item]) : isFields(value) ? [...value] : void 0;
  return isSparse ? elements?.filter(([, item]) => item !== null) : elements;
}
function readRow(entity, side, stored, around) {
  const absent = [];
  const read = (field) => {
    const value = valueAt(side === "legacy" ? field.from : field.to, around);
    if (value === void 0) absent.push(field.column);
    return side === "legacy" ? field.expected(value) : field.actual(value);
  };
  const unreadableKey = /* @__PURE__ */ new Map();
  const key = entity.key.map((field) => {
    const part = read(field);
    if (isUnreadable(part)) unreadableKey.set(field.column, part.unreadable);
    else if (part === null && !field.mayBeNull) unreadableKey.set(field.column, null);
    return isUnreadable(part) ? null : part;
  });
  return {
    isInScope: isInScope(entity.declaration.only[side], (source) => valueAt(source, around)),
    key: unreadableKey.size === 0 ? key : void 0,
    parts: key,
    fields: new Map(entity.fields.map((field) => [field.column, read(field)])),
    unreadableKey,
    changed: changedOf(entity, side, stored, around),
    id: rowIdOf(stored, around, key),
    value: (source) => valueAt(source, around),
    absent,
    notCompared: entity.notCompared[side](around)
  };
}
function changedOf({ changed }, side, { updateTime }, around) {
  const declared = changed[side];
  if (declared === void 0) return updateTime === void 0 ? void 0 : textOf(canonical({ name: "timestamp", precision: "us" }, updateTime));
  return textOf(canonical(declared.type, valueAt(declared.from, around), declared.place));
}
var textOf = (value) => typeof value === "string" ? value : void 0;
var idColumn = { kind: "field", path: ["id"] };
function rowIdOf({ path }, around, key) {
  if (path !== void 0) return { path };
  const id = valueAt(idColumn, around);
  return isAbsent(id) ? { key } : { id: shownText(id) };
}
var malformedParts = (row) => new Map([...row.unreadableKey, ...[...row.fields].flatMap(([column, value]) => isUnreadable(value) ? [[column, value.unreadable]] : [])]);

// action/src/pair/declared/documents.ts
function rowIdText(id) {
  if ("path" in id) return id.path;
  return "id" in id ? id.id : id.key.map((part) => part ?? "").join("/");
}
function createDocuments(entity) {
  const { name } = entity.declaration;
  const fields = entity.fields.map((field) => ({ field, id: pathId([field.column]), path: [field.column], privacy: privacyOf(field) }));
  const rowIds = (side, row) => ({ [side]: [rowIdText(row.id)] });
  const malformed = (side, row, key, column, text) => {
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
      rowIds: rowIds(side, row)
    };
  };
  return {
    documentOf(side, row, key) {
      const unreadable = side === "legacy" ? [...malformedParts(row)] : [];
      const hidden = new Set(unreadable.map(([column]) => column));
      return {
        key,
        fields: new Map(
          fields.flatMap(({ field, id, path, privacy }) => {
            const value = row.fields.get(field.column) ?? null;
            if (hidden.has(field.column)) return [];
            const common = { path, level: 0, attribute: true, rowIds: {} };
            if (isUnreadable(value)) return [[id, { ...common, value: value.unreadable, readable: field.readable === true, ...field.readable === false && privacy, unreadable: true }]];
            return [[id, { ...common, value, ...privacy, ...!isExact(field.type) && { isNear: (other) => equal(field.type, value, other) } }]];
          })
        ),
        rowIds: rowIds(side, row),
        hidden: unreadable.map(([column]) => ({ prefix: [column], depth: 1 })),
        problems: unreadable.map(([column, text]) => malformed(side, row, key, column, text)),
        writtenAt: row.changed === void 0 ? void 0 : Date.parse(row.changed)
      };
    },
    /** What keeps a row of the legacy side from having a key. */
    unclaimed: (row, key) => [...malformedParts(row)].filter(([column]) => row.unreadableKey.has(column)).map(([column, text]) => malformed("legacy", row, key, column, text))
  };
}
function privacyOf({ type, readable }) {
  if (isReadable(type, readable)) return { readable: true };
  return isReadable(type, void 0) ? { readable: false, opaque: true } : { readable: false };
}
function compareRows(a, b) {
  const [left, right] = [a.changed ?? "", b.changed ?? ""];
  return compareInstants(right, left) || compareIds(rowIdText(b.id), rowIdText(a.id));
}
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
  const columns = new Map(
    fields.flatMap((field) => {
      const isChanged = declaration.fields.get(field.column)?.values !== void 0 || "ignoreCase" in field.type && field.type.ignoreCase;
      return field.from.kind === "segment" && spelledAlike.has(field.type.name) && !isChanged ? [[field.from.name, field.to]] : [];
    })
  );
  const names = [...new Set(templates.flatMap(segmentNames))];
  const lost = names.find((name) => !columns.has(name));
  if (templates.length < declaration.legacy.length) return { problem: `Entity ${declaration.name}: a table is read by its key, not by a path` };
  if (lost !== void 0) {
    return { problem: `Entity ${declaration.name}: no column says what the segment {${lost}} is, so documents cannot be looked up by their path. Add a line such as ${lost}: "{${lost}}" to its fields` };
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

// action/src/pair/declared/remarks.ts
var maxNames = 100;
function createRemarks({ name, legacy, normalized }) {
  const names = { legacy: /* @__PURE__ */ new Set(), normalized: /* @__PURE__ */ new Set() };
  let rows = 0;
  const missing = /* @__PURE__ */ new Map();
  const meet = (side, some) => {
    for (const one of some) if (names[side].size < maxNames) names[side].add(one);
  };
  return {
    start(entity, described) {
      const columnsOf = (sources, tables) => sources.flatMap((source) => isTable(source) ? [tables.get(source.table)] : []).filter((table) => table !== void 0);
      const meetColumns = (side, tables) => {
        for (const table of tables) meet(side, entity.notCompared[side]({ segments: /* @__PURE__ */ new Map(), fields: new Map([...table.keys()].map((column) => [column, null])) }));
      };
      meetColumns("legacy", columnsOf(legacy, described.legacy));
      meetColumns("normalized", columnsOf([normalized], described.normalized));
      for (const { column, from } of entity.fields) if (from.kind === "field" || from.kind === "item") missing.set(column, writeFieldSource(from));
    },
    add(side, row) {
      if (row.notCompared.length > 0) meet(side, row.notCompared);
      if (side === "normalized" || !row.isInScope) return;
      rows += 1;
      if (missing.size > 0) {
        for (const column of missing.keys()) if (!row.absent.includes(column)) missing.delete(column);
      }
    },
    sentences: () => rows === 0 ? [] : [...missing].map(([column, field]) => `Entity ${name}: no row of the legacy side has the field ${field}, which ${column} is compared with. Correct the name in the file, or take the line out.`),
    notCompared: () => ({ legacy: [...names.legacy].toSorted(), normalized: [...names.normalized].toSorted() })
  };
}

// action/src/pair/declared/spelling.ts
function spellingsOf(field, line, side, part) {
  const read = side === "legacy" ? field.expected : field.actual;
  const nothing = read(null) === part ? [null] : [];
  const mapped = side === "legacy" ? [...line?.values ?? []].flatMap(([written]) => [...asWritten(field, written)].filter((value) => read(value) === part)) : [];
  const plain = part === null ? [] : asWritten(field, part).filter((value) => read(value) === part);
  return distinct([...nothing, ...mapped, ...plain]);
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
      return [timestampValue(part), part];
    case "undescribed":
      return [...inEveryForm(part), ...asNumber(part), ...part === "true" || part === "false" ? [part === "true"] : []];
    default:
      return [part];
  }
}
var asNumber = (part) => canonical({ name: "number" }, part) === part ? [numberValue(part)] : [];
var inEveryForm = (text) => [text, text.normalize("NFC"), text.normalize("NFD")];
var distinct = (values) => [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
var isSpelled = (spellings, value) => spellings.some((one) => JSON.stringify(one) === JSON.stringify(value ?? null));

// action/src/pair/declared/side.ts
function createSide({ name, entity, store, documents, tables, onRow }) {
  const { declaration } = entity;
  const sources = name === "legacy" ? declaration.legacy : [declaration.normalized];
  const only = declaration.only[name];
  const sourceOf = (field) => name === "legacy" ? field.from : field.to;
  const opened = sources.map((source) => documents.get(source) ?? store.open(source, neededOf(source, false)));
  const openedKeys = sources.map((source) => documents.get(source) ?? store.open(source, neededOf(source, true)));
  const segmentsOfKey = new Set(entity.key.map(sourceOf).flatMap((source) => source.kind === "segment" ? [source.name] : []));
  const paths = /* @__PURE__ */ new Map();
  const isPathOfKey = sources.map((source) => isTable(source) || segmentNames(source).every((segment) => segmentsOfKey.has(segment)));
  const spelled = /* @__PURE__ */ new Map();
  const isFindable = entity.key.some((field) => ["field", "segment"].includes(sourceOf(field).kind));
  let reads = 0;
  function neededOf(source, keysOnly) {
    const described = isTable(source) ? tables.get(source.table) : void 0;
    const whole = [...entity.key, ...keysOnly ? [] : entity.fields].map(sourceOf);
    const changed2 = declaration.changed[name]?.from;
    const others = [...only.map((condition) => condition.source), ...changed2 === void 0 ? [] : [changed2], ...name === "legacy" && declaration.each !== void 0 ? [declaration.each] : []];
    const roots = new Set([...whole, ...others].flatMap((each2) => each2.kind === "field" ? each2.path.slice(0, 1) : []));
    if (described?.has("id")) roots.add("id");
    const key = entity.key.map(sourceOf);
    const plain = key.flatMap((each2) => each2.kind === "field" && each2.path.length === 1 ? each2.path : []);
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
      remember(stored, row);
      return { stored, row };
    });
  }
  function remember(stored, { key }) {
    if (key === void 0) return;
    if (stored.path !== void 0 && !isPathOfKey[stored.source]) {
      const id2 = keyId(key);
      const known2 = paths.get(id2);
      if (known2) known2.add(stored.path);
      else paths.set(id2, /* @__PURE__ */ new Set([stored.path]));
    }
    const source = sources[stored.source];
    const segments = source === void 0 || isTable(source) ? void 0 : matchPath(source, stored.path ?? "");
    const around = { segments: segments ?? /* @__PURE__ */ new Map(), fields: isFields(stored.value) ? stored.value : /* @__PURE__ */ new Map([["value", stored.value]]) };
    let isOdd = false;
    const raw = entity.key.map((field, place) => {
      const from = sourceOf(field);
      if (from.kind === "item" || from.kind === "index") return null;
      const value = valueAt(from, around) ?? null;
      isOdd ||= !isUsual(field, place, key[place] ?? null, value);
      return value;
    });
    if (!isOdd) return;
    const id = keyId(key);
    const known = spelled.get(id) ?? [];
    if (!known.some((one) => JSON.stringify(one) === JSON.stringify(raw))) spelled.set(id, [...known, raw]);
  }
  function isUsual(field, place, part, value) {
    if (value === part || isScalar(value) && value.kind === "number" && field.type.name !== "timestamp") return true;
    return isSpelled(spellings(place, part), value);
  }
  const spellings = (place, part) => {
    const field = entity.key[place];
    return field === void 0 ? [] : spellingsOf(field, declaration.fields.get(field.column), name, part);
  };
  const pages = (from, wanted, isWhole = true) => rowsIn(from.map((each2) => each2.scan()), wanted, isWhole);
  async function* rowsIn(scans, wanted, isWhole) {
    for await (const [source, page] of together(scans)) {
      reads += page.length;
      yield page.flatMap((raw) => read({ ...raw, source }, isWhole)).filter(({ row }) => wanted(row));
    }
  }
  const { [name]: changed } = declaration.changed;
  function changedSince(since) {
    const instant = parseInstant(since);
    const bound = instant === void 0 ? since : formatInstant(instant, "us");
    const from = changed?.from;
    const scans = from?.kind === "field" ? opened.map((source) => source.changedSince({ path: from.path, ...changed?.unit && { unit: changed.unit } }, since)) : opened.map((source) => source.scan());
    return rowsIn(scans, (row) => row.changed !== void 0 && row.changed >= bound, true);
  }
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
        return from.kind === "segment" ? [[from.name, valuesOf(place).flatMap((value) => textOf2(value) ?? [])]] : [];
      })
    );
    const odd = (spelled.get(id) ?? []).map((raw) => (place) => [raw[place] ?? null]);
    const all = [texts, ...odd];
    if (isTable(source)) return [{ segments: /* @__PURE__ */ new Map(), fields: fieldsOf((place) => all.flatMap((valuesOf) => valuesOf(place))) }];
    const wanted = [];
    for (const path of paths.get(id) ?? []) {
      const segments = matchPath(source, path);
      if (segments !== void 0) wanted.push({ segments: new Map([...segments].map(([segment, text]) => [segment, [text]])), fields: [] });
    }
    for (const valuesOf of all) {
      const segments = segmentsOf(valuesOf);
      for (const field of entity.fields) {
        const from = name === "legacy" ? field.from : field.to;
        if (from.kind !== "segment" || segments.has(from.name)) continue;
        const known = beside.flatMap(({ fields: fields2 }) => fields2.get(field.column) ?? []).filter((value) => typeof value === "string");
        if (known.length > 0) segments.set(from.name, known.flatMap((text) => [text, text.normalize("NFD")]));
      }
      const isKnown = segmentNames(source).every((segment) => (segments.get(segment)?.length ?? 0) > 0);
      const fields = fieldsOf(valuesOf);
      if (isKnown || fields.length > 0 && wanted.length === 0) wanted.push({ segments, fields: isKnown ? [] : fields });
    }
    return wanted;
  }
  function isElsewhere(source, key) {
    const bound = segmentNames(source);
    return entity.key.some((field, place) => {
      const from = sourceOf(field);
      return from.kind === "segment" && bound.includes(from.name) === (key[place] === null);
    });
  }
  async function findByScan(keys) {
    const wanted = new Set(keys.map(keyId));
    const found = [];
    for await (const page of pages(opened, () => true)) found.push(...page.filter(({ row: { key } }) => key !== void 0 && wanted.has(keyId(key))));
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
  return {
    name,
    async count() {
      if (name === "legacy" && declaration.each !== void 0) return void 0;
      const counts = await Promise.all(opened.map((source) => source.count(only)));
      return counts.some((count) => count === void 0 || count.isAtMost) ? void 0 : counts.reduce((sum, count) => sum + (count?.rows ?? 0), 0);
    },
    async stored() {
      const counts = await Promise.all(opened.map((source) => source.count([])));
      return counts.reduce((sum, count) => sum + (count?.rows ?? 0), 0);
    },
    isLost: isPathOfKey.includes(false),
    scan: () => pages(opened, (row) => row.isInScope),
    scanKeys: () => pages(openedKeys, (row) => row.isInScope, false),
    ...changed && { changedSince },
    async find(keys, beside) {
      if (!isFindable) return findByScan(keys);
      const found = await Promise.all(sources.map((source, index) => findIn(opened[index], index, keys.flatMap((key) => wantedOf(source, key, beside?.get(keyId(key)) ?? [])))));
      return found.flat();
    },
    locatorOf: (stored) => writeLocator(stored),
    async locate(locators) {
      const bySource = Map.groupBy(locators, (locator) => readLocator(locator).source);
      const result = /* @__PURE__ */ new Map();
      for (const [index, some] of bySource) {
        const source = sources[index];
        const from = opened[index];
        if (source === void 0 || from === void 0) continue;
        const found = await findIn(from, index, some.flatMap((locator) => wantedRow(source, readLocator(locator)) ?? []));
        for (const locator of some) result.set(locator, found.filter(({ stored }) => isLocated(stored, readLocator(locator))));
      }
      return result;
    },
    reads: () => reads
  };
}
var readLocator = (text) => JSON.parse(text);
var longestText = 100;
function writeLocator({ source, path, value }) {
  if (path !== void 0) return JSON.stringify({ source, path });
  const fields = isFields(value) ? value : /* @__PURE__ */ new Map();
  const id = textOf2(fields.get("id") ?? null);
  const columns = id === void 0 ? [...fields].flatMap(([name, part]) => part === null ? [[name, null]] : (textOf2(part)?.length ?? Number.POSITIVE_INFINITY) <= longestText ? [[name, textOf2(part) ?? ""]] : []) : [["id", id]];
  return JSON.stringify({ source, columns });
}
function isLocated({ path, value }, locator) {
  if (path !== void 0) return path === locator.path;
  return isFields(value) && (locator.columns ?? []).every(([name, text]) => text === null ? value.get(name) === null : textOf2(value.get(name) ?? null) === text);
}
function wantedRow(source, { path, columns = [] }) {
  if (isTable(source)) return { segments: /* @__PURE__ */ new Map(), fields: columns.map(([name, text]) => ({ path: [name], anyOf: [text] })) };
  const segments = path === void 0 ? void 0 : matchPath(source, path);
  return segments && buildPath(source, (segment) => segments.get(segment)) !== void 0 ? { segments: new Map([...segments].map(([segment, text]) => [segment, [text]])), fields: [] } : void 0;
}
function textOf2(value) {
  if (isScalar(value) && (value.kind === "number" || value.kind === "timestamp")) return value.text;
  return typeof value === "string" || typeof value === "boolean" || isScalar(value) ? shownText(value) : void 0;
}
async function* together(all) {
  const iterators = all.map((each2) => each2[Symbol.asyncIterator]());
  const next = (place) => (iterators[place]?.next() ?? Promise.resolve({ done: true, value: void 0 })).then((result) => ({ place, result }));
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
    for (const promise of waiting.values()) promise.catch(() => void 0);
    await Promise.all(iterators.map((iterator) => iterator.return?.()).map((ending) => ending?.catch(() => void 0)));
  }
}

// action/src/pair/declared/declared.ts
var sideNames = ["legacy", "normalized"];
var maxKeysPerRead = 100;
function createDeclaredEntities(pair, stores) {
  const declarations = [...pair.entities.values()];
  let described;
  const describe = () => described ??= describeTables(declarations, stores).catch((error) => {
    described = void 0;
    throw error;
  });
  const entities = declarations.map((declaration) => createDeclaredEntity(declaration, stores, describe));
  const isShared = stores.legacy === stores.normalized;
  const readsOf = (side) => (
    // What a store bills is more than the rows that came of it; two sides of one store are told apart by their rows.
    stores[side].isBilled && !isShared ? stores[side].reads() : entities.reduce((sum, entity) => sum + entity.reads()[side], 0)
  );
  return {
    entities,
    notCompared: () => Object.fromEntries(entities.flatMap((entity) => {
      const names = entity.notCompared();
      return names.legacy.length + names.normalized.length > 0 ? [[entity.name, names]] : [];
    })),
    remarks: () => entities.flatMap((entity) => entity.remarks()),
    reads: () => ({ legacy: readsOf("legacy"), normalized: readsOf("normalized") })
  };
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
  const openedDocuments = { legacy: openDocuments(declaration.legacy, stores.legacy), normalized: openDocuments([declaration.normalized], stores.normalized) };
  let ready;
  let preparing;
  async function build() {
    const described = await describe();
    const compiled = compileEntity(declaration, described);
    if (!("declaration" in compiled)) throw new ReadError(problemsSentence(compiled));
    remarks.start(compiled, described);
    const sideOf2 = (side) => createSide({ name: side, entity: compiled, store: stores[side], documents: openedDocuments[side], tables: described[side], onRow: (row) => remarks.add(side, row) });
    ready = { compiled, sides: { legacy: sideOf2("legacy"), normalized: sideOf2("normalized") }, documents: createDocuments(compiled) };
    return ready;
  }
  const prepared = () => preparing ??= build().catch((error) => {
    preparing = void 0;
    throw error;
  });
  const drawFrom = stores.legacy.isBilled && !stores.normalized.isBilled ? "actual" : "expected";
  const locatorKey = (side, locator) => [...declaration.key.map(() => null), `${side} ${locator}`];
  function entryOf(side, { stored, row }, { sides, documents }) {
    if (row.key !== void 0) return { entry: { kind: "claim", key: row.key, document: documents.documentOf(side, row, row.key) }, raw: [1] };
    const key = locatorKey(side, sides[side].locatorOf(stored));
    if (side === "normalized") return { entry: { kind: "claim", key, document: documents.documentOf(side, row, key) }, raw: [1] };
    const [difference] = documents.unclaimed(row, row.parts);
    if (difference === void 0) throw new Error("a row without a key says why");
    return { entry: { kind: "unclaimed", key, difference }, raw: [1] };
  }
  const sideOf = (side) => ({
    async count() {
      const { sides } = await prepared();
      const counted = await sides[side].count();
      if (counted !== void 0) return counted;
      let rows = 0;
      for await (const page of sides[side].scanKeys()) rows += page.length;
      return rows;
    },
    async size() {
      const { sides } = await prepared();
      return await sides[side].count() ?? sides[side].stored();
    },
    async *keys() {
      const all = await prepared();
      if (drawFrom === "actual" && side === "normalized") {
        const lookup = createLookup(all.compiled);
        if ("problem" in lookup) throw new ReadError(`${lookup.problem}.`);
      }
      for await (const page of all.sides[side].scanKeys()) yield page.map((one) => one.row.key === void 0 ? entryOf(side, one, all).entry : { kind: "claim", key: one.row.key });
    },
    async *documents() {
      const all = await prepared();
      for await (const page of all.sides[side].scan()) yield each(page, (one) => entryOf(side, one, all));
    }
  });
  async function findRows(keys) {
    const all = await prepared();
    const wanted = new Map(keys.map((key) => [keyId(key), key]));
    const found = { legacy: /* @__PURE__ */ new Map(), normalized: /* @__PURE__ */ new Map() };
    const take = (side, rows, asked = wanted) => {
      for (const one of rows) {
        const id = one.row.key === void 0 ? "" : keyId(one.row.key);
        if (!asked.has(id)) continue;
        found[side].set(id, [...found[side].get(id) ?? [], one]);
      }
    };
    const [legacy, normalized] = await Promise.all(sideNames.map((side) => all.sides[side].find(keys)));
    take("legacy", legacy ?? []);
    take("normalized", normalized ?? []);
    for (const side of sideNames) {
      const other = side === "legacy" ? "normalized" : "legacy";
      const lost = all.sides[side].isLost ? keys.filter((key) => !found[side].has(keyId(key)) && found[other].has(keyId(key))) : [];
      if (lost.length === 0) continue;
      const beside = new Map(lost.map((key) => [keyId(key), (found[other].get(keyId(key)) ?? []).map(({ row }) => row)]));
      take(side, await all.sides[side].find(lost, beside), beside);
    }
    return found;
  }
  async function readKeys(keys, readings) {
    const all = await prepared();
    const found = await findRows(keys);
    for (const key of keys) {
      const id = keyId(key);
      readings.set(id, readingOf(key, found.legacy.get(id) ?? [], found.normalized.get(id) ?? [], all));
    }
  }
  async function rowsOfKeys(keys) {
    const result = /* @__PURE__ */ new Map();
    for (const some of chunks(keys, maxKeysPerRead)) {
      const found = await findRows(some);
      const of = (side, id) => (found[side].get(id) ?? []).map(({ row }) => row);
      for (const id of some.map(keyId)) result.set(id, { legacy: of("legacy", id), normalized: of("normalized", id) });
    }
    return result;
  }
  async function* written(since) {
    const all = await prepared();
    for (const side of sideNames) {
      for await (const page of all.sides[side].changedSince?.(since) ?? []) {
        yield page.flatMap((one) => one.row.key === void 0 ? one.row.isInScope ? [entryOf(side, one, all).entry] : [] : [{ kind: "claim", key: one.row.key }]);
      }
    }
  }
  function readingOf(key, legacy, normalized, { documents }) {
    const inScope = (rows) => rows.map(({ row }) => row).filter((row) => row.isInScope).sort(compareRows);
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
  async function readLocators(keys, readings) {
    const { sides, documents } = await prepared();
    for (const side of sideNames) {
      const own = keys.flatMap((key) => {
        const text = key.at(-1) ?? "";
        return text.startsWith(`${side} `) ? [[key, text.slice(side.length + 1)]] : [];
      });
      if (own.length === 0) continue;
      const located = await sides[side].locate(own.map(([, locator]) => locator));
      for (const [key, locator] of own) {
        const rows = (located.get(locator) ?? []).map(({ row }) => row).filter((row) => row.isInScope && row.key === void 0);
        readings.set(keyId(key), {
          expected: [],
          actual: side === "legacy" ? [] : rows.slice(0, 1).map((row) => documents.documentOf(side, row, key)),
          unclaimed: side === "legacy" ? rows.flatMap((row) => documents.unclaimed(row, row.parts)) : [],
          groupExists: true
        });
      }
    }
  }
  const read = async (keys) => {
    const readings = /* @__PURE__ */ new Map();
    const length = declaration.key.length;
    const [whole, located] = [keys.filter((key) => key.length === length), keys.filter((key) => key.length > length)];
    for (const some of chunks(whole, maxKeysPerRead)) await readKeys(some, readings);
    if (located.length > 0) await readLocators(located, readings);
    return readings;
  };
  return {
    name,
    declaration,
    shape: shapeOf(declaration, () => ready?.compiled),
    expected: sideOf("legacy"),
    actual: sideOf("normalized"),
    prepare: async () => void await prepared(),
    groups: () => [],
    get scanName() {
      return [...openedDocuments.legacy.values(), ...openedDocuments.normalized.values()].find(({ scanName }) => scanName !== void 0)?.scanName;
    },
    drawFrom,
    ...(declaration.changed.legacy ?? declaration.changed.normalized) && { written },
    compiled: async () => (await prepared()).compiled,
    rows: rowsOfKeys,
    sight: sightOf(name, stores),
    holdings: { total: async () => [0], loose: async () => ({ rows: [0], counted: [0] }), cut: () => new ReadError("") },
    digester: streamingOnly(name, read),
    read,
    findingType({ kind }) {
      switch (kind) {
        case "missing":
          return { type: "MISSING_ROW", severity: "critical" };
        case "orphan":
          return { type: "ORPHAN_ROW", severity: "high" };
        case "duplicate":
          return { type: "DUPLICATE_ROW", severity: "high" };
        case "count":
          return { type: "COUNT_MISMATCH", severity: "high" };
        case "malformed":
          return { type: "MALFORMED_LEGACY", severity: "medium" };
        default:
          return { type: "DATA_MISMATCH", severity: "medium" };
      }
    },
    // Columns, as the file names them.
    renderPath: (path) => path,
    renderRowId: (table, id, hide) => shownRowId(declaration, table === "legacy" ? "legacy" : "normalized", id, ready?.compiled, hide),
    remarks: remarks.sentences,
    notCompared: remarks.notCompared,
    reads: () => ({ legacy: ready?.sides.legacy.reads() ?? 0, normalized: ready?.sides.normalized.reads() ?? 0 })
  };
}
var openDocuments = (sources, store) => new Map(sources.flatMap((source) => isTable(source) ? [] : [[source, store.open(source, { columns: "all", described: void 0, key: [] })]]));
function sightOf(name, stores) {
  const isBlind = (side) => stores[side].kind === "supabase" && stores[side].secret === void 0;
  return {
    troubleWithEmpty(legacyRows, normalizedRows) {
      const side = legacyRows === 0 && normalizedRows > 0 ? "legacy" : normalizedRows === 0 && legacyRows > 0 ? "normalized" : void 0;
      return side !== void 0 && isBlind(side) ? emptySentence(name, side) : void 0;
    },
    troubleWithSeen: () => void 0
  };
}
var emptySentence = (name, side) => `Entity ${name}: the ${side} side shows no row while the other side has some, and its key is not a secret or service_role key, so the rows may be there without being seen. Row-level security may hide them: use a secret key (sb_secret_\u2026) or the service_role key.`;
function* each(items, make) {
  for (const item of items) yield make(item);
}
function chunks(items, size) {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size));
}
function shapeOf(declaration, compiled) {
  return {
    key: declaration.key.map(
      (name, place) => ({
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
      })
    ),
    group: 0,
    levels: [{ name: declaration.name, one: "row", many: "rows" }],
    hasDuplicates: true
  };
}
function shownRowId(declaration, side, id, compiled, hide) {
  const sources = side === "legacy" ? declaration.legacy : [declaration.normalized];
  const template = sources.find((source) => !isTable(source) && matchPath(source, id) !== void 0);
  const sourceOf = (field) => side === "legacy" ? field.from : field.to;
  const isShown = (place, name, part) => {
    const field = name === void 0 ? compiled?.key[place] : compiled?.key.find((one) => sourceOf(one).kind === "segment" && sourceOf(one).name === name);
    return field === void 0 ? looksMachineMade(part) : isReadableKey(field.type, field.readable, part);
  };
  const parts = id.split("/");
  const show = (part, place) => {
    const segment = template?.segments[place];
    if (segment !== void 0 && "fixed" in segment) return part;
    const isKey = template === void 0 && parts.length === declaration.key.length;
    const shown = segment !== void 0 ? isShown(place, segment.bound, part) : isKey ? isShown(place, void 0, part) : looksMachineMade(part);
    return part === "" || shown ? part : hide(part);
  };
  return parts.map(show).join("/");
}
var maxProblems = 5;
function problemsSentence(problems) {
  const more = problems.length - maxProblems;
  return [...problems.slice(0, maxProblems).map((problem) => `Entity ${problem}.`), ...more > 0 ? [`And ${more} more.`] : []].join(" ");
}
function streamingOnly(name, read) {
  const sentence = `Entity ${name}: rows are read to be compared.`;
  return {
    probe: async () => ({ ready: false, sentence }),
    plan: async () => {
      throw new ReadError(sentence);
    },
    read
  };
}

// action/src/pair/declared/repair.ts
var mostEntities = 10;
function repairSteps(pair, entities, { findings, findingsByType }) {
  const isThere = (type) => (findingsByType[type] ?? 0) > 0;
  const having = (...types) => entities.filter((entity) => findings.some(({ level, type }) => level === entity && types.includes(type)));
  const command = (some, flags = "") => {
    const targets = some.length === 0 || some.length > mostEntities ? [""] : some.map((entity) => ` --entity ${entity}`);
    return targets.map((target) => `npx driftwatch repair --pair ${pair}${target}${flags}`);
  };
  const written = having("MISSING_ROW", "DATA_MISMATCH");
  const orphans = having("ORPHAN_ROW").toReversed();
  const steps = [
    ...isThere("MALFORMED_LEGACY") ? [{ text: "**Values of the legacy side that are not of their type** (`MALFORMED_LEGACY`): correct them there, or correct the type in the file. A repair leaves them alone.", commands: [] }] : [],
    ...isThere("DUPLICATE_ROW") ? [{ text: "**Rows that have the same key** (`DUPLICATE_ROW`): keep the right one and delete the others. Only the one that was changed last is compared.", commands: [] }] : [],
    ...isThere("MISSING_ROW") || isThere("DATA_MISMATCH") ? [
      {
        text: "**Bring the normalized side to what the legacy side says**, in a checkout, in this order:",
        commands: [
          { note: "This shows what it would write, and writes nothing.", sql: [], shell: command(written) },
          {
            note: `This writes it${isThere("DATA_MISMATCH") ? ": columns that differ are overwritten" : ""}, and compares again.`,
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
          { note: "This shows what it would delete, and deletes nothing.", sql: [], shell: command(orphans, " --delete-orphans") },
          { note: "This deletes them.", destroys: true, sql: [], shell: command(orphans, " --delete-orphans --apply") }
        ]
      }
    ] : []
  ];
  if (steps.length > 0 || !isThere("COUNT_MISMATCH")) return steps;
  return [
    {
      text: "**Only totals differ**, and no compared row does: rows that were not compared are missing or left over. Where this run compared a sample, `mode: full` finds them; this counts again:",
      commands: [{ sql: [], shell: [`npx driftwatch counts --pair ${pair}`] }]
    }
  ];
}

// action/src/pair/declared/words.ts
var words = {
  document: { one: "row", many: "rows" },
  skips: {},
  nothing: "There was nothing to compare: no row is in scope. Either both sides are empty, or the sources in the file are misspelled or its only leaves nothing, or the credentials see nothing: correct the file, or check what the credentials may read.",
  hasTables: false
};

// action/src/pair/declared/pair.ts
function createDeclaredPair(declaration, stores) {
  const declared = createDeclaredEntities(declaration, stores);
  const { entities, notCompared, remarks, reads } = declared;
  const bills = () => [.../* @__PURE__ */ new Set([stores.legacy, stores.normalized])].flatMap(({ bill }) => bill === void 0 ? [] : [bill()]);
  const pair = {
    name: declaration.name,
    words,
    entities,
    isDeclared: true,
    isBilled: stores.legacy.isBilled || stores.normalized.isBilled,
    aside: () => ({ reads: reads(), notCompared: notCompared(), remarks: [...remarks(), ...bills()] }),
    sourceVersions: /* @__PURE__ */ new Set(),
    repair: (damage) => repairSteps(declaration.name, [...declaration.entities.keys()], damage)
  };
  return { pair, declared };
}
export {
  createDeclaredPair
};
