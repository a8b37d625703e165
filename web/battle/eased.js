// @ts-check
/** PURE. Numbers on their way from what was shown to what the server has said: quick at first, never beyond, never back. */

/** @typedef {{from: readonly number[], to: readonly number[], at: number}} Motion */

export const MOVE_MS = 450;

/** @param {readonly number[]} values @returns {Motion} */
export const resting = (values) => ({ from: values, to: values, at: -Infinity });

/** @param {Motion} motion @param {number} now */
export const atRest = ({ at }, now) => now - at >= MOVE_MS;

/** What is shown at this moment. @param {Motion} motion @param {number} now @returns {readonly number[]} */
export function valuesAt(motion, now) {
  if (atRest(motion, now)) return motion.to;
  const left = 1 - Math.max(0, now - motion.at) / MOVE_MS;
  const done = 1 - left ** 3;
  return motion.to.map((to, place) => motion.from[place] + (to - motion.from[place]) * done);
}

/** From wherever it is now to other values; more or fewer of them are another battle, and there at once. @param {Motion} motion @param {readonly number[]} to @param {number} now @returns {Motion} */
export function towards(motion, to, now) {
  if (to.length !== motion.to.length) return resting(to);
  if (to.every((each, place) => each === motion.to[place])) return motion;
  return { from: valuesAt(motion, now), to, at: now };
}
