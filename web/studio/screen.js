// @ts-check
/** A host's screen beside his camera: a seat on his own stage, and a publishing session of its own. */
import { bearer } from '../account.js';
import { whipGuest } from '../api/addresses.js';
import { guests } from '../api/guests.js';
import { GuestPublish } from '../client/media/whip.js';
import { screenWaits } from '../client/media/whose.js';
import { t, tError } from '../i18n.js';
import { toast } from '../parts/toasts.js';
import { signal } from '../vendor/signals-core.js';

/** Larger than a camera's picture would be more than what was agreed on can carry (H.264, level 3.1). */
const PICTURE = { width: { max: 1280 }, height: { max: 720 }, frameRate: { max: 30 } };
/** A film's sound is no voice. */
const SOUND = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
/** Of the whole machine would be the voices of the others on stage, too: the room has them already. */
const WANTED = /** @type {DisplayMediaStreamOptions} */ ({ video: PICTURE, audio: SOUND, systemAudio: 'exclude' });

/** Whether this browser can share a screen; phones cannot. */
export const canShare = () => typeof navigator.mediaDevices?.getDisplayMedia === 'function';

/** @param {MediaStream | null} stream */
function close(stream) {
  for (const track of stream?.getTracks() ?? []) {
    track.onended = null;
    track.stop();
  }
}

export class Screen {
  /** @param {string} room */
  constructor(room) {
    this.room = room;
    this.left = false;
    this.stream = signal(/** @type {MediaStream | null} */ (null));
    this.publish = new GuestPublish({
      endpoint: whipGuest(room),
      token: bearer,
      simulcast: false,
      stillOurs: (session) => screenWaits(session, () => guests.shareScreen(room)),
      onState: (state, refusal) => {
        if (state === 'ended' || state === 'refused') this.over(refusal === null ? t('studio.screenOver') : tError(refusal));
      },
    });
  }

  /** Asks which screen, and shows it to the room; whoever thinks better of it is asked nothing more. */
  async share() {
    const stream = await navigator.mediaDevices.getDisplayMedia(WANTED).catch((error) => {
      if (error instanceof DOMException && error.name === 'NotAllowedError') return null;
      throw error;
    });
    const [picture] = stream?.getVideoTracks() ?? [];
    if (stream === null || picture === undefined) return;
    try {
      await guests.shareScreen(this.room);
    } catch (error) {
      close(stream);
      throw error;
    }
    if (this.left || picture.readyState === 'ended') {
      close(stream);
      this.giveBack();
      return;
    }
    picture.contentHint = 'detail';
    // The browser has a button of its own to end it.
    picture.onended = () => this.stop();
    close(this.stream.value);
    this.stream.value = stream;
    this.publish.start(stream);
  }

  /** The host has seen enough of it. */
  stop() {
    if (this.stream.value === null) return;
    this.release();
    this.giveBack();
  }

  /** Somebody else has ended it. @param {string} why */
  over(why) {
    this.release();
    toast(why, 'bad');
  }

  release() {
    const stream = this.stream.value;
    this.stream.value = null;
    close(stream);
    this.publish.stop();
  }

  giveBack() {
    guests.endScreen(this.room).catch((error) => console.debug('the screen was over already', error));
  }

  /** The page is left. */
  leave() {
    this.left = true;
    this.stop();
  }
}
