import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from '../fast-check.ts';
import { scanBothSides, type Scan } from '../../src/compare/stream.ts';
import { keyId, pathId, type Document, type Key } from '../../src/document/document.ts';
import type { Shape } from '../../src/document/shape.ts';
import type { Claim, Entity, Row, Side } from '../../src/pair/pair.ts';

/** Both sides as they stream by: side by side or one after the other, in whatever order, it is the same that is found. */

const shape: Shape = {
  key: [{ name: 'id', kind: 'text', shown: 'plain' }],
  group: 0,
  levels: [{ name: 'rows', one: 'row', many: 'rows' }],
  hasDuplicates: true,
};

/** @param value null: not of its type */
type Stored = { readonly id: number; readonly value: string | null };
type Sides = { readonly legacy: readonly Stored[]; readonly normalized: readonly Stored[] };

type OwnClaim = Claim & { readonly stored: Stored };
const isOwn = (claim: Claim): claim is OwnClaim => 'stored' in claim;

function documentOf({ id, value }: Stored, isLegacy: boolean): Document {
  const key: Key = [String(id)];
  const common = { path: ['value'], level: 0, attribute: true, readable: true, rowIds: {} } as const;
  const isBroken = value === null;
  return {
    key,
    fields: new Map(isBroken && isLegacy ? [] : [[pathId(['value']), { ...common, value, ...(isBroken && { unreadable: true as const }) }]]),
    rowIds: {},
    hidden: [],
    problems: isBroken && isLegacy ? [{ kind: 'malformed', level: 'rows', key, path: ['value'], legacy: null, normalized: null, rowIds: {} }] : [],
  };
}

/** How rows are compared as such; nothing: by their documents. */
type Rows = 'in order' | 'in any order' | 'with documents';

type Watched = { readonly documents: number; readonly furthest: number; readonly equal: readonly string[]; readonly scan: Scan };

/** @param pageSize of each side; @param stopAfter pages */
async function scan(
  sides: Sides,
  { rows = undefined as Rows | undefined, pageSize = [3, 3], stopAfter = Number.POSITIVE_INFINITY, inTurns = true } = {},
): Promise<Watched> {
  let [documents, furthest, pages] = [0, 0, 0];
  const read = { legacy: 0, normalized: 0 };
  const sideOf = (side: 'legacy' | 'normalized', size: number): Pick<Side, 'documents'> => ({
    async *documents() {
      for (let start = 0; start < sides[side].length; start += size) {
        const page = sides[side].slice(start, start + size);
        read[side] += page.length;
        furthest = Math.max(furthest, Math.abs(read.legacy - read.normalized));
        yield page.map((stored): Row => ({
          entry: {
            kind: 'claim',
            key: [String(stored.id)],
            stored,
            get document() {
              documents += 1;
              return documentOf(stored, side === 'legacy');
            },
          } as OwnClaim,
          raw: [1],
        }));
      }
    },
  });
  const equal: string[] = [];
  const pair = {
    shape,
    expected: sideOf('legacy', pageSize[0] ?? 1),
    actual: sideOf('normalized', pageSize[1] ?? 1),
    ...(rows && {
      comparison: {
        inOrder: rows !== 'in any order',
        inTurns,
        agrees: (left: Claim, right: Claim) => isOwn(left) && isOwn(right) && left.stored.value !== null && left.stored.value === right.stored.value,
        textOf: (claim: Claim) => (isOwn(claim) && rows !== 'with documents' ? claim.stored.value : undefined),
      },
    }),
  } as Pick<Entity, 'shape' | 'expected' | 'actual' | 'comparison'>;
  const found = await scanBothSides(
    pair,
    { addEqual: (keyOf) => void equal.push(keyId(keyOf())) },
    () => {
      pages += 1;
      return pages < stopAfter;
    },
    () => undefined,
  );
  return { documents, furthest, equal, scan: found };
}

const told = ({ equal, scan: { suspects, unseen, ...rest } }: Watched) => ({
  ...rest,
  equal: equal.toSorted(),
  suspects: suspects.map(keyId).toSorted(),
  unseen: [...unseen].toSorted(),
});

const range = (from: number, to: number, value = 'same'): Stored[] => Array.from({ length: to - from }, (_, index) => ({ id: from + index, value }));

describe('two sides that are read side by side', () => {
  const stored = fc.record({ id: fc.integer({ min: 0, max: 30 }), value: fc.constantFrom('a', 'a', 'a', 'b', null) });
  const size = fc.integer({ min: 1, max: 9 });
  const side = fc.tuple(fc.array(stored, { maxLength: 40 }), fc.boolean()).map(([some, isSorted]) => (isSorted ? some.toSorted((a, b) => a.id - b.id) : some));

  test('show the same as one after the other, whatever the order, the pages and the keys that come twice', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({ legacy: side, normalized: side }),
        fc.tuple(size, size),
        fc.constantFrom<Rows>('in order', 'in any order', 'with documents'),
        async (sides, pageSize, how) => {
          assert.deepEqual(told(await scan(sides, { rows: how, pageSize })), told(await scan(sides)));
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('show nothing as missing that was not read yet where the scan ends early', async () => {
    await fc.assert(
      fc.asyncProperty(fc.record({ legacy: side, normalized: side }), fc.integer({ min: 1, max: 12 }), async (sides, stopAfter) => {
        const early = await scan(sides, { rows: 'in order', stopAfter });
        const whole = told(await scan(sides));
        const known = new Set(whole.suspects);
        for (const key of early.scan.suspects) assert.ok(known.has(keyId(key)), keyId(key));
      }),
      { numRuns: 300 },
    );
  });

  test('stay together where rows are missing on either side, and make no documents of rows that agree', async () => {
    const all = range(0, 9000);
    const watched = await scan(
      { legacy: all.filter(({ id }) => id % 10 !== 0), normalized: all.filter(({ id }) => id % 3 !== 0 || id > 6000) },
      { rows: 'in order', pageSize: [100, 100] },
    );
    const alone = watched.scan.suspects.length;
    assert.equal(watched.equal.length + alone, 9000 - all.filter(({ id }) => id % 30 === 0 && id <= 6000).length);
    assert.ok(watched.documents <= alone, `${watched.documents} documents of ${alone} rows`);
    assert.ok(watched.furthest < 2500, `${watched.furthest} rows apart`);
  });

  test('take turns where rows come in any order', async () => {
    const watched = await scan({ legacy: range(0, 3000), normalized: range(0, 3000).toReversed() }, { rows: 'in any order', pageSize: [100, 100] });
    assert.equal(watched.equal.length, 3000);
    assert.equal(watched.furthest, 100);
  });

  test('come one after the other where one scan may serve both, which would wait for the other to take a page', async () => {
    const sides = { legacy: range(0, 3000), normalized: range(0, 3000).toReversed() };
    const watched = await scan(sides, { rows: 'in any order', inTurns: false, pageSize: [100, 100] });
    assert.equal(watched.equal.length, 3000);
    assert.equal(watched.furthest, 3000);
  });

  test('are compared by what is kept of them where one is far ahead of the other', async () => {
    const sides = {
      legacy: [...range(0, 7000), { id: 7001, value: 'old' }],
      normalized: [{ id: 7001, value: 'new' }, ...range(3000, 7000), ...range(8000, 8003)],
    };
    const watched = await scan(sides, { rows: 'in order', pageSize: [100, 100] });
    assert.deepEqual(told(watched), told(await scan(sides)));
    assert.equal(watched.scan.suspects.length, 3000 + 1 + 3);
  });
});
