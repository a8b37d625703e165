// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALL_DAYS, spanOf } from '../money/days.js';

test('without days everything is asked for', () => {
  assert.equal(spanOf(ALL_DAYS), '');
});

test('both days are whole ones of the calendar that the reader has', () => {
  const [first, end] = [new Date(2026, 0, 30).getTime(), new Date(2026, 1, 1).getTime()];
  assert.equal(spanOf({ first: '2026-01-30', last: '2026-01-31' }), `&from_ms=${first}&to_ms=${end}`);
});

test('one bound is enough', () => {
  assert.equal(spanOf({ first: '', last: '2026-12-31' }), `&to_ms=${new Date(2027, 0, 1).getTime()}`);
});

test('a year that is half written asks for nothing that the server refuses', () => {
  assert.equal(spanOf({ first: '0002-01-01', last: '9999-12-31' }), `&from_ms=0&to_ms=${2 ** 47}`);
  assert.equal(spanOf({ first: '12', last: 'x' }), '');
});
