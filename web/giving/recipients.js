// @ts-check
/** PURE. Whom a gift can go to: everybody on the stage but ourselves, the room's host first. */
import { facing, others } from '../battle/standing.js';
import { onStage } from '../guest/seats.js';

/** @typedef {import('../client/feed/messages.js').Battle} Battle */
/** @typedef {import('../client/feed/messages.js').Guest} Guest */
/** @typedef {import('../client/feed/messages.js').Person} Person */
/** @typedef {import('../client/feed/messages.js').SideName} SideName */
/** @typedef {Person & {side?: SideName, guest?: boolean}} Recipient */

/** @param {readonly Guest[]} guests @param {{side?: SideName}} standing @returns {Recipient[]} */
const seated = (guests, standing) => onStage(guests).map(({ user, name }) => ({ user, name, ...standing, guest: true }));

/**
 * @param {object} known
 * @param {string} known.me '' when nobody is signed in
 * @param {string} known.room
 * @param {Person | null} known.host
 * @param {readonly Guest[]} known.guests the room's own
 * @param {Battle | null} known.battle
 * @param {Record<string, readonly Guest[]>} known.elsewhere guests of the battle's other rooms
 * @returns {Recipient[]}
 */
export function recipients({ me, room, host, guests, battle, elsewhere }) {
  const { own, myself } = battle === null ? { own: null, myself: null } : facing(battle, room);
  const standing = own === null ? {} : { side: own.side };
  const first = myself?.host ?? (battle === null ? host : null);
  const here = first === null ? [] : [{ ...first, ...standing }, ...seated(guests, standing)];
  const there = battle === null ? [] : others(battle, room).flatMap(({ side, member }) => [{ ...member.host, side: side.side }, ...seated(elsewhere[member.room] ?? [], { side: side.side })]);
  return [...here, ...there].filter((person) => person.user !== me);
}
