// @ts-check
/** PURE. A battle that is over, as one of its hosts looks back on it. */
import { sideName } from './standing.js';

/** @typedef {import('../api/battles.js').PastBattle} PastBattle */

/**
 * @param {PastBattle} past
 * @param {string} user whose history it is
 */
export function lookedBack({ battle, outcome, rating_before: before, rating_after: after }, user) {
  const own = battle.sides.find((side) => side.members.some((member) => member.host.user === user)) ?? null;
  const against = battle.sides.filter((side) => side !== own);
  const scoreOf = (/** @type {import('../client/feed/messages.js').Side} */ side) => battle.result?.scores[side.side] ?? side.score;
  return {
    outcome,
    mates: (own?.members ?? []).filter((member) => member.host.user !== user).map((member) => member.host.name),
    opponents: against.map(sideName),
    scores: [...(own === null ? [] : [own]), ...against].map(scoreOf),
    reason: battle.result?.reason ?? null,
    rating: Math.round(after),
    gained: Math.round(after) - Math.round(before),
    at_ms: battle.ends_at_ms ?? battle.starts_at_ms,
  };
}

/** The next page put behind what is known; a battle that comes twice is there once. @param {PastBattle[]} known @param {PastBattle[]} more */
export function further(known, more) {
  const there = new Set(known.map((past) => past.battle.battle));
  return [...known, ...more.filter((past) => !there.has(past.battle.battle))];
}
