// @ts-check
/** How long to wait before the next try: doubling, bounded, with jitter so that a crowd does not come back as one. */

export class BackOff {
  /**
   * @param {{firstMs?: number, mostMs?: number, random?: () => number}} [options]
   */
  constructor({ firstMs = 400, mostMs = 10_000, random = Math.random } = {}) {
    this.firstMs = firstMs;
    this.mostMs = mostMs;
    this.random = random;
    this.tries = 0;
  }

  /** Between half and all of the doubled step. */
  next() {
    const step = Math.min(this.mostMs, this.firstMs * 2 ** Math.min(this.tries, 16));
    this.tries += 1;
    return step * (0.5 + this.random() / 2);
  }

  reset() {
    this.tries = 0;
  }
}
