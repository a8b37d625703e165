// @ts-check
/** One media session kept going until told to stop: what watching and publishing have in common. */
import { Flow } from './flow.js';
import { leave, negotiate, OfferRefused, restartIce } from './exchange.js';
import { stats } from './stats.js';

/** @typedef {import('./exchange.js').MediaSession} MediaSession */

const JOIN_MS = 10_000;
/** A restart has so long to be answered, and so long after the answer to bring media again. */
const RESTART_MS = 1_000;
const CHECK_MS = 1_500;

/**
 * Trouble (ICE says disconnected, or nothing has come for two seconds) is met by an ICE restart, which keeps the session
 * and its pictures; where that is refused or does not help, by a new session, with a back-off. Heirs say what is sent and
 * received, and what the page is told.
 */
export class Link {
  /**
   * @param {string} endpoint
   * @param {() => string | null} token
   * @param {import('../feed/back_off.js').BackOff} backOff
   */
  constructor(endpoint, token, backOff) {
    this.endpoint = endpoint;
    this.token = token;
    this.backOff = backOff;
    /** @type {RTCPeerConnection | null} */
    this.connection = null;
    /** @type {MediaSession | null} */
    this.session = null;
    /** @type {AbortController | null} the exchange under way */
    this.joining = null;
    /** @type {AbortController | null} the restart under way */
    this.repairing = null;
    /** @type {Flow | null} */
    this.flow = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.stopped = true;
    this.everUp = false;
    /** Sessions in a row that were answered and never connected. */
    this.unconnected = 0;
    /** Whether the present session has connected. */
    this.connected = false;
    /** When something last came, by Date.now(). */
    this.flowedAt = 0;
  }

  // --- what heirs say

  /** An attempt begins. @param {number} _at by performance.now(); earlier than now if it had a head start */
  opening(_at) {}

  /** What has been begun already of an attempt; from now on it is ours. @returns {import('./head_start.js').HeadStart | null} */
  headStart() {
    return null;
  }

  /** What is to be sent or received. @param {RTCPeerConnection} _connection @returns {void | Promise<void>} */
  prepare(_connection) {}

  /** There is an answer, which is not a picture yet. @param {RTCPeerConnection} _connection */
  answered(_connection) {}

  /** Media flow. */
  up() {}

  /** The session is lost, and we mean to come back. @param {OfferRefused | null} _refusal */
  down(_refusal) {}

  /** We may not come back. @param {OfferRefused | null} _refusal */
  over(_refusal) {}

  /** Whether a lost session may be replaced. @param {MediaSession | null} _session @returns {Promise<boolean>} */
  async mayReturn(_session) {
    return true;
  }

  /** How long a session may take to connect once it is answered, in ms. */
  patienceMs() {
    return JOIN_MS;
  }

  /** Whether asking again cannot help. @param {OfferRefused} refusal */
  isFinal(refusal) {
    return refusal.final;
  }

  // --- joining

  async join() {
    this.release();
    const begun = this.headStart();
    this.opening(begun?.startedAt ?? performance.now());
    const joining = begun?.leaving ?? new AbortController();
    const connection = begun?.connection ?? new RTCPeerConnection();
    this.joining = joining;
    this.connection = connection;
    this.connected = false;
    connection.onconnectionstatechange = () => {
      if (connection === this.connection) this.follow(connection.connectionState);
    };
    this.timer = setTimeout(() => joining.abort(), JOIN_MS);
    try {
      this.session = await (begun?.session ?? this.exchange(connection, joining.signal));
      this.answered(connection);
      // ICE that never connects says so only after half a minute.
      clearTimeout(this.timer);
      this.timer = setTimeout(() => void this.lost(), this.patienceMs());
      if (begun !== null && connection.connectionState !== 'new') this.follow(connection.connectionState);
    } catch (error) {
      if (connection === this.connection) this.failed(error);
    }
  }

  /** @param {RTCPeerConnection} connection @param {AbortSignal} signal */
  async exchange(connection, signal) {
    await this.prepare(connection);
    return negotiate(connection, await connection.createOffer(), this.endpoint, this.token(), signal);
  }

  /** The server asks us to go elsewhere: a new session at once. */
  move() {
    if (this.stopped) return;
    this.backOff.reset();
    void this.join();
  }

  /** @param {RTCPeerConnectionState} state */
  follow(state) {
    if (state === 'connected') {
      this.healed();
      this.backOff.reset();
      this.unconnected = 0;
      this.connected = true;
      this.everUp = true;
      this.watch();
      this.up();
    } else if (state === 'disconnected') {
      void this.repair();
    } else if (state === 'failed' || state === 'closed') {
      void this.lost();
    }
  }

  watch() {
    const connection = this.connection;
    if (connection === null || this.flow !== null) return;
    this.flowedAt = Date.now();
    this.flow = new Flow(
      connection,
      () => {
        this.flowedAt = Date.now();
        if (this.repairing === null) this.healed();
      },
      () => void this.repair(),
    );
  }

  // --- trouble

  /** Restart ICE; a session that the server does not know any more, or cannot reach us, is given up at once. */
  async repair() {
    const { connection, session } = this;
    if (connection === null || session === null || this.repairing !== null || connection.signalingState !== 'stable') return;
    const repairing = new AbortController();
    this.repairing = repairing;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => repairing.abort(), RESTART_MS);
    try {
      await restartIce(connection, session, this.token(), repairing.signal);
    } catch (error) {
      console.debug('no ICE restart', error);
      if (connection === this.connection) await this.lost();
      return;
    }
    if (connection !== this.connection) return;
    stats.restarts += 1;
    this.repairing = null;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.lost(), CHECK_MS);
  }

  healed() {
    clearTimeout(this.timer);
  }

  async lost() {
    if (this.stopped) return;
    const session = this.session;
    this.session = null;
    if (session !== null && !this.connected) this.unconnected += 1;
    this.release();
    this.down(null);
    const mine = new AbortController();
    this.joining = mine;
    const may = await this.mayReturn(session).catch(() => true);
    leave(session, this.token());
    if (this.stopped || this.joining !== mine) return;
    if (may) this.later(this.backOff.next());
    else this.over(null);
  }

  /** @param {unknown} error */
  failed(error) {
    this.release();
    if (this.stopped) return;
    const refusal = error instanceof OfferRefused ? error : null;
    if (refusal !== null && this.isFinal(refusal)) {
      this.over(refusal);
      return;
    }
    this.down(refusal);
    // A crowd that was told the same number of seconds shall not come back as one.
    const told = refusal?.retryAfterMs ?? null;
    this.later(told === null ? this.backOff.next() : told * (1 + this.backOff.random() / 4));
  }

  /** @param {number} ms */
  later(ms) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.join(), ms);
  }

  // --- the end

  release() {
    clearTimeout(this.timer);
    this.flow?.stop();
    this.joining?.abort();
    this.repairing?.abort();
    this.connection?.close();
    leave(this.session, this.token());
    this.flow = null;
    this.joining = null;
    this.repairing = null;
    this.connection = null;
    this.session = null;
  }
}
