// @ts-check
/** Where the reader is: the page's address as a place, and the way to another one without loading the page anew. */
import { signal } from './vendor/signals-core.js';

/**
 * @typedef {{page: 'lobby'} | {page: 'room', room: string} | {page: 'studio'} | {page: 'key'} | {page: 'login', next: string} |
 *   {page: 'wallet', pay: string | null} | {page: 'me', tab: Tab} | {page: 'reset'} | {page: 'email'} | {page: 'admin'} |
 *   {page: 'lost'}} Place
 */

/** The parts of one's own page. */
export const TABS = /** @type {const} */ (['profile', 'broadcasts', 'follows', 'blocks', 'sessions']);
/** @typedef {(typeof TABS)[number]} Tab */

/**
 * @param {string} pathname
 * @param {string} [search]
 * @returns {Place}
 */
export function placeOf(pathname, search = '') {
  const steps = pathname.split('/').filter(Boolean);
  if (steps.length === 0) return { page: 'lobby' };
  if (steps.length === 2 && steps[0] === 'rooms') return { page: 'room', room: steps[1] };
  if (steps.length === 2 && steps[0] === 'studio' && steps[1] === 'key') return { page: 'key' };
  if (steps.length !== 1) return { page: 'lost' };
  if (steps[0] === 'studio') return { page: 'studio' };
  if (steps[0] === 'admin') return { page: 'admin' };
  if (steps[0] === 'reset') return { page: 'reset' };
  if (steps[0] === 'email') return { page: 'email' };
  if (steps[0] === 'me') return { page: 'me', tab: tabOf(new URLSearchParams(search).get('tab')) };
  if (steps[0] === 'wallet') return { page: 'wallet', pay: new URLSearchParams(search).get('pay') };
  if (steps[0] === 'login') return { page: 'login', next: safeNext(new URLSearchParams(search).get('next')) };
  return { page: 'lost' };
}

/** @param {string | null} name @returns {Tab} */
function tabOf(name) {
  return TABS.find((tab) => tab === name) ?? 'profile';
}

/** Whether a stage is shown, which is dark whatever the reader prefers. @param {Place} here */
export const isStage = ({ page }) => page === 'room' || page === 'studio';

/**
 * A path of this site, or the lobby: an address given in a link must not lead a person elsewhere after sign-in.
 * @param {string | null} next
 */
export function safeNext(next) {
  return next !== null && /^\/(?![/\\])[^\s\\]*$/.test(next) ? next : '/';
}

export const place = signal(/** @type {Place} */ ({ page: 'lobby' }));

/** Follow the address bar and take over clicks on links of our own. */
export function followAddress() {
  const read = () => {
    place.value = placeOf(location.pathname, location.search);
  };
  addEventListener('popstate', read);
  document.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('a[href^="/"]') : null;
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (!(link instanceof HTMLAnchorElement) || !plain || event.defaultPrevented || link.target || link.hasAttribute('download')) return;
    event.preventDefault();
    go(link.pathname + link.search);
  });
  read();
}

/** @param {string} path @param {boolean} [instead] the way back does not lead to where one is now */
export function go(path, instead = false) {
  if (instead) history.replaceState(null, '', path);
  else if (path !== location.pathname + location.search) history.pushState(null, '', path);
  place.value = placeOf(location.pathname, location.search);
  scrollTo(0, 0);
}
