// @ts-check
/** PURE. Which gifts fly over the picture: the pieces of a combo are counted up in one banner; lanes and queue are bounded. */

import { meantFor } from './client/feed/messages.js';

/** @typedef {import('./client/feed/messages.js').GiftSent} GiftSent */
/** @typedef {import('./client/feed/messages.js').ComboEnded} ComboEnded */
/** @typedef {{key: string, gift: GiftSent, total: number, until: number, beats: number, over: boolean}} Banner */
/** @typedef {{lanes: (Banner | null)[], queue: Banner[], dropped: number}} Lanes */

export const LANES = 3;
export const QUEUED = 24;
export const SHOWN_MS = 3200;
export const ENDED_MS = 1500;
/** A combo that is not over stays so long without a piece; its end comes before, unless it was lost. */
export const OPEN_MS = 10_000;

/** @type {Lanes} */
export const NO_BANNERS = { lanes: Array(LANES).fill(null), queue: [], dropped: 0 };

/** @param {GiftSent} gift */
function keyOf(gift) {
  return gift.combo_id ?? `${gift.from.user}/${gift.gift}/${meantFor(gift).user}`;
}

/** A combo stays until its end is told; a lone piece and what says nothing of combos has its time. @param {GiftSent} gift @param {number} total */
function shownMs(gift, total) {
  return gift.combo_id !== undefined && total > 1 ? OPEN_MS : SHOWN_MS;
}

/**
 * @param {Lanes} lanes
 * @param {GiftSent} gift
 * @param {number} now
 * @returns {Lanes}
 */
export function flown(lanes, gift, now) {
  const key = keyOf(gift);
  const counted = gift.combo_id === undefined ? null : gift.combo;
  /** @param {Banner} banner @returns {Banner} */
  const grown = (banner) => {
    const total = Math.max(banner.total, counted ?? banner.total + gift.count);
    return { ...banner, gift, total, until: now + shownMs(gift, total), beats: banner.beats + 1 };
  };
  if (lanes.lanes.some((banner) => banner?.key === key)) {
    return { ...lanes, lanes: lanes.lanes.map((banner) => (banner?.key === key ? grown(banner) : banner)) };
  }
  if (lanes.queue.some((banner) => banner.key === key)) {
    return { ...lanes, queue: lanes.queue.map((banner) => (banner.key === key ? grown(banner) : banner)) };
  }
  const queue = [...lanes.queue, { key, gift, total: counted ?? gift.count, until: 0, beats: 1, over: false }];
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
    if (next === undefined) return null;
    return { ...next, until: now + (next.over ? SHOWN_MS : shownMs(next.gift, next.total)) };
  });
  return { ...lanes, lanes: shown, queue };
}

/**
 * A combo is over: its banner says the last count and leaves soon. One that is not shown is not shown for that.
 * @param {Lanes} lanes
 * @param {ComboEnded} combo
 * @param {number} now
 * @returns {Lanes}
 */
export function ended(lanes, combo, now) {
  /** @template {Banner | null} B @param {B} banner @returns {B} */
  const last = (banner) => (banner?.key === combo.combo_id ? { ...banner, total: combo.count, until: now + ENDED_MS, over: true } : banner);
  return { ...lanes, lanes: lanes.lanes.map(last), queue: lanes.queue.map(last) };
}

/**
 * The feed was away: what is shown of combos that go on says how far they have come, without a beat. Others are not shown for that.
 * @param {Lanes} lanes
 * @param {ComboEnded[]} combos
 * @param {number} now
 * @returns {Lanes}
 */
export function caughtUp(lanes, combos, now) {
  const counts = new Map(combos.map((combo) => [combo.combo_id, combo.count]));
  /** @template {Banner | null} B @param {B} banner @returns {B} */
  const further = (banner) => {
    const count = banner === null ? undefined : counts.get(banner.key);
    return banner === null || count === undefined ? banner : { ...banner, total: Math.max(banner.total, count), until: now + OPEN_MS };
  };
  return { ...lanes, lanes: lanes.lanes.map(further), queue: lanes.queue.map(further) };
}
