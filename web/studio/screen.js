// @ts-check
/** A host's screen in the place of his camera: the same session goes on, and the camera stays open for the way back. */
import { signal } from '../vendor/signals-core.js';

/** Larger than a camera's picture would be more than what was agreed on can carry (H.264, level 3.1). */
const WANTED = { width: { max: 1280 }, height: { max: 720 }, frameRate: { max: 30 } };

/** Whether this browser can share a screen; phones cannot. */
export const canShare = () => typeof navigator.mediaDevices?.getDisplayMedia === 'function';

export class Screen {
  /** @param {() => unknown} onChange the picture to send is another one */
  constructor(onChange) {
    this.onChange = onChange;
    this.track = signal(/** @type {MediaStreamTrack | null} */ (null));
  }

  /** Asks which screen; whoever thinks better of it is asked nothing more. */
  async share() {
    const shared = await navigator.mediaDevices.getDisplayMedia({ video: WANTED, audio: false }).catch((error) => {
      if (error instanceof DOMException && error.name === 'NotAllowedError') return null;
      throw error;
    });
    const [track] = shared?.getVideoTracks() ?? [];
    if (track === undefined) return;
    this.stop();
    track.contentHint = 'detail';
    // The browser has a button of its own to end it.
    track.onended = () => this.stop();
    this.track.value = track;
    await this.onChange();
  }

  stop() {
    const track = this.track.value;
    if (track === null) return;
    track.onended = null;
    track.stop();
    this.track.value = null;
    void this.onChange();
  }
}
