// @ts-check
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { PAGES } from '../pages/table.js';
import { ORDER, following } from '../sheets.js';

test('a sheet that comes later stands where it would have stood from the beginning', () => {
  assert.equal(following('room', ['base', 'shell', 'lobby', 'host']), 'host');
  assert.equal(following('room', ['base', 'battle', 'studio', 'host']), 'battle');
  assert.equal(following('admin', ['base', 'host']), null);
});

test('every sheet has its place in the order, and every page wears sheets that are there', () => {
  const there = readdirSync(new URL('../styles/', import.meta.url)).map((name) => name.replace('.css', ''));
  assert.deepEqual([...ORDER].sort(), there.sort());
  for (const [name, entry] of Object.entries(PAGES)) for (const sheet of entry.sheets) assert.ok(there.includes(sheet), `${name}: ${sheet}`);
});
