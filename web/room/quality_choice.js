// @ts-check
/** Which quality of the picture a viewer has chosen: remembered on his device, for all rooms. */
import { signal } from '../vendor/signals-core.js';

const STORED = 'ringside.quality';

/** @type {import('../vendor/signals-core.js').Signal<import('../client/player/quality.js').Choice>} */
export const quality = signal(localStorage.getItem(STORED) ?? 'auto');

/** @param {import('../client/player/quality.js').Choice} choice */
export function chooseQuality(choice) {
  quality.value = choice;
  localStorage.setItem(STORED, choice);
}
