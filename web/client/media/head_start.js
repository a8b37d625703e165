// @ts-check
/**
 * Watching that begins before the page that shows it: a connection is made while the lobby is read, its offer goes out as
 * soon as the address says which room, and the room's page, once it is drawn, takes over what is under way.
 */
import { gatherAhead, learnServers, leave, negotiate } from './exchange.js';
import { receive } from './receive.js';

/** @typedef {import('./exchange.js').MediaSession} MediaSession */

/** A prepared connection may have sockets of a network that is gone. */
const FRESH_MS = 60_000;
/** What nobody has taken over by then is given up. */
const TAKEN_MS = 3_000;

/** A connection with its offer, for whichever room. */
class Prepared {
  constructor() {
    this.at = performance.now();
    this.connection = new RTCPeerConnection();
    this.timer = setTimeout(() => this.close(), FRESH_MS);
    receive(this.connection);
    this.offer = this.connection.createOffer();
    this.offer.catch(() => {});
  }

  get fresh() {
    return this.connection.signalingState !== 'closed' && performance.now() - this.at < FRESH_MS;
  }

  /** Let candidates be gathered, when `endpoint` says that this needs no servers. @param {string} endpoint */
  async gather(endpoint) {
    await learnServers(endpoint, AbortSignal.timeout(TAKEN_MS));
    const offer = await this.offer;
    await gatherAhead(this.connection, offer);
  }

  close() {
    clearTimeout(this.timer);
    this.connection.close();
  }
}

/** @type {Prepared | null} */
let prepared = null;
/** @type {HeadStart | null} */
let underWay = null;

/** The reader may soon want to watch something like `endpoint`. Call it as often as you like. @param {string} endpoint */
export function prepareToWatch(endpoint) {
  if (prepared?.fresh) return;
  prepared?.close();
  const made = (prepared = new Prepared());
  made.gather(endpoint).catch((error) => console.debug('not prepared', error));
}

/** An exchange that goes on without the page. */
export class HeadStart {
  /** @param {string} endpoint @param {string | null} token */
  constructor(endpoint, token) {
    const { connection, offer, timer } = prepared?.fresh ? prepared : new Prepared();
    prepared = null;
    clearTimeout(timer);
    this.endpoint = endpoint;
    this.token = token;
    this.startedAt = performance.now();
    this.connection = connection;
    this.leaving = new AbortController();
    /** @type {Promise<MediaSession>} */
    this.session = this.exchange(offer);
    this.session.catch(() => {});
    this.timer = setTimeout(() => this.giveUp(), TAKEN_MS);
  }

  /** @param {Promise<RTCSessionDescriptionInit>} offered */
  async exchange(offered) {
    return negotiate(this.connection, await offered, this.endpoint, this.token, this.leaving.signal);
  }

  giveUp() {
    clearTimeout(this.timer);
    if (this.leaving.signal.aborted) return;
    this.leaving.abort();
    this.connection.close();
    this.session.then((session) => leave(session, this.token)).catch(() => {});
  }
}

/** The reader goes to where `endpoint` is watched. @param {string} endpoint @param {string | null} token */
export function beginToWatch(endpoint, token) {
  underWay?.giveUp();
  underWay = new HeadStart(endpoint, token);
}

/** What was begun for this endpoint and person, if anything; from now on it is the caller's. @param {string} endpoint @param {string | null} token */
export function takeHeadStart(endpoint, token) {
  const begun = underWay;
  if (begun === null || begun.endpoint !== endpoint || begun.token !== token || begun.leaving.signal.aborted) return null;
  clearTimeout(begun.timer);
  underWay = null;
  return begun;
}
