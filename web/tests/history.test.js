// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { further, lookedBack } from '../battle/history.js';

/** @param {number} seat @param {string} name */
function member(seat, name) {
  const said = { accepted: true, ready: false, rematch: false };
  return { seat, room: `r-${name}`, host: { user: `u-${name}`, name }, ...said, away_since_ms: null, fallen: null, muted: [] };
}

/** @param {string} battle @returns {import('../api/battles.js').PastBattle} */
function past(battle) {
  const [mia, eva, leo] = [member(0, 'Mia'), member(1, 'Eva'), member(2, 'Leo')];
  return {
    outcome: 'lost',
    rating_before: 1500.4,
    rating_after: 1483.6,
    battle: {
      battle,
      version: 9,
      phase: 'ended',
      reason: 'time',
      sides: [
        { side: 'red', seat: 0, room: mia.room, host: mia.host, score: 0, members: [mia, eva] },
        { side: 'blue', seat: 2, room: leo.room, host: leo.host, score: 0, members: [leo] },
      ],
      starts_at_ms: 1_000,
      ends_at_ms: 301_000,
      rush_from_ms: null,
      rush_multiplier: 2,
      phase_ends_at_ms: null,
      successor: null,
      result: { winner: 'blue', reason: 'surrender', scores: { red: 10, blue: 30 }, mvp: null, contributors: [] },
    },
  };
}

test('a host looks back on his own score first, his mates and his opponents', () => {
  const seen = lookedBack(past('B1'), 'u-Eva');
  assert.deepEqual([seen.mates, seen.opponents, seen.scores], [['Mia'], ['Leo'], [10, 30]]);
  assert.deepEqual(lookedBack(past('B1'), 'u-Leo').opponents, ['Mia + Eva']);
  assert.deepEqual(lookedBack(past('B1'), 'u-Leo').scores, [30, 10]);
});

test('what a battle did to a rating is in whole points', () => {
  const { rating, gained, outcome, at_ms: at } = lookedBack(past('B1'), 'u-Mia');
  assert.deepEqual([rating, gained, outcome, at], [1484, -16, 'lost', 301_000]);
});

test('a page that overlaps with the one before adds what is new', () => {
  const known = further([past('B3'), past('B2')], [past('B2'), past('B1')]);
  assert.deepEqual(known.map((each) => each.battle.battle), ['B3', 'B2', 'B1']);
});
