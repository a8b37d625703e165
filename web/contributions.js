// @ts-check
/** PURE. A room's contribution list as its pages use it: when to ask again, where the reader stands, how far he is from the next fan level. */

/** @typedef {import('./api/gifts.js').Contributions} Contributions */
/** @typedef {import('./api/gifts.js').Fan} Fan */

/** Until the sums have a gift that was just told. */
export const SETTLED_MS = 1500;
/** So a crowded room asks about a hundred times a second, not all at once. */
const SPREAD_A_VIEWER_MS = 10;
export const MOST_SPREAD_MS = 60_000;

/**
 * When to ask for the list after a gift.
 * @param {number} now
 * @param {number} asked when it was asked for last
 * @param {number} viewers
 * @param {number} chance 0 to 1
 * @param {number} everyMs how often at most
 */
export function askAt(now, asked, viewers, chance, everyMs) {
  return Math.max(now + SETTLED_MS, asked + everyMs) + chance * Math.min(MOST_SPREAD_MS, viewers * SPREAD_A_VIEWER_MS);
}

/**
 * The reader's own place when the list does not show him; null when it does, or when he has none.
 * @param {Contributions} list
 * @param {string | undefined} user
 */
export function placeBelow({ contributors, me = null }, user) {
  return contributors.some((each) => each.user === user) ? null : me;
}

/** Coins to the next level; null at the highest. @param {Fan} fan */
export function coinsToNext({ coins, next_coins: next }) {
  return next === null ? null : Math.max(0, next - coins);
}
