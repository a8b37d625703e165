// @ts-check
/** The catalogue and the signed-in person's balance, as last heard. */
import { me } from './account.js';
import { gifts } from './api/gifts.js';
import { language } from './i18n.js';
import { computed, effect, signal, untracked } from './vendor/signals-core.js';

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
  const whose = me.peek()?.user;
  if (whose === undefined) return;
  const wallet = await gifts.wallet();
  if (me.peek()?.user !== whose) return;
  coins.value = wallet.coins;
  diamonds.value = wallet.diamonds;
}

/** @param {Gift} gift */
export function giftName(gift) {
  return gift.names[language.value] ?? gift.names.en ?? gift.id;
}

/** Keep the balance that of whoever is signed in. */
export function followAccount() {
  const user = computed(() => me.value?.user);
  effect(() => {
    coins.value = null;
    diamonds.value = null;
    if (user.value !== undefined) untracked(loadWallet).catch((error) => console.debug('the balance is not known', error));
  });
}
