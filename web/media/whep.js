// @ts-check
/** Watching: one program or camera over WHEP, kept going until told to stop. */
import { BackOff } from '../feed/back_off.js';
import { Link } from './link.js';
import { stats } from './stats.js';

/** @typedef {import('./exchange.js').OfferRefused} OfferRefused */

/**
 * connecting: an offer is out. playing: media flow. waiting: the room is not live. reconnecting: a session was lost.
 * refused: never again with this person. stopped: we left.
 * @typedef {'connecting' | 'playing' | 'waiting' | 'reconnecting' | 'refused' | 'stopped'} WatchState
 */

const CAPTURE_TIME = 'http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time';

/** Ask for the capture time of every picture, where the browser lets us. @param {RTCRtpTransceiver} transceiver */
function askCaptureTime(transceiver) {
  const able = /** @type {any} */ (transceiver);
  if (typeof able.getHeaderExtensionsToNegotiate !== 'function') return;
  const extensions = able.getHeaderExtensionsToNegotiate();
  for (const extension of extensions) if (extension.uri === CAPTURE_TIME) extension.direction = 'sendrecv';
  able.setHeaderExtensionsToNegotiate(extensions);
}

export class Watch extends Link {
  /**
   * @param {object} wiring
   * @param {string} wiring.endpoint
   * @param {() => string | null} wiring.token
   * @param {(stream: MediaStream) => void} wiring.onStream
   * @param {(state: WatchState, refusal: OfferRefused | null) => void} wiring.onState
   * @param {boolean} [wiring.counted] whether `stats` counts it; the opponent's camera is not the program
   */
  constructor({ endpoint, token, onStream, onState, counted = true }) {
    super(endpoint, token, new BackOff());
    this.onStream = onStream;
    this.onState = onState;
    this.counted = counted;
    /** When the wish to watch began, by performance.now(). */
    this.wishedAt = 0;
  }

  start() {
    this.stopped = false;
    void this.join();
  }

  /** Try at once if we are waiting for anything: the feed says that the broadcast has begun. */
  poke() {
    if (this.stopped || this.connection !== null) return;
    this.backOff.reset();
    void this.join();
  }

  /** @override */
  opening() {
    this.wishedAt = performance.now();
    this.onState(this.everUp ? 'reconnecting' : 'connecting', null);
  }

  /** @override @param {RTCPeerConnection} connection */
  prepare(connection) {
    const stream = new MediaStream();
    connection.ontrack = ({ track }) => {
      stream.addTrack(track);
      this.onStream(stream);
    };
    askCaptureTime(connection.addTransceiver('video', { direction: 'recvonly' }));
    connection.addTransceiver('audio', { direction: 'recvonly' });
  }

  /** @override */
  answered() {
    if (!this.counted) return;
    stats.joins += 1;
    stats.negotiations += 1;
    if (this.everUp) stats.reconnects += 1;
  }

  /** @override */
  up() {
    this.onState('playing', null);
  }

  /** @override @param {OfferRefused | null} refusal */
  down(refusal) {
    if (refusal?.status === 409) this.onState('waiting', refusal);
    else this.onState(this.everUp ? 'reconnecting' : 'connecting', refusal);
  }

  /** @override @param {OfferRefused | null} refusal */
  over(refusal) {
    this.onState('refused', refusal);
  }

  stop() {
    if (this.stopped) return;
    this.stopped = true;
    this.release();
    this.onState('stopped', null);
  }
}
