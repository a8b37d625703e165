// @ts-check
/** What only the signed-in person sees: whom he blocks and follows. */
import { call, cursor, step } from './call.js';

/** @typedef {import('../client/feed/messages.js').Person} Person */
/** @typedef {Person & {since_ms: number}} Related */

export const relations = {
  /** @param {'blocks' | 'follows'} kind @param {string | number | null} before @returns {Promise<{people: Related[], next?: string | number | null}>} */
  list: (kind, before) => call('GET', `/me/${kind}?limit=200${cursor(before)}`),
  /** @param {'blocks' | 'follows'} kind @param {string} user @param {boolean} wanted */
  set: (kind, user, wanted) => call(wanted ? 'PUT' : 'DELETE', `/me/${kind}/${step(user)}`),
};
