// @ts-check
/** One visit to a room: its feed, its clock, and what is known of it. The pages draw this and command through it. */
import { bearer, me, renew } from './account.js';
import { feedAddress } from './api/addresses.js';
import { ServerClock } from './clock.js';
import { Feed } from './feed/feed.js';
import { CLOSE } from './feed/messages.js';
import { changed, EMPTY, onStage } from './feed/room_state.js';
import { giver, offerRoad } from './giving/giving.js';
import { answered, ended, failed, tapped, told } from './giving/own_combo.js';
import { stats } from './media/stats.js';
import { computed, signal } from './vendor/signals-core.js';
import { comboMs } from './wallet.js';

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
    /** Our own combo in this room; null: there is none to go on with. */
    this.combo = signal(/** @type {import('./giving/own_combo.js').OwnCombo | null} */ (null));
    /** Who speaks over the feed: whoever was signed in when it was opened. */
    this.speaker = '';
    /** @type {Set<(message: Message) => void>} */
    this.listeners = new Set();
    /** @type {(() => void)[]} */
    this.undo = [];
    this.pendingLikes = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.likeTimer = undefined;
    this.feed = this.newFeed();
  }

  newFeed() {
    return new Feed({
      address: () => {
        this.speaker = me.peek()?.user ?? '';
        return feedAddress(this.room);
      },
      onMessage: (message) => this.take(message),
      onState: (state, code) => this.feedChanged(state, code),
    });
  }

  open() {
    this.undo.push(offerRoad(this.room, this), giver.listen((outcome) => this.settled(outcome)));
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
    if (message.t === 'gift.sent' || message.t === 'combo.ended') this.comboTold(message);
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
   * One more wish to give; false when too many wait for an answer. What comes of it the giver tells.
   * @param {{gift: string, count: number, to: string, coins: number}} wanted
   */
  give(wanted) {
    const user = me.peek()?.user;
    const key = user === undefined ? null : giver.give({ ...wanted, user, room: this.room });
    if (user === undefined || key === null) return false;
    this.combo.value = tapped(this.combo.value, { ...wanted, user }, key, this.clock.now(), comboMs.peek());
    return true;
  }

  /** @param {import('./giving/giver.js').Outcome} outcome */
  settled(outcome) {
    const combo = this.combo.value;
    if (combo === null || outcome.kind === 'unknown') return;
    if (outcome.kind !== 'answered') this.combo.value = failed(combo, outcome.wish.key);
    else if (outcome.reply?.gift_id) this.combo.value = answered(combo, outcome.wish.key, outcome.reply.gift_id);
  }

  /** @param {Message} message */
  comboTold(message) {
    const combo = this.combo.value;
    if (combo !== null) this.combo.value = message.t === 'gift.sent' ? told(combo, message.d, comboMs.peek()) : ended(combo, message.d);
  }

  close() {
    clearTimeout(this.likeTimer);
    for (const undo of this.undo.splice(0)) undo();
    this.feed.close();
    this.listeners.clear();
  }
}
