// @ts-check
/** PURE. Which dear gift is told over the picture: one at a time, the dearest of those that wait next, and no banner so shortly that nobody can read it. */

/** @typedef {import('./client/feed/messages.js').GiftBanner} Banner */
/** @typedef {{shown: Banner | null, since: number, waiting: Banner[]}} Banners `waiting` in the order of their turn; `since` when the one that is shown came in */

export const WAITING = 8;
/** A banner that nobody waits behind stays so long. */
export const SHOWN_MS = 6000;
/** However many wait. */
export const LEAST_MS = 2000;

/** @type {Banners} */
export const NO_BANNER = { shown: null, since: 0, waiting: [] };

/**
 * When the banner that is shown has had its time; null when none is. The more wait behind it, the shorter it is.
 * @param {Banners} banners
 * @returns {number | null}
 */
export function dueAt({ shown, since, waiting }) {
  return shown === null ? null : since + Math.max(LEAST_MS, SHOWN_MS / (1 + waiting.length));
}

/**
 * A gift is told: it waits its turn. Of too many the cheapest has no banner, and the dearest that waits stands for it too.
 * @param {Banners} banners
 * @param {Banner} gift
 * @param {number} now
 * @returns {Banners}
 */
export function offered(banners, gift, now) {
  const { shown, waiting } = banners;
  if (shown?.id === gift.id || waiting.some((other) => other.id === gift.id)) return banners;
  const cheaper = waiting.findIndex((other) => other.coins < gift.coins);
  const turn = cheaper === -1 ? waiting.length : cheaper;
  const queue = [...waiting.slice(0, turn), gift, ...waiting.slice(turn)];
  const [first, ...others] = queue.slice(0, WAITING);
  const left = queue.slice(WAITING).reduce((sum, other) => sum + 1 + other.more, 0);
  return advanced({ ...banners, waiting: [{ ...first, more: first.more + left }, ...others] }, now);
}

/**
 * A banner that has had its time leaves, and the next one comes in.
 * @param {Banners} banners
 * @param {number} now
 * @returns {Banners}
 */
export function advanced(banners, now) {
  const due = dueAt(banners);
  if (due !== null && now < due) return banners;
  const [next = null, ...waiting] = banners.waiting;
  return { shown: next, since: now, waiting };
}
