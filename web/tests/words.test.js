// @ts-check
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ago, phrase, preferred } from '../i18n.js';

const WEB = new URL('../', import.meta.url);

/** @param {string} language @returns {Record<string, string>} */
const table = (language) => JSON.parse(readFileSync(new URL(`locales/${language}.json`, WEB), 'utf8'));

/** @param {string} text */
const parameters = (text) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();

/** Every source of the pages: not the vendored ones, not the tests. */
function sources() {
  return readdirSync(WEB, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.js') && !/^(vendor|tests|node_modules)\//.test(name))
    .map((name) => ({ name, text: readFileSync(new URL(name, WEB), 'utf8') }));
}

test('both languages have the same keys, none of them empty', () => {
  const [zh, en] = [table('zh'), table('en')];
  assert.deepEqual(Object.keys(zh).sort(), Object.keys(en).sort());
  for (const words of [zh, en]) for (const [key, text] of Object.entries(words)) assert.notEqual(text.trim(), '', key);
});

test('both languages put the same parameters into a phrase', () => {
  const [zh, en] = [table('zh'), table('en')];
  for (const key of Object.keys(en)) assert.deepEqual(parameters(zh[key]), parameters(en[key]), key);
});

test('every key that the pages write out is there, and every key there is used', () => {
  const en = table('en');
  const all = sources().map(({ text }) => text).join('\n');
  const written = [...all.matchAll(/\bt\(\s*'([^']+)'/g)].map((match) => match[1]);
  const chosen = [...all.matchAll(/\bt\([^'"`]*\? '([^']+)' : '([^']+)'/g)].flatMap((match) => [match[1], match[2]]);
  const built = [...all.matchAll(/`(\w+)\.\$\{/g)].map((match) => `${match[1]}.`);
  for (const key of [...written, ...chosen]) assert.ok(key in en, `no words for ${key}`);
  for (const key of Object.keys(en)) {
    const used = all.includes(`'${key}'`) || built.some((beginning) => key.startsWith(beginning));
    assert.ok(used, `nobody says ${key}`);
  }
});

test('what pk and streaming can end for has words', () => {
  const en = table('en');
  const reasons = ['surrender', 'forfeit', 'away', 'both_lost', 'below-minimum', 'host-left', 'operator'];
  const phases = ['invited', 'preparing', 'fighting', 'settling', 'victory', 'draw', 'ended'];
  for (const reason of reasons) assert.ok(`reason.${reason}` in en, reason);
  for (const phase of phases) assert.ok(`battle.${phase}` in en, phase);
  for (const end of ['ended', 'lost', 'left', 'banned', 'forced', 'abandoned']) assert.ok(`ended.${end}` in en, end);
});

test('a phrase takes its parameters, and a missing key shows itself', () => {
  const words = { greet: 'Hello {name}, {name}!', apples: '{n} apple | {n} apples' };
  assert.equal(phrase(words, 'greet', { name: '<b>米娅</b>' }), 'Hello <b>米娅</b>, <b>米娅</b>!');
  assert.equal(phrase(words, 'greet'), 'Hello {name}, {name}!');
  assert.equal(phrase(words, 'apples', { n: 1 }), '1 apple');
  assert.equal(phrase(words, 'apples', { n: 3 }), '3 apples');
  assert.equal(phrase(words, 'nowhere'), 'nowhere');
});

test('the first language that we speak is taken', () => {
  assert.equal(preferred(['fr-FR', 'zh-Hant-TW', 'en']), 'zh');
  assert.equal(preferred(['en-GB', 'zh']), 'en');
  assert.equal(preferred(['fr']), 'en');
});

test('how long ago something was is said in seconds, then minutes, then hours', () => {
  assert.deepEqual([0, 4_400, 59_000, 60_000, 5_399_000, 7_200_000].map(ago), [
    'now',
    '4 seconds ago',
    '59 seconds ago',
    '1 minute ago',
    '90 minutes ago',
    '2 hours ago',
  ]);
});
