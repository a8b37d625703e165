// @ts-check
/** PURE. Sides that a host puts together before he invites: himself first, and up to four of up to two. */

/** @typedef {import('../client/feed/messages.js').SideName} SideName */
/** @typedef {Record<string, number>} Places the side, counted from 0, of each chosen room; 0 is our own */

export const SIDES = /** @type {const} */ (['red', 'blue', 'green', 'yellow']);
export const MOST_MEMBERS = 2;

/** Whether one more has a place on that side. @param {Places} places @param {number} side @param {string} room who asks, if he is placed already */
export function hasPlace(places, side, room) {
  const taken = Object.entries(places).filter(([other, on]) => on === side && other !== room).length;
  return taken + (side === 0 ? 1 : 0) < MOST_MEMBERS;
}

/** @param {Places} places @param {string} room @param {number | null} side null: not with us @returns {Places} */
export function placed(places, room, side) {
  const next = { ...places };
  delete next[room];
  if (side !== null && hasPlace(next, side, room)) next[room] = side;
  return next;
}

/** Without whoever is not there any more. @param {Places} places @param {readonly string[]} rooms @returns {Places} */
export function still(places, rooms) {
  return Object.fromEntries(Object.entries(places).filter(([room]) => rooms.includes(room)));
}

/**
 * The rooms of each side, as an invitation names them; null until somebody stands against us. A side that was left out
 * is closed up: colours go from left to right.
 * @param {string} own @param {Places} places
 * @returns {string[][] | null}
 */
export function sidesOf(own, places) {
  const sides = SIDES.map((_, side) => Object.keys(places).filter((room) => places[room] === side));
  const [mates, ...against] = sides;
  const standing = against.filter((rooms) => rooms.length > 0);
  return standing.length === 0 ? null : [[own, ...mates], ...standing];
}
