// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Patience } from '../client/media/uplink.js';

const WISHED = 2_500_000;

/**
 * Look twice a second; returns the seconds at which more was asked for.
 * @param {Patience} patience
 * @param {number} fromS
 * @param {number} untilS
 * @param {(s: number) => number} bps
 * @param {(s: number) => boolean} [lossy]
 */
function looks(patience, fromS, untilS, bps, lossy = () => false) {
  const asked = [];
  for (let s = fromS; s < untilS; s += 0.5) if (patience.look(s * 1000, bps(s), WISHED, lossy(s))) asked.push(s);
  return asked;
}

test('an uplink that bears what we would send is left alone', () => {
  assert.deepEqual(looks(new Patience(), 0, 60, () => 1_600_000), []);
});

test('a poor uplink is asked for more, less and less often', () => {
  assert.deepEqual(looks(new Patience(), 0, 100, () => 400_000), [2, 6, 14, 30, 62]);
});

test('one that has begun to rise is asked soon, however often it was in vain', () => {
  const patience = new Patience();
  looks(patience, 0, 70, () => 400_000);
  const asked = looks(patience, 70, 90, (s) => 400_000 * 1.08 ** (s - 70));
  assert.ok(asked[0] <= 72, String(asked));
});

test('where an estimate goes up and down below what the link bears, this is no sign', () => {
  const patience = new Patience();
  const saw = (/** @type {number} */ s) => 400_000 * (1 + 0.06 * (s % 4));
  assert.deepEqual(looks(patience, 0, 100, saw), [2, 6, 14, 30, 62]);
});

test('nothing is asked for among losses', () => {
  const patience = new Patience();
  assert.deepEqual(looks(patience, 0, 10, () => 400_000, () => true), []);
  assert.deepEqual(looks(patience, 10, 13, () => 400_000), [11]);
});

test('after it was good, a fall is met as quickly as the first one', () => {
  const patience = new Patience();
  looks(patience, 0, 40, () => 400_000);
  looks(patience, 40, 50, () => 2_400_000);
  assert.equal(looks(patience, 50, 60, () => 400_000)[0], 52);
});
