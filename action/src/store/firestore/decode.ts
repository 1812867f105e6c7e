import type { Fields, Value } from '../value.ts';

/** Documents as REST v1 writes them, and as the action knows them: every value without loss. */

export type StoredDocument = {
  /** Below the database. */
  readonly path: string;
  /** When it was last written, ISO 8601. */
  readonly updateTime: string | undefined;
  /** As it came; most documents of others are never looked at. */
  readonly fields: Raw;
};

export type Raw = Readonly<Record<string, unknown>>;

export const isRaw = (value: unknown): value is Raw => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The database, in the full name of a document. It differs between environments, so it is no part of a path. */
const anyDatabase = /^projects\/[^/]+\/databases\/[^/]+\/documents\//;

/** @returns `undefined` where it is no document */
export function readDocument(raw: unknown): StoredDocument | undefined {
  if (!isRaw(raw)) return undefined;
  const { name, fields = {}, updateTime } = raw;
  if (typeof name !== 'string' || !isRaw(fields)) return undefined;
  const path = name.replace(anyDatabase, '');
  if (path === name) return undefined;
  return { path, updateTime: typeof updateTime === 'string' ? updateTime : undefined, fields };
}

/** @returns `undefined` where a value is of a kind that is not known here */
export function decodeFields(raw: unknown): Fields | undefined {
  if (raw === undefined) return new Map();
  if (!isRaw(raw)) return undefined;
  const fields = new Map<string, Value>();
  for (const name of Object.keys(raw)) {
    const value = decodeValue(raw[name]);
    if (value === undefined) return undefined;
    fields.set(name, value);
  }
  return fields;
}

export function decodeValue(raw: unknown): Value | undefined {
  if (!isRaw(raw)) return undefined;
  const kind = kindOf(raw);
  const value = raw[kind];
  switch (kind) {
    case 'nullValue':
      return null;
    case 'booleanValue':
      return typeof value === 'boolean' ? value : undefined;
    case 'stringValue':
      return typeof value === 'string' ? value : undefined;
    case 'integerValue':
      return typeof value === 'string' && /^-?\d+$/.test(value) ? { kind: 'number', text: value } : undefined;
    case 'doubleValue':
      return decodeDouble(value);
    case 'timestampValue':
      return typeof value === 'string' ? { kind: 'timestamp', text: value } : undefined;
    case 'bytesValue':
      return typeof value === 'string' ? { kind: 'bytes', base64: value } : undefined;
    case 'referenceValue':
      return typeof value === 'string' ? { kind: 'reference', path: value.replace(anyDatabase, '') } : undefined;
    case 'geoPointValue':
      return isRaw(value) ? decodeGeoPoint(value) : undefined;
    case 'arrayValue':
      return isRaw(value) ? decodeList(value['values']) : undefined;
    case 'mapValue':
      return isRaw(value) ? decodeFields(value['fields']) : undefined;
    default:
      return undefined;
  }
}

/** The name of the only thing in it. For each value of each document, so without a list of names. */
function kindOf(raw: Raw): string {
  for (const kind in raw) return kind;
  return '';
}

/** It is a double in the store too, so that the shortest text which is that double has all of it. */
const textOf = (double: number): string => (Object.is(double, -0) ? '-0' : String(double));

const notFinite: readonly unknown[] = ['NaN', 'Infinity', '-Infinity'];

function decodeDouble(value: unknown): Value | undefined {
  if (typeof value === 'number') return { kind: 'number', text: textOf(value) };
  return typeof value === 'string' && notFinite.includes(value) ? { kind: 'number', text: value } : undefined;
}

/** Zeros may be left out. */
function decodeGeoPoint({ latitude = 0, longitude = 0 }: Raw): Value | undefined {
  if (typeof latitude !== 'number' || typeof longitude !== 'number') return undefined;
  return { kind: 'geo-point', latitude: textOf(latitude), longitude: textOf(longitude) };
}

function decodeList(values: unknown): Value | undefined {
  if (values === undefined) return [];
  if (!Array.isArray(values)) return undefined;
  const list: Value[] = [];
  for (const raw of values) {
    const value = decodeValue(raw);
    if (value === undefined) return undefined;
    list.push(value);
  }
  return list;
}
