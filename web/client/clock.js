// @ts-check
/** The server's clock as this page knows it, and what countdowns show by it. */

/** Milliseconds that never step back, near to the wall clock of this device. */
export function localNow() {
  return performance.timeOrigin + performance.now();
}

const SAMPLES = 8;

/**
 * A stamp is old by the time it arrives, never young: of the last samples the largest offset is the truest.
 */
export class ServerClock {
  /** @param {() => number} [local] */
  constructor(local = localNow) {
    this.local = local;
    /** @type {number[]} */
    this.samples = [];
  }

  /** @param {number} serverMs the server's time as a message says that has just come in */
  heard(serverMs) {
    this.samples.push(serverMs - this.local());
    if (this.samples.length > SAMPLES) this.samples.shift();
  }

  /** Forget what was heard: this device has slept, or another server answers. */
  forget() {
    this.samples = [];
  }

  get offset() {
    return this.samples.length === 0 ? 0 : Math.max(...this.samples);
  }

  now() {
    return this.local() + this.offset;
  }
}

/**
 * Whole seconds to show until `deadline`: 3 through the first moment, 0 only when it is over.
 * @param {number | null | undefined} deadline
 * @param {number} now
 */
export function secondsLeft(deadline, now) {
  return deadline === null || deadline === undefined ? 0 : Math.max(0, Math.ceil((deadline - now) / 1000));
}

/** @param {number} seconds */
export function minutes(seconds) {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
