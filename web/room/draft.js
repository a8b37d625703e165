// @ts-check
/** What somebody is about to say in a room: the text, whom it names, what it answers. */
import { batch, signal } from '../vendor/signals-core.js';

/** @typedef {import('../client/feed/messages.js').Person} Person */
/** @typedef {import('./talk.js').Quote} Quote */
/** @typedef {{text: string, reply: Quote | null, named: Person[]}} Written */

export const LONGEST_SAID = 300;
/** A message names no more people. */
const MOST_NAMED = 5;

/** PURE. Where in `text` the name stands after an @, as a word of its own; -1: nowhere. @param {string} text @param {string} name */
export function whereNamed(text, name) {
  const called = `@${name}`;
  let at = text.indexOf(called);
  while (at >= 0 && /^[\p{L}\p{N}_]/u.test(text.slice(at + called.length))) at = text.indexOf(called, at + 1);
  return at;
}

/** PURE. Those of `named` whom the text still names. @param {string} text @param {readonly Person[]} named */
export function stillNamed(text, named) {
  return named.filter((each) => whereNamed(text, each.name) >= 0);
}

/** PURE. The text with somebody's name at its end; as it was when he is named already, or there is no room. @param {string} text @param {string} name */
export function naming(text, name) {
  if (whereNamed(text, name) >= 0) return text;
  const longer = `${text === '' || text.endsWith(' ') ? text : `${text} `}@${name} `;
  return longer.length > LONGEST_SAID ? text : longer;
}

export class Draft {
  constructor() {
    this.text = signal('');
    this.reply = signal(/** @type {Quote | null} */ (null));
    /** @type {Person[]} */
    this.named = [];
    /** Counts up when the line to write in is wanted. */
    this.wanted = signal(0);
    /** When we have been heard last, by the server's clock; 0: not yet. */
    this.saidAt = signal(0);
  }

  /** @param {Person} person */
  mention({ user, name }) {
    const named = stillNamed(this.text.peek(), this.named).filter((each) => each.user !== user);
    if (named.length >= MOST_NAMED) return;
    this.named = [...named, { user, name }];
    batch(() => {
      this.text.value = naming(this.text.peek(), name);
      this.wanted.value += 1;
    });
  }

  /** @param {Quote} quote */
  answer({ id, user, name, text }) {
    batch(() => {
      this.reply.value = { id, user, name, text };
      this.wanted.value += 1;
    });
  }

  /** What is to be said now; nothing of it is left here. @returns {Written} */
  take() {
    const text = this.text.peek().trim();
    const written = { text, reply: this.reply.peek(), named: stillNamed(text, this.named) };
    this.named = [];
    batch(() => {
      this.text.value = '';
      this.reply.value = null;
    });
    return written;
  }

  /** It was not heard: to be tried again, unless something else is being written. @param {Written} written */
  giveBack({ text, reply, named }) {
    if (this.text.peek() !== '') return;
    this.named = named;
    batch(() => {
      this.text.value = text;
      this.reply.value ??= reply;
    });
  }
}
