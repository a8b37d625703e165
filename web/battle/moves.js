// @ts-check
/** PURE. What a host may do in a battle now, and what is to be seen of each of its people. */
import { facing } from './standing.js';

/** @typedef {import('../client/feed/messages.js').Battle} Battle */
/** @typedef {import('../client/feed/messages.js').Member} Member */

/**
 * What the buttons of a host's page offer. `wishes` and `hosts`: how many want a rematch, of how many.
 * @param {Battle} battle @param {string} room
 */
export function movesOf(battle, room) {
  const { own, myself } = facing(battle, room);
  const { phase } = battle;
  const over = phase === 'victory' || phase === 'draw';
  const winner = battle.result?.winner ?? null;
  const everybody = battle.sides.flatMap((side) => side.members);
  const here = myself !== null;
  return {
    ready: here && phase === 'preparing',
    saidReady: myself?.ready === true,
    surrender: phase === 'fighting' && myself?.fallen === null,
    fallen: phase === 'fighting' ? (myself?.fallen ?? null) : null,
    end: over && here && (winner === null || winner === own?.side),
    rematch: over && here,
    wished: myself?.rematch === true,
    wishes: everybody.filter((member) => member.rematch).length,
    hosts: everybody.length,
    mute: here && (phase === 'preparing' || phase === 'fighting' || over),
  };
}

/**
 * @typedef {{kind: 'fallen', reason: string} | {kind: 'away', seconds: number} | {kind: 'muted'} | {kind: 'ready'}} Mark
 */

/**
 * What a room is shown of somebody on the stage. `muted` is about this room: it does not hear him.
 * @param {Battle} battle @param {Member} member @param {string} room @param {number} now
 * @returns {Mark[]}
 */
export function marksOf(battle, member, room, now) {
  /** @type {Mark[]} */
  const marks = [];
  if (member.fallen !== null && battle.phase !== 'victory' && battle.phase !== 'draw') marks.push({ kind: 'fallen', reason: member.fallen });
  else if (member.away_since_ms !== null) marks.push({ kind: 'away', seconds: Math.max(0, Math.floor((now - member.away_since_ms) / 1000)) });
  if (facing(battle, room).myself?.muted.includes(member.host.user)) marks.push({ kind: 'muted' });
  if (battle.phase === 'preparing' && member.ready) marks.push({ kind: 'ready' });
  return marks;
}

/** Who has been asked and has not answered yet. @param {Battle} battle @returns {Member[]} */
export function unanswered(battle) {
  return battle.sides.flatMap((side) => side.members).filter((member) => !member.accepted);
}
