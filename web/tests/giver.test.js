// @ts-check
import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { Giver } from '../giving/giver.js';
import { TRIED_MS } from '../giving/wishes.js';

/** @typedef {import('../giving/wishes.js').Wish} Wish */

const WANTED = { user: 'kai', room: 'r', gift: 'rose', count: 1, to: 'ruby', coins: 10 };

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ['setTimeout', 'Date'] });
});

/** @param {number} status */
const failure = (status) => Object.assign(new Error(String(status)), { status });

class Kept {
  text = /** @type {string | null} */ (null);

  getItem() {
    return this.text;
  }

  /** @param {string} _name @param {string} text */
  setItem(_name, text) {
    this.text = text;
  }
}

/** @param {(wish: Wish, nth: number) => any} answer what a try is answered with; an Error is thrown */
function opened(answer, kept = new Kept()) {
  /** @type {Wish[]} */
  const asked = [];
  /** @type {string[]} */
  const told = [];
  const giver = new Giver({
    ask: async (wish) => {
      asked.push(wish);
      const given = await answer(wish, asked.length);
      if (given instanceof Error) throw given;
      return given;
    },
    now: () => Date.now(),
    kept,
    random: () => 1,
  });
  giver.listen((outcome) => told.push(outcome.kind));
  giver.serve('kai');
  return { giver, asked, told, kept };
}

/** Let time pass, and whatever it sets off. @param {number} ms */
async function pass(ms) {
  for (let left = ms; left >= 0; left -= 100) {
    mock.timers.tick(Math.min(100, left));
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
  }
}

test('503, 503, 201 are three tries under one key, and one gift', async () => {
  const { giver, asked, told } = opened((_, nth) => (nth < 3 ? failure(503) : { gift_id: 'g' }));
  giver.give(WANTED);
  await pass(5_000);
  assert.equal(asked.length, 3);
  assert.equal(new Set(asked.map((wish) => wish.key)).size, 1);
  assert.deepEqual(told, ['answered']);
  assert.deepEqual(giver.wishes.value, []);
});

test('pauses grow, so that a server that is away is not pressed', async () => {
  const { giver, asked } = opened(() => failure(503));
  giver.give(WANTED);
  await pass(30_000);
  assert.ok(asked.length >= 7 && asked.length <= 10, String(asked.length));
});

test('every tap is a wish of its own, and taps do not wait for answers', async () => {
  const { giver, asked } = opened(() => new Promise(() => undefined));
  for (let tap = 0; tap < 4; tap += 1) assert.notEqual(giver.give(WANTED), null);
  await pass(0);
  assert.equal(new Set(asked.map((wish) => wish.key)).size, 4);
});

test('a refusal is told once and its wish is gone', async () => {
  const { giver, asked, told } = opened(() => failure(409));
  giver.give(WANTED);
  await pass(10_000);
  assert.deepEqual([asked.length, told, giver.wishes.value], [1, ['refused'], []]);
});

test('after a minute it is told that nothing is known, and the key is kept for the button', async () => {
  let away = true;
  const { giver, asked, told } = opened(() => (away ? failure(0) : { gift_id: 'g' }));
  giver.give(WANTED);
  await pass(TRIED_MS + 5_000);
  assert.deepEqual(told, ['unknown']);
  const tries = asked.length;
  await pass(TRIED_MS);
  assert.equal(asked.length, tries);
  away = false;
  giver.again();
  await pass(100);
  assert.deepEqual(told, ['unknown', 'answered']);
  assert.equal(new Set(asked.map((wish) => wish.key)).size, 1);
});

test('a page that was reloaded asks under the key that the page before had used', async () => {
  const before = opened(() => new Promise(() => undefined));
  const key = before.giver.give(WANTED);
  await pass(0);
  assert.equal(before.asked.length, 1);
  const after = opened(() => ({ gift_id: 'g' }), before.kept);
  await pass(0);
  assert.deepEqual(after.asked.map((wish) => [wish.key, wish.tries]), [[key, 2]]);
  assert.deepEqual(JSON.parse(before.kept.text ?? ''), []);
});

test('a tab that comes back hours later gives nothing by itself, and says that it is not known', async () => {
  const before = opened(() => new Promise(() => undefined));
  before.giver.give(WANTED);
  await pass(0);
  mock.timers.tick(3 * 3600_000);
  const after = opened(() => ({ gift_id: 'g' }), before.kept);
  await pass(1_000);
  assert.deepEqual([after.asked, after.told], [[], ['unknown']]);
});

test('the wishes of somebody else wait until he signs in again', async () => {
  const { giver, asked } = opened(() => ({ gift_id: 'g' }));
  giver.serve('mina');
  giver.give(WANTED);
  await pass(1_000);
  assert.equal(asked.length, 0);
  giver.serve('kai');
  await pass(0);
  assert.equal(asked.length, 1);
});

test('who asks no more forgets the key', async () => {
  const { giver, told, kept } = opened(() => failure(0));
  giver.give(WANTED);
  await pass(TRIED_MS + 5_000);
  giver.leave();
  assert.deepEqual(told, ['unknown', 'left']);
  assert.deepEqual(JSON.parse(kept.text ?? ''), []);
});

test('a device that keeps nothing gives all the same', async () => {
  const closed = new Kept();
  closed.getItem = closed.setItem = () => {
    throw new Error('no storage here');
  };
  const { giver, told } = opened(() => ({ gift_id: 'g' }), closed);
  giver.give(WANTED);
  await pass(0);
  assert.deepEqual(told, ['answered']);
});
