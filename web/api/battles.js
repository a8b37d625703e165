// @ts-check
/** Battles, the search for an opponent, and what hosts have won. */
import { call, cursor, step } from './call.js';

/** @typedef {import('../client/feed/messages.js').Battle} Battle */
/** @typedef {{user: string, rating: number, battles: number, wins: number, draws: number, losses: number, streak: number, best_streak: number}} Standing */
/** @typedef {{battle: Battle, outcome: 'won' | 'drawn' | 'lost', rating_before: number, rating_after: number}} PastBattle */
/** @typedef {import('../client/feed/messages.js').Match} Match */
/** @typedef {{invitations: 'everyone' | 'followed' | 'nobody', auto_accept: 'nobody' | 'followed' | 'everyone'}} HostSettings */

export const battles = {
  /** @param {string} room our own @param {string} opponent the room whose host is invited @param {number | null} [seconds] @returns {Promise<Battle>} */
  invite: (room, opponent, seconds = null) => call('POST', `/rooms/${step(room)}/battles`, { opponent_room: opponent, duration_s: seconds }),
  /** @param {string} room our own @param {string[][]} sides the rooms of each, our own the first of all @param {number | null} [seconds] @returns {Promise<Battle>} */
  gather: (room, sides, seconds = null) => call('POST', `/rooms/${step(room)}/battles`, { sides, duration_s: seconds }),
  /** Whom our room and we ourselves do not hear. @param {string} battle @param {string} user a host of another side @param {boolean} muted @returns {Promise<Battle>} */
  mute: (battle, user, muted) => call('POST', `/battles/${step(battle)}/${muted ? 'mute' : 'unmute'}`, { user }),
  /** Who gave most, at most three a side. @param {string} battle @returns {Promise<import('../client/feed/messages.js').Contributor[]>} */
  contributors: async (battle) => (await call('GET', `/battles/${step(battle)}/contributors`)).contributors,
  /** @param {string} battle @param {'accept' | 'decline' | 'cancel' | 'ready' | 'surrender' | 'end' | 'rematch'} verb @returns {Promise<Battle>} */
  command: (battle, verb) => call('POST', `/battles/${step(battle)}/${verb}`),
};

export const matches = {
  /** Ask for any opponent. @param {string} room @param {number | null} [seconds] @returns {Promise<Match>} */
  find: (room, seconds = null) => call('POST', `/rooms/${step(room)}/match`, { duration_s: seconds }),
  /** @param {string} room @returns {Promise<Match | null>} */
  now: (room) => call('GET', `/rooms/${step(room)}/match`),
  /** @param {string} room */
  leave: (room) => call('DELETE', `/rooms/${step(room)}/match`),
};

export const hosts = {
  /** @param {string} user @returns {Promise<Standing>} */
  standing: (user) => call('GET', `/hosts/${step(user)}/standing`),
  /** The newest first. @param {string} user @param {string | number | null} before the `next` of the page before @returns {Promise<{battles: PastBattle[], next: string | number | null}>} */
  battles: (user, before) => call('GET', `/hosts/${step(user)}/battles?limit=20${cursor(before)}`),
  /** @returns {Promise<HostSettings>} */
  settings: () => call('GET', '/me/battle-settings'),
  /** @param {HostSettings} settings @returns {Promise<HostSettings>} */
  change: (settings) => call('PUT', '/me/battle-settings', settings),
};
