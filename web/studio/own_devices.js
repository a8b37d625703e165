// @ts-check
/** A host's camera and microphone: opened, changed for others, remembered, and what happens when one is unplugged. */
import { askDevices, voice } from '../client/media/devices.js';
import { signal } from '../vendor/signals-core.js';
import { again, choices, difference, recalled } from './device_choice.js';

/** @typedef {import('./device_choice.js').Device} Device */
/** @typedef {import('./device_choice.js').DeviceKind} DeviceKind */

const KEPT = 'ringside.devices';
const SIZES = { full: { width: { ideal: 1280 }, height: { ideal: 720 } }, small: { width: { ideal: 640 }, height: { ideal: 360 } } };
const RATE = { frameRate: { ideal: 30 } };

/** @param {'audio' | 'video'} kind @returns {DeviceKind} */
const inputOf = (kind) => (kind === 'video' ? 'videoinput' : 'audioinput');

export class OwnDevices {
  /**
   * @param {object} wiring
   * @param {(track: MediaStreamTrack) => unknown} wiring.onTrack another one is used from now on
   * @param {() => void} wiring.onLost one is gone, and there is no other in its place
   * @param {(event: 'fell' | 'come' | 'gone', label: string) => void} wiring.onEvent what the host should know
   */
  constructor({ onTrack, onLost, onEvent }) {
    this.onTrack = onTrack;
    this.onLost = onLost;
    this.onEvent = onEvent;
    this.stream = signal(/** @type {MediaStream | null} */ (null));
    this.problem = signal(/** @type {string | null} */ (null));
    this.known = signal(/** @type {Record<DeviceKind, Device[]>} */ ({ videoinput: [], audioinput: [] }));
    this.wish = signal(recalled(localStorage.getItem(KEPT)));
    this.left = false;
    /** @type {Promise<MediaStream | null> | null} */
    this.opening = null;
    this.onChange = () => void this.look().catch((error) => console.debug('the devices are not known', error));
    navigator.mediaDevices?.addEventListener('devicechange', this.onChange);
  }

  /** The id of the device in use; empty: none, or the browser does not say. @param {DeviceKind} kind */
  used(kind) {
    const track = this.stream.value?.getTracks().find((each) => inputOf(/** @type {'audio' | 'video'} */ (each.kind)) === kind);
    return track?.getSettings().deviceId ?? '';
  }

  /** @param {Partial<import('./device_choice.js').Remembered>} change */
  remember(change) {
    this.wish.value = { ...this.wish.value, ...change };
    localStorage.setItem(KEPT, JSON.stringify(this.wish.value));
  }

  /** @param {DeviceKind} kind @param {ConstrainDOMString} [device] @returns {MediaTrackConstraints} */
  wanted(kind, device) {
    if (kind === 'audioinput') return voice(device);
    const size = this.wish.value.small ? SIZES.small : SIZES.full;
    return { ...size, ...RATE, ...(device === undefined ? {} : { deviceId: device }) };
  }

  /** The one chosen before, if it is there; nobody is asked for it. @param {DeviceKind} kind */
  async chosenBefore(kind) {
    const found = await navigator.mediaDevices?.enumerateDevices().catch(() => []);
    const id = again(choices(found ?? [], kind), this.wish.value[kind])?.id ?? this.wish.value[kind]?.id;
    return this.wanted(kind, id === undefined ? undefined : { ideal: id });
  }

  /** Camera and microphone, asked for once, however many ask at the same time; says why when there are none. */
  open() {
    this.opening ??= this.ask().finally(() => (this.opening = null));
    return this.opening;
  }

  /** @returns {Promise<MediaStream | null>} */
  async ask() {
    if (this.stream.value !== null) return this.stream.value;
    const { stream, problem } = await askDevices(await this.chosenBefore('videoinput'), await this.chosenBefore('audioinput'));
    if (this.left) {
      for (const track of stream?.getTracks() ?? []) track.stop();
      return null;
    }
    this.problem.value = problem;
    for (const track of stream?.getTracks() ?? []) this.mind(track);
    this.stream.value = stream;
    if (stream !== null) await this.findAgain().catch((error) => console.debug('what was chosen before does not start', error));
    return this.stream.value;
  }

  /** Names are known only now, and a browser that gives its devices new ids knows those chosen before by nothing else. */
  async findAgain() {
    await this.look();
    for (const kind of /** @type {const} */ (['videoinput', 'audioinput'])) {
      const chosen = again(this.known.value[kind], this.wish.value[kind]);
      if (chosen !== null && chosen.id !== this.used(kind)) await this.change(kind, { exact: chosen.id });
    }
  }

  /** What there is to choose from, and what is new. */
  async look() {
    const found = await navigator.mediaDevices.enumerateDevices();
    const before = this.known.value;
    this.known.value = { videoinput: choices(found, 'videoinput'), audioinput: choices(found, 'audioinput') };
    for (const kind of /** @type {const} */ (['videoinput', 'audioinput'])) {
      const { come, gone } = difference(before[kind], this.known.value[kind]);
      for (const { label } of come) this.onEvent('come', label);
      for (const { label } of gone) this.onEvent('gone', label);
    }
  }

  /** Use another device of a kind, and remember it. @param {DeviceKind} kind @param {string} id */
  async pick(kind, id) {
    await this.change(kind, { exact: id });
    const chosen = this.known.value[kind].find((each) => each.id === id);
    if (chosen !== undefined) this.remember({ [kind]: chosen });
  }

  /** @param {boolean} small */
  async resize(small) {
    this.remember({ small });
    const [camera] = this.stream.value?.getVideoTracks() ?? [];
    await camera?.applyConstraints(this.wanted('videoinput'));
  }

  /** @param {DeviceKind} kind @param {ConstrainDOMString} [device] */
  async change(kind, device) {
    const wanted = this.wanted(kind, device);
    const opened = await navigator.mediaDevices.getUserMedia(kind === 'videoinput' ? { video: wanted } : { audio: wanted });
    const [track] = opened.getTracks();
    const before = this.stream.value?.getTracks() ?? [];
    if (before.length === 0) return track.stop();
    const former = before.filter((each) => each.kind === track.kind);
    track.enabled = former[0]?.enabled ?? true;
    this.mind(track);
    this.stream.value = new MediaStream([...before.filter((each) => each.kind !== track.kind), track]);
    await this.onTrack(track);
    for (const each of former) this.drop(each);
    this.onChange();
  }

  /** @param {MediaStreamTrack} track */
  mind(track) {
    track.onended = () => void this.lost(track);
  }

  /** Unplugged: another one of its kind takes its place, if there is one. @param {MediaStreamTrack} track */
  async lost(track) {
    const kind = inputOf(/** @type {'audio' | 'video'} */ (track.kind));
    try {
      await this.change(kind);
      const label = this.stream.value?.getTracks().find((each) => each.kind === track.kind)?.label ?? '';
      this.onEvent('fell', label);
    } catch (error) {
      console.debug('no other device', error);
      this.problem.value = 'gone';
      this.onLost();
      this.close();
    }
  }

  /** @param {MediaStreamTrack} track */
  drop(track) {
    track.onended = null;
    track.stop();
  }

  close() {
    for (const track of this.stream.value?.getTracks() ?? []) this.drop(track);
    this.stream.value = null;
  }

  /** The page is left. */
  leave() {
    this.left = true;
    navigator.mediaDevices?.removeEventListener('devicechange', this.onChange);
    this.close();
  }
}
