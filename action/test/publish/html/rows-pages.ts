import type { Report } from '../../../src/report/report.ts';
import { words } from '../../../src/pair/declared/words.ts';
import { createPseudonyms } from '../../../src/privacy/pseudonyms.ts';
import type { Shape } from '../../../src/document/shape.ts';
import { comparing, rowsOf, sides, type Outcome } from '../../origin/entities.ts';
import type { Post, Posts } from '../../pair/flat-pair.ts';
import { derived, hostileTexts, syncedReport } from '../reports.ts';

/** Reports of pairs whose rows stand alone, made by comparing them. */

const uuidKey: Shape['key'] = [{ name: 'id', kind: 'text', shown: 'plain' }];

/** What a run would make of it. */
function reportOf({ findings: sorted, picture, comparison, sentences }: Outcome, more: Partial<Report> = {}): Report {
  const rateOf = ({ differing, compared }: { differing: number; compared: number }): number => (compared === 0 ? 0 : differing / compared);
  const rate = Math.max(...comparison.entities.map((each) => rateOf(each.comparison)));
  const byType = Object.fromEntries([...Map.groupBy(sorted, ({ type }) => type)].map(([type, some]) => [type, some.length]));
  return {
    ...syncedReport(),
    pair: 'board-app',
    words,
    pseudonymKeyId: '0123456789abcdef',
    ...(sorted.length > 0 && { verdict: 'drift', severity: 'critical' }),
    drift: { rate, upperBound: rate, differing: comparison.differing, compared: comparison.compared, population: comparison.population },
    counts: comparison.counts,
    skipped: [],
    sourceVersions: {},
    entities: comparison.entities.map(({ entity, comparison: one }) => ({
      name: entity.name,
      compared: one.compared,
      population: one.population,
      differing: one.differing,
      rate: rateOf(one),
      upperBound: rateOf(one),
    })),
    reads: { legacy: 1_312, normalized: 1_208 },
    findings: sorted,
    findingsTotal: sorted.length,
    findingsByType: byType,
    ...derived(sorted),
    ...(sentences.length > 0 && { origin: sentences }),
    ...(picture && { picture }),
    ...more,
  };
}

const changed = (row: Post): Post => ({ ...row, title: `${row.title}, edited`, likes: row.likes + 1 });

/** A board app of four entities: likes are lost since a day, titles are stale, and users are left over. */
export async function boardReport(): Promise<Report> {
  const rows = rowsOf({ boards: 6, each: 8 });
  const users = rowsOf({ boards: 1, each: 12 }).map((row, index) => ({ ...row, post: `3f2504e0-4f89-41d3-9a0c-0305e82c33${String(index).padStart(2, '0')}` }));
  const outcome = await comparing(
    {
      users: { legacy: users.slice(2), normalized: users },
      posts: sides(rows, (row, index) => (index % 9 === 0 ? changed(row) : row)),
      likes: sides(rows, (row, index) => (index >= 32 ? undefined : row)),
      waiting_list: sides(rows.slice(0, 5)),
    },
    { keys: { users: uuidKey } },
  );
  return reportOf(outcome, {
    notCompared: { posts: { legacy: ['searchTokens', 'authorSnapshot'], normalized: [] }, users: { legacy: [], normalized: ['internal_note'] } },
    health: [],
  });
}

/** One entity by a key of two parts: 120 boards over 90 days. */
export async function manyBoardsReport(): Promise<Report> {
  const rows = rowsOf({ boards: 120, each: 12 }).map((row, index) => ({ ...row, writtenAt: Date.UTC(2026, 6, 1 + (index % 90), 9) }));
  return reportOf(await comparing({ posts: sides(rows, (row, index) => (index % 5 === 0 ? undefined : index % 7 === 0 ? changed(row) : row)) }));
}

/** Nothing was written within the span. */
export async function recentReport(): Promise<Report> {
  const nothing: Posts = { legacy: [], normalized: [] };
  return reportOf(await comparing({ posts: nothing, users: nothing }), { mode: 'recent' });
}

/** Values revealed, and keys, columns and names of every kind. */
export function hostileRows(texts: readonly string[] = hostileTexts): Promise<Report> {
  return rowsWith(texts);
}

async function rowsWith(texts: readonly string[]): Promise<Report> {
  const rows = texts.map((text, index): Post => ({
    id: text,
    board: texts[(index + 1) % texts.length] ?? '',
    post: text,
    title: text,
    likes: 1,
    writtenAt: Date.UTC(2026, 8, 1 + (index % 20)),
  }));
  const lost = sides(rows, (row, index) => (index % 2 === 0 ? undefined : { ...row, title: `${row.title} and more` }));
  const report = reportOf(await comparing({ posts: lost, users: sides(rows) }, { pseudonyms: createPseudonyms(undefined, true) }));
  const one = reportOf(await comparing({ posts: lost }, { pseudonyms: createPseudonyms(undefined, true) }));
  const [first = '', second = ''] = texts;
  return {
    ...report,
    pair: first,
    findings: [...report.findings, ...one.findings.map((finding) => ({ ...finding, level: second, type: first }))],
    picture: { part: second, days: 1, beside: 3, cells: one.picture?.cells ?? [] },
    entities: texts.map((name) => ({ name, compared: 1, population: 1, differing: 0, rate: 0, upperBound: 0 })),
    counts: texts.map((level) => ({ level, legacy: 1, expected: 1, normalized: 1, difference: 0 })),
    notCompared: Object.fromEntries(texts.map((text) => [text, { legacy: [...texts], normalized: [text] }])),
  };
}
