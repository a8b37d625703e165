// @ts-check
/** Who is live now, asked for again and again while the page is looked at. */
import { rooms } from '../api/rooms.js';
import { useEffect, useMemo, useState } from '../html.js';
import { Asking } from './asking.js';

/** @typedef {import('../api/rooms.js').LiveRoom} LiveRoom */

const EVERY_MS = 3000;

/**
 * `rooms` is null until they are known, `error` why they are not known any better; `again` asks at once.
 * With `posters` the pictures of the rooms are made as long as this page is looked at.
 */
export function useLiveRooms(posters = false) {
  const [found, setFound] = useState(/** @type {{rooms: LiveRoom[] | null, error: unknown}} */ ({ rooms: null, error: null }));
  const asking = useMemo(
    () =>
      new Asking({
        ask: () => rooms.live(posters),
        everyMs: EVERY_MS,
        onAnswer: (live) => setFound({ rooms: live, error: null }),
        onError: (error) => setFound((before) => ({ rooms: before.rooms, error })),
      }),
    [posters],
  );
  useEffect(() => {
    const look = () => (document.hidden ? asking.rest() : asking.go());
    look();
    document.addEventListener('visibilitychange', look);
    return () => {
      asking.rest();
      document.removeEventListener('visibilitychange', look);
    };
  }, [asking]);
  return { ...found, again: () => asking.go() };
}
