// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BLOCKED_AFTER, choose, patienceMs } from '../client/player/sources.js';

const WHEP = { kind: 'whep', url: '/whep/r' };
const HLS = { kind: 'hls', url: '/hls/r/index.m3u8' };
const fine = { sources: [WHEP, HLS], unconnected: 0, blockedLately: false, plays: true };

test('WebRTC is played at once, also where there is HLS', () => {
  assert.deepEqual(choose(fine), { play: 'whep', trouble: null });
  assert.deepEqual(choose({ ...fine, unconnected: BLOCKED_AFTER - 1 }), { play: 'whep', trouble: null }, 'once may be chance');
});

test('where WebRTC never connects, HLS is played when the room offers it', () => {
  assert.deepEqual(choose({ ...fine, unconnected: BLOCKED_AFTER }), { play: 'hls', trouble: null });
});

test('where nothing else is offered or can be played, the trouble is said and WebRTC tried on', () => {
  const blocked = { ...fine, unconnected: BLOCKED_AFTER };
  assert.deepEqual(choose({ ...blocked, sources: [WHEP] }), { play: 'whep', trouble: 'udp-blocked' });
  assert.deepEqual(choose({ ...blocked, sources: [{ kind: 'dash', url: '/d' }] }), { play: 'whep', trouble: 'udp-blocked' });
  assert.deepEqual(choose({ ...blocked, plays: false }), { play: 'whep', trouble: 'udp-blocked' });
});

test('a network that was found blocked a moment ago is not tried again in the next room', () => {
  assert.deepEqual(choose({ ...fine, blockedLately: true }), { play: 'hls', trouble: null });
  assert.deepEqual(choose({ ...fine, sources: [WHEP], blockedLately: true }), { play: 'whep', trouble: null }, 'but it is believed only by who has failed here');
});

test('the first sessions have little time, later ones more: a slow network is no blocked one', () => {
  assert.ok(patienceMs(0) < patienceMs(BLOCKED_AFTER));
});
