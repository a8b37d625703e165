// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answered, countOf, ended, failed, isOpen, tapped, told, TRAVEL_MS } from '../giving/own_combo.js';

const WINDOW = 5_000;
const ROSE = { user: 'kai', gift: 'rose', to: 'ruby', count: 1 };

/** @param {string} id @param {number} combo @param {Partial<import('../client/feed/messages.js').GiftSent>} [more] @returns {import('../client/feed/messages.js').GiftSent} */
function sent(id, combo, more = {}) {
  return {
    id, gift: 'rose', name: 'Rose', emoji: '', count: 1, coins: 10, from: { user: 'kai', name: 'Kai' }, to: { user: 'ruby', name: 'Ruby' },
    side: null, score: null, battle: null, combo, combo_id: 'c', at_ms: 0, ...more,
  };
}

/** @param {string} id @param {number} count */
function end(id, count) {
  const person = { user: 'kai', name: 'Kai' };
  return { combo_id: id, gift: 'rose', emoji: '', count, coins: 10 * count, win: 0, from: person, to: person, guest: null };
}

test('the count rises with every tap, before any answer', () => {
  let combo = tapped(null, { ...ROSE, count: 5 }, 'k1', 0, WINDOW);
  combo = tapped(combo, ROSE, 'k2', 100, WINDOW);
  combo = tapped(combo, ROSE, 'k3', 200, WINDOW);
  assert.equal(countOf(combo), 7);
});

test('the count is never less than it was tapped while the room lags, and then it is the room\'s own', () => {
  let combo = tapped(tapped(null, ROSE, 'k1', 0, WINDOW), ROSE, 'k2', 100, WINDOW);
  combo = answered(combo, 'k1', 'g1');
  combo = told(combo, sent('g1', 41), WINDOW);
  assert.equal(countOf(combo), 41);
  combo = answered(combo, 'k2', 'g2');
  combo = told(combo, sent('g2', 42), WINDOW);
  assert.deepEqual([countOf(combo), combo.untold], [42, []]);
});

test('a room that is told before we have the answer counts no piece twice', () => {
  let combo = tapped(null, ROSE, 'k1', 0, WINDOW);
  combo = told(combo, sent('g1', 1), WINDOW);
  assert.equal(countOf(combo), 1);
  combo = answered(combo, 'k1', 'g1');
  assert.deepEqual([countOf(combo), combo.untold, combo.early], [1, [], []]);
});

test('a piece that was refused is taken off again, and nothing is left of a combo without pieces', () => {
  const one = tapped(null, ROSE, 'k1', 0, WINDOW);
  const two = failed(tapped(one, ROSE, 'k2', 0, WINDOW), 'k2');
  assert.equal(two && countOf(two), 1);
  assert.equal(failed(one, 'k1'), null);
  assert.equal(failed(one, 'of another combo'), one);
});

test('it is open as long as a tap can still arrive in time, by the stamp of its last piece', () => {
  let combo = tapped(null, ROSE, 'k1', 1_000, WINDOW);
  assert.equal(isOpen(combo, 1_000 + WINDOW - TRAVEL_MS - 1), true);
  assert.equal(isOpen(combo, 1_000 + WINDOW - TRAVEL_MS), false);
  combo = told(combo, sent('g1', 1, { at_ms: 3_000 }), WINDOW);
  assert.equal(isOpen(combo, 3_000 + WINDOW - TRAVEL_MS - 1), true);
});

test('another gift, another person, another giver and a combo that is over begin a new count', () => {
  const combo = tapped(null, { ...ROSE, count: 9 }, 'k1', 0, WINDOW);
  for (const other of [{ gift: 'cake' }, { to: 'mina' }, { user: 'tom' }]) assert.equal(countOf(tapped(combo, { ...ROSE, ...other }, 'k2', 10, WINDOW)), 1);
  assert.equal(countOf(tapped(combo, ROSE, 'k2', WINDOW, WINDOW)), 1);
});

test('gifts of others, and ours to others, change nothing', () => {
  const combo = tapped(null, ROSE, 'k1', 0, WINDOW);
  assert.equal(told(combo, sent('x', 80, { from: { user: 'mina', name: 'Mina' } }), WINDOW), combo);
  assert.equal(told(combo, sent('x', 80, { gift: 'cake' }), WINDOW), combo);
  assert.equal(told(combo, sent('x', 80, { guest: { user: 'tom', name: 'Tom' } }), WINDOW), combo);
});

test('its end closes it, unless a tap is on its way: that one begins another combo', () => {
  let combo = told(answered(tapped(null, { ...ROSE, count: 7 }, 'k1', 0, WINDOW), 'k1', 'g1'), sent('g1', 7), WINDOW);
  assert.equal(ended(combo, end('other', 9)), combo);
  assert.equal(ended(combo, end('c', 7)), null);
  combo = tapped(combo, ROSE, 'k2', 4_000, WINDOW);
  const next = ended(combo, end('c', 7));
  assert.equal(next && countOf(next), 1);
});

test('the room begins to count anew when a piece came too late', () => {
  let combo = told(answered(tapped(null, { ...ROSE, count: 7 }, 'k1', 0, WINDOW), 'k1', 'g1'), sent('g1', 7), WINDOW);
  combo = answered(tapped(combo, ROSE, 'k2', 4_500, WINDOW), 'k2', 'g2');
  combo = told(combo, sent('g2', 1, { combo_id: 'd', at_ms: 5_100 }), WINDOW);
  assert.equal(countOf(combo), 1);
});
