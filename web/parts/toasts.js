// @ts-check
/** Short words about what has just happened, at most three at a time. */
import { html } from '../html.js';
import { signal } from '../vendor/signals-core.js';

const SHOWN_MS = 3500;
const MOST = 3;

/** @typedef {'good' | 'bad'} Mood */

const toasts = signal(/** @type {{id: number, text: string, mood: Mood}[]} */ ([]));
let counter = 0;

/** @param {string} text @param {Mood} [mood] */
export function toast(text, mood = 'good') {
  counter += 1;
  const id = counter;
  toasts.value = [...toasts.value.filter((other) => other.text !== text), { id, text, mood }].slice(-MOST);
  setTimeout(() => {
    toasts.value = toasts.value.filter((other) => other.id !== id);
  }, SHOWN_MS);
}

export function Toasts() {
  return html`<div class="toasts" role="status" aria-live="polite" data-testid="toasts">
    ${toasts.value.map(({ id, text, mood }) => html`<p key=${id} class=${`toast toast-${mood}`}>${text}</p>`)}
  </div>`;
}
