// @ts-check
/** Rooms, and who is live in them. */
import { call, cursor, orNull, step } from './call.js';

/** @typedef {import('../client/feed/messages.js').Person} Person */
/** @typedef {{room: string, title: string, host: Person, live: boolean, viewers: number}} Room */
/** @typedef {Room & {broadcast: import('../client/feed/messages.js').Broadcast | null, sources?: import('../client/player/sources.js').Source[]}} RoomNow */
/** @typedef {Room & {state: string, started_at_ms: number, in_battle: boolean, poster?: string | null}} LiveRoom `poster`: the tag of its picture */
/** @typedef {{won: number, drawn: number, lost: number}} Fought */
/** @typedef {{id: string, started_at_ms: number, ended_at_ms: number, reason: string, peak: number | null, unique: number | null, messages: number | null, likes: number | null, gifts: number, givers: number, coins: number, diamonds: number, battles: Fought, replay: null}} Past A broadcast that is over; null: nobody counted */

export const rooms = {
  /** With `posters` the reader looks at their pictures. @returns {Promise<LiveRoom[]>} */
  live: async (posters = false) => (await call('GET', `/rooms?live=1${posters ? '&posters=1' : ''}`)).rooms,
  /** @param {string} room @returns {Promise<RoomNow>} */
  one: (room) => call('GET', `/rooms/${step(room)}`),
  /** The signed-in host's own room, null when he has none yet. @returns {Promise<RoomNow | null>} */
  mine: () => orNull(call('GET', '/rooms/mine')),
  /** @param {string} title @returns {Promise<RoomNow>} */
  create: (title) => call('POST', '/rooms', { title }),
  /** @param {string} room @param {string} title @returns {Promise<RoomNow>} */
  retitle: (room, title) => call('PATCH', `/rooms/${step(room)}`, { title }),
  /** The host's own that are over, the newest first. @param {string} room @param {string | number | null} before @param {number} [most] @returns {Promise<{broadcasts: Past[], next_before: string | null}>} */
  past: (room, before, most = 20) => call('GET', `/rooms/${step(room)}/broadcasts?limit=${most}${cursor(before)}`),
  /** @param {string} room */
  endBroadcast: (room) => call('POST', `/rooms/${step(room)}/end`),
};
