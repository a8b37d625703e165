// @ts-check
/** Who one is: sign-up, sign-in, stream key. */
import { call } from './call.js';

/** @typedef {{user: string, name: string, roles: string[]}} Account */
/** @typedef {{token: string, expires_at_ms: number, account: Account}} Session */

export const accounts = {
  /** @param {string} name @param {string} password @returns {Promise<Session>} */
  signUp: (name, password) => call('POST', '/accounts', { name, password }),
  /** @param {string} name @param {string} password @returns {Promise<Session>} */
  logIn: (name, password) => call('POST', '/sessions', { name, password }),
  /** @returns {Promise<Session>} */
  refresh: () => call('POST', '/sessions/refresh'),
  /** @returns {Promise<{key: string}>} */
  newStreamKey: () => call('POST', '/stream-key'),
};
