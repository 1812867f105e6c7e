import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import * as fc from '../fast-check.ts';
import { createPseudonyms, pseudonymKeyOf, type Pseudonyms } from '../../src/privacy/pseudonyms.ts';

const childOf =
  ({ name }: Pick<Pseudonyms, 'name'>) =>
  (owner: string | null, child: string): string =>
    name('child', [owner, child]);
const pseudonymsOfOne = createPseudonyms('sb_secret_one', false);
const child = childOf(pseudonymsOfOne);
const { text } = pseudonymsOfOne;
const mia = ['user', 'Mia'];

/** Two children whose first eight digits are the same under this key, found by trying 149,762 names. */
const twins = { key: 'sb_secret_crowded', one: 'Child 34221', other: 'Child 149762' };

describe('pseudonyms', () => {
  it('name a child by eight hex digits, the same ones in every run and spelling', () => {
    const name = child('user', '김하준');
    assert.match(name, /^child-[0-9a-f]{8}$/);
    assert.equal(childOf(createPseudonyms('sb_secret_one', false))('user', '김하준'), name);
    assert.equal(child('user', ` ${'김하준'.normalize('NFD')}\u3000`), name);
  });

  it('tell apart owners, no owner, names, and projects', () => {
    const all = [
      child('a', 'Mia'),
      child('b', 'Mia'),
      child(null, 'Mia'),
      child('a', 'Noa'),
      child('a', 'mia'),
      childOf(createPseudonyms('sb_secret_two', false))('a', 'Mia'),
      child('', 'aMia'),
      child('null', 'Mia'),
    ];
    assert.equal(new Set(all).size, all.length);
  });

  it('say how long a text is in code points, and whether two of one child are the same', () => {
    assert.match(text('김하준', mia), /^text\(3, [0-9a-f]{8}\)$/);
    assert.match(text('👩‍👧', mia), /^text\(3, [0-9a-f]{8}\)$/);
    assert.match(text('', mia), /^text\(0, [0-9a-f]{8}\)$/);
    assert.equal(text('Sea', mia), text('Sea', mia));
    assert.equal(text('Sea', mia), text('Sea', ['user', ' Mia']));
    assert.notEqual(text('Sea', mia), text('sea', mia));
    assert.notEqual(text('Sea', mia), createPseudonyms('sb_secret_two', false).text('Sea', mia));
  });

  it('say nothing about the same text of another child: a guess in a row of one’s own proves nothing', () => {
    const whose = [mia, ['other', 'Mia'], ['user', 'Noa'], [null, 'Mia'], null];
    assert.equal(new Set(whose.map((of) => text('Sea', of))).size, whose.length);
    const { common } = createPseudonyms('sb_secret_one', false);
    assert.equal(common('Sea'), undefined);
  });

  it('are not to be found by hashing likely names, and a text is not its child', () => {
    const digits = child('user', 'Mia').slice(6);
    for (const guess of ['Mia', 'userMia', JSON.stringify(['child', 'user', 'Mia'])]) {
      for (const secret of ['', 'user', 'driftwatch']) assert.ok(!createHmac('sha256', secret).update(guess).digest('hex').startsWith(digits));
    }
    assert.notEqual(text('Mia', mia).slice(8, 16), child('user', 'Mia').slice(6));
  });

  it('never hold anything of what they stand for, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 50 }), fc.option(fc.string()), (name, owner) => {
        assert.match(child(owner, name), /^child-[0-9a-f]{8}$/);
        assert.match(text(name, [owner, name]), new RegExp(`^text\\(${[...name].length}, [0-9a-f]{8}\\)$`));
      }),
      { seed: 5 },
    );
  });

  it('are the texts themselves when values are revealed', () => {
    const revealed = createPseudonyms('sb_secret_one', true);
    assert.deepEqual([childOf(revealed)('user', 'Mia'), revealed.text('Sea', mia), revealed.common('Sea')], ['Mia', 'Sea', 'Sea']);
    assert.deepEqual(
      revealed.naming.map((name) => name('Sea', mia)),
      [text('Sea', mia), 'Sea'],
    );
  });
});

describe('children who would share eight digits', () => {
  it('get more of them, both, in whatever order they are named', () => {
    const { key, one, other } = twins;
    const namesOf = (order: readonly string[]) => {
      const pseudonyms = createPseudonyms(key, false);
      pseudonyms.meet(
        'child',
        [one, 'Mia', other].map((name) => ['user', name]),
      );
      return new Map(order.map((name) => [name, childOf(pseudonyms)('user', name)]));
    };
    const names = namesOf([one, other, 'Mia']);
    assert.deepEqual(namesOf([other, 'Mia', one]), new Map([...names].sort(([a]) => (a === other ? -1 : 0))));
    assert.match(names.get(one) ?? '', /^child-[0-9a-f]{16}$/);
    assert.match(names.get('Mia') ?? '', /^child-[0-9a-f]{8}$/);
    assert.notEqual(names.get(one), names.get(other));
    assert.equal(names.get(one)?.slice(0, 14), names.get(other)?.slice(0, 14));
  });

  it('keep apart also where one turns up when the other has been named', () => {
    const { key, one, other } = twins;
    const pseudonyms = createPseudonyms(key, false);
    const [first, second] = [childOf(pseudonyms)('user', one), childOf(pseudonyms)('user', other)];
    assert.notEqual(first, second);
    assert.deepEqual([childOf(pseudonyms)('user', one), childOf(pseudonyms)('user', other)], [first, second]);
  });

  it('are neither of them meant by the digits that they share, and each by its own', () => {
    const { key, one, other } = twins;
    const pseudonyms = createPseudonyms(key, false);
    pseudonyms.meet(
      'child',
      [one, other].map((name) => ['user', name]),
    );
    const [name, otherName] = [childOf(pseudonyms)('user', one), childOf(pseudonyms)('user', other)];
    const isOne = (said: string) => pseudonyms.isNamed(said, 'child', ['user', one]);
    assert.deepEqual([isOne(name.slice(0, 14)), isOne(name), isOne(otherName)], [false, true, false]);
    assert.deepEqual(
      [one, other].map((each) => pseudonyms.mayBeNamed(name.slice(0, 14), 'child', ['user', each])),
      [true, true],
    );
  });

  it('are known by the longer name when the other one is gone, too', () => {
    const { key, one, other } = twins;
    const both = createPseudonyms(key, false);
    both.meet(
      'child',
      [one, other].map((name) => ['user', name]),
    );
    const alone = createPseudonyms(key, false);
    assert.ok(alone.isNamed(childOf(both)('user', one), 'child', ['user', one]));
    assert.match(childOf(alone)('user', one), /^child-[0-9a-f]{8}$/);
  });
});

describe('the key of pseudonyms', () => {
  const anon = `e30.${Buffer.from(JSON.stringify({ role: 'anon' })).toString('base64url')}.x`;
  const service = `e30.${Buffer.from(JSON.stringify({ role: 'service_role' })).toString('base64url')}.x`;

  it('is the key of the store where that is a secret, or one of its own', () => {
    assert.deepEqual(
      ['sb_secret_one', service].map((supabaseKey) => pseudonymKeyOf({ supabaseKey })),
      ['sb_secret_one', service],
    );
    for (const supabaseKey of ['sb_secret_one', 'sb_publishable_one', anon])
      assert.equal(pseudonymKeyOf({ supabaseKey, pseudonymKey: 'of its own' }), 'of its own');
  });

  it('is none where the key ships with the app: then pseudonyms hold for one run, and nothing tells two runs’ apart', () => {
    for (const supabaseKey of ['sb_publishable_one', anon]) assert.equal(pseudonymKeyOf({ supabaseKey }), undefined);
    const [run, next] = [createPseudonyms(undefined, false), createPseudonyms(undefined, false)];
    assert.equal(childOf(run)('user', 'Mia'), childOf(run)('user', 'Mia'));
    assert.notEqual(childOf(run)('user', 'Mia'), childOf(next)('user', 'Mia'));
    assert.notEqual(run.text('Sea', mia), next.text('Sea', mia));
    assert.notEqual(run.document(['user', 'Mia', '2025-10-13']), next.document(['user', 'Mia', '2025-10-13']));
    assert.deepEqual([run.keyId, next.keyId], [undefined, undefined]);
  });

  it('has an id that tells it from other keys, and says nothing else', () => {
    const idOf = (key: string) => createPseudonyms(key, false).keyId ?? '';
    assert.match(idOf('sb_secret_one'), /^[0-9a-f]{16}$/);
    assert.equal(idOf('sb_secret_one'), createPseudonyms('sb_secret_one', true).keyId);
    assert.notEqual(idOf('sb_secret_one'), idOf('sb_secret_two'));
  });
});
