// @ts-check
/** PURE. What a battle looks like at a moment: who leads, what the bar and the countdown show. */
import { secondsLeft } from '../client/clock.js';

/** @typedef {import('../client/feed/messages.js').Battle} Battle */
/** @typedef {import('../client/feed/messages.js').Member} Member */
/** @typedef {import('../client/feed/messages.js').Side} Side */
/** @typedef {import('../client/feed/messages.js').SideName} SideName */

/** No side's colour ever leaves the bar: what is left to the weakest of two, three, four. */
const LEAST_SHARE = [0, 1, 0.18, 0.15, 0.12];

/** @param {Battle} battle @param {SideName} name @returns {Side} */
export function sideOf(battle, name) {
  const found = battle.sides.find((side) => side.side === name);
  if (found === undefined) throw new Error(`the battle has no ${name} side`);
  return found;
}

/** Each side's part of the bar, in their order; together 1. @param {number[]} scores @returns {number[]} */
export function shares(scores) {
  const least = LEAST_SHARE[scores.length] ?? 0;
  const total = scores.reduce((sum, score) => sum + score, 0);
  let parts = scores.map((score) => (total === 0 ? 1 / scores.length : score / total));
  for (let weak = parts.filter((part) => part < least).length; weak > 0; ) {
    const strong = parts.reduce((sum, part) => sum + (part > least ? part : 0), 0);
    const held = parts.filter((part) => part <= least).length;
    parts = parts.map((part) => (part <= least ? least : (part * (1 - held * least)) / strong));
    weak = parts.filter((part) => part < least).length;
  }
  return parts;
}

/** The moment that the countdown runs to. @param {Battle} battle */
export function deadlineOf(battle) {
  if (battle.phase === 'fighting') return battle.ends_at_ms;
  if (battle.phase === 'preparing') return battle.starts_at_ms ?? battle.phase_ends_at_ms;
  return battle.phase_ends_at_ms;
}

/** The side that has more than any other; null while the best are equal. @param {Battle} battle */
export function leaderOf(battle) {
  const best = Math.max(...battle.sides.map((side) => side.score));
  const ahead = battle.sides.filter((side) => side.score === best);
  return ahead.length === 1 ? ahead[0].side : null;
}

/**
 * @param {Battle} battle
 * @param {number} now
 */
export function standing(battle, now) {
  return {
    rush: battle.phase === 'fighting' && battle.rush_from_ms !== null && now >= battle.rush_from_ms,
    shares: shares(battle.sides.map((side) => side.score)),
    seconds: secondsLeft(deadlineOf(battle), now),
    leader: leaderOf(battle),
  };
}

/** The side that a room is on, and its host there. @param {Battle} battle @param {string} room */
export function facing(battle, room) {
  const own = battle.sides.find((side) => side.members.some((member) => member.room === room)) ?? null;
  const myself = own?.members.find((member) => member.room === room) ?? null;
  return { own, myself };
}

/**
 * Everybody else on the stage, from left to right. @param {Battle} battle @param {string} room
 * @returns {{side: Side, member: Member, mate: boolean}[]} `mate`: on the side of that room
 */
export function others(battle, room) {
  const { own } = facing(battle, room);
  return battle.sides.flatMap((side) => side.members.filter((member) => member.room !== room).map((member) => ({ side, member, mate: side === own })));
}

/** What the end was for a side: won, lost, draw. @param {Battle} battle @param {SideName} name */
export function outcomeFor(battle, name) {
  const winner = battle.result?.winner ?? null;
  if (winner === null) return 'draw';
  return winner === name ? 'won' : 'lost';
}

/** Whether a side has lost before the end: all of its members have. @param {Side} side */
export function hasFallen(side) {
  return side.members.length > 0 && side.members.every((member) => member.fallen !== null);
}

/** A side in a word: the names of its members. @param {Side} side */
export function sideName(side) {
  return side.members.length === 0 ? side.host.name : side.members.map((member) => member.host.name).join(' + ');
}
