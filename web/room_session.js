// @ts-check
/** One visit to a room: its feed, its clock, and what is known of it. The pages draw this and command through it. */
import { bearer, renew } from './account.js';
import { feedAddress, gifts } from './api.js';
import { ServerClock } from './clock.js';
import { Feed } from './feed/feed.js';
import { CLOSE } from './feed/messages.js';
import { changed, EMPTY, onStage } from './feed/room_state.js';
import { newKey } from './keys.js';
import { stats } from './media/stats.js';
import { computed, signal } from './vendor/signals-core.js';

/** @typedef {import('./feed/messages.js').GiftSent} GiftSent */
/** @typedef {import('./feed/messages.js').Message} Message */

const LIKES_MS = 500;
const MOST_LIKES = 50;

export class RoomSession {
  /** @param {string} room */
  constructor(room) {
    this.room = room;
    this.clock = new ServerClock();
    this.state = signal(EMPTY);
    this.feedState = signal(/** @type {import('./feed/feed.js').FeedState} */ ('connecting'));
    this.closedBecause = signal(0);
    this.battle = computed(() => onStage(this.state.value.battle));
    /** @type {Set<(message: Message) => void>} */
    this.listeners = new Set();
    this.pendingLikes = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.likeTimer = undefined;
    this.feed = this.newFeed();
  }

  newFeed() {
    return new Feed({
      address: () => feedAddress(this.room),
      onMessage: (message) => this.take(message),
      onState: (state, code) => this.feedChanged(state, code),
    });
  }

  open() {
    void this.feed.open();
  }

  /**
   * @param {import('./feed/feed.js').FeedState} state
   * @param {number} code
   */
  feedChanged(state, code) {
    if (state === 'open') stats.feeds += 1;
    this.feedState.value = state;
    this.closedBecause.value = code;
    if (code === CLOSE.TOKEN && bearer() !== null) void renew();
  }

  /** @param {Message} message */
  take(message) {
    const now = message.d?.now_ms;
    if (message.t === 'hello') this.clock.forget();
    if ((message.t === 'hello' || message.t === 'pong') && typeof now === 'number') this.clock.heard(now);
    this.state.value = changed(this.state.value, message);
    for (const listener of this.listeners) listener(message);
  }

  /** @param {(message: Message) => void} listener @returns {() => void} */
  listen(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** @param {string} text */
  say(text) {
    return this.feed.ask('chat.say', { text });
  }

  /** Likes are told in bunches. */
  like() {
    this.pendingLikes += 1;
    this.likeTimer ??= setTimeout(() => {
      this.feed.say('like', { count: Math.min(MOST_LIKES, this.pendingLikes) });
      this.pendingLikes = 0;
      this.likeTimer = undefined;
    }, LIKES_MS);
  }

  /**
   * Over the feed, or over HTTP with the same key when the feed gives no answer: it is charged once in any case.
   * @param {{gift: string, count: number, to: string}} gift
   */
  async sendGift(gift) {
    const key = newKey();
    try {
      return await this.feed.ask('gift.send', { ...gift, key });
    } catch (error) {
      const code = /** @type {{code?: string}} */ (error).code;
      if (code !== 'offline' && code !== 'no-answer') throw error;
      return gifts.send(this.room, gift, key);
    }
  }

  close() {
    clearTimeout(this.likeTimer);
    this.feed.close();
    this.listeners.clear();
  }
}
