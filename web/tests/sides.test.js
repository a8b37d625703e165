// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasPlace, placed, sidesOf, still } from '../battle/sides.js';

test('nobody against us is no battle', () => {
  assert.equal(sidesOf('own', {}), null);
  assert.equal(sidesOf('own', { mate: 0 }), null);
});

test('our side is the first, and we are the first of it', () => {
  assert.deepEqual(sidesOf('own', { leo: 1, mate: 0, eva: 2 }), [['own', 'mate'], ['leo'], ['eva']]);
});

test('a colour that was left out is closed up', () => {
  assert.deepEqual(sidesOf('own', { leo: 3, eva: 1 }), [['own'], ['eva'], ['leo']]);
});

test('a side has two places, of ours one is taken', () => {
  const one = placed({}, 'mate', 0);
  assert.equal(hasPlace(one, 0, 'another'), false);
  assert.equal(hasPlace(one, 0, 'mate'), true, 'he is there already');
  assert.deepEqual(placed(one, 'another', 0), one);
  const two = placed(placed({}, 'leo', 1), 'eva', 1);
  assert.deepEqual(placed(two, 'nova', 1), two);
});

test('who is placed anew leaves his former place', () => {
  assert.deepEqual(placed({ leo: 1 }, 'leo', 2), { leo: 2 });
  assert.deepEqual(placed({ leo: 1, eva: 1 }, 'leo', null), { eva: 1 });
});

test('who is not live any more has no place', () => {
  assert.deepEqual(still({ leo: 1, eva: 2 }, ['eva', 'nova']), { eva: 2 });
});
