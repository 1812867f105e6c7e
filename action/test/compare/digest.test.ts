import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { digestBothSides } from '../../src/compare/digest.ts';
import { createTally } from '../../src/compare/tally.ts';
import { keyId, type Group } from '../../src/document/document.ts';
import { shape } from '../../src/pair/habit-tracker/shape.ts';
import type { Digest } from '../../src/pair/pair.ts';
import { BudgetError, ReadError } from '../../src/store/errors.ts';

const kin = (count: number): Group[] => Array.from({ length: count }, (_, number) => [null, `child ${number}`]);

const nameOf = ([, child]: Group): string => child ?? '';
const placeOf = (child: Group): number => Number(nameOf(child).slice('child '.length));

/** A hundred weeks a child, all of them equal. */
const alike = (children: readonly Group[]): Digest => ({
  legacy: [0, 100 * children.length, 0, 0],
  skipped: 0,
  claimed: 100 * children.length,
  equal: { counts: [0, 100 * children.length, 0, 0], sourceVersions: {}, groups: children.map(placeOf) },
  legacyGroups: children.map(placeOf),
  differing: [],
  odd: [],
  stray: [],
  loose: [0, 0, 0, 0],
});

/** Each portion is a child. */
async function scan(count: number, digest: (children: readonly Group[]) => Promise<Digest>, mayGoOn = () => true) {
  const tally = createTally({ shape }, () => undefined);
  const children = kin(count);
  const beside = async () => ({ more: [0, 0, 0, 0], loose: [0, 0, 0, 0] });
  const plan = { groups: children, beside, rows: children.map(() => 200), digest: (start: number, end: number) => digest(children.slice(start, end)) };
  return { tally, scan: await digestBothSides({ plan: async () => plan }, shape, tally, mayGoOn, () => undefined) };
}

describe('a comparison inside the database', () => {
  it('asks for every child exactly once, never for more than two parts at a time', async () => {
    const asked: string[] = [];
    let running = 0;
    let most = 0;
    const { tally, scan: found } = await scan(50, async (children) => {
      running += 1;
      most = Math.max(most, running);
      await setImmediate();
      running -= 1;
      asked.push(...children.map(nameOf));
      return alike(children);
    });
    assert.deepEqual(asked.toSorted(), kin(50).map(nameOf).toSorted());
    assert.equal(most, 2);
    assert.deepEqual([found.complete, found.trouble, tally.compared(), found.legacy], [true, undefined, 5000, [50, 5000, 0, 0]]);
  });

  it('tries a part that failed again in halves, and reports what could not be had even then', async () => {
    let failures = 0;
    const { tally, scan: found } = await scan(20, async (children) => {
      if (children.some((child) => nameOf(child) === 'child 7')) {
        failures += 1;
        throw new ReadError('It took too long.');
      }
      return alike(children);
    });
    assert.ok(failures > 1);
    assert.equal(tally.compared(), 1900);
    assert.equal(found.complete, false);
    assert.match(found.trouble ?? '', /^200 of 4,000 rows could not be compared, and nothing is known about them\. It took too long\.$/);
  });

  it('does not ask on and on when nothing can be had', async () => {
    let asked = 0;
    const { tally, scan: found } = await scan(5000, async () => {
      asked += 1;
      throw new ReadError('It is down.');
    });
    assert.ok(asked < 20, String(asked));
    assert.deepEqual([tally.compared(), found.complete], [0, false]);
    assert.match(found.trouble ?? '', /^1,000,000 of 1,000,000 rows/);
  });

  it('is incomplete, without trouble, when time runs out', async () => {
    let left = 3;
    const stopped = await scan(
      500,
      async (children) => alike(children),
      () => (left -= 1) > 0,
    );
    assert.deepEqual([stopped.scan.complete, stopped.scan.trouble], [false, undefined]);
    assert.ok(stopped.tally.compared() > 0 && stopped.tally.compared() < 50_000);
    const cut = await scan(500, async () => {
      throw new BudgetError();
    });
    assert.deepEqual([cut.scan.complete, cut.scan.trouble], [false, undefined]);
  });

  it('hands over nothing to which a part that is still under way could be added', async () => {
    let asked = 0;
    const { tally, scan: found } = await scan(500, async (children) => {
      asked += 1;
      if (asked === 1) throw new BudgetError();
      for (let turns = 5; turns > 0; turns -= 1) await setImmediate();
      return alike(children);
    });
    const compared = tally.compared();
    for (let turns = 10; turns > 0; turns -= 1) await setImmediate();
    assert.deepEqual([asked, tally.compared(), found.legacy[1]], [2, compared, compared]);
    assert.ok(compared > 0);
  });

  it('lists what differs in the same order, whichever part ends first', async () => {
    const found = await scan(30, async (children) => {
      for (let turns = placeOf(children[0] ?? [null, '']) % 5; turns > 0; turns -= 1) await setImmediate();
      const keys = children.map((child) => [...child, '2025-10-13']);
      return { ...alike(children), differing: keys.slice(1), odd: keys.slice(0, 1) };
    });
    const names = found.scan.suspects.map(nameOf);
    assert.equal(names.length, 30);
    assert.deepEqual(names, names.toSorted());
    assert.ok(found.scan.odd.size > 0 && [...found.scan.odd].every((id) => found.scan.suspects.map(keyId).includes(id)));
  });

  it('takes a week that another portion speaks of for what has to be read, and says whether it was counted', async () => {
    const strayOf = (child: Group) => ({ key: [...child, '2025-10-13'], portion: placeOf(child) });
    const idOf = (number: number): string => keyId([null, `child ${number}`, '2025-10-13']);
    const all = kin(10);
    const { scan: found } = await scan(10, async (children) => {
      if (children.some((child) => nameOf(child) === 'child 7')) throw new ReadError('It took too long.');
      const isFirst = children.some((child) => nameOf(child) === 'child 0');
      const differing = children.filter((child) => nameOf(child) === 'child 5').map((child) => [...child, '2025-10-13']);
      // Of the child whose part failed, of one that differs anyway, and twice of one that is said to be equal.
      return {
        ...alike(children),
        differing,
        stray: isFirst ? all.filter((_, number) => [3, 5, 7].includes(number)).map(strayOf) : all.slice(3, 4).map(strayOf),
      };
    });
    assert.deepEqual(found.suspects.map(nameOf), ['child 3', 'child 5', 'child 7']);
    assert.deepEqual([...found.counted], [idOf(3)]);
    assert.deepEqual([...found.odd].toSorted(), [idOf(3), idOf(7)]);
  });
});
