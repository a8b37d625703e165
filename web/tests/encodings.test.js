// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { bearsSimulcast, MOST_VIDEO_BPS, videoEncodings } from '../client/media/encodings.js';

test('a small machine sends one size, a larger one two', () => {
  assert.deepEqual([undefined, 1, 2, 3, 4, 16].map(bearsSimulcast), [false, false, false, false, true, true]);
  assert.equal(videoEncodings(false).length, 1);
  assert.equal(videoEncodings(true).length, 2);
});

test('one encoding has no name, and two are told apart', () => {
  assert.equal(videoEncodings(false)[0]?.rid, undefined);
  assert.deepEqual(videoEncodings(true).map(({ rid }) => rid), ['half', 'full']);
});

test('the small picture comes first, and only the full one may use the whole uplink', () => {
  const [small, full] = videoEncodings(true);
  assert.ok(small && full);
  assert.equal(small.scaleResolutionDownBy, 2);
  assert.equal(full.scaleResolutionDownBy, 1);
  assert.ok(small.maxBitrate < full.maxBitrate / 2);
  assert.equal(full.maxBitrate, MOST_VIDEO_BPS);
});
