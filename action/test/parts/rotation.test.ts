import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from '../fast-check.ts';
import { nextPart, partOfRun, standingOf, type PastCheck, type Rotation } from '../../src/parts/rotation.ts';

const rotation: Rotation = { of: 4, declaration: 'aaaaaaaaaa' };
const proof = { threshold: 0.001, confidence: 0.95 };
const start = Date.parse('2026-11-01T06:00:00Z');

/** So many hours after the first run. */
const at = (hour: number): string => new Date(start + hour * 3_600_000).toISOString();

const check = (hour: number, index: number | null, change: Partial<PastCheck> = {}): PastCheck => ({
  at: at(hour),
  verdict: 'in-sync',
  conclusive: false,
  part: index === null ? null : { index, of: rotation.of },
  declaration: rotation.declaration,
  extent: 'all',
  compared: 10,
  ...change,
});
const whole = (hour: number, change: Partial<PastCheck> = {}): PastCheck => check(hour, null, { conclusive: true, compared: 40, ...change });
const drift: Partial<PastCheck> = { verdict: 'drift', conclusive: true };
const next = (...checks: PastCheck[]): number => nextPart(checks, rotation).index;
const standing = (checks: PastCheck[], thisRun?: PastCheck) => standingOf(checks, thisRun, rotation, proof);

describe('the next part', () => {
  it('is the lowest one that was never verified, and then the one that was verified longest ago', () => {
    assert.equal(next(), 1);
    assert.equal(next(check(1, 1)), 2);
    assert.equal(next(check(1, 1), check(2, 3)), 2);
    assert.equal(next(check(1, 3), check(2, 1), check(3, 4), check(4, 2)), 3);
  });

  it('passes over a part that drifts, and takes again one whose drift was found before time ran out', () => {
    assert.equal(next(check(1, 1, drift)), 2);
    assert.equal(next(check(1, 1, { ...drift, conclusive: false })), 1);
    assert.equal(next(check(1, 1, { extent: 'nothing' })), 1);
  });

  it('goes by runs of as many parts and of the same declaration', () => {
    assert.equal(next(check(1, 1, { part: { index: 1, of: 5 } })), 1);
    assert.equal(next(check(1, 1, { declaration: 'bbbbbbbbbb' })), 1);
  });

  it('takes a conclusive run of the whole for one of every part', () => {
    assert.equal(next(whole(1), check(2, 1)), 2);
    assert.equal(next(check(1, 1), whole(2, drift)), 1);
    assert.equal(next(check(1, 1), whole(2, { conclusive: false })), 2);
    assert.equal(next(check(1, 1), whole(2, { declaration: undefined })), 2, 'an earlier version did not say what it went by');
  });

  it('follows the number of the run where nobody remembers', () => {
    assert.deepEqual(
      [1, 4, 5, 8].map((run) => partOfRun(run, 4).index),
      [1, 4, 1, 4],
    );
    assert.deepEqual(partOfRun(7, 1), { index: 1, of: 1 });
  });
});

describe('the coverage', () => {
  it('counts the parts in sync since drift was last seen, this run included', () => {
    assert.deepEqual(standing([check(1, 1), check(2, 2)], check(3, 3)).coverage, { parts: 4, verified: 3, oldest: null });
    assert.deepEqual(standing([check(1, 1), check(2, 2, drift), check(3, 3)], check(4, 4)).coverage, { parts: 4, verified: 2, oldest: at(1) });
    assert.deepEqual(standing([check(1, 1), check(2, 2), check(3, 3)], check(4, 4, drift)).coverage, { parts: 4, verified: 0, oldest: at(1) });
  });

  it('stays as it was after a run that came to no verdict', () => {
    assert.deepEqual(standing([check(1, 1), check(2, 2)]), { coverage: { parts: 4, verified: 2, oldest: null }, isConclusive: false, isExact: false });
  });

  it('begins again with drift of whatever run', () => {
    const all = [1, 2, 3, 4].map((index) => check(index, index));
    for (const seen of [
      whole(5, drift),
      check(5, 1, { ...drift, part: { index: 1, of: 9 } }),
      check(5, 1, { ...drift, conclusive: false }),
      whole(5, { ...drift, declaration: undefined }),
    ]) {
      assert.equal(standing([...all, seen], check(6, 1)).coverage.verified, 1);
    }
  });

  it('is whole once every part is, and with a conclusive run of the whole', () => {
    const rest = [2, 3, 4].map((index) => check(index, index));
    assert.deepEqual(standing(rest, check(9, 1)), { coverage: { parts: 4, verified: 4, oldest: at(2) }, isConclusive: true, isExact: true });
    assert.deepEqual(standing([whole(1)], check(9, 1)), { coverage: { parts: 4, verified: 4, oldest: at(1) }, isConclusive: true, isExact: true });
    assert.equal(standing([whole(1, { conclusive: false })], check(9, 1)).coverage.verified, 1);
  });

  it('is never conclusive where nothing was compared in any part', () => {
    const { isConclusive, isExact } = standing(
      [1, 2, 3].map((index) => check(index, index, { compared: 0 })),
      check(4, 4, { compared: 0 }),
    );
    assert.deepEqual([isConclusive, isExact], [false, false]);
  });

  it('of samples is conclusive once they are large enough together, and never exact', () => {
    const of = (compared: number) =>
      standing(
        [1, 2, 3].map((index) => check(index, index, { extent: 'sample', compared })),
        check(4, 4, { extent: 'sample', compared }),
      );
    assert.deepEqual([of(700).isConclusive, of(700).coverage.verified], [false, 4]);
    assert.deepEqual([of(750).isConclusive, of(750).isExact], [true, false]);
    assert.equal(
      standing(
        [1, 2, 3].map((index) => check(index, index, { extent: 'sample', compared: 0 })),
        check(4, 4, { extent: 'sample', compared: 0 }),
      ).isConclusive,
      false,
    );
  });
});

/** Runs of all kinds, in the order in which they ended. */
const histories = fc
  .array(
    fc.record({
      part: fc.option(fc.record({ index: fc.integer({ min: 1, max: 4 }), of: fc.constantFrom(4, 4, 4, 5) }), { nil: null, freq: 6 }),
      verdict: fc.constantFrom('in-sync' as const, 'in-sync' as const, 'in-sync' as const, 'drift' as const),
      conclusive: fc.boolean(),
      declaration: fc.constantFrom(rotation.declaration, rotation.declaration, rotation.declaration, 'bbbbbbbbbb'),
      extent: fc.constantFrom('all' as const, 'all' as const, 'nothing' as const),
    }),
    { maxLength: 24 },
  )
  .map((runs) => runs.map((run, hour): PastCheck => ({ ...run, at: at(hour), compared: 10 })));

describe('over any history', () => {
  /** By the words of the rule, one part after the other. */
  const ofPart = (checks: readonly PastCheck[], index: number): PastCheck[] =>
    checks.filter(
      (one) =>
        one.extent !== 'nothing' &&
        one.declaration === rotation.declaration &&
        (one.part === null ? one.conclusive : one.part.of === 4 && one.part.index === index && (one.verdict === 'in-sync' || one.conclusive)),
    );

  it('no part was verified longer ago than the next one, and no lower one as long ago', () => {
    fc.assert(
      fc.property(histories, (checks) => {
        const ages = [1, 2, 3, 4].map((index) => ofPart(checks, index).at(-1)?.at ?? '');
        const { index } = nextPart(checks.toReversed(), rotation);
        assert.equal(ages[index - 1], ages.toSorted()[0]);
        assert.equal(index, ages.indexOf(ages[index - 1] ?? '') + 1);
      }),
    );
  });

  it('a run is conclusive exactly when each part was in sync after the last drift', () => {
    fc.assert(
      fc.property(histories, fc.integer({ min: 1, max: 4 }), (checks, index) => {
        const thisRun = check(checks.length, index);
        const all = [...checks, thisRun];
        const since = all.slice(all.findLastIndex(({ verdict }) => verdict === 'drift') + 1);
        const verified = [1, 2, 3, 4].filter((part) => ofPart(since, part).length > 0);
        const last = [1, 2, 3, 4].map((part) => ofPart(all, part).at(-1)?.at);
        const { coverage, isConclusive } = standing(checks, thisRun);
        assert.equal(coverage.verified, verified.length);
        assert.equal(isConclusive, verified.length === 4);
        assert.equal(coverage.oldest, last.includes(undefined) ? null : last.toSorted()[0]);
      }),
    );
  });

  it('as many runs as there are parts verify them all, whatever was before', () => {
    fc.assert(
      fc.property(histories, (checks) => {
        let known = [...checks];
        for (let run = 0; run < 4; run += 1) known = [...known, check(checks.length + run, nextPart(known, rotation).index)];
        const thisRun = known.pop();
        assert.equal(standing(known, thisRun).isConclusive, true);
      }),
    );
  });
});
