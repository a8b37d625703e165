// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atRest, MOVE_MS, resting, towards, valuesAt } from '../battle/eased.js';

test('scores that only rise are only shown rising, however their moves overlap, and end on what the server has said', () => {
  let motion = resting([0, 0]);
  let said = [0, 0];
  let shown = [0, 0];
  for (let now = 0; now < 5_000; now += 16) {
    if (now % 7 === 0) {
      said = [said[0] + (now % 50), said[1] + (now % 13)];
      motion = towards(motion, said, now);
    }
    const values = valuesAt(motion, now);
    values.forEach((value, side) => assert.ok(value >= shown[side] && value <= said[side], `${value} at ${now}`));
    shown = [...values];
  }
  assert.deepEqual(valuesAt(motion, 5_000 + MOVE_MS), said);
});

test('a move begins where the last one was cut off', () => {
  const first = towards(resting([0]), [100], 0);
  const cut = valuesAt(first, 100);
  assert.ok(cut[0] > 0 && cut[0] < 100);
  assert.deepEqual(valuesAt(towards(first, [200], 100), 100), cut);
});

test('what is said again moves nothing, and another number of sides is shown at once', () => {
  const motion = towards(resting([0]), [100], 0);
  assert.equal(towards(motion, [100], 50), motion);
  const other = towards(motion, [5, 6, 7], 50);
  assert.deepEqual(valuesAt(other, 50), [5, 6, 7]);
  assert.ok(atRest(other, 50) && !atRest(motion, 50) && atRest(motion, MOVE_MS));
});
