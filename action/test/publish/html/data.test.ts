import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assert as holds, integer, property } from '../../fast-check.ts';
import { packFindings as pack, type Pack } from '../../../src/publish/html/data.ts';
import { wordsOf } from '../../../src/publish/html/words.ts';
import type { Finding } from '../../../src/report/report.ts';
import { disasterReport, hostileReport, referenceReport } from '../reports.ts';

const packFindings = (findings: readonly Finding[], bytes: number): Pack => pack(findings, bytes, wordsOf(referenceReport()).frame);

const lists = [referenceReport(), hostileReport(), disasterReport()].map(({ findings }) => findings.slice(0, 400));

describe('the findings in a page', () => {
  for (const [index, findings] of lists.entries()) {
    const whole = packFindings(findings, Number.POSITIVE_INFINITY);
    const size = Buffer.byteLength(whole.json);

    test(`fill no more room than there is, and are as many as is said (list ${index + 1})`, () => {
      const empty = Buffer.byteLength(packFindings([], Number.POSITIVE_INFINITY).json);
      const check = (room: number) => {
        const { data, json, packed, shortened } = packFindings(findings, room);
        assert.ok(Buffer.byteLength(json) <= Math.max(room, empty), `${json.length} of ${room}`);
        assert.equal(
          data.groups.reduce((sum, [, , , , cells]) => sum + cells.length / 5, 0),
          packed,
        );
        assert.ok(shortened || packed === findings.length);
        assert.deepEqual(JSON.parse(json), data);
      };
      holds(property(integer({ min: -1000, max: size + 10 }), check), { examples: [[-1], [0], [size]] });
    });

    test(`are whole where there is room for them (list ${index + 1})`, () => {
      // Two commas more may be reckoned with than there are.
      assert.deepEqual(packFindings(findings, size + 2), whole);
      assert.deepEqual([whole.packed, whole.shortened], [findings.length, false]);
      assert.equal(packFindings(findings, size - 1).shortened, true);
    });
  }
});
