// @ts-check
/** Watching over HLS, where WebRTC does not come through. The library for it is fetched when it is needed, and only then. */
import { BackOff } from '../feed/back_off.js';
import { levelOf, shownAs, sizes } from './quality.js';

/** @typedef {import('../media/whep.js').WatchState} WatchState */

const NATIVE = 'application/vnd.apple.mpegurl';
const library = () => import('../../vendor/hls.js');
/** Of two errors of the decoder that come sooner after each other the second is not recovered from. */
const RECOVERED_MS = 10_000;
/** What has played for so long had not broken at once, and is begun anew without a wait. */
const STEADY_MS = 10_000;

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
   * @param {typeof library} [wiring.load] the library
   */
  constructor({ video, url, onReady, onState, onLevels = () => {}, choice = 'auto', backOff = new BackOff(), load = library }) {
    this.video = video;
    this.url = url;
    this.onReady = onReady;
    this.onState = onState;
    this.onLevels = onLevels;
    this.choice = choice;
    this.backOff = backOff;
    this.load = load;
    /** @type {import('../../vendor/hls.js').default | null} */
    this.hls = null;
    this.stopped = true;
    this.everUp = false;
    /** Since when it plays, and when its decoder was last recovered, by performance.now(); null: it does not, never. */
    this.upSince = /** @type {number | null} */ (null);
    this.recoveredAt = /** @type {number | null} */ (null);
    /** Counts the beginnings: only the last one counts. */
    this.beginnings = 0;
    /** Until the next beginning, if there is nothing under way. @type {ReturnType<typeof setTimeout> | undefined} */
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
    this.timer = undefined;
    const mine = (this.beginnings += 1);
    this.onState(this.everUp ? 'reconnecting' : 'connecting');
    try {
      const { default: Hls } = await this.load();
      if (this.stopped || mine !== this.beginnings) return;
      if (Hls.isSupported()) this.attach(Hls);
      else this.playNatively();
    } catch (error) {
      console.debug('the HLS library did not come', error);
      if (mine === this.beginnings) this.broken();
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
      if (type === Hls.ErrorTypes.MEDIA_ERROR && this.mayRecover()) hls.recoverMediaError();
      else this.broken();
    });
    hls.loadSource(this.url);
    hls.attachMedia(this.video);
  }

  /** Whether an error of the decoder may be of the moment: a persistent one comes again at once. */
  mayRecover() {
    const now = performance.now();
    if (!this.everUp || (this.recoveredAt !== null && now - this.recoveredAt < RECOVERED_MS)) return false;
    this.recoveredAt = now;
    return true;
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
    this.upSince ??= performance.now();
    this.onState('playing');
  }

  broken() {
    if (this.stopped) return;
    if (this.upSince !== null && performance.now() - this.upSince >= STEADY_MS) this.backOff.reset();
    this.release();
    this.onState(this.everUp ? 'reconnecting' : 'connecting');
    this.timer = setTimeout(() => void this.begin(), this.backOff.next());
  }

  /** Try at once if we wait for the next try. */
  poke() {
    if (this.stopped || this.timer === undefined) return;
    clearTimeout(this.timer);
    this.backOff.reset();
    void this.begin();
  }

  release() {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.beginnings += 1;
    this.upSince = null;
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
