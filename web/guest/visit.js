// @ts-check
/** A guest's own part: his camera and microphone, asked for after the host has approved, and the publishing of them. */
import { bearer, me } from '../account.js';
import { whipGuest } from '../api/addresses.js';
import { guests } from '../api/guests.js';
import { askDevices } from '../client/media/devices.js';
import { GuestPublish } from '../client/media/whip.js';
import { seatWaits } from '../client/media/whose.js';
import { signal } from '../vendor/signals-core.js';

/** @typedef {import('../client/media/whip.js').PublishState} PublishState */

const SMALL = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30, max: 30 } };

export class GuestVisit {
  /** @param {string} room */
  constructor(room) {
    this.room = room;
    this.stream = signal(/** @type {MediaStream | null} */ (null));
    this.deviceError = signal(/** @type {string | null} */ (null));
    this.state = signal(/** @type {PublishState | 'idle'} */ ('idle'));
    this.refusal = signal(/** @type {Error | null} */ (null));
    this.camera = signal(true);
    /** @type {Promise<void> | null} */
    this.entering = null;
    /** Counts the visits that have ended: what was asked for in one of them is nothing to the next. */
    this.ended = 0;
    this.onHide = () => this.publish.stop();
    this.publish = new GuestPublish({
      endpoint: whipGuest(room),
      token: bearer,
      simulcast: false,
      stillOurs: (session) => seatWaits(() => guests.list(room), me.value?.user ?? '', session),
      onState: (state, refusal) => {
        this.state.value = state;
        this.refusal.value = refusal;
      },
    });
    addEventListener('pagehide', this.onHide);
  }

  /** Whether we are, or are about to be, seen and heard. */
  get onAir() {
    return ['connecting', 'live', 'reconnecting'].includes(this.state.value);
  }

  /** Ask for the devices and go on stage, once, however often it is wished. @param {boolean} picture else only heard */
  async enter(picture) {
    if (this.stream.value === null) await (this.entering ??= this.ask(picture));
    if (this.stream.value !== null && !this.onAir) this.publish.start(this.stream.value);
  }

  /** @param {boolean} picture */
  async ask(picture) {
    const { ended } = this;
    const { stream, problem } = await askDevices(picture ? SMALL : false);
    if (ended !== this.ended) {
      for (const track of stream?.getTracks() ?? []) track.stop();
      return;
    }
    this.entering = null;
    this.deviceError.value = problem;
    if (stream === null) return;
    for (const track of stream.getTracks()) track.onended = () => this.lostDevice();
    this.stream.value = stream;
  }

  lostDevice() {
    this.deviceError.value = 'gone';
    this.stop();
  }

  toggleCamera() {
    this.camera.value = !this.camera.value;
    for (const track of this.stream.value?.getVideoTracks() ?? []) track.enabled = this.camera.value;
  }

  /** Our voice stays on this device as long as nobody is to hear it. @param {boolean} muted */
  silence(muted) {
    for (const track of this.stream.value?.getAudioTracks() ?? []) track.enabled = !muted;
  }

  /** Not on stage any more. */
  stop() {
    this.ended += 1;
    this.entering = null;
    this.publish.stop();
    for (const track of this.stream.value?.getTracks() ?? []) {
      track.onended = null;
      track.stop();
    }
    this.stream.value = null;
    this.camera.value = true;
    this.state.value = 'idle';
  }

  /** The page goes to another place: whoever was on stage has left it. */
  close() {
    const user = me.value?.user;
    if (this.onAir && user !== undefined) guests.remove(this.room, user).catch((error) => console.debug('the seat was free already', error));
    removeEventListener('pagehide', this.onHide);
    this.stop();
  }
}
