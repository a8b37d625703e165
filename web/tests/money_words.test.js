// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { further, price, said } from '../money/words.js';

const gift = { id: 'g', item: 'rose', name: 'Rose', count: 3, room: 'r', room_title: '', sender: 's', sender_name: 'Vera', recipient: 'a', recipient_name: 'Anna', guest_name: null };
const entry = { id: 't', at_ms: 1, kind: 'gift-coins', amount: -30, balance: 70, gift, corrects: null, corrects_kind: null, corrected_by: null, reason: null };
const shown = (/** @type {string} */ item, /** @type {string} */ name) => `${item}/${name}`;

test('a giver reads to whom, a host from whom', () => {
  assert.deepEqual(said(entry, shown), { key: 'wallet.gave', params: { count: 3, gift: 'rose/Rose', name: 'Anna' } });
  assert.deepEqual(said({ ...entry, kind: 'gift-diamonds' }, shown), { key: 'wallet.got', params: { count: 3, gift: 'rose/Rose', name: 'Vera' } });
  assert.equal(said({ ...entry, gift: { ...gift, guest_name: 'Gus' } }, shown).params.name, 'Gus');
});

test('what is taken back is said as what it was', () => {
  assert.equal(said({ ...entry, kind: 'correction', corrects: 't0', corrects_kind: 'gift-coins' }, shown).key, 'wallet.gave');
  assert.equal(said({ ...entry, kind: 'correction', gift: null, corrects: 't0', corrects_kind: 'top-up' }, shown).key, 'wallet.kind.top-up');
  assert.equal(said({ ...entry, kind: 'gift-win' }, shown).key, 'wallet.kind.gift-win');
});

test('a price has the decimals of its currency', () => {
  assert.equal(price(4999, 'EUR', 'en'), '€49.99');
  assert.equal(price(500, 'JPY', 'en'), '¥500');
});

test('pages that overlap show each entry once', () => {
  assert.deepEqual(further([{ id: 'c' }, { id: 'b' }], [{ id: 'b' }, { id: 'a' }]).map((each) => each.id), ['c', 'b', 'a']);
});
