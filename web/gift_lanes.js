// @ts-check
/** PURE. Which gifts fly over the picture: equal ones of one sender are counted up in one banner; lanes and queue are bounded. */

import { meantFor } from './feed/messages.js';

/** @typedef {import('./feed/messages.js').GiftSent} GiftSent */
/** @typedef {{key: string, gift: GiftSent, total: number, until: number, beats: number}} Banner */
/** @typedef {{lanes: (Banner | null)[], queue: Banner[], dropped: number}} Lanes */

export const LANES = 3;
export const QUEUED = 24;
export const SHOWN_MS = 3200;

/** @type {Lanes} */
export const NO_BANNERS = { lanes: Array(LANES).fill(null), queue: [], dropped: 0 };

/** @param {GiftSent} gift */
function keyOf(gift) {
  return `${gift.from.user}/${gift.gift}/${meantFor(gift).user}`;
}

/**
 * @param {Lanes} lanes
 * @param {GiftSent} gift
 * @param {number} now
 * @returns {Lanes}
 */
export function flown(lanes, gift, now) {
  const key = keyOf(gift);
  /** @param {Banner} banner @returns {Banner} */
  const grown = (banner) => ({ ...banner, gift, total: banner.total + gift.count, until: now + SHOWN_MS, beats: banner.beats + 1 });
  if (lanes.lanes.some((banner) => banner?.key === key)) {
    return { ...lanes, lanes: lanes.lanes.map((banner) => (banner?.key === key ? grown(banner) : banner)) };
  }
  if (lanes.queue.some((banner) => banner.key === key)) {
    return { ...lanes, queue: lanes.queue.map((banner) => (banner.key === key ? grown(banner) : banner)) };
  }
  const queue = [...lanes.queue, { key, gift, total: gift.count, until: 0, beats: 1 }];
  // The dearest stay: what is dropped is still in the chat and in the score.
  if (queue.length > QUEUED) {
    const least = queue.reduce((low, banner) => (banner.gift.coins < low.gift.coins ? banner : low));
    return advanced({ ...lanes, queue: queue.filter((banner) => banner !== least), dropped: lanes.dropped + 1 }, now);
  }
  return advanced({ ...lanes, queue }, now);
}

/**
 * Banners whose time is over leave, the next ones come in.
 * @param {Lanes} lanes
 * @param {number} now
 * @returns {Lanes}
 */
export function advanced(lanes, now) {
  const queue = [...lanes.queue];
  const shown = lanes.lanes.map((banner) => {
    if (banner !== null && banner.until > now) return banner;
    const next = queue.shift();
    return next === undefined ? null : { ...next, until: now + SHOWN_MS };
  });
  return { ...lanes, lanes: shown, queue };
}
