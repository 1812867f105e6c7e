// action/src/store/column.ts
var kinds = {
  smallint: "integer",
  integer: "integer",
  bigint: "integer",
  int: "integer",
  int2: "integer",
  int4: "integer",
  int8: "integer",
  smallserial: "integer",
  serial: "integer",
  bigserial: "integer",
  numeric: "number",
  decimal: "number",
  real: "number",
  "double precision": "number",
  float4: "number",
  float8: "number",
  boolean: "boolean",
  bool: "boolean",
  timestamptz: "timestamptz",
  "timestamp with time zone": "timestamptz",
  timestamp: "timestamp",
  "timestamp without time zone": "timestamp",
  date: "date",
  uuid: "uuid",
  json: "json",
  jsonb: "json",
  bytea: "bytes",
  character: "char",
  char: "char",
  bpchar: "char"
};
function describeColumn(format) {
  const name = format.toLowerCase().replace(/\([\d, ]*\)/, "").replaceAll(/\s+/g, " ").trim();
  const isArray = name.endsWith("[]");
  const base = name.replace(/(?:\[\])+$/, "").replace(/^pg_catalog\./, "");
  return { kind: Object.hasOwn(kinds, base) ? kinds[base] ?? "text" : "text", isArray };
}
var isOpaque = (format) => /^(?:json|xml|point|polygon|box|line|lseg|path|circle|xid|cid)$/.test(format.toLowerCase());
var withoutFill = (text) => text.replace(/ +$/, "");

export {
  describeColumn,
  isOpaque,
  withoutFill
};
