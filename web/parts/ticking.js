// @ts-check
/** The server's time as a value that a view can follow, four times a second. */
import { useEffect, useState } from '../html.js';

/** @param {import('../client/clock.js').ServerClock} clock @param {boolean} running */
export function useServerNow(clock, running) {
  const [now, setNow] = useState(() => clock.now());
  useEffect(() => {
    setNow(clock.now());
    if (!running) return undefined;
    const timer = setInterval(() => setNow(clock.now()), 250);
    return () => clearInterval(timer);
  }, [clock, running]);
  return now;
}
