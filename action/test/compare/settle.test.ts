import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Explanation } from '../../src/compare/explain.ts';
import { howFar } from '../../src/compare/comparison.ts';
import { settle, type Clock, type Settled } from '../../src/compare/settle.ts';
import { keyId, pathId, type Document, type Key } from '../../src/document/document.ts';
import { shape } from '../../src/pair/habit-tracker/shape.ts';
import { words } from '../../src/pair/habit-tracker/words.ts';
import type { Reading } from '../../src/pair/pair.ts';
import { startBudget } from '../../src/store/budget.ts';
import { BudgetError, ReadError } from '../../src/store/errors.ts';
import { judge } from '../../src/verdict/verdict.ts';
import { migrate } from '../../../demo/data.ts';
import { comparePair, createMemoryPair } from '../pair/memory-pair.ts';
import { legacyWeek } from '../database.ts';

const key = (week = '2025-10-13'): Key => ['user', 'Mia', week];

/** A week that says its theme and perhaps a reward, as `dark+ice`; `dark@2` where it was written for the second time. */
const document = (of: Key, written: string, [said = '', version] = written.split('@')): Document => ({
  version,
  key: of,
  fields: new Map(
    said.split('+').map((value, place) => {
      const path = [place === 0 ? 'theme' : 'reward'];
      return [pathId(path), { path, value, level: 1, attribute: true, readable: false, rowIds: {} }];
    }),
  ),
  rowIds: {},
  hidden: [],
  problems: [],
});

/** What a week looks like at each reading in turn: the theme on each side, `undefined` where there is no row; the last goes on. */
type Script = readonly (readonly [legacy: string | undefined, normalized: string | undefined] | Error)[];

async function run(
  scripts: Readonly<Record<string, Script>>,
  {
    settleMs = 600,
    suspected = true,
    seconds = 30,
    readMs = 1,
    seek,
    watches = false,
  }: {
    settleMs?: number;
    suspected?: boolean;
    seconds?: number;
    readMs?: number;
    seek?: (keys: readonly Key[]) => Promise<readonly Key[]>;
    /** Whether only the legacy side costs money; each look at the other one alone is a reading of the script too. */
    watches?: boolean;
  } = {},
) {
  const times: number[] = [];
  const sizes: number[] = [];
  /** How many keys were read on both sides. */
  let billed = 0;
  // Time passes only while it waits, and a little with each reading.
  let time = 0;
  const stop = new AbortController();
  const clock: Clock = {
    now: () => time,
    sleep: async (ms) => {
      time = Math.min(time + ms, 1000 * seconds);
      if (time === 1000 * seconds) stop.abort();
      stop.signal.throwIfAborted();
    },
  };
  const read = async (keys: readonly Key[]): Promise<Map<string, Reading>> => {
    const round = times.length;
    times.push(time);
    time += readMs;
    sizes.push(keys.length);
    return new Map(
      keys.map((of) => {
        const script = scripts[of.at(-1) ?? ''] ?? [];
        const step = script[Math.min(round, script.length - 1)] ?? [undefined, undefined];
        if (step instanceof Error) throw step;
        const [legacy, normalized] = step;
        const reading: Reading = {
          expected: legacy === undefined ? [] : [document(of, legacy)],
          actual: normalized === undefined ? [] : [document(of, normalized)],
          unclaimed: [],
          groupExists: true,
        };
        return [keyId(of), reading];
      }),
    );
  };
  const readBoth = (keys: readonly Key[]): Promise<Map<string, Reading>> => {
    billed += keys.length;
    return read(keys);
  };
  const watch = {
    side: 'actual' as const,
    read: async (keys: readonly Key[]) => new Map([...(await read(keys))].map(([id, reading]) => [id, { ...reading, expected: [] }])),
  };
  const accepted: Explanation[] = [];
  const settled: Settled = { transient: 0, restless: 0, unsettled: 0 };
  const work = settle(
    Object.keys(scripts).map(key),
    {
      pair: { read: readBoth, shape, ...(seek && { seek }), ...(watches && { watch }) },
      settleMs,
      suspected,
      accept: (explanation) => accepted.push(explanation),
      stop: stop.signal,
      clock,
    },
    settled,
  );
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  const found = accepted.flatMap(({ differences }) =>
    differences.map(({ kind, legacy, normalized }) =>
      [kind, legacy, normalized]
        .map((value) => (typeof value === 'object' && value !== null ? value.text : value))
        .join(' ')
        .trim(),
    ),
  );
  return { accepted, found, settled, times, sizes, billed, error };
}

const week = '2025-10-13';

describe('settling', { concurrency: 8 }, () => {
  it('finds a difference that outlives the time it is given', async () => {
    const { found, settled, times, error } = await run({ [week]: [['a', 'b']] });
    assert.deepEqual([found, settled, error], [['mismatch a b'], { transient: 0, restless: 0, unsettled: 0 }, undefined]);
    // After 250 ms, then once more when it has been there for 600.
    assert.equal(times.length, 3);
    assert.ok((times[1] ?? 0) >= 250 && (times[1] ?? 0) < 260, `${times}`);
    assert.ok((times[2] ?? 0) >= 600 && (times[2] ?? 0) < 610, `${times}`);
  });

  it('looks in between only at the side that costs nothing, and at both as soon as something changes there', async () => {
    const watched = { watches: true, settleMs: 2000 };
    const lasting = await run({ [week]: [['a', 'b']], '2025-10-20': [['a', undefined]] }, watched);
    assert.deepEqual(lasting.found.toSorted(), ['mismatch a b', 'missing 2025-10-20']);
    assert.deepEqual(lasting.settled, { transient: 0, restless: 0, unsettled: 0 });
    // Each at first, and once more when it has been there for two seconds.
    assert.equal(lasting.billed, 4);
    assert.ok(lasting.times.length > 4, `${lasting.times}`);
    // Nothing in between, something once, then nothing again.
    const written = await run(
      {
        [week]: [
          ['a', undefined],
          ['a', undefined],
          ['a', 'a'],
        ],
      },
      watched,
    );
    assert.deepEqual([written.found, written.settled.transient, written.billed], [[], 1, 2]);
    assert.ok((written.times.at(-1) ?? 0) < 2000, `${written.times}`);
    const passing = await run(
      {
        [week]: [
          ['a', 'b'],
          ['a', 'c'],
          ['a', 'c'],
          ['a', 'b'],
        ],
      },
      watched,
    );
    assert.deepEqual([passing.found, passing.settled.transient], [['mismatch a b'], 2]);
    const free = await run({ [week]: [['a', 'b']] }, { settleMs: 2000 });
    assert.equal(free.billed, free.times.length);
  });

  it('gives a difference its time anew where a side was written in between, though it says the same again', async () => {
    const watched = { watches: true, settleMs: 2000 };
    const back = await run(
      {
        [week]: [
          ['a', 'b'],
          ['a', 'a'],
          ['a', 'b'],
        ],
      },
      watched,
    );
    assert.deepEqual([back.found, back.billed], [['mismatch a b'], 3]);
    assert.ok((back.times.at(-1) ?? 0) >= 2250, `${back.times}`);
    const before: Script = Array.from({ length: 4 }, () => ['a@1', 'b'] as const);
    const again = await run({ [week]: [...before, ['a@2', 'b']] }, watched);
    assert.deepEqual([again.found, again.billed], [['mismatch a b'], 3]);
    assert.ok((again.times.at(-1) ?? 0) >= 4000, `${again.times}`);
    const settled = await run({ [week]: [...before, ['a@2', 'b'], ['a@2', 'a']] }, watched);
    assert.deepEqual([settled.found, settled.settled.transient], [[], 1]);
  });

  it('finds what has differed all the time where both sides keep being written elsewhere, at the cost of a few looks', async () => {
    const writing: Script = Array.from({ length: 100 }, (_, place) => [`a+${place}@${place}`, `b+${place}`] as const);
    const { found, settled, billed } = await run({ [week]: writing }, { watches: true, settleMs: 2000, seconds: 60 });
    assert.deepEqual([found, settled], [['mismatch a b'], { transient: 0, restless: 0, unsettled: 0 }]);
    assert.ok(billed < 15, `${billed}`);
  });

  it('takes no slow look for the time that a difference is given', async () => {
    const looks = [
      ['a', 'b'],
      ['a', 'b'],
      ['a', 'a'],
    ] satisfies Script;
    for (const readMs of [700, 40_000]) {
      const slow = { readMs, seconds: 1000 };
      assert.deepEqual((await run({ [week]: looks }, slow)).found, []);
      const { found, settled, times } = await run({ [week]: [['a', 'b']] }, slow);
      assert.deepEqual([found, settled], [['mismatch a b'], { transient: 0, restless: 0, unsettled: 0 }]);
      assert.ok((times.at(-1) ?? 0) - (times[0] ?? 0) >= readMs + 600, `${times}`);
      assert.deepEqual((await run({ [week]: looks }, { ...slow, settleMs: 0 })).found, ['mismatch a b']);
    }
  });

  it('looks through the rows for a key that neither side has any more, and reads it again where it shows', async () => {
    const other = '2025-10-20';
    const sought: (readonly Key[])[] = [];
    const seek = async (keys: readonly Key[]): Promise<readonly Key[]> => {
      sought.push(keys);
      return [key(other)];
    };
    const nowhere = [undefined, undefined] as const;
    const scripts = { [week]: [nowhere], [other]: [nowhere, ['a', undefined]], '2025-10-27': [['a', 'a']] } satisfies Record<string, Script>;
    const { found, accepted, error } = await run(scripts, { seek });
    assert.deepEqual([found, error, sought], [['missing 2025-10-20'], undefined, [[key(), key(other)]]]);
    assert.equal(accepted.length, 3);
  });

  it('does not pass over a key that shows among the rows and is never found', async () => {
    const { accepted, error } = await run({ [week]: [[undefined, undefined]] }, { seek: async (keys) => keys });
    assert.deepEqual(accepted, []);
    assert.match(String(error), /a lookup by key does not find \(1 of them\)/);
  });

  it('looks through no rows where every key is found', async () => {
    const seek = () => assert.fail('it did');
    for (const script of [[['a', 'a']], [['a', 'b']], [['a', undefined]]] satisfies Script[]) {
      const { error } = await run({ [week]: script }, { seek });
      assert.equal(error, undefined);
    }
  });

  it('forgets a difference that goes away, and counts it', async () => {
    for (const gone of [
      [
        ['a', 'b'],
        ['a', 'a'],
      ],
      [
        ['a', 'b'],
        ['a', 'b'],
        ['b', 'b'],
      ],
    ] as const) {
      const { found, settled, accepted } = await run({ [week]: gone });
      assert.deepEqual([found, settled.transient, accepted.length], [[], 1, 1]);
    }
  });

  it('counts what was seen before and is gone at the first look only where a difference was suspected', async () => {
    assert.equal((await run({ [week]: [['a', 'a']] }, { suspected: true })).settled.transient, 1);
    assert.equal((await run({ [week]: [['a', 'a']] }, { suspected: false })).settled.transient, 0);
  });

  it('gives a difference time of its own when its values change', async () => {
    const { found, settled, times } = await run({
      [week]: [
        ['a', 'b'],
        ['c', 'b'],
        ['c', 'b'],
      ],
    });
    assert.deepEqual([found, settled.transient], [['mismatch c b'], 1]);
    assert.ok((times.at(-1) ?? 0) - (times[1] ?? 0) >= 600, `${times}`);
  });

  it('tells very many differences in one place apart, each of which is looked up once', async () => {
    // One user can write as many rows without a date as they like, and all of them belong to one key.
    const of: Key = ['user', 'Mia', null];
    const unclaimed = Array.from({ length: 20_000 }, (_, id) => ({
      kind: 'malformed' as const,
      level: 'weeks',
      key: of,
      path: ['week_start_date'],
      legacy: null,
      normalized: null,
      rowIds: { habit_tracker: [`${id}`] },
    }));
    const accepted: Explanation[] = [];
    const settled: Settled = { transient: 0, restless: 0, unsettled: 0 };
    let time = 0;
    await settle(
      [of],
      {
        pair: { read: async () => new Map([[keyId(of), { expected: [], actual: [], unclaimed, groupExists: true }]]), shape },
        settleMs: 600,
        suspected: true,
        accept: (explanation) => accepted.push(explanation),
        stop: new AbortController().signal,
        clock: { now: () => (time += 1), sleep: async (ms) => (time += ms) },
      },
      settled,
    );
    assert.deepEqual([accepted.map(({ differences }) => differences.length), settled], [[20_000], { transient: 0, restless: 0, unsettled: 0 }]);
  });

  it('takes a row that comes back for the other difference that it is', async () => {
    const { found, settled } = await run({
      [week]: [
        [undefined, 'a'],
        ['b', 'a'],
        ['a', 'a'],
      ],
    });
    assert.deepEqual([found, settled.transient], [[], 2]);
  });

  it('reports at first sight without a time to settle', async () => {
    const { found, times, settled } = await run(
      {
        [week]: [
          ['a', 'b'],
          ['a', 'a'],
        ],
      },
      { settleMs: 0 },
    );
    assert.deepEqual([found, times.length, settled.transient], [['mismatch a b'], 1, 0]);
  });

  it('reads again only what is pending, all of it together', async () => {
    const scripts: Record<string, Script> = {};
    for (let day = 1; day <= 9; day += 1)
      scripts[`2025-10-0${day}`] =
        day <= 5
          ? [['a', 'a']]
          : day <= 7
            ? [
                ['a', 'b'],
                ['b', 'b'],
              ]
            : [['a', 'b']];
    const { sizes, found, settled, accepted } = await run(scripts, { suspected: false });
    assert.deepEqual([sizes, found.length, settled.transient, accepted.length], [[9, 4, 2], 2, 2, 9]);
  });

  it('waits twice as long each time', async () => {
    const { times } = await run({ [week]: [['a', 'b']] }, { settleMs: 2000 });
    const waits = times.slice(1).map((time, index) => Math.round((time - (times[index] ?? 0)) / 250));
    assert.deepEqual(waits.slice(0, 3), [1, 2, 4]);
    assert.ok((times.at(-1) ?? 0) >= 2000 && (times.at(-1) ?? 0) < 2010, `${times}`);
  });

  it('passes on a read that fails, also a later one, and keeps what was accepted', async () => {
    const failure = new ReadError('The project is paused.');
    const first = await run({ [week]: [failure] });
    assert.deepEqual([first.error, first.accepted], [failure, []]);
    const later = await run({ [week]: [['a', 'b'], failure], '2025-10-20': [['a', 'a']] });
    assert.deepEqual([later.error, later.accepted.length, later.found], [failure, 1, []]);
  });

  it('ends with the time budget, also while it waits', async () => {
    const { error, found, times } = await run({ [week]: [['a', 'b']] }, { settleMs: 20_000, seconds: 1 });
    assert.ok(error instanceof BudgetError);
    assert.deepEqual(found, []);
    assert.ok((times.at(-1) ?? 0) < 1100);
  });
});

describe('a week that never stays the same', () => {
  const changing = (normalized: (index: number) => string): Script => Array.from({ length: 100 }, (_, index) => [`${index}`, normalized(index)] as const);

  it('is in motion where both sides change: nothing is known about it, and nothing is said against it', async () => {
    const { found, settled, accepted, error } = await run({ [week]: changing((index) => `${index + 1}`), '2025-10-20': [['a', 'b']] });
    assert.equal(error, undefined);
    assert.deepEqual([found, accepted.length, settled.restless], [['mismatch a b'], 2, 1]);
  });

  it('differs where one side stands still and is never seen to agree', async () => {
    const { found, settled } = await run({ [week]: changing(() => 'b') });
    assert.deepEqual([found.length, settled.restless], [1, 0]);
    assert.match(found[0] ?? '', /^mismatch \d+ b$/);
  });

  it('is in sync once it is seen to agree', async () => {
    const { found, settled } = await run({ [week]: changing((index) => (index === 2 ? '2' : 'b')) });
    assert.deepEqual([found, settled.restless], [[], 0]);
  });
});

describe('a comparison that settles', { concurrency: 4 }, () => {
  const legacy = [1, 2, 3].map((number) => legacyWeek({ id: `${number}`, child_name: `Kind ${number}` }));
  const normalized = migrate(legacy, { weekAlignment: 'skip' });
  const [lost = normalized.weeks[0]] = normalized.weeks;
  const broken = { ...normalized, weeks: normalized.weeks.map((row) => (row === lost ? { ...row, theme: 'other' } : row)) };
  const judged = async (pair: ReturnType<typeof createMemoryPair>, sample?: number) => {
    const { comparison, findings, total } = await comparePair(pair, { settleMs: 300, ...(sample === undefined ? {} : { sample }) });
    const { verdict, reason } = await judge({ ...comparison, words, findings: total, health: [] }, { high: 0.001, critical: 0.01 }, 0.95);
    return { comparison, types: findings.map(({ type }) => type), verdict, reason };
  };
  const scan = createMemoryPair({ legacy, normalized: broken }, 'skip');

  for (const sample of [undefined, 3]) {
    const mode = sample === undefined ? 'full' : 'sample';

    it(`does not know, rather than is in sync, when a re-read fails (${mode})`, async () => {
      let reads = 0;
      const pair = {
        ...scan,
        read: async (keys: readonly Key[]) => {
          reads += 1;
          if (reads === 2) throw new ReadError('The connection was cut.');
          return scan.read(keys);
        },
      };
      const { verdict, reason, types } = await judged(pair, sample);
      assert.deepEqual([verdict, reason, types], ['unknown', 'The connection was cut.', []]);
    });

    it(`is in sync when what differed at first came right (${mode})`, async () => {
      const mended = createMemoryPair({ legacy, normalized }, 'skip');
      let reads = 0;
      const pair = { ...scan, read: async (keys: readonly Key[]) => ((reads += 1) > 1 ? mended : scan).read(keys) };
      const { verdict, types, comparison } = await judged(pair, sample);
      assert.deepEqual([verdict, types, comparison.transient, comparison.compared], ['in-sync', [], 1, 3]);
      assert.deepEqual(
        comparison.counts.map(({ difference }) => difference),
        sample === undefined ? [0, 0, 0, 0] : [0],
      );
    });

    it(`is drift when it stays (${mode})`, async () => {
      const { verdict, types, comparison } = await judged(scan, sample);
      assert.deepEqual([verdict, types, comparison.transient, comparison.differing], ['drift', ['DATA_MISMATCH'], 0, 1]);
    });

    it(`says how far it got when the time budget ends, and calls nothing in sync (${mode})`, async () => {
      const slow = {
        ...scan,
        read: async () => {
          throw new BudgetError();
        },
      };
      const { verdict, reason, comparison } = await judged(slow, sample);
      assert.equal(verdict, 'unknown');
      assert.equal(comparison.compared, sample === undefined ? 2 : 0);
      assert.match(reason ?? '', sample === undefined ? /only 2 of 3 weeks \(66\.7%\)/ : /only 0 of 3 weeks \(0%\)/);
    });
  }

  it('speaks of one week as one', () => {
    assert.match(howFar(0, 1, 'sample', startBudget(5), words.document), /^Within the time budget of 5 s only 0 of 1 week \(0%\) could be compared\./);
  });

  it('says of few among many that they are some, and of nearly all that they are not all', () => {
    const told = (compared: number): string => howFar(compared, 100_000, 'sample', { seconds: 300 }, words.document);
    assert.match(told(3), /only 3 of 100,000 weeks \(0\.003%\)/);
    assert.match(told(99_999), /only 99,999 of 100,000 weeks \(>99\.9%\)/);
  });

  it('passes on what nobody foresaw', async () => {
    const pair = {
      ...scan,
      read: async () => {
        throw new TypeError('a defect');
      },
    };
    await assert.rejects(comparePair(pair), TypeError);
  });
});
