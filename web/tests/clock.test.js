// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { minutes, secondsLeft, ServerClock } from '../client/clock.js';

test('the stamp that travelled least decides the offset', () => {
  let local = 1_000;
  const clock = new ServerClock(() => local);
  clock.heard(51_000 - 300); // 300 ms under way
  local += 10;
  clock.heard(51_010 - 20);
  local += 10;
  clock.heard(51_020 - 500);
  assert.equal(clock.offset, 50_000 - 20);
  assert.equal(clock.now(), local + 49_980);
});

test('an old offset is forgotten after eight newer stamps', () => {
  let local = 0;
  const clock = new ServerClock(() => local);
  clock.heard(9_999);
  for (let stamp = 0; stamp < 8; stamp += 1) clock.heard((local += 1000));
  assert.equal(clock.offset, 0);
});

test('without any stamp the device itself is the clock', () => {
  const clock = new ServerClock(() => 42);
  assert.equal(clock.now(), 42);
  clock.heard(100);
  clock.forget();
  assert.equal(clock.now(), 42);
});

test('a countdown shows zero only when it is over', () => {
  assert.equal(secondsLeft(10_000, 0), 10);
  assert.equal(secondsLeft(10_000, 9_001), 1);
  assert.equal(secondsLeft(10_000, 9_999), 1);
  assert.equal(secondsLeft(10_000, 10_000), 0);
  assert.equal(secondsLeft(10_000, 99_000), 0);
  assert.equal(secondsLeft(null, 5), 0);
});

test('minutes are written with two digits of seconds', () => {
  assert.equal(minutes(0), '0:00');
  assert.equal(minutes(65), '1:05');
  assert.equal(minutes(600), '10:00');
});
