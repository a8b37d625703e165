// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { advanced, dueAt, LEAST_MS, NO_BANNER, offered, SHOWN_MS, WAITING } from '../banner_queue.js';

/** @param {string} id @param {number} coins @param {number} [more] @returns {import('../client/feed/messages.js').GiftBanner} */
function gift(id, coins, more = 0) {
  const person = { user: 'u', name: 'U' };
  return { id, room: 'r', gift: 'crown', name: 'Crown', emoji: '', count: 1, coins, from: person, to: person, more };
}

/** Told one after the other, all at `now`. @param {number} now @param {...import('../client/feed/messages.js').GiftBanner} gifts */
function told(now, ...gifts) {
  return gifts.reduce((banners, each) => offered(banners, each, now), NO_BANNER);
}

/** Who is shown, until none is left. @param {import('../banner_queue.js').Banners} banners */
function turns(banners) {
  const seen = [];
  for (let due = dueAt(banners); due !== null; due = dueAt(banners)) {
    seen.push(banners.shown?.id);
    banners = advanced(banners, due);
  }
  return seen;
}

test('a lone banner comes in at once and stays its whole time', () => {
  const banners = told(100, gift('a', 5_000));
  assert.equal(banners.shown?.id, 'a');
  assert.equal(dueAt(banners), 100 + SHOWN_MS);
  assert.equal(advanced(banners, 100 + SHOWN_MS - 1), banners);
  assert.equal(advanced(banners, 100 + SHOWN_MS).shown, null);
});

test('a dearer gift does not cut off the banner that is being read', () => {
  let banners = told(0, gift('a', 5_000));
  banners = offered(banners, gift('b', 90_000), LEAST_MS - 1);
  assert.equal(banners.shown?.id, 'a');
  assert.equal(advanced(banners, SHOWN_MS / 2).shown?.id, 'b');
});

test('of those that wait the dearest is next, and of equals who was told first', () => {
  const banners = told(0, gift('first', 10), gift('x', 20), gift('y', 30), gift('z', 20), gift('w', 5));
  assert.deepEqual(turns(banners), ['first', 'y', 'x', 'z', 'w']);
});

test('the more wait the shorter a banner stays, never shorter than the least', () => {
  let banners = told(0, gift('a', 10));
  const times = [dueAt(banners)];
  for (const id of ['b', 'c', 'd', 'e']) {
    banners = offered(banners, gift(id, 10), 0);
    times.push(dueAt(banners));
  }
  assert.deepEqual(times, [SHOWN_MS, SHOWN_MS / 2, LEAST_MS, LEAST_MS, LEAST_MS]);
});

test('who comes when the time of the one before is over already takes its place at once', () => {
  const banners = offered(told(0, gift('a', 10)), gift('b', 10), SHOWN_MS - 1);
  assert.deepEqual([banners.shown?.id, banners.since], ['b', SHOWN_MS - 1]);
});

test('a flood is bounded, the cheapest have no banner, and the dearest that waits stands for them', () => {
  let banners = NO_BANNER;
  for (let place = 0; place < 50; place += 1) banners = offered(banners, gift(`g${place}`, 100 + place, 1), 0);
  assert.equal(banners.waiting.length, WAITING);
  assert.deepEqual(banners.waiting.map((each) => each.coins), [149, 148, 147, 146, 145, 144, 143, 142]);
  const counted = [banners.shown, ...banners.waiting].reduce((sum, each) => sum + 1 + (each?.more ?? 0), 0);
  assert.equal(counted, 100, 'every gift is shown or counted');
});

test('a gift that is told twice is shown once', () => {
  const banners = told(0, gift('a', 10), gift('b', 10), gift('b', 10), gift('a', 10));
  assert.deepEqual(turns(banners), ['a', 'b']);
});
