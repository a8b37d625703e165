// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FreezeMeter } from '../client/media/freeze.js';

/** @param {number[]} frames */
function shown(frames) {
  const meter = new FreezeMeter();
  for (const at of frames) meter.frame(at);
  return meter;
}

test('a steady picture does not freeze', () => {
  const meter = shown(Array.from({ length: 100 }, (_, frame) => frame * 40));
  assert.deepEqual(meter.take(), { freezes: 0, frozenMs: 0, frames: 100 });
});

test('a gap of exactly half a second is no freeze, a longer one is, with its whole length', () => {
  assert.equal(shown([0, 500]).take().freezes, 0);
  assert.deepEqual(shown([0, 501]).take(), { freezes: 1, frozenMs: 501, frames: 2 });
});

test('a picture that is frozen for ever is one freeze that grows', () => {
  const meter = shown([0]);
  for (let now = 250; now <= 10_000; now += 250) meter.tick(now);
  assert.deepEqual(meter.take(), { freezes: 1, frozenMs: 10_000, frames: 1 });
  meter.tick(12_000);
  assert.deepEqual(meter.take(), { freezes: 0, frozenMs: 2_000, frames: 0 });
});

test('the watchdog and the frame that ends the gap count it once', () => {
  const meter = shown([0]);
  meter.tick(600);
  meter.tick(900);
  meter.frame(1_000);
  meter.frame(1_040);
  assert.deepEqual(meter.take(), { freezes: 1, frozenMs: 1_000, frames: 3 });
});

test('a picture that nobody owes does not freeze', () => {
  const meter = shown([0]);
  meter.pause();
  meter.tick(60_000);
  meter.frame(60_000);
  meter.frame(60_040);
  assert.equal(meter.take().freezes, 0);
});

test('before the first picture nothing stands still', () => {
  const meter = new FreezeMeter();
  meter.tick(5_000);
  assert.equal(meter.take().freezes, 0);
});
