// @ts-check
/** Measures what this viewer sees and tells the server every 20 s and when he leaves. */
import { FreezeMeter } from './freeze.js';
import { stats } from './stats.js';

const EVERY_MS = 20_000;
const WATCHDOG_MS = 250;

/**
 * @typedef {object} Sample
 * @property {string} room
 * @property {number | null} join_ms the first report of a join only: from the wish to watch to the first picture
 * @property {boolean} joined whether a picture has been seen at all
 * @property {number} watched_ms the span that the sample covers
 * @property {number} freezes
 * @property {number} frozen_ms
 */

export class QualityReporter {
  /**
   * @param {object} wiring
   * @param {string} wiring.room
   * @param {HTMLVideoElement} wiring.video
   * @param {(sample: Sample, leaving: boolean) => void} wiring.send
   */
  constructor({ room, video, send }) {
    this.room = room;
    this.video = video;
    this.send = send;
    this.meter = new FreezeMeter();
    this.from = performance.now();
    /** @type {number | null} when the wish to watch began that has had no picture yet */
    this.wishedAt = null;
    /** @type {number | null} */
    this.joinMs = null;
    this.joined = false;
    this.owed = false;
    this.stopped = false;
    this.reporter = setInterval(() => this.report(false), EVERY_MS);
    this.watchdog = setInterval(() => this.watch(), WATCHDOG_MS);
    this.onHide = () => this.report(true);
    addEventListener('pagehide', this.onHide);
    this.nextFrame();
  }

  /** A join begins. @param {number} at by performance.now() */
  wish(at) {
    this.wishedAt = at;
  }

  /** Whether pictures should be coming: not so while the host is away. @param {boolean} owed */
  owe(owed) {
    this.owed = owed;
    if (!owed) this.meter.pause();
  }

  nextFrame() {
    if (this.stopped) return;
    this.video.requestVideoFrameCallback((now) => {
      this.shown(now);
      this.nextFrame();
    });
  }

  /** @param {number} now */
  shown(now) {
    if (this.wishedAt !== null) {
      this.joinMs = Math.max(0, now - this.wishedAt);
      stats.firstPictureMs = Math.round(this.joinMs);
      this.wishedAt = null;
      this.joined = true;
    }
    if (document.hidden || !this.owed) return;
    this.meter.frame(now);
  }

  watch() {
    if (document.hidden || this.video.paused) this.meter.pause();
    else this.meter.tick(performance.now());
  }

  /** @param {boolean} leaving */
  report(leaving) {
    const now = performance.now();
    const { freezes, frozenMs } = this.meter.take();
    stats.freezes += freezes;
    stats.frozenMs += frozenMs;
    const watched = Math.round(now - this.from);
    this.from = now;
    if (watched < 100) return;
    const joinMs = this.joinMs === null ? null : Math.round(this.joinMs);
    this.joinMs = null;
    this.send({ room: this.room, join_ms: joinMs, joined: this.joined, watched_ms: watched, freezes, frozen_ms: frozenMs }, leaving);
  }

  stop() {
    if (this.stopped) return;
    this.stopped = true;
    clearInterval(this.reporter);
    clearInterval(this.watchdog);
    removeEventListener('pagehide', this.onHide);
    this.report(true);
  }
}
