// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FLIGHT_MS, lanesOf, MOST_WAIT_MS, placed, stood } from '../room/danmaku_lanes.js';

const ACROSS = 360;

/** Where a line of that width is, `ms` after its beginning: its left and right edge. @param {number} width @param {number} ms */
const at = (width, ms) => {
  const left = ACROSS - ((ACROSS + width) * ms) / FLIGHT_MS;
  return { left, right: left + width };
};

test('lines that come together take lanes of their own', () => {
  let lanes = lanesOf(3);
  const found = [100, 100, 100].map((width) => {
    const place = placed(lanes, width, ACROSS, 0);
    if (place !== null) lanes = place.lanes;
    return place?.lane;
  });
  assert.deepEqual(found, [0, 1, 2]);
});

test('nobody runs into the line before him, however long the lines are', () => {
  for (const [first, second] of [[40, 900], [900, 40], [300, 300], [40, 40]]) {
    let lanes = lanesOf(1);
    lanes = placed(lanes, first, ACROSS, 0)?.lanes ?? lanes;
    let now = 0;
    let next = placed(lanes, second, ACROSS, now);
    while (next === null) next = placed(lanes, second, ACROSS, (now += 100));
    const begun = now + next.waitMs;
    for (let ms = begun; ms < FLIGHT_MS; ms += 50) {
      const [before, after] = [at(first, ms), at(second, ms - begun)];
      assert.ok(before.right <= after.left + 1, `${first} then ${second}: ${before.right} against ${after.left} at ${ms}`);
    }
  }
});

test('lines that stand have a lane for themselves until they go', () => {
  let lanes = lanesOf(2);
  const found = [0, 10, 20, FLIGHT_MS].map((now) => {
    const place = stood(lanes, now);
    if (place !== null) lanes = place.lanes;
    return place?.lane;
  });
  assert.deepEqual(found, [0, 1, undefined, 0]);
});

test('who would wait too long is not shown', () => {
  let lanes = lanesOf(1);
  lanes = placed(lanes, 900, ACROSS, 0)?.lanes ?? lanes;
  assert.equal(placed(lanes, 900, ACROSS, 0), null);
  const later = placed(lanes, 900, ACROSS, FLIGHT_MS - MOST_WAIT_MS);
  assert.ok(later !== null && later.waitMs <= MOST_WAIT_MS);
});
