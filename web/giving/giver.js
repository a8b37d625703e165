// @ts-check
/** Gives: asks for each wish until there is an answer to it, and keeps those without one over a reload of the page. */
import { BackOff } from '../client/feed/back_off.js';
import { newKey } from '../client/keys.js';
import { signal } from '../vendor/signals-core.js';
import { asked, askedAgain, due, expired, isRefusal, nextMs, restored, unanswered, wished, without } from './wishes.js';

/** @typedef {import('./wishes.js').Wanted} Wanted */
/** @typedef {import('./wishes.js').Wish} Wish */
/**
 * @typedef {{kind: 'answered', wish: Wish, reply: any} | {kind: 'refused', wish: Wish, error: unknown} |
 *   {kind: 'unknown' | 'lapsed' | 'left', wish: Wish}} Outcome `lapsed`: it was never asked for; `left`: its owner asks no more
 */
/** @typedef {{getItem: (name: string) => string | null, setItem: (name: string, text: string) => void}} Kept */

const STORED = 'ringside.wishes';
const PAUSES = { firstMs: 500, mostMs: 5_000 };

export class Giver {
  /**
   * @param {object} wiring
   * @param {(wish: Wish) => Promise<any>} wiring.ask one try; a failure has the HTTP `status`, 0 when nothing answered
   * @param {() => number} wiring.now ms, the same clock after a reload
   * @param {Kept} wiring.kept
   * @param {() => number} [wiring.random]
   */
  constructor({ ask, now, kept, random = Math.random }) {
    this.ask = ask;
    this.now = now;
    this.kept = kept;
    this.random = random;
    this.user = '';
    this.wishes = signal(/** @type {Wish[]} */ (restored(this.read())));
    /** @type {Set<(outcome: Outcome) => void>} */
    this.listeners = new Set();
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
  }

  /** Whose wishes are asked for from now on; those of others wait for them. @param {string} user '': nobody's */
  serve(user) {
    this.user = user;
    this.step();
  }

  /** @param {(outcome: Outcome) => void} listener @returns {() => void} */
  listen(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** One more wish, under a key of its own; null when too many wait for an answer. @param {Wanted} wanted */
  give(wanted) {
    const key = newKey();
    const wishes = wished(this.wishes.value, wanted, key, this.now());
    if (wishes === null) return null;
    this.become(wishes);
    this.step();
    return key;
  }

  /** Ask once more for what is not known, under the same keys. */
  again() {
    this.become(askedAgain(this.wishes.value, this.user, this.now()));
    this.step();
  }

  /** Ask no more for what is not known. */
  leave() {
    for (const wish of this.wishes.value.filter((each) => each.user === this.user && each.state === 'unknown')) this.over({ kind: 'left', wish });
  }

  step() {
    clearTimeout(this.timer);
    const now = this.now();
    const { wishes, lapsed, overdue } = expired(this.wishes.value, now);
    if (lapsed.length + overdue.length > 0) this.become(wishes);
    for (const wish of lapsed) this.tell({ kind: 'lapsed', wish });
    for (const wish of overdue) this.tell({ kind: 'unknown', wish });
    for (const wish of due(this.wishes.value, this.user, now)) void this.attempt(wish);
    const next = nextMs(this.wishes.value, this.user, now);
    if (next !== null) this.timer = setTimeout(() => this.step(), Math.max(0, next - now));
  }

  /** @param {Wish} waiting */
  async attempt(waiting) {
    // It is kept that a try was made before it is made: a page that dies meanwhile may have paid.
    this.become(asked(this.wishes.value, waiting.key));
    const wish = { ...waiting, tries: waiting.tries + 1 };
    await this.ask(wish).then(
      (reply) => this.over({ kind: 'answered', wish, reply }),
      (error) => (isRefusal(error, wish.tries) ? this.over({ kind: 'refused', wish, error }) : this.later(wish)),
    );
    this.step();
  }

  /** @param {Wish} wish */
  later(wish) {
    const pauses = new BackOff({ ...PAUSES, random: this.random });
    pauses.tries = wish.tries - 1;
    this.become(unanswered(this.wishes.value, wish.key, this.now(), pauses.next()));
    if (this.wishes.value.some((each) => each.key === wish.key && each.state === 'unknown')) this.tell({ kind: 'unknown', wish });
  }

  /** @param {Outcome} outcome */
  over(outcome) {
    this.become(without(this.wishes.value, outcome.wish.key));
    this.tell(outcome);
  }

  /** @param {Outcome} outcome */
  tell(outcome) {
    for (const listener of this.listeners) listener(outcome);
  }

  /** @param {Wish[]} wishes */
  become(wishes) {
    this.wishes.value = wishes;
    try {
      this.kept.setItem(STORED, JSON.stringify(wishes));
    } catch (error) {
      console.debug('wishes to give are not kept over a reload', error);
    }
  }

  read() {
    try {
      return this.kept.getItem(STORED);
    } catch (error) {
      console.debug('wishes of the page before are not known', error);
      return null;
    }
  }
}
