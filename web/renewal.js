// @ts-check
/** What was refused for its token is tried again with the next one: at once the first time, then less and less often. */
import { BackOff } from './client/feed/back_off.js';

export class Renewal {
  /**
   * @param {object} wiring
   * @param {() => string | null} wiring.token the one held now; null: nobody's
   * @param {() => Promise<unknown>} wiring.renew get the next one, if there is one to get
   * @param {() => void} wiring.again try again with the token that is held then
   * @param {BackOff} [wiring.backOff]
   */
  constructor({ token, renew, again, backOff = new BackOff({ firstMs: 1_000, mostMs: 30_000 }) }) {
    this.token = token;
    this.renew = renew;
    this.again = again;
    this.backOff = backOff;
    this.over = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
  }

  /** The token was refused. */
  async refused() {
    const held = this.token();
    await this.renew();
    if (this.over) return;
    const wait = this.backOff.next();
    if (this.token() !== held && this.backOff.tries === 1) this.again();
    else this.timer = setTimeout(this.again, wait);
  }

  /** It was not refused this time. */
  accepted() {
    this.backOff.reset();
  }

  /** Nothing is to be tried any more. */
  stop() {
    this.over = true;
    clearTimeout(this.timer);
  }
}
