// @ts-check
/** The picture of a gift: one of ours by its id, else the sign that the catalogue gives it, else a box. */
import { html } from '../html.js';

const DRAWN = new Set(['heart', 'rose', 'coffee', 'cake', 'boxing-glove', 'fireworks', 'rocket', 'crown', 'clover', 'horn']);

/** @param {{gift: string, emoji?: string}} properties */
export function GiftImage({ gift, emoji }) {
  if (!DRAWN.has(gift) && emoji) return html`<span class="gift-image gift-sign" aria-hidden="true">${emoji}</span>`;
  const name = DRAWN.has(gift) ? gift : 'box';
  return html`<img class="gift-image" src=${`/static/art/gifts/${name}.svg`} alt="" draggable=${false} />`;
}
