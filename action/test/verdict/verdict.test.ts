import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from '../fast-check.ts';
import { words } from '../../src/pair/habit-tracker/words.ts';
import { words as rowWords } from '../../src/pair/declared/words.ts';
import { driftRate, judge, severityOf, type Evidence } from '../../src/verdict/verdict.ts';
import { upperBound } from '../../src/verdict/upper-bound.ts';

const thresholds = { high: 0.001, critical: 0.01 };
const evidence = (change: Partial<Evidence>): Evidence => ({
  words,
  mode: 'full',
  differing: 0,
  compared: 1000,
  unsettled: 0,
  restless: 0,
  population: 1000,
  counts: [],
  findings: 0,
  health: [],
  trouble: undefined,
  interruption: undefined,
  ...change,
});
const count = (level: string, expected: number, normalized: number) => ({ level, legacy: expected, expected, normalized, difference: normalized - expected });
const say = (change: Partial<Evidence>) => judge(evidence(change), thresholds, 0.95);

describe('the drift rate', () => {
  it('is the largest of the share of differing weeks and of what each counted level lacks or has too many', () => {
    assert.equal(driftRate(evidence({ differing: 5 })), 0.005);
    assert.equal(driftRate(evidence({ differing: 5, counts: [count('weeks', 100, 90), count('records', 1, 1)] })), 0.1);
    assert.equal(driftRate(evidence({ counts: [count('weeks', 90, 100)] })), 0.1);
    assert.equal(driftRate(evidence({ differing: 500, counts: [count('weeks', 100, 90)] })), 0.5);
  });

  it('is one where a side is empty, and nothing where nothing was compared or counted', () => {
    assert.equal(driftRate(evidence({ compared: 0, counts: [count('weeks', 3, 0)] })), 1);
    assert.equal(driftRate(evidence({ compared: 0, counts: [count('weeks', 0, 3)] })), 1);
    assert.equal(driftRate(evidence({ compared: 0, counts: [count('weeks', 0, 0)] })), 0);
  });
});

describe('the severity', () => {
  it('is above a threshold, never at it', () => {
    const at = (rate: number, findings = 1) => severityOf(rate, findings, thresholds);
    assert.deepEqual(
      [at(0, 0), at(0), at(0.001), at(0.0010001), at(0.01), at(0.010001), at(1)],
      ['none', 'medium', 'medium', 'high', 'high', 'critical', 'critical'],
    );
  });
});

describe('the verdict', () => {
  it('is in sync only when everything was compared and nothing was found', async () => {
    assert.deepEqual(await say({}), {
      verdict: 'in-sync',
      severity: 'none',
      reason: undefined,
      rate: 0,
      upperBound: 0,
      entities: [{ rate: 0, upperBound: 0 }],
    });
    assert.equal((await say({ findings: 1, differing: 1 })).verdict, 'drift');
    assert.equal((await say({ trouble: 'no' })).verdict, 'unknown');
    assert.equal((await say({ interruption: 'late' })).verdict, 'unknown');
    assert.equal((await say({ compared: 0, population: 0 })).verdict, 'unknown');
  });

  it('is in sync where nothing was written lately and nothing else was asked', async () => {
    const recent = { mode: 'recent', compared: 0, population: 0 } as const;
    const { verdict, severity, reason, rate, upperBound: bound } = await say(recent);
    assert.deepEqual([verdict, severity, reason, rate, bound], ['in-sync', 'none', undefined, 0, 0]);
    assert.equal((await say({ ...recent, trouble: 'no' })).verdict, 'unknown');
    assert.equal((await say({ ...recent, compared: 4, population: 4, differing: 1, findings: 1 })).upperBound, 0.25);
  });

  it('says of a pair without anything in scope what that pair knows about it', async () => {
    const nothing = { compared: 0, population: 0 };
    assert.match((await say(nothing)).reason ?? '', /no legacy week is in scope/);
    assert.match((await say({ ...nothing, words: rowWords })).reason ?? '', /no row is in scope/);
  });

  it('bounds an entity by nothing until it was counted, and by 0 where it is empty on both sides', async () => {
    const none = { ...evidence({}), compared: 0, population: 0 };
    const { upperBound: bound, entities } = await say({ trouble: 'no', entities: [none, { ...none, counts: [count('posts', 0, 0)] }, evidence({})] });
    assert.deepEqual([bound, ...entities.map((one) => one.upperBound)], [1, 1, 0, 0]);
  });

  it('keeps what was found before the trouble, and still does not know', async () => {
    const judgement = await say({ trouble: 'The project is paused.', findings: 3, differing: 3, compared: 100 });
    assert.deepEqual([judgement.verdict, judgement.severity, judgement.reason, judgement.rate], ['unknown', 'critical', 'The project is paused.', 0.03]);
  });

  it('is drift when something was found before the time ran out', async () => {
    assert.equal((await say({ interruption: 'late', findings: 1, differing: 1, compared: 10 })).verdict, 'drift');
  });

  it('bounds a sample by the exact interval, a whole comparison by what it found, and a torn one by the worst', async () => {
    assert.equal((await say({ mode: 'sample', compared: 299 })).upperBound, upperBound(0, 299, 0.95));
    assert.equal((await say({ mode: 'sample', compared: 299, differing: 2, findings: 2 })).upperBound, upperBound(2, 299, 0.95));
    assert.equal((await say({ mode: 'sample', differing: 20, findings: 20 })).upperBound, 0.02);
    assert.equal((await say({ compared: 400, differing: 4, findings: 4, interruption: 'late' })).upperBound, 0.604);
    assert.equal((await say({ mode: 'sample', compared: 299, counts: [count('weeks', 100, 50)], findings: 1 })).upperBound, 0.5);
    assert.equal((await say({ compared: 0, trouble: 'no' })).upperBound, 1);
  });

  it('never puts the bound below the rate', async () => {
    const any = fc.record({
      mode: fc.constantFrom('full', 'sample'),
      population: fc.integer({ min: 0, max: 50 }),
      part: fc.nat(),
      differing: fc.nat(),
      left: fc.nat(9),
      right: fc.nat(9),
    });
    await fc.assert(
      fc.asyncProperty(any, async ({ mode, population, part, differing, left, right }) => {
        const compared = part % (population + 1);
        const { rate, upperBound: bound } = await say({
          mode,
          population,
          compared,
          differing: differing % (compared + 1),
          counts: [count('weeks', left, right)],
        } as Partial<Evidence>);
        assert.ok(rate >= 0 && rate <= bound && bound <= 1);
      }),
      { seed: 7 },
    );
  });
});
