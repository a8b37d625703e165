// @ts-check
/** A room's program in a video element: WebRTC at once, another source by itself where that does not come through. */
import { Watch } from '../media/whep.js';
import { HlsWatch, playsHls } from './hls.js';
import { LAYERS, layerOf } from './quality.js';
import { BELIEVED_MS, choose, patienceMs, sourceOf } from './sources.js';

/** @typedef {import('../media/whep.js').WatchState} PlayerState */
/** @typedef {{code: string, message: string}} Trouble a refusal, or `udp-blocked`: nothing comes through and nothing else is offered */

/** @typedef {{choices: readonly import('./quality.js').Choice[], chosen: import('./quality.js').Choice}} Offered what of the source that plays may be chosen, and is */

/** Until when this network is believed to let no WebRTC through, by performance.now(). */
const network = { blockedUntil: 0 };

/** A trouble that no server has said. */
class Blocked extends Error {
  code = 'udp-blocked';
}

/** WebRTC that counts the sessions that were answered and never connected. */
class CountingWatch extends Watch {
  /** @type {() => void} */
  onUnconnected = () => {};

  /** @override */
  patienceMs() {
    return patienceMs(this.unconnected);
  }

  /** @override @param {import('../media/exchange.js').OfferRefused | null} refusal */
  down(refusal) {
    super.down(refusal);
    if (refusal === null && this.unconnected > 0) this.onUnconnected();
  }
}

export class Player {
  /**
   * @param {object} wiring
   * @param {HTMLVideoElement} wiring.video
   * @param {string} wiring.whep the room's WHEP endpoint
   * @param {() => Promise<readonly import('./sources.js').Source[]>} wiring.sources asks what else the room offers
   * @param {() => string | null} wiring.token
   * @param {(state: PlayerState, trouble: Trouble | null) => void} wiring.onState
   * @param {(heard: boolean) => void} [wiring.onPlay] the picture plays; `heard`: with its sound
   * @param {(offered: Offered) => void} [wiring.onChoices] there is something else to choose, or chosen
   */
  constructor({ video, whep, sources, token, onState, onPlay = () => {}, onChoices = () => {} }) {
    this.video = video;
    this.sources = sources;
    this.onState = onState;
    this.onPlay = onPlay;
    this.onChoices = onChoices;
    /** @type {import('./quality.js').Choice} */
    this.wanted = 'auto';
    /** @type {import('./sources.js').Kind} */
    this.playing = 'whep';
    /** @type {Trouble | null} */
    this.trouble = null;
    /** @type {HlsWatch | null} */
    this.hls = null;
    this.watch = new CountingWatch({ endpoint: whep, token, onStream: (stream) => this.show(stream), onState: (state, refusal) => this.told(state, refusal) });
    this.watch.onUnconnected = () => void this.reconsider();
  }

  /** When the present wish to watch began, by performance.now(). */
  get wishedAt() {
    return this.watch.wishedAt || performance.now();
  }

  start() {
    this.watch.start();
    if (performance.now() < network.blockedUntil) void this.reconsider();
  }

  /** Of which quality the picture is to be, whatever source it comes from. @param {import('./quality.js').Choice} choice */
  choose(choice) {
    this.wanted = choice;
    this.watch.choose(layerOf(choice));
    this.hls?.choose(choice);
    this.onChoices(this.offered);
  }

  /** @returns {Offered} */
  get offered() {
    return this.hls?.offered ?? { choices: LAYERS, chosen: layerOf(this.wanted) };
  }

  /** @param {MediaStream} stream */
  show(stream) {
    if (this.video.srcObject !== stream) this.video.srcObject = stream;
    void this.play();
  }

  /** With sound if the browser lets us, else without. */
  async play() {
    if (this.video.dataset.silent === 'true') this.video.muted = true;
    try {
      await this.video.play();
    } catch (error) {
      // Anything else says nothing of the sound: what was to play may have been replaced meanwhile.
      if (!(error instanceof DOMException && error.name === 'NotAllowedError')) return console.debug('nothing plays yet', error);
      this.video.muted = true;
      await this.video.play().catch((error) => console.debug('the picture waits for a tap', error));
    }
    this.onPlay(!this.video.muted);
  }

  /** The tap that a browser wants before it lets sound out. */
  async toggleSound() {
    this.video.muted = !this.video.muted;
    await this.play();
  }

  /** @param {PlayerState} state @param {Trouble | null} refusal */
  told(state, refusal) {
    if (this.hls !== null) return;
    if (state === 'playing') {
      network.blockedUntil = 0;
      this.trouble = null;
    }
    this.onState(state, refusal ?? this.trouble);
  }

  /** Whether another source is the better one now. */
  async reconsider() {
    const { unconnected } = this.watch;
    const blockedLately = performance.now() < network.blockedUntil;
    const asked = choose({ sources: [], unconnected, blockedLately, plays: playsHls() });
    if (asked.trouble === null && !blockedLately) return;
    const sources = await this.sources().catch(() => []);
    if (this.watch.stopped || this.hls !== null) return;
    const { play, trouble } = choose({ sources, unconnected: this.watch.unconnected, blockedLately, plays: playsHls() });
    this.trouble = trouble === null ? null : new Blocked('UDP does not come through');
    if (play === 'hls') this.fall(/** @type {import('./sources.js').Source} */ (sourceOf(sources, 'hls')));
    else if (this.trouble !== null) this.onState(this.watch.everUp ? 'reconnecting' : 'connecting', this.trouble);
  }

  /** @param {import('./sources.js').Source} source */
  fall({ url }) {
    network.blockedUntil = performance.now() + BELIEVED_MS;
    this.watch.pause();
    this.video.srcObject = null;
    this.playing = 'hls';
    this.hls = new HlsWatch({
      video: this.video,
      url: new URL(url, this.watch.endpoint.startsWith('/') ? location.href : this.watch.endpoint).href,
      onReady: () => void this.play(),
      onState: (state) => this.onState(state, null),
      onLevels: () => this.onChoices(this.offered),
      choice: this.wanted,
    });
    this.onChoices(this.offered);
    this.hls.start();
  }

  /** The broadcast has begun, or the room's media are elsewhere now: try at once what waits. */
  poke() {
    if (this.hls === null) this.watch.poke();
    else this.hls.poke();
  }

  /** The room's media have moved. Whose session is still there keeps it: a refused ICE restart says that it must move. */
  moved() {
    if (this.hls !== null) return;
    if (this.watch.connection === null) this.watch.poke();
    else void this.watch.repair();
  }

  stop() {
    this.watch.stop();
    if (this.hls !== null) {
      this.hls.stop();
      this.hls = null;
      this.playing = 'whep';
      this.onState('stopped', null);
    }
    this.video.srcObject = null;
  }
}
