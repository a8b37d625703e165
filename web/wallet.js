// @ts-check
/** The catalogue and the signed-in person's balance, as last heard. */
import { me } from './account.js';
import { gifts } from './api/gifts.js';
import { language } from './i18n.js';
import { effect, signal } from './vendor/signals-core.js';

/** @typedef {import('./api/gifts.js').Gift} Gift */

export const catalogue = signal(/** @type {Gift[]} */ ([]));
/** The next piece of a combo comes within this time. */
export const comboMs = signal(5000);
/** Pieces that may be given at once. */
export const mostPieces = signal(999);
export const coins = signal(/** @type {number | null} */ (null));
export const diamonds = signal(/** @type {number | null} */ (null));

/** It changes: gifts have their seasons. */
export async function loadCatalogue() {
  const found = await gifts.catalogue();
  catalogue.value = found.gifts;
  comboMs.value = found.combo_ms ?? comboMs.value;
  mostPieces.value = found.most_count ?? mostPieces.value;
}

/** Coins may come back. @param {Gift} gift */
export const isLucky = (gift) => gift.odds?.some((chance) => chance.win > 0) ?? false;

/** How often its score may count. @param {Gift} gift */
export const mostBoost = (gift) => Math.max(1, ...(gift.odds ?? []).map((chance) => chance.boost));

export async function loadWallet() {
  if (me.value === null) return;
  const wallet = await gifts.wallet();
  coins.value = wallet.coins;
  diamonds.value = wallet.diamonds;
}

/** @param {Gift} gift */
export function giftName(gift) {
  return gift.names[language.value] ?? gift.names.en ?? gift.id;
}

/** Keep the balance that of whoever is signed in. */
export function followAccount() {
  effect(() => {
    if (me.value !== null) {
      loadWallet().catch((error) => console.debug('the balance is not known', error));
      return;
    }
    coins.value = null;
    diamonds.value = null;
  });
}
