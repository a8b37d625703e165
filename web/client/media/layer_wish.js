// @ts-check
/** Which layer a viewer wants: told to every new session, and told again until the server has heard it. */
import { BackOff } from '../feed/back_off.js';
import { OfferRefused } from './exchange.js';

/** @typedef {import('./exchange.js').MediaSession} MediaSession */
/** @typedef {'auto' | 'full' | 'half' | 'sound'} Layer the best that the link bears, the largest, the next smaller one, no picture */

export class LayerWish {
  /**
   * @param {(session: MediaSession, layer: Layer) => Promise<void>} send
   * @param {BackOff} [backOff]
   */
  constructor(send, backOff = new BackOff()) {
    this.send = send;
    this.backOff = backOff;
    /** @type {Layer} */
    this.wanted = 'auto';
    /** What the present session's server believes. @type {Layer} */
    this.heard = 'auto';
    /** @type {MediaSession | null} */
    this.session = null;
    /** The session that is being told. @type {MediaSession | null} */
    this.telling = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
  }

  /** @param {Layer} layer */
  want(layer) {
    this.wanted = layer;
    void this.tell();
  }

  /** A new session, which knows nothing yet. @param {MediaSession} session */
  begin(session) {
    this.end();
    this.session = session;
    this.heard = 'auto';
    this.backOff.reset();
    void this.tell();
  }

  end() {
    clearTimeout(this.timer);
    this.session = null;
  }

  async tell() {
    const { session, wanted } = this;
    clearTimeout(this.timer);
    if (session === null || session.layer === null || this.telling === session || wanted === this.heard) return;
    this.telling = session;
    try {
      await this.send(session, wanted);
      if (session === this.session) this.heard = wanted;
    } catch (error) {
      console.debug('the layer was not chosen', error);
      // Whatever cannot be heard at all ends with its session.
      if (session === this.session && !(error instanceof OfferRefused && error.final)) this.timer = setTimeout(() => void this.tell(), this.backOff.next());
      return;
    } finally {
      if (this.telling === session) this.telling = null;
    }
    if (this.wanted !== wanted) void this.tell();
  }
}
