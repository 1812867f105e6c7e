import { keyId, type Document, type Key } from '../document/document.ts';
import { addCounts, documentLevel, noCounts, type Shape } from '../document/shape.ts';
import type { Claim, Entity, Pair, Placement, Row, Side } from './pair.ts';
import { partOf, type Part } from '../parts/part.ts';

/** The same pair, reduced to one part. */
export const narrowPair = (pair: Pair, part: Part): Pair => ({ ...pair, entities: pair.entities.map((entity) => narrow(entity, part)) });

/**
 * The same entity, reduced to the rows of one part. A database that compares by itself can leave out the others; where rows are read, those
 * of other parts are read too.
 */
export function narrow(entity: Entity, part: Part): Entity {
  const { shape, holdings, sight, written, digester } = entity;
  const textOf = entity.partText ?? keyId;
  const has = (key: Key): boolean => partOf(textOf(key), part.of) === part.index;
  /** Members that came with documents of other parts in the last scan. */
  let heldElsewhere = noCounts(shape);
  const seenElsewhere = new Set<string>();
  /** The levels of documents and their groups. */
  const own = shape.levels.slice(0, documentLevel(shape) + 1);

  async function* placements(pages: AsyncIterable<readonly Placement[]>): AsyncGenerator<readonly Placement[]> {
    for await (const page of pages) yield page.filter(({ key }) => has(key));
  }

  async function* documents(side: Side, onOther: (claim: Claim) => void): AsyncGenerator<Iterable<Row>> {
    for await (const page of side.documents()) yield rowsOf(page, has, onOther);
  }

  const narrowed = (side: Side): Side => ({
    async count() {
      let rows = 0;
      for await (const page of placements(side.keys())) rows += page.length;
      return rows;
    },
    async numbers(isNow) {
      const keys = new Set<string>();
      let [rows, unreadable] = [0, 0];
      for await (const page of placements(side.keys(isNow))) {
        rows += page.length;
        // Several rows without a key may be found again under one, where they are elements of one document.
        for (const { kind, key } of page) {
          if (kind === 'unclaimed') unreadable += 1;
          else keys.add(keyId(key));
        }
      }
      return { rows, keys: keys.size + unreadable };
    },
    keys: (isNow) => placements(side.keys(isNow)),
    documents: () => documents(side, () => undefined),
  });

  return {
    ...entity,
    expected: narrowed(entity.expected),
    actual: {
      ...narrowed(entity.actual),
      documents() {
        heldElsewhere = noCounts(shape);
        return documents(entity.actual, (claim) => {
          for (const { name } of own) seenElsewhere.add(name);
          if (own.length === shape.levels.length) return;
          const { document } = claim;
          if (document.held) addCounts(heldElsewhere, document.held);
          if (seenElsewhere.size < shape.levels.length) seeMembers(document, shape, seenElsewhere);
        });
      },
    },
    holdings: {
      ...holdings,
      total: async () => (await holdings.total()).map((count, level) => count - (heldElsewhere[level] ?? 0)),
      async loose() {
        const { rows, counted } = await holdings.loose();
        // Members without a parent belong to no key: the first part counts them.
        return { rows, counted: part.index === 1 ? counted : noCounts(shape) };
      },
    },
    digester: { ...digester, probe: () => digester.probe(part), plan: () => digester.planPart({ ...part, has }) },
    ...(written && { written: (since: string) => placements(written(since)) }),
    sight: {
      ...sight,
      // An empty level means something only if no other part shows any of it.
      troubleWithSeen: (seen) => sight.troubleWithSeen(seen.filter(({ level }) => !seenElsewhere.has(level))),
    },
    part: { ...part, whole: entity, has },
  };
}

function* rowsOf(page: Iterable<Row>, has: (key: Key) => boolean, onOther: (claim: Claim) => void): Generator<Row> {
  for (const row of page) {
    if (has(row.entry.key)) yield row;
    else if (row.entry.kind === 'claim') onOther(row.entry);
  }
}

/** Remembers at which levels a document has members. */
function seeMembers({ fields }: Document, { levels }: Shape, seen: Set<string>): void {
  for (const { level, attribute } of fields.values()) if (!attribute) seen.add(levels[level]?.name ?? '');
}
