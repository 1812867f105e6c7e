/** Reads all iterables concurrently, since some may share a scan, and yields each page with the index of its iterable. */
export async function* together<T>(all: readonly AsyncIterable<T>[]): AsyncGenerator<readonly [number, T]> {
  const iterators = all.map((each) => each[Symbol.asyncIterator]());
  const next = (place: number) => {
    const page = (iterators[place]?.next() ?? Promise.resolve({ done: true as const, value: undefined })).then((result) => ({ place, result }));
    // A page may fail before it is awaited; whoever awaits it still gets the error.
    page.catch(() => undefined);
    return page;
  };
  const waiting = new Map(iterators.map((_, place) => [place, next(place)]));
  try {
    while (waiting.size > 0) {
      const { place, result } = await Promise.race(waiting.values());
      if (result.done) {
        waiting.delete(place);
        continue;
      }
      waiting.set(place, next(place));
      yield [place, result.value];
    }
  } finally {
    await Promise.all(iterators.map((iterator) => iterator.return?.()).map((ending) => ending?.catch(() => undefined)));
  }
}
