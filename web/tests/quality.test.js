// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { layerOf, levelOf, shownAs, sizes } from '../client/player/quality.js';

/** As hls.js orders them: by bit rate. */
const LIST = [
  { height: 0, bitrate: 64_000 },
  { height: 360, bitrate: 600_000 },
  { height: 720, bitrate: 1_500_000 },
  { height: 720, bitrate: 2_500_000 },
];
const NONE = { fixed: -1, most: -1 };

test('a list of levels offers each size once, the largest first, and nothing where there is no choice', () => {
  assert.deepEqual(sizes(LIST), ['auto', '720p', '360p']);
  assert.deepEqual(sizes(LIST.slice(0, 2)), ['auto']);
  assert.deepEqual(sizes([]), ['auto']);
});

test('what was chosen over WebRTC means a level of the list', () => {
  assert.deepEqual(levelOf('auto', LIST), NONE);
  assert.deepEqual(levelOf('full', LIST), { ...NONE, fixed: 3 });
  assert.deepEqual(levelOf('half', LIST), { ...NONE, most: 1 });
  assert.deepEqual(levelOf('sound', LIST), { ...NONE, fixed: 0 });
  assert.deepEqual(levelOf('half', LIST.slice(3)), { ...NONE, most: 0 });
  assert.deepEqual(levelOf('full', []), NONE);
});

test('a size is the richest level of that height, and any when there is none', () => {
  assert.deepEqual(levelOf('720p', LIST), { ...NONE, fixed: 3 });
  assert.deepEqual(levelOf('1080p', LIST), NONE);
});

test('a choice is shown under the name that it has in the list', () => {
  assert.deepEqual(
    ['auto', 'full', 'half', 'sound', '360p', '1080p'].map((each) => shownAs(each, LIST)),
    ['auto', '720p', '360p', 'auto', '360p', 'auto'],
  );
});

test('a size means nothing to WebRTC', () => {
  assert.deepEqual(
    ['auto', 'half', 'sound', '360p', 'nonsense'].map((each) => layerOf(each)),
    ['auto', 'half', 'sound', 'auto', 'auto'],
  );
});
