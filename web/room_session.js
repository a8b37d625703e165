// @ts-check
/** One visit to a room: its feed, its clock, and what is known of it. The pages draw this and command through it. */
import { bearer, me, renew } from './account.js';
import { feedAddress } from './api/addresses.js';
import { CLOSE } from './client/feed/messages.js';
import { EMPTY, onStage } from './client/feed/room_state.js';
import { stats } from './client/media/stats.js';
import { RoomFeed } from './client/room_feed.js';
import { onceAFrame } from './frames.js';
import { giver, offerRoad } from './giving/giving.js';
import { answered, ended, failed, tapped, told } from './giving/own_combo.js';
import { Draft } from './room/draft.js';
import { talked, UNHEARD } from './room/talk.js';
import { batch, computed, signal } from './vendor/signals-core.js';
import { comboMs } from './wallet.js';

/** @typedef {import('./client/feed/messages.js').Message} Message */

const COMBO = new Set(['gift.sent', 'combo.ended']);

export class RoomSession {
  /** @param {string} room */
  constructor(room) {
    this.room = room;
    this.state = signal(EMPTY);
    this.feedState = signal(/** @type {import('./client/feed/feed.js').FeedState} */ ('connecting'));
    this.closedBecause = signal(0);
    this.battle = computed(() => onStage(this.state.value.battle));
    /** The chat's order, and what goes with its lines. */
    this.talk = signal(UNHEARD);
    this.heard = UNHEARD;
    this.draft = new Draft();
    /** Our own combo in this room; null: there is none to go on with. */
    this.combo = signal(/** @type {import('./giving/own_combo.js').OwnCombo | null} */ (null));
    /** Who speaks over the feed: whoever was signed in when it was opened. */
    this.speaker = '';
    /** The token that it was opened with, and its renewal when that was refused. */
    this.token = /** @type {string | null} */ (null);
    this.renewed = /** @type {Promise<unknown> | null} */ (null);
    /** @type {(() => void)[]} */
    this.undo = [];
    this.feed = this.newFeed();
    this.clock = this.feed.clock;
    this.drawn = onceAFrame(() => this.draw());
  }

  newFeed() {
    return new RoomFeed({
      address: async (since) => {
        await this.renewed;
        this.token = bearer();
        this.speaker = me.peek()?.user ?? '';
        return feedAddress(this.room, since);
      },
      onChange: () => this.drawn.ask(),
      onState: (state, code) => this.feedChanged(state, code),
    });
  }

  draw() {
    batch(() => {
      this.state.value = this.feed.state;
      this.talk.value = this.heard;
    });
  }

  open() {
    this.undo.push(offerRoad(this.room, this), giver.listen((outcome) => this.settled(outcome)));
    this.undo.push(this.listen((message) => this.comboTold(message)), this.listen((message) => this.talkTold(message)));
    this.feed.open();
  }

  /**
   * @param {import('./client/feed/feed.js').FeedState} state
   * @param {number} code
   */
  feedChanged(state, code) {
    if (state === 'open') stats.feeds += 1;
    this.feedState.value = state;
    this.closedBecause.value = state === 'closed' ? code : 0;
    if (code === CLOSE.TOKEN && this.token !== null && this.token === bearer()) this.renewed = renew();
  }

  /** @param {(message: Message) => void} listener @returns {() => void} */
  listen(listener) {
    return this.feed.listen(listener);
  }

  /** What a call has answered, drawn at once as if the feed had told it. @param {Message} message */
  learn(message) {
    this.feed.take(message);
    this.draw();
  }

  /** @param {import('./room/draft.js').Written} written */
  async say({ text, reply, named }) {
    const more = { reply_to: reply?.id, mentions: named.length > 0 ? named.map((each) => each.user) : undefined };
    await this.feed.ask('chat.say', { text, ...more });
    this.draft.saidAt.value = this.clock.now();
  }

  /** The reader may not speak here: he came when that had been told. @param {number} until by the server's clock */
  mutedUntil(until) {
    this.talkTold({ t: 'chat.muted', d: { user: this.speaker, until_ms: until } });
  }

  /** He has spoken, perhaps on another page: in slow mode so many seconds are left. @param {number} seconds */
  waits(seconds) {
    this.draft.saidAt.value = this.clock.now() + (seconds - this.talk.peek().order.slow_s) * 1000;
  }

  /** @param {Message} message */
  talkTold(message) {
    const before = this.heard;
    this.heard = talked(before, message);
    if (this.heard !== before) this.drawn.ask();
  }

  like() {
    this.feed.like();
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
    if (combo === null || !COMBO.has(message.t)) return;
    this.combo.value = message.t === 'gift.sent' ? told(combo, message.d, comboMs.peek()) : ended(combo, message.d);
  }

  close() {
    this.drawn.cancel();
    for (const undo of this.undo.splice(0)) undo();
    this.feed.close();
  }
}
