// @ts-check
/** One room's feed: what is known of the room, its clock, and what is said to it. */
import { ServerClock } from './clock.js';
import { Feed } from './feed/feed.js';
import { changed, EMPTY, onStage } from './feed/room_state.js';

/** @typedef {import('./feed/messages.js').Message} Message */
/** @typedef {import('./feed/room_state.js').RoomState} RoomState */
/** @typedef {import('./feed/feed.js').FeedState} FeedState */

const LIKES_MS = 500;
const MOST_LIKES = 50;
const STAMPED = new Set(['hello', 'beat', 'pong']);

export class RoomFeed {
  /**
   * @param {object} wiring
   * @param {(since: string | null) => Promise<string> | string} wiring.address the socket's address with a token that is good now
   * @param {(state: RoomState) => void} [wiring.onChange] what is known of the room is another now
   * @param {(state: FeedState, code: number) => void} [wiring.onState]
   */
  constructor({ address, onChange = () => {}, onState = () => {} }) {
    this.onChange = onChange;
    this.clock = new ServerClock();
    /** @type {RoomState} */
    this.state = EMPTY;
    /** @type {Set<(message: Message) => void>} */
    this.listeners = new Set();
    this.pendingLikes = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.likeTimer = undefined;
    this.line = new Feed({ address, onMessage: (message) => this.take(message), onState });
  }

  open() {
    void this.line.open();
  }

  /** The battle on this room's stage. */
  get battle() {
    return onStage(this.state.battle);
  }

  /** @param {Message} message */
  take(message) {
    const now = message.d?.now_ms;
    if (message.t === 'hello') this.clock.forget();
    if (STAMPED.has(message.t) && typeof now === 'number') this.clock.heard(now);
    const before = this.state;
    this.state = changed(before, message);
    if (this.state !== before) this.onChange(this.state);
    for (const listener of this.listeners) listener(message);
  }

  /** Hear every message, also those that change nothing that is known. @param {(message: Message) => void} listener @returns {() => void} ends it */
  listen(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** @param {string} type @param {Record<string, unknown>} body @returns {Promise<any>} the reply; `CommandRefused` when it was refused */
  ask(type, body) {
    return this.line.ask(type, body);
  }

  /** @param {string} text */
  say(text) {
    return this.ask('chat.say', { text });
  }

  /** Likes are told in bunches. */
  like() {
    this.pendingLikes += 1;
    this.likeTimer ??= setTimeout(() => {
      this.line.say('like', { count: Math.min(MOST_LIKES, this.pendingLikes) });
      this.pendingLikes = 0;
      this.likeTimer = undefined;
    }, LIKES_MS);
  }

  /**
   * One try of a gift; ask again under the same key until it is answered or refused.
   * @param {{gift: string, count?: number, to?: string}} gift
   * @param {string} key
   */
  give(gift, key) {
    return this.ask('gift.send', { ...gift, key });
  }

  close() {
    clearTimeout(this.likeTimer);
    this.line.close();
    this.listeners.clear();
  }
}
