import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Difference } from '../../src/document/document.ts';
import type { Shape } from '../../src/document/shape.ts';
import { createAcceptance, type Acceptance } from '../../src/known-drift/acceptance.ts';
import type { KnownDriftRule } from '../../src/known-drift/rule.ts';
import { createPseudonyms } from '../../src/privacy/pseudonyms.ts';

/** Rules for rows of entities that stand alone, as a declared pair has them. */

const pseudonyms = createPseudonyms('synthetic key', false);

const entity = (name: string, shown: 'plain' | 'pseudonym'): Parameters<Acceptance['of']>[0] => ({
  name,
  shape: { key: [{ name: 'id', kind: 'text', shown }], group: 0, levels: [{ name, one: 'row', many: 'rows' }] } satisfies Shape,
  findingType: ({ kind }) => (kind === 'missing' ? { type: 'MISSING_ROW', severity: 'critical' } : { type: 'DATA_MISMATCH', severity: 'medium' }),
  renderPath: (path) => path,
});
const [posts, users] = [entity('posts', 'plain'), entity('users', 'pseudonym')];

const missing = (level: string, id: string | null): Difference => ({
  kind: 'missing',
  level,
  key: [id],
  path: null,
  legacy: null,
  normalized: null,
  rowIds: {},
});
const mismatch = (level: string, id: string, column: string): Difference => ({ ...missing(level, id), kind: 'mismatch', path: [column] });

const rule = (parts: Partial<KnownDriftRule>): KnownDriftRule => ({ reason: 'Known', by: 'Noor', until: '2026-06-30', ...parts });
const accepting = (...rules: KnownDriftRule[]) => createAcceptance(rules, pseudonyms, '2026-01-05');

describe('a rule for rows', () => {
  it('goes by entity, type, column and key, as the report shows them', () => {
    const name = pseudonyms.name('id', ['mia']);
    const cases: readonly [KnownDriftRule, accepted: readonly boolean[]][] = [
      [rule({ level: 'posts', type: 'MISSING_ROW' }), [true, false, false, false]],
      [rule({ type: 'MISSING_ROW' }), [true, false, true, false]],
      [rule({ path: 'title' }), [false, true, false, false]],
      [rule({ path: '*' }), [false, true, false, true]],
      [rule({ key: { id: '7' } }), [true, true, false, false]],
      [rule({ key: { id: name } }), [false, false, true, false]],
      [rule({ key: { id: 'mia' } }), [false, false, false, false]],
      [rule({ key: { id: null } }), [false, false, false, false]],
      [rule({ key: { nothing: '7' } }), [false, false, false, false]],
    ];
    for (const [only, expected] of cases) {
      const acceptance = accepting(only);
      const [ofPosts, ofUsers] = [acceptance.of(posts), acceptance.of(users)];
      assert.deepEqual(
        [
          ofPosts(missing('posts', '7')),
          ofPosts(mismatch('posts', '7', 'title')),
          ofUsers(missing('users', 'mia')),
          ofUsers(mismatch('users', 'noor', 'nick')),
        ],
        expected,
        JSON.stringify(only),
      );
    }
    assert.ok(accepting(rule({ key: { id: null } })).of(posts)(missing('posts', null)));
  });

  it('goes by what a part of the key is called where its values say by themselves how they are shown', () => {
    const shown = (part: string) => (/^\d+$/.test(part) ? 'plain' : part === 'hidden' ? 'value' : 'key');
    const own = { ...posts, shape: { ...posts.shape, key: [{ name: 'id', kind: 'text', shown }] } } satisfies Parameters<Acceptance['of']>[0];
    const accepts = (said: string, id: string): boolean => accepting(rule({ key: { id: said } })).of(own)(missing('posts', id));
    assert.ok(accepts('7', '7') && !accepts('8', '7'));
    assert.ok(accepts(pseudonyms.name('key', ['mia']), 'mia') && !accepts(pseudonyms.name('key', ['mia']), 'noor') && !accepts('mia', 'mia'));
    assert.ok(accepts(pseudonyms.value('hidden', null), 'hidden') && !accepts('hidden', 'hidden'));
  });

  it('counts findings and rows, those of two entities that have one key apart', () => {
    const acceptance = accepting(rule({ path: '*' }), rule({ type: 'MISSING_ROW', until: '2026-01-04' }), rule({ level: 'users', key: { id: '9' } }));
    const [ofPosts, ofUsers] = [acceptance.of(posts), acceptance.of(users)];
    for (const column of ['title', 'body']) assert.ok(ofPosts(mismatch('posts', '7', column)));
    assert.ok(ofUsers(mismatch('users', '7', 'nick')));
    assert.ok(ofUsers(mismatch('users', '7', 'nick'), true));
    assert.equal(ofPosts(missing('posts', '8')), false);
    assert.deepEqual(
      acceptance.rules(true).map(({ state, findings, weeks, what }) => [state, findings, weeks, what]),
      [
        ['active', 3, 2, 'anything, *'],
        ['expired', 1, 1, 'MISSING_ROW'],
        ['unmatched', 0, 0, 'anything, users, id=9'],
      ],
    );
    acceptance.clear();
    assert.deepEqual(acceptance.rules(true)[0]?.findings, 0);
    assert.ok(ofPosts(mismatch('posts', '7', 'title')));
    assert.deepEqual(acceptance.rules(true)[0]?.findings, 1);
  });
});
