// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recipients } from '../giving/recipients.js';

/** @typedef {import('../client/feed/messages.js').Battle} Battle */

/** @param {string} name */
const person = (name) => ({ user: name.toLowerCase(), name });

/** @param {string} name @param {'on-stage' | 'applied'} [state] @returns {import('../client/feed/messages.js').Guest} */
const guest = (name, state = 'on-stage') => ({ ...person(name), state, picture: true, muted: false, since_ms: 0 });

/** @param {...[import('../client/feed/messages.js').SideName, string[]]} sides @returns {Battle} */
const battle = (...sides) =>
  /** @type {any} */ ({ sides: sides.map(([side, names]) => ({ side, members: names.map((name) => ({ room: `of-${name}`, host: person(name) })) })) });

const KNOWN = { me: 'kai', room: 'of-Ruby', host: person('Ruby'), guests: [guest('Mina'), guest('Vic', 'applied')], battle: null, elsewhere: {} };

/** @param {Parameters<typeof recipients>[0]} known */
const names = (known) => recipients(known).map(({ name, side, guest: seated }) => `${name}${side ? ` ${side}` : ''}${seated ? ' guest' : ''}`);

test('outside a battle a gift goes to the host or to a guest who is on stage', () => {
  assert.deepEqual(names(KNOWN), ['Ruby', 'Mina guest']);
  assert.deepEqual(names({ ...KNOWN, host: null }), []);
});

test('in a battle it goes to everybody on that stage, also to the guests of the other rooms', () => {
  const fight = battle(['red', ['Ruby', 'Rosa']], ['blue', ['Sapphire']]);
  const elsewhere = { 'of-Sapphire': [guest('Leo'), guest('Wim', 'applied')], 'of-Rosa': [guest('Eva')], 'of-somebody-else': [guest('Nobody')] };
  assert.deepEqual(names({ ...KNOWN, battle: fight, elsewhere }), ['Ruby red', 'Mina red guest', 'Rosa red', 'Eva red guest', 'Sapphire blue', 'Leo blue guest']);
});

test('nobody gives to himself', () => {
  assert.deepEqual(names({ ...KNOWN, me: 'mina' }), ['Ruby']);
  const fight = battle(['red', ['Ruby']], ['blue', ['Sapphire']]);
  assert.deepEqual(names({ ...KNOWN, me: 'leo', battle: fight, elsewhere: { 'of-Sapphire': [guest('Leo')] } }), ['Ruby red', 'Mina red guest', 'Sapphire blue']);
});
