// @ts-check
/** Something asked for again and again, one question at a time. */
import { BackOff } from '../client/feed/back_off.js';

const MOST_MS = 60_000;

/** @template T */
export class Asking {
  /**
   * @param {object} wiring
   * @param {() => Promise<T>} wiring.ask
   * @param {number} wiring.everyMs about so long after an answer the next question; after failures later and later
   * @param {(answer: T) => void} wiring.onAnswer
   * @param {(error: unknown) => void} wiring.onError
   * @param {() => number} [wiring.random]
   */
  constructor({ ask, everyMs, onAnswer, onError, random = Math.random }) {
    this.ask = ask;
    this.everyMs = everyMs;
    this.random = random;
    this.onAnswer = onAnswer;
    this.onError = onError;
    this.pauses = new BackOff({ firstMs: everyMs, mostMs: MOST_MS, random });
    /** Whether anybody wants to know. */
    this.wanted = false;
    this.asking = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
  }

  /** At once, unless there will be an answer soon, and from then on. */
  go() {
    this.wanted = true;
    clearTimeout(this.timer);
    if (!this.asking) void this.turn();
  }

  async turn() {
    this.asking = true;
    const told = await this.ask().then(
      (answer) => () => this.answered(answer),
      (error) => () => this.failed(error),
    );
    this.asking = false;
    if (this.wanted) this.timer = setTimeout(() => void this.turn(), told());
  }

  /** @param {T} answer */
  answered(answer) {
    this.pauses.reset();
    this.onAnswer(answer);
    // Pages that came as one do not ask as one.
    return this.everyMs * (0.75 + this.random() / 2);
  }

  /** @param {unknown} error */
  failed(error) {
    this.onError(error);
    return this.pauses.next();
  }

  /** Nobody looks: nothing is asked or told until the next `go`. */
  rest() {
    this.wanted = false;
    clearTimeout(this.timer);
  }
}
