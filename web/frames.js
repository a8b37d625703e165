// @ts-check
/** Work that is drawn, once a frame. */

/** A page that nobody looks at has no frames. */
const LATEST_MS = 200;

/**
 * Do `work` with the next frame, however often it is asked for until then.
 * @param {() => void} work
 * @returns {{ask: () => void, cancel: () => void}}
 */
export function onceAFrame(work) {
  let frame = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const cancel = () => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
    frame = 0;
  };
  const run = () => {
    cancel();
    work();
  };
  const ask = () => {
    if (frame !== 0) return;
    frame = requestAnimationFrame(run);
    timer = setTimeout(run, LATEST_MS);
  };
  return { ask, cancel };
}
