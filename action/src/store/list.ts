/**
 * The rows of a page. Each may be made only when it is looked at: a thousand that are made together all outlive the next few collections
 * of garbage, one after the other hardly any does.
 */
export type List<T> = Iterable<T> & {
  readonly length: number;
  readonly at: (index: number) => T | undefined;
  readonly slice: (start: number, end: number) => List<T>;
};

/** Makes an item each time that it is looked at. */
export const mapped = <From, To>(items: List<From>, make: (item: From) => To): List<To> => ({
  length: items.length,
  at(index) {
    const item = items.at(index);
    return item === undefined ? undefined : make(item);
  },
  slice: (start, end) => mapped(items.slice(start, end), make),
  *[Symbol.iterator]() {
    for (const item of items) yield make(item);
  },
});
