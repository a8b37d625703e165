// @ts-check
/** The shapes of the room feed, protocol version 2, as this page reads them. */

/** @typedef {{user: string, name: string}} Person */
/** @typedef {'red' | 'blue' | 'green' | 'yellow'} SideName */
/** @typedef {{seat: number, room: string, host: Person, accepted: boolean, ready: boolean, rematch: boolean, away_since_ms: number | null, fallen: string | null, muted: string[], rating?: number, streak?: number}} Member rating and streak as of the battle's beginning */
/** @typedef {{side: SideName, seat: number, room: string, host: Person, score: number, members: Member[]}} Side seat, room and host are the first member's */
/** @typedef {{user: string, name: string, side?: SideName, score: number}} Contributor */
/** @typedef {'invited' | 'preparing' | 'fighting' | 'settling' | 'victory' | 'draw' | 'ended'} Phase */
/** @typedef {{user: string, before: number, after: number, streak: number}} RatingChange */
/** @typedef {{winner: SideName | null, reason: string, scores: Record<string, number>, mvp: Contributor | null, contributors: Contributor[], ratings?: RatingChange[]}} Result */
/**
 * @typedef {object} Battle
 * @property {string} battle
 * @property {number} version grows with every change but that of a score
 * @property {Phase} phase
 * @property {string | null} reason why the phase was entered
 * @property {Side[]} sides
 * @property {number | null} starts_at_ms
 * @property {number | null} ends_at_ms
 * @property {number | null} rush_from_ms
 * @property {number} rush_multiplier
 * @property {number | null} phase_ends_at_ms
 * @property {string | null} successor the rematch that has begun
 * @property {Result | null} result
 */
/** @typedef {{user: string, name: string, state: 'applied' | 'approved' | 'on-stage', picture: boolean, muted: boolean, since_ms: number}} Guest `picture` false: only heard; `muted`: by nobody */
/** @typedef {{id: string, user: string, name: string, text: string, at_ms: number}} Said */
/**
 * @typedef {object} GiftSent
 * @property {string} id
 * @property {string} gift
 * @property {string} name
 * @property {string} emoji
 * @property {number} count
 * @property {number} coins
 * @property {Person & {fan_level?: number}} from
 * @property {Person} to who earns it
 * @property {Person | null} [guest] whom it was meant for, if he is a guest of the one who earns it
 * @property {SideName | null} side
 * @property {number | null} score
 * @property {string | null} battle
 * @property {number | null} combo pieces so far
 * @property {string} [combo_id]
 * @property {number} [boost] the score has counted so many times
 * @property {number} [win] coins that came back
 * @property {number} at_ms
 */
/** @typedef {{combo_id: string, gift: string, emoji: string, count: number, coins: number, win: number, from: Person, to: Person, guest: Person | null}} ComboEnded */
/** @typedef {{id: string, room: string, gift: string, name: string, emoji: string, count: number, coins: number, from: Person, to: Person, more: number}} GiftBanner `more` others that it stands for */
/** @typedef {{id: string, state: 'live' | 'reconnecting' | 'ended', host: Person, title: string, started_at_ms: number, reconnect_until_ms: number | null}} Broadcast */
/** @typedef {{room: string, title: string, host: Person}} Room */
/** @typedef {{room: string, since_ms: number, rating: number, window: number, duration_ms: number}} Match waiting for an opponent within `window` of our rating */
/** @typedef {{t: string, e?: string, o?: number, id?: string, d: any}} Message */

/** Whom a gift was meant for. @param {GiftSent} gift */
export function meantFor(gift) {
  return gift.guest ?? gift.to;
}

/** What a socket's close code asks of us; a code that is not here means "come back". */
export const CLOSE = /** @type {const} */ ({
  PROTOCOL: 4000,
  SLOW: 4001,
  TOKEN: 4002,
  BANNED: 4403,
  UNKNOWN_ROOM: 4404,
  TOO_LARGE: 4409,
});

/** @param {number} code */
export function comesBack(code) {
  return !(/** @type {number[]} */ ([CLOSE.PROTOCOL, CLOSE.BANNED, CLOSE.UNKNOWN_ROOM]).includes(code));
}
