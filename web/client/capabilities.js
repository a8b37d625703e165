// @ts-check
/** PURE. What a server says that it can do, and whether this module understands it. */

/** @typedef {{protocol: {oldest: number, newest: number}, sources: string[], publish: string[]}} Capabilities */

/** The version of the room feed that this module speaks. */
export const PROTOCOL = 1;

/** Whether the server still speaks our version. @param {Capabilities} can */
export function suits(can) {
  return can.protocol.oldest <= PROTOCOL && PROTOCOL <= can.protocol.newest;
}

/** Where the feed of a room is. @param {string} origin of the server @param {string} room @param {string | null} token */
export function feedUrl(origin, room, token) {
  const address = new URL(`/api/v1/rooms/${encodeURIComponent(room)}/feed`, origin);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  address.searchParams.set('v', String(PROTOCOL));
  if (token !== null) address.searchParams.set('token', token);
  return address.href;
}
