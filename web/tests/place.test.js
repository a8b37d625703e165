// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hueOf, initialOf } from '../parts/avatar.js';
import { placeOf, safeNext } from '../place.js';

test('an address is a page', () => {
  assert.deepEqual(placeOf('/'), { page: 'lobby' });
  assert.deepEqual(placeOf('/rooms/01ABC'), { page: 'room', room: '01ABC' });
  assert.deepEqual(placeOf('/studio'), { page: 'studio' });
  assert.deepEqual(placeOf('/studio/key'), { page: 'key' });
  assert.deepEqual(placeOf('/admin/'), { page: 'admin' });
  assert.deepEqual(placeOf('/login', '?next=%2Frooms%2F01ABC'), { page: 'login', next: '/rooms/01ABC' });
  assert.deepEqual(placeOf('/wallet'), { page: 'wallet', pay: null });
  assert.deepEqual(placeOf('/wallet', '?pay=01ABC'), { page: 'wallet', pay: '01ABC' });
  assert.deepEqual(placeOf('/me'), { page: 'me', tab: 'profile' });
  assert.deepEqual(placeOf('/me', '?tab=sessions'), { page: 'me', tab: 'sessions' });
  assert.deepEqual(placeOf('/me', '?tab=nothing'), { page: 'me', tab: 'profile' });
  assert.deepEqual(placeOf('/reset'), { page: 'reset' });
  assert.deepEqual(placeOf('/email'), { page: 'email' });
  assert.deepEqual(placeOf('/rooms'), { page: 'lost' });
  assert.deepEqual(placeOf('/studio/x'), { page: 'lost' });
});

test('after sign-in nobody is led to another site', () => {
  assert.equal(safeNext('/studio'), '/studio');
  for (const bad of [null, '', 'https://evil.example', '//evil.example', '/\\evil.example', 'javascript:alert(1)', '/a b']) assert.equal(safeNext(bad), '/');
});

test('a person has one colour for ever, and an initial also when it is no letter of one unit', () => {
  assert.equal(hueOf('u1'), hueOf('u1'));
  const hues = new Set(Array.from({ length: 60 }, (_, user) => Math.floor(hueOf(`01KAAAAAAAAAAAAAAAAAAAAA${user}`) / 30)));
  assert.ok(hues.size >= 9, 'similar ids get colours of the whole circle');
  assert.equal(initialOf(' 😀x'), '😀');
  assert.equal(initialOf('米娅'), '米');
  assert.equal(initialOf(''), '?');
});
