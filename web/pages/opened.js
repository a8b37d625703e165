// @ts-check
/** Pages are fetched once, with their words and sheets, and drawn when all three are there. */
import { signal } from '../html.js';
import { learn } from '../i18n.js';
import { wear } from '../sheets.js';
import { PAGES } from './table.js';

/** @typedef {import('./table.js').PageName} PageName */

/** The pages that can be drawn, by name. */
export const opened = signal(/** @type {Record<string, any>} */ ({}));

/** @type {Map<PageName, Promise<void>>} */
const coming = new Map();

/** Fetch a page that is wanted now or soon; what fails is tried again by the next call. @param {PageName} name */
export function open(name) {
  const known = coming.get(name);
  if (known) return known;
  const entry = PAGES[name];
  const arrives = Promise.all([entry.draw(), learn(entry.words), wear(entry.sheets)]).then(
    ([page]) => {
      opened.value = { ...opened.value, [name]: page };
    },
    (error) => {
      coming.delete(name);
      console.error(`the page ${name} did not come`, error);
    },
  );
  coming.set(name, arrives);
  return arrives;
}
