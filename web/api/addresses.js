// @ts-check
/** Where a room's feed and its cameras are. */
import { ROOT, bearerToken, step } from './call.js';

/** @param {string} room */
export function feedAddress(room) {
  const address = new URL(`${ROOT}/rooms/${step(room)}/feed`, location.href);
  address.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
  address.searchParams.set('v', '1');
  const token = bearerToken();
  if (token !== null) address.searchParams.set('token', token);
  return address.href;
}

export const whip = (/** @type {string} */ room) => `/whip/${step(room)}`;
export const whep = (/** @type {string} */ room) => `/whep/${step(room)}`;
export const whipGuest = (/** @type {string} */ room) => `/whip/${step(room)}/guest`;
export const whepGuest = (/** @type {string} */ room, /** @type {string} */ user) => `/whep/${step(room)}/guest/${step(user)}`;
export const whepCamera = (/** @type {string} */ room) => `/whep/${step(room)}/camera`;
