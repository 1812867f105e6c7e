import { describeColumn, withoutFill } from '../column.ts';
import { parseExactJson } from '../exact-json.ts';
import { mapped, type List } from '../list.ts';
import type { TableDescription } from '../store.ts';
import { Columns, isFields, isList, isScalar, numberValue, timestampValue, type Fields, type Layout, type Maybe, type Value } from '../value.ts';

/** How the columns of a table are asked for, so that no parser rounds them, and what their values are then. */

const plainName = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** A column as it stands in a query. */
export const columnName = (name: string): string => (plainName.test(name) ? name : `"${name.replaceAll(/["\\]/g, '\\$&')}"`);

/** Parameters of PostgREST's own: by the name of one, what is to be filtered would be sorted or cut, or every row be written. */
const parameters: ReadonlySet<string> = new Set(['select', 'columns', 'order', 'limit', 'offset', 'on_conflict', 'and', 'or']);

/** A column, or a path inside of one, as the parameter that filters by it. @param written as it stands elsewhere in a query */
export const filterKey = (written: string): string => (parameters.has(written) ? `"${written}"` : written);

export const isPlainName = (name: string): boolean => plainName.test(name);

/** What has another text as JSON than in the database, or one that parsers round. Times are the same wherever they are read only as JSON. */
const asText: ReadonlySet<string> = new Set(['integer', 'number', 'json', 'bytes']);

const plainText = /^(?:text|character varying|varchar|name)\b/i;

export type Selection = {
  /** For `select`. */
  readonly columns: string;
  /** Of the columns, where they are known. */
  readonly names: readonly string[];
  /** Nothing for what is no list of rows with these columns. */
  readonly read: (text: string) => List<Fields> | undefined;
};

/** @param wanted columns; those that are not described are left out */
export function selectionOf(described: TableDescription | undefined, wanted: ReadonlySet<string> | 'all'): Selection {
  if (described === undefined)
    return { columns: wanted === 'all' ? '*' : [...wanted].map(columnName).join(','), names: wanted === 'all' ? [] : [...wanted], read: readWhole };
  const kinds = new Map([...described].flatMap(([name, format]) => (wanted === 'all' || wanted.has(name) ? [[name, describeColumn(format)] as const] : [])));
  // Without any, rows are counted all the same.
  const [first] = described.keys();
  if (kinds.size === 0 && first !== undefined) return selectionOf(described, new Set([first]));
  const isCast = (name: string): boolean => {
    const column = kinds.get(name);
    return column !== undefined && !column.isArray && asText.has(column.kind);
  };
  const hasNumbers = [...kinds.values()].some(({ kind, isArray }) => isArray && asText.has(kind));
  // A row type or a geometry is shown as an object, with numbers in it; its name does not tell it from an enum.
  const mayHaveNumbers = [...kinds].flatMap(([name, { kind }]) => (kind === 'text' && !plainText.test(described.get(name) ?? '') ? [name] : []));
  const names = [...kinds.keys()];
  // Under another name, or not every server would sort and filter by the column itself.
  const columnOf = new Map(names.map((name, place) => [isCast(name) ? `driftwatch_${place}` : name, name]));
  const kindOf = new Map(
    [...columnOf].flatMap(([alias, name]): [string, string][] => {
      const column = kinds.get(name);
      return column === undefined || (column.isArray && column.kind !== 'bytes') ? [] : [[alias, column.kind]];
    }),
  );
  const nameOf = new Map([...columnOf].map(([alias, name]) => [name, alias]));
  const valueIn = (alias: string, value: Value): Value => {
    if (isList(value) && kindOf.get(alias) === 'bytes') return value.map((item) => valueIn(alias, item));
    return typeof value === 'string' ? valueOf(kindOf.get(alias), value) : value;
  };
  const layout: Layout = {
    nameOf: (column) => nameOf.get(column) ?? column,
    columnOf: (name) => columnOf.get(name) ?? name,
    valueOf: (name, parsed) => valueIn(name, plainValue(parsed)),
  };
  return {
    names,
    columns: [...columnOf].map(([alias, name]) => (alias === name ? columnName(name) : `${alias}:${columnName(name)}::text`)).join(','),
    read(text) {
      const plain = readPlain(text);
      // A column that an answer leaves out would be null on both sides, and agree.
      const isWhole = (row: object): boolean => [...columnOf.keys()].every((alias) => Object.hasOwn(row, alias));
      if (!plain?.slice(0, 1).every(isWhole)) return undefined;
      if (!hasNumbers && !plain.some((row) => mayHaveNumbers.some((name) => typeof row[name] === 'object' && row[name] !== null)))
        return mapped(plain, (row) => new Columns(row, layout));
      const rows = readWhole(text);
      return rows && mapped(rows, (row) => new Map([...row].map(([alias, value]) => [layout.columnOf(alias), valueIn(alias, value)])));
    },
  };
}

function readWhole(text: string): List<Fields> | undefined {
  const rows = parseExactJson(text);
  return isList(rows) && rows.every(isFields) ? rows : undefined;
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);

function readPlain(text: string): readonly Readonly<Record<string, unknown>>[] | undefined {
  let rows: unknown;
  try {
    rows = JSON.parse(text);
  } catch {
    return undefined;
  }
  return Array.isArray(rows) && rows.every(isObject) ? rows : undefined;
}

function plainValue(value: unknown): Value {
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return numberValue(String(value));
  if (Array.isArray(value)) return value.map(plainValue);
  return typeof value === 'object' && value !== null ? new Map(Object.entries(value).map(([name, part]) => [name, plainValue(part)])) : null;
}

function valueOf(kind: string | undefined, value: string): Value {
  switch (kind) {
    case 'integer':
    case 'number':
      return numberValue(value);
    case 'timestamptz':
    case 'timestamp':
      return timestampValue(value);
    case 'json':
      return exactJson(value);
    case 'char':
      return withoutFill(value);
    case 'bytes':
      return withoutEscapes(value);
    default:
      return value;
  }
}

/** Bytes as digits, also of a database that is set to `bytea_output = escape`. */
function withoutEscapes(text: string): string {
  if (text.startsWith('\\x')) return text;
  const bytes = text.replaceAll(/\\(\\|[0-3][0-7]{2})/g, (_, escaped: string) =>
    escaped === '\\' ? escaped : String.fromCharCode(Number.parseInt(escaped, 8)),
  );
  return `\\x${Buffer.from(bytes, 'latin1').toString('hex')}`;
}

function exactJson(text: string): Value {
  const value = parseExactJson(text);
  return value === undefined ? text : value;
}

/** A value as a filter has it; `undefined` for lists and maps. */
export function filterText(value: Maybe): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  if (!isScalar(value)) return undefined;
  switch (value.kind) {
    case 'number':
    case 'timestamp':
      return value.text;
    case 'bytes':
      return `\\x${Buffer.from(value.base64, 'base64').toString('hex')}`;
    case 'reference':
      return value.path;
    default:
      return undefined;
  }
}

const ranges: Readonly<Record<string, bigint>> = { smallint: 2n ** 15n, int2: 2n ** 15n, integer: 2n ** 31n, int: 2n ** 31n, int4: 2n ** 31n };

/** Whether a column may hold a value with this text: what it cannot hold, the database refuses to look for. */
export function mayHold(format: string | undefined, text: string): boolean {
  // Postgres keeps neither, in no type.
  if (text.includes('\0') || !text.isWellFormed()) return false;
  if (format === undefined) return true;
  switch (describeColumn(format).kind) {
    case 'integer': {
      if (!/^[+-]?\d{1,30}$/.test(text)) return false;
      const limit = ranges[format.toLowerCase()] ?? 2n ** 63n;
      const number = BigInt(text.replace('+', ''));
      return number < limit && number >= -limit;
    }
    case 'number':
      return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,6})?$/i.test(text) || /^(?:NaN|-?Infinity)$/.test(text);
    case 'uuid':
      return /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i.test(text);
    case 'boolean':
      return text === 'true' || text === 'false';
    case 'date':
      return /^(?:\d{4,7}-\d\d-\d\d(?: BC)?|-?infinity)$/.test(text);
    default:
      return true;
  }
}
