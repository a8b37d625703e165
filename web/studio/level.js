// @ts-check
/** PURE. How loud a microphone is, and whether it hears anything at all. */

/** What is quieter counts as nothing: a muted or broken microphone gives zeros, a quiet room about -55 dB. */
const SILENCE_DB = -70;
const LOUDEST_DB = 0;
/** Nobody holds his breath for so long. */
export const SILENT_MS = 4_000;

/** The loudness of some samples between -1 and 1, in dB below the loudest. @param {ArrayLike<number>} samples */
export function decibels(samples) {
  let sum = 0;
  for (let place = 0; place < samples.length; place += 1) sum += samples[place] ** 2;
  return samples.length === 0 || sum === 0 ? -Infinity : 10 * Math.log10(sum / samples.length);
}

/** For a meter, from 0 to 1. @param {number} db */
export function share(db) {
  return Math.min(1, Math.max(0, (db - SILENCE_DB) / (LOUDEST_DB - SILENCE_DB)));
}

/** Says when nothing has been heard for too long. While the microphone is turned off nothing is expected. */
export class Ear {
  constructor() {
    /** @type {number | null} */
    this.heardMs = null;
    /** Whether it has ever heard something. */
    this.heard = false;
  }

  /** Whether the microphone is silent. @param {number} nowMs @param {number} db @param {boolean} on */
  listen(nowMs, db, on) {
    if (db > SILENCE_DB) this.heard = true;
    if (!on || db > SILENCE_DB) this.heardMs = nowMs;
    this.heardMs ??= nowMs;
    return nowMs - this.heardMs >= SILENT_MS;
  }
}
