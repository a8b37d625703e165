// @ts-check
/** A host's desk: his camera and microphone, and the publishing of them. The studio page draws it. */
import { bearer } from '../account.js';
import { whip } from '../api/addresses.js';
import { rooms } from '../api/rooms.js';
import { askDevices } from '../client/media/devices.js';
import { Publish } from '../client/media/whip.js';
import { waitsForUs } from '../client/media/whose.js';
import { signal } from '../vendor/signals-core.js';

/** @typedef {import('../client/media/whip.js').PublishState} PublishState */

const WANTED = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } };

export class Desk {
  /** @param {string} room */
  constructor(room) {
    this.room = room;
    this.stream = signal(/** @type {MediaStream | null} */ (null));
    this.deviceError = signal(/** @type {string | null} */ (null));
    this.state = signal(/** @type {PublishState | 'idle'} */ ('idle'));
    this.refusal = signal(/** @type {Error | null} */ (null));
    this.camera = signal(true);
    this.microphone = signal(true);
    this.onHide = () => this.publish.stop();
    this.publish = new Publish({
      endpoint: whip(room),
      token: bearer,
      stillOurs: (session, justNow) => waitsForUs(async () => (await rooms.one(room)).broadcast, session, justNow),
      onState: (state, refusal) => {
        this.state.value = state;
        this.refusal.value = refusal;
      },
    });
    addEventListener('pagehide', this.onHide);
  }

  /** Whether our own camera is, or is about to be, what the room shows. */
  get onAir() {
    return ['connecting', 'live', 'reconnecting'].includes(this.state.value);
  }

  /** Camera and microphone, asked for once; says why when there are none. */
  async open() {
    if (this.stream.value !== null) return this.stream.value;
    const { stream, problem } = await askDevices(WANTED);
    this.deviceError.value = problem;
    for (const track of stream?.getTracks() ?? []) track.onended = () => this.lostDevice();
    this.stream.value = stream;
    return stream;
  }

  /** Open it at once where the person has allowed it before: nobody is asked for anything by loading a page. */
  async openIfAllowed() {
    const name = /** @type {PermissionName} */ ('camera');
    const allowed = await navigator.permissions?.query({ name }).catch(() => null);
    if (allowed?.state === 'granted') await this.open();
  }

  lostDevice() {
    this.deviceError.value = 'gone';
    this.publish.stop();
    this.closeDevices();
  }

  async goLive() {
    const stream = await this.open();
    if (stream !== null) this.publish.start(stream);
  }

  /** Stop sending and end the broadcast for its viewers. */
  async end() {
    await rooms.endBroadcast(this.room);
    this.publish.stop();
  }

  /** The platform has ended the broadcast. */
  ended() {
    if (this.onAir) this.publish.finish('ended', null);
  }

  /** @param {'audio' | 'video'} kind */
  toggle(kind) {
    const on = kind === 'video' ? this.camera : this.microphone;
    on.value = !on.value;
    for (const track of this.stream.value?.getTracks() ?? []) if (track.kind === kind) track.enabled = on.value;
  }

  closeDevices() {
    for (const track of this.stream.value?.getTracks() ?? []) {
      track.onended = null;
      track.stop();
    }
    this.stream.value = null;
  }

  close() {
    removeEventListener('pagehide', this.onHide);
    this.publish.stop();
    this.closeDevices();
  }
}
