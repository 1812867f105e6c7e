import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { addDays, daysSinceMonday, isCalendarDate, mondayOf, sevenDays } from '../../src/document/calendar.ts';

/** Days since 0001-01-01, which was a Monday, by the rules of the Gregorian calendar alone. */
function ordinal(date: string): number {
  const [year = 0, month = 0, day = 0] = date.split('-').map(Number);
  const before = year - 1;
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const lengths = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
  const months = lengths.slice(0, month - 1).reduce((sum, length) => sum + length, 0);
  return 365 * before + Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400) + months + day - 1;
}

const dates: string[] = [];
for (let date = '0001-01-01'; date < '9999-12-01'; date = addDays(date, 97)) dates.push(date);

describe('calendar dates', () => {
  it('agree with the rules of the calendar from the year 1 to the year 9999', () => {
    for (const date of dates) {
      assert.ok(isCalendarDate(date), date);
      assert.equal(daysSinceMonday(date), ordinal(date) % 7, date);
      assert.equal(ordinal(addDays(date, 6)), ordinal(date) + 6, date);
      assert.equal(ordinal(mondayOf(date)), ordinal(date) - (ordinal(date) % 7), date);
    }
    assert.ok(dates.length > 37_000);
  });

  it('go back to the Monday on or before: Sunday by six days, Tuesday by one', () => {
    assert.deepEqual(['2025-10-13', '2025-10-14', '2025-10-19', '2025-10-20', '2025-01-01', '2024-03-01'].map(mondayOf), [
      '2025-10-13',
      '2025-10-13',
      '2025-10-13',
      '2025-10-20',
      '2024-12-30',
      '2024-02-26',
    ]);
    assert.deepEqual(['2025-10-13', '2025-10-14', '2025-10-19'].map(daysSinceMonday), [0, 1, 6]);
    assert.equal(mondayOf('0001-01-01'), '0001-01-01');
  });

  it('cross months, leap days and years', () => {
    assert.deepEqual(
      [
        addDays('2024-02-28', 1),
        addDays('2024-02-28', 2),
        addDays('1900-02-28', 1),
        addDays('2000-02-28', 1),
        addDays('2024-12-30', 6),
        addDays('2025-03-01', -1),
        addDays('0099-12-31', 1),
      ],
      ['2024-02-29', '2024-03-01', '1900-03-01', '2000-02-29', '2025-01-05', '2025-02-28', '0100-01-01'],
    );
  });

  it('come in sevens from any day on', () => {
    for (let date = '2023-12-25'; date < '2025-03-10'; date = addDays(date, 1))
      assert.deepEqual(
        sevenDays(date),
        [0, 1, 2, 3, 4, 5, 6].map((days) => addDays(date, days)),
      );
    assert.equal(sevenDays('9999-12-27').at(-1), '10000-01-02');
  });

  it('are not days that do not exist, other spellings, or anything but text', () => {
    const none = [
      '2025-02-29',
      '2025-02-30',
      '2100-02-29',
      '2025-13-01',
      '2025-00-10',
      '2025-01-00',
      '2025-04-31',
      '0000-01-01',
      'infinity',
      '-infinity',
      '10000-01-03',
      '0044-03-15 BC',
      '',
      '2025-1-1',
      '2025-10-13T00:00:00',
      ' 2025-10-13',
      '2025-10-13\n',
      '２０２５-10-13',
      '-001-01-01',
      null,
      undefined,
      20251013,
      new Date(),
      ['2025-10-13'],
    ];
    assert.deepEqual(none.filter(isCalendarDate), []);
    assert.ok(['0001-01-01', '2024-02-29', '2000-02-29', '9999-12-31'].every(isCalendarDate));
  });

  it('are the same west and east of Greenwich, and where clocks change', () => {
    const script = `
      import { addDays, daysSinceMonday, isCalendarDate, mondayOf } from ${JSON.stringify(import.meta.resolve('../../src/document/calendar.ts'))};
      const dates = ['0001-01-01', '1883-11-18', '2025-03-09', '2025-03-10', '2025-11-02', '2025-10-13', '2025-10-26', '2011-12-30', '1994-12-31', '1995-01-01', '9999-12-20'];
      console.log(JSON.stringify([new Date(2025, 0, 1).getTimezoneOffset(), dates.map((date) => [date, isCalendarDate(date), daysSinceMonday(date), mondayOf(date), addDays(date, 6)])]));`;
    const said = ['UTC', 'America/Los_Angeles', 'Pacific/Kiritimati', 'Pacific/Apia', 'Asia/Seoul'].map((zone) => {
      const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { env: { ...process.env, TZ: zone }, encoding: 'utf8' });
      assert.equal(stderr.replaceAll(/^.*Warning.*$|^\(Use .*$/gm, '').trim(), '');
      return JSON.parse(stdout) as [number, unknown[]];
    });
    assert.deepEqual(said.map(([offset]) => offset).slice(0, 3), [0, 480, -840]);
    for (const [, results] of said) assert.deepEqual(results, said[0]?.[1]);
    assert.deepEqual(said[0]?.[1][5], ['2025-10-13', true, 0, '2025-10-13', '2025-10-19']);
  });
});
