import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createPseudonyms } from '../../src/privacy/pseudonyms.ts';

const { child, text } = createPseudonyms('sb_secret_one', false);

describe('pseudonyms', () => {
  it('name a child by eight hex digits, the same ones in every run and spelling', () => {
    const name = child('user', '김하준');
    assert.match(name, /^child-[0-9a-f]{8}$/);
    assert.equal(createPseudonyms('sb_secret_one', false).child('user', '김하준'), name);
    assert.equal(child('user', ` ${'김하준'.normalize('NFD')}\u3000`), name);
  });

  it('tell apart owners, no owner, names, and projects', () => {
    const all = [child('a', 'Mia'), child('b', 'Mia'), child(null, 'Mia'), child('a', 'Noa'), child('a', 'mia'), createPseudonyms('sb_secret_two', false).child('a', 'Mia'), child('', 'aMia'), child('null', 'Mia')];
    assert.equal(new Set(all).size, all.length);
  });

  it('say how long a text is in code points, and whether two are the same', () => {
    assert.match(text('김하준'), /^text\(3, [0-9a-f]{8}\)$/);
    assert.match(text('👩‍👧'), /^text\(3, [0-9a-f]{8}\)$/);
    assert.match(text(''), /^text\(0, [0-9a-f]{8}\)$/);
    assert.equal(text('Sea'), text('Sea'));
    assert.notEqual(text('Sea'), text('sea'));
    assert.notEqual(text('Sea'), createPseudonyms('sb_secret_two', false).text('Sea'));
  });

  it('are not to be found by hashing likely names, and a text is not its child', () => {
    const digits = child('user', 'Mia').slice(6);
    for (const guess of ['Mia', 'userMia', JSON.stringify(['child', 'user', 'Mia'])]) {
      for (const secret of ['', 'user', 'driftwatch']) assert.ok(!createHmac('sha256', secret).update(guess).digest('hex').startsWith(digits));
    }
    assert.notEqual(text('Mia').slice(8, 16), child(null, 'Mia').slice(6));
  });

  it('never hold anything of what they stand for, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 50 }), fc.option(fc.string()), (name, owner) => {
        assert.match(child(owner, name), /^child-[0-9a-f]{8}$/);
        assert.match(text(name), new RegExp(`^text\\(${[...name].length}, [0-9a-f]{8}\\)$`));
      }),
      { seed: 5 },
    );
  });

  it('are the texts themselves when values are revealed', () => {
    const revealed = createPseudonyms('sb_secret_one', true);
    assert.deepEqual([revealed.child('user', 'Mia'), revealed.text('Sea')], ['Mia', 'Sea']);
  });
});
