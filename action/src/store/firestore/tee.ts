import { BudgetError } from '../errors.ts';

/** One reading of something that several read at the same time. */
type Shared<Page> = {
  readonly source: AsyncGenerator<Page>;
  /** Those of the readers that took the latest page are waited for no longer. */
  readonly readers: Map<symbol, 'takes' | 'took'>;
  /** Every page so far, for whoever joins; later the latest one only. */
  pages: Promise<IteratorResult<Page, unknown>>[];
  /** Pages that are no longer kept. */
  dropped: number;
  /** Ends when the next page is on its way. */
  turn: PromiseWithResolvers<void>;
};

/** Who reads at the same time does not begin in the same moment: a count may come before. So the first pages are kept a while. */
const keptPages = 4;

/**
 * Reads each thing once for everybody who reads it at the same time. The next page is fetched when each reader took the last
 * one, so that nothing piles up; who stops, for whatever reason, is not waited for.
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
    const shared: Shared<Page> = { source, readers: new Map(), pages: [fetchFrom(source)], dropped: 0, turn: Promise.withResolvers() };
    joinable.set(name, shared);
    return shared;
  }

  function close(name: string, shared: Shared<Page>): void {
    if (joinable.get(name) === shared) joinable.delete(name);
  }

  function advance(name: string, shared: Shared<Page>): void {
    const { readers } = shared;
    if ([...readers.values()].includes('takes')) return;
    for (const reader of readers.keys()) readers.set(reader, 'takes');
    if (shared.pages.length === keptPages) close(name, shared);
    if (joinable.get(name) !== shared) shared.dropped += shared.pages.splice(0).length;
    shared.pages.push(fetchFrom(shared.source));
    shared.turn.resolve();
    shared.turn = Promise.withResolvers();
  }

  function leave(name: string, shared: Shared<Page>, reader: symbol): void {
    shared.readers.delete(reader);
    if (shared.readers.size > 0) return advance(name, shared);
    close(name, shared);
    shared.source.return(undefined).catch(() => undefined);
  }

  return async function* read(name) {
    const shared = joinable.get(name) ?? begin(name);
    const reader = Symbol(name);
    shared.readers.set(reader, 'takes');
    try {
      for (let at = 0; ; at += 1) {
        // Nobody goes on from the latest page before this reader took it, so that it stays where it is.
        const place = at - shared.dropped;
        const page = shared.pages[place];
        const isLatest = place === shared.pages.length - 1;
        const { turn } = shared;
        const { done, value } = (await page) ?? { done: true };
        if (done) return;
        const take = (): void => {
          if (!isLatest) return;
          shared.readers.set(reader, 'took');
          advance(name, shared);
        };
        // Whoever wants a second page wants all of them, so that from then on the next one can be on its way early.
        if (at > 0) take();
        yield value;
        if (at === 0) take();
        if (isLatest) await Promise.race([turn.promise, stopped]);
      }
    } finally {
      leave(name, shared, reader);
    }
  };
}

function fetchFrom<Page>(source: AsyncGenerator<Page>): Promise<IteratorResult<Page, unknown>> {
  const page = source.next();
  // Whoever waits for it hears of the failure; when nobody does any more, nobody needs to.
  page.catch(() => undefined);
  return page;
}
