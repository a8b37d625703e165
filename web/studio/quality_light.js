// @ts-check
/** PURE. How well a host's broadcast leaves his machine: green, yellow or red, why, and what helps. */

/** @typedef {import('../client/media/sent.js').Sent} Sent */
/** @typedef {'green' | 'yellow' | 'red'} Level */
/** @typedef {'fine' | 'silent' | 'loss' | 'uplink' | 'delay' | 'machine' | 'frames'} Reason the words of the light */
/** @typedef {{level: Level, reason: Reason}} Verdict */

/** @type {Verdict} */
export const FINE = { level: 'green', reason: 'fine' };

const ORDER = /** @type {const} */ (['green', 'yellow', 'red']);

/** Worse than this is yellow, and red; the first row that is worst gives the reason. A share of what we would send, frames a second. */
const FEW_FRAMES = { yellow: 18, red: 8 };
const POOR = { yellow: 0.5, red: 0.2 };
const LOSS = { yellow: 0.03, red: 0.1 };
const DELAY_MS = { yellow: 400, red: 1_000 };

/** @param {number} value @param {{yellow: number, red: number}} limits @returns {Level} */
const above = (value, limits) => (value > limits.red ? 'red' : value > limits.yellow ? 'yellow' : 'green');

/** @param {number} value @param {{yellow: number, red: number}} limits @returns {Level} */
const below = (value, limits) => (value < limits.red ? 'red' : value < limits.yellow ? 'yellow' : 'green');

/**
 * What the last seconds were like.
 * @param {Sent} sent
 * @param {number} wishedBps what the encoders may use at most; 0: not known
 * @param {boolean} picture whether the camera is on
 * @returns {Verdict}
 */
export function judge(sent, wishedBps, picture) {
  const aimed = sent.targetBps === null || wishedBps === 0 ? 1 : sent.targetBps / wishedBps;
  const frames = picture ? below(sent.fps, FEW_FRAMES) : 'green';
  /** @type {Verdict[]} */
  const found = [
    { level: sent.bps > 0 ? 'green' : 'red', reason: 'silent' },
    { level: above(sent.loss, LOSS), reason: 'loss' },
    { level: below(aimed, POOR), reason: 'uplink' },
    { level: above(sent.rttMs ?? 0, DELAY_MS), reason: 'delay' },
    { level: frames, reason: sent.limitation === 'cpu' ? 'machine' : 'frames' },
    { level: sent.limitation === 'cpu' ? 'yellow' : 'green', reason: 'machine' },
  ];
  const worst = Math.max(...found.map(({ level }) => ORDER.indexOf(level)));
  return worst === 0 ? FINE : (found.find(({ level }) => ORDER.indexOf(level) === worst) ?? FINE);
}

/** So many looks in a row must say that it is worse, or better, before the light changes. */
const WORSE_LOOKS = 2;
const BETTER_LOOKS = 4;

/** The light: it does not flicker. */
export class Light {
  constructor() {
    this.shown = FINE;
    /** @type {Verdict[]} looks in a row on the same side of what is shown */
    this.others = [];
  }

  /** @param {Verdict} verdict of one look @returns {Verdict} what is shown */
  take(verdict) {
    const way = this.way(verdict);
    if (way === 0) {
      this.others = [];
      this.shown = verdict;
      return this.shown;
    }
    if (this.others.some((each) => this.way(each) !== way)) this.others = [];
    this.others.push(verdict);
    if (this.others.length >= (way > 0 ? WORSE_LOOKS : BETTER_LOOKS)) {
      // The mildest of them when it gets worse, the worst when it gets better.
      const levels = this.others.map(({ level }) => ORDER.indexOf(level));
      const level = way > 0 ? Math.min(...levels) : Math.max(...levels);
      this.shown = this.others.findLast((each) => ORDER.indexOf(each.level) === level) ?? verdict;
      this.others = [];
    }
    return this.shown;
  }

  /** 1: worse than what is shown, -1: better. @param {Verdict} verdict */
  way(verdict) {
    return Math.sign(ORDER.indexOf(verdict.level) - ORDER.indexOf(this.shown.level));
  }
}
