// @ts-check
/** What this page has done with its media sessions, for tests and for the curious: `window.ringside.stats`. */

/**
 * @typedef {object} Stats
 * @property {number} joins watch sessions that got an answer
 * @property {number} reconnects of these, how many replaced one that was lost
 * @property {number} negotiations answers applied, to any session
 * @property {number | null} firstPictureMs from the wish to watch to the first picture, of the latest join
 * @property {number} restarts how often ICE was restarted within a session
 * @property {number} publishes
 * @property {number} feeds how often the feed was opened
 * @property {number} freezes
 * @property {number} frozenMs
 */

/** @type {Stats} */
export const stats = {
  joins: 0,
  reconnects: 0,
  negotiations: 0,
  firstPictureMs: null,
  restarts: 0,
  publishes: 0,
  feeds: 0,
  freezes: 0,
  frozenMs: 0,
};

Object.assign(window, { ringside: { stats } });
