// @ts-check
import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { BackOff } from '../client/feed/back_off.js';
import { Renewal } from '../renewal.js';

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ['setTimeout'] });
});

const settle = async () => {
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
};

/** @param {(token: number) => number} next what renewing makes of a token */
function trying(next) {
  let token = 1;
  /** @type {number[]} */
  const tried = [];
  const renewal = new Renewal({
    token: () => String(token),
    renew: async () => (token = next(token)),
    again: () => tried.push(token),
    backOff: new BackOff({ firstMs: 1_000, random: () => 1 }),
  });
  return { renewal, tried };
}

test('with a new token it is tried at once, and when that is refused too, later', async () => {
  const { renewal, tried } = trying((token) => token + 1);
  await renewal.refused();
  assert.deepEqual(tried, [2]);
  await renewal.refused();
  assert.deepEqual(tried, [2]);
  mock.timers.tick(2_000);
  assert.deepEqual(tried, [2, 3]);
  renewal.accepted();
  await renewal.refused();
  assert.deepEqual(tried, [2, 3, 4]);
});

test('where there is no new token it is tried less and less often', async () => {
  const { renewal, tried } = trying((token) => token);
  for (const wait of [1_000, 2_000, 4_000]) {
    const before = tried.length;
    await renewal.refused();
    mock.timers.tick(wait - 1);
    assert.equal(tried.length, before);
    mock.timers.tick(1);
    assert.equal(tried.length, before + 1);
  }
});

test('who has left meanwhile tries nothing', async () => {
  const { renewal, tried } = trying((token) => token + 1);
  const refused = renewal.refused();
  renewal.stop();
  await refused;
  const { renewal: waiting, tried: later } = trying((token) => token);
  await waiting.refused();
  waiting.stop();
  mock.timers.tick(60_000);
  await settle();
  assert.deepEqual([tried, later], [[], []]);
});
