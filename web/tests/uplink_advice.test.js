// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { advice, bearsBps } from '../studio/uplink_advice.js';

const GOOD = { bps: 400_000, loss: 0, fps: 30, availableBps: 2_600_000, targetBps: 2_400_000, rttMs: 30, limitation: 'none' };

test('every measured uplink has its advice', () => {
  /** @type {[Partial<typeof GOOD>, string][]} */
  const table = [
    [{}, 'good'],
    [{ availableBps: 1_500_000 }, 'good'],
    [{ availableBps: 1_499_999 }, 'lower'],
    [{ loss: 0.04 }, 'lower'],
    [{ rttMs: 401 }, 'lower'],
    [{ availableBps: 499_999 }, 'slow'],
    [{ loss: 0.11 }, 'slow'],
    [{ rttMs: 1_001 }, 'slow'],
  ];
  for (const [more, said] of table) assert.equal(advice({ ...GOOD, ...more }), said, JSON.stringify(more));
});

test('where no media get through it is not slowness', () => {
  assert.equal(advice(null), 'blocked');
});

test('a browser that does not guess what the uplink bears is judged by what it has sent', () => {
  const unsure = { ...GOOD, availableBps: null, rttMs: null, bps: 1_700_000 };
  assert.equal(bearsBps(unsure), 1_700_000);
  assert.equal(advice(unsure), 'good');
});
