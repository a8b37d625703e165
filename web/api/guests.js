// @ts-check
/** Seats beside the host: for his guests, and for his own screen. */
import { call, step } from './call.js';

/** @typedef {import('../client/feed/messages.js').Guest} Guest */

export const guests = {
  /** @param {string} room @returns {Promise<Guest[]>} */
  list: async (room) => (await call('GET', `/rooms/${step(room)}/guests`)).guests,
  /** Ask for a seat beside the host. @param {string} room @param {boolean} picture @returns {Promise<Guest>} */
  apply: (room, picture) => call('POST', `/rooms/${step(room)}/guests`, { picture }),
  /** @param {string} room @param {string} user @param {'approve' | 'decline'} verb */
  answer: (room, user, verb) => call('POST', `/rooms/${step(room)}/guests/${step(user)}/${verb}`),
  /** @param {string} room @param {string} user @param {boolean} muted */
  mute: (room, user, muted) => call('POST', `/rooms/${step(room)}/guests/${step(user)}/${muted ? 'mute' : 'unmute'}`),
  /** Sent away by the host, or gone by himself. @param {string} room @param {string} user */
  remove: (room, user) => call('DELETE', `/rooms/${step(room)}/guests/${step(user)}`),
  /** The host may publish his screen from now on. @param {string} room */
  shareScreen: (room) => call('PUT', `/rooms/${step(room)}/screen`),
  /** By the host or a moderator. @param {string} room */
  endScreen: (room) => call('DELETE', `/rooms/${step(room)}/screen`),
};
