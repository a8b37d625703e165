// @ts-check
/** PURE. Which of the sources of a room's picture is played: WebRTC, and HLS where no packet of it comes through. */

/** @typedef {{kind: string, url: string}} Source as a room lists them */
/** @typedef {'whep' | 'hls'} Kind */

/** So many sessions in a row were answered and never connected: UDP does not come through here. */
export const BLOCKED_AFTER = 2;
/** What was found out about this network is believed for so long. */
export const BELIEVED_MS = 5 * 60_000;

/** How long a session may take to connect; where it has failed already it may be slow and not blocked. @param {number} unconnected sessions in a row that never did */
export function patienceMs(unconnected) {
  return unconnected < BLOCKED_AFTER ? 4_000 : 10_000;
}

/** @param {readonly Source[]} sources @param {Kind} kind */
export const sourceOf = (sources, kind) => sources.find((each) => each.kind === kind) ?? null;

/**
 * @param {object} known
 * @param {readonly Source[]} known.sources what the room offers
 * @param {number} known.unconnected WebRTC sessions in a row that were answered and never connected
 * @param {boolean} known.blockedLately whether that was found out here a moment ago
 * @param {boolean} known.plays whether this browser can play HLS
 * @returns {{play: Kind, trouble: 'udp-blocked' | null}} `trouble`: nothing else is offered, WebRTC is tried on
 */
export function choose({ sources, unconnected, blockedLately, plays }) {
  if (unconnected < BLOCKED_AFTER && !blockedLately) return { play: 'whep', trouble: null };
  if (plays && sourceOf(sources, 'hls') !== null) return { play: 'hls', trouble: null };
  return { play: 'whep', trouble: unconnected < BLOCKED_AFTER ? null : 'udp-blocked' };
}
