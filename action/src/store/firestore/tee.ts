import { BudgetError } from '../errors.ts';

/** One reading of something that several read at the same time. */
type Shared<Page> = {
  readonly source: AsyncGenerator<Page>;
  readonly readers: Set<symbol>;
  /** Those of the readers that took the page that is there, and those that also want the next one. */
  readonly took: Set<symbol>;
  page: Promise<IteratorResult<Page, unknown>>;
  /** Ends when the next page is on its way. */
  turn: PromiseWithResolvers<void>;
  isFirst: boolean;
};

/**
 * Reads each thing once for everybody who reads it at the same time, which is: who begins before anybody wants the second
 * page. The next page is fetched when each reader took the last one, so that nothing piles up; who stops, for whatever
 * reason, is not waited for.
 *
 * @param open begins to read what has the name
 * @param stop the end of the time budget: ends waiting for a reader that takes nothing any more
 */
export function createTee<Page>(open: (name: string) => AsyncGenerator<Page>, stop: AbortSignal): (name: string) => AsyncGenerator<Page> {
  /** What can still be joined. */
  const joinable = new Map<string, Shared<Page>>();
  const stopped = new Promise<never>((_, reject) => {
    if (stop.aborted) reject(new BudgetError());
    stop.addEventListener('abort', () => reject(new BudgetError()), { once: true });
  });
  stopped.catch(() => undefined);

  function begin(name: string): Shared<Page> {
    const source = open(name);
    const shared: Shared<Page> = { source, readers: new Set(), took: new Set(), page: fetchFrom(source), turn: Promise.withResolvers(), isFirst: true };
    joinable.set(name, shared);
    return shared;
  }

  function advance(name: string, shared: Shared<Page>): void {
    if (shared.readers.size === 0 || shared.took.size < shared.readers.size) return;
    if (joinable.get(name) === shared) joinable.delete(name);
    shared.isFirst = false;
    shared.took.clear();
    shared.page = fetchFrom(shared.source);
    shared.turn.resolve();
    shared.turn = Promise.withResolvers();
  }

  function leave(name: string, shared: Shared<Page>, reader: symbol): void {
    shared.readers.delete(reader);
    shared.took.delete(reader);
    if (shared.readers.size > 0) return advance(name, shared);
    if (joinable.get(name) === shared) joinable.delete(name);
    shared.source.return(undefined).catch(() => undefined);
  }

  return async function* read(name) {
    const shared = joinable.get(name) ?? begin(name);
    const reader = Symbol(name);
    shared.readers.add(reader);
    try {
      for (;;) {
        const { page, turn, isFirst } = shared;
        const { done, value } = await page;
        if (done) return;
        // Whoever wants a second page wants all of them, so that from then on the next one can be on its way early.
        if (!isFirst) take(reader);
        yield value;
        if (isFirst) take(reader);
        await Promise.race([turn.promise, stopped]);
      }
    } finally {
      leave(name, shared, reader);
    }

    function take(who: symbol): void {
      shared.took.add(who);
      advance(name, shared);
    }
  };
}

function fetchFrom<Page>(source: AsyncGenerator<Page>): Promise<IteratorResult<Page, unknown>> {
  const page = source.next();
  // Whoever waits for it hears of the failure; when nobody does any more, nobody needs to.
  page.catch(() => undefined);
  return page;
}
