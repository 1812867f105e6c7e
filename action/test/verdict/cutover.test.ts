import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from '../fast-check.ts';
import { words as rowWords } from '../../src/pair/declared/words.ts';
import { words } from '../../src/pair/habit-tracker/words.ts';
import type { RecordedRun } from '../../src/report/report.ts';
import { judgeCutover, type CutoverEvidence } from '../../src/verdict/cutover.ts';

const now = Date.parse('2026-11-21T06:17:04.871Z');

/** In sync, every week compared, so many hours ago. */
const run = (hoursAgo: number, change: Partial<RecordedRun> = {}): RecordedRun => ({
  at: new Date(now - hoursAgo * 3_600_000).toISOString(),
  verdict: 'in-sync',
  severity: 'none',
  conclusive: true,
  rate: 0,
  findings: 0,
  differing: 0,
  compared: 18,
  population: 18,
  ...change,
});
const drift: Partial<RecordedRun> = { verdict: 'drift', severity: 'high', rate: 0.1, findings: 3, differing: 2 };
const unknown: Partial<RecordedRun> = { verdict: 'unknown', conclusive: false, compared: 0, population: 0 };
const sample: Partial<RecordedRun> = { compared: 2995, population: 120_000 };
const inconclusive: Partial<RecordedRun> = { ...sample, compared: 20, conclusive: false };

/** So many runs before this one, six hours apart. */
const earlier = (count: number): RecordedRun[] => Array.from({ length: count }, (_, index) => run(6 * (count - index)));

const judge = (change: Partial<CutoverEvidence> = {}) =>
  judgeCutover({ words, mode: 'full', thisRun: run(0), earlier: earlier(12), readyAfter: 12, obstacles: [], ...change });

const reasons = (change: Partial<CutoverEvidence>): string[] => {
  const { ready, reasons: given } = judge(change);
  assert.equal(ready, given.length === 0);
  return given;
};

/** The same runs with one of them changed. */
const withOne = (runs: RecordedRun[], index: number, change: Partial<RecordedRun>) => runs.map((each, at) => (at === index ? { ...each, ...change } : each));

describe('a cut-over', () => {
  it('is ready after enough conclusive runs in sync in a row, over 72 hours, this one included', () => {
    assert.deepEqual(judge(), { ready: true, reasons: [] });
    assert.deepEqual(judge({ earlier: earlier(12).toReversed() }), { ready: true, reasons: [] }, 'in whatever order they come');
  });

  it('is not ready with fewer, and says how far it is', () => {
    assert.deepEqual(reasons({ earlier: earlier(6) }), ['7 of 12 consecutive conclusive runs in sync.', 'The streak covers 36 of 72 h.']);
    assert.deepEqual(reasons({ earlier: [] }), ['1 of 12 consecutive conclusive runs in sync.', 'The streak covers 0 of 72 h.']);
  });

  it('goes by parts in turn where these verified everything, and says how far they came', () => {
    const part: Partial<RecordedRun> = { compared: 4, population: 120_000 };
    const turns = earlier(12).map((one) => ({ ...one, ...part }));
    const coverage = '5 of 28 parts verified in sync since drift was last seen; the oldest on 12 November.';
    assert.deepEqual(reasons({ coverage, thisRun: run(0, { ...part, isExact: true }), earlier: turns }), []);
    assert.match(reasons({ coverage, thisRun: run(0, { ...part, isExact: false }), earlier: turns })[0] ?? '', /^Not every week was verified/);
    assert.deepEqual(reasons({ coverage, thisRun: run(0, { ...part, conclusive: false }), earlier: [] }), [
      coverage,
      '0 of 12 consecutive conclusive runs in sync.',
      'The streak covers 0 of 72 h.',
    ]);
    assert.deepEqual(reasons({ coverage, thisRun: run(0, { ...part, ...drift }), earlier: turns })[0], 'This run found drift: 2 of 4 compared weeks differ.');
  });

  it('takes both the number and the time', () => {
    assert.deepEqual(reasons({ earlier: earlier(11) }), ['The streak covers 66 of 72 h.']);
    assert.deepEqual(reasons({ earlier: Array.from({ length: 50 }, (_, index) => run(index + 1)) }), ['The streak covers 50 of 72 h.']);
    assert.deepEqual(reasons({ earlier: [run(72)] }), ['2 of 12 consecutive conclusive runs in sync.']);
    assert.deepEqual(reasons({ earlier: [run(72)], readyAfter: 1 }), []);
  });

  it('starts anew after drift, also after drift that was not looked at to the end', () => {
    for (const conclusive of [true, false]) {
      const runs = withOne(earlier(40), 34, { ...drift, conclusive });
      assert.deepEqual(reasons({ earlier: runs }), ['6 of 12 consecutive conclusive runs in sync.', 'The streak covers 30 of 72 h.']);
    }
  });

  it('is not ready over drift that was found after the parts of this run were compared', () => {
    assert.deepEqual(reasons({ thisRun: run(5), earlier: [...earlier(40), run(1, drift)] }), [
      '0 of 12 consecutive conclusive runs in sync.',
      'The streak covers 0 of 72 h.',
    ]);
  });

  it('does not count a run that could not tell, and goes on behind it', () => {
    assert.deepEqual(reasons({ earlier: withOne(earlier(13), 5, unknown) }), []);
    assert.deepEqual(reasons({ earlier: withOne(withOne(earlier(12), 5, unknown), 7, inconclusive) }), ['11 of 12 consecutive conclusive runs in sync.']);
    assert.deepEqual(reasons({ earlier: earlier(12).map((each) => ({ ...each, ...unknown })) }), [
      '1 of 12 consecutive conclusive runs in sync.',
      'The streak covers 0 of 72 h.',
    ]);
  });

  it('starts anew after more than a week of which nobody knows', () => {
    const long = earlier(12).map(({ at, ...rest }) => ({ ...rest, at: new Date(Date.parse(at) - 162 * 3_600_000).toISOString() }));
    assert.deepEqual(reasons({ earlier: long }), []);
    const longer = long.map(({ at, ...rest }) => ({ ...rest, at: new Date(Date.parse(at) - 60_000).toISOString() }));
    assert.deepEqual(reasons({ earlier: longer }), ['1 of 12 consecutive conclusive runs in sync.', 'The streak covers 0 of 72 h.']);
  });

  it('needs one run of every week among those that count', () => {
    const samples = earlier(12).map((each) => ({ ...each, ...sample }));
    assert.match(
      reasons({ earlier: samples, thisRun: run(0, sample) }).join(),
      /^Not every week was verified: .* samples, of at most 2,995 weeks\. Set mode: full, or install the drift functions\.$/,
    );
    assert.deepEqual(reasons({ earlier: withOne(samples, 3, run(54)), thisRun: run(0, sample) }), []);
    const old = [run(6 * 13), ...samples];
    assert.equal(reasons({ earlier: old, thisRun: run(0, sample) }).length, 1, 'a run of every week before them is too long ago');
    const whole = { compared: 18, population: 18 };
    assert.deepEqual(reasons({ earlier: withOne(samples, 3, whole), thisRun: run(0, sample) }), [], 'a sample of all there is');
  });

  it('is never ready when this run found drift, could not tell, or compared too little', () => {
    assert.deepEqual(reasons({ thisRun: run(0, drift) }), [
      'This run found drift: 2 of 18 compared weeks differ.',
      '0 of 12 consecutive conclusive runs in sync.',
      'The streak covers 0 of 72 h.',
    ]);
    assert.equal(reasons({ thisRun: run(0, { ...drift, differing: 0 }) })[0], 'This run found drift, although the compared weeks agree.');
    assert.deepEqual(reasons({ thisRun: run(0, unknown), earlier: earlier(40) }), ['This run was inconclusive: whether both sides agree is unknown.']);
    assert.deepEqual(reasons({ thisRun: run(0, inconclusive), earlier: earlier(40) }), [
      'This run found nothing that differs, and compared too few weeks to tell.',
    ]);
  });

  it('is not ready without a record, nor with an obstacle, and names all that is missing at once', () => {
    assert.deepEqual(reasons({ earlier: 'No earlier run is on record.', obstacles: ['3 failures are open.', 'The mode is off.'] }), [
      'No earlier run is on record.',
      '1 of 12 consecutive conclusive runs in sync.',
      'The streak covers 0 of 72 h.',
      '3 failures are open.',
      'The mode is off.',
    ]);
    assert.deepEqual(reasons({ obstacles: ['3 failures are open.'] }), ['3 failures are open.']);
  });

  it('is never ready after a run of recent writes, whatever came before it', () => {
    assert.equal(
      reasons({ mode: 'recent', earlier: earlier(20), thisRun: run(0, { conclusive: false }) }).join(),
      'This run compared recent writes only: older weeks may differ.',
    );
    assert.deepEqual(reasons({ mode: 'recent', words: rowWords, thisRun: run(0, drift) }).at(0), 'This run found drift: 2 of 18 compared rows differ.');
    const one = run(0, { ...drift, differing: 1, compared: 12_345 });
    assert.equal(reasons({ mode: 'recent', words: rowWords, thisRun: one }).at(0), 'This run found drift: 1 of 12,345 compared rows differs.');
  });

  it('speaks of rows where rows are compared', () => {
    const samples = earlier(12).map((each) => ({ ...each, ...sample }));
    assert.deepEqual(reasons({ words: rowWords, earlier: samples, thisRun: run(0, sample) }), [
      'Not every row was verified: the runs of the streak were samples, of at most 2,995 rows. Set mode: full.',
    ]);
    assert.deepEqual(reasons({ earlier: samples, thisRun: run(0, sample) }), [
      'Not every week was verified: the runs of the streak were samples, of at most 2,995 weeks. Set mode: full, or install the drift functions.',
    ]);
  });

  it('does not count what claims to be later than this run', () => {
    assert.equal(judge({ earlier: earlier(12).map((each, index) => ({ ...each, at: run(-index - 1).at })) }).ready, false);
  });

  it('whatever the runs are, is ready only with the last one in sync and no drift in the last 72 hours', () => {
    const kinds = [{}, {}, {}, sample, drift, unknown, inconclusive];
    const runs = fc.array(
      fc.tuple(fc.integer({ min: 1, max: 200 }), fc.constantFrom(...kinds)).map(([hours, change]) => run(hours, change)),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(runs, fc.constantFrom(...kinds), fc.integer({ min: 1, max: 15 }), (before, last, readyAfter) => {
        const thisRun = run(0, last);
        const { ready, reasons: given } = judge({ earlier: before, thisRun, readyAfter });
        assert.equal(ready, given.length === 0);
        if (!ready) return;
        assert.deepEqual([thisRun.verdict, thisRun.conclusive], ['in-sync', true]);
        const recent = before.filter(({ at }) => Date.parse(at) > now - 72 * 3_600_000);
        assert.ok(recent.every(({ verdict }) => verdict !== 'drift'));
        assert.ok(before.filter(({ verdict, conclusive }) => verdict === 'in-sync' && conclusive).length + 1 >= readyAfter);
      }),
      { numRuns: 2000 },
    );
  });
});
