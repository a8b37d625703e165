// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { facing, outcomeFor, redShare, standing } from '../battle/standing.js';

/** @typedef {import('../feed/messages.js').Battle} Battle */

/** @param {number} seat @param {string} room @param {string} user @param {string} name @returns {import('../feed/messages.js').Member} */
function member(seat, room, user, name) {
  const said = { accepted: true, ready: false, rematch: false };
  return { seat, room, host: { user, name }, ...said, away_since_ms: null, fallen: null, muted: [] };
}

/** @param {Partial<Battle>} [more] @returns {Battle} */
function battle(more = {}) {
  return {
    battle: 'B1',
    version: 1,
    phase: 'fighting',
    reason: null,
    sides: [
      { side: 'red', seat: 0, room: 'r1', host: { user: 'u1', name: 'Mia' }, score: 30, members: [member(0, 'r1', 'u1', 'Mia')] },
      { side: 'blue', seat: 1, room: 'r2', host: { user: 'u2', name: 'Leo' }, score: 10, members: [member(1, 'r2', 'u2', 'Leo'), member(2, 'r3', 'u3', 'Eva')] },
    ],
    starts_at_ms: 3_000,
    ends_at_ms: 303_000,
    rush_from_ms: 293_000,
    rush_multiplier: 2,
    phase_ends_at_ms: 303_000,
    successor: null,
    result: null,
    ...more,
  };
}

test('the bar starts in the middle, follows the scores, and never drives a colour out', () => {
  assert.equal(redShare(0, 0), 0.5);
  assert.equal(redShare(30, 10), 0.75);
  assert.equal(redShare(1_000_000, 0).toFixed(2), '0.82');
  assert.equal(redShare(0, 1), 0.18);
});

test('a fight counts down to its end, a preparation to the start', () => {
  assert.equal(standing(battle(), 3_000).seconds, 300);
  assert.equal(standing(battle({ phase: 'preparing' }), 0).seconds, 3);
  assert.equal(standing(battle({ phase: 'victory', phase_ends_at_ms: 10_000 }), 4_500).seconds, 6);
});

test('the last rush begins at its moment and only in the fight', () => {
  assert.equal(standing(battle(), 292_999).rush, false);
  assert.equal(standing(battle(), 293_000).rush, true);
  assert.equal(standing(battle({ phase: 'settling' }), 299_000).rush, false);
});

test('who leads is who has more, and nobody at a draw', () => {
  assert.equal(standing(battle(), 0).leader, 'red');
  const sides = battle().sides.map((side) => ({ ...side, score: 7 }));
  assert.equal(standing(battle({ sides }), 0).leader, null);
});

test('a room sees its own host and the one against him', () => {
  const { own, opponent } = facing(battle(), 'r2');
  assert.equal(own?.side, 'blue');
  assert.equal(opponent?.room, 'r1');
});

test('the second host of a side is on it, and is himself', () => {
  const { own, opponent, myself } = facing(battle(), 'r3');
  assert.equal(own?.side, 'blue');
  assert.equal(opponent?.side, 'red');
  assert.equal(myself?.host.name, 'Eva');
});

test('the winner has won, the other has lost, and without a winner it is a draw', () => {
  /** @param {'red' | 'blue' | null} winner @returns {import('../feed/messages.js').Result} */
  const result = (winner) => ({ winner, reason: 'score', scores: { red: 1, blue: 0 }, mvp: null, contributors: [] });
  const won = battle({ phase: 'victory', result: result('red') });
  assert.deepEqual([outcomeFor(won, 'red'), outcomeFor(won, 'blue')], ['won', 'lost']);
  const draw = battle({ phase: 'draw', result: result(null) });
  assert.deepEqual([outcomeFor(draw, 'red'), outcomeFor(draw, 'blue')], ['draw', 'draw']);
});
