// @ts-check
/** PURE. What a server says that it can do, and whether this module understands it. */

/** @typedef {{protocol: {oldest: number, newest: number}, sources: string[], publish: string[]}} Capabilities */

/** The newest version of the room feed that this module speaks, and the oldest. */
export const PROTOCOL = 2;
export const OLDEST_PROTOCOL = 1;

/** Whether there is a version that both speak. @param {Capabilities} can */
export function suits(can) {
  return can.protocol.oldest <= PROTOCOL && OLDEST_PROTOCOL <= can.protocol.newest;
}

/**
 * Where the feed of a room is.
 * @param {string} origin of the server
 * @param {string} room
 * @param {string | null} token
 * @param {string | null} [since] up to where it was heard before
 */
export function feedUrl(origin, room, token, since = null) {
  const address = new URL(`/api/v1/rooms/${encodeURIComponent(room)}/feed`, origin);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  address.searchParams.set('v', String(PROTOCOL));
  if (token !== null) address.searchParams.set('token', token);
  if (since !== null) address.searchParams.set('since', since);
  return address.href;
}
