// @ts-check
/** PURE. What a battle looks like at a moment: who leads, what the bar and the countdown show. */
import { secondsLeft } from '../clock.js';

/** @typedef {import('../feed/messages.js').Battle} Battle */
/** @typedef {import('../feed/messages.js').Side} Side */
/** @typedef {import('../feed/messages.js').SideName} SideName */

/** Neither side's colour ever leaves the bar. */
const LEAST_SHARE = 0.18;

/** @param {Battle} battle @param {SideName} name @returns {Side} */
export function sideOf(battle, name) {
  const found = battle.sides.find((side) => side.side === name);
  if (found === undefined) throw new Error(`the battle has no ${name} side`);
  return found;
}

/** Red's part of the bar, 0..1. @param {number} red @param {number} blue */
export function redShare(red, blue) {
  const share = red + blue === 0 ? 0.5 : red / (red + blue);
  return Math.min(1 - LEAST_SHARE, Math.max(LEAST_SHARE, share));
}

/** The moment that the countdown runs to. @param {Battle} battle */
export function deadlineOf(battle) {
  if (battle.phase === 'fighting') return battle.ends_at_ms;
  if (battle.phase === 'preparing') return battle.starts_at_ms ?? battle.phase_ends_at_ms;
  return battle.phase_ends_at_ms;
}

/**
 * @param {Battle} battle
 * @param {number} now
 */
export function standing(battle, now) {
  const red = sideOf(battle, 'red');
  const blue = sideOf(battle, 'blue');
  const rush = battle.phase === 'fighting' && battle.rush_from_ms !== null && now >= battle.rush_from_ms;
  return {
    red,
    blue,
    rush,
    share: redShare(red.score, blue.score),
    seconds: secondsLeft(deadlineOf(battle), now),
    leader: red.score === blue.score ? null : red.score > blue.score ? 'red' : 'blue',
  };
}

/** The side that a room is on, its host there, and the (first) side against it. @param {Battle} battle @param {string} room */
export function facing(battle, room) {
  const own = battle.sides.find((side) => side.members.some((member) => member.room === room)) ?? null;
  const opponent = battle.sides.find((side) => side !== own) ?? null;
  const myself = own?.members.find((member) => member.room === room) ?? null;
  return { own, opponent, myself };
}

/** What the end was for a side: won, lost, draw. @param {Battle} battle @param {SideName} name */
export function outcomeFor(battle, name) {
  const winner = battle.result?.winner ?? null;
  if (winner === null) return 'draw';
  return winner === name ? 'won' : 'lost';
}
