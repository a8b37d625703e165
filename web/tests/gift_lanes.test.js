// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { advanced, flown, LANES, NO_BANNERS, QUEUED, SHOWN_MS } from '../gift_lanes.js';

/** @param {string} sender @param {Partial<import('../feed/messages.js').GiftSent>} [more] @returns {import('../feed/messages.js').GiftSent} */
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
