import { isCalendarDate } from '../../document/calendar.ts';
import { toNfc } from '../../document/canonical.ts';
import { canonicalDecimal, canonicalInteger } from './decimal.ts';
import { canonicalInstant, formatInstant, instantOfNumber } from './instant.ts';
import { canonicalJson, timestampText } from './json.ts';
import { isUnreadable, scalarType, type Canonical, type FieldType, type Place } from './types.ts';
import { withoutFill } from '../../store/column.ts';
import { isAbsent, isFields, isList, isScalar, type Maybe, type Value } from '../../store/value.ts';

/** A value of either side as the canonical text of a type: what is equal has one text, and what is not has two. */

const longestShown = 10_000;

/** The canonical text of a value; null where there is nothing. Never throws, whatever the value is. */
export function canonical(type: FieldType, value: Maybe, place: Place = {}): Canonical {
  if (isAbsent(value)) return null;
  const read = readAs(type, value, place);
  return read === undefined ? { unreadable: shownText(value).slice(0, longestShown) } : read;
}

/** A value as a person would read it; for what is not of its type. */
export function shownText(value: Maybe): string {
  if (typeof value === 'string') return value;
  return plainText(value) ?? canonicalJson(value) ?? '';
}

/** @returns `undefined` where the value is not of the type */
function readAs(type: FieldType, value: Value, place: Place): string | null | undefined {
  switch (type.name) {
    case 'text':
      return readText(type, value, place);
    case 'integer':
      return withNumber(value, canonicalInteger);
    case 'number':
      return withNumber(value, canonicalDecimal);
    case 'boolean':
      return readBoolean(value, place);
    case 'timestamp':
      return readTimestamp(type, value, place);
    case 'date':
      return isCalendarDate(value) ? value : undefined;
    case 'uuid':
      return typeof value === 'string' && uuid.test(value) ? value.toLowerCase() : undefined;
    case 'bytes':
      return readBytes(value);
    case 'json':
      return canonicalJson(value, place.isSparse);
    case 'list':
    case 'set':
      return readElements(type, value, place);
    case 'undescribed':
      return readUndescribed(value, place);
  }
}

/** Columns whose numbers can be compared as the text that they are written as. */
const spelled: ReadonlySet<unknown> = new Set(['integer', 'number', 'unknown']);

function readText(type: FieldType & { name: 'text' }, value: Value, place: Place): string | null | undefined {
  // A row type, a geometry or an hstore is shown as JSON.
  if (place.column === 'text' && isFields(value)) return canonicalJson(value, place.isSparse);
  const isReference = isScalar(value) && value.kind === 'reference';
  // `numeric(10,2)` says 1.50, and so does whoever wrote it as text.
  const text =
    isScalar(value) && value.kind === 'number' && spelled.has(place.column)
      ? value.text
      : typeof value === 'string' || isReference || place.column === 'unknown'
        ? plainText(value)
        : undefined;
  if (text === undefined) return undefined;
  return canonicalText(type, place.column === 'char' ? withoutFill(text) : text);
}

/** Text as it is compared: Unicode NFC, and what the options say. White space is what `String.prototype.trim` removes. */
export function canonicalText({ trim, ignoreCase, blankIsNull }: { trim?: boolean; ignoreCase?: boolean; blankIsNull?: boolean }, text: string): string | null {
  const composed = toNfc(text);
  const trimmed = trim ? composed.trim() : composed;
  if (blankIsNull && trimmed.trim() === '') return null;
  // Through capitals, so that `ß`, `SS` and the two small sigmas come together; from small letters, since the capital `ẞ` stays one letter.
  return ignoreCase ? trimmed.toLowerCase().toUpperCase().toLowerCase().replaceAll('ς', 'σ').normalize('NFC') : trimmed;
}

/** Scalars as text, in one spelling each; `undefined` for lists, maps and places. */
function plainText(value: Maybe): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  if (!isScalar(value)) return undefined;
  if (value.kind === 'number') return canonicalDecimal(value.text) ?? value.text;
  if (value.kind === 'timestamp') return timestampText(value.text);
  if (value.kind === 'bytes') return value.base64;
  return value.kind === 'reference' ? value.path : undefined;
}

function withNumber(value: Value, read: (text: string) => string | undefined): string | undefined {
  if (typeof value === 'string') return read(value);
  return isScalar(value) && value.kind === 'number' ? read(value.text) : undefined;
}

/** In a column of text, and in a path, everything is text. */
const isText = ({ column }: Place): boolean => column === 'text' || column === 'char' || column === 'unknown';

function readBoolean(value: Value, place: Place): string | undefined {
  if (typeof value === 'boolean') return String(value);
  return isText(place) && (value === 'true' || value === 'false') ? value : undefined;
}

function readTimestamp({ precision, unit }: FieldType & { name: 'timestamp' }, value: Value, place: Place): string | undefined {
  const text = typeof value === 'string' ? value : isScalar(value) && value.kind === 'timestamp' ? value.text : undefined;
  // A column without a time zone is taken as UTC, also where another source has one with it.
  const written = text === undefined ? undefined : canonicalInstant(text, place.column === 'timestamp' || typeof value !== 'string', precision);
  if (written !== undefined) return written;
  if (unit === undefined) return undefined;
  const number = isScalar(value) && value.kind === 'number' ? value.text : isText(place) ? text : undefined;
  const counted = number === undefined ? undefined : instantOfNumber(number, unit);
  return counted && formatInstant(counted, precision);
}

const uuid = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;
const base64 = /^[A-Za-z\d+/]*={0,2}$/;

/** @returns the bytes as hex digits, as Postgres shows them: `\x0aff` */
function readBytes(value: Value): string | undefined {
  const text = typeof value === 'string' ? value : isScalar(value) && value.kind === 'bytes' ? value.base64 : undefined;
  if (text === undefined) return undefined;
  if (/^\\x(?:[\da-f]{2})*$/i.test(text)) return text.toLowerCase();
  const digits = text.replace(/=+$/, '').length;
  if (!base64.test(text) || digits % 4 === 1 || (text.endsWith('=') && text.length % 4 !== 0)) return undefined;
  return `\\x${Buffer.from(text, 'base64').toString('hex')}`;
}

/** The canonical elements as JSON; of a set in order, each as often as it is there. */
function readElements({ name, of }: FieldType & { name: 'list' | 'set' }, value: Value, place: Place): string | null | undefined {
  const items = itemsOf(value, place);
  if (items === undefined) return undefined;
  if (items.length === 0 && place.isSparse) return null;
  const type = scalarType(of);
  // An array of the database may have several dimensions; what is in one of JSON has one.
  const isInArray = place.column !== undefined && place.column !== 'json' && place.column !== 'unknown';
  const texts = items.map((item) => {
    if (isInArray && isList(item)) return readElements({ name: 'list', of }, item, place);
    const element = canonical(type, item, place);
    return isUnreadable(element) ? undefined : JSON.stringify(element);
  });
  if (texts.includes(undefined)) return undefined;
  return `[${(name === 'set' ? texts.sort() : texts).join(',')}]`;
}

/** The Realtime Database hands a list over as a map of its places, where some are empty. */
function itemsOf(value: Value, place: Place): readonly Value[] | undefined {
  if (isList(value)) return place.isSparse ? value.filter((item) => item !== null) : value;
  if (!place.isSparse || !isFields(value)) return undefined;
  const keys = [...value.keys()];
  if (!keys.every((key) => /^\d{1,10}$/.test(key))) return undefined;
  return keys
    .sort((a, b) => Number(a) - Number(b))
    .map((key) => value.get(key) ?? null)
    .filter((item) => item !== null);
}

/** A text that begins like JSON is written as JSON, so that it is not taken for a map or a list. */
function readUndescribed(value: Value, place: Place): string | null {
  const text = plainText(value);
  if (text === undefined) return canonicalJson(value, place.isSparse);
  const composed = toNfc(text);
  return /^["[{]/.test(composed) ? JSON.stringify(composed) : composed;
}
