import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, test } from 'node:test';
import * as fc from '../../fast-check.ts';
import { BudgetError } from '../../../src/store/errors.ts';
import { createTee } from '../../../src/store/firestore/tee.ts';

/** Pages 1 to `last`, and what happened to whoever gives them. */
function source(last: number, failsAt?: number) {
  const log = { opened: 0, fetched: 0, closed: 0 };
  const open = async function* (): AsyncGenerator<number> {
    log.opened += 1;
    try {
      for (let page = 1; page <= last; page += 1) {
        log.fetched += 1;
        await turn();
        if (page === failsAt) throw new RangeError('no more');
        yield page;
      }
    } finally {
      log.closed += 1;
    }
  };
  return { log, open };
}

const never = new AbortController().signal;

type Reader = {
  /** After how many turns it begins. */
  readonly late: number;
  /** How many turns of the event loop each page takes. */
  readonly turns: number;
  readonly stopsAfter: number | undefined;
  readonly throws: boolean;
};

async function read(pages: AsyncIterable<number>, { turns, stopsAfter, throws, late = 0 }: Omit<Reader, 'late'> & { late?: number }): Promise<number[]> {
  const got: number[] = [];
  for (let waited = 0; waited < late; waited += 1) await turn();
  try {
    for await (const page of pages) {
      got.push(page);
      for (let waited = 0; waited < turns; waited += 1) await turn();
      if (got.length !== stopsAfter) continue;
      if (throws) throw new Error('enough');
      break;
    }
  } catch (error) {
    if (!(error instanceof Error) || error.message !== 'enough') throw error;
  }
  return got;
}

const reader = fc.record({
  late: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 12 })),
  turns: fc.integer({ min: 0, max: 4 }),
  stopsAfter: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
  throws: fc.boolean(),
});

describe('several that read one thing', () => {
  test('get every page up to where they stop, from one reading, whoever is slow, stops or throws', () =>
    fc.assert(
      fc.asyncProperty(fc.array(reader, { minLength: 1, maxLength: 5 }), fc.integer({ min: 0, max: 8 }), async (readers, last) => {
        const { log, open } = source(last);
        const tee = createTee(open, never);
        const got = await Promise.all(readers.map((one) => read(tee('group posts'), one)));
        const wanted = readers.map(({ stopsAfter = last }) => Array.from({ length: Math.min(last, stopsAfter) }, (_, index) => index + 1));
        assert.deepEqual(got, wanted);
        // Who is late may read alone.
        const isTogether = readers.every(({ late }) => late === 0);
        assert.ok(log.opened >= 1 && log.opened <= (isTogether ? 1 : readers.length));
        // One page may be on its way when the last reader stops, and none while nobody asked for a second one.
        const most = Math.max(...wanted.map(({ length }) => length));
        if (isTogether) assert.ok(log.fetched <= Math.min(last, most === 1 ? 1 : most + 1), `${log.fetched} pages were fetched for ${most}`);
        await turn();
        await turn();
        assert.equal(log.closed, log.opened);
      }),
      { numRuns: 500 },
    ));

  test('all hear of a failure, and the next reading begins anew', async () => {
    const { log, open } = source(5, 3);
    const tee = createTee(open, never);
    const results = await Promise.allSettled([1, 2].map(() => read(tee('a'), { turns: 0, stopsAfter: undefined, throws: false })));
    assert.deepEqual(
      results.map(({ status }) => status),
      ['rejected', 'rejected'],
    );
    assert.deepEqual(await read(tee('a'), { turns: 0, stopsAfter: 2, throws: false }), [1, 2]);
    assert.equal(log.opened, 2);
  });

  test('who comes somewhat later gets the first pages all the same, and who comes much later reads for itself', async () => {
    const { log, open } = source(9);
    const tee = createTee(open, never);
    const first = tee('a');
    for (let page = 1; page <= 4; page += 1) assert.deepEqual(await first.next(), { done: false, value: page });
    const second = tee('a');
    assert.deepEqual(await second.next(), { done: false, value: 1 });
    const rest = [first, second].map((pages, turns) => read(pages, { turns, stopsAfter: undefined, throws: false }));
    while (log.fetched < 7) await turn();
    const late = read(tee('a'), { turns: 0, stopsAfter: undefined, throws: false });
    assert.deepEqual(await Promise.all(rest), [
      [5, 6, 7, 8, 9],
      [2, 3, 4, 5, 6, 7, 8, 9],
    ]);
    assert.deepEqual(await late, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert.equal(log.opened, 2);
  });

  test('different things are read apart', async () => {
    const { log, open } = source(2);
    const tee = createTee(open, never);
    await Promise.all(['a', 'b'].map((name) => read(tee(name), { turns: 0, stopsAfter: undefined, throws: false })));
    assert.equal(log.opened, 2);
  });

  test('one that takes nothing any more holds the others up until the time is over, and no longer', async () => {
    const { open } = source(9);
    const budget = new AbortController();
    const tee = createTee(open, budget.signal);
    const silent = tee('a');
    await silent.next();
    const other = read(tee('a'), { turns: 0, stopsAfter: undefined, throws: false });
    const waiting = assert.rejects(other, BudgetError);
    for (let waited = 0; waited < 10; waited += 1) await turn();
    budget.abort();
    await waiting;
  });
});
