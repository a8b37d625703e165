// @ts-check
/** Pages are fetched once, with their words and sheets, and drawn when all three are there. */
import { signal } from '../html.js';
import { learn } from '../i18n.js';
import { wear } from '../sheets.js';
import { PAGES } from './table.js';

/** @typedef {import('./table.js').PageName} PageName */

/** The pages that can be drawn, by name. */
export const opened = signal(/** @type {Record<string, any>} */ ({}));

/** The pages that did not come, and how often that was so; 0 while they are asked for again. */
export const missing = signal(/** @type {Record<string, number>} */ ({}));

/** @type {Map<PageName, Promise<void>>} */
const coming = new Map();
/** @type {Map<PageName, number>} */
const misses = new Map();

/** @param {PageName} name @param {number} times */
function note(name, times) {
  missing.value = { ...missing.peek(), [name]: times };
}

/** Fetch a page that is wanted now or soon; what fails is tried again by the next call. @param {PageName} name */
export function open(name) {
  const known = coming.get(name);
  if (known) return known;
  const entry = PAGES[name];
  note(name, 0);
  const arrives = Promise.all([entry.draw(), learn(entry.words), wear(entry.sheets)]).then(
    ([page]) => {
      opened.value = { ...opened.value, [name]: page };
    },
    (error) => {
      coming.delete(name);
      misses.set(name, (misses.get(name) ?? 0) + 1);
      note(name, misses.get(name) ?? 1);
      console.error(`the page ${name} did not come`, error);
    },
  );
  coming.set(name, arrives);
  return arrives;
}
