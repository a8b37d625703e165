// @ts-check
/** A face for somebody who has shown none: his initial on a colour that is always his. */
import { html } from '../html.js';

/** A hue of 0..359 that a text always gets. @param {string} text */
export function hueOf(text) {
  let hash = 2166136261;
  for (const letter of text) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 16777619);
  hash = Math.imul(hash ^ (hash >>> 15), 2246822519);
  return ((hash ^ (hash >>> 13)) >>> 0) % 360;
}

/** @param {string} name */
export function initialOf(name) {
  return (Array.from(name.trim())[0] ?? '?').toUpperCase();
}

/** @param {{name: string, id?: string, class?: string}} properties */
export function Avatar({ name, id = name, class: extra = '' }) {
  return html`<span class=${`avatar ${extra}`} style=${{ '--hue': String(hueOf(id)) }} aria-hidden="true">${initialOf(name)}</span>`;
}
