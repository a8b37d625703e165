// @ts-check
/** The socket of one room's feed: says who comes in, keeps itself open, misses nothing, and matches replies to commands. */
import { BackOff } from './back_off.js';
import { comesBack } from './messages.js';

/** @typedef {import('./messages.js').Message} Message */
/** @typedef {'connecting' | 'open' | 'reconnecting' | 'closed'} FeedState */

const REPLY_MS = 10_000;
const MOST_WAITING = 64;
const SILENT_BEATS = 3;
const LOOKS = 4;

/**
 * A command that the server refused (`code` is stable; `problem` has what else it said, as `retry_after_s` or `until_ms`),
 * or that got no answer in time (`code` is `no-answer`, `status` 0).
 */
export class CommandRefused extends Error {
  /**
   * @param {string} code
   * @param {string} detail
   * @param {number} [status] as over HTTP
   * @param {Record<string, any>} [problem]
   */
  constructor(code, detail, status = 0, problem = {}) {
    super(detail);
    this.code = code;
    this.status = status;
    this.problem = problem;
  }
}

export class Feed {
  /**
   * @param {object} wiring
   * @param {(since: string | null) => Promise<string> | string} wiring.address the socket's address with a token that is good now, and with where we were
   * @param {(message: Message) => void} wiring.onMessage
   * @param {(state: FeedState, code: number) => void} wiring.onState `code`: with which it was lost, of `reconnecting` and `closed`; else 0
   * @param {new (address: string) => WebSocket} [wiring.socket]
   * @param {BackOff} [wiring.backOff]
   */
  constructor({ address, onMessage, onState, socket = WebSocket, backOff = new BackOff() }) {
    this.address = address;
    this.onMessage = onMessage;
    this.onState = onState;
    this.Socket = socket;
    this.backOff = backOff;
    /** @type {WebSocket | null} */
    this.socket = null;
    /** @type {Map<string, {done: (body: any) => void, fail: (error: Error) => void, timer: ReturnType<typeof setTimeout>}>} */
    this.waiting = new Map();
    this.counter = 0;
    /** The last message that was heard. @type {{epoch: string, offset: number} | null} */
    this.at = null;
    /** Where the room stood when we were greeted: what its snapshot shows at least. @type {{epoch: string, offset: number} | null} */
    this.shown = null;
    /** As whom we have heard it. @type {string | null} */
    this.user = null;
    /** Beats since the last message. */
    this.silent = 0;
    this.stopped = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    /** @type {ReturnType<typeof setInterval> | undefined} */
    this.heartbeat = undefined;
  }

  async open() {
    if (this.stopped) return;
    this.onState(this.backOff.tries === 0 ? 'connecting' : 'reconnecting', 0);
    let address;
    try {
      address = await this.address(this.at === null ? null : `${this.at.epoch}.${this.at.offset}`);
    } catch {
      this.later();
      return;
    }
    if (this.stopped) return;
    const socket = new this.Socket(address);
    this.socket = socket;
    socket.onmessage = (event) => {
      if (socket === this.socket) this.receive(String(event.data));
    };
    socket.onclose = (event) => {
      if (socket === this.socket) this.lost(event.code);
    };
  }

  /** @param {string} text */
  receive(text) {
    this.silent = 0;
    /** @type {Message} */
    let message;
    try {
      message = JSON.parse(text);
    } catch {
      return;
    }
    if (message.t === 'hello' && !this.greeted(message.d)) return;
    if (message.t === 'snapshot') this.at = this.shown;
    else if (message.e !== undefined && message.o !== undefined) this.at = { epoch: message.e, offset: message.o };
    const id = message.id ?? message.d?.id;
    if ((message.t === 'reply' || message.t === 'error') && this.answer(id, message)) return;
    this.onMessage(message);
  }

  /**
   * False when what we know is not of whom we are now: then we come again, to be shown everything.
   * @param {any} hello
   */
  greeted(hello) {
    const user = hello.user ?? null;
    if (hello.resumed && user !== this.user) {
      this.at = null;
      this.giveUp();
      return false;
    }
    this.user = user;
    this.shown = typeof hello.epoch === 'string' ? { epoch: hello.epoch, offset: hello.offset } : null;
    this.backOff.reset();
    if (hello.protocol >= 2) this.heed(hello.heartbeat_s);
    else this.beat(Number(hello.heartbeat_s) || 15);
    this.onState('open', 0);
    return true;
  }

  /**
   * @param {string | undefined} id
   * @param {Message} message
   */
  answer(id, message) {
    const waiting = id === undefined ? undefined : this.waiting.get(id);
    if (id === undefined || waiting === undefined) return false;
    this.waiting.delete(id);
    clearTimeout(waiting.timer);
    const body = message.d ?? message;
    const refused = message.t === 'error' || body.ok === false;
    if (refused) waiting.fail(new CommandRefused(body.code ?? 'refused', body.detail ?? body.code ?? '', body.status ?? 400, body));
    else waiting.done(body);
    return true;
  }

  /**
   * Send a command and wait for its reply.
   * @param {string} type
   * @param {Record<string, unknown>} body
   * @returns {Promise<any>}
   */
  ask(type, body) {
    this.counter += 1;
    const id = `c${this.counter}`;
    if (this.waiting.size >= MOST_WAITING || !this.say(type, body, id)) {
      return Promise.reject(new CommandRefused('offline', 'the feed is not connected'));
    }
    return new Promise((done, fail) => {
      const timer = setTimeout(() => {
        this.waiting.delete(id);
        fail(new CommandRefused('no-answer', 'no answer in time'));
      }, REPLY_MS);
      this.waiting.set(id, { done, fail, timer });
    });
  }

  /**
   * Send without waiting for anything; false when there is no open socket.
   * @param {string} type
   * @param {Record<string, unknown>} body
   * @param {string} [id]
   */
  say(type, body, id) {
    if (this.socket === null || this.socket.readyState !== 1) return false;
    this.socket.send(JSON.stringify(id === undefined ? { t: type, d: body } : { t: type, id, d: body }));
    return true;
  }

  /** Give a socket up on which nothing comes for so long, not even a beat: a network that is gone closes nothing. @param {number} seconds */
  heed(seconds) {
    clearInterval(this.heartbeat);
    this.silent = 0;
    this.heartbeat = setInterval(() => {
      this.silent += 1;
      if (this.silent > LOOKS) this.giveUp();
    }, (seconds * 1000) / LOOKS);
  }

  /** As `heed`, of a server of version 1: it says nothing unless it is asked. @param {number} seconds */
  beat(seconds) {
    clearInterval(this.heartbeat);
    this.silent = 0;
    this.heartbeat = setInterval(() => {
      this.silent += 1;
      if (this.silent > SILENT_BEATS) this.giveUp();
      else this.say('ping', {});
    }, seconds * 1000);
  }

  giveUp() {
    const socket = this.socket;
    this.lost(1006);
    socket?.close();
  }

  /** @param {number} code */
  lost(code) {
    this.drop();
    if (!comesBack(code)) {
      this.stopped = true;
      this.onState('closed', code);
      return;
    }
    this.later(code);
  }

  /** @param {number} [code] why it was lost; 0: that is not known */
  later(code = 0) {
    const wait = this.backOff.next();
    this.onState('reconnecting', code);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.open(), wait);
  }

  drop() {
    clearInterval(this.heartbeat);
    this.socket = null;
    for (const { fail, timer } of this.waiting.values()) {
      clearTimeout(timer);
      fail(new CommandRefused('offline', 'the feed was lost'));
    }
    this.waiting.clear();
  }

  close() {
    this.stopped = true;
    clearTimeout(this.timer);
    const socket = this.socket;
    this.drop();
    socket?.close(1000);
  }
}
