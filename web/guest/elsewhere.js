// @ts-check
/** The guests of the other rooms of a battle: each room is told of its own, so these are asked for. */
import { guests } from '../api/guests.js';
import { others } from '../battle/standing.js';
import { useEffect, useState } from '../html.js';

/** @typedef {import('../client/feed/messages.js').Guest} Guest */

const EVERY_MS = 4_000;

/**
 * By room; asked for while `wanted`, and kept as long as the battle has these rooms.
 * @param {import('../client/feed/messages.js').Battle | null} battle @param {string} room our own @param {boolean} wanted
 */
export function useElsewhere(battle, room, wanted) {
  const [found, setFound] = useState(/** @type {Record<string, Guest[]>} */ ({}));
  const rooms = battle === null ? '' : others(battle, room).map(({ member }) => member.room).join(' ');
  useEffect(() => setFound({}), [rooms]);
  useEffect(() => {
    if (rooms === '' || !wanted) return undefined;
    let gone = false;
    const ask = () => {
      for (const other of rooms.split(' ')) {
        guests.list(other).then(
          (list) => gone || setFound((now) => (same(now[other], list) ? now : { ...now, [other]: list })),
          (error) => console.debug('the guests of another room are not known', error),
        );
      }
    };
    ask();
    const timer = setInterval(ask, EVERY_MS);
    return () => {
      gone = true;
      clearInterval(timer);
    };
  }, [rooms, wanted]);
  return found;
}

/** @param {Guest[] | undefined} one @param {Guest[]} other */
const same = (one, other) => JSON.stringify(one ?? []) === JSON.stringify(other);
