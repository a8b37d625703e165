// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chosen, folded, matches } from '../lobby/search.js';

/** @param {string} title @param {string} name */
const room = (title, name) => ({ title, host: { user: `user-of-${name}`, name } });

test('a room is found by a part of its title and by its host, whatever the case', () => {
  const songs = room('Songs at night', 'Ruby');
  for (const query of ['song', 'NIGHT', 'ruby', ' Rub ', '']) assert.ok(matches(songs, query), query);
  for (const query of ['sapphire', 'songss', 'night songs at ruby now']) assert.ok(!matches(songs, query), query);
});

test('words may come in any order and from title and host together', () => {
  assert.ok(matches(room('Songs at night', 'Ruby'), 'ruby songs'));
  assert.ok(!matches(room('Songs at night', 'Ruby'), 'ruby chess'));
});

test('a word does not reach from the title into the name', () => {
  assert.ok(!matches(room('ab', 'cd'), 'bc'));
});

test('chinese is found without spaces between words', () => {
  const singing = room('深夜点歌，来聊聊', '小明');
  for (const query of ['点歌', '小明', '小明 深夜', '聊']) assert.ok(matches(singing, query), query);
  assert.ok(!matches(singing, '小红'));
});

test('accents and full-width letters do not matter, marks that make another letter do', () => {
  assert.ok(matches(room('Café Zoë', 'José'), 'cafe zoe jose'));
  assert.ok(matches(room('cafe', 'x'), 'CAFÉ'));
  assert.ok(matches(room('ＰＫ １２３', 'x'), 'pk 123'));
  assert.notEqual(folded('か'), folded('が'));
});

test('what looks like a pattern is only text', () => {
  assert.ok(matches(room('a.*b (live)', 'x'), '.*b (l'));
  assert.ok(!matches(room('axxb', 'x'), 'a.*b'));
});

test('the order stays, and with the followed alone the others are left out', () => {
  const rooms = [room('one', 'ann'), room('two', 'bob'), room('three', 'cid')];
  assert.deepEqual(chosen(rooms, 'o'), [rooms[0], rooms[1]]);
  assert.deepEqual(chosen(rooms, '', new Set(['user-of-cid', 'user-of-ann'])), [rooms[0], rooms[2]]);
  assert.deepEqual(chosen(rooms, 'o', new Set(['user-of-cid'])), []);
});
