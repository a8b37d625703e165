// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { marksOf, movesOf, unanswered } from '../battle/moves.js';
import { facing, hasFallen, outcomeFor, others, shares, sideName, standing } from '../battle/standing.js';

/** @typedef {import('../client/feed/messages.js').Battle} Battle */

/** @param {number} seat @param {string} room @param {string} user @param {string} name @returns {import('../client/feed/messages.js').Member} */
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

/** @param {number[]} parts */
const rounded = (parts) => parts.map((part) => Number(part.toFixed(2)));

test('the bar starts in the middle, follows the scores, and never drives a colour out', () => {
  assert.deepEqual(shares([0, 0]), [0.5, 0.5]);
  assert.deepEqual(shares([30, 10]), [0.75, 0.25]);
  assert.deepEqual(rounded(shares([1_000_000, 0])), [0.82, 0.18]);
  assert.deepEqual(rounded(shares([0, 1])), [0.18, 0.82]);
});

test('a bar of many sides is always full, and each has a part that can be seen', () => {
  assert.deepEqual(rounded(shares([0, 0, 0])), [0.33, 0.33, 0.33]);
  assert.deepEqual(rounded(shares([50, 0, 50])), [0.42, 0.15, 0.42]);
  for (const scores of [[1, 0, 0, 0], [70, 13, 14, 3], [0, 0, 9, 9], [88, 12, 11, 10], [1, 2, 3, 1_000_000]]) {
    const parts = shares(scores);
    assert.equal(parts.reduce((sum, part) => sum + part, 0).toFixed(6), '1.000000');
    assert.ok(parts.every((part) => part > 0.1199), String(parts));
  }
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
  const third = { ...sides[0], side: /** @type {const} */ ('green'), score: 6 };
  assert.equal(standing(battle({ sides: [...sides, third] }), 0).leader, null, 'the best two are equal');
  assert.equal(standing(battle({ sides: [...sides, { ...third, score: 8 }] }), 0).leader, 'green');
});

test('a room is on the side of its host, also of a second one', () => {
  assert.equal(facing(battle(), 'r2').own?.side, 'blue');
  const { own, myself } = facing(battle(), 'r3');
  assert.equal(own?.side, 'blue');
  assert.equal(myself?.host.name, 'Eva');
  assert.deepEqual(facing(battle(), 'elsewhere'), { own: null, myself: null });
});

test('the others are all but oneself, and who is on our side is a mate', () => {
  assert.deepEqual(others(battle(), 'r3').map(({ member, mate }) => [member.host.name, mate]), [['Mia', false], ['Leo', true]]);
  assert.deepEqual(others(battle(), 'r1').map(({ member, mate }) => [member.host.name, mate]), [['Leo', false], ['Eva', false]]);
});

test('a side is called by its members', () => {
  assert.deepEqual(battle().sides.map(sideName), ['Mia', 'Leo + Eva']);
});

/** The battle with something changed of a member. @param {string} room @param {Partial<import('../client/feed/messages.js').Member>} change @param {Partial<Battle>} [more] */
function withMember(room, change, more = {}) {
  const sides = battle().sides.map((side) => ({ ...side, members: side.members.map((each) => (each.room === room ? { ...each, ...change } : each)) }));
  return battle({ sides, ...more });
}

test('a side has fallen with its last member', () => {
  const one = withMember('r2', { fallen: 'surrender' });
  assert.deepEqual(one.sides.map(hasFallen), [false, false]);
  const both = { ...one.sides[1], members: one.sides[1].members.map((each) => ({ ...each, fallen: 'away' })) };
  assert.equal(hasFallen(both), true);
});

test('who has fallen cannot surrender again, and a stranger can do nothing', () => {
  assert.equal(movesOf(battle(), 'r2').surrender, true);
  const fallen = movesOf(withMember('r2', { fallen: 'surrender' }), 'r2');
  assert.deepEqual([fallen.surrender, fallen.fallen], [false, 'surrender']);
  assert.equal(movesOf(withMember('r2', { fallen: 'surrender' }), 'r3').surrender, true, 'his mate fights on');
  const stranger = movesOf(battle(), 'elsewhere');
  assert.deepEqual([stranger.ready, stranger.surrender, stranger.end, stranger.rematch, stranger.mute], [false, false, false, false, false]);
});

test('nobody surrenders before the fight or after it', () => {
  for (const phase of /** @type {const} */ (['invited', 'preparing', 'settling', 'victory', 'draw', 'ended'])) assert.equal(movesOf(battle({ phase }), 'r1').surrender, false, phase);
});

test('the winners may end a victory, everybody a draw', () => {
  const result = { winner: /** @type {const} */ ('blue'), reason: 'score', scores: {}, mvp: null, contributors: [] };
  const victory = battle({ phase: 'victory', result });
  assert.deepEqual(['r1', 'r2', 'r3'].map((room) => movesOf(victory, room).end), [false, true, true]);
  const draw = battle({ phase: 'draw', result: { ...result, winner: null } });
  assert.deepEqual(['r1', 'r2', 'r3'].map((room) => movesOf(draw, room).end), [true, true, true]);
});

test('wishes for a rematch are counted', () => {
  const moves = movesOf(withMember('r2', { rematch: true }, { phase: 'draw' }), 'r1');
  assert.deepEqual([moves.rematch, moves.wished, moves.wishes, moves.hosts], [true, false, 1, 3]);
  assert.equal(movesOf(withMember('r2', { rematch: true }, { phase: 'draw' }), 'r2').wished, true);
});

/** @param {Battle} known @param {string} of @param {string} seenIn @param {number} [now] */
function marks(known, of, seenIn, now = 0) {
  const found = known.sides.flatMap((side) => side.members).find((each) => each.room === of);
  return found ? marksOf(known, found, seenIn, now).map((mark) => mark.kind) : [];
}

test('somebody who is away is marked with how long, unless he has fallen', () => {
  const away = withMember('r2', { away_since_ms: 1_000 });
  assert.deepEqual(marksOf(away, away.sides[1].members[0], 'r1', 13_900), [{ kind: 'away', seconds: 12 }]);
  assert.deepEqual(marks(withMember('r2', { away_since_ms: 1_000, fallen: 'away' }), 'r2', 'r1'), ['fallen']);
});

test('a muted host is marked in the room that does not hear him only', () => {
  const known = withMember('r1', { muted: ['u3'] });
  assert.deepEqual([marks(known, 'r3', 'r1'), marks(known, 'r3', 'r2'), marks(known, 'r2', 'r1')], [['muted'], [], []]);
});

test('ready is shown while preparing only', () => {
  assert.deepEqual(marks(withMember('r2', { ready: true }, { phase: 'preparing' }), 'r2', 'r1'), ['ready']);
  assert.deepEqual(marks(withMember('r2', { ready: true }), 'r2', 'r1'), []);
});

test('an invitation waits for those who have not answered', () => {
  assert.deepEqual(unanswered(withMember('r3', { accepted: false }, { phase: 'invited' })).map((each) => each.host.name), ['Eva']);
});

test('the winner has won, the other has lost, and without a winner it is a draw', () => {
  /** @param {'red' | 'blue' | null} winner @returns {import('../client/feed/messages.js').Result} */
  const result = (winner) => ({ winner, reason: 'score', scores: { red: 1, blue: 0 }, mvp: null, contributors: [] });
  const won = battle({ phase: 'victory', result: result('red') });
  assert.deepEqual([outcomeFor(won, 'red'), outcomeFor(won, 'blue')], ['won', 'lost']);
  const draw = battle({ phase: 'draw', result: result(null) });
  assert.deepEqual([outcomeFor(draw, 'red'), outcomeFor(draw, 'blue')], ['draw', 'draw']);
});
