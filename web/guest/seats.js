// @ts-check
/** PURE. Who is beside a host, who wants to be, and whom everybody on a stage sees and hears. */
import { others } from '../battle/standing.js';

/** @typedef {import('../feed/messages.js').Battle} Battle */
/** @typedef {import('../feed/messages.js').Guest} Guest */
/** @typedef {import('../feed/messages.js').Person} Person */

/** @param {readonly Guest[]} guests @param {Guest} guest @returns {Guest[]} */
export function withGuest(guests, guest) {
  const there = guests.some((each) => each.user === guest.user);
  return there ? guests.map((each) => (each.user === guest.user ? guest : each)) : [...guests, guest];
}

/** @param {readonly Guest[]} guests @param {string} user */
export const withoutGuest = (guests, user) => guests.filter((each) => each.user !== user);

/** Those on stage as the room is told, and of the others we know whoever is not among them. @param {readonly Guest[]} known @param {readonly Guest[]} staged @returns {Guest[]} */
export function staged(known, staged) {
  const waiting = known.filter((each) => each.state !== 'on-stage' && !staged.some((other) => other.user === each.user));
  return [...staged, ...waiting];
}

/**
 * What the host's answer makes of what an applicant knows: of applications he knows only his own.
 * @param {readonly Guest[]} known @param {string} answer approved, declined or removed
 * @returns {Guest[]}
 */
export function answered(known, answer) {
  if (answer === 'approved') return known.map((each) => (each.state === 'applied' ? { ...each, state: 'approved' } : each));
  return known.filter((each) => each.state === 'on-stage');
}

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
 */

/**
 * Everybody whom a guest meets: his host, the other guests, and in a battle the people of the other rooms; never himself.
 * @param {object} known
 * @param {string} known.me
 * @param {string} known.room
 * @param {Person | null} known.host
 * @param {readonly Guest[]} known.guests
 * @param {Battle | null} known.battle
 * @param {Record<string, readonly Guest[]>} known.elsewhere guests of the battle's other rooms
 * @returns {Peer[]}
 */
export function peersOf({ me, room, host, guests, battle, elsewhere }) {
  const against = battle === null ? [] : others(battle, room).map(({ member }) => ({ room: member.room, host: member.host }));
  const hosts = [...(host === null ? [] : [{ room, host }]), ...against];
  return hosts.flatMap((each) => [
    { ...each.host, room: each.room, host: true, picture: true, muted: false },
    ...onStage(each.room === room ? guests : (elsewhere[each.room] ?? [])).map(({ user, name, picture, muted }) => ({ user, name, room: each.room, host: false, picture, muted })),
  ]).filter((peer) => peer.user !== me);
}
