import { isCalendarDate } from '../../document/calendar.ts';
import { toNfc } from '../../document/canonical.ts';
import { withoutTrailing } from '../../document/trailing.ts';
import { canonicalDecimal, canonicalInteger } from './decimal.ts';
import { canonicalInstant, formatInstant, instantOfNumber } from './instant.ts';
import { canonicalJson, timestampText } from './json.ts';
import { isUnreadable, scalarType, type Canonical, type FieldType, type Place } from './types.ts';
import { withoutFill } from '../../store/column.ts';
import { isAbsent, isFields, isList, isScalar, isUnread, type Maybe, type Value } from '../../store/value.ts';

/** Turns a value of either side into the canonical text of a type: equal values have the same text, and others do not. */

const longestShown = 10_000;
const unreadText = 'too large to be read';

/** The canonical text of a value; null if there is none. Never throws, whatever the value is. */
export function canonical(type: FieldType, value: Maybe, place: Place = {}): Canonical {
  if (isAbsent(value)) return null;
  if (isUnread(value)) return { unreadable: unreadText };
  const read = readAs(type, value, place);
  return read === undefined ? { unreadable: shownText(value).slice(0, longestShown) } : read;
}

/** A value as a person would read it, for values that do not match their type. */
export function shownText(value: Maybe): string {
  if (typeof value === 'string') return value;
  if (isUnread(value)) return unreadText;
  return plainText(value) ?? canonicalJson(value) ?? '';
}

/** @returns `undefined` if the value does not match the type */
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

/** Columns whose numbers can be compared in the spelling in which they are stored. */
const spelled: ReadonlySet<unknown> = new Set(['integer', 'number', 'unknown']);

function readText(type: FieldType & { name: 'text' }, value: Value, place: Place): string | null | undefined {
  // A row type, a geometry or an hstore is shown as JSON.
  if (place.column === 'text' && isFields(value)) return canonicalJson(value, place.isSparse);
  const isReference = isScalar(value) && value.kind === 'reference';
  // `numeric(10,2)` yields 1.50, and so does a text column that somebody wrote it into.
  const text =
    isScalar(value) && value.kind === 'number' && spelled.has(place.column)
      ? value.text
      : typeof value === 'string' || isReference || place.column === 'unknown'
        ? plainText(value)
        : undefined;
  if (text === undefined) return undefined;
  return canonicalText(type, place.column === 'char' ? withoutFill(text) : text);
}

/** Text as it is compared: Unicode NFC, then the options. White space is what `String.prototype.trim` removes. */
export function canonicalText({ trim, ignoreCase, blankIsNull }: { trim?: boolean; ignoreCase?: boolean; blankIsNull?: boolean }, text: string): string | null {
  const composed = toNfc(text);
  const trimmed = trim ? composed.trim() : composed;
  if (blankIsNull && trimmed.trim() === '') return null;
  // Through upper case, so that `ß` equals `SS` and the two small sigmas are equal; from lower case, since upper-casing leaves the capital
  // `ẞ` as it is.
  return ignoreCase ? toNfc(trimmed.toLowerCase().toUpperCase().toLowerCase().replaceAll('ς', 'σ')) : trimmed;
}

/** The single text of a scalar; `undefined` for lists, maps and places. */
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

/** A column of text and a path contain only text. */
const isText = ({ column }: Place): boolean => column === 'text' || column === 'char' || column === 'unknown';

function readBoolean(value: Value, place: Place): string | undefined {
  if (typeof value === 'boolean') return String(value);
  return isText(place) && (value === 'true' || value === 'false') ? value : undefined;
}

function readTimestamp({ precision, unit }: FieldType & { name: 'timestamp' }, value: Value, place: Place): string | undefined {
  const text = typeof value === 'string' ? value : isScalar(value) && value.kind === 'timestamp' ? value.text : undefined;
  // A column without a time zone counts as UTC, even if another source has one with a time zone.
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
  const digits = withoutTrailing(text, '=').length;
  if (!base64.test(text) || digits % 4 === 1 || (text.endsWith('=') && text.length % 4 !== 0)) return undefined;
  return `\\x${Buffer.from(text, 'base64').toString('hex')}`;
}

/** The canonical elements as JSON; those of a set are sorted, with repetitions kept. */
function readElements({ name, of }: FieldType & { name: 'list' | 'set' }, value: Value, place: Place): string | null | undefined {
  const items = itemsOf(value, place);
  if (items === undefined) return undefined;
  if (items.length === 0 && place.isSparse) return null;
  const type = scalarType(of);
  // An array of the database may have several dimensions; one inside JSON has only one.
  const isInArray = place.column !== undefined && place.column !== 'json' && place.column !== 'unknown';
  const texts = items.map((item) => {
    if (isInArray && isList(item)) return readElements({ name: 'list', of }, item, place);
    const element = canonical(type, item, place);
    return isUnreadable(element) ? undefined : JSON.stringify(element);
  });
  if (texts.includes(undefined)) return undefined;
  return `[${(name === 'set' ? texts.sort() : texts).join(',')}]`;
}

/** The Realtime Database returns a list as a map of its indexes, some of which are empty. */
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

/** A text that begins like JSON is written as a JSON string, so that it is not mistaken for a map or a list. */
function readUndescribed(value: Value, place: Place): string | null {
  const text = plainText(value);
  if (text === undefined) return canonicalJson(value, place.isSparse);
  const composed = toNfc(text);
  return /^["[{]/.test(composed) ? JSON.stringify(composed) : composed;
}
