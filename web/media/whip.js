// @ts-check
/** Publishing: camera and microphone over WHIP. */
import { BackOff } from '../feed/back_off.js';
import { h264First } from './codecs.js';
import { leave, negotiate, OfferRefused } from './exchange.js';
import { stats } from './stats.js';

/** @typedef {'connecting' | 'live' | 'reconnecting' | 'refused' | 'stopped' | 'ended'} PublishState */

const JOIN_MS = 10_000;
const SHAKY_MS = 3_000;
export const MOST_VIDEO_BPS = 2_500_000;
export const MOST_AUDIO_BPS = 64_000;

export class Publish {
  /**
   * @param {object} wiring
   * @param {string} wiring.endpoint
   * @param {() => string | null} wiring.token
   * @param {(state: PublishState, refusal: OfferRefused | null) => void} wiring.onState
   * @param {(session: string | null) => Promise<boolean>} wiring.stillOurs whether the broadcast waits for us after the loss of that session, and not for nobody, or for a newer publisher's camera
   */
  constructor({ endpoint, token, onState, stillOurs }) {
    this.endpoint = endpoint;
    this.token = token;
    this.onState = onState;
    this.stillOurs = stillOurs;
    this.backOff = new BackOff({ firstMs: 250, mostMs: 5_000 });
    /** @type {MediaStream | null} */
    this.stream = null;
    /** @type {RTCPeerConnection | null} */
    this.connection = null;
    /** @type {string | null} */
    this.session = null;
    /** @type {AbortController | null} */
    this.joining = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.stopped = true;
    this.everLive = false;
  }

  /** @param {MediaStream} stream */
  start(stream) {
    this.stream = stream;
    this.stopped = false;
    this.everLive = false;
    void this.join();
  }

  async join() {
    this.release();
    this.onState(this.everLive ? 'reconnecting' : 'connecting', null);
    const joining = new AbortController();
    const connection = new RTCPeerConnection();
    this.joining = joining;
    this.connection = connection;
    connection.onconnectionstatechange = () => {
      if (connection === this.connection) this.follow(connection.connectionState);
    };
    this.timer = setTimeout(() => joining.abort(), JOIN_MS);
    try {
      await this.addTracks(connection);
      this.session = await negotiate(connection, this.endpoint, this.token(), joining.signal);
      stats.publishes += 1;
      stats.negotiations += 1;
      clearTimeout(this.timer);
      this.timer = setTimeout(() => void this.lost(), JOIN_MS);
    } catch (error) {
      if (connection === this.connection) this.failed(error);
    }
  }

  /** @param {RTCPeerConnection} connection */
  async addTracks(connection) {
    const stream = this.stream;
    if (stream === null) throw new Error('nothing to publish');
    for (const track of stream.getTracks()) {
      const video = track.kind === 'video';
      const limit = video ? { maxBitrate: MOST_VIDEO_BPS, maxFramerate: 30 } : { maxBitrate: MOST_AUDIO_BPS };
      const transceiver = connection.addTransceiver(track, { direction: 'sendonly', streams: [stream], sendEncodings: [limit] });
      if (!video) continue;
      const codecs = RTCRtpSender.getCapabilities('video')?.codecs ?? [];
      transceiver.setCodecPreferences(h264First(codecs));
      track.contentHint = 'motion';
      // Without it Chromium halves the picture when the uplink falters, and the composite with it.
      const parameters = transceiver.sender.getParameters();
      await transceiver.sender.setParameters(/** @type {any} */ ({ ...parameters, degradationPreference: 'maintain-resolution' }));
    }
  }

  /** @param {RTCPeerConnectionState} state */
  follow(state) {
    if (state === 'connected') {
      clearTimeout(this.timer);
      this.backOff.reset();
      this.everLive = true;
      this.onState('live', null);
    } else if (state === 'disconnected') {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => void this.lost(), SHAKY_MS);
    } else if (state === 'failed' || state === 'closed') {
      void this.lost();
    }
  }

  /** A lost session comes back by itself, unless the broadcast is over or a newer publisher has taken our place. */
  async lost() {
    if (this.stopped) return;
    const session = this.session;
    this.session = null;
    this.release();
    this.onState('reconnecting', null);
    const ours = await this.stillOurs(session).catch(() => true);
    leave(session, this.token());
    if (this.stopped) return;
    if (ours) this.later(this.backOff.next());
    else this.finish('ended', null);
  }

  /** @param {unknown} error */
  failed(error) {
    this.release();
    if (this.stopped) return;
    const refusal = error instanceof OfferRefused ? error : null;
    if (refusal?.final || refusal?.status === 409) {
      this.finish('refused', refusal);
      return;
    }
    this.onState(this.everLive ? 'reconnecting' : 'connecting', refusal);
    this.later(refusal?.retryAfterMs ?? this.backOff.next());
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
    this.finish('stopped', null);
  }
}
