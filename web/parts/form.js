// @ts-check
/** A form that is sent as a whole: busy meanwhile, and what was wrong is told below its fields. */
import { html, useState } from '../html.js';
import { t, tError } from '../i18n.js';

/** @param {{name: string, label: string, send: () => Promise<unknown>, children?: any}} properties `name`: of its parts in tests */
export function SentForm({ name, label, send, children }) {
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const [busy, setBusy] = useState(false);
  /** @param {SubmitEvent} event */
  const submit = async (event) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    await send().catch(setError);
    setBusy(false);
  };
  return html`<form class="account-form" onSubmit=${submit} data-testid=${`${name}-form`}>
    ${children}
    ${error !== null && html`<p class="notice bad" role="alert" data-testid=${`${name}-error`}>${tError(error)}</p>`}
    <button class="button wide" data-testid=${`${name}-submit`} disabled=${busy}>${busy ? t('list.waiting') : label}</button>
  </form>`;
}

/** What is typed into a field. @param {(text: string) => void} set */
export const typed = (set) => (/** @type {InputEvent} */ event) => set(/** @type {HTMLInputElement} */ (event.currentTarget).value);
