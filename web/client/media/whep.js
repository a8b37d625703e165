// @ts-check
/** Watching: one program or camera over WHEP, kept going until told to stop. */
import { BackOff } from '../feed/back_off.js';
import { chooseLayer } from './exchange.js';
import { takeHeadStart } from './head_start.js';
import { LayerWish } from './layer_wish.js';
import { Link } from './link.js';
import { receive } from './receive.js';
import { stats } from './stats.js';

/** @typedef {import('./exchange.js').OfferRefused} OfferRefused */

/**
 * connecting: an offer is out. playing: media flow. waiting: the room is not live. reconnecting: a session was lost.
 * refused: never again with this person. stopped: we left.
 * @typedef {'connecting' | 'playing' | 'waiting' | 'reconnecting' | 'refused' | 'stopped'} WatchState
 */

const TELL_MS = 5_000;

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
    this.layer = new LayerWish((session, layer) => chooseLayer(session, layer, this.token(), AbortSignal.timeout(TELL_MS)));
  }

  /** Which layer of the picture is to come, now and after every reconnect. @param {import('./layer_wish.js').Layer} layer */
  choose(layer) {
    this.layer.want(layer);
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

  /** @override @param {number} at */
  opening(at) {
    this.wishedAt = at;
    this.onState(this.everUp ? 'reconnecting' : 'connecting', null);
  }

  /** @override */
  headStart() {
    return takeHeadStart(this.endpoint, this.token());
  }

  /** @override @param {RTCPeerConnection} connection */
  prepare(connection) {
    receive(connection);
  }

  /** @override @param {RTCPeerConnection} connection */
  answered(connection) {
    if (this.session !== null) this.layer.begin(this.session);
    this.onStream(new MediaStream(connection.getReceivers().map(({ track }) => track)));
    if (!this.counted) return;
    stats.joins += 1;
    stats.negotiations += 1;
    if (this.everUp) stats.reconnects += 1;
  }

  /** @override */
  release() {
    this.layer.end();
    super.release();
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

  /** Ask and receive no more, and say nothing of it. */
  pause() {
    this.stopped = true;
    this.release();
  }

  stop() {
    if (this.stopped) return;
    this.stopped = true;
    this.release();
    this.onState('stopped', null);
  }
}
