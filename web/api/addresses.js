// @ts-check
/** Where a room's feed and its cameras are. */
import { feedUrl } from '../client/capabilities.js';
import { ROOT, bearerToken, step } from './call.js';

export const feedAddress = (/** @type {string} */ room, /** @type {string | null} */ since) => feedUrl(location.origin, room, bearerToken(), since);
/** `tag` says which of the pictures, so that none is shown twice. */
export const poster = (/** @type {string} */ room, /** @type {string} */ tag) => `${ROOT}/rooms/${step(room)}/poster?v=${step(tag)}`;

export const whip = (/** @type {string} */ room) => `/whip/${step(room)}`;
export const whep = (/** @type {string} */ room) => `/whep/${step(room)}`;
export const whipCheck = (/** @type {string} */ room) => `/whip/${step(room)}/check`;
export const whipGuest = (/** @type {string} */ room) => `/whip/${step(room)}/guest`;
export const whepGuest = (/** @type {string} */ room, /** @type {string} */ user) => `/whep/${step(room)}/guest/${step(user)}`;
export const whepCamera = (/** @type {string} */ room) => `/whep/${step(room)}/camera`;
