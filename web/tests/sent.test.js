// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { between, look } from '../client/media/sent.js';

const PAIR = { type: 'candidate-pair', nominated: true, state: 'succeeded', availableOutgoingBitrate: 3_000_000, currentRoundTripTime: 0.042 };
const video = (/** @type {object} */ more) => ({ type: 'outbound-rtp', kind: 'video', bytesSent: 100_000, packetsSent: 100, framesEncoded: 30, targetBitrate: 800_000, qualityLimitationReason: 'none', ...more });
const AUDIO = { type: 'outbound-rtp', kind: 'audio', bytesSent: 8_000, packetsSent: 50 };
const report = (/** @type {number} */ packetsLost) => ({ type: 'remote-inbound-rtp', kind: 'video', packetsLost });

test('a look sums up what is sent, of all encodings, and takes the pair that is used', () => {
  const found = look([PAIR, { ...PAIR, nominated: false, availableOutgoingBitrate: 1 }, video({}), video({ framesEncoded: 60, targetBitrate: 200_000 }), AUDIO, report(4)], 7);
  assert.deepEqual(found, { atMs: 7, bytes: 208_000, packets: 250, lost: 4, frames: 60, availableBps: 3_000_000, targetBps: 1_000_000, rttMs: 42, limitation: 'none' });
});

test('of two pairs that are nominated the one counts that the transport has chosen', () => {
  const former = { ...PAIR, id: 'first', availableOutgoingBitrate: undefined };
  const found = look([former, { ...PAIR, id: 'second' }, { type: 'transport', selectedCandidatePairId: 'second' }], 0);
  assert.equal(found.availableBps, 3_000_000);
});

test('the worst limitation of the encodings counts', () => {
  assert.equal(look([video({}), video({ qualityLimitationReason: 'bandwidth' })], 0).limitation, 'bandwidth');
  assert.equal(look([video({ qualityLimitationReason: 'cpu' }), video({ qualityLimitationReason: 'bandwidth' })], 0).limitation, 'cpu');
});

test('what a browser does not say is not known', () => {
  const found = look([{ type: 'outbound-rtp', kind: 'video', bytesSent: 1, packetsSent: 1 }, { type: 'remote-inbound-rtp', roundTripTime: 0.1 }], 0);
  assert.deepEqual([found.availableBps, found.targetBps, found.rttMs, found.limitation], [null, null, 100, null]);
  assert.equal(look([], 0).rttMs, null);
});

test('two looks say how much went out, how much of it was lost, and how many pictures', () => {
  const [before, after] = [look([video({}), report(2)], 1_000), look([video({ bytesSent: 600_000, packetsSent: 600, framesEncoded: 90 }), report(27)], 3_000)];
  const { bps, loss, fps } = between(before, after);
  assert.deepEqual([bps, loss, fps], [2_000_000, 0.05, 30]);
});

test('a loss that is taken back, and a connection that sends nothing, are no losses', () => {
  const [before, after] = [look([video({}), report(9)], 0), look([video({}), report(3)], 1_000)];
  assert.deepEqual([between(before, after).loss, between(before, after).bps], [0, 0]);
});
