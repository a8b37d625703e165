// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Draft, naming, stillNamed, whereNamed } from '../room/draft.js';

const KAI = { user: 'k', name: 'Kai' };
const QUOTE = { id: 'c1', user: 'k', name: 'Kai', text: 'Go!' };

test('a name is a word of its own after an @', () => {
  assert.equal(whereNamed('hey @Kai!', 'Kai'), 4);
  assert.equal(whereNamed('@Kaiser and @Kai', 'Kai'), 12);
  assert.equal(whereNamed('@Kaiser', 'Kai'), -1);
  assert.equal(whereNamed('@小明，你好', '小明'), 0);
});

test('a name is put at the end once, and not where there is no room for it', () => {
  assert.equal(naming('', 'Kai'), '@Kai ');
  assert.equal(naming('well done', 'Kai'), 'well done @Kai ');
  assert.equal(naming('@Kai well done', 'Kai'), '@Kai well done');
  const full = 'x'.repeat(297);
  assert.equal(naming(full, 'Kai'), full);
});

test('whose name was taken out again is not named', () => {
  assert.deepEqual(stillNamed('go @Kai', [KAI, { user: 'l', name: 'Leo' }]), [KAI]);
});

test('what is said carries whom it names and what it answers, and nothing of it is left', () => {
  const draft = new Draft();
  draft.answer(QUOTE);
  draft.mention(KAI);
  draft.mention(KAI);
  draft.text.value += 'yes ';
  assert.equal(draft.wanted.value, 3);
  assert.deepEqual(draft.take(), { text: '@Kai yes', reply: QUOTE, named: [KAI] });
  assert.deepEqual(draft.take(), { text: '', reply: null, named: [] });
});

test('no more than five are named', () => {
  const draft = new Draft();
  for (const number of [1, 2, 3, 4, 5, 6]) draft.mention({ user: `u${number}`, name: `N${number}` });
  assert.equal(draft.take().named.length, 5);
});

test('what was not heard comes back as it was, unless something else is written by now', () => {
  const draft = new Draft();
  draft.answer(QUOTE);
  draft.mention(KAI);
  const written = draft.take();
  draft.giveBack(written);
  assert.deepEqual(draft.take(), written);
  draft.text.value = 'something else';
  draft.giveBack(written);
  assert.deepEqual(draft.take(), { text: 'something else', reply: null, named: [] });
});
