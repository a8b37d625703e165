// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { left, lifeOf } from '../token_life.js';

/** @param {object} claims */
function token(claims) {
  return `head.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.signature`;
}

const HOUR = 3_600_000;
const hourly = token({ iat: 1_700_000_000, exp: 1_700_003_600, name: 'Zoë ÿþ ???' });

test('a token lives as long as it says itself', () => {
  assert.equal(lifeOf(hourly), HOUR);
});

test('a token that says nothing has no life', () => {
  for (const strange of ['', 'a.b', 'a.!!!.c', token({}), token({ iat: 5, exp: 5 }), token({ iat: 'x', exp: 'y' })]) {
    assert.equal(lifeOf(strange), 0, strange);
  }
});

test('what is left does not depend on what time the device thinks it is', () => {
  for (const now of [1_700_000_000_000, 0, 9_000_000_000_000]) {
    assert.equal(left({ token: hourly, received_at_ms: now }, now), HOUR);
    assert.equal(left({ token: hourly, received_at_ms: now }, now + 600_000), HOUR - 600_000);
    assert.equal(left({ token: hourly, received_at_ms: now }, now + 2 * HOUR), 0);
  }
});

test('a clock that was set back gives a token no more than its life', () => {
  assert.equal(left({ token: hourly, received_at_ms: 5 * HOUR }, HOUR), HOUR);
});
