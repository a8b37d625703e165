// @ts-check
/** Hearts that rise when people like; never more than a handful at once. */
import { html, useEffect, useState } from '../html.js';

const MOST = 18;
const FLIGHT_MS = 2200;

/** @param {{session: import('../room_session.js').RoomSession}} properties */
export function Likes({ session }) {
  const [hearts, setHearts] = useState(/** @type {number[]} */ ([]));
  useEffect(() => {
    let counter = 0;
    /** @type {Set<ReturnType<typeof setTimeout>>} */
    const timers = new Set();
    const stop = session.listen((message) => {
      if (message.t !== 'likes.summed') return;
      const born = Array.from({ length: Math.min(6, Math.max(1, Number(message.d.count) || 0)) }, () => (counter += 1));
      setHearts((now) => [...now, ...born].slice(-MOST));
      const timer = setTimeout(() => {
        timers.delete(timer);
        setHearts((now) => now.filter((heart) => !born.includes(heart)));
      }, FLIGHT_MS);
      timers.add(timer);
    });
    return () => {
      stop();
      timers.forEach(clearTimeout);
    };
  }, [session]);
  return html`<div class="likes" aria-hidden="true">
    ${hearts.map((heart) => html`<i key=${heart} class=${`like-heart sway-${heart % 3} tone-${heart % 5}`}></i>`)}
  </div>`;
}
