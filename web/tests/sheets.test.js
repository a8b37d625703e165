// @ts-check
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
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

test('what is fetched when there is use for it wears sheets that are there', () => {
  const late = ['pages', 'parts', 'room'].flatMap((folder) => {
    const place = new URL(`../${folder}/`, import.meta.url);
    const texts = readdirSync(place).map((name) => readFileSync(new URL(name, place), 'utf8'));
    return texts.flatMap((text) => [...text.matchAll(/\blate\(.*\[(.*)\]\);/g)].flatMap((match) => match[1].split(', ').map((name) => name.slice(1, -1))));
  });
  assert.ok(late.length >= 5);
  for (const sheet of late) assert.ok(ORDER.includes(sheet), sheet);
});
