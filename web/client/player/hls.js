// @ts-check
/** Watching over HLS, where WebRTC does not come through. The library for it is fetched when it is needed, and only then. */
import { BackOff } from '../feed/back_off.js';
import { levelOf, shownAs, sizes } from './quality.js';

/** @typedef {import('../media/whep.js').WatchState} WatchState */

const NATIVE = 'application/vnd.apple.mpegurl';
const library = () => import('../../vendor/hls.js');

/** Whether this browser plays HLS, by itself or by the library. */
export function playsHls() {
  return 'MediaSource' in globalThis || 'ManagedMediaSource' in globalThis || document.createElement('video').canPlayType(NATIVE) !== '';
}

/** Keeps the picture coming until told to stop: what breaks is begun anew, with a back-off. */
export class HlsWatch {
  /**
   * @param {object} wiring
   * @param {HTMLVideoElement} wiring.video
   * @param {string} wiring.url of the playlist
   * @param {() => void} wiring.onReady there is something to play
   * @param {(state: WatchState) => void} wiring.onState
   * @param {() => void} [wiring.onLevels] it is known now which sizes there are
   * @param {import('./quality.js').Choice} [wiring.choice]
   * @param {BackOff} [wiring.backOff]
   */
  constructor({ video, url, onReady, onState, onLevels = () => {}, choice = 'auto', backOff = new BackOff() }) {
    this.video = video;
    this.url = url;
    this.onReady = onReady;
    this.onState = onState;
    this.onLevels = onLevels;
    this.choice = choice;
    this.backOff = backOff;
    /** @type {import('../../vendor/hls.js').default | null} */
    this.hls = null;
    this.stopped = true;
    this.everUp = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.onPlaying = () => this.up();
    this.onBroken = () => this.broken();
  }

  start() {
    this.stopped = false;
    this.video.addEventListener('playing', this.onPlaying);
    void this.begin();
  }

  async begin() {
    this.onState(this.everUp ? 'reconnecting' : 'connecting');
    try {
      const { default: Hls } = await library();
      if (this.stopped) return;
      if (Hls.isSupported()) this.attach(Hls);
      else this.playNatively();
    } catch (error) {
      console.debug('the HLS library did not come', error);
      this.broken();
    }
  }

  /** @param {typeof import('../../vendor/hls.js').default} Hls */
  attach(Hls) {
    // A worker would be made from a blob, which a strict policy forbids.
    const hls = new Hls({ enableWorker: false, lowLatencyMode: true, liveSyncDurationCount: 2, backBufferLength: 10 });
    this.hls = hls;
    hls.on(Hls.Events.MANIFEST_PARSED, () => {
      this.heed();
      this.onLevels();
      this.onReady();
    });
    hls.on(Hls.Events.ERROR, (_event, { fatal, type }) => {
      if (!fatal || hls !== this.hls) return;
      if (type === Hls.ErrorTypes.MEDIA_ERROR && this.everUp) hls.recoverMediaError();
      else this.broken();
    });
    hls.loadSource(this.url);
    hls.attachMedia(this.video);
  }

  /** @param {import('./quality.js').Choice} choice */
  choose(choice) {
    this.choice = choice;
    this.heed();
  }

  /** What of the list may be chosen, and is; a browser that plays HLS by itself says nothing of its list. */
  get offered() {
    const levels = this.hls?.levels ?? [];
    return { choices: sizes(levels), chosen: shownAs(this.choice, levels) };
  }

  heed() {
    const { hls } = this;
    if (hls === null || hls.levels.length === 0) return;
    const { fixed, most } = levelOf(this.choice, hls.levels);
    hls.autoLevelCapping = most;
    if (hls.manualLevel !== fixed) hls.nextLevel = fixed;
  }

  playNatively() {
    this.video.addEventListener('error', this.onBroken);
    this.video.src = this.url;
    this.onReady();
  }

  up() {
    this.everUp = true;
    this.backOff.reset();
    this.onState('playing');
  }

  broken() {
    if (this.stopped) return;
    this.release();
    this.onState(this.everUp ? 'reconnecting' : 'connecting');
    this.timer = setTimeout(() => void this.begin(), this.backOff.next());
  }

  /** Try at once if we wait for anything. */
  poke() {
    if (this.stopped || this.hls !== null) return;
    clearTimeout(this.timer);
    this.backOff.reset();
    void this.begin();
  }

  release() {
    clearTimeout(this.timer);
    this.video.removeEventListener('error', this.onBroken);
    this.hls?.destroy();
    this.hls = null;
    if (this.video.getAttribute('src')) {
      this.video.removeAttribute('src');
      this.video.load();
    }
  }

  stop() {
    this.stopped = true;
    this.video.removeEventListener('playing', this.onPlaying);
    this.release();
  }
}
