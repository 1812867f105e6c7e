import { dayOf } from '../document/calendar.ts';
import type { Key } from '../document/document.ts';
import type { Entity, Row } from '../pair/pair.ts';

/** Counts of an entity's legacy rows, differing or not: patterns in the differences are measured against them. */
export type EntityCensus = {
  readonly documents: number;
  /** How many rows have this value in a part of their key; `undefined` if unknown. */
  readonly countOf: (part: string, value: string) => number | undefined;
  /** By the day of the last write, in days since 1970, if the rows record it. */
  readonly days: ReadonlyMap<number, number>;
};

export type Census = {
  /** The same entity, but counting its legacy documents as they stream by. */
  watch: <Of extends Pick<Entity, 'name' | 'shape' | 'expected'>>(entity: Of) => Of;
  /** `undefined` unless all documents were read: the database may have compared them itself, or a sample was drawn. */
  of: (entity: string) => EntityCensus | undefined;
};

/** At most this many values and days are distinguished; the number of any later one is unknown. */
const maxValues = 10_000;

/** Counts what a full comparison reads anyway, so that the store need not be queried. */
export function takeCensus(): Census {
  const taken = new Map<string, EntityCensus>();

  async function* counted({ name, shape }: Pick<Entity, 'name' | 'shape'>, pages: AsyncIterable<Iterable<Row>>): AsyncGenerator<Iterable<Row>> {
    taken.delete(name);
    // If the key has a single part, each document has its own value.
    const parts = shape.key.length < 2 ? [] : shape.key.map((part) => ({ part: part.name, values: new Map<string, number>() }));
    const days = new Map<number, number>();
    let documents = 0;
    const count = (key: Key, writtenAt: number | undefined): void => {
      documents += 1;
      for (const [place, { values }] of parts.entries()) {
        const value = key[place] ?? null;
        if (value !== null) addOne(values, value);
      }
      if (writtenAt !== undefined) addOne(days, dayOf(writtenAt));
    };
    for await (const page of pages) yield counting(page, count);
    const byPart = new Map(parts.map(({ part, values }) => [part, values]));
    taken.set(name, { documents, days, countOf: (part, value) => countOf(byPart.get(part), value) });
  }

  return {
    watch: (entity) => ({ ...entity, expected: { ...entity.expected, documents: () => counted(entity, entity.expected.documents()) } }),
    of: (name) => taken.get(name),
  };
}

const countOf = (values: ReadonlyMap<string, number> | undefined, value: string): number | undefined =>
  values?.get(value) ?? (values && values.size < maxValues ? 0 : undefined);

function* counting(page: Iterable<Row>, count: (key: Key, writtenAt: number | undefined) => void): Generator<Row> {
  for (const row of page) {
    const { entry } = row;
    if (entry.kind === 'claim') count(entry.key, 'writtenAt' in entry ? entry.writtenAt : entry.document.writtenAt);
    yield row;
  }
}

function addOne<Value>(counts: Map<Value, number>, value: Value): void {
  const known = counts.get(value);
  if (known !== undefined || counts.size < maxValues) counts.set(value, (known ?? 0) + 1);
}
