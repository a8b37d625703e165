// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changed, EMPTY, mergedBattle, onStage } from '../client/feed/room_state.js';

const HOST = { user: 'u1', name: 'Mia' };
const SNAPSHOT = {
  t: 'snapshot',
  d: {
    room: { room: 'r1', title: 'Songs', host: HOST },
    broadcast: { id: 'b1', state: 'live', host: HOST, title: 'Songs', started_at_ms: 5, reconnect_until_ms: null },
    viewers: 3,
    likes: 7,
    chat: [{ id: 'c1', user: 'u2', name: 'Nova', text: 'hi', at_ms: 1 }],
    battle: null,
  },
};

/** @param {Partial<import('../client/feed/messages.js').Battle>} [more] @returns {import('../client/feed/messages.js').Battle} */
function battle(more = {}) {
  return {
    battle: 'B1',
    version: 3,
    phase: 'fighting',
    reason: null,
    sides: [
      { side: 'red', seat: 0, room: 'r1', host: HOST, score: 10, members: [] },
      { side: 'blue', seat: 1, room: 'r2', host: { user: 'u9', name: 'Leo' }, score: 4, members: [] },
    ],
    starts_at_ms: 0,
    ends_at_ms: 300_000,
    successor: null,
    rush_from_ms: 290_000,
    rush_multiplier: 2,
    phase_ends_at_ms: 300_000,
    result: null,
    ...more,
  };
}

/** @param {...{t: string, d: any}} messages */
const after = (...messages) => messages.reduce(changed, EMPTY);

test('a snapshot replaces whatever was known', () => {
  const state = after({ t: 'chat.said', d: { id: 'old', user: 'u', name: 'n', text: 'x' } }, SNAPSHOT);
  assert.deepEqual([state.ready, state.viewers, state.likes, state.lines.length], [true, 3, 7, 1]);
  assert.equal(state.broadcast?.state, 'live');
});

test('who gave most is in the snapshot and as it changes, and nobody where it is not told', () => {
  const best = (/** @type {string} */ name, /** @type {number} */ until_ms) => ({ patrons: [{ user: name, name, coins: 9 }], until_ms });
  const shown = { ...SNAPSHOT, d: { ...SNAPSHOT.d, patrons: best('Mina', 50) } };
  assert.deepEqual(after(shown).best, { patrons: [{ user: 'Mina', name: 'Mina', coins: 9 }], until: 50 });
  assert.equal(after(shown, { t: 'patrons.changed', d: best('Leo', 60) }).best.patrons[0].name, 'Leo');
  assert.deepEqual(after(shown, SNAPSHOT).best.patrons, []);
});

test('a message that comes twice is one line', () => {
  const said = { t: 'chat.said', d: SNAPSHOT.d.chat[0] };
  assert.equal(after(SNAPSHOT, said, said).lines.length, 1);
});

test('who comes back keeps what he has, and reads what was said meanwhile where it was said', () => {
  const say = (/** @type {string} */ id, /** @type {number} */ at_ms) => ({ id, user: 'u2', name: 'Nova', text: id, at_ms });
  const told = (/** @type {string} */ id, /** @type {number} */ at_ms) => ({ t: 'chat.said', d: say(id, at_ms) });
  const gift = { id: 'g1', gift: 'rose', name: 'Rose', emoji: '', count: 1, coins: 1, from: HOST, to: HOST, side: null, at_ms: 30 };
  const resumed = { t: 'resumed', d: { viewers: 9, likes: 70, chat: [say('c1', 1), say('kept', 10), say('missed', 20), say('last', 40)] } };
  const state = after(SNAPSHOT, told('kept', 10), { t: 'gift.sent', d: gift }, resumed, told('last', 40), told('new', 50));
  assert.deepEqual(state.lines.map((line) => line.id), ['c1', 'kept', 'missed', 'g1', 'last', 'new']);
  assert.deepEqual([state.viewers, state.likes, state.broadcast?.state], [9, 70, 'live']);
});

test('what was missed does not push out what is newer', () => {
  const lines = Array.from({ length: 120 }, (_, n) => ({ t: 'chat.said', d: { id: `n${n}`, user: 'u', name: 'n', text: 't', at_ms: 100 + n } }));
  const resumed = { t: 'resumed', d: { viewers: 1, likes: 1, chat: [{ id: 'old', user: 'u', name: 'n', text: 't', at_ms: 50 }] } };
  const state = after(SNAPSHOT, ...lines, resumed);
  assert.deepEqual([state.lines.length, state.lines[0].id, state.lines.at(-1)?.id], [120, 'n0', 'n119']);
});

test('the chat keeps a bounded number of lines, the newest', () => {
  let state = after(SNAPSHOT);
  for (let line = 0; line < 500; line += 1) state = changed(state, { t: 'chat.said', d: { id: `x${line}`, user: 'u', name: 'n', text: 't' } });
  assert.equal(state.lines.length, 120);
  assert.equal(state.lines.at(-1)?.id, 'x499');
});

test('a type that nobody knows changes nothing', () => {
  const state = after(SNAPSHOT);
  assert.equal(changed(state, { t: 'guest.raised_hand', d: {} }), state);
});

test('an older version of a battle never replaces a newer one', () => {
  const known = battle({ version: 4, phase: 'victory' });
  assert.equal(mergedBattle(known, battle({ version: 3 })), known);
});

test('scores of the same version are taken as they come', () => {
  const sides = battle().sides.map((side) => ({ ...side, score: side.score + 100 }));
  const state = after(SNAPSHOT, { t: 'battle.started', d: battle() }, { t: 'battle.score', d: battle({ sides }) });
  assert.deepEqual(state.battle?.sides.map((side) => side.score), [110, 104]);
});

test('a late word of an earlier battle does not end the present one', () => {
  const known = battle({ battle: 'B2', version: 1 });
  assert.equal(mergedBattle(known, battle({ battle: 'B1', version: 9, phase: 'ended' })), known);
  assert.equal(mergedBattle(known, battle({ battle: 'B3', version: 1 }))?.battle, 'B3');
});

test('an invitation and an ended battle are not on stage', () => {
  assert.equal(onStage(battle({ phase: 'invited' })), null);
  assert.equal(onStage(battle({ phase: 'ended' })), null);
  assert.equal(onStage(battle())?.battle, 'B1');
});

test('a declined invitation is gone and its end is told', () => {
  const invited = { t: 'battle.invited', d: battle({ phase: 'invited', version: 1 }) };
  const state = after(SNAPSHOT, invited, { t: 'battle.declined', d: battle({ phase: 'ended', version: 2, reason: 'declined' }) });
  assert.equal(state.battle, null);
  assert.deepEqual(state.invitationEnded, { battle: 'B1', outcome: 'declined' });
});

test('a gift to a guest is told as one to him, and not to the host who earns it', () => {
  const gift = { id: 'g1', gift: 'rose', name: 'Rose', count: 1, from: { user: 'u2', name: 'Nova' }, to: HOST, side: 'red' };
  const state = after(SNAPSHOT, { t: 'gift.sent', d: { ...gift, guest: { user: 'u3', name: 'Kai' } } }, { t: 'gift.sent', d: { ...gift, id: 'g2', guest: null } });
  assert.deepEqual(state.lines.map((line) => (line.kind === 'gift' ? line.to : '')), ['', 'Kai', 'Mia']);
});

test('who comes back sees the last gifts among what was said, in order of time, each once', () => {
  const gift = { id: 'g1', gift: 'rose', name: 'Rose', count: 1, from: { user: 'u2', name: 'Nova' }, to: HOST, side: null, at_ms: 2 };
  const said = [1, 3].map((at_ms) => ({ ...SNAPSHOT.d.chat[0], id: `c${at_ms}`, at_ms }));
  const back = { t: 'snapshot', d: { ...SNAPSHOT.d, chat: said, gifts: [gift, { ...gift, id: 'g2', at_ms: 4 }] } };
  const state = after(back, { t: 'gift.sent', d: gift });
  assert.deepEqual(state.lines.map((line) => line.id), ['c1', 'g1', 'c3', 'g2']);
});

test('a host who waits for any opponent still waits after his feed was lost, until it ends', () => {
  const match = { room: 'r1', since_ms: 1, rating: 1500, window: 100, duration_ms: 300_000 };
  const waiting = after(SNAPSHOT, { t: 'match.waiting', d: match }, SNAPSHOT);
  assert.deepEqual(waiting.match, match);
  const wider = changed(waiting, { t: 'match.waiting', d: { ...match, window: 150 } });
  assert.equal(wider.match?.window, 150);
  const ended = changed(wider, { t: 'match.ended', d: { reason: 'expired', battle: null } });
  assert.deepEqual([ended.match, ended.matchEnded], [null, { reason: 'expired', battle: null }]);
});

test('a broadcast that ends leaves its reason', () => {
  const ended = { t: 'broadcast.ended', d: { ...SNAPSHOT.d.broadcast, state: 'ended', reason: 'forced' } };
  const state = after(SNAPSHOT, ended);
  assert.equal(state.broadcast, null);
  assert.equal(state.endedBecause, 'forced');
  assert.equal(changed(state, { t: 'broadcast.started', d: SNAPSHOT.d.broadcast }).endedBecause, null);
});

test('what was deleted is gone, and all that a muted person has said; what he gave stays', () => {
  const said = (/** @type {string} */ id, /** @type {string} */ user) => ({ t: 'chat.said', d: { id, user, name: user, text: id, at_ms: 1 } });
  const people = { from: { user: 'b', name: 'b' }, to: { user: 'h', name: 'h' } };
  const gift = { t: 'gift.sent', d: { id: 'g', gift: 'rose', name: 'Rose', emoji: '', count: 1, coins: 1, side: null, ...people } };
  const all = [said('1', 'a'), said('2', 'b'), said('3', 'b'), gift].reduce(changed, EMPTY);
  const left = (/** @type {typeof EMPTY} */ state) => state.lines.map((line) => line.id);
  assert.deepEqual(left(changed(all, { t: 'chat.deleted', d: { ids: ['1', 'never'], by: 'h' } })), ['2', '3', 'g']);
  assert.deepEqual(left(changed(all, { t: 'chat.muted', d: { user: 'b', until_ms: 2, by: 'h' } })), ['1', 'g']);
});
