// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { advanced, caughtUp, ended, ENDED_MS, flown, LANES, NO_BANNERS, OPEN_MS, QUEUED, SHOWN_MS } from '../gift_lanes.js';

/** @param {string} sender @param {Partial<import('../client/feed/messages.js').GiftSent>} [more] @returns {import('../client/feed/messages.js').GiftSent} */
function gift(sender, more = {}) {
  return {
    id: `${sender}1`, gift: 'rose', name: 'Rose', emoji: '', count: 1, coins: 10, from: { user: sender, name: sender },
    to: { user: 'h', name: 'Host' }, side: null, score: null, battle: null, combo: 1, at_ms: 0, ...more,
  };
}

test('equal gifts of one sender count up in one banner', () => {
  let lanes = flown(NO_BANNERS, gift('a'), 0);
  lanes = flown(lanes, gift('a', { count: 5 }), 1_000);
  assert.equal(lanes.lanes.filter(Boolean).length, 1);
  assert.equal(lanes.lanes[0]?.total, 6);
  assert.equal(lanes.lanes[0]?.until, 1_000 + SHOWN_MS);
});

test('a fourth banner waits and comes in when one leaves', () => {
  let lanes = NO_BANNERS;
  for (const sender of ['a', 'b', 'c', 'd']) lanes = flown(lanes, gift(sender), 0);
  assert.equal(lanes.queue.length, 1);
  lanes = advanced(lanes, SHOWN_MS);
  assert.equal(lanes.lanes[0]?.gift.from.user, 'd');
  assert.equal(lanes.queue.length, 0);
});

test('a flood is bounded, and the dearest gifts are those that stay', () => {
  let lanes = NO_BANNERS;
  for (let sender = 0; sender < 200; sender += 1) lanes = flown(lanes, gift(`s${sender}`, { coins: sender === 50 ? 5_000 : 10 }), 0);
  assert.equal(lanes.lanes.filter(Boolean).length, LANES);
  assert.equal(lanes.queue.length, QUEUED);
  assert.equal(lanes.dropped, 200 - LANES - QUEUED);
  assert.ok(lanes.queue.some((banner) => banner.gift.coins === 5_000));
});

/** @param {string} id @param {number} count @returns {import('../client/feed/messages.js').ComboEnded} */
function end(id, count) {
  const person = { user: 'a', name: 'a' };
  return { combo_id: id, gift: 'rose', emoji: '', count, coins: 10 * count, win: 0, from: person, to: person, guest: null };
}

test('a combo shows the count that the room has, also to who came later, and never counts back', () => {
  let lanes = flown(NO_BANNERS, gift('a', { combo_id: 'c', combo: 41 }), 0);
  assert.equal(lanes.lanes[0]?.total, 41);
  lanes = flown(lanes, gift('a', { combo_id: 'c', combo: 43 }), 100);
  lanes = flown(lanes, gift('a', { combo_id: 'c', combo: 42 }), 200);
  assert.equal(lanes.lanes[0]?.total, 43);
});

test('a combo stays until its end is told, says its last count, and leaves', () => {
  let lanes = flown(NO_BANNERS, gift('a', { combo_id: 'c', combo: 5 }), 0);
  lanes = advanced(lanes, 5_000);
  assert.equal(lanes.lanes[0]?.over, false);
  lanes = ended(lanes, end('c', 7), 5_000);
  assert.deepEqual([lanes.lanes[0]?.total, lanes.lanes[0]?.over], [7, true]);
  assert.equal(advanced(lanes, 5_000 + ENDED_MS).lanes[0], null);
});

test('a combo whose end was lost leaves by itself, and a lone piece does not wait for one', () => {
  const lost = flown(NO_BANNERS, gift('a', { combo_id: 'c', combo: 5 }), 0);
  assert.equal(advanced(lost, OPEN_MS).lanes[0], null);
  const lone = flown(NO_BANNERS, gift('a', { combo_id: 'c', combo: 1 }), 0);
  assert.equal(advanced(lone, SHOWN_MS).lanes[0], null);
});

test('the end of a combo that is not shown changes nothing, and one that waits is shown with its last count', () => {
  let lanes = flown(NO_BANNERS, gift('a', { combo_id: 'c', combo: 2 }), 0);
  assert.deepEqual(ended(lanes, end('other', 9), 10), lanes);
  for (const sender of ['x', 'y', 'z']) lanes = flown(lanes, gift(sender, { combo_id: sender, combo: 2 }), 0);
  lanes = ended(lanes, end('z', 8), 10);
  lanes = advanced(ended(lanes, end('c', 2), 10), 10 + ENDED_MS);
  assert.deepEqual([lanes.lanes[0]?.gift.from.user, lanes.lanes[0]?.total], ['z', 8]);
});

test('after the feed was away a combo that is shown says how far it has come, and none begins to be shown', () => {
  let lanes = flown(NO_BANNERS, gift('a', { combo_id: 'c', combo: 2 }), 0);
  lanes = caughtUp(lanes, [end('c', 9), end('other', 5)], 8_000);
  assert.deepEqual([lanes.lanes[0]?.total, lanes.lanes[0]?.beats, lanes.lanes[0]?.over], [9, 1, false]);
  assert.deepEqual(lanes.lanes.slice(1), [null, null]);
  assert.equal(advanced(lanes, OPEN_MS).lanes[0]?.total, 9, 'it goes on');
  assert.deepEqual(caughtUp(lanes, [end('c', 8)], 8_000), lanes, 'what was told meanwhile is not taken back');
  assert.equal(caughtUp(NO_BANNERS, [end('c', 8)], 0).queue.length, 0);
});
