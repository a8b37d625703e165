// @ts-check
/** What the window is called: where the reader is, and of a room what it shows and whose it is. */
import { t } from './i18n.js';
import { signal } from './vendor/signals-core.js';

const NAME = 'Ringside';
const WORDS = /** @type {Record<string, string>} */ ({
  admin: 'nav.admin',
  email: 'nav.login',
  key: 'nav.studio',
  login: 'nav.login',
  lost: 'lost',
  me: 'nav.me',
  reset: 'nav.login',
  studio: 'nav.studio',
  wallet: 'nav.wallet',
});

/** What the page that is shown calls itself; empty when it does not. */
export const named = signal('');

/** @param {import('./place.js').Place} here @param {string} name what the page calls itself */
export function titleOf(here, name) {
  const key = WORDS[here.page];
  const words = name || (key === undefined ? '' : t(key));
  return words === '' ? NAME : `${words} · ${NAME}`;
}
