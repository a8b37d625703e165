// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FINE, judge, Light } from '../studio/quality_light.js';

/** @typedef {import('../studio/quality_light.js').Verdict} Verdict */

const WISHED = 2_500_000;
const SENT = { bps: 1_800_000, loss: 0, fps: 30, availableBps: 3_000_000, targetBps: 2_400_000, rttMs: 40, limitation: 'none' };
const said = (/** @type {Partial<import('../client/media/sent.js').Sent>} */ more, picture = true) => Object.values(judge({ ...SENT, ...more }, WISHED, picture)).join(' ');

test('every trouble has its colour and its reason', () => {
  assert.equal(said({}), 'green fine');
  assert.equal(said({ loss: 0.04 }), 'yellow loss');
  assert.equal(said({ loss: 0.2 }), 'red loss');
  assert.equal(said({ targetBps: 1_200_000 }), 'yellow uplink');
  assert.equal(said({ targetBps: 300_000 }), 'red uplink');
  assert.equal(said({ rttMs: 500 }), 'yellow delay');
  assert.equal(said({ rttMs: 1_500 }), 'red delay');
  assert.equal(said({ fps: 15 }), 'yellow frames');
  assert.equal(said({ fps: 5 }), 'red frames');
  assert.equal(said({ fps: 15, limitation: 'cpu' }), 'yellow machine');
  assert.equal(said({ limitation: 'cpu' }), 'yellow machine');
  assert.equal(said({ bps: 0, fps: 0 }), 'red silent');
});

test('the worst trouble is named', () => {
  assert.equal(said({ loss: 0.04, targetBps: 300_000 }), 'red uplink');
});

test('a picture that is turned off owes no frames, and what a browser does not say is no trouble', () => {
  assert.equal(said({ fps: 0 }, false), 'green fine');
  assert.equal(said({ targetBps: null, rttMs: null, limitation: null }), 'green fine');
  assert.deepEqual(judge({ ...SENT, targetBps: 100_000 }, 0, true), FINE);
});

/** @param {Light} light @param {...string} levels */
const shown = (light, ...levels) => levels.map((level) => light.take(/** @type {Verdict} */ ({ level, reason: level === 'green' ? 'fine' : 'loss' })).level);

test('one bad look changes nothing, two in a row do', () => {
  assert.deepEqual(shown(new Light(), 'red', 'green', 'yellow', 'green'), ['green', 'green', 'green', 'green']);
  assert.deepEqual(shown(new Light(), 'yellow', 'yellow'), ['green', 'yellow']);
  assert.deepEqual(shown(new Light(), 'red', 'yellow'), ['green', 'yellow'], 'as bad as both of them were');
});

test('four good looks in a row are needed until it is better', () => {
  const light = new Light();
  shown(light, 'red', 'red');
  assert.deepEqual(shown(light, 'green', 'green', 'green', 'red'), ['red', 'red', 'red', 'red']);
  assert.deepEqual(shown(light, 'green', 'yellow', 'green', 'green'), ['red', 'red', 'red', 'yellow'], 'as good as all of them were');
});

test('another reason of the same colour is told at once', () => {
  const light = new Light();
  shown(light, 'red', 'red');
  assert.deepEqual(light.take({ level: 'red', reason: 'uplink' }), { level: 'red', reason: 'uplink' });
});
