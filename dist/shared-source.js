// action/src/store/value.ts
var Columns = class {
  #parsed;
  #layout;
  /** Maps and lists, which are asked for once for each field in them. */
  #made;
  constructor(parsed, layout) {
    this.#parsed = parsed;
    this.#layout = layout;
  }
  /** What stands in a column as it was parsed, where that is a text, a boolean or null. */
  plain(column) {
    const parsed = this.#parsed[this.#layout.nameOf(column)];
    return typeof parsed === "string" || typeof parsed === "boolean" || parsed === null ? parsed : void 0;
  }
  has(column) {
    return Object.hasOwn(this.#parsed, this.#layout.nameOf(column));
  }
  get(column) {
    if (!this.has(column)) return void 0;
    const made = this.#made?.get(column);
    if (made !== void 0) return made;
    const value = this.#layout.valueOf(column, this.#parsed[this.#layout.nameOf(column)]);
    if (isFields(value) || isList(value)) (this.#made ??= /* @__PURE__ */ new Map()).set(column, value);
    return value;
  }
  get size() {
    return Object.keys(this.#parsed).length;
  }
  *keys() {
    for (const name of Object.keys(this.#parsed)) yield this.#layout.columnOf(name);
  }
  *values() {
    for (const column of this.keys()) yield this.get(column) ?? null;
  }
  *entries() {
    for (const column of this.keys()) yield [column, this.get(column) ?? null];
  }
  [Symbol.iterator]() {
    return this.entries();
  }
  forEach(use) {
    for (const [column, value] of this.entries()) use(value, column, this);
  }
};
var isList = (value) => Array.isArray(value);
var isFields = (value) => value instanceof Map || value instanceof Columns;
var isScalar = (value) => typeof value === "object" && value !== null && "kind" in value;
var isAbsent = (value) => value === null || value === void 0;
function fieldsIn(value, isSparse = false) {
  if (isFields(value)) return value;
  if (isList(value)) return isSparse ? new Map(value.flatMap((item, index) => item === null ? [] : [[`${index}`, item]])) : void 0;
  if (!isScalar(value) || value.kind !== "geo-point") return void 0;
  return /* @__PURE__ */ new Map([
    ["latitude", numberValue(value.latitude)],
    ["longitude", numberValue(value.longitude)]
  ]);
}
var rowFields = (value) => isFields(value) ? value : /* @__PURE__ */ new Map([["value", value]]);
var numberValue = (text) => ({ kind: "number", text });
var timestampValue = (text) => ({ kind: "timestamp", text });
function mayBeSince(text, since) {
  const time = Date.parse(text);
  return Number.isNaN(time) ? /^[+-]?\d{4,6}-\d\d-\d\d[Tt ]/.test(text) : time >= since;
}

// action/src/store/source.ts
var isProblem = (result) => "problem" in result;
var isTable = (source) => "table" in source;
function parseSource(text, kind) {
  return kind === "supabase" ? parseTable(text) : parseTemplate(text, kind);
}
function parseTable(text) {
  if (/[/{}\p{Cc}]/u.test(text))
    return { problem: "a source in Supabase is a table or a view that the API exposes, not a path. Write its name, such as posts" };
  return { table: text };
}
var segmentName = /^[A-Za-z_][A-Za-z0-9_]*$/;
var taken = /* @__PURE__ */ new Set(["item", "index"]);
function parseTemplate(text, kind) {
  const segments = [];
  for (const part of text.split("/")) {
    if (part === "") return { problem: "a path has no slash at its ends and no empty segment. Write it like boards/{board_id}/posts/{id}" };
    const [, name] = /^\{(.*)\}$/s.exec(part) ?? [];
    if (name === void 0 && /[{}]/.test(part))
      return { problem: "a segment of a path is either fixed or bound as a whole. Write it like boards/{board_id}/posts/{id}" };
    if (name === void 0 && !isFixed(part, kind))
      return { problem: `a fixed segment holds what ${kind === "firestore" ? "Firestore" : "the Realtime Database"} does not allow in a name. Correct it` };
    if (name !== void 0 && !segmentName.test(name))
      return { problem: "the name of a bound segment is letters, digits and _, such as {board_id}. Correct it" };
    if (name !== void 0 && taken.has(name)) return { problem: `{${name}} is what each makes rows of. Give the segment another name` };
    segments.push(name === void 0 ? { fixed: part } : { bound: name });
  }
  const names = segmentNames({ segments });
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== void 0) return { problem: `the segment {${twice}} is bound twice. Give each segment a name of its own` };
  const alternates = segments.length % 2 === 0 && segments.every((segment, index) => index % 2 === 0 === "fixed" in segment);
  if (kind === "firestore" && !alternates) {
    return {
      problem: "in a path of Firestore, collections (fixed) and documents (bound) alternate, and a document comes last. Write it like boards/{board_id}/posts/{id}"
    };
  }
  return { text, segments };
}
function isFixed(part, kind) {
  if (kind === "firestore") return part !== "." && part !== ".." && !/^__.*__$/s.test(part) && Buffer.byteLength(part) <= 1500;
  return !new RegExp("[.#$\\[\\][\\p{Cc}--[\\x80-\\x9f]]]", "v").test(part) && Buffer.byteLength(part) <= 768;
}
var segmentNames = ({ segments }) => segments.flatMap((segment) => "bound" in segment ? [segment.bound] : []);
var boundNames = (sources) => new Set(sources.flatMap((source) => isTable(source) ? [] : segmentNames(source)));
function matchPath(template, path) {
  const parts = partsOf(template, path);
  if (parts === void 0) return void 0;
  const bound = /* @__PURE__ */ new Map();
  template.segments.forEach((segment, index) => {
    if ("bound" in segment) bound.set(segment.bound, parts[index] ?? "");
  });
  return bound;
}
var isPathOf = (template, path) => partsOf(template, path) !== void 0;
function partsOf({ segments }, path) {
  const parts = path.split("/");
  return parts.length === segments.length && segments.every((segment, index) => mayBe(segment, parts[index] ?? "")) ? parts : void 0;
}
var mayBe = (segment, part) => "fixed" in segment ? segment.fixed === part : part !== "";
function buildPath({ segments }, segmentOf) {
  const parts = segments.map((segment) => "fixed" in segment ? segment.fixed : segmentOf(segment.bound));
  return parts.every((part) => typeof part === "string" && part !== "" && !part.includes("/")) ? parts.join("/") : void 0;
}
var defaultSource = (column, bound) => bound.has(column) ? { kind: "segment", name: column } : { kind: "field", path: [column] };
function parseFieldSource(text) {
  if (!text.startsWith("{")) {
    const path = parsePath(text);
    return "problem" in path ? path : { kind: "field", path: path.names };
  }
  const [, inner] = /^\{(.*)\}$/s.exec(text) ?? [];
  if (inner === "index") return { kind: "index" };
  if (inner === "item") return { kind: "item", path: [] };
  if (inner?.startsWith("item.")) {
    const path = parsePath(inner.slice("item.".length));
    return "problem" in path ? path : { kind: "item", path: path.names };
  }
  if (inner === void 0 || !segmentName.test(inner))
    return { problem: 'in braces stands a segment of the path, item, item.<field> or index. Write it like "{board_id}"' };
  return { kind: "segment", name: inner };
}
var nameInPath = /(?:`((?:[^`\\]|\\[`\\])+)`|([^.`{}\p{Cc}]+))(\.|$)/uy;
var deepest = 100;
function parsePath(text) {
  const names = [];
  for (let at = 0; ; at = nameInPath.lastIndex) {
    nameInPath.lastIndex = at;
    const [, quoted, bare, end] = nameInPath.exec(text) ?? [];
    const name = quoted?.replaceAll(/\\([`\\])/g, "$1") ?? bare;
    if (name === void 0)
      return { problem: "a field is a name, or names with a point between, such as author.id; a name with points or braces stands in backticks. Correct it" };
    names.push(name);
    if (names.length > deepest) return { problem: `a field lies at most ${deepest} maps deep. Correct it` };
    if (end === "") return { names };
  }
}
var writeName = (name) => /^[^.`{}\p{Cc}]+$/u.test(name) ? name : `\`${name.replaceAll(/[`\\]/g, "\\$&")}\``;
function writeFieldSource(source) {
  if (source.kind === "field") return source.path.map(writeName).join(".");
  if (source.kind === "segment") return `{${source.name}}`;
  return source.kind === "index" ? "{index}" : `{${["item", ...source.path.map(writeName)].join(".")}}`;
}
function valueAt(source, around) {
  if (source.kind === "segment") return around.segments.get(source.name);
  if (source.kind === "index") return around.index;
  let value = source.kind === "item" ? around.item : around.fields;
  for (const name of source.path) value = fieldsIn(value, around.isSparse)?.get(name);
  return value;
}

export {
  Columns,
  isList,
  isFields,
  isScalar,
  isAbsent,
  fieldsIn,
  rowFields,
  numberValue,
  timestampValue,
  mayBeSince,
  isProblem,
  isTable,
  parseSource,
  segmentNames,
  boundNames,
  matchPath,
  isPathOf,
  buildPath,
  defaultSource,
  parseFieldSource,
  writeFieldSource,
  valueAt
};
