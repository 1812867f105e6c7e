import { isAbsent, isFields, isList, isScalar, type Maybe, type Value } from '../../store/value.ts';
import { canonical, shownText } from './canonical.ts';
import { postgresInstant } from './instant.ts';
import { jsonIn, timestampText, type JsonForm } from './json.ts';
import type { Field } from './field.ts';
import { isUnreadable, scalarType, type FieldType } from './types.ts';

/**
 * What to write to the normalized side for a legacy value, as JSON text: the whole value, without the truncation that comparing applies.
 * Numbers keep every digit.
 *
 * @returns `undefined` if the value does not match its type, so that it is unclear what to write
 */
export function writtenJson(field: Field, value: Maybe): string | undefined {
  if (isUnreadable(field.expected(value))) return undefined;
  const meant = field.meant(value);
  const json = field.type.name === 'timestamp' && field.holds === 'integer' ? countedTime(field.type, meant) : jsonOf(field.type, meant);
  // Not every server converts a number to text by itself.
  return json !== undefined && isInText(field) && /^[-\dtf]/.test(json) ? JSON.stringify(json) : json;
}

const isInText = ({ holds, type: { name } }: Field): boolean =>
  (holds === 'text' || holds === 'char') && (name === 'integer' || name === 'number' || name === 'boolean');

function jsonOf(type: FieldType, value: Value): string | undefined {
  if (value === null) return 'null';
  switch (type.name) {
    case 'text':
      return isFields(value) ? plainJson(value) : JSON.stringify(isScalar(value) && value.kind === 'number' ? value.text : shownText(value));
    case 'integer':
    case 'number':
      return numberJson(canonicalOf(type, value));
    case 'boolean':
      return canonicalOf(type, value);
    case 'timestamp':
      return quoted(instantText(canonicalOf({ ...type, precision: 'us' }, value)));
    case 'date':
    case 'uuid':
    case 'bytes':
      return quoted(canonicalOf(type, value));
    case 'list':
    case 'set':
      return listJson(type.of, value);
    case 'json':
    case 'undescribed':
      return plainJson(value);
  }
}

/** In an integer column, an instant is a count of its unit. */
function countedTime(type: FieldType & { name: 'timestamp' }, value: Value): string | undefined {
  if (value === null) return 'null';
  const ms = Date.parse(canonicalOf({ ...type, precision: 'ms' }, value) ?? '');
  return Number.isNaN(ms) ? undefined : String(type.unit === 's' ? Math.floor(ms / 1000) : ms);
}

/** Through the type without its tolerance and options: `canonical` reads every spelling that a store uses. */
function canonicalOf(type: FieldType, value: Value): string | undefined {
  const text = canonical(type, value, { column: typeof value === 'string' ? 'text' : 'unknown' });
  return typeof text === 'string' ? text : undefined;
}

const instantText = (text: string | undefined): string | undefined => text && postgresInstant(text);

const quoted = (text: string | undefined): string | undefined => text && JSON.stringify(text);

/** Postgres accepts values that JSON cannot write as numbers, such as NaN, as text. */
const numberJson = (text: string | undefined): string | undefined => (text === undefined || /^-?\d/.test(text) ? text : JSON.stringify(text));

function listJson(of: Parameters<typeof scalarType>[0], value: Value): string | undefined {
  // The Realtime Database returns a list as a map of its indexes, in any order.
  const items = isList(value) ? value : isFields(value) ? [...value].sort(([a], [b]) => Number(a) - Number(b)).map(([, item]) => item) : undefined;
  const written = items?.map((item) => (isList(item) ? listJson(of, item) : jsonOf(scalarType(of), item)));
  return written?.every((item) => item !== undefined) ? `[${written.join(',')}]` : undefined;
}

const plainForm: JsonForm = { namesOf: (fields) => [...fields.keys()], nameText: (name) => JSON.stringify(name), scalarText: scalarJson };

/** JSON as it is, without sorting keys. */
export const plainJson = (value: Value): string => jsonIn(plainForm, value);

function scalarJson(value: Parameters<JsonForm['scalarText']>[0]): string {
  if (!isScalar(value)) return JSON.stringify(value);
  switch (value.kind) {
    case 'number':
      return numberJson(/^-?\d/.test(value.text) ? value.text.replace(/^(-?)0+(?=\d)/, '$1') : value.text) ?? 'null';
    case 'timestamp':
      return JSON.stringify(timestampText(value.text));
    case 'bytes':
      return JSON.stringify(value.base64);
    case 'reference':
      return JSON.stringify(value.path);
    case 'geo-point':
      return `{"latitude":${value.latitude},"longitude":${value.longitude}}`;
    case 'unread':
      throw value.why;
  }
}

/** What a row of the normalized side holds, as JSON text, for a key that the row is found by. */
export const storedText = (value: Maybe): string | null =>
  isAbsent(value)
    ? null
    : isScalar(value) && value.kind === 'timestamp'
      ? value.text
      : isScalar(value) && value.kind === 'number'
        ? value.text
        : shownText(value);
