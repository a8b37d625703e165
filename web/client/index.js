// @ts-check
/**
 * Ringside for any page: watch, publish, the room feed with its battle, gifts. No framework, no words, nothing of the DOM
 * but the `<video>` that is given. docs/embed.md says how to use it.
 */
import { ask, read, step } from './call.js';
import { feedUrl, OLDEST_PROTOCOL, PROTOCOL, suits } from './capabilities.js';
import { newKey } from './keys.js';
import { Publish } from './media/whip.js';
import { waitsForUs } from './media/whose.js';
import { Player } from './player/player.js';
import { RoomFeed } from './room_feed.js';

export { Refusal } from './call.js';
export { CommandRefused } from './feed/feed.js';
export { newKey } from './keys.js';

/** @typedef {import('./capabilities.js').Capabilities} Capabilities */

const API = '/api/v1';

/** Of a server that speaks no protocol that this module understands. */
export class NotUnderstood extends Error {
  constructor() {
    super(`this server speaks no version of the protocol that this module does: ${OLDEST_PROTOCOL} to ${PROTOCOL}`);
    this.code = 'protocol-version';
  }
}

/**
 * Find out what the server can do, once, before anything else.
 * @param {object} [wiring]
 * @param {string} [wiring.origin] of the server; by default of this page
 * @param {() => string | null} [wiring.token] whom we speak for, asked at every request; nobody by default
 */
export async function connect({ origin = location.origin, token = () => null } = {}) {
  /** @type {Capabilities} */
  const can = await read(await ask(`${origin}${API}/capabilities`, {}));
  if (!suits(can)) throw new NotUnderstood();
  return new Ringside(origin, token, can);
}

export class Ringside {
  /** @param {string} origin @param {() => string | null} token @param {Capabilities} can */
  constructor(origin, token, can) {
    this.origin = origin;
    this.token = token;
    this.can = can;
  }

  /** @param {string} path @param {object} [request] @returns {Promise<any>} */
  async call(path, request = {}) {
    return read(await ask(this.origin + API + path, { token: this.token(), ...request }));
  }

  /** Rooms that are live, the most watched first. */
  async rooms() {
    return (await this.call('/rooms?live=1')).rooms;
  }

  /** A room: title, host, broadcast, and the sources of its picture. @param {string} room */
  room(room) {
    return this.call(`/rooms/${step(room)}`);
  }

  /**
   * Show a room's program, and go on showing it, until the player is stopped.
   * @param {string} room
   * @param {HTMLVideoElement} video
   * @param {(state: import('./player/player.js').PlayerState, refusal: import('./player/player.js').Trouble | null) => void} [onState]
   */
  watch(room, video, onState = () => {}) {
    const player = new Player({
      video,
      whep: `${this.origin}/whep/${step(room)}`,
      sources: async () => (await this.room(room)).sources ?? [],
      token: this.token,
      onState,
    });
    player.start();
    return player;
  }

  /**
   * Show a camera in our room, and go on, until the publisher is stopped.
   * @param {string} room
   * @param {MediaStream} stream
   * @param {(state: import('./media/whip.js').PublishState, refusal: Error | null) => void} [onState]
   */
  publish(room, stream, onState = () => {}) {
    const stillOurs = (/** @type {string | null} */ session, /** @type {boolean} */ justNow) =>
      waitsForUs(async () => (await this.room(room)).broadcast, session, justNow);
    const publisher = new Publish({ endpoint: `${this.origin}/whip/${step(room)}`, token: this.token, onState, stillOurs });
    publisher.start(stream);
    return publisher;
  }

  /**
   * Hear what happens in a room, and speak there.
   * @param {string} room
   * @param {{onChange?: (state: import('./feed/room_state.js').RoomState) => void, onState?: (state: import('./feed/feed.js').FeedState, code: number) => void}} [told]
   */
  feed(room, told = {}) {
    const feed = new RoomFeed({ address: (since) => feedUrl(this.origin, room, this.token(), since), ...told });
    feed.open();
    return feed;
  }

  /** What there is to give. */
  async gifts() {
    return (await this.call('/gifts')).gifts;
  }

  /**
   * Give; who was not answered gives again under the same key, and pays once.
   * @param {string} room
   * @param {{gift: string, count?: number, to?: string}} gift
   * @param {string} [key]
   */
  give(room, gift, key = newKey()) {
    return this.call(`/rooms/${step(room)}/gifts`, { method: 'POST', body: gift, headers: { 'Idempotency-Key': key } });
  }
}
