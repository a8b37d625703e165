// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decibels, Ear, share, SILENT_MS } from '../studio/level.js';

test('a full square wave is the loudest, half of it 6 dB less, nothing is nothing', () => {
  assert.equal(decibels([1, -1, 1, -1]), 0);
  assert.ok(Math.abs(decibels([0.5, -0.5]) + 6.02) < 0.01);
  assert.equal(decibels([0, 0]), -Infinity);
  assert.equal(decibels([]), -Infinity);
});

test('the meter goes from nothing to full', () => {
  assert.deepEqual([-Infinity, -70, -35, 0, 3].map(share), [0, 0, 0.5, 1, 1]);
});

test('a microphone that gives nothing for four seconds is silent, until it gives something', () => {
  const ear = new Ear();
  assert.equal(ear.listen(1_000, -Infinity, true), false);
  assert.equal(ear.listen(1_000 + SILENT_MS - 1, -Infinity, true), false);
  assert.equal(ear.listen(1_000 + SILENT_MS, -Infinity, true), true);
  assert.equal(ear.heard, false);
  assert.equal(ear.listen(6_000, -30, true), false);
  assert.equal(ear.heard, true);
});

test('a pause of a speaker is no silence, nor is a quiet room', () => {
  const ear = new Ear();
  ear.listen(0, -20, true);
  for (let ms = 100; ms <= 10_000; ms += 100) assert.equal(ear.listen(ms, -55, true), false);
});

test('of a microphone that is turned off nothing is expected', () => {
  const ear = new Ear();
  ear.listen(0, -20, true);
  assert.equal(ear.listen(60_000, -Infinity, false), false);
  assert.equal(ear.listen(60_100, -Infinity, true), false);
  assert.equal(ear.listen(60_000 + SILENT_MS, -Infinity, true), true);
});
