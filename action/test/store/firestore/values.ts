import * as fc from '../../fast-check.ts';
import { canonicalDecimal } from '../../../src/pair/declared/decimal.ts';
import { numberValue, timestampValue, type Value } from '../../../src/store/value.ts';

/** A value as REST v1 writes it, and what it means. */
export type Pair = { readonly raw: Record<string, unknown>; readonly value: Value };

const pair = (raw: Record<string, unknown>, value: Value): Pair => ({ raw, value });

const text = fc.oneof(fc.constantFrom('', 'é', 'e\u0301', '\u0000', '\u{1F600}', '１', '__proto__', 'NaN'), fc.string({ unit: 'grapheme', maxLength: 12 }));
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const double = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constantFrom(3, 1e21, 0.1 + 0.2, 5e-324, 2 ** 62));
const two = (number: number): string => String(number).padStart(2, '0');
const timestamp = fc
  .record({
    day: fc.integer({ min: 1, max: 28 }),
    hour: fc.integer({ min: 0, max: 23 }),
    year: fc.integer({ min: 1700, max: 2200 }),
    fraction: fc.constantFrom('', '.001', '.120', '.123456'),
  })
  .map(({ day, hour, year, fraction }) => `${String(year).padStart(4, '0')}-02-${two(day)}T${two(hour)}:07:09${fraction}Z`);
const path = fc.constantFrom('users/u1', 'boards/b 1/posts/01', 'a/\u{1F600}');

const scalar: fc.Arbitrary<Pair> = fc.oneof(
  fc.constant(pair({ nullValue: null }, null)),
  fc.boolean().map((booleanValue) => pair({ booleanValue }, booleanValue)),
  text.map((stringValue) => pair({ stringValue }, stringValue)),
  int64.map((integer) => pair({ integerValue: String(integer) }, numberValue(String(integer)))),
  // A minus zero is not kept by every server.
  double.map((number) => number + 0).map((doubleValue) => pair({ doubleValue }, numberValue(String(doubleValue)))),
  fc.constantFrom('NaN', 'Infinity', '-Infinity').map((doubleValue) => pair({ doubleValue }, numberValue(doubleValue))),
  timestamp.map((timestampValue_) => pair({ timestampValue: timestampValue_ }, timestampValue(timestampValue_))),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => {
    const base64 = Buffer.from(bytes).toString('base64');
    return pair({ bytesValue: base64 }, { kind: 'bytes', base64 });
  }),
  path.map((below) => pair({ referenceValue: `projects/demo-board/databases/(default)/documents/${below}` }, { kind: 'reference', path: below })),
  fc
    .tuple(fc.double({ min: -90, max: 90, noNaN: true }), fc.double({ min: -180, max: 180, noNaN: true }))
    .map(([a, b]) => [a + 0, b + 0] as const)
    .map(([latitude, longitude]) =>
      pair({ geoPointValue: { latitude, longitude } }, { kind: 'geo-point', latitude: String(latitude), longitude: String(longitude) }),
    ),
);

/** Once it has seen a name that ends in a backslash, `JSON.parse` of Node 24 takes the same name with a quote in its place for that one. */
const isMistaken = (one: string): boolean => one.endsWith('\\');

const name = fc
  .oneof(fc.constantFrom('a', 'with.dot', 'ü', 'with space', '`', '"', '\\a', '1', 'toString'), fc.string({ minLength: 1, maxLength: 8 }))
  .filter((one) => !/^__.*__$/s.test(one) && !isMistaken(one));

export const fieldsOf = (
  fields: Readonly<Record<string, Pair>>,
): { readonly raw: Record<string, Record<string, unknown>>; readonly value: ReadonlyMap<string, Value> } => ({
  raw: Object.fromEntries(Object.entries(fields).map(([key, one]) => [key, one.raw])),
  value: new Map(Object.entries(fields).map(([key, one]) => [key, one.value])),
});

const map = (inner: fc.Arbitrary<Pair>): fc.Arbitrary<Pair> =>
  fc.dictionary(name, inner, { maxKeys: 4, noNullPrototype: true }).map((fields) => {
    const { raw, value } = fieldsOf(fields);
    return pair({ mapValue: Object.keys(raw).length === 0 ? {} : { fields: raw } }, value);
  });

const list = (inner: fc.Arbitrary<Pair>): fc.Arbitrary<Pair> =>
  fc.array(inner, { maxLength: 4 }).map((pairs) =>
    pair(
      { arrayValue: pairs.length === 0 ? {} : { values: pairs.map(({ raw }) => raw) } },
      pairs.map(({ value }) => value),
    ),
  );

/** Lists stand in no list directly. */
const { any } = fc.letrec<{ any: Pair; inList: Pair }>((tie) => ({
  inList: fc.oneof({ depthSize: 'small' }, scalar, map(tie('any'))),
  any: fc.oneof({ depthSize: 'small' }, scalar, map(tie('any')), list(tie('inList'))),
}));

export const anyPair = any;
export const documentFields = fc.dictionary(name, any, { maxKeys: 6, noNullPrototype: true }).map(fieldsOf);

/** The same, apart from how a number is spelled. */
export function spelled(value: Value): Value {
  if (Array.isArray(value)) return value.map(spelled);
  if (value instanceof Map) return new Map([...value].map(([key, inner]) => [key, spelled(inner)]));
  if (typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'number') return numberValue(canonicalDecimal(value.text) ?? value.text);
  return value;
}
