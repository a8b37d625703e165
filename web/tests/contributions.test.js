// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askAt, coinsToNext, MOST_SPREAD_MS, placeBelow, SETTLED_MS } from '../contributions.js';

const EVERY_MS = 15_000;

test('after a quiet while the list is asked for as soon as the sums can have the gift', () => {
  assert.equal(askAt(100_000, 0, 0, 1, EVERY_MS), 100_000 + SETTLED_MS);
});

test('however many gifts come, a page asks once in a while only', () => {
  assert.equal(askAt(101_000, 100_000, 0, 0, EVERY_MS), 100_000 + EVERY_MS);
});

test('a crowd does not ask all at once, and nobody waits for ever', () => {
  assert.equal(askAt(100_000, 0, 1_000, 0.5, EVERY_MS) - askAt(100_000, 0, 1_000, 0, EVERY_MS), 5_000);
  assert.equal(askAt(100_000, 0, 1_000_000, 1, EVERY_MS), 100_000 + SETTLED_MS + MOST_SPREAD_MS);
});

test('who is in the list has no line below it, who is not has his own', () => {
  const contributors = [{ user: 'mina', name: 'Mina', coins: 9, gifts: 1 }];
  assert.equal(placeBelow({ contributors, me: { place: 1, coins: 9 } }, 'mina'), null);
  assert.deepEqual(placeBelow({ contributors, me: { place: 12, coins: 3 } }, 'kai'), { place: 12, coins: 3 });
  assert.equal(placeBelow({ contributors, me: null }, undefined), null);
});

test('a fan knows how much is missing, and at the highest level nothing is', () => {
  assert.equal(coinsToNext({ host: 'h', level: 2, coins: 60, next_coins: 400 }), 340);
  assert.equal(coinsToNext({ host: 'h', level: 50, coins: 9e9, next_coins: null }), null);
});
