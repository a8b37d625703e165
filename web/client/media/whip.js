// @ts-check
/** Publishing: camera and microphone over WHIP. */
import { BackOff } from '../feed/back_off.js';
import { bearsSimulcast } from './encodings.js';
import { Link } from './link.js';
import { send } from './send.js';
import { stats } from './stats.js';
import { Uplink } from './uplink.js';

/** @typedef {import('./exchange.js').OfferRefused} OfferRefused */
/** @typedef {import('./exchange.js').MediaSession} MediaSession */
/** @typedef {'connecting' | 'live' | 'reconnecting' | 'refused' | 'stopped' | 'ended'} PublishState */

const JUST_NOW_MS = 10_000;

export class Publish extends Link {
  /**
   * @param {object} wiring
   * @param {string} wiring.endpoint
   * @param {() => string | null} wiring.token
   * @param {(state: PublishState, refusal: OfferRefused | null) => void} wiring.onState
   * @param {(session: string | null, justNow: boolean) => Promise<boolean>} wiring.stillOurs whether the broadcast waits for us after the loss of that session, and not for nobody, or for a newer publisher's camera
   * @param {boolean} [wiring.simulcast] the picture in two sizes; by default when the machine bears it
   */
  constructor({ endpoint, token, onState, stillOurs, simulcast = bearsSimulcast(navigator.hardwareConcurrency) }) {
    super(endpoint, token, new BackOff({ firstMs: 250, mostMs: 5_000 }));
    this.onState = onState;
    this.stillOurs = stillOurs;
    this.simulcast = simulcast;
    /** @type {MediaStream | null} */
    this.stream = null;
    /** @type {Uplink | null} */
    this.uplink = null;
  }

  /** @param {MediaStream} stream */
  start(stream) {
    this.stream = stream;
    this.stopped = false;
    this.everUp = false;
    void this.join();
  }

  /** @override */
  opening() {
    this.onState(this.everUp ? 'reconnecting' : 'connecting', null);
  }

  /** @override @param {RTCPeerConnection} connection */
  async prepare(connection) {
    if (this.stream === null) throw new Error('nothing to publish');
    await send(connection, this.stream, this.simulcast);
  }

  /** Send `track` in the place of what is sent of its kind; whoever watches notices nothing but the other picture. @param {MediaStreamTrack} track */
  async swap(track) {
    if (this.stream === null) return;
    this.stream = new MediaStream([...this.stream.getTracks().filter(({ kind }) => kind !== track.kind), track]);
    if (track.kind === 'video') track.contentHint ||= 'motion';
    const connection = this.connection;
    const sender = connection?.getSenders().find((each) => each.track?.kind === track.kind);
    await sender?.replaceTrack(track).catch((error) => {
      if (connection === this.connection) throw error; // else it was closed meanwhile, and the next one sends what we have now
    });
  }

  /** @override @param {RTCPeerConnection} connection */
  answered(connection) {
    stats.publishes += 1;
    stats.negotiations += 1;
    this.uplink = new Uplink(connection);
  }

  /** @override */
  release() {
    this.uplink?.stop();
    this.uplink = null;
    super.release();
  }

  /** @override */
  up() {
    this.onState('live', null);
  }

  /** @override @param {OfferRefused | null} refusal */
  down(refusal) {
    this.onState(this.everUp ? 'reconnecting' : 'connecting', refusal);
  }

  /** Unless the broadcast is over, or a newer publisher has taken our place. @override @param {MediaSession | null} session */
  mayReturn(session) {
    return this.stillOurs(session?.address ?? null, Date.now() - this.flowedAt < JUST_NOW_MS);
  }

  /** @override @param {OfferRefused} refusal */
  isFinal(refusal) {
    return refusal.final || refusal.status === 409;
  }

  /** @override @param {OfferRefused | null} refusal */
  over(refusal) {
    this.finish(refusal === null ? 'ended' : 'refused', refusal);
  }

  /**
   * @param {PublishState} state
   * @param {OfferRefused | null} refusal
   */
  finish(state, refusal) {
    this.stopped = true;
    this.release();
    this.onState(state, refusal);
  }

  stop() {
    if (this.stopped) return;
    this.finish('stopped', null);
  }
}

/** A guest's, or of a host's screen: while his host is lost, who may be back soon, he asks again. */
export class GuestPublish extends Publish {
  /** @override @param {OfferRefused} refusal */
  isFinal(refusal) {
    return refusal.code !== 'not-live' && super.isFinal(refusal);
  }
}
