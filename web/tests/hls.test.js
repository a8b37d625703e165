// @ts-check
import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { BackOff } from '../client/feed/back_off.js';
import { HlsWatch } from '../client/player/hls.js';

class FakeHls {
  static Events = { MANIFEST_PARSED: 'parsed', ERROR: 'error' };
  static ErrorTypes = { MEDIA_ERROR: 'media' };
  static supported = true;
  static isSupported = () => FakeHls.supported;
  /** @type {FakeHls[]} */
  static made = [];
  /** @type {object[]} */
  levels = [];
  recovered = 0;
  destroyed = false;
  /** @type {Record<string, (event: string, data: object) => void>} */
  heard = {};

  constructor() {
    FakeHls.made.push(this);
  }

  /** @param {string} event @param {(event: string, data: object) => void} listener */
  on(event, listener) {
    this.heard[event] = listener;
  }

  loadSource() {}
  attachMedia() {}

  recoverMediaError() {
    this.recovered += 1;
  }

  destroy() {
    this.destroyed = true;
  }

  /** The decoder fails for good. */
  fails() {
    this.heard.error('error', { fatal: true, type: 'media' });
  }
}

class FakeVideo extends EventTarget {
  src = '';
  /** How often something was to be loaded. */
  sources = 0;

  getAttribute() {
    return this.src;
  }

  removeAttribute() {
    this.src = '';
  }

  load() {
    this.sources += 1;
  }
}

let now = 0;
const settle = () => new Promise((done) => setImmediate(done));

beforeEach(() => {
  now = 0;
  FakeHls.made = [];
  FakeHls.supported = true;
  mock.method(performance, 'now', () => now);
  mock.timers.enable({ apis: ['setTimeout'] });
});

afterEach(() => {
  mock.timers.reset();
  mock.restoreAll();
});

/** @param {() => Promise<any>} [load] */
function watching(load = async () => ({ default: FakeHls })) {
  const video = new FakeVideo();
  const backOff = new BackOff({ random: () => 1 });
  const watch = new HlsWatch({ video: /** @type {any} */ (video), url: '/hls', onReady() {}, onState() {}, backOff, load });
  watch.start();
  const plays = () => video.dispatchEvent(new Event('playing'));
  return { watch, video, plays };
}

test('while the library comes nothing is begun a second time', async () => {
  const { watch } = watching();
  watch.poke();
  await settle();
  watch.poke();
  await settle();
  assert.equal(FakeHls.made.length, 1);
  watch.stop();
  assert.ok(FakeHls.made[0].destroyed);
});

test('what was begun before the end is not what is played after it', async () => {
  /** @type {((library: object) => void)[]} */
  const coming = [];
  const { watch } = watching(() => new Promise((done) => coming.push(done)));
  watch.stop();
  watch.start();
  for (const done of coming) done({ default: FakeHls });
  await settle();
  assert.equal(FakeHls.made.length, 1);
});

test('a browser that plays HLS by itself is not disturbed by a poke', async () => {
  FakeHls.supported = false;
  const { watch, video, plays } = watching();
  await settle();
  plays();
  let begun = 0;
  watch.onReady = () => (begun += 1);
  watch.poke();
  await settle();
  assert.equal(begun, 0);
  video.dispatchEvent(new Event('error'));
  watch.poke();
  await settle();
  assert.equal(begun, 1, 'who waits for the next try is poked');
});

test('a decoder that fails again at once is not recovered but begun anew, each time later', async () => {
  const { plays } = watching();
  await settle();
  /** @type {number[]} */
  const waits = [];
  for (let round = 0; round < 3; round += 1) {
    const [hls] = FakeHls.made.slice(-1);
    plays();
    if (round === 0) {
      hls.fails();
      assert.deepEqual([hls.recovered, hls.destroyed], [1, false]);
      plays();
    }
    now += 500;
    hls.fails();
    assert.ok(hls.destroyed);
    for (let ms = 100; FakeHls.made.at(-1) === hls; ms += 100) {
      mock.timers.tick(100);
      await settle();
      if (FakeHls.made.at(-1) !== hls) waits.push(ms);
    }
  }
  assert.deepEqual(waits, [400, 800, 1600]);
});

test('what has played for long is recovered, and begun anew soon', async () => {
  const { plays } = watching();
  await settle();
  plays();
  const [hls] = FakeHls.made;
  for (const times of [1, 2]) {
    now += 60_000;
    hls.fails();
    assert.equal(hls.recovered, times);
  }
  hls.fails();
  mock.timers.tick(400);
  await settle();
  assert.equal(FakeHls.made.length, 2);
});
