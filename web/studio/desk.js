// @ts-check
/** A host's desk: his camera and microphone, and the publishing of them. The studio page draws it. */
import { bearer } from '../account.js';
import { whip } from '../api/addresses.js';
import { rooms } from '../api/rooms.js';
import { Publish } from '../client/media/whip.js';
import { waitsForUs } from '../client/media/whose.js';
import { t } from '../i18n.js';
import { toast } from '../parts/toasts.js';
import { signal } from '../vendor/signals-core.js';
import { Microphone } from './ear.js';
import { OwnDevices } from './own_devices.js';
import { Screen } from './screen.js';

/** @typedef {import('../client/media/whip.js').PublishState} PublishState */

export class Desk {
  /** @param {string} room */
  constructor(room) {
    this.room = room;
    this.devices = new OwnDevices({
      onTrack: (track) => this.publish.swap(track),
      onLost: () => this.leaveAir(),
      onEvent: (event, label) => label !== '' && toast(t(`deviceEvent.${event}`, { name: label }), event === 'come' ? 'good' : 'bad'),
    });
    this.stream = this.devices.stream;
    this.screen = new Screen(room);
    this.ear = new Microphone();
    this.deviceError = this.devices.problem;
    this.state = signal(/** @type {PublishState | 'idle'} */ ('idle'));
    this.refusal = signal(/** @type {Error | null} */ (null));
    this.camera = signal(true);
    this.microphone = signal(true);
    this.stopHearing = this.stream.subscribe((stream) => {
      this.obey();
      if (stream === null) this.ear.stop();
      else this.ear.listen(stream);
    });
    this.onHide = () => {
      this.publish.stop();
      this.screen.publish.stop();
    };
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
  open() {
    return this.devices.open();
  }

  /** Open it at once where the person has allowed it before: nobody is asked for anything by loading a page. */
  async openIfAllowed() {
    const name = /** @type {PermissionName} */ ('camera');
    const allowed = await navigator.permissions?.query({ name }).catch(() => null);
    if (allowed?.state === 'granted') await this.open();
  }

  async goLive() {
    const stream = await this.open();
    if (stream !== null) this.publish.start(stream);
  }

  /** Stop sending and end the broadcast for its viewers. */
  async end() {
    await rooms.endBroadcast(this.room);
    this.leaveAir();
  }

  /** The room has another home, or its machine another address. */
  moved() {
    void this.publish.repair();
    void this.screen.publish.repair();
  }

  /** The platform has ended the broadcast. */
  ended() {
    if (this.onAir) this.publish.finish('ended', null);
    this.screen.stop();
  }

  leaveAir() {
    this.publish.stop();
    this.screen.stop();
  }

  /** @param {'audio' | 'video'} kind */
  toggle(kind) {
    const on = kind === 'video' ? this.camera : this.microphone;
    on.value = !on.value;
    this.obey();
  }

  /** What is switched off here is so in whatever devices are open, also in those that are opened later. */
  obey() {
    for (const track of this.stream.peek()?.getTracks() ?? []) track.enabled = (track.kind === 'video' ? this.camera : this.microphone).peek();
  }

  close() {
    removeEventListener('pagehide', this.onHide);
    this.leaveAir();
    this.screen.leave();
    this.devices.leave();
    this.stopHearing();
  }
}
