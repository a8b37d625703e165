// @ts-check
/** The server's time as a value that a view can follow, four times a second; all views in one go. */
import { useEffect, useState } from '../html.js';

const EVERY_MS = 250;

/** @type {Set<() => void>} */
const followers = new Set();
/** @type {ReturnType<typeof setInterval> | undefined} */
let timer;

/** @param {() => void} follower @returns {() => void} ends it */
function follow(follower) {
  followers.add(follower);
  timer ??= setInterval(() => followers.forEach((each) => each()), EVERY_MS);
  return () => {
    followers.delete(follower);
    if (followers.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** @param {import('../client/clock.js').ServerClock} clock @param {boolean} running */
export function useServerNow(clock, running) {
  const [now, setNow] = useState(() => clock.now());
  useEffect(() => {
    const tick = () => setNow(clock.now());
    tick();
    return running ? follow(tick) : undefined;
  }, [clock, running]);
  return now;
}
