// @ts-check
/** Short words about what has just happened, at most three at a time. */
import { html, useLayoutEffect, useRef } from '../html.js';
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

/** Above everything, also above a dialog that was opened meanwhile. @param {HTMLElement} element @param {boolean} wanted */
function raise(element, wanted) {
  if (typeof element.showPopover !== 'function') return;
  element.hidePopover();
  if (wanted) element.showPopover();
}

export function Toasts() {
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  useLayoutEffect(() => {
    if (box.current) raise(box.current, toasts.value.length > 0);
  }, [toasts.value]);
  return html`<div ref=${box} popover="manual" class="toasts" role="status" aria-live="polite" data-testid="toasts">
    ${toasts.value.map(({ id, text, mood }) => html`<p key=${id} class=${`toast toast-${mood}`}>${text}</p>`)}
  </div>`;
}
