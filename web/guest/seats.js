// @ts-check
/** PURE. Whom everybody on a stage sees and hears. */
import { others } from '../battle/standing.js';

/** @typedef {import('../client/feed/messages.js').Battle} Battle */
/** @typedef {import('../client/feed/messages.js').Guest} Guest */
/** @typedef {import('../client/feed/messages.js').Person} Person */

/** Of whom a page has one tile each. @param {Peer} peer */
export const keyOf = ({ user, screen }) => (screen ? `screen:${user}` : user);

/** @param {readonly Guest[]} guests */
export const onStage = (guests) => guests.filter((each) => each.state === 'on-stage');

/**
 * @typedef {object} Peer somebody on the same stage whom one sees and hears by his own camera
 * @property {string} user
 * @property {string} name
 * @property {string} room whose camera or whose guest he is
 * @property {boolean} host
 * @property {boolean} picture
 * @property {boolean} muted
 * @property {boolean} screen what his host shows beside his camera
 */

/**
 * Everybody whom a guest meets: his host and what he shows, the other guests, and in a battle the people of the other rooms; never himself.
 * @param {object} known
 * @param {string} known.me
 * @param {string} known.room
 * @param {Person | null} known.host
 * @param {readonly Guest[]} known.guests
 * @param {boolean} known.screen whether the room's host shows his screen
 * @param {Battle | null} known.battle
 * @param {Record<string, readonly Guest[]>} known.elsewhere guests of the battle's other rooms
 * @returns {Peer[]}
 */
export function peersOf({ me, room, host, guests, screen, battle, elsewhere }) {
  const against = battle === null ? [] : others(battle, room).map(({ member }) => ({ room: member.room, host: member.host }));
  const hosts = [...(host === null ? [] : [{ room, host }]), ...against];
  return hosts.flatMap((each) => [
    { ...each.host, room: each.room, host: true, picture: true, muted: false, screen: false },
    ...(screen && each.room === room ? [{ ...each.host, room, host: false, picture: true, muted: false, screen: true }] : []),
    ...onStage(each.room === room ? guests : (elsewhere[each.room] ?? [])).map(({ user, name, picture, muted }) => ({ user, name, room: each.room, host: false, picture, muted, screen: false })),
  ]).filter((peer) => peer.user !== me);
}
