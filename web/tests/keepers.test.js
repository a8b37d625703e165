// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deedsOn, hindrance, nameable, rankOf } from '../room/keepers.js';

const HOUSE = { host: 'h', moderators: [{ user: 'm', name: 'Mo' }, { user: 'n', name: 'Nia' }] };
const NONE = /** @type {string[]} */ ([]);
/** @param {string} user @returns {import('../client/feed/room_state.js').Line} */
const line = (user) => ({ kind: 'said', id: `of-${user}`, user, name: user, text: 't', at: 1 });
/** @param {string} user @param {string} whose @param {string | null} [said] @param {string[]} [roles] */
const deeds = (user, whose, said = null, roles = NONE) => deedsOn({ me: { user, roles }, line: line(whose), said, house: HOUSE });

test('staff stand above the host, he above moderators, they above viewers', () => {
  assert.deepEqual(['h', 'm', 'v'].map((user) => rankOf(user, HOUSE)), ['host', 'moderator', 'viewer']);
  assert.deepEqual(['moderator', 'admin'].map((role) => rankOf('v', HOUSE, [role])), ['staff', 'staff']);
  assert.equal(rankOf('v', HOUSE, ['viewer', 'host']), 'viewer');
});

test('a viewer takes back his own words and nobody else’s', () => {
  assert.deepEqual(deeds('v', 'w'), { mention: true, remove: false, mute: false, name: null });
  assert.deepEqual(deeds('v', 'v'), { mention: false, remove: true, mute: false, name: null });
});

test('nobody acts against his own rank or one above it', () => {
  assert.deepEqual(deeds('m', 'v'), { mention: true, remove: true, mute: true, name: null });
  for (const [whose, said] of [['n', 'moderator'], ['h', 'host'], ['s', 'staff']]) {
    assert.deepEqual(deeds('m', whose, said), { mention: true, remove: false, mute: false, name: null }, whose);
  }
  assert.equal(deeds('h', 's', 'staff').mute, false);
  assert.equal(deeds('s', 'h', 'host', ['admin']).mute, true);
});

test('a host names moderators and dismisses them; what one of them has said since is judged by what he was then', () => {
  assert.deepEqual(deeds('h', 'v'), { mention: true, remove: true, mute: true, name: true });
  assert.deepEqual(deeds('h', 'm', 'moderator'), { mention: true, remove: true, mute: true, name: false });
  assert.equal(deeds('h', 's', 'staff').name, null);
  assert.deepEqual(deeds('m', 'v', 'moderator'), { mention: true, remove: false, mute: true, name: null });
});

test('a gift cannot be deleted, and its giver can be muted', () => {
  const gift = /** @type {import('../client/feed/room_state.js').Line} */ ({ kind: 'gift', id: 'g', user: 'v', name: 'v' });
  const found = deedsOn({ me: { user: 'm', roles: NONE }, line: gift, said: undefined, house: HOUSE });
  assert.deepEqual([found.remove, found.mute], [false, true]);
});

test('a viewer is kept from speaking by a mute, then by the rules; whoever keeps the room by nothing', () => {
  const rules = { slow_s: 10, followers_only: true, links: true };
  const known = /** @type {const} */ ({ rank: 'viewer', rules, mutedUntil: 5_000, saidAt: 1_000, follows: false, now: 4_500 });
  assert.deepEqual(hindrance(known), { kind: 'muted', until: 5_000 });
  assert.deepEqual(hindrance({ ...known, now: 5_000 }), { kind: 'followers' });
  assert.deepEqual(hindrance({ ...known, now: 5_000, follows: true }), { kind: 'slow', seconds: 6 });
  assert.equal(hindrance({ ...known, now: 11_000, follows: true }), null);
  assert.equal(hindrance({ ...known, now: 5_000, follows: true, saidAt: 0 }), null);
  assert.equal(hindrance({ ...known, rank: 'moderator' }), null);
});

test('who has spoken can be named, the last one first, each once; nobody who has a rank', () => {
  const around = new Map([['of-s', { rank: 'staff' }]]);
  const people = nameable(['a', 'm', 'h', 's', 'b', 'a'].map(line), around, HOUSE);
  assert.deepEqual(people.map((each) => each.user), ['a', 'b']);
});
