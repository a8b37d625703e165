// @ts-check
import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { BackOff } from '../client/feed/back_off.js';
import { OfferRefused } from '../client/media/exchange.js';
import { LayerWish } from '../client/media/layer_wish.js';

/** @typedef {import('../client/media/exchange.js').MediaSession} MediaSession */

/** @type {{session: string, layer: string, answer: (error?: Error) => Promise<void>}[]} */
let asked = [];
/** @param {string} name @returns {MediaSession} */
const session = (name) => ({ address: name, etag: null, layer: `${name}/layer` });
const settled = () => new Promise((resolve) => setImmediate(resolve));

function wish() {
  return new LayerWish(
    ({ address }, layer) =>
      new Promise((resolve, reject) => {
        const answer = async (/** @type {Error | undefined} */ error) => {
          if (error === undefined) resolve();
          else reject(error);
          await settled();
        };
        asked.push({ session: address, layer, answer });
      }),
    new BackOff({ firstMs: 400, random: () => 1 }),
  );
}

const told = () => asked.map(({ session: to, layer }) => `${to} ${layer}`);

beforeEach(() => {
  asked = [];
});

test('the server is told nothing while what it does by itself is wanted', () => {
  const wanted = wish();
  wanted.begin(session('s1'));
  wanted.want('auto');
  assert.deepEqual(told(), []);
});

test('every new session is told what is wanted, before or after it begins', async () => {
  const wanted = wish();
  wanted.want('half');
  assert.deepEqual(told(), []);
  wanted.begin(session('s1'));
  await asked[0].answer();
  wanted.begin(session('s2'));
  await asked[1].answer();
  wanted.want('auto');
  assert.deepEqual(told(), ['s1 half', 's2 half', 's2 auto']);
});

test('one thing is said after the other, and what was wanted in between is not said', async () => {
  const wanted = wish();
  wanted.begin(session('s1'));
  wanted.want('half');
  wanted.want('sound');
  wanted.want('full');
  assert.deepEqual(told(), ['s1 half']);
  await asked[0].answer();
  assert.deepEqual(told(), ['s1 half', 's1 full']);
  await asked[1].answer();
  assert.equal(asked.length, 2);
});

test('what was not heard is said again, later, but not to a session that is over or cannot hear it', async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    const wanted = wish();
    wanted.begin(session('s1'));
    wanted.want('half');
    await asked[0].answer(new OfferRefused(429, 'too-many-sessions', '', 1_000));
    mock.timers.tick(400);
    assert.deepEqual(told(), ['s1 half', 's1 half']);
    await asked[1].answer(new OfferRefused(404, 'session-unknown', '', null));
    mock.timers.tick(60_000);
    assert.equal(asked.length, 2);
    wanted.begin(session('s2'));
    await asked[2].answer(new OfferRefused(0, 'unreachable', '', null));
    wanted.end();
    mock.timers.tick(60_000);
    assert.deepEqual(told().slice(2), ['s2 half']);
  } finally {
    mock.timers.reset();
  }
});

test('an answer that comes when its session is over says nothing of the next one', async () => {
  const wanted = wish();
  wanted.want('half');
  wanted.begin(session('s1'));
  wanted.begin(session('s2'));
  await asked[0].answer();
  await asked[1].answer();
  assert.deepEqual(told(), ['s1 half', 's2 half']);
  wanted.want('half');
  assert.equal(asked.length, 2);
});

test('a server that lets nobody choose is not asked', () => {
  const wanted = wish();
  wanted.want('half');
  wanted.begin({ ...session('s1'), layer: null });
  assert.deepEqual(told(), []);
});
