import {
  canonicalText
} from "./shared-postgrest-js.js";

// action/src/store/postgrest/filter.ts
var quote = (text) => `"${text.replace(/["\\]/g, "\\$&")}"`;
function listOf(texts) {
  const list = [...texts].map(quote).join(",");
  return list === '""' ? '"",""' : list;
}
function isIn(column, values) {
  const list = listOf(values);
  return list === "" ? "" : `${column}.in.(${list})`;
}
var maxNameLength = 100;
var anySpelling = (name) => `*${patternFor(canonicalText(name) ?? "").replace(/[^A-Za-z0-9*]+/g, "*")}*`.replace(/\*{2,}/g, "*");
function isNamed(column, names) {
  const plain = [];
  const patterns = /* @__PURE__ */ new Set();
  for (const name of names) {
    if (name.length <= maxNameLength && !/["\\()]/.test(name)) plain.push(name);
    else patterns.add(patternFor(name));
  }
  const isLike = (all) => [...all].map((pattern) => `${column}.like.${pattern}`);
  const isOneOf = isIn(column, plain);
  const conditions = [...isOneOf === "" ? [] : [isOneOf], ...isLike(patterns)];
  if (encodedLength(conditions.join(",")) <= maxFilterLength) return conditions;
  return isLike(new Set([...names].map(anySpelling)));
}
function patternFor(name) {
  const start = [...name].slice(0, maxNameLength / 2).join("");
  return start.replace(/["\\()%*,\s]/g, "_") + (start === name ? "" : "*");
}
var encodedLength = (text) => encodeURIComponent(text).length;
var maxFilterLength = 7e3;

export {
  quote,
  listOf,
  isIn,
  isNamed,
  encodedLength,
  maxFilterLength
};
