import * as fc from '../../fast-check.ts';
import type { Value } from '../../../src/store/value.ts';

/** Values as stores hand them over, also such as no store would. */
const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', ' ', 'é', 'é', '\u0000', '\ud800', 'true', '1', '1e999999999999', 'NaN', '\\x0', '2026-01-01T00:00:00Z', 'infinity', '{"a":1}'),
);
const scalar: fc.Arbitrary<Value> = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  text,
  fc.record({ kind: fc.constant('number' as const), text: fc.oneof(fc.double().map(String), fc.bigInt().map(String), text) }),
  fc.record({
    kind: fc.constant('timestamp' as const),
    text: fc.oneof(
      fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
      text,
    ),
  }),
  fc.record({ kind: fc.constant('bytes' as const), base64: fc.oneof(fc.base64String(), text) }),
  fc.record({ kind: fc.constant('reference' as const), path: text }),
  fc.record({ kind: fc.constant('geo-point' as const), latitude: fc.double().map(String), longitude: text }),
);

export const anyValue: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(text, tie('value')), { maxLength: 4 }).map((entries) => new Map(entries)),
  ),
})).value;

/** What JSON can hold, as a value with exact numbers and as JavaScript has it. */
export const toValue = (json: unknown): Value => {
  if (Array.isArray(json)) return json.map(toValue);
  if (typeof json === 'object' && json !== null) return new Map(Object.entries(json).map(([key, value]) => [key, toValue(value)]));
  return typeof json === 'number' ? { kind: 'number', text: String(json) } : typeof json === 'string' || typeof json === 'boolean' ? json : null;
};
