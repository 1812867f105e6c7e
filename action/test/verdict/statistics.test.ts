import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from '../fast-check.ts';
import { chanceOfAtLeast, sampleSizeFor } from '../../src/verdict/statistics.ts';
import { upperBound } from '../../src/verdict/upper-bound.ts';

/** P(X ≤ events) for X ~ Bin(trials, rate), term by term in logarithms: nothing of the beta distribution is used. */
function binomialCdf(events: number, trials: number, rate: number): number {
  if (rate <= 0) return 1;
  if (rate >= 1) return events >= trials ? 1 : 0;
  let logTerm = trials * Math.log1p(-rate);
  let sum = Math.exp(logTerm);
  for (let count = 1; count <= events; count += 1) {
    logTerm += Math.log((trials - count + 1) / count) + Math.log(rate) - Math.log1p(-rate);
    sum += Math.exp(logTerm);
  }
  return Math.min(1, sum);
}

const close = (actual: number, expected: number, tolerance: number) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected} ± ${tolerance}`);

describe('the upper bound', () => {
  it('is what the NIST/SEMATECH e-Handbook (section 7.2.4.1) gives for 4 defectives among 20, at 90 % two-sided', () => {
    // Found there by iteration: the last of its digits is one too high.
    close(upperBound(4, 20, 0.95), 0.401029, 1e-6);
    // Its lower limit is the upper one of the 16 that are not defective.
    close(1 - upperBound(16, 20, 0.95), 0.071354, 1e-6);
  });

  it('is what two-sided tables of Clopper and Pearson give at half of their error', () => {
    for (const [events, trials, twoSided, upper] of [
      [3, 20, 0.95, 0.3789],
      [12, 30, 0.9, 0.5661],
      [42, 100, 0.95, 0.5229],
      [85, 120, 0.99, 0.8092],
      [0, 10, 0.95, 0.3085],
      [1, 10, 0.95, 0.445],
    ] as const) {
      close(upperBound(events, trials, 1 - (1 - twoSided) / 2), upper, 6e-5);
    }
  });

  it('turns at the sample sizes that Wilks published for 95 % at 95 %: 59, 93, 124, 153, 181, 208, 234', () => {
    for (const [events, trials] of [59, 93, 124, 153, 181, 208, 234].entries()) {
      assert.ok(upperBound(events, trials, 0.95) <= 0.05);
      assert.ok(upperBound(events, trials - 1, 0.95) > 0.05);
    }
  });

  it('follows the rule of three without events', () => {
    for (const trials of [30, 100, 1000, 100_000]) close(upperBound(0, trials, 0.95) * trials, 3, 0.15);
  });

  it('is the rate at which so few events have the probability that is left', () => {
    const cases = fc
      .record({
        trials: fc.integer({ min: 1, max: 3000 }),
        share: fc.double({ min: 0, max: 0.999, noNaN: true }),
        confidence: fc.double({ min: 0.5, max: 0.9999, noNaN: true }),
      })
      .map(({ trials, share, confidence }) => ({ trials, confidence, events: Math.floor(share * trials) }));
    fc.assert(
      fc.property(cases, ({ events, trials, confidence }) => {
        const bound = upperBound(events, trials, confidence);
        assert.ok(bound >= (events / trials) * (confidence > 0.5 ? 1 : 0) && bound <= 1);
        close(binomialCdf(events, trials, bound), 1 - confidence, 1e-7);
      }),
      { numRuns: 400, seed: 1934 },
    );
  });

  it('covers the true rate at least as often as it says', () => {
    for (const [trials, rate] of [
      [20, 0.03],
      [50, 0.2],
      [200, 0.001],
      [400, 0.011],
    ] as const) {
      let covered = 0;
      for (let events = 0; events <= trials; events += 1) {
        if (upperBound(events, trials, 0.95) >= rate) covered += binomialCdf(events, trials, rate) - (events === 0 ? 0 : binomialCdf(events - 1, trials, rate));
      }
      assert.ok(covered >= 0.95 - 1e-9, `${covered} for ${trials} and ${rate}`);
    }
  });

  it('grows with events and confidence, and falls with trials', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 500 }), fc.nat(), fc.double({ min: 0.5, max: 0.99, noNaN: true }), (trials, number, confidence) => {
        const events = number % (trials - 1);
        const bound = upperBound(events, trials, confidence);
        assert.ok(upperBound(events + 1, trials, confidence) > bound);
        assert.ok(upperBound(events, trials, confidence + 0.005) > bound);
        assert.ok(upperBound(events, trials + 1, confidence) < bound);
      }),
      { numRuns: 200, seed: 1934 },
    );
  });

  it('knows nothing without trials, and nothing better where everything differs', () => {
    assert.deepEqual([upperBound(0, 0, 0.95), upperBound(7, 7, 0.95), upperBound(1, 1, 0.5)], [1, 1, 1]);
    assert.equal(upperBound(0, 1, 0.95), 0.95);
  });
});

describe('the sample size', () => {
  it('is what the documentation of the reliability package gives for 99.9 % at 95 %: 2,995', () => {
    assert.equal(sampleSizeFor(0.001, 0.95), 2995);
  });

  it('is what zero-failure tables give', () => {
    const table = [
      [0.05, 0.95, 59],
      [0.01, 0.95, 299],
      [0.1, 0.95, 29],
      [0.1, 0.9, 22],
      [0.05, 0.9, 45],
      [0.01, 0.9, 230],
      [0.01, 0.99, 459],
      [0.05, 0.99, 90],
      [0.1, 0.99, 44],
    ] as const;
    for (const [threshold, confidence, size] of table) assert.equal(sampleSizeFor(threshold, confidence), size, `${threshold} at ${confidence}`);
  });

  it('is the smallest whose all-clear is proof', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 0.9999, noNaN: true }), fc.double({ min: 0.5, max: 0.9999, noNaN: true }), (threshold, confidence) => {
        const size = sampleSizeFor(threshold, confidence);
        assert.ok(Number.isInteger(size) && size >= 1);
        assert.ok(upperBound(0, size, confidence) <= threshold);
        if (size > 1) assert.ok(upperBound(0, size - 1, confidence) > threshold);
      }),
      { numRuns: 1000, seed: 1983 },
    );
  });

  it('is right where the quotient is a whole number', () => {
    assert.equal(sampleSizeFor(0.5, 0.5), 1);
    assert.equal(sampleSizeFor(0.5, 0.75), 2);
    assert.equal(sampleSizeFor(0.5, 0.9375), 4);
    assert.equal(sampleSizeFor(0.9, 0.99), 2);
    assert.equal(sampleSizeFor(0.9, 0.999), 3);
  });

  it('is one where anything will do, and without end where nothing proves it', () => {
    assert.deepEqual([sampleSizeFor(1, 0.95), sampleSizeFor(0, 0.95)], [1, Number.POSITIVE_INFINITY]);
  });
});

describe('the chance of a coincidence', () => {
  /** All subsets of so many of the things, by counting. */
  function counted(hits: number, drawn: number, marked: number, total: number): number {
    let all = 0;
    let enough = 0;
    for (let subset = 0; subset < 2 ** total; subset += 1) {
      const members = subset.toString(2).padStart(total, '0');
      if (members.replaceAll('0', '').length !== drawn) continue;
      all += 1;
      if (members.slice(0, marked).replaceAll('0', '').length >= hits) enough += 1;
    }
    return enough / all;
  }

  it('is what counting all ways to draw gives', () => {
    const total = 9;
    for (let drawn = 0; drawn <= total; drawn += 1) {
      for (let marked = 0; marked <= total; marked += 1) {
        // No draw has fewer hits than those.
        for (let hits = Math.max(0, drawn - (total - marked)); hits <= Math.min(drawn, marked); hits += 1) {
          close(chanceOfAtLeast(hits, drawn, marked, total), counted(hits, drawn, marked, total), 1e-12);
        }
      }
    }
  });

  it('is right for tables of any size', () => {
    close(chanceOfAtLeast(3, 3, 3, 18), 1 / 816, 1e-15);
    assert.equal(chanceOfAtLeast(100_000, 100_000, 300_000, 1_000_000), 0);
    close(chanceOfAtLeast(1, 1, 250_000, 1_000_000), 0.25, 1e-12);
    close(chanceOfAtLeast(50, 100, 500_000, 1_000_000), 0.5398, 1e-3);
  });
});
