// @ts-check
/** Gifts, who gave them, and what is left to give. */
import { call, step } from './call.js';

/** @typedef {{id: string, names: Record<string, string>, price: number, level: number, emoji: string, animation: string, odds?: {weight: number, boost: number, win: number}[] | null}} Gift */
/** @typedef {{user: string, name: string, coins: number, gifts: number}} Patron who gave in a room */
/** @typedef {{contributors: Patron[], me?: {place: number, coins: number} | null}} Contributions best first; `me`: the reader's own place, shown or not */
/** @typedef {{host: string, level: number, coins: number, next_coins: number | null}} Fan */
/** @typedef {{coins: number, diamonds: number}} Wallet */

export const gifts = {
  /** What there is to give, and within which bounds. @returns {Promise<{gifts: Gift[], combo_ms?: number, most_count?: number}>} */
  catalogue: () => call('GET', '/gifts'),
  /** @param {string} room @param {'day' | 'week' | 'all'} span @param {number} [most] @returns {Promise<Contributions>} */
  contributors: (room, span, most = 50) => call('GET', `/rooms/${step(room)}/contributors?span=${span}&limit=${most}`),
  /** How much a fan of a host we are. @param {string} host @returns {Promise<Fan>} */
  fan: (host) => call('GET', `/hosts/${step(host)}/fans/me`),
  /** @returns {Promise<Wallet>} */
  wallet: () => call('GET', '/wallet'),
  /**
   * @param {string} room
   * @param {{gift: string, count: number, to: string}} gift
   * @param {string} key the same for every try of one sending
   */
  send: (room, gift, key) => call('POST', `/rooms/${step(room)}/gifts`, gift, { 'Idempotency-Key': key }),
};
