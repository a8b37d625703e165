// @ts-check
/** The order of a room's chat: its rules, who keeps it, who may not speak. */
import { call, step } from './call.js';

/** @typedef {import('../client/feed/messages.js').Person} Person */
/** @typedef {{slow_s: number, followers_only: boolean, links: boolean}} ChatRules `slow_s`: seconds between two messages of a viewer */
/** @typedef {ChatRules & {moderators: Person[]}} ChatOrder */
/** @typedef {Person & {until_ms: number, by: string, at_ms: number}} Mute */

/** @param {string} room @param {string} part @param {string} id */
const at = (room, part, id) => `/rooms/${step(room)}/${part}/${step(id)}`;

export const chat = {
  /** @param {string} room @returns {Promise<ChatOrder>} */
  order: (room) => call('GET', `/rooms/${step(room)}/chat`),
  /** @param {string} room @param {ChatRules} rules @returns {Promise<ChatOrder>} */
  rule: (room, { slow_s, followers_only, links }) => call('PUT', `/rooms/${step(room)}/chat`, { slow_s, followers_only, links }),
  /** @param {string} room @param {string} message */
  remove: (room, message) => call('DELETE', at(room, 'chat', message)),
  /** Whether somebody keeps the room for its host. @param {string} room @param {string} user @param {boolean} wanted */
  name: (room, user, wanted) => call(wanted ? 'PUT' : 'DELETE', at(room, 'moderators', user)),
  /** The newest last. @param {string} room @returns {Promise<Mute[]>} */
  mutes: async (room) => (await call('GET', `/rooms/${step(room)}/mutes`)).mutes,
  /** @param {string} room @param {string} user @param {number} seconds @returns {Promise<{user: string, until_ms: number}>} */
  mute: (room, user, seconds) => call('PUT', at(room, 'mutes', user), { for_s: seconds }),
  /** @param {string} room @param {string} user */
  unmute: (room, user) => call('DELETE', at(room, 'mutes', user)),
};
