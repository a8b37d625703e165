// @ts-check
/** The reader's own place on a room's stage. */
import { me } from '../account.js';

/** @typedef {import('../client/feed/messages.js').Guest} Guest */

/** Our own seat or application in this room. @param {import('../room_session.js').RoomSession} session @returns {Guest | null} */
export function ownSeat(session) {
  return session.state.value.guests.find((each) => each.user === me.value?.user) ?? null;
}
