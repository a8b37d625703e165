// @ts-check
/** Watching: one program or camera over WHEP, kept going until told to stop. */
import { BackOff } from '../feed/back_off.js';
import { leave, negotiate, OfferRefused } from './exchange.js';
import { stats } from './stats.js';

/**
 * connecting: an offer is out. playing: media flow. waiting: the room is not live. reconnecting: a session was lost.
 * refused: never again with this person. stopped: we left.
 * @typedef {'connecting' | 'playing' | 'waiting' | 'reconnecting' | 'refused' | 'stopped'} WatchState
 */

const JOIN_MS = 10_000;
const SHAKY_MS = 4_000;
const CAPTURE_TIME = 'http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time';

/** Ask for the capture time of every picture, where the browser lets us. @param {RTCRtpTransceiver} transceiver */
function askCaptureTime(transceiver) {
  const able = /** @type {any} */ (transceiver);
  if (typeof able.getHeaderExtensionsToNegotiate !== 'function') return;
  const extensions = able.getHeaderExtensionsToNegotiate();
  for (const extension of extensions) if (extension.uri === CAPTURE_TIME) extension.direction = 'sendrecv';
  able.setHeaderExtensionsToNegotiate(extensions);
}

export class Watch {
  /**
   * @param {object} wiring
   * @param {string} wiring.endpoint
   * @param {() => string | null} wiring.token
   * @param {(stream: MediaStream) => void} wiring.onStream
   * @param {(state: WatchState, refusal: OfferRefused | null) => void} wiring.onState
   * @param {boolean} [wiring.counted] whether `stats` counts it; the opponent's camera is not the program
   */
  constructor({ endpoint, token, onStream, onState, counted = true }) {
    this.endpoint = endpoint;
    this.token = token;
    this.onStream = onStream;
    this.onState = onState;
    this.counted = counted;
    this.backOff = new BackOff();
    /** @type {RTCPeerConnection | null} */
    this.connection = null;
    /** @type {string | null} */
    this.session = null;
    /** @type {AbortController | null} */
    this.joining = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.stopped = false;
    this.everPlayed = false;
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

  async join() {
    clearTimeout(this.timer);
    this.release();
    this.wishedAt = performance.now();
    this.onState(this.everPlayed ? 'reconnecting' : 'connecting', null);
    const joining = new AbortController();
    const connection = new RTCPeerConnection();
    this.joining = joining;
    this.connection = connection;
    const stream = new MediaStream();
    connection.ontrack = ({ track }) => {
      stream.addTrack(track);
      this.onStream(stream);
    };
    connection.onconnectionstatechange = () => {
      if (connection === this.connection) this.follow(connection.connectionState);
    };
    askCaptureTime(connection.addTransceiver('video', { direction: 'recvonly' }));
    connection.addTransceiver('audio', { direction: 'recvonly' });
    this.timer = setTimeout(() => joining.abort(), JOIN_MS);
    try {
      this.session = await negotiate(connection, this.endpoint, this.token(), joining.signal);
      this.joined();
    } catch (error) {
      if (connection === this.connection) this.failed(error);
    }
  }

  joined() {
    if (this.counted) {
      stats.joins += 1;
      stats.negotiations += 1;
      if (this.everPlayed) stats.reconnects += 1;
    }
    // An answer is not a picture: ICE that never connects says so only after half a minute.
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.lost(), JOIN_MS);
  }

  /** @param {RTCPeerConnectionState} state */
  follow(state) {
    if (state === 'connected') {
      clearTimeout(this.timer);
      this.backOff.reset();
      this.everPlayed = true;
      this.onState('playing', null);
    } else if (state === 'disconnected') {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.lost(), SHAKY_MS);
    } else if (state === 'failed' || state === 'closed') {
      this.lost();
    }
  }

  lost() {
    if (this.stopped) return;
    this.release();
    this.onState('reconnecting', null);
    this.later(this.backOff.next());
  }

  /** @param {unknown} error */
  failed(error) {
    this.release();
    if (this.stopped) return;
    const refusal = error instanceof OfferRefused ? error : null;
    if (refusal?.final) {
      this.onState('refused', refusal);
      return;
    }
    const wait = refusal?.retryAfterMs ?? this.backOff.next();
    this.onState(refusal?.status === 409 ? 'waiting' : this.everPlayed ? 'reconnecting' : 'connecting', refusal);
    this.later(wait);
  }

  /** @param {number} ms */
  later(ms) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.join(), ms);
  }

  release() {
    clearTimeout(this.timer);
    this.joining?.abort();
    this.connection?.close();
    leave(this.session, this.token());
    this.joining = null;
    this.connection = null;
    this.session = null;
  }

  stop() {
    if (this.stopped) return;
    this.stopped = true;
    this.release();
    this.onState('stopped', null);
  }
}
