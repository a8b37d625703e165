// @ts-check
/** Who one is: sign-up, sign-in and its end, forgotten passwords, stream key. */
import { call, callOnce } from './call.js';

/** @typedef {{user: string, name: string, roles: string[]}} Account */
/** @typedef {{token: string, expires_at_ms: number, account: Account}} Session */

export const accounts = {
  /** @param {string} name @param {string} password @returns {Promise<Session>} */
  signUp: (name, password) => call('POST', '/accounts', { name, password }),
  /** @param {string} name @param {string} password @returns {Promise<Session>} */
  logIn: (name, password) => call('POST', '/sessions', { name, password }),
  /** @returns {Promise<Session>} */
  refresh: () => callOnce('POST', '/sessions/refresh'),
  /** End the sign-in that the held token belongs to. */
  logOut: () => callOnce('DELETE', '/me/sessions/current'),
  /** Have a letter sent to the account's address, if there is one. @param {string} account a name or an e-mail address */
  askForReset: (account) => call('POST', '/password-resets', { account }),
  /** @param {string} token of a letter @param {string} password */
  resetPassword: (token, password) => call('PUT', '/password', { token, password }),
  /** @param {string} token of a letter */
  confirmEmail: (token) => call('POST', '/email-confirmations', { token }),
  /** The first few whose names begin so. @param {string} name @returns {Promise<import('../client/feed/messages.js').Person[]>} */
  search: async (name) => (await call('GET', `/users?name=${encodeURIComponent(name)}`)).users,
  /** When the key was made, null when there is none. @returns {Promise<{made_at_ms: number | null}>} */
  streamKey: () => call('GET', '/stream-key'),
  /** @returns {Promise<{key: string}>} */
  newStreamKey: () => call('POST', '/stream-key'),
};
