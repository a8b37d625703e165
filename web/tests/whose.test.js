// @ts-check
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { screenWaits, seatWaits } from '../client/media/whose.js';

const realFetch = globalThis.fetch;

let seatsNow = async () => /** @type {{user: string, state: string}[]} */ ([]);

afterEach(() => {
  globalThis.fetch = realFetch;
});

/** A server that knows this of the session and of the seats. @param {Response} session @param {{user: string, state: string}[]} guests */
function answers(session, guests) {
  globalThis.fetch = async () => session;
  seatsNow = async () => guests;
}

/** @param {string} reason */
const gone = (reason) => Response.json({ code: 'session-unknown', reason }, { status: 404 });
const SEATED = { user: 'kai', state: 'on-stage' };

test('a guest whose network was lost comes back to his seat', async () => {
  answers(new Response(null, { status: 204 }), []);
  assert.equal(await seatWaits(seatsNow, 'kai', 's'), true, 'his session is still there');
  answers(gone('lost'), [SEATED]);
  assert.equal(await seatWaits(seatsNow, 'kai', 's'), true);
  answers(gone('moved'), [SEATED]);
  assert.equal(await seatWaits(seatsNow, 'kai', 's'), true, 'his host has moved');
  assert.equal(await seatWaits(seatsNow, 'kai', null), true, 'his worker was killed before it had an answer');
});

test('a guest who was sent away, or whose other page has taken over, does not come back', async () => {
  for (const reason of ['removed', 'replaced', 'banned', 'ended']) {
    answers(gone(reason), [SEATED]);
    assert.equal(await seatWaits(seatsNow, 'kai', 's'), false, reason);
  }
});

test('without a seat nobody comes back, and an application is none', async () => {
  answers(gone('lost'), [{ user: 'tom', state: 'on-stage' }]);
  assert.equal(await seatWaits(seatsNow, 'kai', 's'), false);
  answers(gone('lost'), [{ user: 'kai', state: 'applied' }]);
  assert.equal(await seatWaits(seatsNow, 'kai', 's'), false);
});

test('a lost screen takes its seat again and is shown again, unless somebody meant its end', async () => {
  let taken = 0;
  const takeSeat = async () => (taken += 1);
  answers(new Response(null, { status: 204 }), []);
  assert.equal(await screenWaits('s', takeSeat), true, 'its session is still there');
  assert.equal(taken, 0);
  answers(gone('lost'), []);
  assert.equal(await screenWaits('s', takeSeat), true);
  assert.equal(taken, 1);
  for (const reason of ['removed', 'replaced', 'ended']) {
    answers(gone(reason), []);
    assert.equal(await screenWaits('s', takeSeat), false, reason);
  }
  assert.equal(taken, 1);
});
