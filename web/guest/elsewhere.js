// @ts-check
/** The guests of the other rooms of a battle: each room is told of its own, so these are asked for. */
import { guests } from '../api.js';
import { others } from '../battle/standing.js';
import { useEffect, useState } from '../html.js';

/** @typedef {import('../feed/messages.js').Guest} Guest */

const EVERY_MS = 4_000;

/**
 * By room; asked for while `wanted`, by people who are on that stage themselves.
 * @param {import('../feed/messages.js').Battle | null} battle @param {string} room our own @param {boolean} wanted
 */
export function useElsewhere(battle, room, wanted) {
  const [found, setFound] = useState(/** @type {Record<string, Guest[]>} */ ({}));
  const rooms = battle === null || !wanted ? '' : others(battle, room).map(({ member }) => member.room).join(' ');
  useEffect(() => {
    setFound({});
    if (rooms === '') return undefined;
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
  }, [rooms]);
  return found;
}

/** @param {Guest[] | undefined} one @param {Guest[]} other */
const same = (one, other) => JSON.stringify(one ?? []) === JSON.stringify(other);
