// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { again, choices, difference, NOTHING, recalled } from '../studio/device_choice.js';

const FOUND = [
  { kind: 'videoinput', deviceId: 'c1', label: 'Front' },
  { kind: 'videoinput', deviceId: 'c2', label: 'Back' },
  { kind: 'audioinput', deviceId: 'default', label: 'Default' },
  { kind: 'audioinput', deviceId: 'communications', label: 'Communications' },
  { kind: 'audiooutput', deviceId: 's', label: 'Speakers' },
];
const CAMERAS = choices(FOUND, 'videoinput');

test('a host chooses among inputs of one kind, each once', () => {
  assert.deepEqual(CAMERAS, [
    { id: 'c1', label: 'Front' },
    { id: 'c2', label: 'Back' },
  ]);
  assert.deepEqual(choices(FOUND, 'audioinput').map(({ id }) => id), ['default']);
});

test('what may not be known yet cannot be chosen', () => {
  assert.deepEqual(choices([{ kind: 'videoinput', deviceId: '', label: '' }], 'videoinput'), []);
});

test('the device chosen before is found by its id, and by its name when the browser has given it another id', () => {
  assert.equal(again(CAMERAS, { id: 'c2', label: 'whatever' })?.id, 'c2');
  assert.equal(again(CAMERAS, { id: 'new', label: 'Back' })?.id, 'c2');
  assert.equal(again(CAMERAS, { id: 'new', label: '' }), null);
  assert.equal(again(CAMERAS, { id: 'new', label: 'Third' }), null);
  assert.equal(again(CAMERAS, null), null);
});

test('devices that come and go are told, but not those that could not be named before', () => {
  const [front, back] = CAMERAS;
  assert.deepEqual(difference([front], CAMERAS), { come: [back], gone: [] });
  assert.deepEqual(difference(CAMERAS, [back]), { come: [], gone: [front] });
  assert.deepEqual(difference([], CAMERAS), { come: [], gone: [] });
});

test('what was kept is recalled, and nonsense counts for nothing', () => {
  const kept = { videoinput: { id: 'c1', label: 'Front' }, audioinput: null, mirror: false, small: true };
  assert.deepEqual(recalled(JSON.stringify(kept)), kept);
  for (const nonsense of [null, '', 'null', '{', '[]', '{"videoinput": 7, "mirror": "yes", "small": 1}']) assert.deepEqual(recalled(nonsense), NOTHING, String(nonsense));
});
