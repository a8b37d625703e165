// @ts-check
/** Where a room's feed and its cameras are. */
import { feedUrl } from '../client/capabilities.js';
import { bearerToken, step } from './call.js';

export const feedAddress = (/** @type {string} */ room, /** @type {string | null} */ since) => feedUrl(location.origin, room, bearerToken(), since);
export const whip = (/** @type {string} */ room) => `/whip/${step(room)}`;
export const whep = (/** @type {string} */ room) => `/whep/${step(room)}`;
export const whipCheck = (/** @type {string} */ room) => `/whip/${step(room)}/check`;
export const whipGuest = (/** @type {string} */ room) => `/whip/${step(room)}/guest`;
export const whepGuest = (/** @type {string} */ room, /** @type {string} */ user) => `/whep/${step(room)}/guest/${step(user)}`;
export const whepCamera = (/** @type {string} */ room) => `/whep/${step(room)}/camera`;
