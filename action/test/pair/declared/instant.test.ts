import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from '../../fast-check.ts';
import { canonicalInstant, formatInstant, instantOfNumber, isWithinTime, parseInstant, parseSpan, type Precision } from '../../../src/pair/declared/instant.ts';

const read = (text: string, precision: Precision = 'us', isUtc = false): string | undefined => canonicalInstant(text, isUtc, precision);

const date = fc.date({ noInvalidDate: true, min: new Date('-004000-01-01T00:00:00Z'), max: new Date('+200000-01-01T00:00:00Z') });

describe('instants', () => {
  test('are the same in every spelling of every store', () => {
    const spellings = [
      '2026-01-15T21:52:00.123456Z',
      '2026-01-15T21:52:00.123456+00:00',
      '2026-01-15 21:52:00.123456+00',
      '2026-01-16T06:52:00.123456+09:00',
      '2026-01-16 06:52:00.123456+09',
      '2026-01-15t21:52:00,123456z',
      '2026-01-15T21:52:00.123456789-00:00',
      '2026-01-15T16:22:00.123456-0530',
      '+002026-01-15T21:52:00.123456Z',
    ];
    for (const text of spellings) assert.equal(read(text), '2026-01-15T21:52:00.123456Z', text);
    assert.equal(read('2026-01-15 21:52:00', 's', true), '2026-01-15T21:52:00Z');
    assert.equal(read('2026-01-15T21:52Z', 's'), '2026-01-15T21:52:00Z');
    assert.equal(read('2016-12-31T23:59:60Z', 's'), '2017-01-01T00:00:00Z');
    assert.equal(read('2026-01-15T24:00:00Z', 's'), '2026-01-16T00:00:00Z');
  });

  test('are those of the calendar, also before the year 1 and after 9999', () => {
    assert.equal(read('0044-03-15 12:00:00+00 BC', 's'), '-000043-03-15T12:00:00Z');
    assert.equal(read('10000-01-02T00:00:00+00:00', 's'), '+010000-01-02T00:00:00Z');
    assert.equal(read('1900-01-01 00:00:00+08:27:52', 's'), '1899-12-31T15:32:08Z');
    fc.assert(fc.property(date, (day) => assert.equal(read(day.toISOString(), 'ms'), day.toISOString())));
    fc.assert(
      fc.property(date, (day) => {
        const instant = parseInstant(day.toISOString());
        assert.ok(typeof instant === 'object');
        assert.equal(instant.seconds * 1000 + Number(instant.fraction), day.getTime());
      }),
    );
  });

  test('are read the shorter way, where that says the same', () => {
    const fraction = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 12 });
    const joints = fc.constantFrom('T', ' ');
    const endings = fc.tuple(fc.option(fraction), fc.constantFrom('Z', '+00:00', '+00', '-01:00', ''));
    fc.assert(
      fc.property(date, joints, endings, fc.constantFrom(undefined, 's', 'ms', 'us'), fc.boolean(), (day, joint, [digits, offset], precision, isUtc) => {
        const text = day
          .toISOString()
          .replace('T', joint)
          .replace(/\.\d+Z$/, `${digits === null ? '' : `.${digits}`}${offset}`);
        const instant = parseInstant(text, isUtc);
        assert.equal(canonicalInstant(text, isUtc, precision), instant && formatInstant(instant, precision), text);
      }),
    );
  });

  test('that are counted are read the shorter way, where that says the same', () => {
    fc.assert(
      fc.property(fc.oneof(fc.integer(), fc.maxSafeInteger()), fc.constantFrom('s' as const, 'ms' as const), (count, unit) => {
        assert.deepEqual(instantOfNumber(`${count}`, unit), instantOfNumber(`${count}.0`, unit));
      }),
    );
    assert.deepEqual(instantOfNumber('0', 'ms'), { seconds: 0, fraction: '000000000' });
    assert.deepEqual(instantOfNumber('-1', 'ms'), { seconds: -1, fraction: '999000000' });
  });

  test('are cut towards the past and never rounded, also before 1970', () => {
    assert.equal(read('2026-01-15T21:52:00.999999Z', 's'), '2026-01-15T21:52:00Z');
    assert.equal(read('1969-12-31T23:59:59.999999Z', 'ms'), '1969-12-31T23:59:59.999Z');
    assert.equal(formatInstant(instantOfNumber('-0.0001', 's') ?? 'infinity', 'ms'), '1969-12-31T23:59:59.999Z');
    assert.equal(formatInstant(instantOfNumber('-1', 'ms') ?? 'infinity', 's'), '1969-12-31T23:59:59Z');
    fc.assert(
      fc.property(date, (day) => {
        const number = instantOfNumber(`${day.getTime()}`, 'ms');
        assert.equal(number && formatInstant(number, 'ms'), day.toISOString());
      }),
    );
  });

  test('have an offset, or are in UTC by their column', () => {
    for (const text of [
      '2026-01-15T21:52:00',
      '2026-01-15',
      '21:52:00Z',
      '',
      'now',
      '1737000000',
      '2026-02-30T00:00:00Z',
      '2026-13-01T00:00:00Z',
      '2026-01-15T25:00:00Z',
      '2026-01-15T21:60:00Z',
      '2026-01-15T21:52:00+99:00',
      '2026-01-15T21:52:00Z ',
      '26-01-15T21:52:00Z',
    ]) {
      assert.equal(parseInstant(text), undefined, text);
    }
    assert.equal(read('-infinity'), '-infinity');
    assert.equal(instantOfNumber('1e30', 's'), undefined);
    assert.equal(instantOfNumber('NaN', 's'), undefined);
  });

  test('keep their digits where no precision is asked for', () => {
    assert.equal(formatInstant(parseInstant('2026-01-15T23:52:00.100+02:00') ?? 'infinity'), '2026-01-15T21:52:00.100Z');
  });

  test('are near each other within a tolerance', () => {
    const two = (millis: number) => new Date(Date.UTC(2026, 0, 1) + millis).toISOString();
    fc.assert(fc.property(fc.integer({ min: -5000, max: 5000 }), (apart) => assert.equal(isWithinTime(two(0), two(apart), 2000), Math.abs(apart) <= 2000)));
    assert.ok(!isWithinTime('infinity', '2026-01-01T00:00:00Z', 9e9) && isWithinTime('infinity', 'infinity', 0));
    assert.ok(!isWithinTime('2026-01-01T00:00:00.000000Z', '2026-01-01T00:00:02.000001Z', 2000));
  });

  test('are as far apart as a span says', () => {
    assert.deepEqual(['500ms', '2s', '5m', '1h', '2d'].map(parseSpan), [500, 2000, 300_000, 3_600_000, 172_800_000]);
    for (const text of ['', '2', 's', '-1s', '1.5s', '2 s', '2w', '9999999999s']) assert.equal(parseSpan(text), undefined, text);
  });
});
