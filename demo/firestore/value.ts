/** Values as REST v1 spells them, with Firestore's order and equality. */

export type Value =
  | { nullValue: null }
  | { booleanValue: boolean }
  | { integerValue: string }
  | { doubleValue: number | 'NaN' | 'Infinity' | '-Infinity' }
  | { timestampValue: string }
  | { stringValue: string }
  | { bytesValue: string }
  | { referenceValue: string }
  | { geoPointValue: { latitude?: number; longitude?: number } }
  | { arrayValue: { values?: Value[] } }
  | { mapValue: { fields?: Fields } };

export type Fields = { [name: string]: Value };

/** JavaScript values that can be converted: a whole number becomes an integer, any other a double. */
export type Plain = null | boolean | number | bigint | string | Date | readonly Plain[] | { readonly [name: string]: Plain };

export function toValue(plain: Plain): Value {
  if (plain === null) return { nullValue: null };
  if (typeof plain === 'boolean') return { booleanValue: plain };
  if (typeof plain === 'bigint' || Number.isSafeInteger(plain)) return { integerValue: String(plain) };
  if (typeof plain === 'number') return { doubleValue: plain };
  if (typeof plain === 'string') return { stringValue: plain };
  if (plain instanceof Date) return { timestampValue: plain.toISOString() };
  if (Array.isArray(plain)) return { arrayValue: { values: plain.map(toValue) } };
  return { mapValue: { fields: toFields(plain as { readonly [name: string]: Plain }) } };
}

export function toFields(plain: { readonly [name: string]: Plain }): Fields {
  return Object.fromEntries(Object.entries(plain).map(([name, value]) => [name, toValue(value)]));
}

/** An invalid request. `code` is the canonical status. */
export type Refusal = { code: 'INVALID_ARGUMENT' | 'NOT_FOUND' | 'ALREADY_EXISTS' | 'FAILED_PRECONDITION'; message: string };

const refusals = new WeakMap<Error, Refusal>();

export function refuse(code: Refusal['code'], message: string): Error {
  const error = new Error(message);
  refusals.set(error, { code, message });
  return error;
}

export function refusalOf(error: unknown): Refusal | undefined {
  return error instanceof Error ? refusals.get(error) : undefined;
}

export const invalid = (message: string): Error => refuse('INVALID_ARGUMENT', message);

/** @returns microseconds since 1970, truncated, which fit a number until 2255 */
export function microsOf(timestamp: string): number {
  const [, seconds = '', fraction = '', zone = ''] = /^(\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:\d\d)$/.exec(timestamp) ?? [];
  const whole = Date.parse(`${seconds}${zone}`);
  if (Number.isNaN(whole)) throw invalid(`Invalid time: "${timestamp.slice(0, 50)}"`);
  return whole * 1000 + Number(fraction.padEnd(6, '0').slice(0, 6));
}

/** With zero, three or six decimals, as few as possible. */
export function timestampOf(micros: number): string {
  const fraction = ((micros % 1_000_000) + 1_000_000) % 1_000_000;
  const seconds = new Date((micros - fraction) / 1000).toISOString().slice(0, -5);
  if (fraction === 0) return `${seconds}Z`;
  const digits = String(fraction).padStart(6, '0');
  return `${seconds}.${digits.endsWith('000') ? digits.slice(0, 3) : digits}Z`;
}

/** The order of the UTF-8 bytes, which differs from that of UTF-16 only between surrogates and U+E000 to U+FFFF. */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const left = a.charCodeAt(at);
    const right = b.charCodeAt(at);
    if (left === right) continue;
    const above = (unit: number): number => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit);
    return above(left) - above(right);
  }
  return a.length - b.length;
}

export function comparePaths(a: string, b: string): number {
  return compareLists(a.split('/'), b.split('/'), compareText);
}

function compareLists<T>(a: readonly T[], b: readonly T[], compare: (a: T, b: T) => number): number {
  for (const [at, left] of a.entries()) {
    const right = b[at];
    if (right === undefined) return 1;
    const order = compare(left, right);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

const vectorType = '__vector__';

function isVector(fields: Fields): boolean {
  const type = fields['__type__'];
  return type !== undefined && 'stringValue' in type && type.stringValue === vectorType;
}

/** Values of one class are ordered among themselves, and a range matches values of one class only. */
export function classOf(value: Value): number {
  if ('nullValue' in value) return 0;
  if ('booleanValue' in value) return 1;
  if ('doubleValue' in value) return value.doubleValue === 'NaN' ? 2 : 3;
  if ('integerValue' in value) return 3;
  if ('timestampValue' in value) return 4;
  if ('stringValue' in value) return 5;
  if ('bytesValue' in value) return 6;
  if ('referenceValue' in value) return 7;
  if ('geoPointValue' in value) return 8;
  if ('arrayValue' in value) return 9;
  return isVector(value.mapValue.fields ?? {}) ? 10 : 11;
}

/** Integers beyond 2^53 and doubles are compared by their exact values. */
function compareNumbers(a: Value, b: Value): number {
  if ('integerValue' in a && 'integerValue' in b) {
    const difference = BigInt(a.integerValue) - BigInt(b.integerValue);
    return difference === 0n ? 0 : difference < 0n ? -1 : 1;
  }
  const numberOf = (value: Value): number =>
    'integerValue' in value ? Number(value.integerValue) : 'doubleValue' in value ? Number(value.doubleValue) : Number.NaN;
  const left = numberOf(a);
  const right = numberOf(b);
  if (left !== right) return left < right ? -1 : 1;
  if (!Number.isFinite(left)) return 0;
  const exact = (value: Value): bigint => BigInt('integerValue' in value ? value.integerValue : left);
  if (!Number.isInteger(left)) return 0;
  const difference = exact(a) - exact(b);
  return difference === 0n ? 0 : difference < 0n ? -1 : 1;
}

export function compareValues(a: Value, b: Value): number {
  const order = classOf(a) - classOf(b);
  if (order !== 0) return order;
  if ('booleanValue' in a && 'booleanValue' in b) return Number(a.booleanValue) - Number(b.booleanValue);
  if ('timestampValue' in a && 'timestampValue' in b) return microsOf(a.timestampValue) - microsOf(b.timestampValue);
  if ('stringValue' in a && 'stringValue' in b) return compareText(a.stringValue, b.stringValue);
  if ('bytesValue' in a && 'bytesValue' in b) return Buffer.compare(Buffer.from(a.bytesValue, 'base64'), Buffer.from(b.bytesValue, 'base64'));
  if ('referenceValue' in a && 'referenceValue' in b) return comparePaths(a.referenceValue, b.referenceValue);
  if ('geoPointValue' in a && 'geoPointValue' in b) {
    const north = (a.geoPointValue.latitude ?? 0) - (b.geoPointValue.latitude ?? 0);
    return north === 0 ? (a.geoPointValue.longitude ?? 0) - (b.geoPointValue.longitude ?? 0) : north;
  }
  if ('arrayValue' in a && 'arrayValue' in b) return compareLists(a.arrayValue.values ?? [], b.arrayValue.values ?? [], compareValues);
  if ('mapValue' in a && 'mapValue' in b) return compareMaps(a.mapValue.fields ?? {}, b.mapValue.fields ?? {});
  return classOf(a) === 3 ? compareNumbers(a, b) : 0;
}

function compareMaps(a: Fields, b: Fields): number {
  if (isVector(a) && isVector(b)) {
    const lengthOf = (fields: Fields): number => (fields['value'] && 'arrayValue' in fields['value'] ? (fields['value'].arrayValue.values ?? []).length : 0);
    if (lengthOf(a) !== lengthOf(b)) return lengthOf(a) - lengthOf(b);
  }
  const entries = (fields: Fields): [string, Value][] => Object.entries(fields).sort(([left], [right]) => compareText(left, right));
  return compareLists(entries(a), entries(b), ([name, value], [otherName, other]) => compareText(name, otherName) || compareValues(value, other));
}

export const equal = (a: Value, b: Value): boolean => compareValues(a, b) === 0;

const kinds: readonly string[] = [
  'nullValue',
  'booleanValue',
  'integerValue',
  'doubleValue',
  'timestampValue',
  'stringValue',
  'bytesValue',
  'referenceValue',
  'geoPointValue',
  'arrayValue',
  'mapValue',
];

/** Text that is not valid Unicode cannot be stored: each unpaired surrogate becomes a question mark. */
const wellFormed = (text: string): string => text.replaceAll(/\p{Surrogate}/gu, '?');

/** @returns the value as Firestore returns it later: integers as text, microseconds, no negative zero */
export function normalize(value: unknown, within: 'field' | 'array' = 'field'): Value {
  if (typeof value !== 'object' || value === null) throw invalid("Payload isn't valid for request.");
  const present = Object.keys(value);
  const [kind] = present;
  if (kind === undefined) throw invalid('Cannot convert firestore.v1.Value with type unset.');
  if (present.length > 1 || !kinds.includes(kind)) throw invalid(`Invalid JSON payload received. Unknown name "${kind.slice(0, 50)}" at 'value'.`);
  const given = value as Value;
  if ('nullValue' in given) return { nullValue: null };
  if ('integerValue' in given) {
    const text = String(given.integerValue);
    if (!/^-?\d{1,19}$/.test(text) || BigInt.asIntN(64, BigInt(text)) !== BigInt(text)) throw invalid(`Invalid value (TYPE_INT64), "${text.slice(0, 50)}"`);
    return { integerValue: String(BigInt(text)) };
  }
  if ('doubleValue' in given) {
    const number = Number(given.doubleValue);
    if (Number.isNaN(number)) return { doubleValue: 'NaN' };
    if (Number.isFinite(number)) return { doubleValue: number + 0 };
    return { doubleValue: number < 0 ? '-Infinity' : 'Infinity' };
  }
  if ('timestampValue' in given) return { timestampValue: timestampOf(microsOf(given.timestampValue)) };
  if ('stringValue' in given) return { stringValue: wellFormed(given.stringValue) };
  if ('bytesValue' in given) return { bytesValue: Buffer.from(given.bytesValue, 'base64').toString('base64') };
  if ('geoPointValue' in given) return { geoPointValue: { latitude: given.geoPointValue.latitude ?? 0, longitude: given.geoPointValue.longitude ?? 0 } };
  if ('arrayValue' in given) {
    if (within === 'array') throw invalid('Cannot convert an array value in an array value.');
    const values = (given.arrayValue.values ?? []).map((element) => normalize(element, 'array'));
    return { arrayValue: values.length === 0 ? {} : { values } };
  }
  if ('mapValue' in given) {
    const fields = normalizeFields(given.mapValue.fields);
    return { mapValue: Object.keys(fields).length === 0 ? {} : { fields } };
  }
  return given;
}

export function normalizeFields(fields: unknown): Fields {
  if (fields === undefined) return {};
  if (typeof fields !== 'object' || fields === null) throw invalid("Payload isn't valid for request.");
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [wellFormed(name), normalize(value)]));
}
