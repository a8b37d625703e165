// @ts-check
/** PURE. In which lane a line flies over the picture, and from when: nobody runs into the one before him. */

/** @typedef {{freeAt: number, clearAt: number}[]} Lanes of each: when its entrance is free, and when its last line is out */

/** How long a line is on its way from edge to edge, whatever its length. */
export const FLIGHT_MS = 7_000;
/** A line that would have to wait longer is not shown: the chat has it. */
export const MOST_WAIT_MS = 1_500;
const GAP_PX = 24;

/** @param {number} count @returns {Lanes} */
export const lanesOf = (count) => Array.from({ length: count }, () => ({ freeAt: 0, clearAt: 0 }));

/**
 * Where a line stands for as long as it would fly, for whom moving pictures make ill: alone in its lane.
 * @param {Lanes} lanes
 * @param {number} now
 * @returns {ReturnType<typeof placed>}
 */
export function stood(lanes, now) {
  const lane = lanes.findIndex(({ clearAt }) => clearAt <= now);
  if (lane < 0) return null;
  const taken = { freeAt: now + FLIGHT_MS, clearAt: now + FLIGHT_MS };
  return { lane, waitMs: 0, lanes: lanes.map((each, place) => (place === lane ? taken : each)) };
}

/**
 * A long line is faster than a short one, for all take the same time: it may begin when the last one is wholly in, and
 * not so early that it reaches the other edge before that one has left it.
 * @param {Lanes} lanes
 * @param {number} widthPx of the line
 * @param {number} acrossPx of the picture
 * @param {number} now
 * @returns {{lane: number, waitMs: number, lanes: Lanes} | null} null: there is no place soon enough
 */
export function placed(lanes, widthPx, acrossPx, now) {
  const way = acrossPx + widthPx;
  const toEdgeMs = (FLIGHT_MS * acrossPx) / way;
  const starts = lanes.map(({ freeAt, clearAt }) => Math.max(now, freeAt, clearAt - toEdgeMs));
  const begin = Math.min(...starts);
  if (begin - now > MOST_WAIT_MS) return null;
  const lane = starts.indexOf(begin);
  const taken = { freeAt: begin + (FLIGHT_MS * (widthPx + GAP_PX)) / way, clearAt: begin + FLIGHT_MS };
  return { lane, waitMs: begin - now, lanes: lanes.map((each, place) => (place === lane ? taken : each)) };
}
