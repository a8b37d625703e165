// @ts-check
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ago, codeOf, phrase, preferred } from '../i18n.js';
import { PAGES } from '../pages/table.js';

const WEB = new URL('../', import.meta.url);

/** @param {string} language */
const parts = (language) => readdirSync(new URL(`locales/${language}/`, WEB)).map((name) => name.replace('.json', ''));

/** @param {string} language @param {string} part @returns {Record<string, string>} */
const wordsOf = (language, part) => JSON.parse(readFileSync(new URL(`locales/${language}/${part}.json`, WEB), 'utf8'));

/** All words of a language. @param {string} language @returns {Record<string, string>} */
const table = (language) => Object.assign({}, ...parts(language).map((part) => wordsOf(language, part)));

/** @param {string} text */
const parameters = (text) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();

/** Every source of the pages: not the vendored ones, not the tests. */
function sources() {
  return readdirSync(WEB, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.js') && !/^(vendor|tests|node_modules)\//.test(name))
    .map((name) => ({ name, text: readFileSync(new URL(name, WEB), 'utf8') }));
}

test('both languages have the same keys in the same files, in order, none of them empty', () => {
  assert.deepEqual(parts('zh'), parts('en'));
  for (const part of parts('en')) {
    const [zh, en] = [wordsOf('zh', part), wordsOf('en', part)];
    assert.deepEqual(Object.keys(zh), Object.keys(en), part);
    assert.deepEqual(Object.keys(en), Object.keys(en).sort(), part);
    for (const words of [zh, en]) for (const [key, text] of Object.entries(words)) assert.notEqual(text.trim(), '', key);
  }
});

test('no key stands in two files', () => {
  const all = parts('en').flatMap((part) => Object.keys(wordsOf('en', part)));
  assert.deepEqual(all.filter((key, place) => all.indexOf(key) !== place), []);
});

/** What a module imports at once, and what it fetches when there is use for it. */
const IMPORTED = /^(?:import|export) [^;]*?from '([^']+)';|\blate\(\(\) => import\('([^']+)'\)/gm;

/** A module and all that is drawn with it. @param {URL} module @param {Map<string, string>} [found] */
function together(module, found = new Map()) {
  if (found.has(module.href) || module.pathname.includes('/vendor/')) return found;
  const text = readFileSync(module, 'utf8');
  found.set(module.href, text);
  for (const match of text.matchAll(IMPORTED)) together(new URL(match[1] ?? match[2], module), found);
  return found;
}

test('every page has the words that its modules say', () => {
  const all = Object.keys(table('en'));
  const shell = ['common', 'errors'];
  for (const [name, entry] of Object.entries(PAGES)) {
    for (const part of entry.words) assert.ok(parts('en').includes(part), `${name}: no words ${part}`);
    const known = new Set([...shell, ...entry.words].flatMap((part) => Object.keys(wordsOf('en', part))));
    const said = [...together(new URL(`pages/${name}.js`, WEB)).values()].join('\n');
    const built = [...said.matchAll(/`(\w+(?:\.\w+)*\.)\$\{/g)].map((match) => match[1]);
    const missing = all.filter((key) => !known.has(key) && (said.includes(`'${key}'`) || built.some((beginning) => key.startsWith(beginning))));
    assert.deepEqual(missing, [], `the page ${name} says what it has no words for`);
  }
});

test('what every page shows says only what every page has words for', () => {
  const known = new Set(['common', 'errors', 'lobby'].flatMap((part) => Object.keys(wordsOf('en', part))));
  const said = [...together(new URL('app.js', WEB)).values()].join('\n');
  assert.deepEqual(Object.keys(table('en')).filter((key) => !known.has(key) && said.includes(`'${key}'`)), []);
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

/** Every code by which the server refuses a client, of which tests/server/test_docs.py knows that no other is there. */
function serverCodes() {
  const protocol = readFileSync(new URL('../docs/protocol.md', WEB), 'utf8');
  const told = protocol.slice(protocol.indexOf('### Error codes'), protocol.indexOf('Codes that only our own processes say'));
  return [...told.matchAll(/^\| `([a-z-]+)` \| \d{3} \|/gm)].map((match) => match[1]);
}

test('every refusal has words, and no words stand for a refusal that is not there', () => {
  const server = serverCodes();
  assert.ok(server.length > 100);
  const names = ['AbortError', 'NotAllowedError', 'NotFoundError', 'NotReadableError', 'OverconstrainedError', 'TimeoutError'];
  const browsers = names.map((name) => codeOf({ name }));
  assert.ok(!browsers.includes('unknown'));
  const own = ['no-answer', 'offline', 'page-missing', 'page-too-old', 'part-missing', 'past-late', 'unknown', 'unreachable'];
  const worded = Object.keys(wordsOf('en', 'errors')).map((key) => key.replace('error.', ''));
  assert.deepEqual(worded, [...new Set([...server, ...browsers, ...own])].sort());
});

test('what a browser refuses is told by the name of its exception, whatever number it has', () => {
  assert.equal(codeOf(new DOMException('Permission denied', 'NotAllowedError')), 'not-allowed');
  assert.equal(codeOf(new DOMException('signal timed out', 'TimeoutError')), 'no-answer');
  assert.equal(codeOf(new DOMException('?', 'SyntaxError')), 'unknown');
  assert.equal(codeOf(new TypeError('x is undefined')), 'unknown');
  assert.equal(codeOf({ code: 'not-live' }), 'not-live');
  assert.equal(codeOf(null), 'unknown');
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
