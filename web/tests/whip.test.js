// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OfferRefused } from '../client/media/exchange.js';

// `stats` shows itself to the curious as soon as it is loaded.
Object.assign(globalThis, { window: globalThis });
const { GuestPublish, Publish } = await import('../client/media/whip.js');

const wiring = { endpoint: '/whip/R', token: () => null, onState: () => {}, stillOurs: async () => true, simulcast: false };
const refused = (/** @type {number} */ status, /** @type {string} */ code) => new OfferRefused(status, code, '', 2_000);

test('a guest whose host is lost for a moment asks again, and one whose stage is full does not', () => {
  const guest = new GuestPublish(wiring);
  assert.equal(guest.isFinal(refused(409, 'not-live')), false);
  assert.equal(guest.isFinal(refused(409, 'stage-full')), true);
  assert.equal(guest.isFinal(refused(403, 'not-on-stage')), true);
  assert.equal(guest.isFinal(refused(503, 'worker-full')), false);
});

test('for a host any conflict is final', () => {
  assert.equal(new Publish(wiring).isFinal(refused(409, 'not-live')), true);
});
