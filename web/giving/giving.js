// @ts-check
/** What this page gives: over the feed of the room where that is open, else over HTTP, and what the answers mean for the purse. */
import { me } from '../account.js';
import { gifts } from '../api/gifts.js';
import { localNow } from '../client/clock.js';
import { number, t, tError } from '../i18n.js';
import { toast } from '../parts/toasts.js';
import { computed, effect, untracked } from '../vendor/signals-core.js';
import { coins, loadCatalogue, loadWallet } from '../wallet.js';
import { Giver } from './giver.js';

/** @typedef {import('./giver.js').Outcome} Outcome */
/** @typedef {import('./wishes.js').Wish} Wish */
/** @typedef {{feed: import('../client/room_feed.js').RoomFeed, speaker: string}} Road a room's feed, and who speaks over it */

/** The catalogue is another one than we have shown. */
const CHANGED = new Set(['gift-unknown', 'gift-not-available']);

/** @type {Map<string, Road>} by room */
const roads = new Map();

export const giver = new Giver({ ask, now: localNow, kept: sessionStorage });

/** Our own wishes without an answer. */
export const ownWishes = computed(() => giver.wishes.value.filter((wish) => wish.user === me.value?.user));

/** Coins that we may still give away: what is on its way is not ours any more. Null: not known. */
export const spendable = computed(() => {
  const underWay = ownWishes.value.reduce((sum, wish) => sum + (wish.state === 'unknown' ? 0 : wish.coins), 0);
  return coins.value === null ? null : Math.max(0, coins.value - underWay);
});

/** Gifts in a room may go over its feed, as long as it is there. @param {string} room @param {Road} road @returns {() => void} */
export function offerRoad(room, road) {
  roads.set(room, road);
  return () => {
    if (roads.get(room) === road) roads.delete(room);
  };
}

/**
 * One try, the first over the feed, in the name of whoever is signed in now: keys belong to their user. What the feed gives
 * no answer to is asked for over HTTP next, under the same key, and is charged once in any case.
 * @param {Wish} wish
 */
function ask({ user, room, gift, count, to, key, tries }) {
  const road = roads.get(room);
  if (tries === 1 && road?.speaker === user) return road.feed.ask('gift.send', { gift, count, to, key });
  return gifts.send(room, { gift, count, to }, key);
}

let newestMs = 0;
let doubtful = false;

/** @param {Wish} wish @param {any} reply */
function paid(wish, reply) {
  // The answer to a repetition is that of the first try, with the balance of then.
  if (wish.tries === 1 && typeof reply?.balance === 'number' && reply.accepted_at_ms >= newestMs) {
    newestMs = reply.accepted_at_ms;
    coins.value = reply.balance;
  } else doubtful = true;
  if (reply?.win > 0) toast(t('gift.youWon', { coins: number(reply.win) }));
}

/** @param {unknown} error */
function refused(error) {
  doubtful = true;
  toast(tError(error), 'bad');
  if (CHANGED.has(/** @type {{code?: string}} */ (error).code ?? '')) loadCatalogue().catch((problem) => console.debug('the catalogue is not known', problem));
}

/** Whoever has given it and is not here any more reads of it in his purse. @param {Outcome} outcome */
function settle(outcome) {
  if (outcome.wish.user !== me.peek()?.user) return;
  if (outcome.kind === 'answered') paid(outcome.wish, outcome.reply);
  else if (outcome.kind === 'refused') refused(outcome.error);
  else if (outcome.kind === 'lapsed') toast(t('gift.notSent'), 'bad');
  if (!doubtful || ownWishes.value.some((wish) => wish.state !== 'unknown')) return;
  doubtful = false;
  loadWallet().catch((problem) => console.debug('the balance is not known', problem));
}

/** Give for whoever is signed in, also what the page before a reload had no answer to. */
export function followWishes() {
  giver.listen(settle);
  effect(() => {
    const user = me.value?.user ?? '';
    untracked(() => giver.serve(user));
  });
}
