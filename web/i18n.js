// @ts-check
/** Words of the page in the reader's language. A key that is missing shows itself, so that it is seen and not silent. */
import { signal } from './vendor/signals-core.js';

export const LANGUAGES = /** @type {const} */ (['zh', 'en']);
/** @typedef {(typeof LANGUAGES)[number]} Language */

const STORED = 'ringside.language';

export const language = signal(/** @type {Language} */ ('en'));
const words = signal(/** @type {Record<string, string>} */ ({}));

/**
 * The words of `key` with `{name}` replaced by the parameter of that name; of two words split by ` | ` the first is
 * for exactly one `{n}`.
 * @param {Record<string, string>} table
 * @param {string} key
 * @param {Record<string, string | number>} [params]
 */
export function phrase(table, key, params = {}) {
  const text = table[key];
  if (text === undefined) return key;
  const forms = text.split(' | ');
  const form = forms.length > 1 && params.n !== 1 ? forms[1] : forms[0];
  return form.replace(/\{(\w+)\}/g, (whole, name) => (name in params ? String(params[name]) : whole));
}

/**
 * @param {string} key
 * @param {Record<string, string | number>} [params]
 */
export function t(key, params) {
  return phrase(words.value, key, params);
}

/** What a browser refuses, by the name of its exception: its own words are in no language of ours. */
const OF_BROWSERS = /** @type {Record<string, string>} */ ({
  AbortError: 'broken-off',
  NotAllowedError: 'not-allowed',
  NotFoundError: 'device-missing',
  NotReadableError: 'device-busy',
  OverconstrainedError: 'device-unfit',
  TimeoutError: 'no-answer',
});

/** The stable code of a refusal; the `code` of a browser's exception is a number and says nothing. @param {unknown} error */
export function codeOf(error) {
  const { code, name } = /** @type {{code?: unknown, name?: unknown}} */ (error ?? {});
  return typeof code === 'string' ? code : (OF_BROWSERS[String(name)] ?? 'unknown');
}

/**
 * What a refusal says to the reader: our own words for its stable code, else the server's detail.
 * @param {unknown} error
 */
export function tError(error) {
  const key = `error.${codeOf(error)}`;
  if (key in words.value) return t(key);
  const { message } = /** @type {{message?: unknown}} */ (error);
  return typeof message === 'string' && message ? message : t('error.unknown');
}

/**
 * The first language of ours that the reader asks for; English when there is none.
 * @param {readonly string[]} wanted
 * @returns {Language}
 */
export function preferred(wanted) {
  for (const tag of wanted) {
    const found = LANGUAGES.find((ours) => tag.toLowerCase().startsWith(ours));
    if (found) return found;
  }
  return 'en';
}

/** @param {number} value */
export function number(value) {
  return new Intl.NumberFormat(language.value).format(value);
}

/** 12345 as 12.3K or 1.2万. @param {number} value */
export function short(value) {
  return new Intl.NumberFormat(language.value, { notation: 'compact', maximumFractionDigits: 1 }).format(value);
}

/** Names in a row: Mia, Leo and Eva. @param {readonly string[]} names */
export function list(names) {
  return new Intl.ListFormat(language.value).format(names);
}

/** @param {number} ms */
export function day(ms) {
  return new Intl.DateTimeFormat(language.value, { dateStyle: 'short', timeStyle: 'short' }).format(ms);
}

/** @param {number} ms */
export function moment(ms) {
  return new Intl.DateTimeFormat(language.value, { dateStyle: 'short', timeStyle: 'medium' }).format(ms);
}

/** How long ago something was, in words. @param {number} ms */
export function ago(ms) {
  const seconds = Math.round(ms / 1000);
  const [count, unit] = /** @type {[number, Intl.RelativeTimeFormatUnit]} */ (
    seconds < 60 ? [seconds, 'second'] : seconds < 5400 ? [Math.round(seconds / 60), 'minute'] : [Math.round(seconds / 3600), 'hour']
  );
  return new Intl.RelativeTimeFormat(language.value, { numeric: 'auto' }).format(-count, unit);
}

/** What every page may say. */
const EVERYWHERE = ['common', 'errors'];

const wanted = new Set(EVERYWHERE);
/** @type {Map<string, Promise<Record<string, string>>>} */
const asked = new Map();
/** @type {Language | null} */
let tongue = null;

/** @param {Language} language @param {string} part @returns {Promise<Record<string, string>>} */
function fetched(language, part) {
  const name = `${language}/${part}`;
  const before = asked.get(name);
  if (before) return before;
  const table = fetch(new URL(`./locales/${name}.json`, import.meta.url)).then((response) => {
    if (!response.ok) throw new Error(`no words ${name}: ${response.status}`);
    return response.json();
  });
  asked.set(name, table);
  table.catch(() => asked.delete(name));
  return table;
}

/** Say everything that is wanted in `next`. What is spoken changes when all of its words are there. @param {Language} next */
export async function speak(next) {
  const former = tongue;
  tongue = next;
  const tables = await Promise.all([...wanted].map((part) => fetched(next, part))).catch((error) => {
    if (tongue === next) tongue = former;
    throw error;
  });
  if (tongue !== next) return;
  words.value = { ...(language.value === next ? words.value : {}), ...Object.assign({}, ...tables) };
  language.value = next;
  document.documentElement.lang = next === 'zh' ? 'zh-CN' : 'en';
  localStorage.setItem(STORED, next);
}

/** Have the words of these parts, now and in every language that is spoken later. @param {readonly string[]} parts */
export async function learn(parts) {
  for (const part of parts) wanted.add(part);
  // The reader may change the language meanwhile: then it is the other one's words that are waited for.
  let said;
  do {
    said = tongue ?? chosen();
    await speak(said);
  } while (said !== tongue);
}

function chosen() {
  const stored = localStorage.getItem(STORED);
  return preferred(stored === null ? navigator.languages : [stored, ...navigator.languages]);
}

export function speakPreferred() {
  return speak(chosen());
}
