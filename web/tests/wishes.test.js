// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asked, askedAgain, AT_ONCE, due, expired, isRefusal, MOST, nextMs, restored, TRIED_MS, unanswered, wished, without } from '../giving/wishes.js';

/** @typedef {import('../giving/wishes.js').Wish} Wish */

const WANTED = { user: 'kai', room: 'r', gift: 'rose', count: 1, to: 'ruby', coins: 10 };

/** @param {number} many @param {Partial<Wish>} [more] @returns {Wish[]} */
function some(many, more = {}) {
  /** @type {Wish[]} */
  let wishes = [];
  for (let n = 0; n < many; n += 1) wishes = wished(wishes, WANTED, `k${n}`, 0) ?? wishes;
  return wishes.map((wish) => ({ ...wish, ...more }));
}

/** @param {number} status @param {string} [code] */
const failure = (status, code = 'any') => Object.assign(new Error(code), { status, code });

test('no answer, a server that is away and one that broke down are no refusal: the money is not known', () => {
  for (const status of [0, 500, 502, 503, 504]) assert.equal(isRefusal(failure(status), 1), false, String(status));
  assert.equal(isRefusal(new TypeError('no status at all'), 1), false);
  for (const status of [400, 403, 404, 409, 422]) for (const tries of [1, 5]) assert.equal(isRefusal(failure(status), tries), true, String(status));
});

test('who is sent away at the door is refused, but after a try that may have paid that is no answer', () => {
  for (const status of [401, 408, 429]) {
    assert.equal(isRefusal(failure(status), 1), true, String(status));
    assert.equal(isRefusal(failure(status), 2), false, String(status));
  }
});

test('few wishes are asked for at a time, the oldest first, and only those of whoever is signed in', () => {
  let wishes = some(AT_ONCE + 3);
  assert.deepEqual(due(wishes, 'kai', 0).map((wish) => wish.key), ['k0', 'k1', 'k2', 'k3']);
  assert.deepEqual(due(wishes, 'mina', 0), []);
  for (const { key } of due(wishes, 'kai', 0)) wishes = asked(wishes, key);
  assert.deepEqual(due(wishes, 'kai', 0), []);
  wishes = without(wishes, 'k1');
  assert.deepEqual(due(wishes, 'kai', 0).map((wish) => wish.key), ['k4']);
});

test('more wishes than may wait are not taken', () => {
  assert.equal(wished(some(MOST), WANTED, 'one more', 0), null);
});

test('a wish without an answer keeps its key and waits, and after a minute its fate is unknown', () => {
  let wishes = unanswered(asked(some(1), 'k0'), 'k0', 1_000, 500);
  assert.deepEqual([wishes[0].key, wishes[0].state, wishes[0].tries, wishes[0].next_ms], ['k0', 'waiting', 1, 1_500]);
  assert.equal(nextMs(wishes, 'kai', 1_000), 1_500);
  assert.deepEqual(due(wishes, 'kai', 1_499), []);
  wishes = unanswered(asked(wishes, 'k0'), 'k0', TRIED_MS - 100, 500);
  assert.deepEqual([wishes[0].key, wishes[0].state], ['k0', 'unknown']);
  assert.deepEqual(due(wishes, 'kai', TRIED_MS + 10_000), []);
  assert.equal(nextMs(wishes, 'kai', TRIED_MS), null);
});

test('what is unknown is asked for again under the same key when its owner says so, for another minute', () => {
  const wishes = askedAgain(some(1, { state: 'unknown', tries: 9 }), 'kai', 100_000);
  assert.deepEqual(due(wishes, 'kai', 100_000).map((wish) => wish.key), ['k0']);
  assert.equal(wishes[0].until_ms, 100_000 + TRIED_MS);
  assert.deepEqual(askedAgain(some(1, { state: 'unknown' }), 'mina', 0)[0].state, 'unknown');
});

test('a wish that was never asked for in its minute is dropped, one that was is unknown', () => {
  const [never, once] = some(2);
  const over = expired([never, { ...once, tries: 1 }], TRIED_MS);
  assert.deepEqual([over.lapsed.map((wish) => wish.key), over.overdue.map((wish) => wish.key)], [['k0'], ['k1']]);
  assert.deepEqual(over.wishes.map((wish) => [wish.key, wish.state]), [['k1', 'unknown']]);
  assert.deepEqual(expired([never, once], TRIED_MS - 1).wishes.length, 2);
});

test('after a reload every wish is there with its key, and what is no wish is not', () => {
  const wishes = asked(some(2), 'k0');
  const back = restored(JSON.stringify(wishes));
  assert.deepEqual(back.map((wish) => [wish.key, wish.state, wish.tries]), [['k0', 'waiting', 1], ['k1', 'waiting', 0]]);
  assert.deepEqual(restored(null), []);
  for (const text of ['', 'no JSON', '{}', '[null, 7, {"key": "k"}]']) assert.deepEqual(restored(text), [], text);
  assert.equal(restored(JSON.stringify([...some(MOST), ...some(MOST)])).length, MOST);
});
