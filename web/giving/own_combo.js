// @ts-check
/**
 * PURE. Our own combo, as the button that goes on with it shows it: the count rises with every tap, and is the room's
 * own count as soon as the room has been told of every piece.
 */

import { meantFor } from '../client/feed/messages.js';

/** @typedef {import('../client/feed/messages.js').ComboEnded} ComboEnded */
/** @typedef {import('../client/feed/messages.js').GiftSent} GiftSent */
/** @typedef {{key: string, count: number, id: string | null}} Untold pieces that the room was not told of yet; `id` of the gift once it was answered */
/**
 * @typedef {object} OwnCombo
 * @property {string} user who gives
 * @property {string} gift
 * @property {string} to
 * @property {number} hoped pieces as far as we have tapped
 * @property {number} told pieces as the room counts, 0 before it has told any
 * @property {string | null} id
 * @property {readonly Untold[]} untold
 * @property {readonly string[]} early gifts that the room was told of before we had their answer
 * @property {number} until_ms the server's time at which it is over
 */
/** @typedef {{user: string, gift: string, to: string, count: number}} Pieces */

const MOST_EARLY = 64;
/** A tap needs some time to the server, whose stamp decides. */
export const TRAVEL_MS = 400;

/** @param {OwnCombo} combo */
export const countOf = (combo) => (combo.untold.length === 0 && combo.told > 0 ? combo.told : Math.max(combo.told, combo.hoped));

/** @param {OwnCombo | null} combo @param {number} now */
export const isOpen = (combo, now) => combo !== null && now < combo.until_ms;

/**
 * We have tapped: the combo goes on, or another one begins.
 * @param {OwnCombo | null} combo @param {Pieces} pieces @param {string} key @param {number} now the server's time @param {number} windowMs
 * @returns {OwnCombo}
 */
export function tapped(combo, { user, gift, to, count }, key, now, windowMs) {
  const same = combo !== null && isOpen(combo, now) && combo.user === user && combo.gift === gift && combo.to === to;
  const before = same ? combo : { user, gift, to, hoped: 0, told: 0, id: null, untold: [], early: [] };
  return { ...before, hoped: countOf({ ...before, until_ms: 0 }) + count, untold: [...before.untold, { key, count, id: null }], until_ms: now + windowMs - TRAVEL_MS };
}

/** The server has taken one of its gifts. @param {OwnCombo} combo @param {string} key @param {string} id @returns {OwnCombo} */
export function answered(combo, key, id) {
  const told = combo.early.includes(id);
  return {
    ...combo,
    early: combo.early.filter((each) => each !== id),
    untold: told ? combo.untold.filter((each) => each.key !== key) : combo.untold.map((each) => (each.key === key ? { ...each, id } : each)),
  };
}

/** One of its gifts comes to nothing; null: nothing is left of it. @param {OwnCombo} combo @param {string} key @returns {OwnCombo | null} */
export function failed(combo, key) {
  const lost = combo.untold.find((each) => each.key === key);
  if (lost === undefined) return combo;
  const next = { ...combo, hoped: combo.hoped - lost.count, untold: combo.untold.filter((each) => each !== lost) };
  return countOf(next) > 0 ? next : null;
}

/** The room is told of a gift. @param {OwnCombo} combo @param {GiftSent} sent @param {number} windowMs @returns {OwnCombo} */
export function told(combo, sent, windowMs) {
  if (sent.from.user !== combo.user || sent.gift !== combo.gift || meantFor(sent).user !== combo.to) return combo;
  const known = combo.untold.some((each) => each.id === sent.id);
  const untold = combo.untold.filter((each) => each.id !== sent.id);
  const early = known ? combo.early : [...combo.early, sent.id].slice(-MOST_EARLY);
  const another = combo.id !== null && sent.combo_id !== combo.id;
  const count = another ? (sent.combo ?? 0) : Math.max(combo.told, sent.combo ?? 0);
  const hoped = another ? count + pieces(untold) : Math.max(combo.hoped, count);
  return { ...combo, id: sent.combo_id ?? null, told: count, hoped, untold, early, until_ms: Math.max(combo.until_ms, sent.at_ms + windowMs - TRAVEL_MS) };
}

/** The room is told that a combo is over; what we tapped since begins another one. @param {OwnCombo} combo @param {ComboEnded} end @returns {OwnCombo | null} */
export function ended(combo, end) {
  if (combo.id !== end.combo_id) return combo;
  if (combo.untold.length === 0) return null;
  return { ...combo, id: null, told: 0, hoped: pieces(combo.untold) };
}

/** @param {readonly Untold[]} untold */
const pieces = (untold) => untold.reduce((sum, each) => sum + each.count, 0);
