// @ts-check
/** Who is live now, asked for again and again while the page is looked at. */
import { rooms } from '../api/rooms.js';
import { useCallback, useEffect, useState } from '../html.js';

/** @typedef {import('../api/rooms.js').LiveRoom} LiveRoom */

const EVERY_MS = 3000;

/**
 * `rooms` is null until they are known, `error` why they are not known any better; `again` asks at once.
 * With `posters` the pictures of the rooms are made as long as this page is looked at.
 */
export function useLiveRooms(posters = false) {
  const [found, setFound] = useState(/** @type {{rooms: LiveRoom[] | null, error: unknown}} */ ({ rooms: null, error: null }));
  const ask = useCallback(() => {
    if (document.hidden) return;
    rooms.live(posters).then(
      (live) => setFound({ rooms: live, error: null }),
      (error) => setFound((before) => ({ rooms: before.rooms, error })),
    );
  }, [posters]);
  useEffect(() => {
    ask();
    const timer = setInterval(ask, EVERY_MS);
    document.addEventListener('visibilitychange', ask);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', ask);
    };
  }, [ask]);
  return { ...found, again: ask };
}
