// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { figuresOf, lasted } from '../parts/past_figures.js';

test('how long a broadcast was is said in hours only when it was so long', () => {
  assert.deepEqual([-5, 0, 59_999, 60_000, 3_599_000, 3_723_000, 90_000_000].map(lasted), ['0:00', '0:00', '0:59', '1:00', '59:59', '1:02:03', '25:00:00']);
});

test('what nobody counted is no zero', () => {
  const nobody = { peak: null, unique: null, messages: 0, likes: null };
  const known = { id: 'b', started_at_ms: 0, ended_at_ms: 1, reason: 'ended', gifts: 0, givers: 0, coins: 0, diamonds: 0, replay: null };
  const shown = Object.fromEntries(figuresOf({ ...known, ...nobody, battles: { won: 0, drawn: 0, lost: 0 } }));
  assert.deepEqual([shown.peak, shown.unique, shown.messages, shown.likes], ['–', '–', '0', '–']);
});
