// @ts-check
/** PURE. What a viewer may choose of a picture: layers where it comes by WebRTC, sizes where HLS has a list of them. */

/** @typedef {import('../media/layer_wish.js').Layer} Layer */
/** @typedef {{height: number, bitrate: number}} Level one of hls.js's */
/** @typedef {string} Choice a layer, or the height of a size: `360p` */

/** @type {readonly Layer[]} */
export const LAYERS = ['auto', 'full', 'half', 'sound'];

/** What a choice is called over WebRTC, which knows no sizes. @param {Choice} choice @returns {Layer} */
export const layerOf = (choice) => LAYERS.find((each) => each === choice) ?? 'auto';

/** @param {{height: number}} level */
const sizeOf = ({ height }) => `${height}p`;

/** The places of the levels that differ in size, the largest first; of equal ones the richest. @param {readonly Level[]} levels */
function ladder(levels) {
  const ordered = levels.map((_, place) => place).sort((a, b) => levels[b].height - levels[a].height || levels[b].bitrate - levels[a].bitrate);
  return ordered.filter((place, at) => at === 0 || levels[place].height !== levels[ordered[at - 1]].height);
}

/** What there is to choose among levels; those without a picture have no size. @param {readonly Level[]} levels @returns {Choice[]} */
export function sizes(levels) {
  const seen = ladder(levels).filter((place) => levels[place].height > 0);
  return seen.length < 2 ? ['auto'] : ['auto', ...seen.map((place) => sizeOf(levels[place]))];
}

/**
 * Which of the levels a choice means: that one alone, or none larger.
 * @param {Choice} choice
 * @param {readonly Level[]} levels
 * @returns {{fixed: number, most: number}} places in the list; -1: any
 */
export function levelOf(choice, levels) {
  const free = { fixed: -1, most: -1 };
  const places = ladder(levels);
  if (places.length === 0) return free;
  if (choice === 'full') return { ...free, fixed: places[0] };
  if (choice === 'half') return { ...free, most: places[Math.min(1, places.length - 1)] };
  if (choice === 'sound') return { ...free, fixed: places[places.length - 1] };
  return { ...free, fixed: places.find((place) => sizeOf(levels[place]) === choice) ?? -1 };
}

/** Under which of its own names a choice stands in the list of sizes. @param {Choice} choice @param {readonly Level[]} levels @returns {Choice} */
export function shownAs(choice, levels) {
  const { fixed, most } = levelOf(choice, levels);
  const place = Math.max(fixed, most);
  const name = place < 0 ? 'auto' : sizeOf(levels[place]);
  return sizes(levels).includes(name) ? name : 'auto';
}
