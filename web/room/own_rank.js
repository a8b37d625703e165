// @ts-check
/** What the reader himself is in a room. */
import { me } from '../account.js';
import { rankOf } from './keepers.js';

/** @param {import('../room_session.js').RoomSession} session */
export function ownRank(session) {
  const reader = me.value;
  const house = { host: session.state.value.room?.host.user, moderators: session.talk.value.order.moderators };
  return reader === null ? 'viewer' : rankOf(reader.user, house, reader.roles);
}
