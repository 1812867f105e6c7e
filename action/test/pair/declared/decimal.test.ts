import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from '../../fast-check.ts';
import { canonicalDecimal, canonicalInteger, isWithin, scaledFloor } from '../../../src/pair/declared/decimal.ts';

/** A number as digits and a power of ten. */
const decimal = fc.record({ digits: fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }), power: fc.integer({ min: -450, max: 450 }) });
type Decimal = { digits: bigint; power: number };

const spelled = ({ digits, power }: Decimal, zeros: number): string[] => {
  const sign = digits < 0n ? '-' : '';
  const size = `${digits < 0n ? -digits : digits}`;
  const plain = power >= 0 ? `${size}${'0'.repeat(power)}` : `${size.padStart(-power + 1, '0').slice(0, power)}.${size.padStart(-power + 1, '0').slice(power)}`;
  const point = plain.includes('.') ? '' : '.';
  return [
    `${digits}e${power}`,
    `${sign}${size}${'0'.repeat(zeros)}E${power - zeros}`,
    `${sign}${plain}`,
    `${sign}${'0'.repeat(zeros)}${plain}${point}${'0'.repeat(zeros)}`,
    `${sign}0.${size}e+${size.length + power}`.replace('e+-', 'e-'),
  ];
};

describe('decimal numbers', () => {
  test('have one spelling, however they are written', () => {
    fc.assert(
      fc.property(decimal, fc.nat(5), (number, zeros) => {
        assert.deepEqual(new Set(spelled(number, zeros).map(canonicalDecimal)).size, 1, spelled(number, zeros).join(' '));
      }),
    );
    for (const one of ['1', '1.0', '1e0', '+1', '01', '10e-1', '0.1E1', '1.']) assert.equal(canonicalDecimal(one), '1', one);
    for (const zero of ['0', '-0', '0.00', '0e99', '.0']) assert.equal(canonicalDecimal(zero), '0', zero);
  });

  test('are different where their values are', () => {
    fc.assert(
      fc.property(decimal, decimal, (a, b) => {
        const low = Math.min(a.power, b.power);
        const isSame = a.digits * 10n ** BigInt(a.power - low) === b.digits * 10n ** BigInt(b.power - low);
        assert.equal(canonicalDecimal(`${a.digits}e${a.power}`) === canonicalDecimal(`${b.digits}e${b.power}`), isSame);
      }),
    );
    assert.notEqual(canonicalDecimal('9007199254740993'), canonicalDecimal('9007199254740992'));
    assert.notEqual(canonicalDecimal('0.1'), canonicalDecimal('0.1000000000000000055511151231257827'));
  });

  test('agree with the doubles that they were', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (double) => {
        assert.equal(Number(canonicalDecimal(String(double))), double === 0 ? 0 : double);
      }),
    );
  });

  test('may be of any size', () => {
    assert.equal(canonicalDecimal('1e99999999999999999999'), '1e99999999999999999999');
    assert.equal(canonicalDecimal('-120e-99999999999999999999'), '-12e-99999999999999999998');
    assert.equal(canonicalDecimal(`1${'0'.repeat(500_000)}1`)?.length, 500_002 + 'e0'.length);
  });

  test('are read from nothing else', () => {
    for (const text of ['', '.', 'e1', '-', '1,5', ' 1', '1 ', '0x10', '1_000', 'nan', 'inf', '१']) assert.equal(canonicalDecimal(text), undefined, text);
    for (const text of ['NaN', 'Infinity', '-Infinity']) {
      assert.equal(canonicalDecimal(text), text);
      assert.equal(canonicalInteger(text), undefined);
    }
  });

  test('are whole where nothing stands behind the point', () => {
    for (const text of ['12345678901234567890123', '5.00', '1e3', '-0']) assert.equal(canonicalInteger(text), canonicalDecimal(text), text);
    for (const text of ['0.5', '1e-3', 'x']) assert.equal(canonicalInteger(text), undefined, text);
  });

  test('are within a tolerance exactly', () => {
    assert.ok(isWithin('0.3', '0.31', '0.01'));
    assert.ok(!isWithin('0.3', '0.3100000000000000000000000000001', '0.01'));
    assert.ok(isWithin('-1', '1', '2'));
    assert.ok(isWithin('NaN', 'NaN', '0') && !isWithin('NaN', '1', '5') && !isWithin('Infinity', '-Infinity', '5'));
    assert.ok(!isWithin('1e99999999999999999999', '1', '5'));
    fc.assert(
      fc.property(fc.bigInt(), fc.bigInt(), fc.bigInt({ min: 0n }), fc.integer({ min: -9, max: 9 }), (a, b, limit, power) => {
        const apart = a > b ? a - b : b - a;
        assert.equal(isWithin(`${a}e${power}`, `${b}e${power}`, `${limit}e${power}`), apart <= limit);
      }),
    );
  });

  test('are cut towards the past', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }),
        fc.integer({ min: -9, max: 9 }),
        fc.integer({ min: -3, max: 9 }),
        (digits, power, scale) => {
          const shift = power + scale;
          const divisor = 10n ** BigInt(Math.max(0, -shift));
          const expected = shift >= 0 ? digits * 10n ** BigInt(shift) : (digits - (((digits % divisor) + divisor) % divisor)) / divisor;
          assert.equal(scaledFloor(`${digits}e${power}`, scale), expected);
        },
      ),
    );
    assert.equal(scaledFloor('1e999999999999', 0), undefined);
    assert.equal(scaledFloor('-1e-999999999999', 0), -1n);
  });
});
