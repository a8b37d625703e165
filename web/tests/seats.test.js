// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changed, EMPTY } from '../client/feed/room_state.js';
import { keyOf, peersOf } from '../guest/seats.js';

/** @typedef {import('../client/feed/messages.js').Guest} Guest */

/** @param {string} name @param {Guest['state']} state @param {Partial<Guest>} [more] @returns {Guest} */
const guest = (name, state, more = {}) => ({ user: `u-${name}`, name, state, picture: true, muted: false, since_ms: 1, ...more });

/** @param {Guest[]} guests */
const known = (guests) => ({ ...EMPTY, guests });

/** @param {import('../client/feed/room_state.js').RoomState} state */
const seats = (state) => state.guests.map((each) => `${each.name} ${each.state}`);

test('an application is known once, also when its wish has changed', () => {
  const once = changed(EMPTY, { t: 'guest.applied', d: guest('Kai', 'applied') });
  const voice = changed(once, { t: 'guest.applied', d: guest('Kai', 'applied', { picture: false }) });
  assert.deepEqual(voice.guests.map((each) => each.picture), [false]);
});

test('an application that was taken back is gone', () => {
  const state = known([guest('Kai', 'applied'), guest('Tom', 'on-stage')]);
  assert.deepEqual(seats(changed(state, { t: 'guest.withdrawn', d: { user: 'u-Kai' } })), ['Tom on-stage']);
});

test('the stage is as it is told, and who waits goes on waiting', () => {
  const state = known([guest('Kai', 'on-stage'), guest('Tom', 'approved'), guest('Vic', 'applied')]);
  const next = changed(state, { t: 'stage.changed', d: { guests: [guest('Tom', 'on-stage')], mixed: false } });
  assert.deepEqual(seats(next), ['Tom on-stage', 'Vic applied']);
  assert.equal(next.mixed, false);
});

test('who is approved may come, who is declined or sent away waits for nothing', () => {
  const state = known([guest('Tom', 'on-stage'), guest('Kai', 'applied')]);
  const approved = changed(state, { t: 'guest.answered', d: { state: 'approved' } });
  assert.deepEqual(seats(approved), ['Tom on-stage', 'Kai approved']);
  assert.deepEqual(approved.guestAnswered, { state: 'approved' });
  assert.deepEqual(seats(changed(state, { t: 'guest.answered', d: { state: 'declined' } })), ['Tom on-stage']);
  assert.deepEqual(seats(changed(approved, { t: 'guest.answered', d: { state: 'removed' } })), ['Tom on-stage']);
});

test('with the broadcast every seat is free', () => {
  assert.deepEqual(changed(known([guest('Tom', 'on-stage')]), { t: 'broadcast.ended', d: { reason: 'ended' } }).guests, []);
});

test('a snapshot of a server that knows no guests has none', () => {
  const snapshot = { room: null, broadcast: null, viewers: 0, likes: 0, chat: [], battle: null };
  assert.deepEqual(changed(known([guest('Tom', 'on-stage')]), { t: 'snapshot', d: snapshot }).guests, []);
  assert.equal(changed(known([]), { t: 'snapshot', d: snapshot }).mixed, true);
  assert.equal(changed(known([]), { t: 'snapshot', d: { ...snapshot, mixed: false } }).mixed, false);
});

const HOST = { user: 'u-Ruby', name: 'Ruby' };

/** @param {number} seat @param {string} name */
function member(seat, name) {
  const said = { accepted: true, ready: false, rematch: false };
  return { seat, room: `r-${name}`, host: { user: `u-${name}`, name }, ...said, away_since_ms: null, fallen: null, muted: [] };
}

/** @type {import('../client/feed/messages.js').Battle} */
const BATTLE = {
  battle: 'B1',
  version: 1,
  phase: 'fighting',
  reason: null,
  sides: [
    { side: 'red', seat: 0, room: 'r-Ruby', host: HOST, score: 0, members: [member(0, 'Ruby')] },
    { side: 'blue', seat: 1, room: 'r-Leo', host: { user: 'u-Leo', name: 'Leo' }, score: 0, members: [member(1, 'Leo')] },
  ],
  starts_at_ms: 0,
  ends_at_ms: 1,
  rush_from_ms: null,
  rush_multiplier: 2,
  phase_ends_at_ms: 1,
  successor: null,
  result: null,
};

test('a guest meets his host and the other guests, never himself and nobody who only waits', () => {
  const guests = [guest('Kai', 'on-stage'), guest('Tom', 'on-stage', { muted: true }), guest('Vic', 'approved')];
  const peers = peersOf({ me: 'u-Kai', room: 'r-Ruby', host: HOST, guests, screen: false, battle: null, elsewhere: {} });
  assert.deepEqual(peers.map((peer) => [peer.name, peer.room, peer.host, peer.muted]), [['Ruby', 'r-Ruby', true, false], ['Tom', 'r-Ruby', false, true]]);
});

test('in a battle he meets the people of the other rooms too, each where he is', () => {
  const elsewhere = { 'r-Leo': [guest('Mina', 'on-stage')] };
  const peers = peersOf({ me: 'u-Kai', room: 'r-Ruby', host: HOST, guests: [guest('Kai', 'on-stage')], screen: false, battle: BATTLE, elsewhere });
  assert.deepEqual(peers.map((peer) => [peer.name, peer.room]), [['Ruby', 'r-Ruby'], ['Leo', 'r-Leo'], ['Mina', 'r-Leo']]);
});

test('a host meets the guests, and is not his own peer', () => {
  const peers = peersOf({ me: HOST.user, room: 'r-Ruby', host: HOST, guests: [guest('Kai', 'on-stage')], screen: false, battle: null, elsewhere: {} });
  assert.deepEqual(peers.map((peer) => peer.name), ['Kai']);
});

test('he meets the screen of his host beside him, and the host is shown his own by nobody', () => {
  const known = { room: 'r-Ruby', host: HOST, guests: [guest('Kai', 'on-stage')], screen: true, battle: BATTLE, elsewhere: {} };
  const peers = peersOf({ me: 'u-Kai', ...known });
  assert.deepEqual(peers.map((peer) => [peer.name, peer.host, peer.screen]), [['Ruby', true, false], ['Ruby', false, true], ['Leo', true, false]]);
  assert.equal(new Set(peers.map(keyOf)).size, 3);
  assert.deepEqual(peersOf({ me: HOST.user, ...known }).map((peer) => peer.name), ['Kai', 'Leo']);
});

test('whether the room sees a screen is told with its stage, and over with the broadcast', () => {
  const shown = changed(EMPTY, { t: 'stage.changed', d: { guests: [], screen: true, mixed: true } });
  assert.equal(shown.screen, true);
  assert.equal(changed(shown, { t: 'stage.changed', d: { guests: [], mixed: true } }).screen, false, 'of a server that knows no screens');
  assert.equal(changed(shown, { t: 'broadcast.ended', d: { reason: 'ended' } }).screen, false);
  assert.equal(changed(EMPTY, { t: 'snapshot', d: { room: null, broadcast: null, viewers: 0, likes: 0, chat: [], battle: null, screen: true } }).screen, true);
});
