// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { talked, UNHEARD } from '../room/talk.js';

/** @param {string} id @param {object} [more] */
const said = (id, more = {}) => ({ t: 'chat.said', d: { id, user: 'u', name: 'Nova', text: id, at_ms: 1, rank: null, mentions: [], reply: null, ...more } });
/** @param {...{t: string, d: any}} messages */
const after = (...messages) => messages.reduce(talked, UNHEARD);
const ORDER = { slow_s: 5, followers_only: true, links: false, moderators: [{ user: 'm', name: 'Mo' }] };

test('a snapshot brings the order and what goes with its messages, and a server of before has neither', () => {
  const talk = after(said('old'), { t: 'snapshot', d: { chat: [said('c1', { rank: 'host', mentions: ['x'] }).d], chat_rules: ORDER } });
  assert.deepEqual(talk.order, ORDER);
  assert.deepEqual([...talk.around], [['c1', { rank: 'host', mentions: ['x'], reply: null }]]);
  const old = after({ t: 'snapshot', d: { chat: [{ id: 'c1', user: 'u', name: 'n', text: 't', at_ms: 1 }] } });
  assert.deepEqual([old.order, old.around.get('c1')], [UNHEARD.order, { rank: null, mentions: [], reply: null }]);
});

test('what others quote of a deleted message or of a muted person is gone, and other quotes stay', () => {
  const quote = (/** @type {string} */ id, /** @type {string} */ user) => ({ reply: { id, user, name: user, text: 'words' } });
  const talk = after(said('a', quote('1', 'x')), said('b', quote('2', 'y')), said('c', quote('3', 'z')));
  const left = [{ t: 'chat.deleted', d: { ids: ['1'], by: 'h' } }, { t: 'chat.muted', d: { user: 'y', until_ms: 9, by: 'h' } }].reduce(talked, talk);
  assert.deepEqual(['a', 'b', 'c'].map((id) => talk.around.get(id)?.reply?.text), ['words', 'words', 'words']);
  assert.deepEqual(['a', 'b', 'c'].map((id) => left.around.get(id)?.reply?.text), ['', '', 'words']);
});

test('who comes back learns what goes with the lines that he has missed, and keeps the rest', () => {
  const talk = after({ t: 'chat.rules', d: ORDER }, said('a', { rank: 'host' }), { t: 'resumed', d: { chat: [said('a').d, said('b', { rank: 'staff' }).d] } });
  assert.deepEqual(['a', 'b'].map((id) => talk.around.get(id)?.rank), ['host', 'staff']);
  assert.equal(talk.order, ORDER);
});

test('a mute is known until it is lifted, also to who comes back and has missed nothing', () => {
  const muted = { t: 'chat.muted', d: { user: 'y', until_ms: 9, by: 'h' } };
  const back = after(muted, { t: 'resumed', d: { chat: [] } });
  assert.equal(back.muted.get('y'), 9);
  assert.equal(talked(back, { t: 'chat.unmuted', d: { user: 'y', by: 'h' } }).muted.size, 0);
});

test('who may have missed that a mute was lifted is not kept from asking', () => {
  const muted = { t: 'chat.muted', d: { user: 'y', until_ms: 9, by: 'h' } };
  assert.equal(after(muted, { t: 'snapshot', d: { chat: [] } }).muted.size, 0);
});

test('however much is said, so much is kept, the newest', () => {
  const all = Array.from({ length: 300 }, (_, number) => said(`x${number}`));
  const talk = after(...all);
  assert.deepEqual([talk.around.size, talk.around.has('x299'), talk.around.has('x100')], [120, true, false]);
  assert.equal(talked(talk, said('x299')), talk);
  assert.equal(talked(talk, { t: 'likes.summed', d: {} }), talk);
});

test('the rules are what was told last', () => {
  assert.deepEqual(after({ t: 'chat.rules', d: ORDER }).order, ORDER);
});
