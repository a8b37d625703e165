// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';

Object.assign(globalThis, { window: globalThis });
console.debug = () => {};
const { Player } = await import('../client/player/player.js');

/** @param {(muted: boolean) => string | null} refuses by which error the video refuses to play */
function shown(refuses) {
  const video = {
    dataset: {},
    muted: false,
    srcObject: null,
    async play() {
      const name = refuses(video.muted);
      if (name !== null) throw new DOMException('no', name);
    },
  };
  /** @type {boolean[]} */
  const heard = [];
  const wiring = { whep: '/whep/r', sources: async () => [], token: () => null, onState() {}, onPlay: (/** @type {boolean} */ sound) => heard.push(sound) };
  return { video, heard, player: new Player({ ...wiring, video: /** @type {any} */ (video) }) };
}

test('a browser that lets no sound out before a tap plays without it', async () => {
  const { video, heard, player } = shown((muted) => (muted ? null : 'NotAllowedError'));
  await player.play();
  assert.deepEqual([video.muted, heard], [true, [false]]);
});

test('a picture that was replaced before it played takes nobody his sound', async () => {
  for (const name of ['AbortError', 'NotSupportedError']) {
    const { video, heard, player } = shown(() => name);
    await player.play();
    assert.deepEqual([video.muted, heard], [false, []], name);
  }
});
