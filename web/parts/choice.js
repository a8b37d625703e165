// @ts-check
/** One of a few values, chosen from a list. */
import { html } from '../html.js';

/**
 * @template {string} Value
 * @param {{testid: string, label: string, options: readonly (readonly [Value, string])[], value: Value, set: (value: Value) => void}} properties `options`: each with its words
 */
export function Choice({ testid, label, options, value, set }) {
  const chosen = (/** @type {Event} */ event) => set(/** @type {Value} */ (/** @type {HTMLSelectElement} */ (event.currentTarget).value));
  return html`<label>${label}
    <select data-testid=${testid} value=${value} onChange=${chosen}>${options.map(([each, words]) => html`<option key=${each} value=${each}>${words}</option>`)}</select>
  </label>`;
}
