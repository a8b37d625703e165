// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { placeOf } from '../place.js';
import { titleOf } from '../title.js';

test('the window is called after where the reader is, and a room after itself', () => {
  assert.equal(titleOf(placeOf('/'), ''), 'Ringside');
  assert.equal(titleOf(placeOf('/rooms/01ABC'), ''), 'Ringside');
  assert.equal(titleOf(placeOf('/rooms/01ABC'), 'Mia sings · Mia'), 'Mia sings · Mia · Ringside');
  for (const path of ['/studio', '/studio/key', '/login', '/reset', '/email', '/me', '/wallet', '/admin', '/nowhere']) {
    assert.match(titleOf(placeOf(path), ''), /^\S+ · Ringside$/, path);
  }
});
