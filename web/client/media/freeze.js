// @ts-check
/** PURE. When a picture stands still: a gap of more than half a second between two presented frames. */

export const FREEZE_MS = 500;

/**
 * Tell it of every presented frame and, from a watchdog, of the time: a picture that is frozen for ever has no next frame.
 * While the page is hidden or the video is paused no frame is owed.
 */
export class FreezeMeter {
  constructor() {
    /** @type {number | null} */
    this.lastFrame = null;
    /** How much of the present gap is in `frozenMs` already. */
    this.booked = 0;
    this.freezes = 0;
    this.frozenMs = 0;
    this.frames = 0;
  }

  /** @param {number} nowMs a frame is shown */
  frame(nowMs) {
    this.tick(nowMs);
    this.frames += 1;
    this.lastFrame = nowMs;
    this.booked = 0;
  }

  /** @param {number} nowMs nothing new; returns whether the picture stands still */
  tick(nowMs) {
    if (this.lastFrame === null) return false;
    const gap = nowMs - this.lastFrame;
    if (gap <= FREEZE_MS) return false;
    if (this.booked === 0) this.freezes += 1;
    this.frozenMs += gap - this.booked;
    this.booked = gap;
    return true;
  }

  /** No frame is owed until the next one. */
  pause() {
    this.lastFrame = null;
    this.booked = 0;
  }

  /** What has come together since the last call. */
  take() {
    const taken = { freezes: this.freezes, frozenMs: Math.round(this.frozenMs), frames: this.frames };
    this.freezes = 0;
    this.frozenMs = 0;
    this.frames = 0;
    return taken;
  }
}
