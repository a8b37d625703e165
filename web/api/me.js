// @ts-check
/** What only the signed-in person sees: his profile, where he is signed in, whom he blocks and follows. */
import { call, cursor, step } from './call.js';

/** @typedef {import('../client/feed/messages.js').Person} Person */
/** @typedef {Person & {since_ms: number}} Related */
/** @typedef {{user: string, name: string, about: string, email: string | null}} Profile */
/** @typedef {{session: string, made_at_ms: number, seen_at_ms: number, agent: string, address: string, current: boolean}} SignIn */

export const profile = {
  /** @returns {Promise<Profile>} */
  get: () => call('GET', '/me'),
  /** What is left out stays. @param {{name?: string, about?: string}} wanted @returns {Promise<Profile>} */
  change: (wanted) => call('PATCH', '/me', wanted),
  /** Have a letter sent to the address; it counts when its link was followed. @param {string} email @param {string} password */
  wantEmail: (email, password) => call('PUT', '/me/email', { email, password }),
};

export const signIns = {
  /** @returns {Promise<{sessions: SignIn[]}>} */
  list: () => call('GET', '/me/sessions'),
  /** @param {string} session */
  end: (session) => call('DELETE', `/me/sessions/${step(session)}`),
  /** All but the one that asks. */
  endOthers: () => call('DELETE', '/me/sessions'),
};

export const relations = {
  /** @param {'blocks' | 'follows'} kind @param {string | number | null} before @returns {Promise<{people: Related[], next?: string | number | null}>} */
  list: (kind, before) => call('GET', `/me/${kind}?limit=200${cursor(before)}`),
  /** @param {'blocks' | 'follows'} kind @param {string} user @param {boolean} wanted */
  set: (kind, user, wanted) => call(wanted ? 'PUT' : 'DELETE', `/me/${kind}/${step(user)}`),
};
